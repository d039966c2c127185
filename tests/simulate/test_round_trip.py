"""The files of a world pass through the readers: every row is accounted for and finds its truth again."""

import datetime as dt

import polars as pl
import pytest

from trucewatch import observe, when
from trucewatch.simulate import World

RECEIVED = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)


def take_in(world: World, source_id: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return observations, set_aside and deliveries of one source, each with the column `file`."""
    import tomllib

    mission = tomllib.loads(world.files["mission.toml"].decode())
    used = next(s for s in mission["sources"] if s["files"][0].startswith(f"{source_id}/"))
    reader = observe.source(used["source"])
    given = reader.given(
        when.zone(mission["time_zone"]), options=used["options"], beside=lambda name: world.files[name]
    )
    assert given.manifest.source_id == source_id
    frames: dict[str, list[pl.DataFrame]] = {"observations": [], "set_aside": [], "delivery": []}
    for name, data in world.files.items():
        if name.startswith(f"data/{source_id}/"):
            file = name.removeprefix("data/")
            delivery = observe.Delivery(file, data, RECEIVED, source_id)
            taken = observe.take_in(delivery, reader.read, given)
            for table, parts in frames.items():
                parts.append(getattr(taken, table).with_columns(pl.lit(file).alias("file")))
    return tuple(pl.concat(parts) for parts in frames.values())  # type: ignore[return-value]


@pytest.mark.parametrize("source_id", ["patrol", "acoustic", "firms", "event_database"])
def test_every_row_has_the_fate_that_the_truth_says(world: World, source_id: str) -> None:
    observations, aside, deliveries = take_in(world, source_id)
    truth = world.rows.filter(pl.col("source_id") == source_id)
    of = {fate: truth.filter(pl.col("fate") == fate) for fate in ("observation", "repeated", "set_aside")}
    told = observations.select("file", "native_id").sort("file", "native_id")
    assert told.equals(of["observation"].select("file", "native_id").sort("file", "native_id"))
    lines = aside.select("file", "line").sort("file", "line")
    assert lines.equals(of["set_aside"].select("file", "line").sort("file", "line"))
    assert deliveries["repeated"].sum() == of["repeated"].height
    assert deliveries["superseded"].sum() == 0
    assert deliveries["rows_in"].sum() == truth.height


@pytest.mark.parametrize("source_id", ["patrol", "acoustic", "event_database"])
def test_stated_errors_are_honest(world: World, source_id: str) -> None:
    observations, _, _ = take_in(world, source_id)
    j = observations.join(world.rows, on=["source_id", "native_id", "file"]).join(
        world.events, on="event_id", suffix="_true"
    )
    assert j.height > 30
    north = (pl.col("lat_deg_true") - pl.col("lat_deg")) * 111_195
    east = (pl.col("lon_deg_true") - pl.col("lon_deg")) * 111_195 * pl.col("lat_deg").radians().cos()
    azimuth = pl.col("error_azimuth_deg").radians()
    along, across = east * azimuth.sin() + north * azimuth.cos(), east * azimuth.cos() - north * azimuth.sin()
    squared = j.select((along / pl.col("error_major_m")) ** 2 + (across / pl.col("error_minor_m")) ** 2).to_series()
    assert (squared <= 4.605).mean() > 0.75  # nine in ten, where errors are normal
    slack = pl.duration(seconds=1) * (3 * pl.col("time_error_s") + 1)
    inside = pl.col("at_utc").is_between(pl.col("start_utc") - slack, pl.col("end_utc") + slack)
    assert j.select(inside).to_series().mean() > 0.95
