"""Where a source keeps telling what is no event: furnaces are found, and places where acts recur are not taken for them."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from fuse.conftest import START, world
from trucewatch import observe, tables, when
from trucewatch.fuse import explain, fuse, learn
from trucewatch.fuse.clutter import clutter_of, log_clutter
from trucewatch.fuse.clutter_map import CELL, ClutterMap, from_lines, to_lines, without_places
from trucewatch.manifest import Manifest
from trucewatch.mission.documents import manifests

DAYS = 40.0
FURNACES = [(36.405, 48.305), (37.215, 47.705), (38.105, 48.255), (38.525, 47.825), (36.915, 47.755)]
TOWN = (37.605, 48.005)
NOBODY = world(20)[0].clear()


def told_at(
    source: str, lon: float, lat: float, seconds: np.ndarray, sigma: float, name: str, seed: int
) -> pl.DataFrame:
    """Return rows of a source at a place, at `seconds` since the start of the world."""
    east, north = np.random.default_rng(seed).normal(0, sigma / 111_195, (2, len(seconds)))
    at = pl.lit(START) + pl.duration(microseconds=(pl.col("s") * 1e6).cast(pl.Int64))
    rows = pl.DataFrame({"s": seconds, "lon_deg": lon + east / np.cos(np.radians(lat)), "lat_deg": lat + north})
    return rows.with_row_index("n").select(
        pl.format("{}-{}", pl.lit(name), "n").alias("observation_id"), pl.lit(source).alias("source_id"),
        pl.lit("explosion").alias("act"), at.dt.cast_time_unit("us").alias("start_utc"),
        at.dt.cast_time_unit("us").alias("end_utc"), pl.lit(30.0).alias("time_error_s"), "lon_deg", "lat_deg",
        *(pl.lit(sigma).alias(f"error_{axis}_m") for axis in ("major", "minor")), pl.lit(0.0).alias("error_azimuth_deg"),
    )  # fmt: skip


def with_furnaces(rows: pl.DataFrame, source: str = "camera", sigma: float = 300.0) -> pl.DataFrame:
    """Return rows with five furnaces that a source sees on half of the days."""
    rng = np.random.default_rng(7)
    burns = [np.flatnonzero(rng.random(int(DAYS)) < 0.5) * 86_400.0 for _ in FURNACES]
    seen = [told_at(source, *place, at + rng.uniform(0, 86_400, len(at)), sigma, f"furnace{k}", k)
            for k, (place, at) in enumerate(zip(FURNACES, burns, strict=True))]  # fmt: skip
    return pl.concat([rows, *(each.select(rows.columns) for each in seen)])


def with_town(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with a town that is shelled every day, which each source sees as often as any act."""
    rng = np.random.default_rng(8)
    at = np.arange(DAYS) * 86_400 + rng.uniform(0, 86_400, int(DAYS))
    seen = [told_at(source, *TOWN, at[rng.random(len(at)) < chance], sigma, f"town-{source}", k)
            for k, (source, chance, sigma) in enumerate(
                [("camera", 0.5, 300.0), ("patrol", 0.5, 1000.0), ("sound", 0.6, 2000.0), ("database", 0.7, 5000.0)]
            )]  # fmt: skip
    return pl.concat([rows, *(each.select(rows.columns) for each in seen)])


@pytest.fixture(scope="module")
def burning():
    """Return rows with furnaces and a shelled town, their model, and what was fused."""
    rows = with_town(with_furnaces(world(900, days=DAYS)[0]))
    model = learn(rows)
    return rows, model, fuse(rows, model)


def real_of(fused, prefix: str) -> pl.Series:
    """Return the probability to be real of the incidents of rows whose id begins so."""
    mine = fused.members.filter(pl.col("observation_id").str.starts_with(prefix))
    return mine.join(fused.incidents, on="incident_id")["real_probability"]


def test_a_furnace_is_found_and_a_town_that_is_shelled_every_day_is_none(burning):
    rows, model, fused = burning
    cells = model.filter(pl.col("quantity") == CELL)
    assert set(cells["source_id"]) == {"camera"}
    clutter = clutter_of(rows)
    lasting = pl.Series(np.isfinite(log_clutter(rows, clutter)))
    told = rows.filter(lasting)["observation_id"].str.replace(r"[0-9]*-[0-9]+$", "").value_counts()
    assert set(told["observation_id"]) <= {"furnace", "o"}
    furnace = rows["observation_id"].str.starts_with("furnace")
    assert lasting.filter(furnace).mean() > 0.95
    assert lasting.filter(~furnace).mean() < 0.02
    assert real_of(fused, "furnace").mean() < 0.15
    assert real_of(fused, "town").mean() > 0.9


def test_a_world_without_furnaces_has_no_lasting_clutter(made):
    assert clutter_of(made[0]) == {}
    assert made[2].filter(pl.col("quantity") == CELL).is_empty()
    assert without_places(made[0], {}) is made[0]


def test_the_town_alone_is_no_furnace_either(burning):
    rows = burning[0].filter(~pl.col("observation_id").str.starts_with("furnace"))
    assert clutter_of(rows) == {}


def test_where_nobody_else_looks_what_burns_on_half_of_the_days_is_clutter(burning):
    alone = burning[0].filter((pl.col("source_id") == "camera") & ~pl.col("observation_id").str.starts_with("town"))
    lasting = pl.Series(np.isfinite(log_clutter(alone, clutter_of(alone))))
    assert lasting.filter(alone["observation_id"].str.starts_with("furnace")).mean() > 0.95


def test_two_satellites_see_the_same_furnaces_and_neither_is_a_witness_of_acts():
    rows = pl.concat([world(900, days=DAYS)[0].filter(pl.col("source_id") == "camera"), with_furnaces(NOBODY)])
    rows = rows.with_columns(act=pl.lit("fire"))
    both = pl.concat([rows, rows.with_columns(source_id=pl.lit("satellite"))])
    clutter = clutter_of(both)
    assert set(clutter) == {"camera", "satellite"}
    assert clutter["camera"].name.tolist() == clutter["satellite"].name.tolist()
    witnessed = both.with_columns(
        act=pl.when(pl.col("source_id") == "satellite").then(pl.lit("shelling")).otherwise("act")
    )
    assert clutter_of(witnessed) == {}, "a fire that another source calls shelling"


def test_a_siege_that_a_satellite_sees_alone_is_told_from_a_furnace_by_how_wide_it_is():
    rng, number = np.random.default_rng(10), 12 * int(DAYS)
    wide = told_at("camera", *TOWN, rng.uniform(0, DAYS * 86_400, number), 2000.0, "siege", 11)
    wide = wide.with_columns(pl.lit(300.0).alias(f"error_{axis}_m") for axis in ("major", "minor"))
    camera = world(900, days=DAYS)[0].filter(pl.col("source_id") == "camera")
    rows = pl.concat([with_furnaces(camera), wide.select(camera.columns)]).with_columns(act=pl.lit("fire"))
    lasting = pl.Series(np.isfinite(log_clutter(rows, clutter_of(rows))))
    assert lasting.filter(rows["observation_id"].str.starts_with("furnace")).mean() > 0.9
    assert lasting.filter(rows["observation_id"].str.starts_with("siege")).mean() == 0


def test_fires_at_one_spot_are_no_clutter_where_others_report_on_some_of_the_days():
    rng = np.random.default_rng(12)
    camera = world(900, days=DAYS)[0].filter(pl.col("source_id") == "camera")
    spot = told_at("camera", *TOWN, np.arange(DAYS) * 86_400 + 40_000, 300.0, "spot", 13)
    rows = pl.concat([with_furnaces(camera), spot.select(camera.columns)]).with_columns(act=pl.lit("fire"))
    reports = [told_at("database", *TOWN, rng.uniform(0, DAYS * 86_400, 24), 3000.0, "near", 14)]
    for k in range(80):
        lon, lat, at = rng.uniform(36, 39), rng.uniform(47.8, 48.2), rng.uniform(0, DAYS * 86_400, 1)
        reports.append(told_at("database", lon, lat, at, 3000.0, f"far{k}", k))
    told = pl.concat([rows, *(each.select(rows.columns) for each in reports)])
    for every, is_clutter in ((rows, True), (told, False)):
        lasting = pl.Series(np.isfinite(log_clutter(every, clutter_of(every))))
        assert lasting.filter(every["observation_id"].str.starts_with("furnace")).mean() > 0.9
        assert (lasting.filter(every["observation_id"].str.starts_with("spot")).mean() > 0.5) == is_clutter


def test_fusing_is_the_same_for_any_order_of_rows(burning):
    rows, model, fused = burning
    again = fuse(rows.sample(fraction=1.0, shuffle=True, seed=6), model)
    for table in ("incidents", "pairs"):
        assert getattr(again, table).equals(getattr(fused, table))


def test_a_source_that_tells_places_of_a_list_is_not_asked(burning):
    assert clutter_of(burning[0], frozenset({"camera"})) == {}


def test_the_order_of_rows_does_not_matter(burning):
    rows = burning[0]
    shuffled = rows.sample(fraction=1.0, shuffle=True, seed=5)
    assert to_lines(ClutterMap(clutter_of(shuffled))) == to_lines(ClutterMap(clutter_of(rows)))


def test_the_table_holds_it_whole(burning):
    clutter = clutter_of(burning[0])
    back = from_lines(to_lines(ClutterMap(clutter))).places
    assert back["camera"].name.tolist() == clutter["camera"].name.tolist()
    assert back["camera"].log_rate == pytest.approx(clutter["camera"].log_rate)
    assert log_clutter(burning[0], back) == pytest.approx(log_clutter(burning[0], clutter))


def test_it_is_part_of_the_sources_clutter_share(burning):
    share = {q: v for s, q, v in burning[1].select("source_id", "quantity", "value").iter_rows() if s == "camera"}
    assert 0.1 < share["lasting_share"] < 0.35
    assert share["clutter_share"] >= share["lasting_share"]
    others = burning[1].filter((pl.col("quantity") == "lasting_share") & (pl.col("source_id") != "camera"))
    assert others["value"].to_list() == [0.0, 0.0, 0.0]


def test_days_later_and_one_row_alone_are_known(burning):
    model = burning[1]
    later = told_at("camera", *FURNACES[0], np.array([100 * 86_400.0]), 10.0, "later", 3)
    elsewhere = told_at("camera", 37.905, 48.105, np.array([100 * 86_400.0]), 10.0, "elsewhere", 3)
    of = fuse(tables.conform(pl.concat([later, elsewhere]), "observations"), model)
    assert 10 * real_of(of, "later").item() < real_of(of, "elsewhere").item()


def test_what_one_source_tells_again_of_a_furnace_is_still_clutter(burning):
    rows = burning[0]
    seen = rows.filter(pl.col("observation_id").str.starts_with("furnace"))
    away = pl.Series(np.random.default_rng(9).normal(0, 400 / 111_195, seen.height))
    again = seen.with_columns(
        pl.format("{}-again", "observation_id").alias("observation_id"), pl.col("lat_deg") + away,
        pl.col("start_utc", "end_utc") + dt.timedelta(seconds=20),
    )  # fmt: skip
    camera = Manifest.model_validate({**manifests()["firms"].model_dump(), "source_id": "camera"})
    both = pl.concat([rows, again])
    fused = fuse(both, model := learn(both, {"camera": camera}), manifests={"camera": camera})
    assert (
        model.filter((pl.col("quantity") == "repeat_probability") & (pl.col("source_id") == "camera"))["value"].item()
        > 0
    )
    pairs = fused.members.filter(pl.col("observation_id").str.starts_with("furnace")).group_by("incident_id").len()
    assert (pairs["len"] > 1).mean() > 0.8
    assert real_of(fused, "furnace").mean() < 0.15
    incident = pairs.filter(pl.col("len") == 2)["incident_id"].min()
    told = explain(both, model, fused.members, incident)
    assert told["total"].sum() > 0


@pytest.mark.parametrize("with_viina", [False, True])
def test_the_37_cells_that_burn_in_ukraine_are_no_acts(data_dir, with_viina):
    rows = [taken(data_dir, "firms", "fire_nrt_SV-C2_ukraine_2023-02-24_2023-07-31.csv")]
    burnt = rows[0].select(
        "observation_id", pl.col("start_utc").dt.date().alias("day"), ((pl.col("lon_deg", "lat_deg") * 100).floor())
    )
    days = burnt.group_by("lon_deg", "lat_deg").agg(pl.col("day").n_unique())
    hot = burnt.join(days.filter(pl.col("day") >= 30), on=["lon_deg", "lat_deg"])["observation_id"]
    assert days.filter(pl.col("day") >= 30).height == 37
    if with_viina:
        rows.append(taken(data_dir, "viina", "viina_1pd_subset_2023.csv"))
    both = pl.concat(rows)
    fused = fuse(both, learn(both, manifests()), manifests=manifests())
    real = fused.members.join(fused.incidents, on="incident_id").filter(
        pl.col("observation_id").str.starts_with("firms")
    )
    lasting = real["observation_id"].is_in(hot.to_list())
    assert real.filter(lasting)["real_probability"].mean() < 0.1
    assert real.filter(~lasting)["real_probability"].mean() > 0.4
    burning = real.join(rows[0], on="observation_id").filter(~pl.Series(lasting), pl.col("lat_deg") < 50)
    far = burning.filter(pl.col("lon_deg") < 32.0)  # no front is within 50 km
    fields = far.filter(pl.col("start_utc_right").is_between(dt.date(2023, 3, 19), dt.date(2023, 3, 26)))
    assert fields["real_probability"].mean() < 0.4 < 0.7 < at_bakhmut(burning)["real_probability"].mean()
    bakhmut = at_bakhmut(rows[0])
    assert bakhmut.height > 100
    assert np.isneginf(log_clutter(bakhmut, clutter_of(both, frozenset({"viina"})))).all()


def at_bakhmut(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the town that was fought over from February to May."""
    return rows.filter(pl.col("lon_deg").is_between(37.94, 38.03) & pl.col("lat_deg").is_between(48.56, 48.63))


def taken(data_dir, source_id: str, name: str) -> pl.DataFrame:
    """Return the observations of a real file."""
    source = observe.source(source_id)
    received = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)
    delivery = observe.Delivery(name, (data_dir / source_id / name).read_bytes(), received, source_id)
    given = source.given(when.zone("Europe/Kyiv"), options={}, box=(22.0, 44.0, 40.3, 52.5))
    return observe.take_in(delivery, source.read, given).observations
