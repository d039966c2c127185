"""Blocks: how a table is cut for computing, by its content alone.

Time is cut into spans whose length is a power of two of a microsecond and which begin at its multiples; one is halved while more
than `MOST_ROWS` rows lie in it. A block is sampled together with those rows of others that are candidates of its own rows
(`around` finds what may be one); of what comes out only what its own rows did is kept. So a block's result follows from its rows
and what is around them, and from nothing else: not from the order of rows, nor from how blocks are spread over workers.

Which blocks a block may reach at all is known before any row is read, from `Extent`s: when its first and last rows lie, and how
vague they are at most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from trucewatch.fuse.decide import Pairs, pairs_within
from trucewatch.fuse.gate import GATE, Int32s
from trucewatch.fuse.originals import REACH, Echoes
from trucewatch.fuse.rows import Ints, Rows, together
from trucewatch.fuse.sampling import Float32s, sample
from trucewatch.fuse.weights import Weights
from trucewatch.place import Floats

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


def plan(at: Ints, rows: Ints) -> list[tuple[Block, int, int]]:
    """Return the blocks of rows, in order, each with its bins from and until.

    `at`: where the bins begin that have rows, in order (µs, multiples of 2^`SHORTEST`), `rows`: how many each has.
    """
    found: list[tuple[Block, int, int]] = []
    until = np.concatenate([[0], np.cumsum(rows)])
    waiting = [(int(at[0]) >> LONGEST << LONGEST, LONGEST, 0)] if len(at) else []
    while waiting:
        start, length, low = waiting.pop()
        high = int(np.searchsorted(at, start + (1 << length)))
        if length == LONGEST and high < len(at):
            waiting.append((int(at[high]) >> LONGEST << LONGEST, LONGEST, high))
        if until[high] - until[low] > MOST_ROWS and length > SHORTEST:
            half = 1 << length - 1
            middle = int(np.searchsorted(at, start + half))
            waiting += [(start + half, length - 1, middle)] if middle < high else []
            waiting += [(start, length - 1, low)] if middle > low else []
        elif high > low:
            found.append((Block(start, length), low, high))
    return found


@dataclass(frozen=True)
class Extent:
    """What is known of a block before its rows are read; `error_s`, `span_s` are the greatest of its rows."""

    block: Block
    rows: int
    first_us: int
    last_us: int
    error_s: float
    span_s: float

    def sigma_s(self, scale: float) -> float:
        """Return what no row's one-sigma error in time exceeds, where stated ones are wrong by at most a factor `scale`."""
        return max(scale * float(np.hypot(self.error_s, self.span_s / np.sqrt(12))), 1.0)


class Reach:
    """Which blocks may hold candidates or originals of which others, by their numbers in `extents`, which are in order."""

    def __init__(self, extents: Sequence[Extent], time_scale: Floats, echoes: Echoes) -> None:
        self._scale = max(1.0, float(time_scale.max(initial=1.0)))
        self._sigma = np.array([extent.sigma_s(self._scale) for extent in extents])
        self._first, self._until = (
            np.array([getattr(e, name) for e in extents]) / 1e6 for name in ("first_us", "last_us")
        )
        self._echo_s = max((abs(echo.delay_s) + REACH * echo.spread_s for echo in echoes.values()), default=0.0)
        near = [self._near(extent) for extent in extents]
        self._low = np.minimum.accumulate([each[0] for each in near][::-1])[::-1]
        self._high = np.maximum.accumulate([each[-1] for each in near])

    def _near(self, extent: Extent) -> Ints:
        """Return the blocks that rows of an extent may reach."""
        gap = np.maximum(self._first - extent.last_us / 1e6, extent.first_us / 1e6 - self._until)
        far = GATE * np.hypot(extent.sigma_s(self._scale), self._sigma)
        return np.flatnonzero(gap <= np.maximum(far, self._echo_s))

    def near(self, extents: Sequence[Extent]) -> list[int]:
        """Return the blocks that rows of some extents, not those of these blocks maybe, may reach."""
        return sorted({int(b) for extent in extents for b in self._near(extent)})

    def first(self, b: int) -> int:
        """Return the first block that block b, or a later one, may reach."""
        return int(self._low[b])

    def last(self, b: int) -> int:
        """Return the last block that block b, or an earlier one, may reach."""
        return int(self._high[b])

    def around(self, b: int) -> range:
        """Return block b and all that it may reach."""
        return range(self.first(b), self.last(b) + 1)


@dataclass(frozen=True)
class Part:
    """One block with what is around it, as it is sent to a worker: `core` are its own rows, from and until."""

    rows: Rows
    core: tuple[int, int]
    weights: Weights
    seed: int
    burn_in: int
    sweeps: int


def part_of(near: Mapping[int, Rows], which: int, weights: Weights, seed: int, burn_in: int, sweeps: int) -> Part:
    """Return block `which` of `near` (by number, in order) with those rows of the others that its own may reach in time.

    More would do no harm, less would: the gate looks at each pair.
    """
    own = near[which]
    taken = {number: own if number == which else _within_reach(own, rows) for number, rows in near.items()}
    low = sum(len(rows) for number, rows in taken.items() if number < which)
    whole = [rows for rows in taken.values() if len(rows)]
    return Part(together(whole or [own]), (low, low + len(own)), weights, seed, burn_in, sweeps)


def _within_reach(own: Rows, rows: Rows) -> Rows:
    """Return those of `rows` that some of `own` may reach in time, by the vaguest of these."""
    if not len(own) or not len(rows):
        return rows.take(slice(0, 0))
    away = np.maximum(rows.time_s - own.time_s[-1], own.time_s[0] - rows.time_s)
    return rows.take(away <= GATE * np.hypot(own.reach_s.max(), rows.reach_s))


@dataclass(frozen=True)
class Told:
    """What a block's sweeps say of its n rows. Other blocks' rows are named by their keys: n + k is the row with key `outside[k]`.

    `pairs` of its own rows; `one` (own), `other` (not), `half`: its half of pairs with others; the rest as in `Sampled`.
    """

    pairs: Pairs
    one: Int32s
    other: Int32s
    half: Float32s
    real: Float32s
    moments: Float32s
    draws: Int32s
    outside: npt.NDArray[np.uint64]


def work(part: Part) -> Told:
    """Sample one block."""
    low, high = part.core
    found = sample(part.rows, part.weights, part.core, seed=part.seed, burn_in=part.burn_in, sweeps=part.sweeps)
    out = (found.other < low) | (found.other >= high)
    pairs, other, away = pairs_within(found, low, high), found.other[out], (found.draws < low) | (found.draws >= high)
    names = np.unique(np.concatenate([other, found.draws[away]]))
    draws = found.draws - np.int32(low)
    draws[away] = np.searchsorted(names, found.draws[away]) + (high - low)
    return Told(
        Pairs(pairs.one - np.int32(low), pairs.other - np.int32(low), pairs.probability),
        found.one[out] - np.int32(low),
        (np.searchsorted(names, other) + (high - low)).astype(np.int32),
        found.half[out],
        found.real,
        found.moments,
        draws.astype(np.int32),
        part.rows.key[names],
    )
