"""A source that tells the nearest town, or the date only, is found out, and its errors are as wide as that makes them."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from scipy.spatial import cKDTree

from fuse.conftest import world
from fuse.test_fuse import marks
from trucewatch.fuse import fuse, learn
from trucewatch.fuse.piles import DATE, POSITION, loosened, piles_of, widened

STRETCH = np.array([np.cos(np.radians(48)), 1.0])


def at_towns(rows: pl.DataFrame, *sources: str, towns: int = 60) -> pl.DataFrame:
    """Move the rows of `sources` to the nearest of some towns."""
    rng = np.random.default_rng(1)
    places = np.c_[rng.uniform(36, 39, towns), rng.uniform(47.7, 48.3, towns)]
    at = rows.select("lon_deg", "lat_deg").to_numpy().copy()
    mine = rows["source_id"].is_in(list(sources)).to_numpy()
    at[mine] = places[cKDTree(places * STRETCH).query(at[mine] * STRETCH)[1]]
    return rows.with_columns(lon_deg=pl.Series(at[:, 0]), lat_deg=pl.Series(at[:, 1]))


def by_date(rows: pl.DataFrame, source: str, *, hour: int = 0) -> pl.DataFrame:
    """Give rows of `source` the instant of `hour` on their day."""
    told = pl.col("start_utc").dt.truncate("1d") + pl.duration(hours=hour)
    when = pl.when(pl.col("source_id") == source).then(told).otherwise("start_utc")
    return rows.with_columns(start_utc=when, end_utc=when)


def test_towns_are_found_and_how_far_events_lie_from_them():
    rows, truth = world()
    moved = at_towns(rows, "patrol")
    piles = piles_of(moved)
    assert {(source, quantity) for source, quantity, _ in piles} == {("patrol", POSITION)}
    known = moved.join(truth, on="observation_id").filter(pl.col("source_id") == "patrol")
    east = (known["lon_deg"] - known["true_lon"]).to_numpy() * 111_195 * STRETCH[0]
    north = (known["lat_deg"] - known["true_lat"]).to_numpy() * 111_195
    assert piles["patrol", POSITION, ""] == pytest.approx(np.sqrt((east**2 + north**2).mean() / 2), rel=0.3)
    stated, told = (frame.filter(pl.col("source_id") == "patrol") for frame in (moved, widened(moved, piles)))
    assert (told["error_major_m"] > stated["error_major_m"] * 2).all()
    assert widened(rows, {}).equals(rows)


@pytest.mark.parametrize(("hour", "from_hour"), [(0, 0), (21, 21), (12, 0)])
def test_a_date_is_a_span_of_a_day_around_noon_or_from_its_second_on(hour, from_hour):
    rows = by_date(world()[0], "database", hour=hour)
    piles = piles_of(rows)
    assert set(piles) == {("database", DATE, "")}
    told = widened(rows, piles).filter(pl.col("source_id") == "database")
    assert (told["end_utc"] - told["start_utc"]).unique().to_list() == [dt.timedelta(days=1)]
    assert told["start_utc"].dt.hour().unique().to_list() == [from_hour]
    others = pl.col("source_id") != "database"
    assert widened(rows, piles).filter(others).equals(rows.filter(others))


def test_a_true_world_has_no_piles(made):
    assert piles_of(made[0]) == {}


def test_fusion_is_better_for_knowing(made):
    truth = made[1]
    rows = at_towns(by_date(made[0], "patrol"), "camera")
    model = learn(rows)
    blind = model.filter(~pl.col("quantity").is_in([POSITION, DATE]))
    known, unknown = (fuse(rows, each) for each in (model, blind))
    assert marks(truth, known.members) > marks(truth, unknown.members) + 0.02


def test_rows_of_one_place_or_day_do_not_make_an_incident_more_certain():
    rows = at_towns(world()[0], "camera", "patrol", "sound", "database")
    model = learn(rows)
    fused = fuse(rows, model)
    known = fused.members.join(rows, on="observation_id").group_by("incident_id").agg(
        pl.struct("lon_deg", "lat_deg").n_unique().alias("places"), pl.len()
    )  # fmt: skip
    one_place = fused.incidents.join(known.filter((pl.col("places") == 1) & (pl.col("len") > 2)), on="incident_id")
    least = model.filter(pl.col("quantity") == POSITION)["value"].min()
    assert one_place.height > 20
    assert (one_place["error_major_m"] > 0.8 * least).all()


def test_the_map_of_density_is_made_of_rows_that_do_not_pile_up():
    rows = at_towns(world()[0], "camera")
    piles = piles_of(rows)
    moved, again = (loosened(each, piles, seed=1) for each in (rows, rows.reverse()))
    assert moved.sort("observation_id").equals(again.sort("observation_id"))
    camera, others = moved["source_id"] == "camera", pl.col("source_id") != "camera"
    assert moved.filter(camera).select(pl.struct("lon_deg", "lat_deg").is_unique().all()).item()
    assert moved.filter(others).equals(rows.filter(others))
    assert loosened(rows, {}, seed=1).equals(rows)
