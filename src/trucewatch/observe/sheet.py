"""A sheet of an XLSX workbook as text. Bounded: a workbook that unpacks to more than it may is refused unopened.

Formulas are not evaluated and their remembered results are not believed: a row with one is set aside. Dates and times
become ISO text, as fine as the sheet shows them (a day is no midnight); whole numbers lose the ".0" that spreadsheets add.
"""

import datetime as dt
import io
import zipfile
from typing import Final, NamedTuple

from trucewatch.errors import DeliveryError, MissingError

MAX_UNPACKED_BYTES: Final = 256 << 20
MAX_ROWS: Final = 1_048_576  # as many as a spreadsheet can have
MAX_COLUMNS: Final = 500


class Fault(NamedTuple):
    """A row of the sheet that cannot be believed: its number, the rule it broke, the column, what stood there."""

    line: int
    rule: str
    column: str | None
    value: str


def is_workbook(data: bytes) -> bool:
    """Say whether `data` begins as a zip file does, which XLSX is and no CSV can be."""
    return data.startswith(b"PK\x03\x04")


def sheet_records(
    data: bytes, sheet: str | None, *, name: str
) -> tuple[list[str], list[list[str | None]], list[int], list[Fault]]:
    """Return (header, rows, their row numbers, rows that are none) of a sheet, the first by default.

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
        page = book[sheet or titles[0]]
        page.reset_dimensions()  # what the file says of its own size is not believed
        return _read(page.iter_rows(), name)
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


def _read(cells: object, name: str) -> tuple[list[str], list[list[str | None]], list[int], list[Fault]]:
    """Turn rows of cells into text."""
    header: list[str] = []
    rows: list[list[str | None]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for number, row in enumerate(cells, start=1):  # type: ignore[arg-type, var-annotated]
        if number > MAX_ROWS or len(row) > MAX_COLUMNS:
            raise DeliveryError("too many rows or columns", where=name, to_do="deliver it as CSV, in parts")
        values = [_text(cell.value, cell.number_format) for cell in row]
        if not any(values):
            continue
        if not header:
            while values and values[-1] is None:
                values.pop()
            header = [(value or "").strip() for value in values]
            continue
        if surplus := [value for value in values[len(header) :] if value]:
            faults.append(Fault(number, "wrong_number_of_fields", None, surplus[0]))
        found = [n for n in range(min(len(values), len(header))) if row[n].data_type == "f"]
        faults += [Fault(number, "formula", header[n], values[n] or "") for n in found[:1]]
        rows.append((values + [None] * len(header))[: len(header)])
        lines.append(number)
    return header, rows, lines, faults


def _text(value: object, shown_as: str) -> str | None:
    """Return a cell's value as text; `shown_as` is the number format of the cell."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        seconds = value.second or value.microsecond or "s" in shown_as.lower()
        day = not seconds and not value.hour and not value.minute and "h" not in shown_as.lower()
        return value.date().isoformat() if day else value.isoformat(" ", "auto" if seconds else "minutes")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
