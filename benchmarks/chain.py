"""What 48 sweeps lose against a long chain: Brier score and log loss of `pairs` beside those of 2,000 sweeps, with the same model.

Over all pairs that either tells; one that is not told by a run counts there as half of the least that is told.
"""

import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks import truth, worlds
from trucewatch.fuse import FuseSettings, fuse, learn

ROWS: Final = 10_000
SEED: Final = 301
LONG: Final = FuseSettings(burn_in=200, sweeps=2000)
UNTOLD: Final = 0.001
Floats = npt.NDArray[np.float64]


def main() -> None:
    """Print a line for each scenario."""
    print("   | world | Brier, as it is · long | log loss | calibration error | F1 |\n   |---|---|---|---|---|")
    for scenario in ("easy", "medium", "hard"):
        with tempfile.TemporaryDirectory() as name:
            world = truth.read(worlds.make(ROWS, scenario, Path(name), seed=SEED))
        model = learn(world.observations)
        runs = [fuse(world.observations, model, settings=settings) for settings in (None, LONG)]
        pairs = (
            runs[0]
            .pairs.join(runs[1].pairs, on=["observation_a", "observation_b"], how="full", coalesce=True, suffix="_long")
            .with_columns(pl.col("probability", "probability_long").fill_null(UNTOLD))
        )
        events = world.truth.select("observation_id", "event_id")
        for side in ("a", "b"):
            pairs = pairs.join(
                events.rename({"event_id": side}), left_on=f"observation_{side}", right_on="observation_id"
            )
        same = (pairs["a"] == pairs["b"]).to_numpy()
        told = [pairs[name].to_numpy() for name in ("probability", "probability_long")]
        columns = [
            [f"{float(((p - same) ** 2).mean()):.4f}" for p in told],
            [f"{_log_loss(p, same):.4f}" for p in told],
            [f"{truth.calibration_error(p[p >= 0.02], same[p >= 0.02]):.3f}" for p in told],
            [f"{truth.f1_of(events, run.members)[0]:.3f}" for run in runs],
        ]
        print(f"   | {scenario} | " + " | ".join(" · ".join(each) for each in columns) + " |", flush=True)


def _log_loss(p: Floats, same: npt.NDArray[np.bool_]) -> float:
    q = np.clip(p, 1e-4, 1 - 1e-4)
    return float(-np.where(same, np.log(q), np.log1p(-q)).mean())
