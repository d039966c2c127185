"""What stands after several deliveries of one source.

A snapshot replaces all that came before: what it no longer holds is withdrawn, what it holds again is revised where it
differs. An increment adds, and revises by native id. Either way an observation keeps its id, so a source that revises itself
makes no new incidents.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from trucewatch import tables
from trucewatch.observe.take_in import content


@dataclass(frozen=True)
class Change:
    """What one delivery changed: numbers of observations new, revised, unchanged, withdrawn."""

    new: int
    revised: int
    unchanged: int
    withdrawn: int


def change(before: pl.DataFrame, after: pl.DataFrame, *, snapshot: bool) -> Change:
    """Compare two tables `observations` of one source, the later one a `snapshot` or an increment."""
    kept = after.join(before, on="observation_id", how="semi")
    same = [name for name in content("observations") if name in after.columns]
    unchanged = kept.join(before, on=same, how="semi", nulls_equal=True).height
    withdrawn = before.join(after, on="observation_id", how="anti").height if snapshot else 0
    return Change(after.height - kept.height, kept.height - unchanged, unchanged, withdrawn)


def current(
    deliveries: Sequence[pl.DataFrame],
    *,
    snapshot: bool,
    withdrawn: Sequence[pl.DataFrame] = (),
    table: str = "observations",
) -> pl.DataFrame:
    """Return what stands of one source after `deliveries` of a table, given in the order of receipt.

    `withdrawn`: for each delivery the table of that name. What a delivery takes back is gone, until a later one brings it again.
    """
    if not deliveries:
        return tables.empty(table)
    key = tables.IDS[table]
    taken_back = [frame.select(pl.col("observation_id").alias(key)) for frame in withdrawn]
    if snapshot:
        rows = deliveries[-1]
        return rows.join(taken_back[-1], on=key, how="anti", maintain_order="left") if taken_back else rows
    rows = pl.concat(deliveries)
    gone = _last_said(taken_back, key)
    if gone.height:
        said = _last_said([frame.select(key) for frame in deliveries], key)
        gone = gone.join(said, on=key, suffix="_said").filter(pl.col("turn") >= pl.col("turn_said"))
        rows = rows.join(gone, on=key, how="anti", maintain_order="left")
    if len(deliveries) == 1 or rows[key].n_unique() == rows.height:
        return rows
    return rows.unique(key, keep="last", maintain_order=True)


def _last_said(frames: Sequence[pl.DataFrame], key: str) -> pl.DataFrame:
    """Return each id and the number of the last frame that names it."""
    if not any(frame.height for frame in frames):
        return pl.DataFrame(schema={key: pl.String, "turn": pl.Int64})
    numbered = [frame.with_columns(turn=pl.lit(turn, dtype=pl.Int64)) for turn, frame in enumerate(frames)]
    return pl.concat(numbered).group_by(key).agg(pl.col("turn").max())
