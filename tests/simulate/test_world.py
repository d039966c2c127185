import dataclasses
import io
import tomllib
from collections.abc import Callable

import polars as pl

from trucewatch.simulate import Scenario, World, simulate

Parse = Callable[[dict[str, str]], Scenario]


def test_the_same_seed_gives_the_same_bytes(world: World, small: Parse) -> None:
    assert simulate(small({})).files == world.files
    assert simulate(small({}), seed=7).files == world.files


def test_another_seed_gives_another_world(world: World, small: Parse) -> None:
    other = simulate(small({}), seed=8)
    assert other.files["truth/events.parquet"] != world.files["truth/events.parquet"]


def test_another_source_changes_no_other_file(world: World, small: Parse) -> None:
    scenario = small({})
    last = dataclasses.replace(
        scenario, document=scenario.document.model_copy(update={"sources": scenario.document.sources[:3]})
    )
    fewer = simulate(last).files
    changed = [name for name, data in world.files.items() if fewer.get(name) != data]
    assert {name.split("/")[1] for name in changed if name.startswith("data/")} == {"event_database"}
    assert fewer["truth/events.parquet"] == world.files["truth/events.parquet"]


def test_every_row_of_every_file_is_in_the_truth(world: World) -> None:
    files = {name.removeprefix("data/"): data for name, data in world.files.items() if name.startswith("data/")}
    assert set(world.rows["file"]) == set(files)
    for name, data in files.items():
        lines = data.decode().splitlines()
        told = world.rows.filter(pl.col("file") == name)["line"].to_list()
        assert told == list(range(2, len(lines) + 1)), name


def test_the_truth_names_only_events_that_happened(world: World) -> None:
    told = world.rows["event_id"].drop_nulls()
    assert told.is_in(world.events["event_id"].implode()).all()
    assert 0.5 < told.len() / world.rows.height < 0.95


def test_broken_and_repeated_rows_are_marked(world: World) -> None:
    fates = dict(
        world.rows.group_by("source_id", "fate")
        .len()
        .select(pl.concat_str("source_id", "fate", separator=" "), "len")
        .iter_rows()
    )
    assert [fates[f"{source} set_aside"] for source in ("patrol", "acoustic", "firms", "event_database")] == [
        6,
        6,
        6,
        5,
    ]
    assert fates["patrol repeated"] > 3
    assert "firms repeated" not in fates


def test_the_files_hold_the_truth(world: World) -> None:
    assert pl.read_parquet(io.BytesIO(world.files["truth/events.parquet"])).equals(world.events)
    assert pl.read_parquet(io.BytesIO(world.files["truth/rows.parquet"])).equals(world.rows)


def test_the_mission_names_the_sources(world: World) -> None:
    mission = tomllib.loads(world.files["mission.toml"].decode())
    assert [source["files"] for source in mission["sources"]] == [
        [f"{name}/*.csv"] for name in ("patrol", "acoustic", "firms", "event_database")
    ]
    assert mission["cut_off"] == "19:30"


def test_a_file_a_day_ends_at_the_cut_off(world: World) -> None:
    log = pl.read_csv(world.files["data/acoustic/2026-03-28.csv"], infer_schema_length=0)
    good = log.filter(~pl.col("event_no").str.starts_with("broken"))["detected_at"]
    # 27 March 19:30 is 20:30 UTC; the clocks of 28 March still stand there
    assert "2026-03-27T20:29:30" <= good.min() <= "2026-03-27T23:00:00"
    assert "2026-03-28T17:00:00" <= good.max() <= "2026-03-28T20:30:00"


def test_a_world_without_rows_is_a_world(small: Parse) -> None:
    nothing = ["per_day = 60", "per_day = 12", "clutter_per_day = 5", "clutter_per_day = 4", "clutter_per_day = 10"]
    empty = simulate(small({old: old.split(" = ")[0] + " = 0" for old in [*nothing, "furnaces = 3"]}))
    assert empty.rows.height == 0
    assert empty.events.height == 0
