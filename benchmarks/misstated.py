"""Fusion where sources state wrong errors: F1 with the factors that are learned, and with stated errors believed."""

import tempfile
from pathlib import Path

import polars as pl

from benchmarks import worlds
from trucewatch.fuse import fuse, learn

ROWS, SEED = 10_000, 12
STATED = ("error_major_m", "error_minor_m", "time_error_s")
EVERY = ("patrol", "acoustic", "satfire", "eventdb", "public")
CASES = {  # by what the stated errors are multiplied
    "none": {},
    "all halved": dict.fromkeys(EVERY, 0.5),
    "all doubled": dict.fromkeys(EVERY, 2.0),
    "eventdb halved": {"eventdb": 0.5},
    "public halved, acoustic doubled": {"public": 0.5, "acoustic": 2.0},
}


def main() -> None:
    """Print the F1 of each scenario and case."""
    for scenario in ("easy", "medium", "hard"):
        with tempfile.TemporaryDirectory() as name:
            world = worlds.make(ROWS, scenario, Path(name) / "world", seed=SEED)
            observations = pl.read_parquet(world / "observations.parquet")
            for case, factors in CASES.items():
                factor = pl.col("source_id").replace_strict(factors, default=1.0, return_dtype=pl.Float64)
                rows = observations.with_columns(pl.col(*STATED) * factor) if factors else observations
                learned = learn(rows)
                scales = pl.col("quantity").str.ends_with("error_scale")
                blind = learned.with_columns(value=pl.when(scales).then(1.0).otherwise("value"))
                one, other = (_f1(rows, model, world) for model in (learned, blind))
                print(f"   {scenario}, {case}: f1 {one:.3f} · without the factors {other:.3f}", flush=True)


def _f1(rows: pl.DataFrame, model: pl.DataFrame, world: Path) -> float:
    """Return the pairwise F1 of the rows fused with a model."""
    fused = fuse(rows, model)
    fused.members.write_parquet(world / "members.parquet")
    fused.pairs.write_parquet(world / "pairs.parquet")
    return float(worlds.score(world, world)["f1"])
