"""What one source tells all over wide land in some weeks is the season; what others tell too, or in few places, is not."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from trucewatch.fuse.clutter_map import ClutterMap, clutter_map_of, from_lines, log_told, passing, to_lines
from trucewatch.fuse.density import background_of
from trucewatch.fuse.season import log_season, season_of

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WEEKS = 20
SQUARE = (32.0, 36.0, 46.0, 50.0)
BURNING = 9  # the week in which fields burn


def rows_in(box, number: int, weeks, *, source: str = "satellite", seed: int = 1) -> pl.DataFrame:
    """Return so many rows a week, anywhere in a box of degrees."""
    rng = np.random.default_rng([seed, number])
    week = np.repeat(np.asarray(weeks), number)
    second = (week * 7 * 86_400 + rng.integers(0, 7 * 86_400, len(week))).tolist()
    at = [START + dt.timedelta(seconds=each) for each in second]
    west, east, south, north = box
    return pl.DataFrame({
        "observation_id": [f"{source}-{seed}-{number}-{n}" for n in range(len(week))], "source_id": source, "act": "fire",
        "start_utc": at, "end_utc": at, "error_major_m": 10_000.0,
        "lon_deg": rng.uniform(west, east, len(week)), "lat_deg": rng.uniform(south, north, len(week)),
    }).cast({"start_utc": pl.Datetime("us", "UTC"), "end_utc": pl.Datetime("us", "UTC")})  # fmt: skip


USUAL = rows_in(SQUARE, 40, range(WEEKS))
SEASON = rows_in(SQUARE, 400, [BURNING], seed=2)
FRONT = rows_in((34.2, 34.8, 47.1, 47.9), 400, [BURNING, BURNING + 1], seed=3)


def nobody() -> pl.DataFrame:
    """Return no row of another source."""
    return USUAL.clear()


def test_fields_that_burn_everywhere_are_of_the_season():
    found = season_of(pl.concat([USUAL, SEASON]), nobody)
    assert [name >> 32 for name in found.name.tolist()] == [BURNING]
    told = np.exp(log_season(SEASON, {"satellite": found})) * 1e6 * 86_400
    whole = (4 * 111.195) ** 2 * np.cos(np.radians(48)) * 7
    assert told == pytest.approx(400 / whole, rel=0.2)
    assert np.isneginf(log_season(rows_in(SQUARE, 5, [BURNING + 1]), {"satellite": found})).all()
    assert np.isneginf(log_season(rows_in((36.1, 39, 46, 50), 5, [BURNING]), {"satellite": found})).all()
    other = SEASON.with_columns(source_id=pl.lit("patrol"))
    assert np.isneginf(log_season(other, {"satellite": found})).all()


def test_it_comes_again_in_the_same_week_of_another_year():
    found = season_of(pl.concat([USUAL, SEASON]), nobody)
    later = SEASON.with_columns(pl.col("start_utc", "end_utc").dt.offset_by("1y"))
    assert np.isfinite(log_season(later, {"satellite": found})).mean() > 0.8


def test_an_attack_in_a_few_places_is_not():
    assert season_of(pl.concat([USUAL, FRONT]), nobody) is None


def test_what_others_tell_all_over_the_land_too_is_not():
    others = pl.concat([USUAL, SEASON]).with_columns(source_id=pl.lit("patrol"), act=pl.lit("shelling"))
    assert season_of(pl.concat([USUAL, SEASON]), lambda: others) is None


def test_two_satellites_see_the_same_season():
    rows = pl.concat([USUAL, SEASON])
    both = pl.concat([rows, rows.with_columns(source_id=pl.lit("another"))])
    assert set(clutter_map_of(both, frozenset()).seasons) == {"another", "satellite"}


def test_a_few_weeks_teach_nothing():
    assert season_of(pl.concat([rows_in(SQUARE, 40, range(7, 11)), SEASON]), nobody) is None


def test_rows_of_a_season_make_the_map_no_thicker():
    rows = pl.concat([USUAL, SEASON, FRONT])
    clutter = clutter_map_of(rows, frozenset())
    assert set(clutter.seasons) == {"satellite"}
    background = background_of(USUAL)
    kept = passing(rows, clutter, background)
    left = kept.join(SEASON, on="observation_id", how="semi").height / SEASON.height
    assert left == pytest.approx(40 / WEEKS / (400 / WEEKS), abs=0.1)
    shuffled = passing(rows.sample(fraction=1.0, shuffle=True, seed=4), clutter, background)
    assert shuffled.sort("observation_id").equals(kept.sort("observation_id"))


def test_the_table_holds_it_whole():
    rows = pl.concat([USUAL, SEASON])
    clutter = clutter_map_of(rows, frozenset())
    back = from_lines(to_lines(clutter))
    assert log_told(rows, back) == pytest.approx(log_told(rows, clutter))
    assert clutter_map_of(rows, frozenset({"satellite"})) == ClutterMap()
