"""The mission document: one agreement, its sources, its regions, time zone and cut-off.

Each section is a model of the stage that reads it; this module only composes them.
"""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from trucewatch import when
from trucewatch.documents import Strict, parse_toml
from trucewatch.errors import UsageError
from trucewatch.fuse import FuseSettings
from trucewatch.journal import JournalSettings
from trucewatch.judge import JudgeSettings
from trucewatch.release import ReleaseSettings
from trucewatch.verify import VerifySettings

Reference = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class SourceOfMission(Strict):
    """One source of the mission: which reader, which files, and what the reader is told."""

    source: str = Field(description="name of a source; `trucewatch sources` lists them")
    files: tuple[Reference, ...] = Field(
        min_length=1, description="patterns below the data folder, read in sorted order"
    )
    options: dict[str, str] = Field(default={}, description="what the reader is told: names of files beside, a sheet …")

    @field_validator("files")
    @classmethod
    def _stay_inside(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            parts = pattern.split("/")
            if {"", ".", ".."} & set(parts) or "\\" in pattern or "\0" in pattern:
                raise ValueError(f"a pattern must stay below the data folder: {pattern!r}")
            if any("**" in part and part != "**" for part in parts):
                raise ValueError(f"** stands for whole folders, alone between slashes: {pattern!r}")
        return patterns


class Mission(Strict):
    """A mission. References to files are looked for beside the document, then in the folder above it."""

    mission_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the mission's name in small letters")
    title: str = Field(min_length=1, description="heads every page of the report")
    note: str = Field(default="", description="what a reader must know of the data; stands in every report")
    agreement: Reference = Field(description="the document of the agreement that is judged")
    time_zone: str = Field(description="the local clock, such as Europe/Kyiv: files without a zone are read by it")
    cut_off: dt.time = Field(description="local time at which a mission day ends and the next begins, such as 19:30")
    regions: Reference = Field(description="GeoJSON of polygons with `region_id`, by which the report counts")
    basemap: Reference | None = Field(default=None, description="GeoJSON of outlines drawn below the incidents")
    settlements: Reference | None = Field(
        default=None, description="GeoJSON of named points, to which positions are moved for other audiences"
    )
    supposed_start: dt.datetime | None = Field(
        default=None, description="local time from which a text never in force is applied, which makes it a back-test"
    )
    supposed_end: dt.datetime | None = Field(
        default=None, description="local time until which it is applied, with supposed_start"
    )
    first_report_day: dt.date = Field(description="the mission day of report number 1")
    languages: tuple[Literal["en", "uk", "ru", "fr"], ...] = Field(
        default=("en", "uk", "ru", "fr"),
        min_length=1,
        description="the languages of the report; `index.html` is in the first of them",
    )
    sources: tuple[SourceOfMission, ...] = Field(min_length=1, description="who reports, each once")
    fuse: FuseSettings = FuseSettings()
    judge: JudgeSettings = JudgeSettings()
    release: ReleaseSettings = ReleaseSettings()
    verify: VerifySettings = VerifySettings()
    journal: JournalSettings = JournalSettings()

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            when.zone(name)
        except UsageError as error:
            raise ValueError(str(error)) from error
        return name

    @field_validator("languages")
    @classmethod
    def _each_once(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(languages)) < len(languages):
            raise ValueError("a language stands twice")
        return languages

    @field_validator("journal")
    @classmethod
    def _is_its_log(cls, journal: JournalSettings, told: ValidationInfo) -> JournalSettings:
        mission_id = told.data.get("mission_id")
        if journal.log and mission_id and not journal.log.startswith(f"{mission_id}/"):
            raise ValueError(f"log is not the key of the log of {mission_id}: its name begins otherwise")
        return journal

    @field_validator("cut_off", mode="before")
    @classmethod
    def _hours_and_minutes(cls, value: object) -> object:
        return dt.time.fromisoformat(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _local_start(self) -> Self:
        moments = (self.supposed_start, self.supposed_end)
        if any(moment is not None and moment.tzinfo is not None for moment in moments):
            raise ValueError(
                "supposed_start and supposed_end are local times of the mission; write them without a zone"
            )
        if (self.supposed_start is None) != (self.supposed_end is None):
            raise ValueError("supposed_start and supposed_end belong together")
        if self.supposed_start and self.supposed_end and self.supposed_end <= self.supposed_start:
            raise ValueError("supposed_end comes before supposed_start")
        try:
            self.supposed  # noqa: B018  (the clocks may have skipped that hour)
        except UsageError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def clock(self) -> when.Clock:
        """By which mission days are told apart."""
        return when.Clock(when.zone(self.time_zone), self.cut_off)

    def day(self, day: dt.date) -> when.Span:
        """Return the span of mission day `day` in UTC. Raises UsageError for one beyond any mission."""
        return self.clock.day(day)

    def report_number(self, day: dt.date) -> int:
        """Return the number of the report on `day`: 1 on the first report day."""
        return (day - self.first_report_day).days + 1

    @property
    def supposed(self) -> when.Span | None:
        """The span of a back-test, in UTC; None where the text is judged as it was."""
        if self.supposed_start is None or self.supposed_end is None:
            return None
        local = when.zone(self.time_zone)
        return when.Span(
            when.to_utc(self.supposed_start, local).start_utc, when.to_utc(self.supposed_end, local).start_utc
        )


def parse_mission(data: bytes, *, name: str) -> Mission:
    """Parse a mission document. Raises DocumentError with every problem: file, line, key, what, what to do."""
    return parse_toml(data, Mission, name=name)
