"""The main job: original files in, the daily report out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trucewatch import verify
from trucewatch.errors import DeliveryError, MissingError, UsageError
from trucewatch.mission.compute import compute, key_of, put
from trucewatch.mission.earlier import (
    changes_since,
    former,
    keep_remarks,
    kept_remarks,
    last_report,
    remarks_of,
    reports_of,
    signed,
)
from trucewatch.mission.generation import generation_of, publish, publish_standing
from trucewatch.mission.intake import Intake, account, take_in_all
from trucewatch.mission.learning import with_model
from trucewatch.mission.load import Loaded, load
from trucewatch.mission.people import SAID, published, rules_apart, said
from trucewatch.mission.period import Period
from trucewatch.mission.record import MissionRecord, open_record
from trucewatch.mission.stages import Stages, Unwatched
from trucewatch.mission.standing import BY_SOURCE, KEPT, Standing, Way
from trucewatch.mission.steps import FUSE, STEPS, Case
from trucewatch.mission.telling import Telling, keep, tell, with_report, write_report
from trucewatch.release import Released
from trucewatch.store import Reading, Store, read_table, write_files
from trucewatch.when import mission_day_of
from trucewatch.words import Words


@dataclass(frozen=True)
class Outcome:
    """What a run made: where the page is, the tables of the window, and what did not come in; `record` names the report."""

    page: Path
    tables: Mapping[str, pl.DataFrame]
    released: Released
    notes: tuple[str, ...]
    generation: str


def run(
    mission: Path,
    *,
    data: Path,
    out: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    first_day: dt.date | None = None,
    remarks: Sequence[Path] = (),
    audience: str = "internal",
    languages: Sequence[str] | None = None,
    store: Path | None = None,
    database: str | None = None,
    station: Path | None = None,
    learn: bool = False,
    stages: Stages | None = None,
) -> Outcome:
    """Take in the files of a mission below `data`, fuse, judge, release and render the report of `day` into `out`.

    `now` (UTC) is when this runs: the delay of a public release is counted from it. Without a `day`, the last mission day
    with an observation is reported; with `first_day`, all days from it to `day` together, as after a holiday; without
    `languages`, in those of the mission. Below `out`: `report/`, `tables/` and, unless `store` and `database` name others,
    `store/` (what was taken in or computed before is not read or computed again; what changed since the last report is told
    from its record). `station`: the PEM file of the key that signs deliveries, in place of the one beside the
    store. `learn`: the sources are learned anew, whatever version of the source model stands (`learning`). Raises
    TrucewatchError; then the report of an earlier run stands as it was.
    """
    stages = stages or Unwatched()
    with stages.stage("load"):
        loaded = load(mission)
        spoken = _spoken(languages, loaded)
        written = signed(remarks, loaded)
        if day:
            loaded.mission.day(day)  # refused before anything is done
    with open_record(
        store or out / "store", loaded.mission.mission_id, now=now, database=database, station=station
    ) as opened:
        intake = take_in_all(loaded, data, opened, now=now, stages=stages)
        with stages.stage("stand"):
            standing = publish_standing(loaded, intake, opened.store)
        day = day or _last_day(loaded, standing, opened, now)
        period = Period(first_day or day, day)
        with stages.stage("gather"):
            given = gathered(loaded, standing, intake.readings, opened.store, period)
            given["decisions"] = verify.decisions(opened.record.standing)
        case = Case(loaded, period)
        objects = opened.store.objects
        generation = generation_of(opened.store, opened.store.index.generation())
        last = last_report(generation, period.first, objects)
        known = with_model(
            case, put(given, opened.store), last, opened.store, standing=standing, stages=stages, anew=learn
        )
        reports = reports_of(generation, day, objects)
        known = known.and_also(former(case, known, last, reports, opened.store))
        made = compute(case, known, opened.store, stages=stages)
        remarked = keep_remarks(written, reports, objects)
        with stages.stage("compare"):
            added = {
                "remarks": remarks_of(kept_remarks(remarked, objects), loaded),
                "changes": changes_since(last, made.frames, loaded.mission, period, days_of(loaded, period)),
                **said(opened.record.standing, made.frames),
            }
        tables = {**made.frames, **added}
        names = {**made.names, **objects.put(added)}
        notes = _notes(loaded, tables, intake.refused) + _gone(loaded, intake, opened) + rules_apart(loaded, opened)
        telling = Telling(
            period,
            audience,
            now,
            spoken,
            notes,
            relaxed=opened.record.standing.state.rules.relaxed,
            published=published(opened.record.standing, loaded, audience),
        )
        besides = {"remarks": remarked, "fused": key_of(FUSE, case, known)}
        with stages.stage("report"):
            released, files = tell(loaded, tables, telling, objects)
            record = keep(opened.store, loaded, standing, names, telling, (released, files), besides)
            name, _ = publish(opened.store, lambda old: with_report(old, telling, record))
            page = write_report(out, released, files)
            write_files(out / "tables", {f"{table}.parquet": objects.get_bytes(names[table]) for table in tables})
    return Outcome(page, tables, released, notes, name)


def days_of(loaded: Loaded, period: Period) -> int:
    """Return how many mission days the window of a report has."""
    return max(loaded.mission.fuse.window_days, 2 * period.days)


def gathered(
    loaded: Loaded, standing: Standing, readings: Mapping[Way, Reading], store: Store, period: Period
) -> dict[str, pl.DataFrame]:
    """Return the tables that the steps of a report read."""
    given = {table: standing.table(store.objects, table) for table in KEPT if table in (*BY_SOURCE, "sightings")}
    given["deliveries"] = account(standing.of, readings)
    given["observations"] = standing.window(store.objects, loaded.mission, period.last, days_of(loaded, period))
    given["evidence"] = standing.evidence(store.objects)
    return given


def report_again(
    mission: Path,
    *,
    tables: Path,
    out: Path,
    day: dt.date,
    now: dt.datetime,
    first_day: dt.date | None = None,
    remarks: Sequence[Path] = (),
    audience: str = "internal",
    languages: Sequence[str] | None = None,
) -> Path:
    """Render the report of `day`, or of all days from `first_day` on, from the tables of an earlier run; return the page.

    It may be for another audience than that of the earlier run. The remarks of that run stay; `remarks` adds to them.
    """
    loaded = load(mission)
    spoken = _spoken(languages, loaded)
    names = [
        *KEPT,
        "evidence",
        "decisions",
        "source_model",
        "basis",
        "former",
        "changes",
        "remarks",
        *SAID,
        *(name for step in STEPS for name in step.makes),
    ]
    frames = {name: read_table(tables / f"{name}.parquet", name) for name in names}
    frames["remarks"] = pl.concat([frames["remarks"], remarks_of(signed(remarks, loaded), loaded)]).unique(
        "remark_id", maintain_order=True
    )
    period = Period(first_day or day, day)
    telling = Telling(period, audience, now, spoken, _notes(loaded, frames, ()))
    return write_report(out, *tell(loaded, frames, telling))


def _spoken(languages: Sequence[str] | None, loaded: Loaded) -> tuple[str, ...]:
    """Return the languages asked for, or those of the mission. Raises UsageError for one that there is not."""
    for language in languages or ():
        Words(language)
    return tuple(languages or loaded.mission.languages)


def _last_day(loaded: Loaded, standing: Standing, opened: MissionRecord, now: dt.datetime) -> dt.date:
    """Return the last mission day that holds the middle of an observation wholly before `now`.

    A row that says "on the 16th" ends at midnight, hours after the cut-off; it is of the 16th all the same.
    """
    last = standing.last_middle(opened.store.objects, now)
    if last is None:
        raise UsageError("no observation has a time yet", where="--day", to_do="name the day")
    return mission_day_of(last, loaded.time_zone, loaded.mission.cut_off)


def _notes(loaded: Loaded, tables: Mapping[str, pl.DataFrame], refused: tuple[DeliveryError, ...]) -> tuple[str, ...]:
    """Return what did not come in: refused deliveries, sources without a file."""
    there = set(tables["deliveries"]["source_id"])
    absent = [MissingError("no file of this source came", where=name) for name in loaded.manifests if name not in there]
    return tuple(str(error) for error in (*refused, *absent))


def _gone(loaded: Loaded, intake: Intake, opened: MissionRecord) -> tuple[str, ...]:
    """Return what was taken in once and of which no file is there any more: it is on the record and does not count."""
    there = set(intake.deliveries["name"])
    to_do = "put it back, or leave it: the delivery stays on the record"
    gone = [
        kept
        for kept in opened.store.index.deliveries()
        if kept.source_id in loaded.manifests and kept.name not in there
    ]
    taken = {way[0] for ways in intake.of.values() for way in ways}
    return tuple(
        str(
            MissingError(
                "a file that was taken in is no longer there, and does not count", where=kept.name, to_do=to_do
            )
        )
        for kept in gone
        if kept.delivery_id not in taken
    )
