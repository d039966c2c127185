"""Observations as fusion takes them in: block by block, so that not all need to be held."""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.errors import TableError
from trucewatch.fuse.blocks import Extent, plan
from trucewatch.fuse.density import Levels, counts_of, instants
from trucewatch.fuse.incidents import TOLD
from trucewatch.fuse.model import Model
from trucewatch.fuse.piles import Piles, widened
from trucewatch.fuse.rows import KEYS, Ints, Rows, canonical_order, of_acts, rescaled, rows_of

NEEDED: Final = (*KEYS, *TOLD)


class Held(Protocol):
    """Observations that are kept somewhere, by block. `counts`: of rows by day and widest square, as `density.counts_of` tells."""

    extents: Sequence[Extent]
    counts: tuple[Ints, Ints]

    def frame(self, which: int) -> pl.DataFrame:
        """Return the observations of a block, as `prepared` gives them."""
        ...

    def among(self, ids: Iterable[str]) -> set[str]:
        """Return which of some ids are those of an observation here."""
        ...


def prepared(observations: pl.DataFrame, piles: Piles) -> pl.DataFrame:
    """Return what fusion needs of observations, in canonical order: acts only, with what `piles` add to their errors."""
    frame = widened(of_acts(observations).select(NEEDED), piles)
    order = canonical_order(frame)
    return frame if (order == np.arange(len(order))).all() else frame[order]


def known_rows(frame: pl.DataFrame, model: Model, levels: Levels) -> Rows:
    """Return prepared observations as arrays, as the model knows their sources, acts and errors."""
    if unknown := sorted(set(frame["source_id"].unique()) - set(model.source_ids)):
        raise TableError(
            f"the model knows nothing of {unknown}", where="source_model", to_do="learn it with these rows"
        )
    rows = rows_of(frame, model.background, levels=levels, source_ids=model.source_ids, acts=model.acts)
    return rescaled(rows, model.space_scale, model.time_scale)


def extents_of(frame: pl.DataFrame) -> list[Extent]:
    """Return the blocks of prepared observations."""
    at, error = instants(frame), frame["time_error_s"].to_numpy()
    span = (frame["end_utc"] - frame["start_utc"]).dt.total_microseconds().to_numpy() / 1e6
    return [
        Extent(block, high - low, int(at[low]), int(at[high - 1]), float(error[low:high].max()), float(span[low:high].max()))
        for block, low, high in plan(at)
    ]


class Together:
    """Observations that are held as one table."""

    def __init__(self, observations: pl.DataFrame, piles: Piles) -> None:
        self._frame = prepared(tables.conform(observations, "observations"), piles)
        self.extents = extents_of(self._frame)
        self.counts = counts_of(self._frame)
        self._start = np.concatenate([[0], np.cumsum([extent.rows for extent in self.extents])]).astype(int)

    def frame(self, which: int) -> pl.DataFrame:
        """Return the observations of a block."""
        return self._frame[int(self._start[which]) : int(self._start[which + 1])]

    def among(self, ids: Iterable[str]) -> set[str]:
        """Return which of some ids are those of an observation here."""
        known = self._frame["observation_id"].is_in(list(ids))
        return set(self._frame["observation_id"].filter(known))
