"""`changes`: what is otherwise than the last report said."""

import dataframely as dy
import polars as pl

from trucewatch.tables import columns as c

CHANGES = ("late", "revised", "withdrawn", "merged", "split")


class Changes(dy.Schema):
    """An incident before this period that the last report did not have, had otherwise, or no longer stands."""

    change = c.code("what changed", CHANGES)
    incident_id = dy.String(primary_key=True, min_length=1, description="the incident now; the old one where withdrawn")
    was = dy.List(dy.String(), description="the incidents of the last report that share observations with it")
    what = dy.List(dy.String(), description="the columns that are otherwise; empty where late or withdrawn")
    start_utc = c.instant("when it lies, as it stands now, or stood before it was withdrawn")
    act = c.act("the act as it stands now, or stood before it was withdrawn")
    region_id = dy.String(nullable=True, description="its likeliest region; null when not located")

    @dy.rule()
    def late_is_new(cls) -> pl.Expr:  # noqa: D102, N805
        return (pl.col("change") != "late") | (pl.col("was").list.len() == 0)
