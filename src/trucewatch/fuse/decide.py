"""From pair probabilities to incidents: the partition with the greatest expected pairwise F1, found greedily.

For a partition with linked pairs L, expected F1 = 2 Σ_L p / (|L| + Σ p) over all pairs. A set of links is worth adding while
its mean p is above F1 / 2 (the same rule as for a classifier's best threshold; Lipton, Elkan & Naryanaswamy 2014). So clusters
are merged, likeliest pair first, while the sum of (p − F1/2) over all pairs between them is positive, and F1 follows from the
result: three rounds settle it. People's "same" and "different" come before all.
"""

from collections.abc import Mapping
from typing import Final

import numba
import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.errors import UsageError
from trucewatch.fuse.rows import Ints
from trucewatch.place import Floats

ROUNDS: Final = 3


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


def partition(
    pairs: Ints, probability: Floats, n: int, source: Ints, repeats: np.ndarray, same: Ints, different: Ints
) -> Ints:
    """Return the cluster of each of n rows: the smallest row of its cluster."""
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -probability))
    pairs, probability = pairs[order], probability[order]
    start = np.zeros(n + 1, dtype=np.int64)
    both = np.concatenate([pairs[:, 0], pairs[:, 1]])
    np.cumsum(np.bincount(both, minlength=n), out=start[1:])
    by_row = np.argsort(both, kind="stable")
    to = np.concatenate([pairs[:, 1], pairs[:, 0]])[by_row]
    p_to = np.tile(probability, 2)[by_row]
    f1, mass = 0.8, float(probability.sum())
    cluster = np.arange(n)
    for _ in range(ROUNDS):
        cluster = _merge(pairs, probability, start, to, p_to, n, f1 / 2, source, repeats, same, different)
        linked = cluster[pairs[:, 0]] == cluster[pairs[:, 1]]
        sizes = np.bincount(cluster, minlength=n)
        links = float((sizes * (sizes - 1) // 2).sum())
        f1 = 2 * float(probability[linked].sum()) / max(links + mass, 1e-9)
    return cluster


@numba.njit(cache=True)
def _merge(pairs, probability, start, to, p_to, n, threshold, source, repeats, same, different):  # type: ignore[no-untyped-def]
    """Merge clusters, likeliest pair first; the label of a cluster is its smallest row."""
    cluster, size = np.arange(n), np.ones(n, dtype=np.int64)
    head, follow = np.arange(n), np.full(n, -1)
    for k in range(len(same) + len(pairs)):
        forced = k < len(same)
        i = same[k, 0] if forced else pairs[k - len(same), 0]
        j = same[k, 1] if forced else pairs[k - len(same), 1]
        a, b = cluster[i], cluster[j]
        if a == b:
            continue
        if size[a] < size[b] or (size[a] == size[b] and b < a):
            a, b = b, a
        if not forced:
            if probability[k - len(same)] <= threshold and size[a] == 1 and size[b] == 1:
                continue
            if _apart(a, b, cluster, head, follow, source, repeats, different):
                continue
            gain = -threshold * size[a] * size[b]
            m = head[b]
            while m >= 0:
                for edge in range(start[m], start[m + 1]):
                    if cluster[to[edge]] == a:
                        gain += p_to[edge]
                m = follow[m]
            if gain <= 0:
                continue
        m, last = head[b], -1
        while m >= 0:
            cluster[m] = a
            last = m
            m = follow[m]
        follow[last] = head[a]
        head[a] = head[b]
        head[b] = -1
        size[a] += size[b]
        size[b] = 0
    smallest = np.full(n, n)
    for i in range(n):
        smallest[cluster[i]] = min(smallest[cluster[i]], i)
    return smallest[cluster]


@numba.njit(cache=True)
def _apart(a, b, cluster, head, follow, source, repeats, different):  # type: ignore[no-untyped-def]
    """Say whether two clusters must stay apart: a source would report one event twice, or people said "different"."""
    for k in range(len(different)):
        x, y = cluster[different[k, 0]], cluster[different[k, 1]]
        if (x == a and y == b) or (x == b and y == a):
            return True
    m = head[b]
    while m >= 0:
        if not repeats[source[m]]:
            o = head[a]
            while o >= 0:
                if source[o] == source[m]:
                    return True
                o = follow[o]
        m = follow[m]
    return False
