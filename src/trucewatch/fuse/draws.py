"""Table `draws`: whole partitions from the posterior, for the rows whose incident is not certain.

Any count's uncertainty follows from them: count in each draw, and look at how the counts spread. An incident that people
decided on stands in each draw as they decided it. Blocks draw apart, but with the same random numbers for the same row. A row that
its block puts with a row of another block goes where that block puts that row, if it stays there; else those that went together
stay together at home. Where a source would tell one event twice so, the one at home stays, then the lesser, and the other is alone.
"""

import numba
import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.fuse.gate import Int32s
from trucewatch.fuse.rows import Ints


@numba.njit(cache=True, nogil=True)
def settle(state, final, base, rows, block, source, repeats, fixed, cluster):  # type: ignore[no-untyped-def]
    """Fill `final` (n, d), the first row of each row's cluster in each draw, for one block's rows and their visitors.

    All arrays begin at the block's first row, which is number `base`; `rows` of them are its own, the others those of later blocks
    that may visit. `state` (n, d): the first row by each row's own block. `fixed` (n,): rows of incidents that people decided on,
    which stay as in `cluster`. Numbers in `state`, `final` and `cluster` are those of the whole.
    """
    touched, head, follow = np.empty(rows, np.bool_), np.empty(rows, np.int32), np.empty(len(state), np.int32)
    regrouped, by = np.empty(rows, np.int32), np.empty(rows, np.int32)
    told = np.full(len(repeats), -1, dtype=np.int64)
    for k in range(state.shape[1]):
        touched[:], head[:], regrouped[:] = False, -1, -1
        some = False
        for i in range(len(state)):
            s = state[i, k] - base
            if i < rows and fixed[i]:
                final[i, k] = cluster[i]
            elif not fixed[i] and 0 <= s < rows:
                first = state[s, k] - base
                if first >= 0 and not fixed[s] and not fixed[first]:
                    final[i, k] = first + base
                    if i >= rows:
                        touched[first], some = True, True
                else:
                    if regrouped[s] < 0 or by[s] != block[i]:
                        regrouped[s], by[s] = i, block[i]
                    final[i, k] = regrouped[s] + base
        if some:
            for i in range(len(state) - 1, -1, -1):
                first = final[i, k] - base
                if 0 <= first < rows and touched[first] and not fixed[i]:
                    follow[i], head[first] = head[first], i
            for first in np.flatnonzero(touched):
                _tell_once(final, k, base, rows, head[first], follow, source, repeats, told, first * state.shape[1] + k)


@numba.njit(cache=True, nogil=True)
def _tell_once(final, k, base, rows, head, follow, source, repeats, told, name):  # type: ignore[no-untyped-def]
    """Of one cluster, listed from `head` by `follow`, let what a source tells twice be alone: one at home stays, then the lesser.

    `told` (sources,): the last cluster, by name, in which a source was met.
    """
    for away in range(2):
        i = head
        while i >= 0:
            if (i >= rows) == (away == 1) and not repeats[source[i]]:
                if told[source[i]] == name:
                    final[i, k] = i + base
                told[source[i]] = name
            i = follow[i]


@numba.njit(cache=True, nogil=True)
def contents(final, base, rows, key, kept):  # type: ignore[no-untyped-def]
    """Return (rows, d) what the clusters hold that begin at a block's own rows: a sum of hashes of those `kept`, as in `settle`."""
    total = np.zeros((rows, final.shape[1]), dtype=np.uint64)
    for i in range(len(final)):
        if not kept[i]:
            continue
        name = hashed(key[i])
        for k in range(final.shape[1]):
            first = final[i, k] - base
            if 0 <= first < rows:
                total[first, k] += name
    return total


@numba.njit(cache=True, nogil=True)
def hashed(key):  # type: ignore[no-untyped-def]
    """Return a key mixed once more, so that sums of several tell them apart."""
    x = (key + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return x ^ (x >> np.uint64(32))


@numba.njit(cache=True, nogil=True)
def sums_of(cluster, key, kept):  # type: ignore[no-untyped-def]
    """Return (n,) what each row's cluster holds: a sum of hashes of those `kept`."""
    total = np.zeros(len(cluster), dtype=np.uint64)
    for i in range(len(cluster)):
        if kept[i]:
            total[cluster[i]] += hashed(key[i])
    return total[cluster]


@numba.njit(cache=True, nogil=True)
def uncertain(final, held, base, content, fixed):  # type: ignore[no-untyped-def]
    """Say of each row whether its incident is another in some draw. `final`, `content`, `fixed`: of the rows.

    `held`: what `contents` told of rows `base` and on; whoever went before these is uncertain.
    """
    out = np.zeros(len(final), dtype=np.bool_)
    for i in range(len(final)):
        if not fixed[i]:
            for k in range(final.shape[1]):
                out[i] |= final[i, k] < base or held[final[i, k] - base, k] != content[i]
    return out


def draws_of(ids: pl.Series, rows: Ints, first: Int32s) -> pl.DataFrame:
    """Return table `draws` of rows. `ids`: of all rows at hand; `rows` (n,) numbers among them, `first` (n, d) likewise."""
    names = ids.gather(rows)
    frames = [
        pl.DataFrame({"draw": k + 1, "observation_id": names, "incident_id": ids.gather(first[:, k])})
        for k in range(first.shape[1])
    ]
    return pl.concat([tables.empty("draws"), *(frame.cast(tables.dtypes("draws")) for frame in frames)])  # type: ignore[arg-type]
