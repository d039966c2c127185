"""Sheets of XLSX: text as shown, no formula believed, nothing unpacked without bound."""

import datetime as dt
import io
import random
import struct
import time
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.errors import DeliveryError
from trucewatch.observe import parts, sheet


def book(*rows: tuple[object, ...], title: str = "Sheet", formats: dict[str, str] | None = None) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    for cell, shown_as in (formats or {}).items():
        made.active[cell].number_format = shown_as
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def repacked(data: bytes, replaced: dict[str, bytes]) -> bytes:
    """The workbook with parts replaced or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in dict.fromkeys([*old.namelist(), *replaced]):
            new.writestr(name, replaced[name] if name in replaced else old.read(name))
    return file.getvalue()


def records(data: bytes, title: str | None = None):
    return sheet.sheet_records(data, title, name="file.xlsx")


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        ("about 20", "General", "about 20"),
        (20, "General", "20"),
        (20.0, "General", "20"),
        (0.1, "General", "0.1"),
        (48.123456789, "0.00", "48.123456789"),
        (True, "General", "true"),
        (None, "General", None),
        (dt.datetime(2026, 3, 9), "yyyy-mm-dd", "2026-03-09"),
        (dt.datetime(2026, 3, 9), "yyyy-mm-dd hh:mm", "2026-03-09 00:00"),
        (dt.datetime(2026, 3, 9, 19, 38), "dd.mm.yyyy hh:mm", "2026-03-09 19:38"),
        (dt.datetime(2026, 3, 9, 19, 38), "yyyy-mm-dd hh:mm:ss", "2026-03-09 19:38:00"),
        (dt.datetime(2026, 3, 9, 19, 38, 5), "yyyy-mm-dd", "2026-03-09 19:38:05"),
        (dt.time(19, 38), "hh:mm", "19:38:00"),
        ("=1+1", "@", "=1+1"),
    ],
)
def test_cells_become_text_no_finer_than_shown(value, shown_as, text):
    made = book(("a", "b"), (value, "x"), formats={"A2": shown_as})
    if value == "=1+1":
        made.active["A2"].data_type = "s"
    assert records(saved(made))[1] == [[text, "x"]]


def test_formulas_set_their_row_aside_with_the_column():
    header, rows, lines, faults = records(saved(book(("a", "b"), ("1", "=A2"), ("=B1", "=1"), ("2", "3"))))
    assert (header, lines) == (["a", "b"], [2, 3, 4])
    assert faults == [(2, "formula", "b", "=A2"), (3, "formula", "a", "=B1")]
    assert rows[2] == ["2", "3"]


def test_a_value_beyond_the_header_is_a_fault_of_its_row():
    faults = records(saved(book(("a", "b"), ("1", "2", "surplus"), ("1", "2", None, ""))))[3]
    assert faults == [(2, "wrong_number_of_fields", None, "surplus")]


def test_blank_rows_and_columns_are_no_rows_and_columns():
    header, rows, lines, faults = records(saved(book((), ("a ", "b", None), (), ("1",), (None, None), (None, "2"))))
    assert (header, rows, lines, faults) == (["a", "b"], [["1", None], [None, "2"]], [4, 6], [])


def test_the_sheet_is_the_first_or_the_named_one():
    made = book(("a",), ("1",), title="One")
    other = made.create_sheet("Two")
    other.append(("b",))
    other.append(("2",))
    data = saved(made)
    assert (records(data)[0], records(data, "One")[0], records(data, "Two")[0]) == (["a"], ["a"], ["b"])
    with pytest.raises(DeliveryError, match=r"no sheet 'Three' → take one of \['One', 'Two'\]"):
        records(data, "Three")


def refused(data: bytes) -> str:
    with pytest.raises(DeliveryError) as caught:
        records(data)
    assert caught.value.problems[0].where == "file.xlsx"
    assert caught.value.problems[0].to_do
    return str(caught.value)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(parts, "MAX_UNPACKED_BYTES", 1 << 20)
    bomb = repacked(saved(book(("a",), ("1",))), {"xl/media/x.bin": bytes(2 << 20)})
    assert len(bomb) < 50_000
    assert "unpacks to 2 MiB, more than 1" in refused(bomb)


def test_a_zip_that_lies_about_its_size_unpacks_to_no_more_than_it_says():
    plain = saved(book(("a",), ("1",)))
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml")
    row = b'<row><c t="inlineStr"><is><t>' + b"x" * 50 + b"</t></is></c></row>"
    long = page.replace(b"</sheetData>", row * 200_000 + b"</sheetData>")
    data = bytearray(repacked(plain, {"xl/worksheets/sheet1.xml": long}))
    told = struct.pack("<I", len(long))
    assert data.count(told) == 2
    lying = bytes(data).replace(told, struct.pack("<I", len(page)))  # in the local header and in the directory
    began = time.process_time()
    assert "not a readable workbook" in refused(lying)
    assert time.process_time() - began < 2


def test_entities_that_grow_are_refused():
    plain = saved(book(("a",), ("1",)))
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">' + entities + b"]><sst><si><t>&e9;</t></si></sst>"
    began = time.process_time()
    refused(repacked(plain, {"xl/worksheets/sheet1.xml": laughs}))
    assert time.process_time() - began < 5


@pytest.mark.parametrize("cell", ["A1048576", "XFD2"])
def test_a_cell_far_out_costs_no_time(cell):
    made = book(("a", "b"), ("1", "2"))
    made.active[cell] = "x"
    data = saved(made)
    began = time.process_time()
    if cell == "XFD2":
        assert "too many rows or columns" in refused(data)
    else:
        assert records(data)[2] == [2, 1_048_576]
    assert time.process_time() - began < 3


def test_a_row_that_no_sheet_has_is_refused():
    plain = saved(book(("a", "b"), ("1", "2")))
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml")
    assert page.count(b'<row r="2"') == 1
    page = page.replace(b'<row r="2"', b'<row r="999999999999"').replace(b'r="A2"', b"").replace(b'r="B2"', b"")
    assert "too many rows" in refused(repacked(plain, {"xl/worksheets/sheet1.xml": page}))


@pytest.mark.parametrize("limit", ["MAX_ROWS", "MAX_COLUMNS"])
def test_too_many_rows_or_columns_are_refused(monkeypatch, limit):
    monkeypatch.setattr(sheet, limit, 4 if limit == "MAX_ROWS" else 3)
    most = saved(book(("a", "b", "c"), *[("1", "2", "3")] * 3))
    assert len(records(most)[1]) == 3
    more = book(("a", "b", "c"), *[("1", "2", "3")] * 4) if limit == "MAX_ROWS" else book(("a", "b", "c", "d"), ("1",))
    assert "too many rows or columns" in refused(saved(more))


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"x" * 999, b""])
def test_a_broken_zip_is_refused(data):
    assert "a zip file that is broken" in refused(data)


def test_a_zip_without_a_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "not a readable workbook" in refused(file.getvalue())


def test_a_damaged_workbook_is_refused_or_read():
    data, dice, read = saved(book(("a", "b"), ("1", "2"))), random.Random(5), 0
    for _ in range(80):
        damaged = bytearray(data)
        for _ in range(dice.randint(1, 3)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            header, rows, lines, _ = records(bytes(damaged))
        except DeliveryError:
            continue
        read += 1
        assert all(len(row) == len(header) for row in rows)
        assert len(rows) == len(lines)
    assert 5 < read < 75


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.none() | st.text("ab 1=-é", min_size=1, max_size=4) | st.integers(-99, 99), min_size=3, max_size=3),
        max_size=5,
    )
)
def test_a_table_comes_back_as_it_was_written(table):
    made = book(("a", "b", "c"))
    for number, row in enumerate(table, start=2):
        for column, value in enumerate(row, start=1):
            cell = made.active.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    rows = [[None if value is None else str(value) for value in row] for row in table]
    expected = [(number, row) for number, row in enumerate(rows, start=2) if any(row)]
    _, read, lines, faults = records(saved(made))
    assert (list(zip(lines, read, strict=True)), faults) == (expected, [])
