"""The peer that is hardest to beat: rows of two sources within so many km and hours, linked best first, tuned on the truth."""

from itertools import product

import numba
import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from benchmarks.truth import EARTH_M, f1_of

KM = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 48.0)
HOURS = (0.1, 0.3, 1.0, 3.0, 6.0, 12.0, 24.0, 36.0)


def best_window(rows: pl.DataFrame, truth: pl.DataFrame) -> tuple[float, float, float]:
    """Return the greatest pairwise F1 of any window, with its km and hours: no one who lacks the truth can choose it."""
    return max((f1_of(truth, members(rows, km, hours))[0], km, hours) for km, hours in product(KM, HOURS))


def members(rows: pl.DataFrame, km: float, hours: float) -> pl.DataFrame:
    """Return table `members`: pairs in the window merge their clusters, the nearest first, each source once in a cluster."""
    lat = rows["lat_deg"].to_numpy()
    east = (rows["lon_deg"].to_numpy() - 31) * EARTH_M / 1000 * np.cos(np.radians(lat.mean()))
    north = (lat - 48) * EARTH_M / 1000
    middle = (rows["start_utc"].dt.epoch("us").to_numpy() + rows["end_utc"].dt.epoch("us").to_numpy()) / 2
    at = np.column_stack([east / km, north / km, (middle - middle.min()) / 3600e6 / hours])
    pairs = cKDTree(at).query_pairs(2**0.5, output_type="ndarray")
    away = at[pairs[:, 0]] - at[pairs[:, 1]]
    space, time = away[:, 0] ** 2 + away[:, 1] ** 2, away[:, 2] ** 2
    source = rows["source_id"].cast(pl.Categorical).to_physical().to_numpy().astype(np.int64)
    kept = (space <= 1) & (time <= 1) & (source[pairs[:, 0]] != source[pairs[:, 1]])
    pairs = pairs[kept][np.argsort((space + time)[kept], kind="stable")]
    label = _merged(pairs, source, rows.height)
    return pl.DataFrame({"observation_id": rows["observation_id"], "incident_id": label})


@numba.njit(cache=True)
def _merged(pairs, source, n):  # type: ignore[no-untyped-def]
    """Return the cluster of each row."""
    cluster, head, follow = np.arange(n), np.arange(n), np.full(n, -1)
    has = np.left_shift(1, source)
    for k in range(len(pairs)):
        a, b = cluster[pairs[k, 0]], cluster[pairs[k, 1]]
        if a == b or has[a] & has[b]:
            continue
        m, last = head[b], -1
        while m >= 0:
            cluster[m] = a
            last = m
            m = follow[m]
        follow[last] = head[a]
        head[a] = head[b]
        has[a] |= has[b]
    return cluster
