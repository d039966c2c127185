"""Accuracy and calibration of fusion without labels, on worlds with known truth: five fresh seeds of each scenario."""

import tempfile
import time
from pathlib import Path

import polars as pl

from benchmarks import worlds
from trucewatch.fuse import fuse, learn

ROWS = 10_000
SEEDS = range(11, 16)
SHOWN = ("f1", "precision", "recall", "expected_f1", "calibration_error")


def main() -> None:
    """Print the mean marks of each scenario."""
    for scenario in ("easy", "medium", "hard"):
        marks: dict[str, list[float]] = {name: [] for name in SHOWN}
        spent = 0.0
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as name:
                world = worlds.make(ROWS, scenario, Path(name) / "world", seed=seed)
                observations = pl.read_parquet(world / "observations.parquet")
                start = time.perf_counter()
                fused = fuse(observations, learn(observations))
                spent += time.perf_counter() - start
                fused.members.write_parquet(world / "members.parquet")
                fused.pairs.write_parquet(world / "pairs.parquet")
                for mark, value in worlds.score(world, world).items():
                    if mark in marks:
                        marks[mark].append(float(value))
        told = " · ".join(f"{mark} {sum(values) / len(values):.3f}" for mark, values in marks.items())
        print(f"   {scenario}: {told} · {ROWS * len(SEEDS) / spent:,.0f} rows/s, learning included")
