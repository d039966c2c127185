"""A sheet of an XLSX workbook as text, read as a stream and bounded: see `parts` for what is refused unopened.

Formulas are not evaluated and their remembered results are not believed: a row with one is set aside. Dates and times
become ISO text, as fine as the sheet shows them (a day is no midnight); whole numbers lose the ".0" that spreadsheets add.

Source: ECMA-376 part 1, sections 18.2 (workbook), 18.3 (sheets), 18.4 (shared strings), 18.8 (styles).
"""

import re
from typing import Final, NamedTuple

from trucewatch.errors import DeliveryError
from trucewatch.observe.cells import BUILT_IN, SINCE_1900, SINCE_1904, iso_text, number_text, of_time
from trucewatch.observe.parts import Attributes, Unreadable, open_parts, part, relations, walk

MAX_ROWS: Final = 1_048_576  # as many as a spreadsheet can have
MAX_COLUMNS: Final = 500
MAX_CELLS: Final = 2_000_000
MAX_CHARACTERS: Final = 256 << 20  # of all cells: many cells may name one shared text

_AT: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)


class Fault(NamedTuple):
    """A row of the sheet that cannot be believed: its number, the rule it broke, the column, what stood there."""

    line: int
    rule: str
    column: str | None
    value: str


class _Cell(NamedTuple):
    """A cell of the row that is being read: its column from 0, its text, and whether a formula stands in it."""

    column: int
    text: str
    formula: bool


def is_workbook(data: bytes) -> bool:
    """Say whether `data` begins as a zip file does, which XLSX is and no CSV can be."""
    return data.startswith(b"PK\x03\x04")


def sheet_records(
    data: bytes, sheet: str | None, *, name: str
) -> tuple[list[str], list[list[str | None]], list[int], list[Fault]]:
    """Return (header, rows, their row numbers, rows that are none) of a sheet, the first by default.

    Raises DeliveryError when it is no workbook, too large, or has no such sheet.
    """
    with open_parts(data, name) as archive:
        try:
            kinds = relations(archive, "")
            book = next((target for kind, target in kinds.values() if kind == "officeDocument"), "")
            named = relations(archive, book)
            sheets, since_1904 = _sheets(part(archive, book), named)
            if sheet is not None and sheet not in sheets:
                to_do = f"take one of {[title[:40] for title in sheets][:60]}"
                raise DeliveryError(f"no sheet {sheet!r}", where=name, to_do=to_do)
            if not sheets:
                raise Unreadable("no sheet in it")
            of_kind = dict(named.values())
            texts = _shared(part(archive, of_kind["sharedStrings"])) if "sharedStrings" in of_kind else []
            formats = _formats(part(archive, of_kind["styles"])) if "styles" in of_kind else []
            page = _Page(texts, formats, since_1904=since_1904, name=name)
            walk(
                part(archive, sheets[sheet] if sheet is not None else next(iter(sheets.values()))),
                page.started,
                page.ended,
            )
        except Unreadable as error:
            what = f"not a readable workbook: {error}"
            raise DeliveryError(what, where=name, to_do="save it again as XLSX, or as CSV") from error
    return page.header, page.rows, page.lines, page.faults


def _sheets(data: bytes, named: dict[str, tuple[str, str]]) -> tuple[dict[str, str], bool]:
    """Return the part of each sheet of cells by its title, and whether days are counted from 1904."""
    found: dict[str, str] = {}
    since_1904 = False

    def started(element: str, attributes: Attributes, inside: str) -> bool:
        nonlocal since_1904
        if element == "workbookPr":
            since_1904 = attributes.get("date1904") in ("1", "true")
        if element == "sheet" and inside == "sheets":
            relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            kind, path = named.get(relation, ("", ""))
            if kind == "worksheet":
                found.setdefault(attributes.get("name", ""), path)
        return False

    walk(data, started)
    return found, since_1904


def _shared(data: bytes) -> list[str]:
    """Return the texts that cells name by number, without the readings above them (rPh)."""
    texts: list[str] = []
    runs: list[str] = []

    def started(element: str, _: Attributes, inside: str) -> bool:
        return element == "t" and inside != "rPh"

    def ended(element: str, text: str, _: str) -> None:
        if element == "t":
            runs.append(text)
        elif element == "si":
            texts.append("".join(runs))
            runs.clear()

    walk(data, started, ended)
    return texts


def _formats(data: bytes) -> list[str]:
    """Return how each style of cells shows a number: the code of a date or time, "" for anything else."""
    codes: dict[str, str] = {str(number): code for number, code in BUILT_IN.items()}
    styles: list[str] = []

    def started(element: str, attributes: Attributes, inside: str) -> bool:
        if element == "numFmt":
            codes[attributes.get("numFmtId", "")] = of_time(attributes.get("formatCode", ""))
        elif element == "xf" and inside == "cellXfs":
            styles.append(attributes.get("numFmtId", ""))
        return False

    walk(data, started)
    return [codes.get(style, "") for style in styles]


class _Page:
    """Gathers the rows of a sheet while it is walked through."""

    def __init__(self, texts: list[str], formats: list[str], *, since_1904: bool, name: str) -> None:
        self.header: list[str] = []
        self.rows: list[list[str | None]] = []
        self.lines: list[int] = []
        self.faults: list[Fault] = []
        self._texts, self._formats, self._name = texts, formats, name
        self._epoch = SINCE_1904 if since_1904 else SINCE_1900
        self._number, self._next, self._cells_left, self._characters_left = 0, 0, MAX_CELLS, MAX_CHARACTERS
        self._row: list[_Cell] = []
        self._cell: Attributes = {}
        self._value = ""
        self._inline: list[str] = []
        self._formula: str | None = None

    def started(self, element: str, attributes: Attributes, inside: str) -> bool:
        """Begin a row or a cell; say whether the text of the element is wanted."""
        if element == "c" and inside == "row":
            self._cell, self._value, self._inline, self._formula = attributes, "", [], None
        elif element == "row" and inside == "sheetData":
            self._begin_row(attributes.get("r"))
        return (element in ("v", "f") and inside == "c") or (element == "t" and inside in ("is", "r"))

    def ended(self, element: str, text: str, inside: str) -> None:
        """Take in what an element holds."""
        if element == "v":
            self._value = text
        elif element == "t":
            self._inline.append(text)
        elif element == "f":
            self._formula = f"={text}"
        elif element == "c" and inside == "row":
            self._end_cell()
        elif element == "row" and inside == "sheetData":
            self._end_row()

    def _begin_row(self, number: str | None) -> None:
        """Begin a row: the one that it says, or the next. Rows stand in order, or some could be taken for others."""
        if number is not None and not re.fullmatch(r"[0-9]{1,12}", number, re.ASCII):
            raise Unreadable("a row without a number")
        at = int(number) if number is not None else self._number + 1
        if at <= self._number:
            raise Unreadable(f"row {at} stands behind row {self._number}")
        self._number, self._next, self._row = at, 0, []
        self._refuse_beyond(at, 0)

    def _end_cell(self) -> None:
        """Add the cell to its row, unless it is empty."""
        column = self._next
        if at := self._cell.get("r"):
            found = _AT.fullmatch(at)
            if not found or int(found[2]) != self._number:
                raise Unreadable(f"a cell {at[:20]!r} in row {self._number}")
            column = _column(found[1])
        self._next = column + 1
        self._cells_left -= 1
        text = self._formula if self._formula is not None else self._text()
        self._characters_left -= len(text)
        if self._cells_left < 0 or self._characters_left < 0:
            raise DeliveryError("too many cells", where=self._name, to_do="deliver it as CSV, in parts")
        if text:
            self._refuse_beyond(self._number, column + 1)
            self._row.append(_Cell(column, text, self._formula is not None))

    def _end_row(self) -> None:
        """Add the row to the others, unless it is empty; the first is the header."""
        if not self._row:
            return
        width = len(self.header) or max(cell.column for cell in self._row) + 1
        values: list[str | None] = [None] * width
        faults: list[Fault] = []
        for cell in self._row:
            if cell.column >= width:
                faults.append(Fault(self._number, "wrong_number_of_fields", None, cell.text))
            elif values[cell.column] is not None:
                faults.append(Fault(self._number, "cell_twice", None, cell.text))
            else:
                values[cell.column] = cell.text
        if not self.header:
            if faults:
                raise Unreadable("two cells of the header at one place")
            self.header = [(value or "").strip() for value in values]
            return
        formulas = [cell for cell in self._row if cell.formula and cell.column < width]
        faults += [Fault(self._number, "formula", self.header[cell.column], cell.text) for cell in formulas]
        self.faults += faults[:1]
        self.rows.append(values)
        self.lines.append(self._number)

    def _refuse_beyond(self, number: int, columns: int) -> None:
        """Raise DeliveryError for a row or a column that no sheet has."""
        if number > MAX_ROWS or columns > MAX_COLUMNS:
            raise DeliveryError("too many rows or columns", where=self._name, to_do="deliver it as CSV, in parts")

    def _text(self) -> str:
        """Return the value of the cell as text."""
        kind, value = self._cell.get("t", "n"), self._value.strip()
        if kind == "inlineStr":
            return "".join(self._inline)
        if kind == "s" and value:
            if not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) or int(value) >= len(self._texts):
                raise Unreadable(f"a text that is not there: {value[:20]!r}")
            return self._texts[int(value)]
        if kind == "b":
            return {"1": "true", "0": "false"}.get(value, value)
        if kind == "d":
            return iso_text(value, self._shown_as())
        return number_text(value, self._shown_as(), self._epoch) if kind == "n" else self._value

    def _shown_as(self) -> str:
        """Return how the style of the cell shows a date or time; "" when it shows none."""
        style = self._cell.get("s", "0")
        number = int(style) if re.fullmatch(r"[0-9]{1,6}", style, re.ASCII) else -1
        return self._formats[number] if 0 <= number < len(self._formats) else ""


def _column(letters: str) -> int:
    """Return the number from 0 of a column by its letters.

    >>> _column("A"), _column("XFD")
    (0, 16383)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
