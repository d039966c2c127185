"""The candidates of each row as a graph: for each row its edges, one after the other (compressed sparse rows)."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, error_model="numpy")
def neighbours(one, other, odds, n):  # type: ignore[no-untyped-def]
    """Return (start, to, odds) of each row's candidates, both ways, in order."""
    start = np.zeros(n + 1, dtype=np.int64)
    for k in range(len(one)):
        start[one[k] + 1] += 1
        start[other[k] + 1] += 1
    start = np.cumsum(start)
    m = 2 * len(one)
    by_end, weight, at = np.empty((m, 2), dtype=np.int32), np.empty(m, dtype=np.float32), start[:-1].copy()
    for k in range(len(one)):  # first by the row at the far end, then, kept in that order, by the row itself
        for i, j in ((one[k], other[k]), (other[k], one[k])):
            by_end[at[j], 0], by_end[at[j], 1], weight[at[j]] = i, j, odds[k]
            at[j] += 1
    to, sorted_weight = np.empty(m, dtype=np.int32), np.empty(m, dtype=np.float32)
    at = start[:-1].copy()
    for k in range(m):
        i = by_end[k, 0]
        to[at[i]], sorted_weight[at[i]] = by_end[k, 1], weight[k]
        at[i] += 1
    return start, to, sorted_weight


@numba.njit(cache=True, nogil=True, error_model="numpy")
def parted(start, to, odds, least):  # type: ignore[no-untyped-def]
    """Return (middle, to, odds, place): each row's edges with odds above `least` before the others, which begin at `middle`.

    `place`: where each edge of the given order now is.
    """
    middle, place = np.empty(len(start) - 1, dtype=np.int64), np.empty(len(to), dtype=np.int32)
    new_to, new_odds = np.empty_like(to), np.empty_like(odds)
    for i in range(len(start) - 1):
        at = start[i]
        for likely in (True, False):
            for edge in range(start[i], start[i + 1]):
                if (odds[edge] > least) == likely:
                    new_to[at], new_odds[at], place[edge] = to[edge], odds[edge], at
                    at += 1
            if likely:
                middle[i] = at
    return middle, new_to, new_odds, place
