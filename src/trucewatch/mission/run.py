"""The main job: original files in, the daily report out."""

import datetime as dt
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from trucewatch import __version__, report
from trucewatch.errors import DeliveryError, MissingError, UsageError
from trucewatch.judge import duty_acts
from trucewatch.manifest import Manifest
from trucewatch.mission.intake import KEPT, evidence, take_in_all, window
from trucewatch.mission.load import Loaded, load
from trucewatch.mission.period import TOLD, Period, changes_since, last_told
from trucewatch.mission.stages import Stages, Unwatched
from trucewatch.mission.steps import STEPS, Case
from trucewatch.release import AUDIENCES, Released, prepare
from trucewatch.report import ReportFacts, parse_remark
from trucewatch.store import Shelf, forget, read_bytes, read_table, write_files, write_tables
from trucewatch.tables import empty
from trucewatch.when import mission_day_of
from trucewatch.words import LANGUAGES, Words

PAGES: Final = (("index", "html"), ("report", "pdf"))  # what is written once a language


@dataclass(frozen=True)
class Outcome:
    """What a run made: where the page is, the tables of the window, and what did not come in."""

    page: Path
    tables: Mapping[str, pl.DataFrame]
    released: Released
    notes: tuple[str, ...]


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
    stages: Stages | None = None,
) -> Outcome:
    """Take in the files of a mission below `data`, fuse, judge, release and render the report of `day` into `out`.

    `now` (UTC) is when this runs: the delay of a public release is counted from it. Without a `day`, the last mission day
    with an observation is reported; with `first_day`, all days from it to `day` together, as after a holiday; without
    `languages`, in those of the mission. Below `out`: `report/`, `tables/`, `told/` (what the report of each day knew, to
    say what changed since) and `store/` (what was taken in before is not read again). Raises TrucewatchError; then the
    report of an earlier run stands as it was.
    """
    stages = stages or Unwatched()
    with stages.stage("load"):
        loaded = load(mission)
        spoken = _spoken(languages, loaded)
        said = _remarks(remarks, loaded)
    intake = take_in_all(loaded, data, Shelf(out / "store"), now=now, stages=stages)
    day = day or _last_day(loaded, intake.tables["observations"], now)
    tables = dict(intake.tables)
    period = Period(first_day or day, day)
    days = max(loaded.mission.fuse.window_days, 2 * period.days)
    tables["evidence"] = evidence(tables["observations"], duty_acts(loaded.agreement))
    tables["observations"] = window(tables["observations"], loaded.mission.day(day), days)
    case = Case(loaded.mission, loaded.agreement, loaded.manifests, loaded.regions, day, period.first)
    for step in STEPS:
        with stages.stage(step.name):
            tables |= step.do(case, {name: tables[name] for name in step.reads})
    last = last_told(out / "told", period.first)
    tables["remarks"] = said
    tables["changes"] = changes_since(out / "told", last, tables, loaded.mission, period, days)
    notes = _notes(loaded, tables, intake.refused)
    with stages.stage("report"):
        released, page = _publish(
            loaded, tables, period, out, last, audience=audience, now=now, notes=notes, languages=spoken
        )
        write_tables(out / "tables", tables)
        write_tables(out / "told" / day.isoformat(), {name: tables[name] for name in TOLD})
    return Outcome(page, tables, released, notes)


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
    names = [*KEPT, "evidence", "changes", "remarks", *(name for step in STEPS for name in step.makes)]
    frames = {name: read_table(tables / f"{name}.parquet", name) for name in names}
    frames["remarks"] = pl.concat([frames["remarks"], _remarks(remarks, loaded)]).unique(
        "remark_id", maintain_order=True
    )
    notes = _notes(loaded, frames, ())
    period = Period(first_day or day, day)
    last = last_told(tables.parent / "told", period.first)
    return _publish(loaded, frames, period, out, last, audience=audience, now=now, notes=notes, languages=spoken)[1]


def _spoken(languages: Sequence[str] | None, loaded: Loaded) -> tuple[str, ...]:
    """Return the languages asked for, or those of the mission. Raises UsageError for one that there is not."""
    for language in languages or ():
        Words(language)
    return tuple(languages or loaded.mission.languages)


def _remarks(paths: Sequence[Path], loaded: Loaded) -> pl.DataFrame:
    """Return table `remarks` of signed files, each remark once."""
    mission_id = loaded.mission.mission_id
    each = [parse_remark(read_bytes(path), name=str(path), mission_id=mission_id) for path in paths]
    return pl.concat([empty("remarks"), *each]).unique("remark_id", keep="first", maintain_order=True)


def _publish(
    loaded: Loaded,
    tables: Mapping[str, pl.DataFrame],
    period: Period,
    out: Path,
    last: dt.date | None,
    *,
    audience: str,
    now: dt.datetime,
    notes: tuple[str, ...],
    languages: tuple[str, ...],
) -> tuple[Released, Path]:
    """Pass the tables through release, render what is left, and write it."""
    mission = loaded.mission
    released = prepare(
        tables,
        audience=audience,
        now=now,
        manifests=loaded.manifests,
        settings=mission.release,
        settlements=loaded.settlements,
    )
    facts = ReportFacts(
        mission_title=mission.title,
        mission_note=mission.note,
        number=mission.report_number(period.last),
        day=period.last,
        period=period.span(mission),
        period_before=period.before.span(mission),
        time_zone=loaded.time_zone,
        cut_off=mission.cut_off,
        agreement=loaded.agreement,
        regions=loaded.regions,
        basemap=loaded.basemap,
        manifests=_named(loaded, released),
        versions={"trucewatch": __version__, "Polars": pl.__version__, "Python": platform.python_version()},
        notes=notes if released.is_draft else (),
        supposed=mission.supposed,
        first_day=period.first,
        last_day=last,
    )
    folder = out / "report" if released.is_draft else out / f"report-{audience}"
    files = report.render(released, facts, languages=languages)
    write_files(folder, files)
    forget(folder, [f"{name}.{language}.{end}" for name, end in PAGES for language in LANGUAGES], but=files)
    return released, folder / "index.html"


def _named(loaded: Loaded, released: Released) -> Mapping[str, Manifest]:
    """Return the sources that may be named to the audience: those open to it, and those whose reports it is shown."""
    rank = AUDIENCES.index(released.audience)
    shown = set(released.tables["incidents"]["source_ids"].explode().drop_nulls())
    return {
        name: manifest
        for name, manifest in loaded.manifests.items()
        if AUDIENCES.index(manifest.audience) >= rank or name in shown
    }


def _last_day(loaded: Loaded, observations: pl.DataFrame, now: dt.datetime) -> dt.date:
    """Return the last mission day that holds the middle of an observation wholly before `now`.

    A row that says "on the 16th" ends at midnight, hours after the cut-off; it is of the 16th all the same.
    """
    half = (pl.col("end_utc") - pl.col("start_utc")).dt.total_microseconds() // 2
    middle = pl.col("start_utc") + pl.duration(microseconds=half)
    last = observations.filter(pl.col("end_utc") <= now).select(middle).to_series().max()
    if not isinstance(last, dt.datetime):
        raise UsageError("no observation has a time yet", where="--day", to_do="name the day")
    return mission_day_of(last, loaded.time_zone, loaded.mission.cut_off)


def _notes(loaded: Loaded, tables: Mapping[str, pl.DataFrame], refused: tuple[DeliveryError, ...]) -> tuple[str, ...]:
    """Return what did not come in: refused deliveries, sources without a file."""
    there = set(tables["deliveries"]["source_id"])
    absent = [MissingError("no file of this source came", where=name) for name in loaded.manifests if name not in there]
    return tuple(str(error) for error in (*refused, *absent))
