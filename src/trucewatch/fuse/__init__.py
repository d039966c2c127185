"""The same event? Learn the sources, then fuse their observations into incidents."""

from trucewatch.fuse.blocks import Block, Told
from trucewatch.fuse.explain import explain
from trucewatch.fuse.fuse import TOLD, Fused, blocks_of, fuse
from trucewatch.fuse.held import NEEDED, Run, Runs, run_of
from trucewatch.fuse.learn import learn
from trucewatch.fuse.memory import read_again, written
from trucewatch.fuse.model import Model, from_table, sources_in
from trucewatch.fuse.naming import aliases_of, renamed
from trucewatch.fuse.onto import onto
from trucewatch.fuse.rows import of_acts
from trucewatch.fuse.settings import FuseSettings
from trucewatch.fuse.shelf import NOWHERE, TABLES, Standing

__all__ = [
    "NEEDED", "NOWHERE", "TABLES", "TOLD", "Block", "FuseSettings", "Fused", "Model", "Run", "Runs", "Standing", "Told",
    "aliases_of", "blocks_of", "explain", "from_table", "fuse", "learn", "of_acts", "onto", "read_again", "renamed",
    "run_of", "sources_in", "written",
]  # fmt: skip
