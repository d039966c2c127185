"""Which rows are linked, by whatever way, while rows still come: trees of rows, the least row of each at its root.

Arrays begin at row number `base`; numbers in them and in arguments are those of the whole.
"""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def root_of(root, base, i):  # type: ignore[no-untyped-def]
    """Return the least row that is linked with row i; ways to it become shorter."""
    while root[i - base] != i:
        root[i - base] = root[root[i - base] - base]
        i = root[i - base]
    return i


@numba.njit(cache=True, nogil=True)
def roots_of(root, base, rows):  # type: ignore[no-untyped-def]
    """Return the root of each of some rows."""
    return np.array([root_of(root, base, i) for i in rows])


@numba.njit(cache=True, nogil=True)
def link(root, last, base, one, other):  # type: ignore[no-untyped-def]
    """Link pairs of rows. `last`: at a root, the greatest row that is linked with it."""
    for k in range(len(one)):
        a, b = root_of(root, base, one[k]), root_of(root, base, other[k])
        low, high = min(a, b), max(a, b)
        root[high - base] = low
        last[low - base] = max(last[low - base], last[high - base])


@numba.njit(cache=True, nogil=True)
def are_whole(root, last, cluster, base, low, high, joined):  # type: ignore[no-untyped-def]
    """Say whether all that hangs together with rows `low` until `high`, where not decided yet, lies before row `joined`."""
    for i in range(low, high):  # noqa: SIM110 - numba knows no `all` of a generator
        if cluster[i - base] < 0 and last[root_of(root, base, i) - base] >= joined:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def rooted_in(root, cluster, base, low, high, end):  # type: ignore[no-untyped-def]
    """Return the rows, from `low` until `end`, not decided yet, whose root lies from `low` until `high`; and rows that are decided
    though something linked with them is not.
    """
    out, count = np.empty(end - low, dtype=np.int64), 0
    mixed, wrong = np.empty(2 * (end - low), dtype=np.int64), 0
    is_open = np.zeros(high - low, dtype=np.bool_)
    for i in range(low, end):
        r = root_of(root, base, i)
        if cluster[i - base] < 0 and r < high:
            if r >= low:
                out[count] = i
                count += 1
                is_open[r - low] = True
            elif i < high:  # what began before is decided, and this row is not
                mixed[wrong] = r
                wrong += 1
    for i in range(low, end):
        r = root_of(root, base, i)
        if low <= r < high and is_open[r - low] and cluster[i - base] >= 0:
            mixed[wrong] = i
            wrong += 1
    return out[:count], mixed[:wrong]
