"""What was fused before and what comes, by the blocks that they make together, and which of these change."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import polars as pl

from trucewatch.fuse.blocks import Block, Extent, Reach
from trucewatch.fuse.density import DAY_S, Background, instants, levels_of, log_level
from trucewatch.fuse.held import (
    BINS,
    NEEDED,
    Runs,
    bins_of,
    bins_together,
    counted,
    counts_together,
    extents_of,
    prepared,
    spans_of,
)
from trucewatch.fuse.piles import widened
from trucewatch.fuse.rows import Ints, keys_of
from trucewatch.fuse.shelf import Keys, Shelf, Standing

DAY_US: Final = int(DAY_S * 1e6)


class Joint:
    """Observations on a shelf without those whose keys are `gone` (their instants `at`), and those that come."""

    def __init__(self, shelf: Shelf, standing: Standing | None, coming: Runs, gone: Keys, at: Ints) -> None:
        self.shelf, self.coming, self.gone = shelf, coming, gone
        self.old = sorted(standing.asked) if standing else []
        self._old_start = np.array([block.start for block in self.old], dtype=np.int64)
        self._left = {self.old[k] for k in np.searchsorted(self._old_start, np.unique(at), side="right") - 1}
        bins = [standing.bins if standing else pl.DataFrame(schema=BINS)]
        counts = [standing.counts] if standing else []
        for block in sorted(self._left):
            frame = prepared(shelf.get("observations", block), coming.model.piles)
            is_gone = pl.Series(np.isin(keys_of(frame["observation_id"]), gone))
            name, rows = counted(frame.filter(is_gone), coming.model)
            counts.append((name, -rows))
            bins = [bins[0].filter(~_inside(block)), *bins[1:], bins_of(frame.filter(~is_gone))]
        self.bins, self.counts = bins_together([*bins, coming.bins]), counts_together([*counts, coming.counts])
        self.extents: Sequence[Extent] = extents_of(self.bins)
        self._standing = standing
        self.asked = standing.asked if standing else {}
        self._put: set[int] = set()
        self._start = np.array([extent.block.start for extent in self.extents], dtype=np.int64)

    def frame(self, which: int) -> pl.DataFrame:
        """Return the observations of a block; one with other rows than before is put on the shelf when it is read first."""
        block, whole = self.extents[which].block, self.whole(which)
        if which not in self._put and self._has_others(block):
            self._put.add(which)
            at = prepared(whole.with_row_index("_n"), self.coming.model.piles, "_n")
            self.shelf.put("observations", block, whole[at["_n"].to_numpy()])
        return prepared(whole, self.coming.model.piles)

    def block_at(self, instant: int) -> int:
        """Return the number of the last block that begins at or before an instant, µs; 0 where none does."""
        return max(int(np.searchsorted(self._start, instant, side="right")) - 1, 0)

    def _has_others(self, block: Block) -> bool:
        """Say whether a block holds other rows than before."""
        return block not in self.asked or block in self._left or self.coming.holds(block)

    def among(self, ids: Iterable[str]) -> set[str]:
        """Return which of some ids are those of an observation here: nobody asks, since nobody decides here."""
        raise NotImplementedError

    def whole(self, which: int) -> pl.DataFrame:
        """Return the observations of a block with all their columns."""
        block, found = self.extents[which].block, []
        for old in self.before(block):
            frame = self.shelf.get("observations", old)
            if old in self._left:
                frame = frame.filter(~pl.Series(np.isin(keys_of(frame["observation_id"]), self.gone)))
            if old.length > block.length:
                at = instants(widened(frame.select(NEEDED), self.coming.model.piles))
                frame = frame.filter(pl.Series((at >= block.start) & (at < block.end)))
            found.append(frame)
        return pl.concat([*found, self.coming.within(block)])

    def before(self, block: Block) -> list[Block]:
        """Return the blocks of before that have time in common with a block."""
        low = max(int(np.searchsorted(self._old_start, block.start, side="right")) - 1, 0)
        high = int(np.searchsorted(self._old_start, block.end))
        return [old for old in self.old[low:high] if old.end > block.start]

    def changed(self, background: Background) -> list[int]:
        """Return the blocks that hold other rows than before, or rows whose density is another."""
        if not self._standing:
            return list(range(len(self.extents)))
        levels = levels_of(background, *self.counts)
        name = np.union1d(self.counts[0], self._standing.counts[0])
        old = log_level(levels_of(background, *self._standing.counts), name)
        days = np.unique(name[log_level(levels, name) != old] >> 16) * DAY_US
        out = []
        for number, extent in enumerate(self.extents):
            first, last = extent.first_us // DAY_US * DAY_US, extent.last_us
            other_level = np.searchsorted(days, first) < np.searchsorted(days, last, side="right")
            if self._has_others(extent.block) or other_level:
                out.append(number)
        return out

    def touched(self, changed: Sequence[int], reach: Reach, *, echoes: bool) -> list[int]:
        """Return the blocks that are, or may reach, blocks that changed, as they are or as they were.

        Where there are `echoes`, what is one follows from the blocks around, and what is around blocks from that.
        """
        if not self._standing:
            return list(changed)
        were = bins_together([self._standing.bins, self.coming.bins])
        found = reach.near(spans_of(were, [*(self.extents[number].block for number in changed), *sorted(self._left)]))
        return reach.near([self.extents[number] for number in found]) if echoes else found


def _inside(block: Block) -> pl.Expr:
    """Say which bins lie in a block."""
    return (pl.col("first_us") >= block.start) & (pl.col("first_us") < block.end)
