"""The tables as one XLSX workbook: a sheet a table, each with the stamp on top, and a first sheet that says what each column means.

The rule, in plain sentences.
1. A text is written as a text: nothing becomes a formula or a link. It gets an apostrophe where it gets one in the CSV.
2. An instant is a date in UTC, to the second; one that a spreadsheet cannot hold (before 1900) is written as text.
3. A sheet holds at most `MOST_ROWS` rows; where there are more, its first line says so and names the CSV that has all.
"""

import io
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from trucewatch import tables
from trucewatch.report.blocks import Report
from trucewatch.report.exports import harmless
from trucewatch.words import plain

MOST_ROWS: Final = 2_500
LONGEST_TEXT: Final = 32_767  # letters of a cell, by the format
LARGEST_WHOLE: Final = 2**53
OPTIONS: Final = {
    "in_memory": True,
    "constant_memory": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def workbook(report: Report, listed: Mapping[str, pl.DataFrame], stamp: str, made_utc: datetime) -> bytes:
    """Return `tables.xlsx` of the tables `listed` by name, dated `made_utc`."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        made = made_utc.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": _text(report.title), "subject": _text(stamp), "created": made})
        forms = {
            "head": book.add_format({"bold": True, "bottom": 1, "valign": "top"}),
            "stamp": book.add_format({"bold": True, "font_color": "#8a3a00"}),
            "when": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        _about(book.add_worksheet("about"), report, listed, stamp, forms)
        for name, frame in listed.items():
            sheet = book.add_worksheet(name)
            _on_paper(sheet, stamp)
            _fill(sheet, name, frame, stamp, forms)
    return out.getvalue()


def _about(
    sheet: Worksheet, report: Report, listed: Mapping[str, pl.DataFrame], stamp: str, forms: Mapping[str, Format]
) -> None:
    """Write what the workbook is, and the meaning of every column."""
    _on_paper(sheet, stamp)
    sheet.write_string(0, 0, _text(stamp), forms["stamp"])
    told = [report.title, report.mission_title, report.period, report.made, report.banner, report.foot]
    row = 1
    for text in filter(None, told):
        sheet.write_string(row, 0, _text(text))
        row += 1
    row += 1
    for n, title in enumerate(("table", "column", "meaning")):
        sheet.write_string(row, n, title, forms["head"])
    for name, frame in listed.items():
        for column in frame.columns:
            row += 1
            for n, text in enumerate((name, column, meaning(name, column))):
                sheet.write_string(row, n, _text(text), forms["wrap"])
    sheet.set_column(0, 1, 22)
    sheet.set_column(2, 2, 90)


def meaning(table: str, column: str) -> str:
    """Return what a column means: by its own table, else by another that has it, else nothing.

    >>> meaning("incidents", "conformity"), meaning("incidents", "lat_deg")
    ('the assessment', 'latitude, degrees north, WGS 84')
    """
    for name in (table, "findings", "places"):
        if name in tables.TABLES and column in (columns := tables.TABLES[name].columns()):
            return columns[column].description or ""
    return ""


def _fill(sheet: Worksheet, name: str, frame: pl.DataFrame, stamp: str, forms: Mapping[str, Format]) -> None:
    """Write the stamp, the head and the rows of one table."""
    shown = harmless(frame.head(MOST_ROWS))
    more = (
        f" · the first {shown.height:,} of {frame.height:,} rows; all are in {name}.csv"
        if frame.height > MOST_ROWS
        else ""
    )
    sheet.write_string(0, 0, _text(stamp) + more, forms["stamp"])
    for n, title in enumerate(shown.columns):
        sheet.write_string(1, n, title, forms["head"])
        sheet.set_column(n, n, max(9, len(title) + 2))
    for n, column in enumerate(shown.iter_columns()):
        for row, value in enumerate(column, start=2):
            if value is not None:
                _write(sheet, row, n, value, forms["when"])
    sheet.freeze_panes(2, 1)
    if shown.columns:
        sheet.autofilter(1, 0, 1 + max(shown.height, 1), len(shown.columns) - 1)


def _write(sheet: Worksheet, row: int, column: int, value: Any, when: Format) -> None:
    """Write one value as what it is; what the format cannot hold is written as text."""
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, datetime) and value.year >= 1900:
        sheet.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None, microsecond=0), when)
    elif isinstance(value, int | float) and math.isfinite(value) and abs(value) <= LARGEST_WHOLE:
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, _text(str(value)))


def _text(text: str) -> str:
    """Return a text that a cell can hold: plain, without the two letters that XML forbids, not too long."""
    held = re.sub("[\ufffe\uffff]", "\ufffd", plain(text))
    return held if len(held) <= LONGEST_TEXT else held[: LONGEST_TEXT - 1] + "…"


def _on_paper(sheet: Worksheet, stamp: str) -> None:
    """Put the stamp on every printed page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.set_header("&C" + _text(stamp).replace("&", "&&")[:200])
    sheet.set_footer("&C&P / &N")
