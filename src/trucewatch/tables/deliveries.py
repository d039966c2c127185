"""`deliveries`: one row is one delivery taken in, with the account of its rows."""

import dataframely as dy
import polars as pl

from trucewatch.tables import columns as c


class Deliveries(dy.Schema):
    """The account of a delivery: rows_in = observations + context + set_aside + repeated + superseded, always."""

    delivery_id = dy.String(
        primary_key=True, min_length=1, description="made from the source and the hash of the bytes"
    )
    source_id = c.code("the source, as its manifest names it")
    name = dy.String(description="the name of the file")
    sha256 = dy.String(min_length=64, max_length=64, description="hash of the original bytes, hexadecimal")
    bytes = c.number("size, bytes")
    received_utc = c.instant("when it was received")
    rows_in = c.number("rows in the file")
    observations = c.number("rows taken as observations")
    context = c.number("rows taken as alerts, claims or statements")
    set_aside = c.number("rows that broke a rule")
    repeated = c.number("rows equal to another of the same delivery")
    superseded = c.number("rows replaced by a later one of the same native id in the same delivery")
    withdrawn = c.number("native ids that the delivery itself withdraws (not rows in)")

    @dy.rule()
    def every_row_accounted_for(cls) -> pl.Expr:  # noqa: D102, N805
        parts = ("observations", "context", "set_aside", "repeated", "superseded")
        return pl.col("rows_in") == pl.sum_horizontal(*parts)
