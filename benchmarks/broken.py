"""Fusion where the model is wrong: F1 beside a window join that is tuned on the truth, calibration, and what was learned."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import truth, worlds
from benchmarks.breakages import BREAKAGES
from benchmarks.window_join import best_window
from trucewatch.fuse import fuse, learn

ROWS, SEED = 10_000, 101
MOST_CALIBRATION_ERROR = 0.05
REMARKABLE = (
    "position_error_scale", "time_error_scale", "position_pile_m", "date_span_s", "repeat_probability",
    "echo_share", "echo_jitter_m", "echo_delay_s", "lasting_share",
)  # fmt: skip


def main(wanted: list[str] | None = None) -> int:
    """Print a line for each scenario and breakage (or those whose name holds a word of `wanted`); 1 where the bar is missed."""
    missed = 0
    for scenario in ("easy", "medium", "hard"):
        with tempfile.TemporaryDirectory() as name:
            whole = truth.read(worlds.make(ROWS, scenario, Path(name), seed=SEED))
        for case, breakage in BREAKAGES.items():
            if wanted and not any(word in f"{scenario} {case}" for word in wanted):
                continue
            world = breakage(whole, np.random.default_rng(SEED))
            learned = learn(world.observations)
            marks = truth.marks(world, fuse(world.observations, learned))
            window, km, hours = best_window(world.observations, world.truth)
            bad = marks["f1"] < window or marks["calibration_error"] > MOST_CALIBRATION_ERROR
            missed += bad
            gap = marks["expected_f1"] - marks["f1"]
            print(
                f"   {scenario}, {case}: f1 {marks['f1']:.3f} · window {window:.3f} ({km:g} km, {hours:g} h) · calibration error"
                f" {marks['calibration_error']:.3f} · expected above realised {gap:+.3f} · ellipse {marks['ellipse']:.3f}"
                f" · span {marks['span']:.3f}{' · MISSED' if bad else ''}\n      learned: {said(learned)}",
                flush=True,
            )
    return int(missed > 0)


def said(model: pl.DataFrame) -> str:
    """Return what is remarkable of the sources in a `source_model`."""
    plain = (pl.col("quantity").str.ends_with("error_scale") & (pl.col("value") == 1)) | (pl.col("value") == 0)
    of_cell = pl.col("of").str.contains("^[0-9 -]+$")
    kept = model.filter(pl.col("quantity").is_in(REMARKABLE) & ~plain & ~of_cell)
    told = kept.select("source_id", "quantity", "of", "value").rows()
    return " · ".join(f"{s} {q}{' ' + of if of else ''} {v:.4g}" for s, q, of, v in told) or "nothing remarkable"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
