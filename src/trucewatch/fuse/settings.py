"""The section [fuse] of a mission document."""

from pydantic import Field

from trucewatch.documents import Strict


class FuseSettings(Strict):
    """How long the engine thinks. What decides is the likelihood; no distance is set anywhere."""

    seed: int = Field(default=1, ge=0, lt=2**63, description="seed of every random number")
    window_days: int = Field(
        default=3, ge=2, le=400, description="mission days fused in a run; the last is the reported one"
    )
    learn_every_days: int = Field(
        default=7, ge=1, le=400, description="mission days after which the sources are learned anew; 1: each day"
    )
    sweeps: int = Field(default=48, ge=4, le=10_000, description="Gibbs sweeps that are averaged")
    burn_in: int = Field(default=4, ge=0, le=10_000, description="sweeps before, which are not")
