"""Furnaces, burning fields and besieged towns with known truth, where few sources look: what is taken for an event."""

import datetime as dt
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks import truth, worlds
from benchmarks.breakages import BREAKAGES
from trucewatch.fuse import fuse, learn
from trucewatch.fuse.clutter import clutter_of, log_clutter

ROWS, SEEDS = 10_000, (101, 102)
LOOKING = (("satfire",), ("satfire", "public"), ("satfire", "patrol"))
CASES = ("satfire sees furnaces", "satfire in a burning season")


SIEGES = ((2.0, 2, 0.0), (2.0, 10, 0.0), (1.0, 10, 0.0), (0.5, 25, 0.0), (1.0, 5, 0.0), (0.5, 5, 0.0),
          (1.0, 5, 0.03), (0.5, 5, 0.07), (0.5, 5, 0.15), (0.5, 5, 0.3))  # fmt: skip
SIEGE_DAYS = 150


def main() -> None:
    """Print a line for each scenario, breakage and set of sources (means of the seeds), and for each siege."""
    for spread_km, fires, share in SIEGES:
        town, furnaces = besieged(spread_km, fires, share)
        print(
            f"   siege: {fires} fires a day within {spread_km:g} km (one sigma), reports from there on {share:.0%} of the days:"
            f" called clutter {town:.0%} of the town's rows, {furnaces:.0%} of furnaces'"
        )
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


def besieged(spread_km: float, fires: int, share: float) -> tuple[float, float]:
    """Return which share of the rows of a satellite that are of a besieged town, and of thirty furnaces, is called clutter.

    For 150 days the town has so many `fires` a day, and another source, 3 km precise, reports from it on a `share` of them, and
    on 250 occasions from anywhere.
    """
    random = np.random.default_rng(1)
    n, places = 60 * SIEGE_DAYS, np.c_[random.uniform(22, 40, 30), random.uniform(44, 52, 30)]
    burns, which = np.nonzero(random.random((SIEGE_DAYS, 30)) < 0.35)
    town, told = fires * SIEGE_DAYS, int(share * SIEGE_DAYS)
    anywhere = (
        np.c_[random.uniform(22, 40, number), random.uniform(44, 52, number), random.uniform(0, SIEGE_DAYS, number)]
        for number in (n, 250)
    )
    error = random.normal(0, 135 / truth.EARTH_M, (len(which), 2))
    kinds = {
        "fire": next(anywhere),
        "furnace": np.c_[places[which] + error, burns + 0.46],
        "town": _in_town(random, town, spread_km),
        "report": np.concatenate([_in_town(random, told, 3.0), next(anywhere)]),
    }
    rows = pl.concat([
        pl.DataFrame({"kind": kind, "lon_deg": at[:, 0], "lat_deg": at[:, 1], "day": at[:, 2]}) for kind, at in kinds.items()
    ])  # fmt: skip
    when = pl.lit(dt.datetime(2026, 3, 1, tzinfo=dt.UTC)) + pl.duration(seconds=(pl.col("day") * 86_400).cast(pl.Int64))
    is_report = pl.col("kind") == "report"
    rows = rows.with_columns(
        when.dt.cast_time_unit("us").alias("start_utc"), when.dt.cast_time_unit("us").alias("end_utc"),
        pl.when(is_report).then(pl.lit("reporter")).otherwise(pl.lit("satellite")).alias("source_id"),
        pl.when(is_report).then(pl.lit("weapon_use")).otherwise(pl.lit("fire")).alias("act"),
        pl.when(is_report).then(3000.0).otherwise(135.0).alias("error_major_m"),
    )  # fmt: skip
    lasting = np.isfinite(log_clutter(rows, clutter_of(rows)))
    return tuple(float(lasting[(rows["kind"] == kind).to_numpy()].mean()) for kind in ("town", "furnace"))  # type: ignore[return-value]


def _in_town(random: np.random.Generator, number: int, spread_km: float) -> npt.NDArray[np.float64]:
    """Return longitudes, latitudes and days of rows in a town."""
    north, east = random.normal(0, spread_km * 1000 / truth.EARTH_M, (2, number))
    day = random.uniform(0, SIEGE_DAYS, number)
    return np.column_stack([37.5 + east / np.cos(np.radians(48.5)), 48.5 + north, day])
