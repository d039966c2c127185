"""What earlier reports told, taken from their records: that of the day before, and those of the same day.

The rule, in plain sentences.
1. The last report is that of the latest mission day before the days of this one; of several for one day, the one for the
   narrowest audience, which knows most.
2. One of which a table was redacted is passed over: what it knew may not be known any more.
3. Incidents are named onto those of an earlier report of the same day, and else onto those of the last report. A report made again
   of the same is named onto what it was named onto, so that nothing changes.
4. A remark once given for a day stays with the day, whoever makes its report again.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from trucewatch import report
from trucewatch.mission.compute import Computed, key_of, put
from trucewatch.mission.document import Mission
from trucewatch.mission.generation import Generation
from trucewatch.mission.load import Loaded
from trucewatch.mission.period import Period
from trucewatch.mission.steps import FUSE, Case
from trucewatch.release import AUDIENCES
from trucewatch.report import parse_remark
from trucewatch.store import Objects, Redacted, Store, read_bytes
from trucewatch.tables import conform, empty

TOLD: Final = ("incidents", "members", "places")
REMARK: Final = ".remark"
EDGE: Final = dt.timedelta(days=1)
"""At the old end of the window incidents lose observations that were not revised: they are not compared there."""


@dataclass(frozen=True)
class LastReport:
    """The report before: its day, the name of its record, and what it knew."""

    day: dt.date
    record: str
    tables: Mapping[str, pl.DataFrame]


def reports_of(generation: Generation, day: dt.date, objects: Objects) -> list[dict[str, Any]]:
    """Return the records of the reports of a day, that for the narrowest audience first.

    Those of trucewatch before records told what a report rests on are left out.
    """
    places = (f"{day.isoformat()}/{audience}" for audience in AUDIENCES)
    each = [objects.get_manifest(generation.reports[place]) for place in places if place in generation.reports]
    return [record for record in each if "fused" in record]


def last_report(generation: Generation, first: dt.date, objects: Objects) -> LastReport | None:
    """Return the last report before the mission day `first`; None where there is none."""
    days = {place.partition("/")[0] for place in generation.reports}
    for day in sorted((day for day in days if day < first.isoformat()), reverse=True):
        places = (f"{day}/{audience}" for audience in AUDIENCES)
        try:
            return report_named(
                next(generation.reports[place] for place in places if place in generation.reports), objects
            )
        except Redacted:
            continue
    return None


def last_of(tables: Mapping[str, str], objects: Objects) -> LastReport | None:
    """Return the last report that the tables of another one name; None where they name none. Raises Redacted."""
    told = objects.get(tables["basis"])
    found = told.filter(pl.col("what") == "last_report")["object"]
    return report_named(str(found.item()), objects) if len(found) else None


def report_named(name: str, objects: Objects) -> LastReport:
    """Return what the report with the record of that name knew. Raises Redacted where a table of it was."""
    record = objects.get_manifest(name)
    names = dict(record["tables"])
    day = dt.date.fromisoformat(record["told"]["day"])
    return LastReport(day, name, {table: objects.get(names[table]) for table in TOLD})


def former(
    case: Case, known: Computed, last: LastReport | None, reports: Sequence[Mapping[str, Any]], store: Store
) -> Computed:
    """Return table `former`. `known`: what fusion reads; `reports`: the records of the day of this one."""
    said = last.tables["members"] if last else empty("members")
    said = said.select("observation_id", last_incident_id="incident_id")
    own = [_told(record, store.objects) for record in reports[:1]]
    if own and own[0] and reports[0]["fused"] == key_of(FUSE, case, known):
        before = own[0]["former"]
        if (
            before.drop_nulls("last_incident_id")
            .select(said.columns)
            .sort("observation_id")
            .equals(said.sort("observation_id"))
        ):
            return Computed.of({"former": dict(reports[0]["tables"])["former"]}, store)
    mine = own[0]["members"] if own and own[0] else empty("members")
    both = mine.join(said, on="observation_id", how="full", coalesce=True)
    both = both.with_columns(pl.coalesce("incident_id", "last_incident_id").alias("incident_id"))
    return put({"former": conform(both.sort("observation_id"), "former")}, store)


def _told(record: Mapping[str, Any], objects: Objects) -> dict[str, pl.DataFrame]:
    """Return tables `members` and `former` of a report; none where one of them was redacted."""
    names = dict(record["tables"])
    try:
        return {table: objects.get(names[table]) for table in ("members", "former")}
    except Redacted:
        return {}


def changes_since(
    last: LastReport | None, now: Mapping[str, pl.DataFrame], mission: Mission, period: Period, days: int
) -> pl.DataFrame:
    """Return table `changes` since the last report, over what both had in their windows of `days`."""
    if last is None:
        return empty("changes")
    clock = mission.clock
    since = clock.day(period.last).end_utc - dt.timedelta(days=days) + EDGE
    until = min(clock.day(last.day).end_utc, period.span(clock).start_utc)
    return report.changes(dict(last.tables), {name: now[name] for name in TOLD}, since=since, until=until)


def signed(paths: Sequence[Path], loaded: Loaded) -> list[bytes]:
    """Return the signed files at `paths`. Raises DocumentError for one that is no remark of this mission."""
    files = {str(path): read_bytes(path) for path in paths}
    for path, data in files.items():
        parse_remark(data, name=path, mission_id=loaded.mission.mission_id)
    return list(files.values())


def keep_remarks(files: Sequence[bytes], reports: Sequence[Mapping[str, Any]], objects: Objects) -> list[str]:
    """Keep signed files; return the names of their objects and of those that `reports` of the same day had, in order."""
    before = [name for report in reports for name in report["remarks"]]
    return sorted({*before, *objects.put_bytes(files, REMARK)})


def kept_remarks(names: Sequence[str], objects: Objects) -> list[bytes]:
    """Return the signed files under these names."""
    return [objects.get_bytes(name, REMARK) for name in names]


def remarks_of(files: Sequence[bytes], loaded: Loaded) -> pl.DataFrame:
    """Return table `remarks` of signed files, each remark once."""
    mission_id = loaded.mission.mission_id
    each = [parse_remark(data, name="a remark", mission_id=mission_id) for data in files]
    return pl.concat([empty("remarks"), *each]).unique("remark_id", keep="first", maintain_order=True)
