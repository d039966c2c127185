"""What a report is told besides the tables: the documents, the day, the places."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import shapely

from trucewatch.agreement import Agreement
from trucewatch.manifest import Manifest
from trucewatch.when import Span
from trucewatch.words import Words


@dataclass(frozen=True)
class Region:
    """A region of the mission: an area in degrees, longitude first."""

    region_id: str
    name: str
    geometry: shapely.Geometry


@dataclass(frozen=True)
class Basemap:
    """Outlines and towns for orientation, and from whose viewpoint the boundaries are drawn."""

    outlines: tuple[shapely.Geometry, ...]
    towns: tuple[tuple[str, float, float], ...]
    viewpoint: str


@dataclass(frozen=True, eq=False)  # each is itself, as with `Day`
class ReportFacts:
    """What the report of one mission day says besides its tables."""

    mission_title: str
    mission_note: str
    number: int
    day: dt.date
    period: Span
    period_before: Span
    time_zone: ZoneInfo
    cut_off: dt.time
    agreement: Agreement
    regions: tuple[Region, ...]
    basemap: Basemap | None
    manifests: Mapping[str, Manifest]
    versions: Mapping[str, str]
    notes: tuple[str, ...] = ()
    supposed: Span | None = None

    def source_title(self, source_id: str, words: Words) -> str:
        """Return the title of a source; of one that the report was not told of, its id."""
        manifest = self.manifests.get(source_id)
        return words.foreign(manifest.title if manifest else source_id)

    @property
    def is_back_test(self) -> bool:
        """Whether terms are set against a time in which the text was not in force."""
        return self.supposed is not None
