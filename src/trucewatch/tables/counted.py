"""`raw_tallies`: what each source counted, in a stated unit, before anything is fused."""

import dataframely as dy
import polars as pl

from trucewatch.acts import FUSED_CODES
from trucewatch.tables import columns as c


class RawTallies(dy.Schema):
    """Observations of one source on one mission day, counted by one counting rule. Not comparable across rules."""

    rule = c.code("the counting rule, which names the unit", primary_key=True)
    source_id = c.code("the source, as its manifest names it", primary_key=True)
    day = dy.Date(primary_key=True, description="mission day that holds the middle of the observation's span")
    region_id = dy.String(primary_key=True, description="region of the mission; '' for outside all of them")
    act = c.code("the act as observed", FUSED_CODES, primary_key=True)
    number_low = c.number("at least so many, in the rule's unit")
    number_high = c.number("at most so many; null when open", nullable=True)

    @dy.rule()
    def number_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("number_low") <= pl.col("number_high")
