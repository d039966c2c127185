"""The rows of a delivery as text: one frame of strings, each row with its line, and what could not be a row set aside.

Every column of a file is asked for, or ignored by name, or signalled: a column nobody knows refuses the delivery, because it
may say something that changes what the others mean.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.errors import DeliveryError
from trucewatch.observe.delivery import Delivery
from trucewatch.observe.records import NOT_ASCII, NOT_UTF8, NUL, OPEN_QUOTE, STRAY_QUOTE, TOO_LONG, Records, scan
from trucewatch.observe.sheet import Fault, is_workbook, sheet_records

MAX_LINES: Final = 10_000_000
MAX_COLUMNS: Final = 5_000
MAX_UNCLEAN: Final = 1_000_000  # records that are no rows
SHOWN: Final = 200  # characters of a value that are kept with a row set aside
_HEADER_BYTES: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"
_FLAG_RULES: Final = (
    (NUL, "nul_byte"),
    (TOO_LONG, "record_too_long"),
    (OPEN_QUOTE, "quote_never_closed"),
    (STRAY_QUOTE, "stray_quote"),
    (NOT_UTF8, "not_utf8"),
)


@dataclass(frozen=True)
class Rows:
    """`frame`: the asked columns as String, null where empty, and `line` Int64; `set_aside`: table of that name."""

    frame: pl.DataFrame
    set_aside: pl.DataFrame
    rows_in: int


class Rule(NamedTuple):
    """A rule that a row must keep: `ok` true. Null counts as broken. `column` is the one whose value is shown."""

    name: str
    column: str | None
    ok: pl.Expr


def read_rows(
    delivery: Delivery,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    ignored: Sequence[str] = (),
    encodings: Sequence[str] = ("utf-8",),
    tagged: bool = False,
    separator: str = ",",
    sheet: str | None = None,
) -> Rows:
    """Return the rows of a CSV or XLSX delivery.

    `encodings` are tried in turn. `tagged`: a first row of HXL tags ("#geo+lat") is not data. Raises DeliveryError when
    the delivery is empty, of another source, in another encoding, or has columns missing, twice or unknown.
    """
    known = (*required, *optional)
    if not delivery.data[:4096].removeprefix(_BOM).strip() and not delivery.data.removeprefix(_BOM).strip():
        raise DeliveryError("the file is empty", where=delivery.name, to_do="ask the source for it again")
    if is_workbook(delivery.data):
        header, frame, aside = _from_workbook(delivery, sheet)
        _check_header(delivery, header, required, known, ignored)
    else:
        text, records = _decoded(delivery, encodings, separator)
        header = _header(delivery, text, records, separator)
        _check_header(delivery, header, required, known, ignored)
        frame, aside = _from_csv(delivery, text, records, header, [c for c in header if c in known], separator, tagged)
    rows_in = frame.height + aside.height
    if rows_in == 0:
        raise DeliveryError(
            "the file has a header and no rows", where=delivery.name, to_do="ask the source for it again"
        )
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in known if name not in frame.columns]
    return Rows(frame.with_columns(absent).select("line", *known), aside, rows_in)


def columns_of(data: bytes) -> frozenset[str]:
    """Return the columns that the first line of a CSV names, as far as that can be told: which layout a file has.

    >>> sorted(columns_of(b"id, when\\n1,2\\n"))
    ['id', 'when']
    """
    line = data[:_HEADER_BYTES].removeprefix(_BOM).lstrip().partition(b"\n")[0].decode("utf-8", "replace")
    return frozenset(name.strip().strip('"').strip() for name in line.split(","))


def sort_out(frame: pl.DataFrame, rules: Sequence[Rule], *, delivery: Delivery) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that keep every rule, and table `set_aside` of the others with the first rule that each broke."""
    flags = frame.select([(~rule.ok).fill_null(value=True).alias(str(number)) for number, rule in enumerate(rules)])
    if not rules or not flags.select(pl.any_horizontal(pl.all()).any()).item():
        return frame, tables.empty("set_aside")
    first = flags.select(
        pl.coalesce([pl.when(pl.col(str(n))).then(pl.lit(n, dtype=pl.Int32)) for n in range(len(rules))]).alias(
            "broken"
        )
    )["broken"]
    broken = frame.with_columns(first).filter(pl.col("broken").is_not_null())
    shown = [
        pl.when(pl.col("broken") == number).then(pl.col(rule.column).cast(pl.String))
        for number, rule in enumerate(rules)
        if rule.column
    ]
    names, columns = (pl.Series([rule[at] for rule in rules], dtype=pl.String) for at in (0, 1))
    told = broken.select(
        "line",
        pl.lit(names).gather(pl.col("broken")).alias("rule"),
        pl.lit(columns).gather(pl.col("broken")).alias("column"),
        (pl.coalesce(shown) if shown else pl.lit(None, dtype=pl.String)).alias("value"),
        "broken",
    ).sort("broken", maintain_order=True)
    return frame.filter(first.is_null()), set_aside(delivery, told)


def set_aside(delivery: Delivery, told: pl.DataFrame) -> pl.DataFrame:
    """Return table `set_aside` for rows told by `line`, `rule`, `column` and `value`; the last two may be absent."""
    none = pl.lit(None, dtype=pl.String)
    return told.select(
        pl.lit(delivery.delivery_id).alias("delivery_id"),
        pl.lit(delivery.source_id).alias("source_id"),
        pl.col("line").cast(pl.Int64),
        "rule",
        pl.col("column") if "column" in told.columns else none.alias("column"),
        pl.col("value").cast(pl.String).str.slice(0, SHOWN) if "value" in told.columns else none.alias("value"),
    )


def _decoded(delivery: Delivery, encodings: Sequence[str], separator: str) -> tuple[bytes, Records]:
    """Return the bytes of a CSV as UTF-8, and its records.

    A file in which at least half of the records that are not ASCII are UTF-8 is UTF-8, and the others are flagged.
    Raises DeliveryError with the line where no encoding fits.
    """
    data = delivery.data.removeprefix(_BOM)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DeliveryError("the file is UTF-16", where=delivery.name, to_do="save it as UTF-8")
    if (lines := data.count(b"\n")) > MAX_LINES:
        what = f"a file of {lines:,} lines, more than {MAX_LINES:,}"
        raise DeliveryError(what, where=delivery.name, to_do="deliver it in parts")
    records = scan(data, separator)
    wrong = _not_utf8(data, records)
    if 2 * len(wrong) <= np.count_nonzero(records.flags & NOT_ASCII) and 0 not in wrong:
        records.flags[wrong] |= NOT_UTF8
        return data, records
    for encoding in encodings:
        if encoding != "utf-8":
            try:
                text = data.decode(encoding).encode("utf-8")
            except UnicodeDecodeError:
                continue
            return text, scan(text, separator)
    where = f"{delivery.name}:{records.line[wrong[0]]}"
    raise DeliveryError(f"not {' or '.join(encodings)}", where=where, to_do="save it as UTF-8")


def _not_utf8(data: bytes, records: Records) -> list[int]:
    """Return the numbers of the records that are not UTF-8."""
    wrong = []
    for n in np.flatnonzero(records.flags & NOT_ASCII).tolist():
        try:
            data[records.start[n] : records.end[n]].decode("utf-8")
        except UnicodeDecodeError:
            wrong.append(n)
    return wrong


def _header(delivery: Delivery, text: bytes, records: Records, separator: str) -> list[str]:
    """Return the column names of a CSV, without blanks around them. Raises DeliveryError when they are no record."""
    if not len(records.start):
        return []
    line = text[records.start[0] : records.end[0]].decode("utf-8", "replace")
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error as error:
        to_do = "save it as CSV with one record a line, lines ended by LF or CRLF"
        raise DeliveryError(
            f"the header is no record: {str(error)[:80]}", where=f"{delivery.name}:1", to_do=to_do
        ) from error


def _check_header(
    delivery: Delivery, header: Sequence[str], required: Sequence[str], known: Sequence[str], ignored: Sequence[str]
) -> None:
    """Raise DeliveryError when the columns are not those of the source."""
    where = f"{delivery.name}:1"
    if len(header) > MAX_COLUMNS:
        what = f"a table of {len(header)} columns, more than {MAX_COLUMNS}"
        raise DeliveryError(what, where=where, to_do="deliver the columns of the source, in the usual form")
    twice = sorted(name for name, times in Counter(header).items() if times > 1)
    if twice:
        raise DeliveryError(f"columns stand twice: {_few(twice)}", where=where, to_do="keep one of each")
    missing = [name for name in required if name not in header]
    if missing:
        fits = sum(name in header for name in required)
        what = (
            f"columns are missing: {missing}"
            if fits
            else "this is no file of this source: not one of its columns is here"
        )
        to_do = f"{delivery.source_id} needs {list(required)}; the file has {_few(header)}"
        raise DeliveryError(what, where=where, to_do=to_do)
    unknown = [name for name in header if name not in known and name not in ignored]
    if unknown:
        to_do = "if it can be ignored, remove it; if it means something, its reader must learn it"
        raise DeliveryError(f"unknown columns: {_few(unknown)}", where=where, to_do=to_do)


def _few(names: Sequence[str]) -> list[str]:
    """Return the first of many names, each shortened, for messages."""
    return [name[:40] for name in names[:60]]


def _from_csv(
    delivery: Delivery,
    text: bytes,
    records: Records,
    header: Sequence[str],
    wanted: Sequence[str],
    separator: str,
    tagged: bool,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Parse the clean records of a CSV; the others are set aside with what is wrong with them."""
    skip = 2 if tagged and _is_tag_row(text, records, separator) else 1
    data = Records(*(column[skip:] for column in records))
    clean = ((data.flags & ~NOT_ASCII) == 0) & (data.fields == len(header))
    frame = pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
    if clean.any():
        whole = bool(clean.all()) and not _blank_lines(text, data)  # which Polars reads as rows
        parts = zip(data.start[clean], data.end[clean], strict=True)
        frame = pl.read_csv(
            text if whole else b"\n".join(text[a:b] for a, b in parts),
            has_header=False,
            skip_lines=int(data.line[0]) - 1 if whole else 0,
            new_columns=[str(n) for n in range(len(header))],
            infer_schema=False,
            separator=separator,
            columns=[header.index(name) for name in wanted],
        )
        frame.columns = list(wanted)
    if frame.height != int(clean.sum()):
        raise DeliveryError(
            f"{int(clean.sum())} records were found and {frame.height} read",
            where=delivery.name,
            to_do="report this file",
        )
    frame = frame.with_columns(pl.all().str.strip_chars().replace("", None), pl.Series("line", data.line[clean]))
    return frame, _unclean(delivery, text, data, clean)


def _blank_lines(text: bytes, data: Records) -> bool:
    """Say whether anything but one line end stands between two records, or behind the last."""
    after_cr = np.frombuffer(text, dtype=np.uint8)[data.end[:-1]] == ord("\r")
    between = bool((data.start[1:] - data.end[:-1] != 1 + after_cr).any())
    return between or text[data.end[-1] :] not in (b"", b"\n", b"\r\n")


def _is_tag_row(text: bytes, records: Records, separator: str) -> bool:
    """Say whether the row below the header holds HXL tags: every field empty or beginning with "#", one at least."""
    if len(records.start) < 2:
        return False
    fields = text[records.start[1] : records.end[1]].decode("utf-8", "replace").split(separator)
    return any(fields) and all(not field or field.startswith("#") for field in fields)


def _unclean(delivery: Delivery, text: bytes, data: Records, clean: np.ndarray) -> pl.DataFrame:
    """Return the records that are no rows, as table `set_aside`. Raises DeliveryError for more than a table can have."""
    if (number := int(np.count_nonzero(~clean))) > MAX_UNCLEAN:
        what = f"{number:,} records are no rows: this is no table"
        raise DeliveryError(what, where=delivery.name, to_do="ask the source for it again, as CSV")
    parts = []
    left = ~clean
    for flag, rule in (*_FLAG_RULES, (0, "wrong_number_of_fields")):
        mine = np.flatnonzero(left & ((data.flags & flag) != 0) if flag else left)
        if not len(mine):
            continue
        left[mine] = False
        shown = [
            text[data.start[n] : min(data.end[n], data.start[n] + 4 * SHOWN)].decode("utf-8", "replace") for n in mine
        ]
        told = {"line": data.line[mine], "rule": [rule] * len(mine), "value": shown}
        parts.append(pl.DataFrame(told, schema_overrides={"value": pl.String}))
    return set_aside(delivery, pl.concat(parts)) if parts else tables.empty("set_aside")


def _from_workbook(delivery: Delivery, sheet: str | None) -> tuple[list[str], pl.DataFrame, pl.DataFrame]:
    """Return header, rows and rows set aside of an XLSX sheet."""
    header, rows, lines, faults = sheet_records(delivery.data, sheet, name=delivery.name)
    schema = {f"{n}": pl.String for n in range(len(header))}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    frame.columns = header if len(set(header)) == len(header) else frame.columns
    frame = frame.with_columns(pl.all().str.strip_chars().replace("", None), pl.Series("line", lines, dtype=pl.Int64))
    columns = {name: dtype for name, dtype in tables.dtypes("set_aside").items() if name in Fault._fields}
    told = pl.DataFrame([fault._asdict() for fault in faults], schema=columns)
    bad = told["line"].implode()
    aside = set_aside(delivery, told.unique("line", keep="first", maintain_order=True))
    return header, frame.filter(~pl.col("line").is_in(bad)), aside
