"""A sheet of an XLSX workbook as text. Bounded: a workbook that unpacks to more than it may is refused unopened.

Formulas are not evaluated and their remembered results are not believed: a row with one is set aside. Dates and times
become ISO text, whole numbers lose the ".0" that spreadsheets add.
"""

import datetime as dt
import io
import zipfile
from typing import Final

from trucewatch.errors import DeliveryError, MissingError

MAX_UNPACKED_BYTES: Final = 256 << 20
MAX_ROWS: Final = 1_000_000
MAX_COLUMNS: Final = 500


def is_workbook(data: bytes) -> bool:
    """Say whether `data` begins as a zip file does, which XLSX is and no CSV can be."""
    return data.startswith(b"PK\x03\x04")


def sheet_records(
    data: bytes, sheet: str | None, *, name: str
) -> tuple[list[str], list[list[str | None]], list[int], list[tuple[int, str, str]]]:
    """Return (header, rows, their row numbers, formulas as (row number, column, text)) of a sheet, the first by default.

    Raises DeliveryError when it is no workbook, too large, or has no such sheet; MissingError without the extra.
    """
    _check_size(data, name)
    try:
        import openpyxl
    except ModuleNotFoundError as error:
        to_do = "pip install 'trucewatch[xlsx]', or save the file as CSV"
        raise MissingError("reading XLSX needs the extra 'xlsx'", where=name, to_do=to_do) from error
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        titles = book.sheetnames
        if sheet is not None and sheet not in titles:
            raise DeliveryError(f"no sheet {sheet!r}", where=name, to_do=f"take one of {titles}")
        cells = book[sheet or titles[0]].iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1)
        return _read(cells, name)
    except DeliveryError:
        raise
    except Exception as error:  # openpyxl raises what it likes on a broken workbook
        what = f"not a readable workbook: {type(error).__name__}"
        raise DeliveryError(what, where=name, to_do="save it again as XLSX, or as CSV") from error


def _check_size(data: bytes, name: str) -> None:
    """Raise DeliveryError when the zip is broken or says that it unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise DeliveryError("a zip file that is broken", where=name, to_do="ask the source for it again") from error
    if unpacked > MAX_UNPACKED_BYTES:
        what = f"unpacks to {unpacked >> 20} MiB, more than {MAX_UNPACKED_BYTES >> 20}"
        raise DeliveryError(what, where=name, to_do="deliver it as CSV, in parts")


def _read(cells: object, name: str) -> tuple[list[str], list[list[str | None]], list[int], list[tuple[int, str, str]]]:
    """Turn rows of cells into text."""
    header: list[str] = []
    rows: list[list[str | None]] = []
    lines: list[int] = []
    formulas: list[tuple[int, str, str]] = []
    for number, row in enumerate(cells, start=1):  # type: ignore[arg-type, var-annotated]
        values = [_text(cell.value) for cell in row]
        if not any(values):
            continue
        if not header:
            while values and values[-1] is None:
                values.pop()
            header = [value or "" for value in values]
            continue
        if len(rows) >= MAX_ROWS or any(values[MAX_COLUMNS:]):
            raise DeliveryError("too many rows or columns", where=name, to_do="deliver it as CSV, in parts")
        surplus = values[len(header) :]
        if any(surplus):
            formulas.append((number, header[-1], str(next(v for v in surplus if v))))
        found = [(n, value) for n, value in enumerate(values[: len(header)]) if row[n].data_type == "f"]
        formulas += [(number, header[n], value or "") for n, value in found[:1]]
        rows.append((values + [None] * len(header))[: len(header)])
        lines.append(number)
    return header, rows, lines, formulas


def _text(value: object) -> str | None:
    """Return a cell's value as text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
