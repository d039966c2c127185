"""Where what was fused is kept, by block, for what comes later."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.fuse.blocks import Block, Told
from trucewatch.fuse.rows import Ints

Keys = npt.NDArray[np.uint64]
NOWHERE: Final = int(np.iinfo(np.int64).min)
SETTLED: Final = {"key": pl.UInt64, "content": pl.UInt64, "first_us": pl.Int64, "last_us": pl.Int64}
"""Columns of what became of a block's rows: their keys, what their incidents hold, and the instants of the first and the last row
that hangs together with them."""
TABLES: Final = ("observations", "incidents", "members", "pairs", "draws", "settled")


@dataclass(frozen=True)
class Standing:
    """What is known of all that was fused before. `given`: a hash of the model and whatever else all of it follows from;
    `asked`: by block, the name of what its sweeps were asked; `lasting`: ids of incidents that are not those of their content.
    """

    given: str
    bins: pl.DataFrame
    counts: tuple[Ints, Ints]
    asked: dict[Block, str]
    lasting: frozenset[str]


class Shelf(Protocol):
    """Where what was fused is kept. What is put takes the place of what is there when `stand` is called, and not before."""

    def standing(self) -> Standing | None:
        """Return what is known of all that stands; None where nothing does."""
        ...

    def where(self, keys: Keys) -> Ints:
        """Return the instants, µs, of rows that stand, by their keys; `NOWHERE` for those that do not."""
        ...

    def get(self, table: str, block: Block) -> pl.DataFrame:
        """Return what stands of one of `TABLES` in a block."""
        ...

    def told(self, block: Block) -> Told:
        """Return what the sweeps of a block told, put last."""
        ...

    def put(self, table: str, block: Block, frame: pl.DataFrame) -> None:
        """Put what a block has of a table."""
        ...

    def put_told(self, block: Block, told: Told) -> None:
        """Put what the sweeps of a block told."""
        ...

    def drop(self, table: str, block: Block) -> None:
        """Take back what was put of a table for a block."""
        ...

    def again(self, table: str, block: Block) -> pl.DataFrame:
        """Return what was put of a table for a block."""
        ...

    def stand(self, standing: Standing, rows: tuple[Keys, Ints], aliases: pl.DataFrame) -> None:
        """Let all that was put stand, and nothing of blocks that are no more. `rows`: keys and instants of the rows that came."""
        ...
