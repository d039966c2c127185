"""The main job and what stands around it: `run`, `report`, `simulate`, `demo`."""

import datetime as dt
import io
import sys
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from cyclopts import Parameter

from trucewatch import mission as missions
from trucewatch.cli.output import Clock, result
from trucewatch.cli.stages import Json, Out
from trucewatch.errors import MissingError, UsageError
from trucewatch.simulate import parse_scenario, score
from trucewatch.simulate import simulate as simulating
from trucewatch.store import beside, read_bytes, write_files
from trucewatch.words import plain

DEMO_SCENARIO = Path("missions/demo/scenario.toml")


def run(
    mission: Path,
    *,
    data: Path,
    out: Out,
    day: dt.date | None = None,
    from_: Annotated[dt.date | None, Parameter(name="--from")] = None,
    remarks: tuple[Path, ...] = (),
    audience: str = "internal",
    languages: str | None = None,
    store: Path | None = None,
    database: str | None = None,
    station: Path | None = None,
    learn: bool = False,
    now: dt.datetime | None = None,
    json_: Json = False,
) -> None:
    """Take in original files, fuse, judge, release, and render the report of a day: the main job.

    Writes `report/index.html` with the same as PDF and for machines, `tables/` and `store/` below the output folder. What was
    taken in by an earlier run is not read again, and what did not change is not computed again.

    Parameters
    ----------
    mission
        The mission document.
    data
        The folder of original files.
    out
        The folder to write to.
    day
        The mission day to report, YYYY-MM-DD; the last with an observation when absent.
    from_
        The first mission day of a report over several, as after a holiday, YYYY-MM-DD; `--from`, with `day` the last.
    remarks
        Files of signed remarks, as `trucewatch remark` writes them; those on the days of the report are shown.
    audience
        Who will see it: internal (a draft), coalition, parties, humanitarian, public.
    languages
        The languages of the report, such as `en,uk`; those of the mission when absent. `index.html` is in the first.
    store
        The folder of the store; `store/` below the output folder when absent.
    database
        The address of a PostgreSQL database that holds the record, postgresql://…; SQLite in the store when absent.
    station
        The PEM file of the key that signs deliveries; one beside the store, made at first use, when absent.
    learn
        Learn the sources anew from the window of this report, whatever version of the source model stands.
    now
        The instant from which the delay of a release is counted, UTC; the clock's when absent.
    json_
        Print one JSON object instead of lines.
    """
    clock = Clock()
    at = _utc(now)
    outcome = missions.run(
        mission,
        data=data,
        out=out,
        now=at,
        day=day,
        first_day=from_,
        remarks=remarks,
        audience=audience,
        languages=_languages(languages),
        store=store,
        database=database,
        station=station,
        learn=learn,
        stages=clock,
    )
    clock.tell()
    for note in outcome.notes:
        print(f"note: {plain(note)}", file=sys.stderr)
    result(_told(outcome) | {"seconds": {k: round(v, 3) for k, v in clock.seconds.items()}}, as_json=json_)


def _told(outcome: missions.Outcome) -> dict[str, Any]:
    """Return what a run says of itself."""
    deliveries = outcome.tables["deliveries"]
    conformity = outcome.tables["findings"].group_by("conformity").len().sort("conformity")
    return {
        "report": str(outcome.page),
        "audience": outcome.released.audience,
        "deliveries": deliveries.height,
        "rows_in": int(deliveries["rows_in"].sum()),
        "set_aside": int(deliveries["set_aside"].sum()),
        "observations_of_the_window": outcome.tables["observations"].height,
        "incidents_of_the_window": outcome.tables["incidents"].height,
        "findings_of_the_window": dict(conformity.iter_rows()),
        "withheld": dict(outcome.released.withheld),
        "generation": outcome.generation,
    }


def _languages(named: str | None) -> tuple[str, ...] | None:
    """Return the languages named, each once; None where none is named."""
    return tuple(dict.fromkeys(part.strip() for part in named.split(","))) if named is not None else None


def _utc(now: dt.datetime | None) -> dt.datetime:
    """Return the instant given, as UTC when it has no zone, or the clock's."""
    if now is None:
        return dt.datetime.now(dt.UTC)
    return now if now.tzinfo else now.replace(tzinfo=dt.UTC)


def report(
    tables: Path | None = None,
    *,
    out: Out,
    mission: Path | None = None,
    day: dt.date | None = None,
    from_: Annotated[dt.date | None, Parameter(name="--from")] = None,
    remarks: tuple[Path, ...] = (),
    audience: str = "internal",
    languages: str | None = None,
    now: dt.datetime | None = None,
    at: str | None = None,
    proof: Annotated[bool, Parameter(negative="")] = False,
    store: Path | None = None,
    database: str | None = None,
    json_: Json = False,
) -> int:
    """Render the report of a day again: from the tables of an earlier run, or with `--at` from the record, byte for byte.

    From `tables` it may be for another audience. With `--at` all that it was made of comes from the store, on another machine
    too; the files are compared with those of then, and the exit code is 10 where one is otherwise. Where a table was redacted
    nothing is rendered, which is as it should be.

    Parameters
    ----------
    tables
        The folder `tables/` of an earlier run.
    out
        The folder to write to.
    mission
        The mission document.
    day
        The mission day to report, YYYY-MM-DD; within the window of the earlier run. With `--at`, the last reported when absent.
    from_
        The first mission day of a report over several, as after a holiday, YYYY-MM-DD; `--from`, with `day` the last.
    remarks
        Files of signed remarks, as `trucewatch remark` writes them; those on the days of the report are shown.
    audience
        Who will see it: internal (a draft), coalition, parties, humanitarian, public.
    languages
        The languages of the report, such as `en,uk`; those of the mission when absent. `index.html` is in the first.
    now
        The instant from which the delay of a release is counted, UTC; the clock's when absent.
    at
        A file with a checkpoint or its size (the last release before it), the id of a release's entry, or a generation.
    proof
        Of a release, render the proof that was approved instead of the copy that was published with the names.
    store
        The folder of the store, with `--at`.
    database
        The address of the PostgreSQL database that holds the record, postgresql://…; SQLite in the store when absent.
    json_
        Print one JSON object instead of lines.
    """
    clock = Clock()
    with clock.stage("report"):
        if at is not None:
            if store is None or tables is not None or mission is not None:
                to_do = "give --at and --store, without tables and mission"
                raise UsageError("a report of the record is made of nothing else", where="--at", to_do=to_do)
            replayed = missions.replay(store, at, out=out, database=database, day=day, audience=audience, proof=proof)
        elif tables is None or mission is None or day is None:
            to_do = "name tables, --mission and --day, or --at and --store"
            raise UsageError("which report?", where="trucewatch report", to_do=to_do)
        else:
            page = missions.report_again(
                mission,
                tables=tables,
                out=out,
                day=day,
                now=_utc(now),
                first_day=from_,
                remarks=remarks,
                audience=audience,
                languages=_languages(languages),
            )
            clock.tell()
            result({"report": str(page), "audience": audience}, as_json=json_)
            return 0
    clock.tell()
    told = {
        "report": str(replayed.page or "redacted"), "same_files": replayed.same, "differ": list(replayed.differ),
        "redacted": list(replayed.redacted), "versions": dict(replayed.versions),
    }  # fmt: skip
    result(told, as_json=json_)
    return 10 if replayed.differ else 0


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
    told = _told(outcome) | {"day": day.isoformat(), "truth": {name: marks[name] for name in shown}}
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
