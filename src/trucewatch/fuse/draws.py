"""Table `draws`: whole partitions from the posterior, for the rows whose incident is not certain.

Any count's uncertainty follows from them: count in each draw, and look at how the counts spread. An incident that people
decided on stands in each draw as they decided it. Blocks draw apart, but with the same random numbers for the same row: a row that
its block puts with a row of another block goes where that one's block puts that, unless a source would tell one event twice.
"""

from collections.abc import Iterator

import numba
import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.fuse.gate import Int32s
from trucewatch.fuse.rows import Ints


def linked(draws: Int32s, block: Int32s, source: np.ndarray, repeats: np.ndarray) -> None:
    """Follow, in place, the first rows that lie in other blocks; `draws` (d, n) names the first row of each row's cluster."""
    for state in draws:
        _followed(state, block, source, repeats)


@numba.njit(cache=True, nogil=True)
def _followed(state, block, source, repeats):  # type: ignore[no-untyped-def]
    """Follow one state to its first rows; put alone a row from another block whose cluster has a row of its source already.

    Of two such rows of one source the one at home stays, then the lesser.
    """
    is_away = block[state] != block
    touched = np.zeros(len(state), dtype=np.bool_)
    head, follow = np.full(len(state), -1, dtype=np.int32), np.empty(len(state), dtype=np.int32)
    for i in range(len(state)):
        while state[state[i]] != state[i]:
            state[i] = state[state[i]]
        touched[state[i]] |= is_away[i]
    for i in range(len(state) - 1, -1, -1):
        if touched[state[i]]:
            follow[i], head[state[i]] = head[state[i]], i
    told = np.full(len(repeats), -1, dtype=np.int32)
    for first in np.flatnonzero(touched):
        for turn in range(2):
            i = head[first]
            while i >= 0:
                if is_away[i] == (turn == 1) and not repeats[source[i]]:
                    if told[source[i]] == first:
                        state[i] = i
                    told[source[i]] = first
                i = follow[i]


def draws_of(ids: pl.Series, draws: Int32s, cluster: Int32s, decided: Ints) -> Iterator[pl.DataFrame]:
    """Return table `draws`, one frame a draw, from sampled partitions (d, n).

    Rows that are everywhere as in `cluster`, (n,), are left out. `ids`: of the rows; `decided`: rows on which people decided. In a
    draw an incident has the least observation_id of its rows for its name.
    """
    rank = ids.rank("ordinal").to_numpy().astype(np.int32) - 1
    fixed = np.isin(cluster, cluster[decided])
    content = _content(cluster, rank)
    uncertain = np.zeros(len(cluster), dtype=bool)
    states = [np.where(fixed, cluster, state) for state in draws] if fixed.any() else draws
    for state in states:
        uncertain |= _content(state, rank) != content
    told = np.flatnonzero(uncertain)
    told = told[np.argsort(rank[told])]
    names, by_rank = ids.gather(told), ids.sort()
    for number, state in enumerate(states, 1):
        frame = {"draw": number, "observation_id": names, "incident_id": by_rank.gather(_least(state, rank)[told])}
        yield pl.DataFrame(frame, schema=tables.dtypes("draws"))


@numba.njit(cache=True, nogil=True)
def _least(label, rank):  # type: ignore[no-untyped-def]
    """Return for each row the least rank of an id in its cluster."""
    least = np.full(len(label), len(label), dtype=np.int32)
    for i in range(len(label)):
        least[label[i]] = min(least[label[i]], rank[i])
    return least[label]


@numba.njit(cache=True, nogil=True)
def _content(label, rank):  # type: ignore[no-untyped-def]
    """Return for each row a number that tells which rows its cluster holds (a sum of hashes, whatever their order)."""
    total = np.zeros(len(label), dtype=np.uint64)
    for i in range(len(label)):
        x = (np.uint64(rank[i]) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        total[label[i]] += x ^ (x >> np.uint64(32))
    return total[label]
