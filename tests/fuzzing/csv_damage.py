"""Damage to a file of rows: to its bytes, to its form, and to single values."""

import csv
import io
import random
from collections.abc import Sequence

Row = tuple[str, ...]

NUMBERS = (
    "nan", "NaN", "inf", "-inf", "Infinity", "1e309", "-1e309", "1e-400", "1_0", "٤٨٫٥", "٤٨.٥", "４８", "0x10", "1,5",
    "1.5.5",
    "--1", "+-1", "", " ", "-0", "0", "1e5", "9" * 15, "9" * 16, "9" * 400, "-1", "180.0000001", "91", "-91",
    "1e308", "1e-308",
    "5e-324", "0.1e", "e5", "½", "Ⅷ", "null", "None", "N/A", "#REF!", "#DIV/0!", "true", "９e９", "1 000",
    "1\u00a0000", "2e7", "20000001",
)  # fmt: skip
TIMES = (
    "2023-02-30", "2023-13-01", "0000-00-00", "0000-01-01", "9999-12-31", "9999-12-31 23:59:59", "99999-01-01",
    "1969-12-31", "-1",
    "2023-03-26 03:30", "2023-10-29 03:30", "31-Dec-9999, 23:59", "29-Feb-2023, 10:00", "09-Mar-2026, 24:00",
    "09-Mar-2026, 19:60",
    "09-Mar-2026, 23:59-00:00", "26-Mar-2023, 03:10-03:50", "2400", "2359", "9999", "24:00", "00:60", "1e3",
    "٠١.٠١.٢٠٢٣", "29.02.2023 10:00",
    "31.12.9999 23:59", "01.01.1900", "31.12.2199 23:59", "2199-12-31", "1900-01-01", "2/30/2020 12:00:00 AM",
    "13/13/2020 00:00",
    "yesterday", "2023-06-10T10:15:60Z", "2023-06-10T10:15:00+99:00", "1677-09-21", "2262-04-12", "1686300000",
    "45087.5",
)  # fmt: skip
TEXTS = (
    '=cmd|"/C calc"!A0', "@SUM(1)", "+1", "-1", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07",
    "<script>alert(1)</script>", "' OR 1=1 --",
    "{{7*7}}", "${jndi:ldap://x}", "%s%s%n", "../../etc/passwd", "\u202eevil", "\u0000", "a\u0000b", "\ufeff",
    "\ufffd", "\ud7ff", "🙂" * 50,
    "e\u0301" * 40, "\u200b", "\u2028", "\x85", "\x0b", "\x0c", "\x1f", '"', '""', '"""', "a\nb", "a\r\nb", "a\rb",
    ",", ";", "\t", "|", "x" * 300,
    "Ж" * 300, "'", "\\", '\\"', "#geo+lat", "c.500m N of c.500m N of Oak Ridge", "0-0km N", "1e9km N", "999999km N",
    "N to S", "2-1km E",
    "9" * 40 + "km N", "about 999999", "up to 0", "10-5", "constructor", "__proto__", "undefined",
)  # fmt: skip
SPARE = (
    b"\x00",
    b"\xff",
    b"\xfe\xff",
    b'"',
    b'""',
    b",",
    b";",
    b"\n",
    b"\r",
    b"\r\n",
    b"-",
    b"e9",
    "٣".encode(),
    b"nan",
    b"\xc3",
    b"\xed\xa0\x80",
)


def value(dice: random.Random) -> str:
    """Return a value that is none, or one that looks like one."""
    kind = dice.random()
    if kind < 0.4:
        return dice.choice(NUMBERS)
    if kind < 0.65:
        return dice.choice(TIMES)
    if kind < 0.9:
        return dice.choice(TEXTS)
    if kind < 0.995:
        return "".join(chr(_character(dice)) for _ in range(dice.randrange(12)))
    return dice.choice(("x", "9", "é", "🙂", "\t")) * dice.choice((5_000, 140_000, 1_100_000))


def _character(dice: random.Random) -> int:
    """Return the number of a character: any but a surrogate, mostly small."""
    found = dice.choice((dice.randrange(0x80), dice.randrange(0x800), dice.randrange(0x110000)))
    return 0x20 if 0xD800 <= found < 0xE000 else found


def of_value(dice: random.Random, old: str) -> str:
    """Return a value in the place of `old`: another, or the old one damaged."""
    if dice.random() < 0.6 or not old:
        return value(dice)
    return of_bytes(dice, old.encode()).decode("utf-8", "replace")


def of_bytes(dice: random.Random, data: bytes) -> bytes:
    """Return `data` as a bad line, a bad disk or a bad hand would leave it."""
    damaged = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        at = dice.randrange(len(damaged) + 1)
        to = min(at + dice.choice((1, 1, 1, 2, 9, 60, 300)), len(damaged))
        kind = dice.randrange(8)
        if kind == 0 and at < len(damaged):
            damaged[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            damaged[at:to] = dice.choice(SPARE)
        elif kind == 2:
            damaged[at:at] = dice.choice((*SPARE, bytes([dice.randrange(256)])))
        elif kind == 3:
            del damaged[at:to]
        elif kind == 4:
            damaged[at:at] = damaged[at:to] * dice.choice((1, 2, 5))
        elif kind == 5:
            damaged[at:to] = damaged[at:to][::-1]
        elif kind == 6:
            damaged[at:to] = dice.randbytes(to - at)
        elif dice.random() < 0.3:
            del damaged[at:]
    return bytes(damaged)


def of_row(dice: random.Random, row: Row) -> Row:
    """Return a row with some of its values damaged, or with too many or too few of them."""
    cells = list(row)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        at = dice.randrange(len(cells))
        kind = dice.random()
        if kind < 0.8:
            cells[at] = of_value(dice, cells[at])
        elif kind < 0.9:
            other = dice.randrange(len(cells))
            cells[at], cells[other] = cells[other], cells[at]
        elif kind < 0.95 and len(cells) > 1:
            del cells[at]
        else:
            cells.insert(at, value(dice))
    return tuple(cells)


def of_form(dice: random.Random, columns: Row, rows: Sequence[Row]) -> bytes:
    """Return a file whose form is not what it should be: header, columns, separators, encoding, line ends, length."""
    head, body = list(columns), [list(row) for row in rows]
    at, other = dice.randrange(len(head)), dice.randrange(len(head))
    kind = dice.randrange(16)
    if kind == 0:
        head[at] = dice.choice(
            (head[at].upper(), head[at] + " ", "\ufeff" + head[at], head[other], "", value(dice)[:2000])
        )
    elif kind == 1:
        head[at], head[other] = head[other], head[at]
    elif kind == 2:
        for row in body:
            row[at], row[other] = row[other], row[at]
    elif kind == 3:
        head, body = head[:at], [row[:at] for row in body]
    elif kind == 4:
        head = [*head, dice.choice((head[at], "more", ""))] * dice.choice((1, 1, 30))
    elif kind == 5:
        same = value(dice)[:2000]
        for row in body:
            row[at] = same
    elif kind == 6:
        body = [row[: dice.randrange(len(row) + 1)] for row in body]
    data = written(head, body)
    if kind == 7:
        data = data.replace(b",", dice.choice((b";", b"\t", b"|", b",,", b", ", b"")))
    elif kind == 8:
        data = data.replace(b"\n", dice.choice((b"\r", b"\r\r", b"\n\n", b"\r\n\r", b"\x85", b"")))
    elif kind == 9:
        text = data.decode("utf-8", "replace")
        coding = dice.choice(("utf-16", "utf-16-le", "utf-32", "cp1251", "latin-1", "cp866", "utf-7", "shift_jis"))
        data = text.encode(coding, "replace")
    elif kind == 10:
        data = (
            dice.choice((b"\xef\xbb\xbf" * 2, b"\xff\xfe", b"\n\n", b"sep=,\n", b"PK\x03\x04", b"\x1f\x8b", b"\x00"))
            + data
        )
    elif kind == 11:
        data = data[: dice.randrange(len(data) + 1)]
    elif kind == 12:
        data = data * 2 if dice.random() < 0.5 else data + data[: dice.randrange(len(data))]
    elif kind == 13:
        half = dice.randrange(len(data))
        data = data[:half] + data[half:].decode("utf-8", "replace").encode(
            dice.choice(("cp1251", "utf-16", "latin-1")), "replace"
        )
    elif kind == 14:
        data = data.replace(b"\n", b'"\n', 1) if dice.random() < 0.5 else data.replace(b",", b',"')
    elif kind == 15:
        data = dice.randbytes(dice.randrange(2000))
    return data


def of_file(dice: random.Random, columns: Row, rows: Sequence[Row]) -> bytes:
    """Return a damaged file of `columns` and `rows`."""
    kind = dice.random()
    if kind < 0.4:
        return of_form(dice, columns, rows)
    damaged = [of_row(dice, row) if dice.random() < 0.5 else row for row in rows] if kind < 0.7 else rows
    data = written(columns, damaged)
    if kind < 0.6:
        return data
    head = data.index(b"\n") + 1 if dice.random() < 0.6 else 0  # mostly the header stays whole, so that rows are read
    return data[:head] + of_bytes(dice, data[head:])


def of_line(dice: random.Random, row: Row) -> bytes:
    """Return one damaged line, which is UTF-8 and ends with a line end."""
    if dice.random() < 0.6:
        return written(of_row(dice, row))
    line = (
        of_bytes(dice, written(row).rstrip(b"\n"))
        if dice.random() < 0.7
        else b",".join(of_bytes(dice, c.encode()) for c in row)
    )
    return line.decode("utf-8", "replace").encode() + b"\n"


def written(columns: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> bytes:
    """Return rows as CSV in UTF-8."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue().encode("utf-8", "replace")
