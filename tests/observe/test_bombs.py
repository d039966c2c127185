"""Files made to exhaust the reader: each refused, or its rows accounted for, in bounded time and memory."""

import functools
import io
import zipfile

import pytest

from fuzzing import bounded, xlsx_damage

MIB = 1 << 20
SECONDS, MEGABYTES = 10, 1500
MAIN = b'<%s xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</%s>'
SHEET, SHARED, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"


@functools.cache
def valid(sample, name: str) -> tuple[bytes, bytes]:
    """Header and one good row of a source, each with its line end."""
    head, row, *_ = sample(name).csv().splitlines(keepends=True)
    return head, row


@pytest.fixture(scope="module")
def firms():
    """A process that reads fires."""
    reader = bounded.Reader("delivery:firms")
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def patrol():
    """A process that reads the table of patrols."""
    reader = bounded.Reader("delivery:patrol")
    yield reader
    reader.close()


def harmless(outcome: bounded.Outcome) -> None:
    """Check time, memory, and that a refusal says what, where and what to do."""
    assert outcome.seconds < SECONDS
    assert outcome.peak_mb < MEGABYTES
    assert outcome.outcome in ("read", "DeliveryError"), outcome
    assert outcome.outcome == "read" or (outcome.said and outcome.where and outcome.to_do)


def book(sample, replaced: dict[str, bytes]) -> bytes:
    """A workbook of the patrol's table with parts replaced or added."""
    some = sample("patrol")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in (xlsx_damage.plain(some.columns, [some.rows[0]]) | replaced).items():
            archive.writestr(name, data)
    return file.getvalue()


def sheet(rows: bytes) -> dict[str, bytes]:
    return {SHEET: MAIN % (b"worksheet", b"<sheetData>%s</sheetData>" % rows, b"worksheet")}


def shared(texts: bytes) -> dict[str, bytes]:
    return {SHARED: MAIN % (b"sst", texts, b"sst")}


ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
LAUGHS = b'<!DOCTYPE x [<!ENTITY e0 "lol">%s]>' % ENTITIES + shared(b"<si><t>&e11;</t></si>")[SHARED]
STOLEN = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + shared(b"<si><t>&e;</t></si>")[SHARED]
WORKBOOKS = {
    "an entry of 300 MiB": (lambda: {"xl/media/x.bin": bytes(300 * MIB)}, "unpacks to 300 MiB"),
    "20,000 entries": (lambda: {f"xl/{n}": b"" for n in range(20_000)}, "parts, more than"),
    "entities that grow": (lambda: {SHARED: LAUGHS}, "document type"),
    "an entity outside": (lambda: {SHARED: STOLEN}, "document type"),
    "nested a million deep": (lambda: sheet(b"<row>" * 1_000_000), "nested deeper"),
    "50 million shared texts": (lambda: shared(b"<si/>" * 50_000_000), "elements"),
    "247 MB of shared texts": (lambda: shared((b"<si><t>%s</t></si>" % (b"x" * 190_000)) * 1300), ""),
    "one long text in 500,000 cells": (
        lambda: sheet(b'<row><c t="s"><v>0</v></c></row>' * 500_000) | shared(b"<si><t>%s</t></si>" % (b"x" * 190_000)),
        "too many cells",
    ),
    "10 million styles": (
        lambda: {STYLES: MAIN % (b"styleSheet", b"<cellXfs>%s</cellXfs>" % (b"<xf/>" * 10_000_000), b"styleSheet")},
        "elements",
    ),
    "a row of 20 million cells": (lambda: sheet(b"<row>%s</row>" % (b"<c/>" * 20_000_000)), "elements"),
    "a text in 5 million runs": (
        lambda: sheet(b'<row><c t="inlineStr"><is>%s</is></c></row>' % (b"<r><t>text</t></r>" * 5_000_000)),
        "elements",
    ),
    "5 million attributes": (
        lambda: sheet(b"<row %s/>" % b"".join(b'a%d=">" ' % n for n in range(5_000_000))),
        "an element of more than",
    ),
    "a comment of 200 MiB": (lambda: sheet(b"<!--%s-->" % (b"x" * 200 * MIB)), "an element of more than"),
    "1,048,576 x 16,384 declared": (
        lambda: sheet(b'</sheetData><dimension ref="A1:XFD1048576"/><sheetData><row r="1048576"/>'),
        "",
    ),
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_made_to_exhaust_is_refused_in_bounded_time_and_memory(sample, patrol, name):
    made, said = WORKBOOKS[name]
    outcome = patrol.read(book(sample, made()))
    harmless(outcome)
    assert outcome.outcome == "DeliveryError"
    assert said in outcome.said


FILES = {
    "a header of a million columns": (
        lambda head, row: b",".join(b"c%d" % n for n in range(MIB)) + b"\n" + row,
        "columns",
    ),
    "a header of a million commas": (lambda head, row: b"," * MIB + b"\n" + row, "columns"),
    "a header of 64 MiB": (lambda head, row: b"x" * 64 * MIB + b"\n" + row, "header"),
    "32 million lines": (lambda head, row: head + row + b"a\n" * 32 * MIB, "lines, more than"),
    "64 million blank lines": (lambda head, row: head + row + b"\n" * 64 * MIB, "lines, more than"),
    "4 million lines that are no rows": (lambda head, row: head + row + b"a\n" * 4 * MIB, "no table"),
    "2 million open quotes": (lambda head, row: head + row + b'"a\n' * 2 * MIB, "no table"),
    "quotes that never close": (lambda head, row: head + row + (b'"\n' + b'""\n' * 300_000) * 20, "no table"),
    "a line of 64 MiB": (lambda head, row: head + row + b"x" * 64 * MIB + b"\n", {"set_aside": 1, "rows_in": 2}),
    "a line of 64 MiB of NUL": (lambda head, row: head + row + b"\0" * 64 * MIB, {"set_aside": 1, "rows_in": 2}),
    "a line of 64 million commas": (lambda head, row: head + row + b"," * 64 * MIB, {"set_aside": 1, "rows_in": 2}),
    "a line of 64 million quotes": (lambda head, row: head + row + b'"' * 64 * MIB, {"set_aside": 1, "rows_in": 2}),
    "200,000 rows of bad values": (
        lambda head, row: head + (b"x" + row) * 200_000,
        {"set_aside": 200_000, "rows_in": 200_000, "observations": 0},
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_made_to_exhaust_is_refused_or_accounted_for_in_bounded_time_and_memory(sample, firms, name):
    made, told = FILES[name]
    outcome = firms.read(made(*valid(sample, "firms")))
    harmless(outcome)
    if isinstance(told, str):
        assert (outcome.outcome, told in outcome.said) == ("DeliveryError", True), outcome
    else:
        assert {key: outcome.counts[key] for key in told} == told
