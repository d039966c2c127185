"""Run the sweeps over one block of rows: its core and what lies around it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from trucewatch.fuse import edges, kernels
from trucewatch.fuse.gate import Candidates, Int32s, candidates
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.fuse.tails import has_tails, squares_of, squares_of_one
from trucewatch.fuse.weights import LOG_2PI_3_2, Weights, heavier, log_event_share
from trucewatch.place import Floats

DRAWS: Final = 20
WHOLE_EVERY: Final = 4
Float32s = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sampled:
    """What the kept sweeps say of a block's core of n rows; rows are named by their numbers among the rows given.

    From each core row's own moves follows half of what is known of a pair: `one` (core), `other`, `half`. `real` (n,):
    probability of being an event; `moments` (n, 7): see `kernels.add_moments`, means; `draws` (d, n): the first row of its
    cluster in sweeps evenly spread; `cluster`: the last state, of all rows taken part, with `taken` their numbers.
    """

    one: Int32s
    other: Int32s
    half: Float32s
    real: Float32s
    moments: Float32s
    draws: Int32s
    taken: Int32s
    cluster: Ints
    wide: Floats  # (n, 2) the scales, in place and time, of the rows taken, in the last state
    scales: Floats  # (S, K, K): of rows in clusters of several, how many had which, on average


def sample(
    rows: Rows, weights: Weights, core: tuple[int, int] | None = None,
    *, seed: int, burn_in: int, sweeps: int, cluster: Ints | None = None,
) -> Sampled:  # fmt: skip
    """Do `burn_in` + `sweeps` sweeps over the rows of `core` (all without it) and their candidates; average the latter.

    They begin from all alone, or from a partition `cluster` of all rows.
    """
    low, high = core or (0, len(rows))
    pairs = candidates(rows, weights, (low, high))
    taken = _taken(pairs, low, high)
    if (low, high) != (0, len(rows)):
        rows, pairs = rows.take(taken), _among(rows, weights, pairs, taken, low, high)
        low, high = (int(np.searchsorted(taken, edge)) for edge in (low, high))
    n = len(rows)
    start, to, odds = edges.neighbours(pairs.one, pairs.other, pairs.odds, n)
    middle, near, near_odds, place = edges.parted(start, to, odds, kernels.LIKELY)
    graph = (start, middle, near, near_odds)
    given = _given(rows, weights)
    cluster = np.arange(n) if cluster is None else cluster.copy()
    state = np.zeros((n, kernels.ACTS + len(weights.act_share)))
    head, follow, free = np.full(n, -1, np.int32), np.full(n, -1, np.int32), np.zeros(n + 1, np.int32)
    chains = (cluster, head, follow, free, np.zeros(n, np.uint64), state)
    kernels.lay_out(chains, given)
    pair_sum, real_sum, moments = np.zeros(len(to)), np.zeros(n), np.zeros((n, 7))
    times = np.zeros((n, 4), np.int64)
    times[:, :2] = -1
    tails = _tails(rows, weights)
    reckoned = (
        pair_sum, real_sum, np.zeros(len(to)), np.zeros(len(to), np.float32), np.zeros((n, 4)), times,
        np.zeros(n, np.int64), np.full(n, kernels.ALONE, np.int32),
    )  # fmt: skip
    most = int(np.diff(start).max(initial=0)) + 1
    room = np.zeros(n, np.int32), np.empty(most, np.int64), np.empty(most), np.empty(most, np.int32)
    draws = np.empty((min(DRAWS, sweeps), n), np.int32)
    drawn = now = wholes = 0
    for number in range(burn_in + sweeps):
        kept = number - burn_in
        whole = kept % WHOLE_EVERY == 0
        if tails:
            kernels.sweep_with_tails(number, seed, kept >= 0, whole, graph, chains, reckoned, given, tails, room)
        else:
            now = kernels.sweep(number, seed, kept >= 0, whole, now, graph, chains, reckoned, given, room)
        wholes += whole and kept >= 0
        if kept >= 0 and (kept + 1) * len(draws) // sweeps > drawn:
            kernels.firsts(cluster, draws[drawn])
            kernels.add_moments(cluster, state, given[0], moments)
            drawn += 1
    if tails:
        kernels.add_rest(graph, reckoned, sweeps / max(wholes, 1))
    else:
        kernels.add_all(graph, reckoned, given[4], sweeps / max(wholes, 1))
    mine = slice(int(start[low]), int(start[high]))
    one = np.repeat(np.arange(low, high), np.diff(start[low : high + 1]))
    return Sampled(
        one=taken[one],
        other=taken[to[mine]],
        half=(pair_sum[place[mine]] / sweeps).astype(np.float32),
        real=(real_sum[low:high] / sweeps).astype(np.float32),
        moments=(moments[low:high] / max(drawn, 1)).astype(np.float32),
        draws=taken[draws[:, low:high]],
        taken=taken,
        cluster=cluster,
        wide=np.sqrt(given[0][:, [kernels.V_E, kernels.V_T]] / rows.variance[:, [0, 3]]),
        scales=tails[5] / sweeps if tails else weights.tails,
    )


def _given(rows: Rows, weights: Weights) -> tuple[np.ndarray, ...]:
    """Return what the kernels are given of the rows: numbers, sources, bits, named acts, event shares, key."""
    heavy = heavier(rows, weights)
    alone = weights.alone[rows.source, rows.act] + rows.log_density + heavy
    base = weights.first[rows.source] - alone - LOG_2PI_3_2
    again = np.where(weights.repeats, weights.again - weights.first, -np.inf)[rows.source]
    columns = [
        rows.u_m, rows.north_m, rows.time_s, rows.cos_lat, rows.variance, base, again, rows.log_density, rows.sigma_m,
        weights.real[rows.source], rows.variance[:, 3],
    ]  # fmt: skip
    bit = np.uint64(1) << np.minimum(rows.source, 63).astype(np.uint64)
    named, event = weights.naming[rows.source, rows.act], np.exp(log_event_share(rows, weights, heavy))
    return np.column_stack(columns), rows.source, bit, named, event, weights.act_share, weights.company, rows.key


def _tails(rows: Rows, weights: Weights) -> tuple[np.ndarray, ...] | None:
    """Return what the kernels are given of tails, if there are any."""
    if not has_tails(weights.tails):
        return None
    shape = weights.tails.shape
    room = np.zeros((2, *shape[1:])), np.zeros(shape[1:]), np.zeros(shape)
    return rows.variance, squares_of(weights.tails), weights.tails, *room, squares_of_one(weights.tails)


def _taken(pairs: Candidates, low: int, high: int) -> Int32s:
    """Return the core and the rows outside it that are candidates of the core."""
    ends = np.concatenate([pairs.one, pairs.other])
    outside = np.unique(ends[(ends < low) | (ends >= high)])
    cut = np.searchsorted(outside, low)
    return np.concatenate([outside[:cut], np.arange(low, high, dtype=np.int32), outside[cut:]]).astype(np.int32)


def _among(rows: Rows, weights: Weights, pairs: Candidates, taken: Int32s, low: int, high: int) -> Candidates:
    """Return the pairs, and those among the rows outside the core, by their numbers among `taken`."""
    around = taken[(taken < low) | (taken >= high)]
    more = candidates(rows.take(around), weights)
    one, other = np.concatenate([pairs.one, around[more.one]]), np.concatenate([pairs.other, around[more.other]])
    place = np.searchsorted(taken, one).astype(np.int32), np.searchsorted(taken, other).astype(np.int32)
    return Candidates(*place, np.concatenate([pairs.odds, more.odds]))
