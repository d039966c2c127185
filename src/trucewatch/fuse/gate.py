"""Which rows may be one event: pairs within a gate that follows from their own errors, and not hopeless by their own odds.

Beyond `GATE` sigmas of the difference the likelihood is below e^-8 of its peak. Rows of one source and like errors form a class;
each pair of classes is searched on a grid as wide as its own reach, so that one wide error does not widen all searches. Some of
the rows are the core: only pairs with at least one of them are looked for.
"""

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from trucewatch.fuse.rows import Rows
from trucewatch.fuse.weights import Weights

GATE: Final = 4.0
LEAST_LOG_ODDS: Final = -6.0  # a pair below this is no candidate: its own probability is under .25 %
COLUMN: Final = np.int64(1 << 31)  # squares of the grid are named column * COLUMN + line
Int32s = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Candidates:
    """Pairs of rows that may be one event, each once, the lesser row first, in no order."""

    one: Int32s
    other: Int32s
    odds: npt.NDArray[np.float32]  # of being one event against two, by themselves


def candidates(
    rows: Rows, weights: Weights, core: tuple[int, int] | None = None, least: float = LEAST_LOG_ODDS
) -> Candidates:
    """Return the pairs with at least one row in `core` (from, until; all rows without it) whose log odds are above `least`."""
    low, high = core or (0, len(rows))
    one, other = np.empty(max(4 * (high - low), 64), np.int32), np.empty(max(4 * (high - low), 64), np.int32)
    odds, count = np.empty(len(one), np.float32), 0
    arrays = (
        rows.u_m, rows.north_m, rows.cos_lat, rows.time_s, rows.variance, rows.sigma_m, rows.sigma_s, rows.source, rows.act,
        rows.log_density, weights.pair, weights.company, weights.real,
    )  # fmt: skip
    classes = _classes(rows)
    for x, (source_a, a_rows) in enumerate(classes):
        for y, (source_b, b_rows) in enumerate(classes[x:]):
            if source_a != source_b or weights.repeats[source_a]:
                one, other, odds, count = _between(
                    a_rows, b_rows, y == 0, low, high, least, arrays, one, other, odds, count
                )
    return Candidates(one[:count], other[:count], odds[:count])


def _classes(rows: Rows) -> list[tuple[int, Int32s]]:
    """Return rows of one source whose errors are within a factor of four of each other, with the source."""
    wide, long = (np.floor(np.log2(sigma) / 2).astype(np.int64) + 64 for sigma in (rows.sigma_m, rows.sigma_s))
    label = (rows.source.astype(np.int64) << 16) | (wide << 8) | long
    kinds, of = np.unique(label, return_inverse=True)
    return [(int(kind) >> 16, np.flatnonzero(of == k).astype(np.int32)) for k, kind in enumerate(kinds)]


@numba.njit(cache=True, nogil=True)
def _between(a_rows, b_rows, same, low, high, least, arrays, one, other, odds, count):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915
    """Add the pairs of two classes; of one class with itself each pair once. Return the arrays, grown where need be."""
    u, north, cos_lat, time, variance, sigma_m, sigma_s, source, act, log_density, pair, company, real = arrays
    reach_m = GATE * np.hypot(sigma_m[a_rows].max(), sigma_m[b_rows].max())
    reach_s = GATE * np.hypot(sigma_s[a_rows].max(), sigma_s[b_rows].max())
    reach_u = reach_m / max(min(cos_lat[a_rows].min(), cos_lat[b_rows].min()), 0.02)
    name = np.empty(len(b_rows), dtype=np.int64)
    first_core, last_core = np.inf, -np.inf
    for k in range(len(b_rows)):
        j = b_rows[k]
        name[k] = np.int64(np.floor(u[j] / reach_u)) * COLUMN + np.int64(np.floor(north[j] / reach_m))
        if low <= j < high:
            first_core, last_core = min(first_core, time[j]), max(last_core, time[j])
    order = np.argsort(name, kind="mergesort")
    b_rows, name = b_rows[order], name[order]
    times = time[b_rows]
    for i in a_rows:
        core = low <= i < high
        if not core and (time[i] < first_core - reach_s or time[i] > last_core + reach_s):
            continue
        early, late = time[i] - reach_s, time[i] + reach_s
        middle = np.int64(np.floor(u[i] / reach_u)) * COLUMN + np.int64(np.floor(north[i] / reach_m))
        for column in range(-1, 2):
            at = np.searchsorted(name, middle + column * COLUMN - 1)
            last = middle + column * COLUMN + 1
            while at < len(name) and name[at] <= last:
                here = name[at]
                end = at + np.searchsorted(name[at:], here + 1)
                k = at + np.searchsorted(times[at:end], early)
                at = end
                while k < end and times[k] <= late:
                    j = b_rows[k]
                    k += 1
                    if (same and j <= i) or not (core or low <= j < high):
                        continue
                    e = (u[j] - u[i]) * 0.5 * (cos_lat[i] + cos_lat[j])
                    n, t = north[j] - north[i], time[j] - time[i]
                    far = (e * e + n * n) / (sigma_m[i] ** 2 + sigma_m[j] ** 2)
                    if far + t * t / (sigma_s[i] ** 2 + sigma_s[j] ** 2) > GATE * GATE:
                        continue
                    v_e, v_n = variance[i, 0] + variance[j, 0], variance[i, 1] + variance[j, 1]
                    v_en, v_t = variance[i, 2] + variance[j, 2], variance[i, 3] + variance[j, 3]
                    det = v_e * v_n - v_en * v_en
                    quad = (v_n * e * e - 2 * v_en * e * n + v_e * n * n) / det + t * t / v_t
                    best = i if sigma_m[i] < sigma_m[j] or (sigma_m[i] == sigma_m[j] and i < j) else j
                    log_odds = pair[source[i], act[i], source[j], act[j]] - 0.5 * (quad + np.log(det * v_t))
                    log_odds += log_density[best] - (log_density[i] + log_density[j])  # the same for (j, i), to the bit
                    if log_odds <= least:
                        continue
                    if company[0] > 0.0:
                        v, w = sigma_m[i] ** 2 + sigma_m[j] ** 2 + company[1], v_t + company[2]
                        near = np.exp(-0.5 * ((e * e + n * n) / v + t * t / w) - log_density[best]) / (v * np.sqrt(w))
                        log_odds -= np.log1p(company[0] * near * (real[source[i]] * real[source[j]]))
                        if log_odds <= least:
                            continue
                    if count == len(one):
                        one, other, odds = _grown(one), _grown(other), _grown(odds)
                    one[count], other[count] = min(i, j), max(i, j)
                    odds[count] = np.exp(log_odds)
                    count += 1
    return one, other, odds, count


@numba.njit(cache=True, nogil=True)
def _grown(array):  # type: ignore[no-untyped-def]
    """Return the array with room for as much again."""
    out = np.empty(2 * len(array), dtype=array.dtype)
    out[: len(array)] = array
    return out
