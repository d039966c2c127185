"""The main job, `run`, and its report made again, `report`."""

import datetime as dt
import gc
import sys
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from trucewatch import mission as missions
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import Clock, result
from trucewatch.errors import UsageError
from trucewatch.words import plain

LOOKED_THROUGH: Final = (50_000, 20, 100)
"""How many new objects are looked through for cycles at a time: a report makes hundreds of thousands, and no cycle of weight."""


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
    gc.freeze()  # what importing made stays: it need not be looked through again and again
    gc.set_threshold(*LOOKED_THROUGH)
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
    result(told_of(outcome) | {"seconds": {k: round(v, 3) for k, v in clock.seconds.items()}}, as_json=json_)


def told_of(outcome: missions.Outcome) -> dict[str, Any]:
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
