"""Furnaces and burning fields in worlds with known truth, where few sources look: how sure fusion is that rows are of an event."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import truth, worlds
from benchmarks.breakages import BREAKAGES
from trucewatch.fuse import fuse, learn

ROWS, SEEDS = 10_000, (101, 102)
LOOKING = (("satfire",), ("satfire", "public"), ("satfire", "patrol"))
CASES = ("satfire sees furnaces", "satfire in a burning season")


def main() -> None:
    """Print a line for each scenario, breakage and set of sources: means of the seeds."""
    for scenario in ("easy", "medium"):
        for case in CASES:
            for looking in LOOKING:
                found = np.mean([measured(scenario, case, looking, seed) for seed in SEEDS], axis=0)
                f1, real, clutter, events = found
                print(
                    f"   {scenario}, {case}, {' and '.join(looking)} alone: f1 {f1:.3f} · real {real:.3f} · mean real_probability"
                    f" of satfire's rows of {'furnaces' if 'furnaces' in case else 'fields'} {clutter:.3f}, of events {events:.3f}",
                    flush=True,
                )


def measured(scenario: str, case: str, looking: tuple[str, ...], seed: int) -> tuple[float, float, float, float]:
    """Return F1, calibration error of `real_probability`, and its mean for rows of the clutter that was added and of events."""
    with tempfile.TemporaryDirectory() as name:
        whole = truth.read(worlds.make(ROWS, scenario, Path(name), seed=seed))
    world = BREAKAGES[case](whole, np.random.default_rng(seed))
    rows = world.observations.filter(pl.col("source_id").is_in(list(looking)))
    world = replace(world, observations=rows, truth=world.truth.join(rows, on="observation_id", how="semi"))
    fused = fuse(rows, learn(rows))
    marks = truth.marks(world, fused)
    told = fused.members.join(fused.incidents, on="incident_id").join(world.truth, on="observation_id")
    mine = told.join(rows.filter(pl.col("source_id") == "satfire"), on="observation_id", how="semi")
    added, real = pl.col("observation_id").str.contains("-clutter-"), pl.col("is_real")
    of_both = mine.select(
        clutter=pl.col("real_probability").filter(added).mean(), events=pl.col("real_probability").filter(real).mean()
    )
    return marks["f1"], marks["real_calibration"], *of_both.row(0)
