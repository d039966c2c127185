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
    """What the report of one mission day, or of several after a holiday, says besides its tables."""

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
    released_by: str = ""
    """Who released it, by name; "" where no release is recorded."""
    relaxed: tuple[str, ...] = ()
    """What of the rule of two people the mission has relaxed, as codes."""
    last_day: dt.date | None = None
    """The last mission day of the report before this one; None where there is none to compare with."""
    first_day: dt.date | None = None
    """The first mission day of a report over several; None for one of a single day."""

    @property
    def days(self) -> tuple[dt.date, ...]:
        """The mission days that are reported, in order."""
        first = self.first_day or self.day
        return tuple(first + dt.timedelta(days=n) for n in range((self.day - first).days + 1))

    @property
    def days_before(self) -> tuple[dt.date, ...]:
        """As many mission days, just before them."""
        return tuple(day - dt.timedelta(days=len(self.days)) for day in self.days)

    def source_title(self, source_id: str, words: Words) -> str:
        """Return the title of a source; of one that the report was not told of, its id."""
        manifest = self.manifests.get(source_id)
        return words.foreign(manifest.title if manifest else source_id)

    @property
    def is_back_test(self) -> bool:
        """Whether terms are set against a time in which the text was not in force."""
        return self.supposed is not None
