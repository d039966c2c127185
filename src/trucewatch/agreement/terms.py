"""What a clause asks for or lets somebody do: a duty with its deadlines, a power with those who may exercise it."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trucewatch.documents import Strict

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Days = Annotated[float, Field(ge=0, le=36_525)]
Does = Literal["extend", "suspend", "release", "verify", "authorise"]


class StageOf(Strict):
    """One stage of a duty that is fulfilled in an order: its own deadline, perhaps its own zone, weapons and number."""

    stage: Code
    name: str = Field(min_length=1)
    by_day: Days = Field(description="complete by so many days after entry into force")
    zone: Code | None = Field(default=None, description="the zone of the stage; the clause's own when absent")
    weapons: tuple[Code, ...] = Field(
        default=(), description="classes of weapons of the stage; the clause's when empty"
    )
    at_least: int | None = Field(default=None, ge=1)


class DutyOf(Strict):
    """What is owed, by when, and what shows it.

    Deadlines come from the clause (`start_by_day`, `complete_by_day`), from `by`, from `stages`, or every `every_days`; a
    duty without any of them stands all the time and is looked at in every reported period.
    """

    shown_by: tuple[Code, ...] = Field(
        min_length=1, description="steps that show it was done, or with a count of 0, not"
    )
    against: tuple[Code, ...] = Field(default=(), description="acts in the clause's zone that show it was not done")
    shows: Literal["all", "part"] = Field(
        default="all", description="'part' where a step can never show that all was done: then it is at most partly met"
    )
    at_least: int | None = Field(default=None, ge=1, description="so many are owed, summed over the steps")
    at_most: int | None = Field(default=None, ge=0, description="no more than so many may be found at one inspection")
    by: dt.datetime | None = Field(default=None, description="local time of the agreement, without a zone")
    every_days: float | None = Field(default=None, gt=0, le=3660)
    stages: tuple[StageOf, ...] = ()

    @model_validator(mode="after")
    def _one_kind_of_deadline(self) -> Self:
        given = [name for name in ("by", "every_days", "stages") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"a duty has one kind of deadline; this has {given}")
        if self.by is not None and self.by.tzinfo is not None:
            raise ValueError("times are local to the agreement's time zone; write them without a zone")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at least {self.at_least} are owed, and at most {self.at_most} allowed")
        if both := sorted({*self.shown_by} & {*self.against}):
            raise ValueError(f"the same act shows it and speaks against it: {both}")
        if len({stage.stage for stage in self.stages}) < len(self.stages):
            raise ValueError("a stage stands twice")
        if [stage.by_day for stage in self.stages] != sorted(stage.by_day for stage in self.stages):
            raise ValueError("stages stand in the order of their deadlines")
        return self


class PowerOf(Strict):
    """What may be done under the text by a recorded act, and by whom. Nothing of it ever happens by itself."""

    does: Does
    by: tuple[Code, ...] = Field(default=(), description="parties or bodies that may; all parties when empty")
    consent: Literal["any", "all"] = Field(default="any", description="whether one of them suffices, or all must")
    of: tuple[Code, ...] = Field(default=(), description="clauses that it touches; the whole text when empty")
    at_most_days: Days | None = Field(default=None, description="at most so long at a time")
    trigger: str = Field(default="", description="when the text lets it be exercised; people say whether that is so")


class Body(Strict):
    """A body that the text names: a commission, a mission, a guarantor."""

    body_id: Code
    name: str
    names: dict[str, str] = Field(default={}, description="the name in other languages, by language code")
