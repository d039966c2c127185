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

from trucewatch.fuse.compiled import BARE
from trucewatch.fuse.rows import Rows
from trucewatch.fuse.tails import squares_of
from trucewatch.fuse.weights import Weights, heavier, log_event_share

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
    heavy = heavier(rows, weights)
    arrays = (
        rows.u_m, rows.north_m, rows.cos_lat, rows.time_s, rows.variance, rows.sigma_m, rows.sigma_s, rows.source, rows.act,
        rows.log_density, weights.pair, weights.company, weights.real, heavy, log_event_share(rows, weights, heavy),
        weights.tails, squares_of(weights.tails), np.empty((2, *weights.tails.shape[1:])),
    )  # fmt: skip
    classes = _classes(rows)
    for x, (source_a, a_rows) in enumerate(classes):
        a_core = _part(a_rows, low, high)
        for source_b, b_rows in classes[x:]:
            if source_a == source_b and not weights.repeats[source_a]:
                continue
            searches = [(a_core, b_rows)]
            if a_rows is not b_rows:  # of one class with itself the first finds all
                searches.append((np.setdiff1d(a_rows, a_core, assume_unique=True), _part(b_rows, low, high)))
            for these, those in searches:
                one, other, odds, count = _between(
                    *_near(rows, these, those), a_rows is b_rows, low, least, arrays, one, other, odds, count
                )
    return Candidates(one[:count], other[:count], odds[:count])


def _classes(rows: Rows) -> list[tuple[int, Int32s]]:
    """Return rows of one source whose errors are within a factor of four of each other, with the source."""
    wide, long = (np.floor(np.log2(sigma) / 2).astype(np.int64) + 64 for sigma in (rows.sigma_m, rows.sigma_s))
    label = (rows.source.astype(np.int64) << 16) | (wide << 8) | long
    kinds, of = np.unique(label, return_inverse=True)
    return [(int(kind) >> 16, np.flatnonzero(of == k).astype(np.int32)) for k, kind in enumerate(kinds)]


def _part(numbers: Int32s, low: int, high: int) -> Int32s:
    """Return of some rows, in order, those from `low` until `high`."""
    return numbers[slice(*np.searchsorted(numbers, (low, high)))]


def _near(rows: Rows, these: Int32s, those: Int32s) -> tuple[Int32s, Int32s]:
    """Return of two classes the rows that the other may reach in time, the fewer first (they search, the others are searched)."""
    if not len(these) or not len(those):
        return these[:0], those[:0]
    reach_s = GATE * np.hypot(rows.reach_s[these].max(), rows.reach_s[those].max())
    for _ in range(2):
        time_s = rows.time_s[those]
        first, last = rows.time_s[these[0]] - reach_s, rows.time_s[these[-1]] + reach_s
        those, these = these, those[np.searchsorted(time_s, first) : np.searchsorted(time_s, last, side="right")]
        if not len(these):
            return these, those[:0]
    return (these, those) if len(these) <= len(those) else (those, these)


@numba.njit(cache=True, nogil=True)
def _between(a_rows, b_rows, same, low, least, arrays, one, other, odds, count):  # type: ignore[no-untyped-def]
    """Add the pairs of two classes; of one class with itself each pair once. Return the arrays, grown where need be."""
    if not len(a_rows) or not len(b_rows):
        return one, other, odds, count
    u, north, cos_lat, time, variance, sigma_m, sigma_s, source, _, log_density = arrays[:10]
    log_event, squares = arrays[14], arrays[16]
    name, root, v_t = np.empty(len(b_rows), dtype=np.int64), np.inf, np.inf
    for j in b_rows:
        root = min(root, np.sqrt(variance[j, 0] * variance[j, 1] - variance[j, 2] ** 2))
        v_t = min(v_t, variance[j, 3])
    most = (sigma_m[b_rows].max(), sigma_s[b_rows].max())
    of_all = (source[b_rows[0]], *most, root, v_t, log_density[b_rows].min(), -log_event[b_rows].min())
    reach_m = GATE * np.hypot(sigma_m[a_rows].max(), sigma_m[b_rows].max())
    reach = np.zeros((len(a_rows), 2, len(squares)))
    if len(squares) > 1:
        for k in range(len(a_rows)):
            _reach_of_tails(a_rows[k], k, reach, of_all, least, arrays)
        reach_m = max(reach_m, np.sqrt(reach[:, 0].max()))
    reach_u = reach_m / max(min(cos_lat[a_rows].min(), cos_lat[b_rows].min()), 0.02)
    for k in range(len(b_rows)):
        j = b_rows[k]
        name[k] = np.int64(np.floor(u[j] / reach_u)) * COLUMN + np.int64(np.floor(north[j] / reach_m))
    order = np.argsort(name, kind="mergesort")
    b_rows, name = b_rows[order], name[order]
    searched = (b_rows, name, u[b_rows], north[b_rows], cos_lat[b_rows], time[b_rows])
    at = 0
    while at < len(a_rows):
        count, at = _searched(
            a_rows, at, searched, of_all, reach, reach_u, reach_m, same, low, least, arrays, one, other, odds, count
        )
        if at < len(a_rows):
            one, other, odds = _grown(one), _grown(other), _grown(odds)
    return one, other, odds, count


@numba.njit(**BARE)
def _searched(  # type: ignore[no-untyped-def]
    a_rows, at, searched, of_all, reach, reach_u, reach_m, same, low, least, arrays, one, other, odds, count
):
    """Add the pairs of `a_rows` from number `at` on; return how many pairs there are and, where there was no room for more, the
    number of the row at which to go on.
    """
    u, north, cos_lat, time, _, sigma_m, sigma_s = arrays[:7]
    tailed = len(arrays[16]) > 1
    b_rows, name, b_u, b_north, b_cos_lat, b_time = searched
    for a in range(at, len(a_rows)):
        i, before = a_rows[a], count
        square = min(GATE * GATE, 2.0 * (_most_log_odds(i, of_all, 1.0, 1.0, 1.0, 1.0, arrays) - least) + 1e-6)
        v, w = sigma_m[i] ** 2 + of_all[1] ** 2, sigma_s[i] ** 2 + of_all[2] ** 2
        if tailed:
            square, w = 1.0, _latest(a, reach)
        if square < 0.0 or w == 0.0:
            continue
        reach_s = np.sqrt(square * w)
        early, late = time[i] - reach_s, time[i] + reach_s
        middle = np.int64(np.floor(u[i] / reach_u)) * COLUMN + np.int64(np.floor(north[i] / reach_m))
        for column in range(-1, 2):
            k, last = _first(name, 0, len(name), middle + column * COLUMN - 1), middle + column * COLUMN + 1
            while k < len(name) and name[k] <= last:
                end = _first(name, k, len(name), name[k] + 1)
                k = _first(b_time, k, end, early)
                while k < end and b_time[k] <= late:
                    j = b_rows[k]
                    e, n = (b_u[k] - u[i]) * 0.5 * (cos_lat[i] + b_cos_lat[k]), b_north[k] - north[i]
                    t = b_time[k] - time[i]
                    k += 1
                    far, ago = e * e + n * n, t * t
                    near = _is_near(a, far, ago, reach) if tailed else far / v + ago / w <= square
                    if not near or (same and low <= j <= i):
                        continue
                    log_odds = _log_odds(i, j, least, arrays)
                    if log_odds <= least:
                        continue
                    if count == len(one):
                        return before, a
                    one[count], other[count], odds[count] = min(i, j), max(i, j), np.exp(log_odds)
                    count += 1
                k = end
    return count, len(a_rows)


@numba.njit(**BARE)
def _is_near(a, far, ago, reach):  # type: ignore[no-untyped-def]
    """Say whether the squares of a distance and a lag are within reach of the row with number `a`, by any of its scales in time."""
    near = False
    for level in range(reach.shape[2]):
        near |= far < reach[a, 0, level] and ago < reach[a, 1, level]
    return near


@numba.njit(**BARE)
def _latest(a, reach):  # type: ignore[no-untyped-def]
    """Return the greatest square of a lag within reach of the row with number `a`."""
    latest = 0.0
    for level in range(reach.shape[2]):
        latest = max(latest, reach[a, 1, level])
    return latest


@numba.njit(**BARE)
def _most_log_odds(i, of_all, place_i, time_i, place_j, time_j, arrays):  # type: ignore[no-untyped-def]
    """Return what the log odds of row i and any row of a class cannot exceed, if the latter lay where it is likeliest.

    `place_i` and so on: the squares of their scales.
    √det(V + W) ≥ √det V + √det W for two covariances (Minkowski).
    """
    _, _, _, _, variance, sigma_m, _, source, act, log_density, pair, _, _, _, log_event, _, _, _ = arrays
    other, widest_m, _, root, v_t, log_least, unreal = of_all
    most = -np.inf
    for o in range(pair.shape[3]):
        most = max(most, pair[source[i], act[i], other, o])
    if source[i] == other:
        most += max(unreal, -log_event[i])
    root = place_j * root + place_i * np.sqrt(variance[i, 0] * variance[i, 1] - variance[i, 2] ** 2)
    thin = log_density[i] if sigma_m[i] > widest_m else min(log_density[i], log_least)  # of the less precise of two
    return most - np.log(root) - 0.5 * np.log(time_i * variance[i, 3] + time_j * v_t) - thin


@numba.njit(**BARE)
def _reach_of_tails(i, at, reach, of_all, least, arrays):  # type: ignore[no-untyped-def]
    """Fill `reach[at]` (2, K): the squares of how far in place, and in time, row i and any row of a class may lie apart for their
    log odds to be above `least`, by the wider of their scales in time; 0 for none.

    Those odds are of a sum over their scales, of which one at least must then be above `least` less the log of how many there are.
    Beyond `GATE` sigmas of the widest they are no candidates either.
    """
    variance, sigma_m, sigma_s, source = arrays[4:8]
    tails, squares, _ = arrays[15:]
    s, o, n = source[i], of_all[0], len(squares)
    _, widest_m, widest_s, root_j, v_j, _, _ = of_all
    root_i, v_i = np.sqrt(variance[i, 0] * variance[i, 1] - variance[i, 2] ** 2), variance[i, 3]
    most = _most_log_odds(i, of_all, 0.0, 0.0, 1.0, 1.0, arrays) + np.log(root_j) + 0.5 * np.log(v_j) - least
    own, other = 0, 0
    for k in range(n * n):
        own += tails[s, k // n, k % n] > 0.0
        other += tails[o, k // n, k % n] > 0.0
    v_most, w_most, once = 0.0, 0.0, np.exp(most) * own * other
    for level in range(n):
        reach[at, 0, level], reach[at, 1, level] = 0.0, 0.0
    for k in range(n * n):
        if tails[s, k // n, k % n] == 0.0:
            continue
        a, b = squares[k // n], squares[k % n]
        for m in range(n * n):
            if tails[o, m // n, m % n] == 0.0:
                continue
            x, y = squares[m // n], squares[m % n]
            v, w = a * sigma_m[i] ** 2 + x * widest_m**2, b * sigma_s[i] ** 2 + y * widest_s**2
            v_most, w_most = max(v_most, v), max(w_most, w)
            odds = (
                once
                * tails[s, k // n, k % n]
                * tails[o, m // n, m % n]
                / ((a * root_i + x * root_j) * np.sqrt(b * v_i + y * v_j))
            )
            if odds > 1.0:
                square, level = 2.0 * np.log(odds) + 1e-6, max(k % n, m % n)
                reach[at, 0, level] = max(reach[at, 0, level], square * v)
                reach[at, 1, level] = max(reach[at, 1, level], square * w)
    for level in range(n):
        reach[at, 0, level] = min(reach[at, 0, level], GATE * GATE * v_most)
        reach[at, 1, level] = min(reach[at, 1, level], GATE * GATE * w_most)


@numba.njit(**BARE)
def _first(values, low, high, least):  # type: ignore[no-untyped-def]
    """Return the first place from `low` until `high` of a value of at least `least`."""
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(**BARE)
def _log_odds(i, j, least, arrays):  # type: ignore[no-untyped-def]
    """Return the log odds of two rows, the same for (j, i) to the bit; minus infinity beyond the gate."""
    u, north, cos_lat, time, variance, sigma_m, sigma_s, source, act, log_density, pair = arrays[:11]
    company, real, heavy, log_event, _, squares, _ = arrays[11:]
    e = (u[j] - u[i]) * 0.5 * (cos_lat[i] + cos_lat[j])
    n, t = north[j] - north[i], time[j] - time[i]
    far = (e * e + n * n) / (sigma_m[i] ** 2 + sigma_m[j] ** 2)
    if len(squares) == 1 and far + t * t / (sigma_s[i] ** 2 + sigma_s[j] ** 2) > GATE * GATE:
        return -np.inf
    v_e, v_n = variance[i, 0] + variance[j, 0], variance[i, 1] + variance[j, 1]
    v_en, v_t = variance[i, 2] + variance[j, 2], variance[i, 3] + variance[j, 3]
    det = v_e * v_n - v_en * v_en
    quad = (v_n * e * e - 2 * v_en * e * n + v_e * n * n) / det + t * t / v_t
    if len(squares) > 1:
        quad, det, v_t = -2.0 * _log_spread(min(i, j), max(i, j), e, n, t, arrays), 1.0, 1.0
    best = i if sigma_m[i] < sigma_m[j] or (sigma_m[i] == sigma_m[j] and i < j) else j
    log_odds = pair[source[i], act[i], source[j], act[j]] - 0.5 * (quad + np.log(det * v_t))
    log_odds += log_density[best] - (log_density[i] + log_density[j])
    log_odds -= heavy[i] + heavy[j]
    if source[i] == source[j]:
        log_odds -= log_event[best]  # what one source alone tells twice may be clutter
    if log_odds > least and company[0] > 0.0:
        v, w = sigma_m[i] ** 2 + sigma_m[j] ** 2 + company[1], variance[i, 3] + variance[j, 3] + company[2]
        near = np.exp(-0.5 * ((e * e + n * n) / v + t * t / w) - log_density[best]) / (v * np.sqrt(w))
        log_odds -= np.log1p(company[0] * near * (real[source[i]] * real[source[j]]))
    return log_odds


@numba.njit(**BARE)
def _log_spread(i, j, e, n, t, arrays):  # type: ignore[no-untyped-def]
    """Return the log of the density of how far two rows lie apart, but for powers of 2π, summed over their scales.

    It is minus infinity beyond `GATE` sigmas of the widest.
    """
    variance, sigma_m, sigma_s, source = arrays[4:8]
    tails, squares, density = arrays[15:]
    s, o, k, v_i, w_i, v_j, w_j = source[i], source[j], len(squares), 0.0, 0.0, 0.0, 0.0
    for p in range(k):
        for x in range(k):
            if tails[s, p, x] > 0.0:
                v_i, w_i = max(v_i, squares[p]), max(w_i, squares[x])
            if tails[o, p, x] > 0.0:
                v_j, w_j = max(v_j, squares[p]), max(w_j, squares[x])
    far = (e * e + n * n) / (v_i * sigma_m[i] ** 2 + v_j * sigma_m[j] ** 2)
    if far + t * t / (w_i * sigma_s[i] ** 2 + w_j * sigma_s[j] ** 2) > GATE * GATE:
        return -np.inf
    for p in range(k):
        for q in range(k):
            a, b = squares[p], squares[q]
            v_e, v_n = a * variance[i, 0] + b * variance[j, 0], a * variance[i, 1] + b * variance[j, 1]
            v_en, v_t = a * variance[i, 2] + b * variance[j, 2], a * variance[i, 3] + b * variance[j, 3]
            det = v_e * v_n - v_en * v_en
            density[0, p, q] = np.exp(-0.5 * (v_n * e * e - 2 * v_en * e * n + v_e * n * n) / det) / np.sqrt(det)
            density[1, p, q] = np.exp(-0.5 * t * t / v_t) / np.sqrt(v_t)
    total = 0.0
    for p in range(k):
        for x in range(k):
            if tails[s, p, x] > 0.0:
                for q in range(k):
                    for y in range(k):
                        total += tails[s, p, x] * tails[o, q, y] * density[0, p, q] * density[1, x, y]
    return np.log(total) if total > 0.0 else -np.inf


@numba.njit(cache=True, nogil=True)
def _grown(array):  # type: ignore[no-untyped-def]
    """Return the array with room for as much again."""
    out = np.empty(2 * len(array), dtype=array.dtype)
    out[: len(array)] = array
    return out
