"""The section [release] of a mission document."""

from pydantic import Field

from trucewatch.documents import Strict


class ReleaseSettings(Strict):
    """What a mission may tighten; it can loosen nothing below these bounds."""

    public_delay_hours: float = Field(default=24, ge=24, le=10_000, description="nothing younger leaves to the public")
    cell_resolution: int = Field(
        default=6, ge=3, le=6, description="H3 cells where there is no settlement: 6 is 36 km²"
    )
    settlement_reach_m: float = Field(
        default=10_000, ge=2_000, le=50_000, description="farther from all, a cell is used"
    )
