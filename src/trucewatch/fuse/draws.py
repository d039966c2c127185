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
    rows = np.arange(draws.shape[1], dtype=np.int32)
    for state in draws:
        away = np.flatnonzero(block[state] != block)
        if not len(away):
            continue
        while (state[state] != state).any():
            state[:] = state[state]
        _torn(state, away, rows, source, repeats)


@numba.njit(cache=True, nogil=True)
def _torn(state, away, rows, source, repeats):  # type: ignore[no-untyped-def]
    """Put each row of `away` alone whose cluster, in this state, holds a row of its source that comes before it or is not away."""
    touched = np.zeros(len(state), dtype=np.bool_)
    is_away = np.zeros(len(state), dtype=np.bool_)
    for i in away:
        touched[state[i]] = True
        is_away[i] = True
    seen = {(np.int64(-1), np.int64(-1))}
    for turn in range(2):
        for i in rows:
            s = source[i]
            if touched[state[i]] and is_away[i] == (turn == 1) and not repeats[s]:
                name = (np.int64(state[i]), np.int64(s))
                if name in seen:
                    state[i] = i
                seen.add(name)


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
