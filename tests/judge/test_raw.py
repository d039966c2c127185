"""Raw tallies: one rule reproduces the counting of the OSCE mission, single detonations and shots."""

import datetime as dt

import polars as pl
import pytest
import shapely

from trucewatch import tables
from trucewatch.judge import raw_tallies

DAY = dt.date(2020, 6, 15)
AT = dt.datetime(2020, 6, 15, 9, tzinfo=dt.UTC)


def tallied(rows, rule="osce_smm"):
    base = {
        "source_id": "patrol", "start_utc": AT, "end_utc": AT, "time_error_s": 60.0, "lon_deg": 37.8, "lat_deg": 48.1,
        "error_major_m": 500.0, "error_minor_m": 500.0, "error_azimuth_deg": 0.0,
    }  # fmt: skip
    whole = [base | {"observation_id": f"o{n}"} | row for n, row in enumerate(rows)]
    schema = {"count_low": pl.Int64, "count_high": pl.Int64}
    frame = tables.conform(pl.DataFrame(whole, schema_overrides=schema), "observations")
    days = pl.Series([DAY] * frame.height, dtype=pl.Date)
    counted = raw_tallies(frame, days, {"donetsk": shapely.box(37, 47, 39, 49)})
    return counted.filter(pl.col("rule") == rule)


@pytest.mark.parametrize(
    ("parts", "total"),
    [((2660, 911, 90, 54, 2579), 6294), ((398, 17, 7, 21, 1177), 1620)],
)
def test_the_published_sum_is_the_sum_of_all_single_detonations_and_shots(parts, total):
    acts = ("explosion", "projectile", "muzzle_flash", "illumination_flare", "burst")
    counted = tallied([{"act": act, "count_low": n, "count_high": n} for act, n in zip(acts, parts, strict=True)])
    assert counted["number_low"].sum() == counted["number_high"].sum() == total
    assert set(counted["region_id"]) == {"donetsk"}


def test_a_row_is_one_under_the_other_rule_and_a_fire_is_none_of_the_mission():
    rows = [{"act": "burst", "count_low": 40, "count_high": 40}, {"act": "fire"}]
    assert tallied(rows)["number_low"].sum() == 40
    assert tallied(rows, "observations")["number_low"].sum() == 2


def test_at_least_so_many_stays_open():
    counted = tallied([{"act": "shot", "count_low": 40}, {"act": "shot", "count_low": 1, "count_high": 1}])
    assert counted.row(0, named=True)["number_low"] == 41
    assert counted.row(0, named=True)["number_high"] is None
