"""The workbook: every text a text, dates as dates in UTC, what each column means, the stamp on every sheet, the same bytes."""

import datetime as dt
import io
import zipfile
from dataclasses import replace

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch import tables
from trucewatch.report import render
from trucewatch.report.exports import FORMULA_STARTS
from trucewatch.report.workbook import MOST_ROWS, meaning, workbook
from trucewatch.when import Span

MADE = dt.datetime(2026, 3, 21, 6, 30, tzinfo=dt.UTC)
STAMP = "internal draft, not released; text in_force"
NOON = dt.datetime(2026, 3, 20, 12, 30, 15, 250_000, tzinfo=dt.UTC)


def read(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.fixture(scope="module")
def of(a_report):
    """Return a function that makes a workbook of one table and reads it back: the sheet's rows below its head."""

    def make(frame: pl.DataFrame, name: str = "incidents") -> list[tuple]:
        sheet = read(workbook(a_report("x", ()), {name: frame}, STAMP, MADE))[name]
        return list(sheet.iter_rows(min_row=3))

    return make


def test_a_sheet_a_table_with_the_same_rows_as_the_csv(released, facts):
    files = render(released(40), facts)
    book = read(files["tables.xlsx"])
    listed = [name.removesuffix(".csv") for name in files if name.endswith(".csv")]
    assert book.sheetnames == ["about", *listed]
    for name in listed:
        told = pl.read_csv(files[f"{name}.csv"], infer_schema=False)
        rows = list(book[name].iter_rows(min_row=2, values_only=True))
        assert rows[0] == tuple(told.columns[:-1])
        assert len(rows) == 1 + told.height
        ids = told.columns[0]
        assert [row[0] for row in rows[1:]] == told[ids].to_list()


def test_the_stamp_is_on_every_sheet_and_on_every_printed_page(released, facts):
    tested = replace(facts, supposed=Span(facts.period_before.start_utc, facts.period.end_utc))
    for sheet in read(render(released(8), tested)["tables.xlsx"]):
        assert sheet["A1"].value == "internal draft, not released; back-test, text never in force"
        assert "back-test" in sheet.oddHeader.center.text


def test_every_column_has_its_meaning(released, facts):
    about = read(render(released(8), facts)["tables.xlsx"])["about"]
    rows = [row for row in about.iter_rows(values_only=True) if row[1]]
    assert rows[0] == ("table", "column", "meaning")
    assert len(rows) > 40
    assert all(row[2] for row in rows), [row for row in rows if not row[2]]
    assert meaning("set_aside", "line").startswith("the line of the file")
    assert meaning("deliveries", "observations") != meaning("incidents", "observations")


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_text_is_a_formula_or_a_link(of, start):
    frame = pl.DataFrame({"text": [f"{start}1+1", "http://example.org", "12", "_x0041_"], "words": [[f"{start}1"]] * 4})
    rows = of(frame)
    assert {cell.data_type for row in rows for cell in row} == {"s"}
    assert [row[0].value for row in rows][1:] == ["http://example.org", "12", "_x0041_"]
    for cell in rows[0]:
        assert cell.value.startswith(("'", "\ufffd"))
        assert cell.hyperlink is None


def test_numbers_instants_and_nothing_are_what_they_are(of):
    long_ago = dt.datetime(1850, 1, 1, tzinfo=dt.UTC)
    frame = pl.DataFrame(
        {
            "n": [-3, 2**60], "share": [0.25, float("inf")], "start_utc": [NOON, long_ago], "absent": [None, None],
            "yes": [True, False], "reasons": [["a", "b"], []],
        }
    )  # fmt: skip
    first, second = of(frame)
    assert [cell.value for cell in first] == [-3, 0.25, NOON.replace(tzinfo=None, microsecond=0), None, True, "a; b"]
    assert first[2].is_date
    assert [cell.value for cell in second][:3] == [str(2**60), "inf", "1850-01-01 00:00:00+00:00"]


@settings(max_examples=60)
@given(st.lists(st.text(), min_size=1, max_size=5))
def test_whatever_stands_in_a_text_it_can_be_opened_and_keeps_its_shape(of, a_report, texts):
    frame = pl.DataFrame({"n": range(len(texts)), "text": texts})
    rows = of(frame)
    assert [row[0].value for row in rows] == list(range(len(texts)))
    assert not any((row[1].value or "").startswith(FORMULA_STARTS) for row in rows)
    read(workbook(a_report(texts[0], ()), {"incidents": frame}, STAMP, MADE))


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(of):
    [[cell]] = of(pl.DataFrame({"text": ["x" * 40_000]}))
    assert len(cell.value) == 32_767
    assert cell.value.endswith("x…")


def test_where_there_are_more_rows_than_a_sheet_holds_it_says_where_all_are(a_report):
    frame = pl.DataFrame({"n": range(MOST_ROWS + 7)})
    sheet = read(workbook(a_report("x", ()), {"findings": frame}, STAMP, MADE))["findings"]
    assert sheet.max_row == 2 + MOST_ROWS
    assert sheet["A1"].value.endswith("the first 2,500 of 2,507 rows; all are in findings.csv")


def test_a_table_without_rows_has_its_head(a_report):
    listed = {name: tables.empty(name) for name in tables.TABLES}
    book = read(workbook(a_report("x", ()), listed, STAMP, MADE))
    for name in listed:
        assert [cell.value for cell in book[name][2]] == list(tables.dtypes(name))


def test_the_same_gives_the_same_bytes(a_report):
    frame = pl.DataFrame({"n": [1]})
    made = [workbook(a_report("x", ()), {"findings": frame}, STAMP, MADE + dt.timedelta(days=n)) for n in (0, 0, 1)]
    assert made[0] == made[1] != made[2]
    assert b"2026-03-21T06:30:00Z" in zipfile.ZipFile(io.BytesIO(made[0])).read("docProps/core.xml")
