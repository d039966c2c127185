"""Observations as fusion takes them in: block by block, so that not all need to be held.

What is known of all of them is a count by spans of 18 minutes, the shortest that blocks have, from which the blocks follow.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch import tables
from trucewatch.errors import TableError
from trucewatch.fuse.blocks import SHORTEST, Block, Extent, plan
from trucewatch.fuse.clutter_map import passing
from trucewatch.fuse.density import Levels, counts_of, instants, levels_of
from trucewatch.fuse.incidents import TOLD
from trucewatch.fuse.model import Model
from trucewatch.fuse.piles import Piles, widened
from trucewatch.fuse.rows import KEYS, Ints, Rows, canonical_order, keys_of, of_acts, rescaled, rows_of
from trucewatch.fuse.tails import widest_in_time

NEEDED: Final = (*KEYS, *TOLD)
BINS: Final = {
    "bin": pl.Int64, "rows": pl.Int64, "first_us": pl.Int64, "last_us": pl.Int64, "error_s": pl.Float64, "span_s": pl.Float64,
}  # fmt: skip
"""Columns of bins: a span of 2^30 µs, and of the rows whose instants lie in it their number, first and last, and the vaguest."""


class Held(Protocol):
    """Observations that are kept somewhere, by block."""

    @property
    def extents(self) -> Sequence[Extent]:
        """What is known of the blocks."""
        ...

    @property
    def counts(self) -> tuple[Ints, Ints]:
        """How many rows there are by day and widest square, as `counted` tells."""
        ...

    def frame(self, which: int) -> pl.DataFrame:
        """Return the observations of a block, as `prepared` gives them."""
        ...

    def among(self, ids: Iterable[str]) -> set[str]:
        """Return which of some ids are those of an observation here."""
        ...


def prepared(observations: pl.DataFrame, piles: Piles, *more: str) -> pl.DataFrame:
    """Return what fusion needs of observations (acts only), and `more`, in canonical order, with what `piles` add to errors."""
    frame = widened(observations.select([name for name in (*NEEDED, *more) if name in observations.columns]), piles)
    order = canonical_order(frame)
    return frame if (order == np.arange(len(order))).all() else frame[order]


def known_rows(frame: pl.DataFrame, model: Model, levels: Levels | None = None) -> Rows:
    """Return prepared observations as arrays, as the model knows their sources, acts and errors.

    `levels`: how busy days are; without, these are all the rows there are.
    """
    levels = levels or levels_of(model.background, *counted(frame, model))
    if unknown := sorted(set(frame["source_id"].unique()) - set(model.source_ids)):
        raise TableError(
            f"the model knows nothing of {unknown}", where="source_model", to_do="learn it with these rows"
        )
    rows = rows_of(
        frame, model.background, levels=levels, clutter=model.clutter_map, source_ids=model.source_ids, acts=model.acts
    )
    return replace(rescaled(rows, model.space_scale, model.time_scale), widest=widest_in_time(model.tails))


def counted(frame: pl.DataFrame, model: Model) -> tuple[Ints, Ints]:
    """Return how many prepared observations there are by day and widest square, but for what is clutter of a place or a season."""
    return counts_of(passing(frame, model.clutter_map, model.background))


def bins_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the bins of prepared observations, in order; columns `BINS`."""
    at = instants(frame)
    rows = pl.DataFrame({
        "bin": at >> SHORTEST, "at": at, "error_s": frame["time_error_s"],
        "span_s": (frame["end_utc"] - frame["start_utc"]).dt.total_microseconds() / 1e6,
    })  # fmt: skip
    each = rows.group_by("bin").agg(
        pl.len().cast(pl.Int64).alias("rows"), pl.col("at").min().alias("first_us"), pl.col("at").max().alias("last_us"),
        pl.col("error_s", "span_s").max(),
    )  # fmt: skip
    return each.sort("bin").cast(BINS)  # type: ignore[arg-type]


def bins_together(each: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the bins of all rows from those of parts of them."""
    by = pl.concat([pl.DataFrame(schema=BINS), *each]).group_by("bin")
    added = by.agg(pl.col("rows").sum(), pl.col("first_us").min(), pl.col("last_us", "error_s", "span_s").max())
    return added.sort("bin").cast(BINS)  # type: ignore[arg-type]


def extents_of(bins: pl.DataFrame) -> list[Extent]:
    """Return the blocks of all rows in `bins`."""
    return spans_of(bins, [block for block, _, _ in plan(bins["bin"].to_numpy() << SHORTEST, bins["rows"].to_numpy())])


def spans_of(bins: pl.DataFrame, blocks: Sequence[Block]) -> list[Extent]:
    """Return what is known of the rows in `bins` that lie in each of some blocks that have any."""
    at, rows, first, last, error, span = (bins[name].to_numpy() for name in BINS)
    edges = np.array([(block.start, block.end) for block in blocks], dtype=np.int64).reshape(-1, 2) >> SHORTEST
    found = []
    for block, (low, high) in zip(blocks, np.searchsorted(at, edges).tolist(), strict=True):
        if high > low:
            part = slice(low, high)
            found.append(
                Extent(
                    block,
                    int(rows[part].sum()),
                    int(first[low]),
                    int(last[high - 1]),
                    float(error[part].max()),
                    float(span[part].max()),
                )
            )
    return found


def counts_together(each: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """Return counts of all rows from those of parts of them (which may be less than none); what comes to none is left out."""
    name, of = np.unique(np.concatenate([np.empty(0, np.int64), *(names for names, _ in each)]), return_inverse=True)
    rows = np.zeros(len(name), dtype=np.int64)
    np.add.at(rows, of, np.concatenate([np.empty(0, np.int64), *(counts for _, counts in each)]))
    return name[rows != 0], rows[rows != 0]


@dataclass(frozen=True)
class Run:
    """Some observations in order: `rows`, which need not be held, and of each its instant in µs and its key, (n,)."""

    rows: pl.LazyFrame
    at: Ints
    key: npt.NDArray[np.uint64]
    bins: pl.DataFrame
    counts: tuple[Ints, Ints]


def run_of(
    observations: pl.DataFrame, model: Model, keep: Callable[[pl.DataFrame], pl.LazyFrame] = pl.DataFrame.lazy
) -> Run:
    """Return the acts in table `observations` as a run; `keep` puts its rows where they can be read from again."""
    rows = of_acts(tables.conform(observations, "observations"))
    frame = widened(rows.select(NEEDED), model.piles)
    order = canonical_order(frame)
    if (order != np.arange(len(order))).any():
        rows, frame = rows[order], frame[order]
    return Run(keep(rows), instants(frame), keys_of(frame["observation_id"]), bins_of(frame), counted(frame, model))


class Runs:
    """Observations in runs, each in order, which may overlap each other in time."""

    def __init__(self, runs: Sequence[Run], model: Model) -> None:
        self.runs, self.model = runs, model
        self.bins = bins_together([run.bins for run in runs])
        self.extents = extents_of(self.bins)
        self.counts = counts_together([run.counts for run in runs])

    def frame(self, which: int) -> pl.DataFrame:
        """Return the observations of a block."""
        return prepared(self.within(self.extents[which].block), self.model.piles)

    def within(self, block: Block) -> pl.DataFrame:
        """Return the observations of a span of time with all their columns, each run in order."""
        found = []
        for run in self.runs:
            low, high = np.searchsorted(run.at, (block.start, block.end)).tolist()
            if high > low:
                found.append(run.rows.slice(low, high - low).collect())
        return pl.concat(found) if found else tables.empty("observations")

    def holds(self, block: Block) -> bool:
        """Say whether there are observations in a span of time."""
        low, high = np.searchsorted(self.bins["bin"].to_numpy(), (block.start >> SHORTEST, block.end >> SHORTEST))
        return bool(high > low)

    def among(self, ids: Iterable[str]) -> set[str]:
        """Return which of some ids are those of an observation here."""
        return {one for run in self.runs for one in _named(run.rows, list(ids))}


def _named(rows: pl.LazyFrame, ids: list[str]) -> list[str]:
    """Return those of `ids` that rows have."""
    return rows.select("observation_id").filter(pl.col("observation_id").is_in(ids)).collect().to_series().to_list()
