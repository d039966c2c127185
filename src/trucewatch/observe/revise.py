"""What stands after several deliveries of one source.

A snapshot replaces all that came before: what it no longer holds is withdrawn, what it holds again is revised where it
differs. An increment adds, and revises by native id. Either way an observation keeps its id, so a source that revises itself
makes no new incidents.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from trucewatch import tables
from trucewatch.observe.take_in import CONTENT


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
    content = [name for name in CONTENT if name in after.columns]
    unchanged = kept.join(before, on=content, how="semi", nulls_equal=True).height
    withdrawn = before.join(after, on="observation_id", how="anti").height if snapshot else 0
    return Change(after.height - kept.height, kept.height - unchanged, unchanged, withdrawn)


def current(
    deliveries: Sequence[pl.DataFrame], *, snapshot: bool, withdrawn: Sequence[pl.DataFrame] = ()
) -> pl.DataFrame:
    """Return the observations of one source as they stand after `deliveries`, given in the order of receipt.

    `withdrawn`: for each delivery the table of that name. What a delivery takes back is gone, until a later one brings it again.
    """
    if not deliveries:
        return tables.empty("observations")
    if snapshot:
        rows = deliveries[-1]
        return rows.join(withdrawn[-1], on="observation_id", how="anti", maintain_order="left") if withdrawn else rows
    rows = pl.concat(deliveries)
    gone = _last_said([frame.select("observation_id") for frame in withdrawn])
    if gone.height:
        said = _last_said([frame.select("observation_id") for frame in deliveries])
        gone = gone.join(said, on="observation_id", suffix="_said").filter(pl.col("turn") >= pl.col("turn_said"))
        rows = rows.join(gone, on="observation_id", how="anti", maintain_order="left")
    if len(deliveries) == 1 or rows["observation_id"].n_unique() == rows.height:
        return rows
    return rows.unique("observation_id", keep="last", maintain_order=True)


def _last_said(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return observation_id and the number of the last frame that names it."""
    if not any(frame.height for frame in frames):
        return pl.DataFrame(schema={"observation_id": pl.String, "turn": pl.Int64})
    numbered = [frame.with_columns(turn=pl.lit(turn, dtype=pl.Int64)) for turn, frame in enumerate(frames)]
    return pl.concat(numbered).group_by("observation_id").agg(pl.col("turn").max())
