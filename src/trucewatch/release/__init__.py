"""What each audience may see: keep, drop, coarsen, delay. Fail-closed: what is not listed does not pass."""

from trucewatch.release.groups import masking
from trucewatch.release.policy import AUDIENCES, OUTSIDE, WITHHELD
from trucewatch.release.prepare import Released, prepare
from trucewatch.release.settings import ReleaseSettings

__all__ = ["AUDIENCES", "OUTSIDE", "WITHHELD", "ReleaseSettings", "Released", "masking", "prepare"]
