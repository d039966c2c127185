"""The chances of a finding are those that a simulation counts."""

import datetime as dt
import time
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
import shapely

from trucewatch import place
from trucewatch.judge import chance
from trucewatch.place import offset
from trucewatch.when import Span

NOON = dt.datetime(2023, 6, 10, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def incidents(n: int = 1, **columns) -> pl.DataFrame:
    base = {
        "start_utc": [NOON] * n, "end_utc": [NOON] * n, "time_error_s": [0.0] * n,
        "lon_deg": [36.0] * n, "lat_deg": [48.0] * n, "error_major_m": [1000.0] * n, "error_minor_m": [1000.0] * n,
        "error_azimuth_deg": [0.0] * n, "act": ["explosion"] * n, "act_probability": [1.0] * n,
        "act_posterior": [None] * n,
    }  # fmt: skip
    posterior = pl.List(pl.Struct({"act": pl.String, "probability": pl.Float64}))
    return pl.DataFrame(base | columns, schema_overrides={"act_posterior": posterior})


@pytest.mark.parametrize(
    ("width_h", "sigma_h", "first_h", "last_h"),
    [(0, 2, -1, 3), (10, 0, 2, 4), (10, 3, -5, 5), (0, 0, -1, 1), (0, 0, 1, 2)],
)
def test_the_chance_of_a_span_is_what_a_simulation_counts(width_h, sigma_h, first_h, last_h):
    frame = incidents(end_utc=[NOON + width_h * HOUR], time_error_s=[sigma_h * 3600.0])
    got = chance.in_spans(frame, [Span(NOON + first_h * HOUR, NOON + last_h * HOUR)])[0]
    rng = np.random.default_rng(2)
    t = rng.uniform(0, width_h, 200_000) + rng.normal(0, sigma_h, 200_000)
    assert got == pytest.approx(((t >= first_h) & (t < last_h)).mean(), abs=0.005)


def test_spans_add_up_to_one():
    frame = incidents(end_utc=[NOON + 5 * HOUR], time_error_s=[7200.0])
    cuts = [NOON + h * HOUR for h in (-100, -1, 2, 6, 100)]
    parts = [chance.in_spans(frame, [Span(a, b)])[0] for a, b in pairwise(cuts)]
    assert sum(parts) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(("major", "minor", "azimuth"), [(500, 500, 0), (5000, 1000, 30), (20000, 100, 120), (1, 1, 0)])
@pytest.mark.parametrize("shift_m", [0.0, 1500.0, -4000.0])
def test_the_chance_of_a_zone_is_what_a_simulation_counts(major, minor, azimuth, shift_m):
    zone = shapely.box(35.0, 47.0, 36.0, 49.0)
    lon, _ = offset(np.array(36.0), np.array(48.0), np.array(shift_m), np.array(0.0))
    frame = incidents(
        lon_deg=[float(lon)],
        error_major_m=[float(major)],
        error_minor_m=[float(minor)],
        error_azimuth_deg=[float(azimuth)],
    )
    got = chance.in_area(frame, zone)[0]
    rng = np.random.default_rng(3)
    along, across = rng.normal(0, major, 200_000), rng.normal(0, minor, 200_000)
    a = np.radians(azimuth)
    x, y = offset(lon, np.array(48.0), along * np.sin(a) + across * np.cos(a), along * np.cos(a) - across * np.sin(a))
    assert got == pytest.approx(shapely.contains_xy(zone, x, y).mean(), abs=0.03)


def test_far_from_the_edge_it_is_certain():
    zone = shapely.box(35.0, 47.0, 37.0, 49.0)
    frame = incidents(2, lon_deg=[36.0, 40.0])
    assert chance.in_area(frame, zone).tolist() == [1.0, 0.0]


def test_an_act_is_covered_by_its_parents_and_open_to_its_children():
    frame = incidents(4, act=["shelling", "explosion", "fire", "uav_flight"], act_probability=[0.8, 1.0, 1.0, 1.0])
    covered, left_open = chance.of_acts(frame, ["explosion"])
    assert covered.tolist() == [0.8, 1.0, 0.0, 0.0]
    assert left_open.tolist() == pytest.approx([0.2, 0.0, 1.0, 0.0])
    covered, left_open = chance.of_acts(frame, ["shelling"])
    assert covered.tolist() == [0.8, 0.0, 0.0, 0.0]
    assert left_open.tolist() == pytest.approx([0.2, 1.0, 1.0, 0.0])


def test_a_posterior_is_used_where_it_is_told():
    told = [
        [
            {"act": "shelling", "probability": 0.6},
            {"act": "shot", "probability": 0.3},
            {"act": "fire", "probability": 0.1},
        ]
    ]
    frame = incidents(act=["shelling"], act_probability=[0.6], act_posterior=told)
    covered, left_open = chance.of_acts(frame, ["weapon_use"])
    assert (covered[0], left_open[0]) == pytest.approx((0.9, 0.1))


@pytest.mark.parametrize("lon", [179.9, 179.99, 180.0, -180.0, -179.995, -179.9, -179.0])
@pytest.mark.parametrize("west", [-179.99, 179.98])
def test_the_share_inside_a_zone_at_the_antimeridian_is_that_at_another_meridian(lon, west):
    """A zone that begins just beyond it, or reaches across it, and a position on either side."""
    frame = incidents(lon_deg=[lon])
    zone = place.cut(shapely.box(west % 360, 47, 181.5, 49))
    there = shapely.box(west % 360 - 144, 47, 37.5, 49)
    expected = chance.in_area(incidents(lon_deg=[lon % 360 - 144]), there)[0]
    assert chance.in_area(frame, zone)[0] == pytest.approx(expected, abs=1 / 64)


def test_a_zone_of_100_000_corners_is_asked_in_bounded_time():
    rng, turn = np.random.default_rng(1), np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    radius = 1 + 0.02 * rng.uniform(-1, 1, 100_000)
    zone = shapely.Polygon(np.column_stack([36 + radius * np.cos(turn), 48 + radius * np.sin(turn)]))
    started = time.process_time()
    shares = chance.in_area(incidents(1000, lon_deg=rng.uniform(34.5, 37.5, 1000)), zone)
    assert time.process_time() - started < 5
    assert {0.0, 1.0} < set(shares.tolist()), "some at its edge"
