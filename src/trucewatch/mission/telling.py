"""A report rendered, and kept such that it can be rendered again byte for byte.

The record of a report names, by hash, its tables, the documents of the mission, every fact that it was told besides, and the
files that were written. With these alone the same files come out again, on another machine too, as long as the versions are the
same. Tables and versions are pairs in their order, which a reader of the report sees.
"""

import datetime as dt
import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from trucewatch import __version__, report
from trucewatch.manifest import Manifest
from trucewatch.mission.load import Loaded
from trucewatch.mission.period import Period
from trucewatch.mission.standing import Standing
from trucewatch.release import AUDIENCES, Released, prepare
from trucewatch.report import ReportFacts
from trucewatch.store import Store

DOCUMENT: Final = ".document"


def _versions() -> dict[str, str]:
    return {"trucewatch": __version__, "Polars": pl.__version__, "Python": platform.python_version()}


@dataclass(frozen=True)
class Telling:
    """What a report is told besides tables and documents; `last_day` is that of the report before."""

    period: Period
    last_day: dt.date | None
    audience: str
    now: dt.datetime
    languages: tuple[str, ...]
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=_versions)

    @classmethod
    def of_record(cls, told: Mapping[str, Any]) -> "Telling":
        """Return what the record of a report says that it was told."""
        return cls(
            period=Period(dt.date.fromisoformat(told["first_day"]), dt.date.fromisoformat(told["day"])),
            last_day=dt.date.fromisoformat(told["last_day"]) if told["last_day"] else None,
            audience=told["audience"],
            now=dt.datetime.fromisoformat(told["now"]),
            languages=tuple(told["languages"]),
            notes=tuple(told["notes"]),
            versions=dict(told["versions"]),
        )

    def record(self) -> dict[str, Any]:
        """Return it as the record of a report says it."""
        return {
            "first_day": self.period.first.isoformat(),
            "day": self.period.last.isoformat(),
            "last_day": self.last_day.isoformat() if self.last_day else "",
            "audience": self.audience,
            "now": self.now.isoformat(),
            "languages": list(self.languages),
            "notes": list(self.notes),
            "versions": [list(pair) for pair in self.versions.items()],
        }


def tell(loaded: Loaded, tables: Mapping[str, pl.DataFrame], telling: Telling) -> tuple[Released, dict[str, bytes]]:
    """Pass tables through release and render what is left; return it, and the files by name."""
    mission, period = loaded.mission, telling.period
    released = prepare(
        tables,
        audience=telling.audience,
        now=telling.now,
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
        versions=telling.versions,
        notes=telling.notes if released.is_draft else (),
        supposed=mission.supposed,
        first_day=period.first,
        last_day=telling.last_day,
    )
    return released, report.render(released, facts, languages=telling.languages)


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
    files: Mapping[str, bytes],
) -> str:
    """Keep the record of a report made of `standing`: `names` are the objects of its tables; return the record's name."""
    documents = store.objects.put_bytes(loaded.documents.values(), DOCUMENT)
    return store.objects.put_manifest(
        {
            "standing": store.objects.put_manifest(standing.manifest()),
            "mission": next(iter(loaded.documents)),
            "documents": dict(zip(loaded.documents, documents, strict=True)),
            "tables": [list(pair) for pair in names.items()],
            "told": telling.record(),
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
    )
