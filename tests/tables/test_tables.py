"""Tables: what fits is taken, what does not is named."""

import datetime as dt

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.errors import TableError

NOON = dt.datetime(2023, 6, 10, 12, tzinfo=dt.UTC)


def observations(**columns) -> pl.DataFrame:
    base = {
        "observation_id": ["a", "b"], "source_id": ["s", "s"], "act": ["shelling", "fire"],
        "start_utc": [NOON, NOON], "end_utc": [NOON, NOON], "time_error_s": [0.0, 60.0],
        "lon_deg": [37.0, 38.0], "lat_deg": [48.0, 48.5], "error_major_m": [500.0, 700.0],
        "error_minor_m": [500.0, 100.0], "error_azimuth_deg": [0.0, 45.0],
    }  # fmt: skip
    return pl.DataFrame(base | columns)


def test_optional_columns_may_be_absent():
    fitted = tables.conform(observations(), "observations")
    assert fitted.columns == list(tables.Observations.columns())
    assert fitted["deaths_low"].null_count() == 2


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"observation_id": ["a", "a"]}, "primary_key"),
        ({"act": ["shelling", "dragon"]}, "act"),
        ({"act": ["shelling", "alert"]}, "act"),
        ({"lon_deg": [37.0, 181.0]}, "lon_deg"),
        ({"lat_deg": [48.0, float("nan")]}, "lat_deg"),
        ({"error_major_m": [500.0, float("inf")]}, "error_major_m"),
        ({"error_minor_m": [500.0, 800.0]}, "axes_in_order"),
        ({"end_utc": [NOON, NOON - dt.timedelta(hours=1)]}, "span_in_order"),
        ({"count_low": [5, None], "count_high": [4, None]}, "count_in_order"),
        ({"time_error_s": [-1.0, 0.0]}, "time_error_s"),
    ],
)
def test_a_broken_rule_is_named_with_its_number_of_rows(columns, rule):
    with pytest.raises(TableError, match=rf"of 2 rows break the rule '[^']*{rule}"):
        tables.conform(observations(**columns), "observations")


@pytest.mark.parametrize(
    ("columns", "rule"), [({"observation_id": ["a", "a"]}, "primary_key"), ({"act": ["a", "dragon"]}, "act")]
)
def test_a_table_that_is_checked_in_parts_is_checked_whole(columns, rule):
    many = tables.AT_ONCE
    names = pl.Series("observation_id", range(many - 1)).cast(pl.String)
    good = pl.concat([observations()[:1]] * (many - 1)).with_columns(names)
    assert tables.conform(pl.concat([good, observations()]), "observations").height == many + 1
    with pytest.raises(TableError, match=f"rows break the rule '[^']*{rule}"):
        tables.conform(pl.concat([observations()[:1], good, observations(**columns)[1:]]), "observations")


def test_absent_and_unknown_columns_are_named():
    with pytest.raises(TableError, match=r"absent: \['act'\]"):
        tables.conform(observations().drop("act"), "observations")
    with pytest.raises(TableError, match=r"unknown columns \['surplus'\]"):
        tables.conform(observations(surplus=[1, 2]), "observations")


def test_text_is_never_cast_to_numbers():
    with pytest.raises(TableError, match="lon_deg"):
        tables.conform(observations(lon_deg=["37", "38"]), "observations")


def test_integers_fit_where_floats_are_meant():
    fitted = tables.conform(observations(lon_deg=[37, 38]), "observations")
    assert fitted.schema["lon_deg"] == pl.Float64


@pytest.mark.parametrize("name", tables.TABLES)
def test_an_empty_table_fits_its_own_schema_and_every_column_is_described(name):
    assert tables.conform(tables.empty(name), name).is_empty()
    for column in tables.TABLES[name].columns().values():
        assert column.description
