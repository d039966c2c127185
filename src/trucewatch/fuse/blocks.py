"""Blocks: how a table is cut for computing, by its content alone.

Time is cut into spans whose length is a power of two of a microsecond and which begin at its multiples; one is halved while more
than `MOST_ROWS` rows lie in it. A block is sampled together with those rows of others that are candidates of its own rows
(`around` finds what may be one); of what comes out only what its own rows did is kept. So a block's result follows from its rows
and what is around them, and from nothing else: not from the order of rows, nor from how blocks are spread over workers.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from trucewatch.fuse.decide import Pairs, pairs_within
from trucewatch.fuse.gate import GATE, Int32s
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.fuse.sampling import Float32s, sample
from trucewatch.fuse.weights import Weights

MOST_ROWS: Final = 16_384
LONGEST: Final = 43  # 2^43 µs are 102 days
SHORTEST: Final = 30  # 2^30 µs are 18 minutes


@dataclass(frozen=True, order=True)
class Block:
    """A span of time: instants from `start` until `start + 2**length`, µs since 1970."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """Return the first instant after it."""
        return self.start + (1 << self.length)


def plan(at: Ints) -> list[tuple[Block, int, int]]:
    """Return the blocks of rows at instants `at`, in order (µs): each with its rows, from and until."""
    found: list[tuple[Block, int, int]] = []
    waiting = [(int(at[0]) >> LONGEST << LONGEST, LONGEST, 0)] if len(at) else []
    while waiting:
        start, length, low = waiting.pop()
        high = int(np.searchsorted(at, start + (1 << length)))
        if length == LONGEST and high < len(at):
            waiting.append((int(at[high]) >> LONGEST << LONGEST, LONGEST, high))
        if high - low > MOST_ROWS and length > SHORTEST:
            half = 1 << length - 1
            middle = int(np.searchsorted(at, start + half))
            waiting += [(start + half, length - 1, middle)] if middle < high else []
            waiting += [(start, length - 1, low)] if middle > low else []
        elif high > low:
            found.append((Block(start, length), low, high))
    return found


def around(rows: Rows, spans: list[tuple[int, int]], which: int) -> Int32s:
    """Return the rows outside one of `spans` (from, until) that its rows may reach by time and error, in order.

    More would do no harm, less would: the gate looks at each pair.
    """
    low, high = spans[which]
    first, last = rows.time_s[low], rows.time_s[high - 1]
    widest = float(rows.sigma_s[low:high].max())
    found = []
    for a, b in spans:
        if a == low:
            continue
        gap = max(rows.time_s[a] - last, first - rows.time_s[b - 1])
        if gap <= GATE * np.hypot(widest, rows.sigma_s[a:b].max()):
            away = np.maximum(rows.time_s[a:b] - last, first - rows.time_s[a:b])
            found.append(a + np.flatnonzero(away <= GATE * np.hypot(widest, rows.sigma_s[a:b])))
    return np.concatenate([np.empty(0, np.int32), *found]).astype(np.int32)


@dataclass(frozen=True)
class Part:
    """One block with what is around it, as it is sent to a worker: `core` are its own rows, from and until."""

    rows: Rows
    core: tuple[int, int]
    weights: Weights
    seed: int
    burn_in: int
    sweeps: int


@dataclass(frozen=True)
class Told:
    """What a block's sweeps say; rows are named by their numbers in its `Part`.

    `pairs` of its own rows; `one` (own), `other` (not), `half`: its half of pairs with others; the rest as in `Sampled`.
    """

    pairs: Pairs
    one: Int32s
    other: Int32s
    half: Float32s
    real: Float32s
    moments: Float32s
    draws: Int32s


def work(part: Part) -> Told:
    """Sample one block."""
    low, high = part.core
    found = sample(part.rows, part.weights, part.core, seed=part.seed, burn_in=part.burn_in, sweeps=part.sweeps)
    out = (found.other < low) | (found.other >= high)
    return Told(
        pairs_within(found, low, high),
        found.one[out],
        found.other[out],
        found.half[out],
        found.real,
        found.moments,
        found.draws,
    )
