"""The same event? Learn the sources, then fuse their observations into incidents."""

from trucewatch.fuse.explain import explain
from trucewatch.fuse.fuse import Fused, fuse
from trucewatch.fuse.learn import learn
from trucewatch.fuse.model import sources_in
from trucewatch.fuse.naming import aliases_of, renamed
from trucewatch.fuse.rows import of_acts
from trucewatch.fuse.settings import FuseSettings

__all__ = [
    "FuseSettings",
    "Fused",
    "aliases_of",
    "explain",
    "fuse",
    "learn",
    "of_acts",
    "renamed",
    "sources_in",
]
