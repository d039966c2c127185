"""From pair probabilities to incidents: the partition with the greatest expected pairwise F1, found greedily.

For a partition with linked pairs L, expected F1 = 2 Σ_L p / (|L| + Σ p) over all pairs. A set of links is worth adding while
its mean p is above F1 / 2 (the same rule as for a classifier's best threshold; Lipton, Elkan & Naryanaswamy 2014). So clusters
are merged, likeliest pair first, while the sum of (p − F1/2) over all pairs between them is positive. F1/2 is learned with the
sources, so that what becomes of a row follows from the rows that likely pairs connect it with, and from no other: without a
pair above F1/2 between them, two clusters never merge. People's "same" and "different" come before all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.errors import UsageError
from trucewatch.fuse.edges import neighbours
from trucewatch.fuse.gate import Int32s
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.fuse.sampling import Float32s, Sampled

ROUNDS: Final = 3
LEAST_PAIR: Final = 0.002  # what is below .01 is many, and its sum counts


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows, the lesser first, and the probability that both are one event."""

    one: Int32s
    other: Int32s
    probability: Float32s

    def without(self, pairs: Ints) -> "Pairs":
        """Return these pairs but for those in `pairs`, (k, 2), the lesser first."""
        if not len(pairs):
            return self
        name, gone = self.one.astype(np.int64) << 32 | self.other, pairs[:, 0] << 32 | pairs[:, 1]
        kept = ~np.isin(name, gone)
        return Pairs(self.one[kept], self.other[kept], self.probability[kept])

    def moved(self, by: int) -> "Pairs":
        """Return the same pairs where the numbers of rows are greater by so many."""
        return Pairs(self.one + np.int32(by), self.other + np.int32(by), self.probability)


def joined(each: Sequence[Pairs]) -> Pairs:
    """Return pairs of several parts as one."""
    if not each:
        return Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
    one, other = np.concatenate([p.one for p in each]), np.concatenate([p.other for p in each])
    return Pairs(one, other, np.concatenate([p.probability for p in each]))


def obey(decisions: pl.DataFrame | None, index: Mapping[str, int]) -> tuple[Ints, Ints, pl.DataFrame]:
    """Return people's "same" and "different" as pairs of rows, shapes (k, 2), and table `contradictions`.

    `decisions`: columns observation_a, observation_b, decision. Decisions on rows that are not here are left for later. Where a
    chain of "same" joins two rows that are "different", none of that chain and none that contradicts it is obeyed: all are told.
    """
    told = tables.empty("contradictions")
    if decisions is None or decisions.is_empty():
        return np.empty((0, 2), dtype=np.int64), np.empty((0, 2), dtype=np.int64), told
    kinds: dict[str, list[tuple[int, int]]] = {"same": [], "different": []}
    for a, b, kind in decisions.select("observation_a", "observation_b", "decision").iter_rows():
        if kind not in kinds:
            raise UsageError(f"no such decision: {kind!r}", where=f"{a}, {b}", to_do="use 'same' or 'different'")
        if a in index and b in index:
            kinds[kind].append((min(index[a], index[b]), max(index[a], index[b])))
    pairs = {kind: np.unique(np.array(of, dtype=np.int64).reshape(-1, 2), axis=0) for kind, of in kinds.items()}
    group = np.arange(len(index))
    for a, b in pairs["same"]:
        group[group == group[b]] = group[a]
    torn = np.unique([group[a] for a, b in pairs["different"] if group[a] == group[b]])
    kept, lines, names = {}, [], list(index)
    for kind, of in pairs.items():
        bad = np.isin(group[of[:, 0]], torn) & (group[of[:, 0]] == group[of[:, 1]])
        kept[kind] = of[~bad]
        lines += [(*sorted((names[a], names[b])), kind) for a, b in of[bad]]
    if lines:
        frame = pl.DataFrame(lines, schema=tables.dtypes("contradictions"), orient="row")
        told = tables.conform(frame.sort("observation_a", "observation_b", "decision"), "contradictions")
    return kept["same"], kept["different"], told


def halves_joined(one: Int32s, other: Int32s, half: Float32s) -> Pairs:
    """Return pairs from what the moves of both rows say, in order: the mean of the two halves; what is missing counts as 0."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    name = low.astype(np.int64) << 32 | high
    order = np.argsort(name, kind="stable")
    name, half = name[order], half[order]
    first = np.flatnonzero(np.append(True, name[1:] != name[:-1])) if len(name) else np.empty(0, np.int64)
    twice = np.append(name[1:] == name[:-1], False)[first]
    total = half[first] + np.where(twice, half[np.minimum(first + 1, max(len(half) - 1, 0))], np.float32(0))
    return _kept(Pairs(low[order][first], high[order][first], np.minimum(total / np.float32(2), np.float32(1))))


def pairs_within(sampled: Sampled, low: int, high: int) -> Pairs:
    """Return the pairs of a block's core, rows `low` until `high`, in order."""
    one, other, probability = _within(sampled.one, sampled.other, sampled.half, low, high)
    return _kept(Pairs(one, other, probability))


def _kept(pairs: Pairs) -> Pairs:
    """Return the pairs of at least `LEAST_PAIR`."""
    kept = pairs.probability >= LEAST_PAIR
    return Pairs(pairs.one[kept], pairs.other[kept], pairs.probability[kept])


@numba.njit(cache=True, nogil=True)
def _within(one, other, half, low, high):  # type: ignore[no-untyped-def]
    """Join the halves of pairs whose rows both lie from `low` until `high`; the halves are in order of one, then other."""
    start = np.zeros(high - low + 1, dtype=np.int64)
    for k in range(len(one)):
        start[one[k] - low + 1] += 1
    start = np.cumsum(start)
    out_one, out_other = np.empty(len(one) // 2, dtype=np.int32), np.empty(len(one) // 2, dtype=np.int32)
    probability, count = np.empty(len(one) // 2, dtype=np.float32), 0
    for k in range(len(one)):
        i, j = one[k], other[k]
        if low <= i < j < high:
            back = start[j - low] + np.searchsorted(other[start[j - low] : start[j - low + 1]], i)
            out_one[count], out_other[count] = i, j
            probability[count] = min((half[k] + half[back]) / np.float32(2), np.float32(1))
            count += 1
    return out_one[:count], out_other[:count], probability[:count]


def link_probability(rows: Rows, sampled: Sampled, repeats: np.ndarray) -> float:
    """Return half of the F1 that is expected of the best partition of all rows: the mean probability that links must have."""
    n = len(rows)
    pairs = pairs_within(sampled, 0, n)
    mass, f1 = float(pairs.probability.sum(dtype=np.float64)), 0.8
    nobody = np.empty((0, 2), dtype=np.int64)
    for _ in range(ROUNDS):
        cluster = partition(pairs, n, rows.source, repeats, f1 / 2, nobody, nobody)
        linked = cluster[pairs.one] == cluster[pairs.other]
        sizes = np.bincount(cluster, minlength=n)
        links = float((sizes * (sizes - 1) // 2).sum())
        f1 = 2 * float(pairs.probability[linked].sum(dtype=np.float64)) / max(links + mass, 1e-9)
    return f1 / 2


def partition(
    pairs: Pairs, n: int, source: np.ndarray, repeats: np.ndarray, link: float, same: Ints, different: Ints
) -> Int32s:
    """Return the cluster of each of n rows: the smallest row of its cluster. Rows are named in canonical order."""
    part = _connected(pairs.one, pairs.other, pairs.probability, link, same, n)
    inner = np.flatnonzero(part[pairs.one] == part[pairs.other])
    one, other, probability = pairs.one[inner], pairs.other[inner], pairs.probability[inner]
    order = np.lexsort((other, one, -probability))
    one, other, probability = one[order], other[order], probability[order]
    start, to, p_to = neighbours(one, other, probability, n)
    banned_start, banned, _ = neighbours(different[:, 0], different[:, 1], np.zeros(len(different), np.float32), n)
    return np.asarray(
        _merge(one, other, probability, start, to, p_to, n, link, source, repeats, same, banned_start, banned)
    )


@numba.njit(cache=True, nogil=True)
def _connected(one, other, probability, link, same, n):  # type: ignore[no-untyped-def]
    """Return for each row the least row that pairs above `link`, or people's "same", connect it with."""
    root = np.arange(n, dtype=np.int32)
    for k in range(len(one) + len(same)):
        if k < len(one):
            if probability[k] <= link:
                continue
            a, b = one[k], other[k]
        else:
            a, b = np.int32(same[k - len(one), 0]), np.int32(same[k - len(one), 1])
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        root[max(a, b)] = min(a, b)
    for i in range(n):
        root[i] = root[root[i]]
    return root


@numba.njit(cache=True, nogil=True)
def _merge(one, other, probability, start, to, p_to, n, link, source, repeats, same, banned_start, banned):  # type: ignore[no-untyped-def]
    """Merge clusters, likeliest pair first; the label of a cluster is its smallest row."""
    cluster, size = np.arange(n, dtype=np.int32), np.ones(n, dtype=np.int32)
    head, follow = np.arange(n, dtype=np.int32), np.full(n, -1, dtype=np.int32)
    for k in range(len(same) + len(one)):
        forced = k < len(same)
        i = same[k, 0] if forced else np.int64(one[k - len(same)])
        j = same[k, 1] if forced else np.int64(other[k - len(same)])
        a, b = cluster[i], cluster[j]
        if a == b:
            continue
        if size[a] < size[b] or (size[a] == size[b] and b < a):
            a, b = b, a
        if not forced:
            if probability[k - len(same)] <= link and size[a] == 1 and size[b] == 1:
                continue
            if _apart(a, b, cluster, head, follow, source, repeats, banned_start, banned):
                continue
            gain = -link * size[a] * size[b]
            m = head[b]
            while m >= 0:
                for edge in range(start[m], start[m + 1]):
                    if cluster[to[edge]] == a:
                        gain += p_to[edge]
                m = follow[m]
            if gain <= 0:
                continue
        m, last = head[b], head[b]
        while m >= 0:
            cluster[m] = a
            last = m
            m = follow[m]
        follow[last] = head[a]
        head[a] = head[b]
        head[b] = -1
        size[a] += size[b]
        size[b] = 0
    smallest = np.full(n, n, dtype=np.int32)
    for i in range(n):
        smallest[cluster[i]] = min(smallest[cluster[i]], i)
    return smallest[cluster]


@numba.njit(cache=True, nogil=True)
def _apart(a, b, cluster, head, follow, source, repeats, banned_start, banned):  # type: ignore[no-untyped-def]
    """Say whether two clusters must stay apart: a source would report one event twice, or people said "different"."""
    m = head[b]
    while m >= 0:
        for k in range(banned_start[m], banned_start[m + 1]):
            if cluster[banned[k]] == a:
                return True
        if not repeats[source[m]]:
            o = head[a]
            while o >= 0:
                if source[o] == source[m]:
                    return True
                o = follow[o]
        m = follow[m]
    return False
