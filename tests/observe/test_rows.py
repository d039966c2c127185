"""Every row of a file becomes a row or is set aside; every column is known or refuses the file."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.errors import DeliveryError
from trucewatch.observe.delivery import Delivery
from trucewatch.observe.rows import SHOWN, Rule, columns_of, read_rows, set_aside, sort_out

RECEIVED = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)


def delivery(data: bytes) -> Delivery:
    return Delivery("file.csv", data, RECEIVED, "firms")


def test_empty_cells_are_null_and_each_row_has_its_line():
    rows = read_rows(delivery(b'id,when\n1,\n"2\n3",x\n4,y\n'), required=("id", "when"), optional=("note",))
    assert rows.frame.columns == ["line", "id", "when", "note"]
    assert rows.frame.rows() == [(2, "1", None, None), (3, "2\n3", "x", None), (5, "4", "y", None)]
    assert (rows.rows_in, rows.set_aside.height) == (3, 0)


@pytest.mark.parametrize(
    ("header", "named"), [("id", "when"), ("id,when,extra", "extra"), ("id,when,id", "id")], ids=["missing", "unknown", "twice"]
)  # fmt: skip
def test_columns_missing_unknown_or_twice_refuse_the_file(header, named):
    row = ",".join("1" for _ in header.split(","))
    with pytest.raises(DeliveryError, match=named):
        read_rows(delivery(f"{header}\n{row}\n".encode()), required=("id", "when"))


def test_an_ignored_column_is_no_column_of_the_rows():
    rows = read_rows(delivery(b"id,extra\n1,2\n"), required=("id",), ignored=("extra",))
    assert rows.frame.columns == ["line", "id"]


@pytest.mark.parametrize(("data", "what"), [(b"", "empty"), (b"\xef\xbb\xbf \n", "empty"), (b"id\n", "no rows")])
def test_a_file_without_rows_is_refused(data, what):
    with pytest.raises(DeliveryError, match=what):
        read_rows(delivery(data), required=("id",))


@given(st.lists(st.sampled_from(["1,2", "1", "1,2,3", 'a"b,2', "x,\x00"]), min_size=1, max_size=30))
def test_no_row_is_lost_whatever_is_wrong_with_it(lines):
    rows = read_rows(delivery("\n".join(["id,when", *lines, ""]).encode()), required=("id", "when"))
    assert rows.rows_in == len(lines) == rows.frame.height + rows.set_aside.height
    assert rows.frame.height == lines.count("1,2")
    told = [*rows.frame["line"], *rows.set_aside["line"]]
    assert sorted(told) == list(range(2, len(lines) + 2))


@given(st.lists(st.tuples(st.none() | st.integers(-3, 3), st.none() | st.integers(-3, 3)), max_size=20))
def test_a_row_is_set_aside_with_the_first_rule_that_it_broke(pairs):
    frame = pl.DataFrame(
        {"line": range(len(pairs)), "a": [a for a, _ in pairs], "b": [b for _, b in pairs]},
        schema={"line": pl.Int64, "a": pl.Int64, "b": pl.Int64},
    )
    rules = [Rule("a_below", "a", pl.col("a") >= 0), Rule("b_below", None, pl.col("b") >= 0)]
    good, aside = sort_out(frame, rules, delivery=delivery(b"x"))
    fine = [a is not None and a >= 0 for a, _ in pairs]
    kept = [n for n, (_, b) in enumerate(pairs) if fine[n] and b is not None and b >= 0]
    assert good["line"].to_list() == kept
    assert dict(aside.select("line", "rule").rows()) == {
        n: "b_below" if fine[n] else "a_below" for n in range(len(pairs)) if n not in kept
    }
    assert aside.filter(pl.col("rule") == "b_below")["value"].null_count() == aside["rule"].eq("b_below").sum()


def test_a_value_is_shown_only_so_far():
    told = {"line": [2], "rule": ["too_long"], "column": ["text"], "value": ["a" * 999]}
    shown = set_aside(delivery(b"x"), pl.DataFrame(told))
    assert shown.select("line", "rule", "column").row(0) == (2, "too_long", "text")
    assert shown["value"].item() == "a" * SHOWN


def test_the_layout_of_a_file_is_told_by_its_first_line():
    assert columns_of(b'\xef\xbb\xbf"id", when \r\n1,2\n') == {"id", "when"}
