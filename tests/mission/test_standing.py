"""What stands follows from the deliveries and their order, not from the way there."""

import datetime as dt
import pathlib
import tempfile
from dataclasses import dataclass, replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servers import quick_folder
from trucewatch import tables
from trucewatch.mission.days import LONG
from trucewatch.mission.load import load
from trucewatch.mission.standing import BY_DAY, Standing, show, stand
from trucewatch.observe import current
from trucewatch.store import Objects, Reading

START = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Given:
    """A delivery as a test says it: ids with hour and content, and ids withdrawn."""

    rows: tuple[tuple[int, int, int], ...]
    withdrawn: tuple[int, ...] = ()


@pytest.fixture(scope="module")
def mission(made):
    return load(made / "mission.toml").mission


@pytest.fixture(scope="module")
def objects():
    with tempfile.TemporaryDirectory(dir=quick_folder()) as name:
        yield Objects(pathlib.Path(name))


def frames(delivery_id: str, source: str, told: Given) -> dict[str, pl.DataFrame]:
    rows = [
        {
            "observation_id": f"{source}:{number}", "source_id": source, "act": "shelling" if content % 2 else "explosion",
            "start_utc": START + dt.timedelta(hours=hour),
            "end_utc": START + dt.timedelta(hours=hour + (60 if content == 3 else 1)),
            "time_error_s": 60.0, "lon_deg": 38.0, "lat_deg": 48.0, "error_major_m": 100.0, "error_minor_m": 100.0,
            "error_azimuth_deg": 0.0, "delivery_id": delivery_id, "native_id": str(number), "count_low": content,
        }
        for number, hour, content in told.rows
    ]  # fmt: skip
    sightings = [
        {"observation_id": row["observation_id"], "observer": delivery_id, "observer_lon_deg": 38.1, "observer_lat_deg": 48.1,
         "near_m": 1.0, "far_m": 2.0, "sector_half_width_deg": 10.0}
        for row in rows if row["count_low"]
    ]  # fmt: skip
    gone = [{"observation_id": f"{source}:{number}", "delivery_id": delivery_id} for number in told.withdrawn]
    made = {"observations": rows, "sightings": sightings, "withdrawn": gone}
    return {
        name: tables.conform(pl.DataFrame(part, infer_schema_length=None), name) if part else tables.empty(name)
        for name, part in made.items()
    }


def put(objects, told: dict[str, Given]) -> dict[tuple[str, str], Reading]:
    readings = {}
    for delivery_id, one in told.items():
        made = {name: frame for name, frame in frames(delivery_id, delivery_id[0], one).items() if frame.height}
        account = {"observations": len(one.rows)}
        readings[delivery_id, "r"] = Reading(delivery_id, "r", account, objects.put(made))
    return readings


def ways(names: list[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    return {source: tuple((name, "r") for name in names if name[0] == source) for source in "ab"}


def expected(told: dict[str, Given], names: list[str], snapshots: str) -> pl.DataFrame:
    """Return all observations that stand, by the rule of `observe` on whole tables."""
    parts = [tables.empty("observations")]
    for source in "ab":
        every = [frames(name, source, told[name]) for name in names if name[0] == source]
        if every:
            gone = [each["withdrawn"] for each in every]
            rows = [each["observations"] for each in every]
            parts.append(current(rows, snapshot=source in snapshots, withdrawn=gone))
    return pl.concat(parts).sort("observation_id")


row = st.tuples(st.integers(0, 6), st.integers(0, 120), st.integers(0, 3))
delivery = st.builds(
    Given,
    st.lists(row, max_size=4, unique_by=lambda each: each[0]).map(tuple),
    st.lists(st.integers(0, 6), max_size=2, unique=True).map(tuple),
)


@settings(max_examples=30)
@given(data=st.data(), snapshots=st.sampled_from(["", "b", "ab"]))
def test_in_one_step_or_in_many_by_any_way_the_same_stands(objects, mission, data, snapshots):
    """Deliveries come, go and change places; at the end stands what stands when all are taken at once."""
    names = [f"{source}{number}" for number in range(4) for source in "ab"]
    told = {name: data.draw(delivery) for name in names}
    readings = put(objects, told)
    how = {"readings": readings, "snapshots": frozenset(snapshots), "mission": mission}
    standing = Standing()
    chosen: list[str] = []
    for _ in range(data.draw(st.integers(1, 4))):
        chosen = data.draw(st.permutations(data.draw(st.lists(st.sampled_from(names), unique=True))))
        standing = stand(objects, standing, ways(chosen), **how)
        standing = show(objects, standing, ("shelling",))
    whole = show(objects, stand(objects, Standing(), ways(chosen), **how), ("shelling",))
    assert standing == whole
    rows = standing.table(objects, "observations").sort("observation_id")
    assert rows.equals(expected(told, chosen, snapshots))
    assert standing.evidence(objects).height == rows.filter(pl.col("act") == "shelling").height
    seen = standing.table(objects, "sightings").join(rows, on="observation_id", how="left", maintain_order="left")
    assert seen["observer"].equals(seen["delivery_id"].alias("observer")), "each from the delivery of its row"
    assert seen.height == rows.filter(pl.col("count_low") > 0).height


def test_only_the_days_of_what_a_delivery_names_are_written_anew(objects, mission):
    told = {
        "a0": Given(tuple((number, 24 * number, 1) for number in range(5))),
        "a1": Given(((1, 24, 2), (2, 90, 1)), withdrawn=(4,)),
        "b0": Given(((9, 0, 3),)),
    }
    how = {"readings": put(objects, told), "snapshots": frozenset(), "mission": mission}
    first = stand(objects, Standing(), ways(["a0", "b0"]), **how)
    second = stand(objects, first, ways(["a0", "a1", "b0"]), **how)
    before, after = first.parts["observations"], second.parts["observations"]
    days = sorted(set(before) - {LONG})
    assert len(days) == 5
    assert LONG in before
    assert [day for day in days if before[day] == after.get(day)] == [days[0]]
    assert set(before) - set(after) == {days[2], days[4]}, "a day without a row is no day"
    assert before[LONG] == after[LONG]
    back = stand(objects, second, ways(["a0", "b0"]), **how)
    assert back == first


def test_rows_beyond_what_memory_should_hold_come_in_parts(objects, mission, monkeypatch):
    told = {f"{source}{n}": Given(((n + 1, 7 * n, 1), (0, n, 1))) for source in "ab" for n in range(6)}
    how = {"readings": put(objects, told), "snapshots": frozenset("b"), "mission": mission}
    whole = stand(objects, Standing(), ways(sorted(told)), **how)
    monkeypatch.setattr("trucewatch.mission.standing.ROWS_AT_ONCE", 3)
    assert stand(objects, Standing(), ways(sorted(told)), **how) == whole


def test_another_clock_tells_the_days_anew(objects, mission):
    told = {"a0": Given(((1, 6, 1), (2, 14, 1)))}
    how = {"readings": put(objects, told), "snapshots": frozenset()}
    first = stand(objects, Standing(), ways(["a0"]), mission=mission, **how)
    other = mission.model_copy(update={"cut_off": dt.time(12, 0)})
    second = stand(objects, first, ways(["a0"]), mission=other, **how)
    assert second == stand(objects, Standing(), ways(["a0"]), mission=other, **how)
    assert second.parts["observations"] != first.parts["observations"]


def test_a_standing_is_what_its_manifest_says(objects, mission):
    how = {"readings": put(objects, {"a0": Given(((1, 1, 1),))}), "snapshots": frozenset(), "mission": mission}
    standing = show(objects, stand(objects, Standing(), ways(["a0"]), **how), ("explosion",))
    name = objects.put_manifest(standing.manifest())
    assert Standing.of_manifest(objects.get_manifest(name)) == standing
    assert replace(standing, acts=()) != standing
    assert set(BY_DAY) <= set(standing.parts)
