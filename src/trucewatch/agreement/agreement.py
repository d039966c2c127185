"""An agreement as the other stages use it: clauses under a reading, spans in UTC, zones as areas."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

import shapely
from pydantic import Field, model_validator

from trucewatch import when
from trucewatch.agreement import zones
from trucewatch.agreement.model import (
    TEXT_READING,
    Clause,
    LineOf,
    ObjectClass,
    Party,
    Reading,
    Replacement,
    SpanOf,
    Standing,
    WeaponClass,
    ZoneOf,
)
from trucewatch.agreement.terms import Body, Code, Days
from trucewatch.documents import Strict
from trucewatch.errors import UsageError

OPEN_END: Final = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


class AgreementDocument(Strict):
    """The document of a text, as its TOML says it. Geometry stands in GeoJSON files beside it."""

    agreement_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    title: str
    standing: Standing
    standing_basis: Literal["published", "reported", "reconstructed"]
    accepted_by: tuple[str, ...] = ()
    note: str = Field(
        default="", description="what a reader must know of the text; that names imply no opinion on status"
    )
    citation: str
    time_zone: str
    entry_into_force: dt.datetime | None = Field(default=None, description="local time, without a zone; absent: never")
    duration_days: Days | None = None
    extension: str = ""
    lines_file: str | None = None
    zones_file: str | None = None
    objects_file: str | None = None
    parties: tuple[Party, ...] = Field(min_length=1)
    bodies: tuple[Body, ...] = ()
    line_of_contact: Code | None = Field(
        default=None, description="the line that tells the sides apart; the first when absent"
    )
    lines: tuple[LineOf, ...] = ()
    object_classes: tuple[ObjectClass, ...] = ()
    weapon_classes: tuple[WeaponClass, ...] = ()
    zones: tuple[ZoneOf, ...] = ()
    clauses: tuple[Clause, ...] = Field(min_length=1)
    readings: tuple[Reading, ...] = ()

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.standing in (Standing.IN_FORCE, Standing.EXPIRED) and self.entry_into_force is None:
            raise ValueError(f"a text whose standing is {self.standing} has an entry_into_force")
        return self


@dataclass(frozen=True)
class Line:
    """A reference line on the ground, degrees, longitude first."""

    line_id: str
    name: str
    date: dt.date
    note: str
    approximate: bool
    geometry: shapely.Geometry


@dataclass(frozen=True)
class Agreement:
    """A text with its geometry: frozen, checked, ready to be executed."""

    document: AgreementDocument
    lines: Mapping[str, Line]
    areas: Mapping[str, shapely.Geometry]
    """Drawn polygons by the code that zones name in `feature`."""
    objects: Mapping[str, shapely.Geometry]
    """Protected objects by class."""

    @property
    def agreement_id(self) -> str:
        """The name of the document."""
        return self.document.agreement_id

    @property
    def title(self) -> str:
        """The title of the text."""
        return self.document.title

    @property
    def parties(self) -> tuple[Party, ...]:
        """The sides of the text."""
        return self.document.parties

    @property
    def standing(self) -> Standing:
        """How far the text came."""
        return self.document.standing

    @cached_property
    def zone_info(self) -> ZoneInfo:
        """The time zone of the text."""
        return when.zone(self.document.time_zone)

    @cached_property
    def reading_ids(self) -> tuple[str, ...]:
        """The text as it stands, then each party with a reading of its own."""
        return (TEXT_READING, *(reading.party_id for reading in self.document.readings))

    @property
    def weapon_classes(self) -> Mapping[str, WeaponClass]:
        """The classes of weapons that clauses name, by code."""
        return {each.weapon_class: each for each in self.document.weapon_classes}

    def reading(self, reading: str) -> Reading | None:
        """Return a party's reading; None for the text. Raises KeyError when there is none."""
        if reading == TEXT_READING:
            return None
        return {each.party_id: each for each in self.document.readings}[reading]

    def clauses_under(self, reading: str) -> tuple[Clause, ...]:
        """Return the clauses as `reading` has them."""
        own = self.reading(reading)
        replaced = {each.clause_id: each for each in own.replaces} if own else {}
        return tuple(_replace(clause, replaced.get(clause.clause_id)) for clause in self.document.clauses)

    def in_force(self, reading: str = TEXT_READING) -> when.Span | None:
        """Return the span in which the text was in force under `reading`; None when it never was."""
        start = self._start(reading)
        if start is None or self.standing in (Standing.PROPOSED, Standing.ACCEPTED_BY):
            return None
        return when.Span(start, self._end_of_text(start))

    def clause_spans(
        self, clause: Clause, reading: str = TEXT_READING, *, supposed: when.Span | None = None
    ) -> tuple[when.Span, ...]:
        """Return when `clause` holds, in UTC, as spans that do not overlap.

        For a text never in force: nothing, unless it is `supposed` to have been in force for a span (UTC), for a
        back-test. An obligation with `complete_by_day` holds from that day on: before it, what it forbids may still be there.
        """
        force = self.in_force(reading)
        text = force or supposed
        if text is None:
            return ()
        start, end, span = text.start_utc, text.end_utc, clause.span
        first = self._instant(span.start) if span.start else start + dt.timedelta(days=span.from_day or 0)
        last = self._instant(span.end) if span.end else end
        if span.to_day is not None:
            last = start + dt.timedelta(days=span.to_day)
        if clause.complete_by_day is not None:
            first = max(first, start + dt.timedelta(days=clause.complete_by_day))
        if last <= first:
            return ()
        whole = when.Span(first, last)
        return self._daily(whole, span) if span.daily_from else (whole,)

    def zone_geometry(self, zone_id: str, reading: str = TEXT_READING) -> shapely.Geometry:
        """Return the area of a zone, degrees, longitude first. `reading` names whose clause asks; zones are its own."""
        del reading  # a reading names another zone; a zone is the same for everybody
        return self._zones[zone_id]

    @cached_property
    def _zones(self) -> Mapping[str, shapely.Geometry]:
        return {zone.zone_id: self.area_of(zone) for zone in self.document.zones}

    def area_of(self, zone: ZoneOf) -> shapely.Geometry:
        """Return the area of one zone from what it is derived from. Raises UsageError when it cannot be derived."""
        if zone.feature:
            return self.areas[zone.feature]
        if zone.between:
            first, second = (self.lines[line].geometry for line in zone.between)
            return zones.between(first, second)
        origin = self.lines[zone.line].geometry if zone.line else self.objects[zone.objects or ""]
        return zones.within(origin, zone.distance_km or 0.0, zone.side)

    def _start(self, reading: str) -> dt.datetime | None:
        """Return the instant of entry into force under `reading`."""
        own = self.reading(reading)
        local = (own.entry_into_force if own else None) or self.document.entry_into_force
        return self._instant(local) if local else None

    def _end_of_text(self, start: dt.datetime) -> dt.datetime:
        """Return the instant at which the text ends by its own duration."""
        days = self.document.duration_days
        return OPEN_END if days is None else start + dt.timedelta(days=days)

    def _instant(self, local: dt.datetime) -> dt.datetime:
        """Return a local time of the text in UTC."""
        return when.to_utc(local, self.zone_info).start_utc

    def _daily(self, whole: when.Span, span: SpanOf) -> tuple[when.Span, ...]:
        """Return the hours of the day within `whole`. Raises UsageError when it is longer than 400 days."""
        if whole.duration > dt.timedelta(days=400):
            raise UsageError("hours of the day over more than 400 days", to_do="give the span of the clause an end")
        found = []
        day = whole.start_utc.astimezone(self.zone_info).date() - dt.timedelta(days=1)
        for _ in range(whole.duration.days + 3):
            first = dt.datetime.combine(day, span.daily_from or dt.time())
            last = dt.datetime.combine(day, span.daily_to or dt.time())
            last += dt.timedelta(days=int(last <= first))
            start, end = max(self._hour(first), whole.start_utc), min(self._hour(last), whole.end_utc)
            if start < end:
                found.append(when.Span(start, end))
            day += dt.timedelta(days=1)
        return tuple(found)

    def _hour(self, local: dt.datetime) -> dt.datetime:
        """Return an hour of a day in UTC; one that the clocks skipped is when they go on."""
        try:
            return self._instant(local)
        except when.NoSuchLocalTimeError:
            return self._hour(local + dt.timedelta(minutes=1))


def _replace(clause: Clause, own: Replacement | None) -> Clause:
    """Return `clause` with what a reading replaces in it."""
    if own is None:
        return clause
    given = own.model_dump(exclude_none=True, exclude={"clause_id", "note"})
    return clause.model_copy(update={key: getattr(own, key) for key in given})
