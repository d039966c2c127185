"""A small world with known truth: events on a line, seen by four sources with errors and clutter of their own."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from trucewatch import tables
from trucewatch.fuse import fuse, learn

ACTS = np.array(["shelling", "small_arms_fire", "drone_strike", "explosion"])
SOURCES = {  # detection, position error m, time error s, clutter share, share of rows that name the act right
    "camera": (0.3, 300.0, 30.0, 0.10, 0.95),
    "database": (0.7, 5000.0, 20_000.0, 0.10, 0.85),
    "patrol": (0.5, 1000.0, 300.0, 0.15, 0.90),
    "sound": (0.6, 2000.0, 60.0, 0.25, 0.70),
}
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def world(events: int = 900, *, days: float = 12.0, seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return table `observations` and observation_id, event, true_lon, true_lat, true_s (clutter is its own event)."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(36, 39, events), 48 + rng.normal(0, 0.1, events)
    at, act = rng.uniform(0, days * 86_400, events), rng.integers(0, len(ACTS), events)
    frames, clutter_from = [], events
    for name, (seen_share, sigma, tau, clutter, right) in SOURCES.items():
        seen = np.flatnonzero(rng.random(events) < seen_share)
        n, c = len(seen), int(len(seen) * clutter / (1 - clutter))
        own = np.c_[rng.uniform(36, 39, c), 48 + rng.normal(0, 0.1, c), rng.uniform(0, days * 86_400, c)]
        true = np.r_[np.c_[lon, lat, at][seen], own]
        north, east = rng.normal(0, sigma, (2, n + c)) / 111_195
        named = np.where(rng.random(n) < right, act[seen], rng.integers(0, len(ACTS), n))
        frames.append(pl.DataFrame({
            "source_id": name, "act": ACTS[np.r_[named, rng.integers(0, len(ACTS), c)]],
            "s": true[:, 2] + rng.normal(0, tau, n + c), "time_error_s": tau,
            "lon_deg": true[:, 0] + east / np.cos(np.radians(true[:, 1])), "lat_deg": true[:, 1] + north,
            "error_major_m": sigma, "error_minor_m": sigma, "error_azimuth_deg": 0.0,
            "event": np.r_[seen, np.arange(clutter_from, clutter_from + c)],
            "true_lon": true[:, 0], "true_lat": true[:, 1], "true_s": true[:, 2],
        }))  # fmt: skip
        clutter_from += c
    rows = pl.concat(frames).with_row_index("n").with_columns(pl.format("o{}", "n").alias("observation_id"))
    moment = (pl.lit(START) + pl.duration(microseconds=(pl.col("s") * 1e6).cast(pl.Int64))).dt.cast_time_unit("us")
    rows = rows.with_columns(start_utc=moment, end_utc=moment)
    kept = [name for name in tables.dtypes("observations") if name in rows.columns]
    return rows.select(kept), rows.select("observation_id", "event", "true_lon", "true_lat", "true_s")


@pytest.fixture(scope="session")
def made():
    """Return observations, truth, the learned model, and what was fused; do not change them."""
    observations, truth = world()
    model = learn(observations)
    return observations, truth, model, fuse(observations, model)
