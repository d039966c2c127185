"""A report rendered, and kept such that it can be rendered again byte for byte.

The record of a report names, by hash, its tables, the documents of the mission, every fact that it was told besides, and the
files that were written. With these alone the same files come out again, on another machine too, as long as the versions are the
same. Tables and versions are pairs in their order, which a reader of the report sees.
"""

import datetime as dt
import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from trucewatch import __version__, report
from trucewatch.manifest import Manifest
from trucewatch.mission.generation import Generation
from trucewatch.mission.load import Loaded
from trucewatch.mission.period import Period
from trucewatch.mission.standing import Standing
from trucewatch.release import AUDIENCES, Released, prepare
from trucewatch.report import ReportFacts
from trucewatch.store import Objects, Store, forget, write_files
from trucewatch.tables import empty
from trucewatch.words import LANGUAGES

DOCUMENT: Final = ".document"
PAGES: Final = (("index", "html"), ("report", "pdf"))  # what is written once a language
LEFT: Final = ("incidents", "findings", "places", "sides")


def _versions() -> dict[str, str]:
    return {"trucewatch": __version__, "Polars": pl.__version__, "Python": platform.python_version()}


@dataclass(frozen=True)
class Telling:
    """What a report is told besides tables and documents."""

    period: Period
    audience: str
    now: dt.datetime
    languages: tuple[str, ...]
    notes: tuple[str, ...] = ()
    released_by: str = ""
    relaxed: tuple[str, ...] = ()
    published: Mapping[str, str] = field(default_factory=dict)
    """The tables of the last release to this audience, by the name of their object."""
    versions: Mapping[str, str] = field(default_factory=_versions)

    @classmethod
    def of_record(cls, told: Mapping[str, Any]) -> "Telling":
        """Return what the record of a report says that it was told."""
        return cls(
            period=Period(dt.date.fromisoformat(told["first_day"]), dt.date.fromisoformat(told["day"])),
            audience=told["audience"],
            now=dt.datetime.fromisoformat(told["now"]),
            languages=tuple(told["languages"]),
            notes=tuple(told["notes"]),
            released_by=told.get("released_by", ""),
            relaxed=tuple(told.get("relaxed", ())),
            published=told.get("published", {}),
            versions=dict(told["versions"]),
        )

    def record(self) -> dict[str, Any]:
        """Return it as the record of a report says it."""
        return {
            "first_day": self.period.first.isoformat(),
            "day": self.period.last.isoformat(),
            "audience": self.audience,
            "now": self.now.isoformat(),
            "languages": list(self.languages),
            "notes": list(self.notes),
            "released_by": self.released_by,
            "relaxed": list(self.relaxed),
            "published": dict(self.published),
            "versions": [list(pair) for pair in self.versions.items()],
        }


def tell(
    loaded: Loaded, tables: Mapping[str, pl.DataFrame], telling: Telling, objects: Objects | None = None
) -> tuple[Released, dict[str, bytes]]:
    """Pass tables through release and render what is left; return it, and the files by name.

    `objects`: where the tables of the last release lie, if there was one.
    """
    mission, period = loaded.mission, telling.period
    released = prepare(
        tables,
        audience=telling.audience,
        now=telling.now,
        manifests=loaded.manifests,
        settings=mission.release,
        settlements=loaded.settlements,
        published={name: objects.get(of) for name, of in telling.published.items()} if objects else None,
    )
    facts = ReportFacts(
        mission_title=mission.title,
        mission_note=mission.note,
        number=mission.report_number(period.last),
        day=period.last,
        period=period.span(mission.clock),
        period_before=period.before.span(mission.clock),
        time_zone=loaded.time_zone,
        cut_off=mission.cut_off,
        agreement=loaded.agreement,
        regions=loaded.regions,
        basemap=loaded.basemap,
        manifests=_named(loaded, released),
        versions=telling.versions,
        notes=telling.notes if released.is_draft else (),
        supposed=mission.supposed,
        first_day=period.first,
        last_day=_last_day(tables),
        released_by=telling.released_by,
        relaxed=telling.relaxed,
    )
    return released, report.render(released, facts, languages=telling.languages)


def _last_day(tables: Mapping[str, pl.DataFrame]) -> dt.date | None:
    """Return the day of the last report, of which this one tells the changes."""
    found = tables.get("basis", empty("basis")).filter(pl.col("what") == "last_report")["day"]
    return found.item() if len(found) else None


def _named(loaded: Loaded, released: Released) -> Mapping[str, Manifest]:
    """Return the sources that may be named to the audience: those open to it, and those whose reports it is shown."""
    rank = AUDIENCES.index(released.audience)
    shown = set(released.tables["incidents"]["source_ids"].explode().drop_nulls())
    return {
        name: manifest
        for name, manifest in loaded.manifests.items()
        if AUDIENCES.index(manifest.audience) >= rank or name in shown
    }


def keep(
    store: Store,
    loaded: Loaded,
    standing: Standing,
    names: Mapping[str, str],
    telling: Telling,
    told: tuple[Released, Mapping[str, bytes]],
    besides: Mapping[str, Any],
) -> str:
    """Keep the record of a report made of `standing`, and return its name.

    `names` are the objects of its tables, `told` what came of them. `besides`: what else whoever makes the report of that day
    again must know, `remarks` (the objects of the signed files) and `fused` (the key of the step fuse).
    Of a report for others, what left is kept too: the next release is made with it.
    """
    released, files = told
    left = {} if released.is_draft else {name: released.tables[name] for name in LEFT if name in released.tables}
    return store.objects.put_manifest(
        {
            "standing": store.objects.put_manifest(standing.manifest()),
            "mission": next(iter(loaded.documents)),
            "documents": named_documents(loaded, store),
            "tables": [list(pair) for pair in names.items()],
            **besides,
            "told": telling.record(),
            "released": store.objects.put(left),
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
    )


def named_documents(loaded: Loaded, store: Store) -> dict[str, str]:
    """Keep the documents of a mission, and return the name of each by its reference."""
    return dict(zip(loaded.documents, store.objects.put_bytes(loaded.documents.values(), DOCUMENT), strict=True))


def with_report(old: Generation, telling: Telling, record: str) -> Generation:
    """Return the generation with another report in place of the last one on that day for that audience."""
    place = f"{telling.period.last.isoformat()}/{telling.audience}"
    return replace(old, reports={**old.reports, place: record})


def write_report(out: Path, released: Released, files: Mapping[str, bytes]) -> Path:
    """Write the files of a report below `out` and return its page."""
    folder = out / "report" if released.is_draft else out / f"report-{released.audience}"
    write_files(folder, files)
    forget(folder, [f"{name}.{language}.{end}" for name, end in PAGES for language in LANGUAGES], but=files)
    return folder / "index.html"
