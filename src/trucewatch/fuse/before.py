"""What was told before of blocks, for a flow through some of them."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.fuse.blocks import Part, Told
from trucewatch.fuse.rows import Ints
from trucewatch.fuse.shelf import Keys


class Flows(Protocol):
    """A flow under way: `sampled`, `decided` and `told` are the first blocks that are not yet."""

    sampled: int
    decided: int
    told: int

    @property
    def others(self) -> list[int]:
        """The blocks so far of which something is other than it was told."""
        ...

    def decided_in(self, b: int) -> tuple[npt.NDArray[np.bool_], Keys]:
        """Say of the rows of a block which are decided, and return their keys."""
        ...


class Before(Protocol):
    """What was told before of blocks, for a flow through some of them: those that can change, and what these hang together with.

    `first`: where the flow begins; `decided`, `told`: the first blocks that are decided and told anew, those before have stood;
    `asked`: the blocks, in order, of which the sweeps may tell something else now.
    """

    first: int
    decided: int
    told: int
    asked: Sequence[int]

    def known(self, which: int, part: Part) -> Told | None:
        """Return what the sweeps of a block told, if they were asked just this."""
        ...

    def recall(self, which: int) -> Told:
        """Return what the sweeps of a block told that is not asked anew."""
        ...

    def ran(self, which: int, told: Told) -> None:
        """Remember what a block's sweeps told."""
        ...

    def stood(self, which: int, key: Keys) -> pl.DataFrame | None:
        """Return what became before of the rows of a block with these keys, as `shelf.SETTLED`; None where nothing stood."""
        ...

    def changed(self, which: int) -> bool:
        """Say whether the sweeps of a block, or who is an echo in it, may tell something else than before."""
        ...

    def has_stood(self, which: int) -> bool:
        """Say whether the incidents that begin in a block that is decided anew are known to stand as they were told."""
        ...

    def is_over(self, flow: Flows) -> bool:
        """Say whether all that is still to come stands as it was told."""
        ...


class Earlier(Exception):  # noqa: N818
    """An incident that stood hangs together with rows that changed: the flow must begin to decide where that incident does."""

    def __init__(self, rows: Ints) -> None:
        super().__init__(rows)
        self.rows = rows
