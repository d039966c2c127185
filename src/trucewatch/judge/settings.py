"""The section [judge] of a mission document."""

from pydantic import Field

from trucewatch.documents import Strict


class JudgeSettings(Strict):
    """How findings are told apart; the evidence threshold itself is the agreement's, clause by clause."""

    scope_probability: float = Field(
        default=0.05, gt=0, lt=0.5, description="below this chance an incident is outside a clause's acts, zone or span"
    )
