"""Only what is exactly a number or a date is one."""

import datetime as dt
import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.observe import fields

KYIV = "Europe/Kyiv"


def read(expression: pl.Expr, value: object) -> object:
    dtype = pl.String if value is None else None
    return pl.DataFrame({"x": pl.Series([value], dtype=dtype)}).select(expression).item()


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("-1.5", -1.5), ("+.5", 0.5), ("3.", 3), ("1e3", 1000), ("2.5E-1", 0.25), ("-0", 0), ("007", 7)],
)
def test_numbers(text, value):
    assert read(fields.number("x"), text) == value


NONE = [
    None,
    "",
    " 1",
    "1 ",
    "1,5",
    "1_0.5",
    "١٢.٥",
    "１",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "1e999",
    "0x1",
    "1e",
    ".",
    "1.2.3",
    "1\n",
    "--1",
    "½",
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_number(text):
    assert read(fields.number("x"), text) is None
    assert read(fields.integer("x"), text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), ("-3", -3), ("1.0", None), ("1e3", None), ("9" * 15, 10**15 - 1), ("9" * 16, None)]
)
def test_integers(text, value):
    assert read(fields.integer("x"), text) == value


@settings(max_examples=100)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_float_is_read_as_itself(value):
    assert math.isclose(read(fields.number("x"), repr(value)), value, rel_tol=1e-15)


@pytest.mark.parametrize(
    ("text", "formats", "told"),
    [
        ("2023-06-10", ["%Y-%m-%d"], dt.datetime(2023, 6, 10)),
        ("2023-06-10T01:02:03.25", ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f"], dt.datetime(2023, 6, 10, 1, 2, 3, 250_000)),
        ("06/10/2023", ["%d/%m/%Y"], dt.datetime(2023, 10, 6)),
        ("13/10/2023", ["%m/%d/%Y"], None),
        ("09-Mar-26", ["%d-%b-%Y", "%d-%b-%y"], dt.datetime(2026, 3, 9)),
        ("09-Mar-26", ["%d-%b-%Y"], None),
        ("2023-06-10 ", ["%Y-%m-%d"], None),
        ("2023-06-10 later", ["%Y-%m-%d"], None),
        ("2023-02-29", ["%Y-%m-%d"], None),
        ("1899-12-31", ["%Y-%m-%d"], None),
        ("2200-01-01", ["%Y-%m-%d"], None),
        ("2023-06-10 10:00+03:00", ["%Y-%m-%d %H:%M%z"], dt.datetime(2023, 6, 10, 7, tzinfo=dt.UTC)),
    ],
)
def test_dates_are_read_by_their_format_only(text, formats, told):
    assert read(fields.local_datetime("x", formats), text) == told


@pytest.mark.parametrize(
    ("local", "first", "last"),
    [
        (dt.datetime(2023, 3, 26, 2, 59), "00:59", "00:59"),
        (dt.datetime(2023, 3, 26, 3, 30), None, None),
        (dt.datetime(2023, 3, 26, 4, 0), "01:00", "01:00"),
        (dt.datetime(2023, 10, 29, 3, 30), "00:30", "01:30"),
        (dt.datetime(2023, 10, 29, 4, 0), "02:00", "02:00"),
    ],
)
def test_the_change_of_clocks_both_ways(local, first, last):
    told = [read(side, local) for side in fields.to_utc(pl.col("x"), KYIV)]
    assert [t and f"{t:%H:%M}" for t in told] == [first, last]


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        (KYIV, dt.datetime(2023, 6, 10), dt.datetime(2023, 6, 9, 21)),
        ("Atlantic/Azores", dt.datetime(2026, 3, 29), dt.datetime(2026, 3, 29, 1)),  # midnight is skipped
        ("Asia/Beirut", dt.datetime(2022, 3, 27), dt.datetime(2022, 3, 26, 22)),
    ],
)
def test_a_local_day_begins_even_where_midnight_is_skipped(zone, day, begins):
    assert read(fields.midnight_utc(pl.col("x"), zone), day) == begins.replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("lon", "lat", "kept"),
    [
        (37.8, 48.0, True),
        (48.0, 37.8, False),
        (10.0, 50.0, True),
        (50.0, 10.0, True),
        (23.0, 45.0, True),
        (45.0, 23.0, False),
    ],
)
def test_a_pair_is_swapped_when_only_its_swap_lies_in_the_box(lon, lat, kept):
    frame = pl.DataFrame({"lon": [lon], "lat": [lat]})
    assert frame.select(fields.not_swapped(pl.col("lon"), pl.col("lat"), (22, 44, 40, 52))).item() is kept


def iso(text: str | None, zone: str = KYIV) -> tuple[str, float] | None:
    """The first instant of an ISO time in UTC, and how many seconds it lasts."""
    first, last = (read(each, text) for each in fields.iso_span("x", zone))
    assert (first is None) == (last is None)
    return (f"{first:%Y-%m-%dT%H:%M:%S}", (last - first).total_seconds()) if first else None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-04-09", ("2026-04-08T21:00:00", 86_400)),
        ("2026-03-29", ("2026-03-28T22:00:00", 82_800)),
        ("2026-10-25", ("2026-10-24T21:00:00", 90_000)),
        ("2026-04-09 18:00", ("2026-04-09T15:00:00", 60)),
        ("2026-04-09T18:00:30", ("2026-04-09T15:00:30", 1)),
        ("2026-04-09 18:00Z", ("2026-04-09T18:00:00", 60)),
        ("2026-04-09T18:00:00+02:00", ("2026-04-09T16:00:00", 1)),
        ("2026-04-09T18:00-0330", ("2026-04-09T21:30:00", 60)),
        ("2026-04-09T18:00-00:30", ("2026-04-09T18:30:00", 60)),
        ("2026-10-25 03:30", ("2026-10-25T00:30:00", 3_660)),
        ("2026-10-25 03:30+02:00", ("2026-10-25T01:30:00", 60)),
    ],
)
def test_an_iso_time_is_as_precise_as_it_is_written(text, told):
    assert iso(text) == told


@pytest.mark.parametrize(
    "text",
    [
        None, "", "2026-04-09T", "2026-04-09 18", "2026-04-09 24:00", "2026-04-09 18:60", "2026-4-9", "09.04.2026", "2026-04-09Z",
        "2026-04-09 18:00 +02:00", "2026-04-09 18:00+2", "2026-04-09 18:00+15:00", "2026-04-09 18:00:00.5", "2026-02-29",
        "2026-03-29 03:30", "1899-12-31", "9999-12-31 23:59", "２０２６-04-09", "2026-04-09 18:00\n", "2026-04-09T18:00:61Z", "now",
    ],
)  # fmt: skip
def test_what_is_no_iso_time(text):
    assert iso(text) is None


def test_only_a_day_is_a_day():
    assert read(fields.is_day("x"), "2026-04-09") is True
    assert read(fields.is_day("x"), "2026-04-09 18:00") is False
