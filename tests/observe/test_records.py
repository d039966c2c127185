"""The scan finds the records that a strict reader of CSV finds, and a bad record never spoils a good one."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.observe.records import (
    MAX_RECORD_BYTES,
    NOT_ASCII,
    NUL,
    OPEN_QUOTE,
    STRAY_QUOTE,
    TOO_LONG,
    scan,
)

FIELD = st.text(st.sampled_from("ab1;,\"\n\r \tі€'"), max_size=6)
ONE_LINE = st.text(st.sampled_from('ab1;,"\t є'), max_size=6)


def rows_of(field: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    """Rows of two to four fields."""
    return st.lists(st.lists(field, min_size=2, max_size=4), min_size=1, max_size=8)


def written(
    rows: list[list[str]], separator: str = ",", line_end: str = "\n", quoting: int = csv.QUOTE_MINIMAL
) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=quoting).writerows(rows)
    return text.getvalue().encode()


def parsed(data: bytes, separator: str = ",") -> list[list[str]]:
    """The rows of the records without fault."""
    found = scan(data, separator)
    clean = (found.flags & ~NOT_ASCII) == 0
    spans = zip(found.start[clean], found.end[clean], strict=True)
    texts = [data[a:b].decode() for a, b in spans]
    return [next(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) for text in texts]


@settings(max_examples=300)
@given(
    rows_of(FIELD),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_on_clean_files_the_scan_agrees_with_the_csv_module(rows, separator, line_end, quoting, last_end):
    if quoting == csv.QUOTE_MINIMAL:  # with which Python leaves a bare CR out of quotes, against RFC 4180
        rows = [[field.replace("\r", "\n") for field in row] for row in rows]
    data = written(rows, separator, line_end, quoting)
    data = data if last_end else data.removesuffix(line_end.encode())
    found = scan(data, separator)
    assert parsed(data, separator) == rows
    assert found.fields.tolist() == [len(row) for row in rows]
    assert found.line.tolist() == [data[:start].count(b"\n") + 1 for start in found.start]
    assert (found.flags & NOT_ASCII != 0).tolist() == [
        not data[a:b].isascii() for a, b in zip(found.start, found.end, strict=True)
    ]


BAD = [b'1,"x', b'"', b'x"y,2', b'"x"y,2', b'"x" ,2', b"a\x00b,1", b'1,"x"",y', b'"a"b"c', b'1,""x"",2']


@settings(max_examples=300)
@given(rows_of(ONE_LINE), rows_of(ONE_LINE), st.sampled_from(BAD), st.sampled_from([b"\n", b"\r\n"]))
def test_a_bad_record_never_spoils_others(before, after, bad, line_end):
    data = written(before) + bad + line_end + written(after)
    assert parsed(data) == before + after
    found = scan(data)
    assert found.line[found.flags & ~NOT_ASCII != 0].tolist() == [len(before) + 1]


@settings(max_examples=200)
@given(st.binary(max_size=60) | st.text(st.sampled_from('a,"\n\r\0'), max_size=40).map(str.encode))
def test_any_bytes_are_cut_into_records_in_order(data):
    found = scan(data)
    assert (found.start < found.end).all()
    assert (found.start[1:] > found.end[:-1]).all()
    left = bytearray(data)
    for start, end in zip(found.start[::-1], found.end[::-1], strict=True):
        del left[start:end]
    assert set(left) <= set(b"\r\n")


@pytest.mark.parametrize(
    ("data", "lines", "flags"),
    [
        (b"", [], []),
        (b"\n\r\n\n", [], []),
        (b"\n\na,b\n\n1,2", [3, 5], [0, 0]),
        (b'a\n"x\ny"\nb\n', [1, 2, 4], [0, 0, 0]),
        (b'a,b\n1,"x\n3,4\n7,"y"\n8,9', [1, 2, 3, 4, 5], [0, OPEN_QUOTE, 0, 0, 0]),
        (b'a,b\n1,"x\n3,",y"\n8,9', [1, 2, 3, 4], [0, OPEN_QUOTE, 0, 0]),
        (b'a\n"x', [1, 2], [0, OPEN_QUOTE]),
        (b'a"b\nc\n', [1, 2], [STRAY_QUOTE, 0]),
        (b"a\x00\nc\n", [1, 2], [NUL, 0]),
        ("є\nc\n".encode(), [1, 2], [NOT_ASCII, 0]),
    ],
)
def test_lines_and_faults(data, lines, flags):
    found = scan(data)
    assert (found.line.tolist(), found.flags.tolist()) == (lines, flags)


@pytest.mark.parametrize(("size", "fault"), [(MAX_RECORD_BYTES, 0), (MAX_RECORD_BYTES + 1, TOO_LONG)])
def test_a_record_of_over_a_mebibyte_is_too_long(size, fault):
    assert scan(b"a\n" + b"x" * size + b"\nb").flags.tolist() == [0, fault, 0]


def test_an_open_quote_before_a_large_file_costs_one_line():
    found = scan(b'"x\n' + b"1,2\n" * 600_000)
    assert (len(found.line), found.flags[0], found.flags[1:].any()) == (600_001, OPEN_QUOTE, False)
