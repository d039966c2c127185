"""The section [release] of a mission document."""

from pydantic import Field, field_validator

from trucewatch.acts import FUSED_CODES
from trucewatch.documents import Strict


class ReleaseSettings(Strict):
    """What a mission may tighten, and what its agreement provides; it can loosen nothing below these bounds."""

    public_delay_hours: float = Field(default=24, ge=24, le=10_000, description="nothing younger leaves to the public")
    cell_resolution: int = Field(
        default=6, ge=3, le=6, description="H3 cells where there is no settlement: 6 is 36 km²"
    )
    settlement_reach_m: float = Field(
        default=10_000, ge=2_000, le=50_000, description="farther from all, a cell is used"
    )
    agreed_delay_hours: float | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="for parties and coalition alike, as agreed; absent: as for the public",
    )
    k: int = Field(default=5, ge=3, le=1_000, description="incidents of a sensitive kind leave in groups of so many")
    sensitive_days: int = Field(default=7, ge=1, le=366, description="their time is told as a span of so many days")
    further_sensitive_acts: tuple[str, ...] = Field(
        default=(), description="kinds of acts that are sensitive too, beside violence against civilians, threats to "
        "monitors and restrictions of their access",
    )  # fmt: skip

    @field_validator("further_sensitive_acts")
    @classmethod
    def _are_acts(cls, acts: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(acts) - set(FUSED_CODES)):
            raise ValueError(f"no such acts: {unknown}")
        return acts

    def delay_hours(self, audience: str) -> float:
        """Return how old an incident must be for an audience; the same for all parties."""
        agreed = self.agreed_delay_hours
        return agreed if agreed is not None and audience in ("parties", "coalition") else self.public_delay_hours
