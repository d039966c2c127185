"""A mission with known truth, `simulate`, and the main job on one, `demo`."""

import datetime as dt
import io
from pathlib import Path

import polars as pl

from trucewatch import mission as missions
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import Clock, result
from trucewatch.cli.run import told_of
from trucewatch.errors import MissingError, UsageError
from trucewatch.simulate import parse_scenario, score
from trucewatch.simulate import simulate as simulating
from trucewatch.store import beside, read_bytes, write_files

DEMO_SCENARIO = Path("missions/demo/scenario.toml")


def simulate(scenario: Path, *, out: Out, seed: int | None = None, json_: Json = False) -> None:
    """Write a mission with known truth: native files of its sources, its documents, and the truth.

    Parameters
    ----------
    scenario
        The scenario document.
    out
        The folder to write to: `mission.toml`, `data/`, `truth/`, agreement and geometry.
    seed
        Another seed than the scenario's own.
    json_
        Print one JSON object instead of lines.
    """
    clock = Clock()
    with clock.stage("simulate"):
        events, rows = _simulate(scenario, out, seed)
    clock.tell()
    told = {"events": events, "rows": rows, "mission": str(out / "mission.toml"), "data": str(out / "data")}
    result(told, as_json=json_)


def _simulate(scenario: Path, out: Path, seed: int | None) -> tuple[int, int]:
    """Write a simulated mission; return the numbers of events and rows."""
    near = scenario.resolve().parent
    get = beside(near, near.parent, near.parent.parent)
    world = simulating(parse_scenario(read_bytes(scenario), name=str(scenario), beside=get), seed=seed)
    write_files(out, world.files)
    return world.events.height, world.rows.height


def demo(*, out: Out = Path("demo-out"), seed: int | None = None, json_: Json = False) -> None:
    """Thirty days of a ceasefire along a line of 1,200 km: simulate, do the main job, and say how well the truth came out.

    Parameters
    ----------
    out
        The folder to write to.
    seed
        Another seed than the scenario's own.
    json_
        Print one JSON object instead of lines.
    """
    if not DEMO_SCENARIO.is_file():
        to_do = "call it in the project's folder, or use `trucewatch simulate` and `trucewatch run`"
        raise MissingError("the demo's scenario is not here", where=str(DEMO_SCENARIO), to_do=to_do)
    clock = Clock()
    world = out / "world"
    with clock.stage("simulate"):
        _simulate(DEMO_SCENARIO, world, seed)
    truth = {
        name: pl.read_parquet(io.BytesIO(read_bytes(world / "truth" / f"{name}.parquet")))
        for name in ("rows", "events")
    }
    loaded = missions.load(world / "mission.toml")
    day = _last_day(truth["events"], loaded.time_zone)
    now = loaded.mission.day(day).end_utc + dt.timedelta(hours=1)
    outcome = missions.run(world / "mission.toml", data=world / "data", out=out, now=now, day=day, stages=clock)
    with clock.stage("score"):
        made = {name: outcome.tables[name] for name in ("members", "pairs", "incidents")}
        marks = score(
            truth["rows"],
            truth["events"],
            outcome.tables["observations"],
            time_zone=loaded.mission.time_zone,
            cut_off=loaded.mission.cut_off,
            **made,
        )
    clock.tell()
    shown = (
        "events_seen",
        "pair_precision",
        "pair_recall",
        "pair_f1",
        "found_share",
        "ellipse_coverage",
        "calibration_error",
    )
    told = told_of(outcome) | {"day": day.isoformat(), "truth": {name: marks[name] for name in shown}}
    if json_:
        told["truth"] = marks
    result(told, as_json=json_)
    if not json_:
        print(f"\nOpen {outcome.page} in a browser.")


def _last_day(events: pl.DataFrame, time_zone: dt.tzinfo) -> dt.date:
    """Return the local day of the last event of a simulated world."""
    last = events["at_utc"].max()
    if not isinstance(last, dt.datetime):
        raise UsageError("the scenario makes no events", where=str(DEMO_SCENARIO), to_do="give it rates above 0")
    return last.astimezone(time_zone).date()
