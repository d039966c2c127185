"""Blocks whose rows are at hand: each is read when it is asked for first, and forgotten when nothing needs it any more.

Rows have numbers over all blocks, in order; a block's own go from and until `span`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from trucewatch.fuse.blocks import Part, Reach, part_of
from trucewatch.fuse.density import levels_of
from trucewatch.fuse.held import Held, known_rows
from trucewatch.fuse.judged import Heeded
from trucewatch.fuse.model import Model
from trucewatch.fuse.originals import heard
from trucewatch.fuse.rows import Ints, Rows, together
from trucewatch.fuse.settings import FuseSettings
from trucewatch.fuse.shelf import Keys
from trucewatch.fuse.weights import Weights
from trucewatch.place import Floats


@dataclass(frozen=True)
class Read:
    """A block with its echoes told. `of` (n,): the row that each tells again, itself for those that are `kept` (places in here)."""

    frame: pl.DataFrame
    rows: Rows
    of: Ints
    heard_p: Floats
    kept: Ints

    @property
    def sampled(self) -> Rows:
        """The rows that are no echoes."""
        return self.rows if len(self.kept) == len(self.rows) else self.rows.take(self.kept)


class Reading:
    """The blocks of `held`, from block `first` on; `reach` says what lies around each."""

    def __init__(self, held: Held, model: Model, reach: Reach, heeded: Heeded, *, first: int) -> None:
        self._held, self._model, self._reach, self._heeded, self._first = held, model, reach, heeded, first
        self._levels = levels_of(model.background, *held.counts)
        self._start = np.concatenate([[0], np.cumsum([extent.rows for extent in held.extents])]).astype(np.int64)
        self._rows: dict[int, tuple[pl.DataFrame, Rows]] = {}
        self._read: dict[int, Read] = {}
        self._sorted: dict[int, tuple[Keys, Ints]] = {}  # keys in order, and which row has each

    def span(self, b: int) -> tuple[int, int]:
        """Return from and until which row a block goes."""
        return int(self._start[b]), int(self._start[b + 1])

    def blocks_of(self, rows: Ints) -> Ints:
        """Return the block of each row."""
        return np.asarray(np.searchsorted(self._start, rows, side="right") - 1)

    def rows(self, b: int) -> tuple[pl.DataFrame, Rows]:
        """Return a block's observations, and as arrays."""
        if b not in self._rows:
            frame = self._held.frame(b)
            self._rows[b] = frame, known_rows(frame, self._model, self._levels)
        return self._rows[b]

    def block(self, b: int) -> Read:
        """Return a block with its echoes told."""
        if b not in self._read:
            frame, rows = self.rows(b)
            low, high = self.span(b)
            of, probability = np.arange(low, high), np.ones(high - low)
            if self._model.echoes:
                near = self._reach.around(b)
                first = self.span(near[0])[0]
                ids = pl.concat([self.rows(x)[0]["observation_id"] for x in near])
                told = heard(
                    together([self.rows(x)[1] for x in near]), (low - first, high - first), self._model.echoes,
                    self._model.told_share, self._heeded.are_decided(ids),
                )  # fmt: skip
                of, probability = told.of + first, told.probability
            self._read[b] = Read(frame, rows, of, probability, np.flatnonzero(of == np.arange(low, high)))
        return self._read[b]

    def part(self, b: int, weights: Weights, seed: int, settings: FuseSettings) -> Part:
        """Return what a worker needs to sample a block."""
        near = {x: self.block(x).sampled for x in self._reach.around(b)}
        return part_of(near, b, weights, seed, settings.burn_in, settings.sweeps)

    def found(self, b: int, keys: Keys) -> Ints:
        """Return the numbers of rows in blocks around b by their keys; -1 for those before block `first`."""
        found = np.full(len(keys), -1, dtype=np.int64)
        for x in range(max(self._first, self._reach.first(b)), self._reach.last(b) + 1):
            if x not in self._sorted:
                key = self.rows(x)[1].key
                order = np.argsort(key)
                self._sorted[x] = key[order], order
            key, order = self._sorted[x]
            at = np.minimum(np.searchsorted(key, keys), len(key) - 1)
            here = key[at] == keys
            found[here] = order[at[here]] + self.span(x)[0]
        return found

    def at(self, rows: Ints, b: int) -> tuple[pl.DataFrame, Rows]:
        """Return some observations by their numbers, which are in order, and as arrays; none of block b where there are none."""
        blocks = self.blocks_of(rows)
        spans = [(self.rows(x), rows[blocks == x] - self.span(x)[0]) for x in np.unique(blocks).tolist() or [b]]
        frames, arrays = [frame[at] for (frame, _), at in spans], [each.take(at) for (_, each), at in spans]
        return pl.concat(frames), together(arrays)

    def ids(self, blocks: range) -> pl.Series:
        """Return the ids of the observations of some blocks that follow each other."""
        return pl.concat([self.rows(x)[0]["observation_id"] for x in blocks])

    def forget(self, base: int) -> None:
        """Forget the blocks that begin before row `base`."""
        for kept in (self._rows, self._read, self._sorted):
            for x in [x for x in kept if self._start[x] < base]:
                del kept[x]
