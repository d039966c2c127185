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


def current(deliveries: Sequence[pl.DataFrame], *, snapshot: bool) -> pl.DataFrame:
    """Return the observations of one source as they stand after `deliveries`, given in the order of receipt."""
    if not deliveries:
        return tables.empty("observations")
    if snapshot:
        return deliveries[-1]
    rows = pl.concat(deliveries)
    if len(deliveries) == 1 or rows["observation_id"].n_unique() == rows.height:
        return rows
    return rows.unique("observation_id", keep="last", maintain_order=True)
