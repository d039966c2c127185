"""The section [verify] of a mission document: what the mission relaxes, and whom its clauses concern."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from trucewatch.documents import Strict

State = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Relaxed = Literal[
    "confirmed", "rejected", "corrected", "withdrawn", "same", "different", "correction", "redaction", "release", "notice"
]  # fmt: skip


class Concerned(Strict):
    """A party or a body of the agreement whose nationals and employees do not decide."""

    name: str = Field(min_length=1, description="the party_id or body_id of the agreement")
    states: tuple[State, ...] = Field(default=(), description="whose nationals they are, ISO 3166 with three letters")
    clauses: tuple[str, ...] | None = Field(
        default=None, description="a guarantor: the clauses on which it acts; absent for a party, concerned by all"
    )


class VerifySettings(Strict):
    """What a mission says of its people. The strict rules stand where it says nothing; the report tells what is relaxed.

    It comes into force as an entry of the journal, `trucewatch key rules`: a document changed on a disk changes nothing.
    """

    concerned: tuple[Concerned, ...] = Field(default=(), description="parties, and guarantors with their clauses")
    alone: tuple[Relaxed, ...] = Field(default=(), description="acts that one person may do alone")
    same_state_allowed: bool = Field(default=False, description="whether two people of one state suffice")
    concerned_allowed: bool = Field(
        default=False, description="whether nationals and employees of those concerned may decide"
    )
    own_delivery_allowed: bool = Field(
        default=False, description="whether one may decide on a delivery that one has signed"
    )
    reply_hours: int = Field(default=48, ge=1, le=2_000, description="the least time that parties have to reply")
    claim_minutes: int = Field(default=30, ge=1, le=1_440, description="a task is claimed for no longer")
