"""An agreement as the other stages use it: clauses under a reading, spans in UTC, zones as areas."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
import shapely

from trucewatch import when
from trucewatch.agreement import powers, zones
from trucewatch.agreement.model import (
    TEXT_READING,
    AgreementDocument,
    Clause,
    Party,
    Reading,
    Replacement,
    SpanOf,
    Standing,
    WeaponClass,
    ZoneOf,
)
from trucewatch.agreement.powers import OPEN_END, Exercise
from trucewatch.agreement.terms import Body
from trucewatch.errors import UsageError

SIDE_KM: Final = 300.0


@dataclass(frozen=True)
class Line:
    """A reference line on the ground, degrees, longitude first."""

    line_id: str
    name: str
    date: dt.date
    note: str
    approximate: bool
    geometry: shapely.Geometry
    names: Mapping[str, str]


@dataclass(frozen=True)
class Agreement:
    """A text with its geometry: frozen, checked, ready to be executed."""

    document: AgreementDocument
    lines: Mapping[str, Line]
    areas: Mapping[str, shapely.Geometry]
    """Drawn polygons by the code that zones name in `feature`."""
    objects: Mapping[str, shapely.Geometry]
    """Protected objects by class."""
    acts: tuple[Exercise, ...] = ()
    """What was recorded under its powers, in effect or not."""

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

    @cached_property
    def party_ids(self) -> tuple[str, ...]:
        """The sides of the text, by code."""
        return tuple(party.party_id for party in self.document.parties)

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

    def whom(self, code: str) -> Party | Body | None:
        """Return the party or body of a code; None where it is neither."""
        named = {party.party_id: party for party in self.document.parties}
        return named.get(code) or {body.body_id: body for body in self.document.bodies}.get(code)

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

    def with_acts(self, statements: pl.DataFrame) -> "Agreement":
        """Return the text with what `statements` (table of that name) record under its powers.

        An act may be made while the text is in force under any reading: whose reading holds is not for it to say.
        """
        bare = replace(self, acts=())
        spans = [span for reading in self.reading_ids if (span := bare.in_force(reading))]
        whole = when.Span(min(s.start_utc for s in spans), max(s.end_utc for s in spans)) if spans else None
        found = powers.exercised(statements, self.document.clauses, self.party_ids, whole)
        return replace(self, acts=found)

    def in_force(self, reading: str = TEXT_READING) -> when.Span | None:
        """Return the span in which the text was in force under `reading`; None when it never was.

        It ends by its own duration, or as it was extended, or when every party was released from it.
        """
        start = self._start(reading)
        if start is None or self.standing in (Standing.PROPOSED, Standing.ACCEPTED_BY):
            return None
        end = max([self._end_of_text(start, reading), *self._extended("")])
        return when.Span(start, max(start, min(end, self._all_released(()))))

    def held(self, reading: str = TEXT_READING) -> tuple[when.Span, ...]:
        """Return when the text was in force and not suspended under `reading`."""
        force = self.in_force(reading)
        return powers.without([force] if force else [], [each.span for each in self._in_effect("suspend", "")])

    def released(self, clause: Clause) -> Mapping[str, dt.datetime]:
        """Return since when which bearers of a clause are released from it."""
        freed: dict[str, dt.datetime] = {}
        for each in (*self._in_effect("release", ""), *self._in_effect("release", clause.clause_id)):
            if each.by:
                freed[each.by] = min(each.from_utc, freed.get(each.by, OPEN_END))
        bearers = clause.bearers or self.party_ids
        return {party: since for party, since in freed.items() if party in bearers}

    def windows(self, power: str) -> tuple[Exercise, ...]:
        """Return what was authorised under the clause `power`, each with its span and perhaps its place."""
        return tuple(each for each in self.acts if (each.clause_id, each.effect) == (power, "in_effect"))

    def clause_spans(
        self, clause: Clause, reading: str = TEXT_READING, *, supposed: when.Span | None = None
    ) -> tuple[when.Span, ...]:
        """Return when `clause` holds, in UTC, as spans that do not overlap.

        For a text never in force: nothing, unless it is `supposed` to have been in force for a span (UTC), for a
        back-test. An obligation with `complete_by_day` holds from that day on: before it, what it forbids may still be there.
        A clause that depends on a power holds only where that was exercised; a suspended one does not.
        """
        text = self.in_force(reading) or supposed
        if text is None:
            return ()
        start, end, span = text.start_utc, text.end_utc, clause.span
        first = self.local_instant(span.start) if span.start else self.days_after(start, span.from_day or 0, reading)
        last = self.local_instant(span.end) if span.end else end
        if span.to_day is not None:
            last = self.days_after(start, span.to_day, reading)
        if deadline := self.complete_by(clause, start, reading):
            first = max(first, deadline)
        if clause.upon:
            first = max(first, min((each.from_utc for each in self.windows(clause.upon)), default=OPEN_END))
        last = min(last, self._all_released(clause.bearers))
        if last <= first:
            return ()
        whole = when.Span(first, last)
        spans = self._daily(whole, span) if span.daily_from else (whole,)
        if clause.only_within:
            spans = powers.within(spans, [each.span for each in self.windows(clause.only_within)])
        gaps = [*self._in_effect("suspend", ""), *self._in_effect("suspend", clause.clause_id)]
        return powers.without(spans, [each.span for each in gaps]) if gaps else spans

    def days_after(self, start: dt.datetime, days: float, reading: str = TEXT_READING) -> dt.datetime:
        """Return the instant so many days after entry into force at `start`: days of the local clock under `reading`."""
        return when.days_later(start, days, self._clock(reading))

    def complete_by(self, clause: Clause, start: dt.datetime, reading: str = TEXT_READING) -> dt.datetime | None:
        """Return when a clause is to be complete, counted from entry into force at `start`, or as it was extended."""
        if clause.complete_by_day is None:
            return None
        own = self.days_after(start, clause.complete_by_day, reading)
        return max([own, *self._extended(clause.clause_id)])

    def _in_effect(self, does: str, clause_id: str) -> list[Exercise]:
        """Return the acts in effect that touch a clause by name; "" for those that touch the whole text."""
        touched = {c.clause_id: (c.power.of or ("",)) for c in self.document.clauses if c.power}
        return [
            each
            for each in self.acts
            if each.does == does and each.effect == "in_effect" and clause_id in touched[each.clause_id]
        ]

    def _extended(self, clause_id: str) -> list[dt.datetime]:
        """Return the ends to which the text ("") or a clause's deadline was extended."""
        return [each.until_utc for each in self._in_effect("extend", clause_id) if each.until_utc]

    def _all_released(self, bearers: tuple[str, ...]) -> dt.datetime:
        """Return when the last of `bearers` (all parties when empty) was released from the text, or a far end."""
        freed: dict[str, dt.datetime] = {}
        for each in self._in_effect("release", ""):
            freed[each.by or ""] = min(each.from_utc, freed.get(each.by or "", OPEN_END))
        return max(freed.get(party, OPEN_END) for party in bearers or self.party_ids)

    @cached_property
    def sides(self) -> Mapping[str, shapely.Geometry]:
        """What lies within 300 km of the line of contact, by the party whose side it is; empty where no line tells sides.

        Raises UsageError when the line has no two sides.
        """
        told = self.document.line_of_contact or next((line.line_id for line in self.document.lines if line.left), None)
        line = next((each for each in self.document.lines if each.line_id == told), None)
        if line is None or not line.left or not line.right:
            return {}
        drawn = self.lines[line.line_id].geometry
        return {line.left: zones.within(drawn, SIDE_KM, "left"), line.right: zones.within(drawn, SIDE_KM, "right")}

    def zone_geometry(self, zone_id: str, reading: str = TEXT_READING) -> shapely.Geometry:
        """Return the area of a zone, degrees, longitude first. `reading` names whose clause asks; zones are its own."""
        del reading  # a reading names another zone; a zone is the same for everybody
        return self._zones[zone_id]

    def zone_area_km2(self, zone_id: str) -> float:
        """Return how large a zone is, km²."""
        return zones.area_km2(self.zone_geometry(zone_id))

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
        if own and own.entry_into_force:
            return when.to_utc(own.entry_into_force, self._clock(reading)).start_utc
        return self.local_instant(self.document.entry_into_force) if self.document.entry_into_force else None

    def _clock(self, reading: str) -> ZoneInfo:
        """Return the time zone in which `reading` counts."""
        own = self.reading(reading)
        return when.zone(own.time_zone) if own and own.time_zone else self.zone_info

    def _end_of_text(self, start: dt.datetime, reading: str) -> dt.datetime:
        """Return the instant at which the text ends by its own duration, as `reading` counts it."""
        own = self.reading(reading)
        days = self.document.duration_days if own is None or own.duration_days is None else own.duration_days
        return OPEN_END if days is None else self.days_after(start, days, reading)

    def local_instant(self, local: dt.datetime) -> dt.datetime:
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
            return self.local_instant(local)
        except when.NoSuchLocalTimeError:
            return self._hour(local + dt.timedelta(minutes=1))


def _replace(clause: Clause, own: Replacement | None) -> Clause:
    """Return `clause` with what a reading replaces in it."""
    if own is None:
        return clause
    given = own.model_dump(exclude_none=True, exclude={"clause_id", "note"})
    return clause.model_copy(update={key: getattr(own, key) for key in given})
