"""What was agreed: the frozen models of an agreement document.

A text has a standing and a basis for it; parties with neutral styling; lines, objects and zones; clauses; and party readings
that replace parts of clauses. Geometry stands beside the document as GeoJSON and is drawn by hand unless it says otherwise.
"""

import datetime as dt
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from trucewatch.agreement.terms import Body, Code, Days, DutyOf, PowerOf
from trucewatch.documents import Strict

TEXT_READING = "text"


class Standing(StrEnum):
    """How far a text came."""

    PROPOSED = "proposed"
    ACCEPTED_BY = "accepted_by"
    UNILATERAL = "unilateral"
    AGREED = "agreed"
    IN_FORCE = "in_force"
    EXPIRED = "expired"


class Style(Strict):
    """How a party is drawn: a colour that says nothing, and a dash that prints without colour."""

    colour: str = Field(pattern=r"^#[0-9a-f]{6}$")
    dash: str = Field(default="", pattern=r"^[0-9 ]*$", description="SVG dash pattern")


class Party(Strict):
    """One side of the text. Names imply no opinion on status."""

    party_id: Code
    name: str
    names: dict[str, str] = Field(default={}, description="the name in other languages, by language code")
    style: Style


class LineOf(Strict):
    """A reference line: its geometry is the feature of this `line_id` in the file of lines."""

    line_id: Code
    name: str
    names: dict[str, str] = Field(default={}, description="the name in other languages, by language code")
    date: dt.date = Field(description="the day whose line it is")
    left: Code | None = Field(default=None, description="the party on the left, as one goes along its points")
    right: Code | None = Field(default=None, description="the party on the right, as one goes along its points")
    note: str = ""


class ObjectClass(Strict):
    """A class of protected objects: the features of `object_class` in the file of objects."""

    object_class: Code
    name: str


class WeaponClass(Strict):
    """A class of weapons that the text names, and the words by which sources name its systems."""

    weapon_class: Code
    name: str
    words: tuple[str, ...] = Field(min_length=1, description="a source's word holds one of these, whatever the case")


class ZoneOf(Strict):
    """An area, given as a polygon or derived: exactly one of `feature`, `line`, `between`, `objects` says from what."""

    zone_id: Code
    name: str
    names: dict[str, str] = Field(default={}, description="the name in other languages, by language code")
    feature: Code | None = Field(default=None, description="a polygon of the file of zones")
    line: Code | None = Field(default=None, description="within `distance_km` of this line")
    side: Literal["both", "left", "right"] = Field(
        default="both", description="of the line, as one goes along it in the order of its points"
    )
    between: tuple[Code, Code] | None = Field(default=None, description="between two lines")
    objects: Code | None = Field(default=None, description="within `distance_km` of objects of this class")
    distance_km: float | None = Field(default=None, gt=0, le=1000)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [name for name in ("feature", "line", "between", "objects") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a zone has exactly one of feature, line, between, objects; this has {given or 'none'}")
        if (self.distance_km is None) == (given[0] in ("line", "objects")):
            raise ValueError("distance_km belongs to a zone of a line or of objects, and to no other")
        if self.side != "both" and self.line is None:
            raise ValueError("side belongs to a zone of a line")
        return self


class SpanOf(Strict):
    """When a clause holds: absolute local times, or days after entry into force, perhaps only at hours of the day.

    Days are those of the local clock: the same hour on a later day, whatever the clocks did in between.
    """

    start: dt.datetime | None = Field(default=None, description="local time of the agreement, without a zone")
    end: dt.datetime | None = Field(default=None, description="local time of the agreement, without a zone")
    from_day: Days | None = Field(default=None, description="days after entry into force; 0 by default")
    to_day: Days | None = Field(default=None, description="days after entry into force; the text's own end by default")
    daily_from: dt.time | None = Field(default=None, description="only from this local hour")
    daily_to: dt.time | None = Field(default=None, description="until this local hour; may be past midnight")

    @model_validator(mode="after")
    def _not_contradictory(self) -> Self:
        if (self.start or self.end) and (self.from_day is not None or self.to_day is not None):
            raise ValueError("a span is absolute or relative, not both")
        if any(moment is not None and moment.tzinfo is not None for moment in (self.start, self.end)):
            raise ValueError("times are local to the agreement's time zone; write them without a zone")
        if self.start and self.end and self.end <= self.start:
            raise ValueError("a span ends before it starts")
        if self.to_day is not None and self.to_day <= (self.from_day or 0):
            raise ValueError("a span ends before it starts")
        if (self.daily_from is None) != (self.daily_to is None):
            raise ValueError("daily_from and daily_to belong together")
        return self


class Cap(Strict):
    """At most so many of something in the clause's zone."""

    of: str
    at_most: int = Field(ge=0)


class Clause(Strict):
    """One rule of the text."""

    clause_id: Code
    number: str = Field(description="as the text numbers it")
    name: str = Field(default="", description="what it is about, in a few words; made from the code when empty")
    kind: Literal["prohibit", "oblige", "permit", "except", "power"]
    clause_kinds: tuple[int, ...] = Field(
        default=(), description="numbers of the kinds of clause that it is, see the reference"
    )
    bearers: tuple[Code, ...] = Field(default=(), description="parties or bodies it binds; all parties when empty")
    acts: tuple[Code, ...] = ()
    domains: tuple[Literal["land", "sea", "air"], ...] = Field(default=(), description="all when empty")
    objects: tuple[Code, ...] = Field(default=(), description="classes of objects; any when empty")
    weapons: tuple[Code, ...] = Field(default=(), description="classes of weapons; any when empty")
    aspects: tuple[str, ...] = ()
    zone: Code | None = Field(default=None, description="everywhere when absent")
    span: SpanOf = SpanOf()
    start_by_day: Days | None = Field(
        default=None, description="a duty must begin by so many days after entry into force"
    )
    complete_by_day: Days | None = Field(
        default=None, description="and be complete by so many; from then absence is judged"
    )
    duty: DutyOf | None = Field(default=None, description="what is owed, where no incident shows it")
    power: PowerOf | None = Field(default=None, description="what may be done by a recorded act")
    only_within: Code | None = Field(
        default=None, description="it holds only in times and places set by this clause, a power to authorise"
    )
    unless: Code | None = Field(default=None, description="but not what was authorised under this clause, a power")
    upon: Code | None = Field(default=None, description="it holds from what was verified under this clause, a power")
    caps: tuple[Cap, ...] = ()
    exceptions: tuple[Code, ...] = Field(
        default=(), description="clauses of kind except that may be claimed against it"
    )
    conditions: tuple[str, ...] = ()
    decided_by: str = Field(
        default="", description="the body that decides on exceptions and disputes, as the text names it"
    )
    evidence_threshold: float = Field(
        default=0.5, gt=0, le=1, description="from this probability on it is assessed contrary"
    )
    judged_by_people: str = Field(default="", description="why no machine judges it; empty when one can")
    text: str = Field(min_length=1)
    words_are: Literal["quoted", "paraphrased"]
    citation: str = ""

    @property
    def machine_judged(self) -> bool:
        """Whether incidents can be set against it by the machine."""
        return not self.judged_by_people

    @property
    def leans_on(self) -> frozenset[str]:
        """The clauses without which it cannot be told whether this one holds."""
        named = (*self.exceptions, self.only_within, self.unless, self.upon)
        return frozenset(clause_id for clause_id in named if clause_id is not None)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.complete_by_day is not None and (self.start_by_day or 0) > self.complete_by_day:
            raise ValueError("start_by_day comes after complete_by_day")
        if self.kind in ("prohibit", "permit") and not self.acts and not self.judged_by_people:
            raise ValueError("a clause that a machine judges names its acts, or says in judged_by_people why not")
        if self.clause_id in self.leans_on.union(self.power.of if self.power else ()):
            raise ValueError("a clause depends on itself")
        if len({cap.of for cap in self.caps}) < len(self.caps):
            raise ValueError("two caps of the same thing")
        if self.duty is not None and self.kind != "oblige":
            raise ValueError("only a clause that obliges has a duty")
        if self.power is not None and self.kind != "power":
            raise ValueError("only a clause of kind power has a power")
        return self


class Replacement(Strict):
    """What a party reads differently in one clause; keys of a clause, each replacing its own."""

    clause_id: Code
    zone: Code | None = None
    acts: tuple[Code, ...] | None = None
    objects: tuple[Code, ...] | None = None
    span: SpanOf | None = None
    note: str = ""


class Reading(Strict):
    """The version of parts of the text that a party has, or a body such as a mediator."""

    party_id: Code = Field(description="the party or body whose reading it is")
    note: str
    citation: str = ""
    entry_into_force: dt.datetime | None = Field(default=None, description="where the party counts from another start")
    duration_days: Days | None = Field(default=None, description="where the party counts another duration")
    time_zone: str | None = Field(
        default=None, description="where the party counts by another clock: of its `entry_into_force`, and of days"
    )
    replaces: tuple[Replacement, ...] = ()


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
