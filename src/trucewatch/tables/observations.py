"""`observations`: one row is one source that saw one act."""

import dataframely as dy
import polars as pl

from trucewatch.tables import columns as c


class Observations(dy.Schema):
    """One source saw one act: when, where, what, each with the error that the source states."""

    observation_id = dy.String(primary_key=True, min_length=1, description="unique; made from source and native id")
    source_id = c.code("the source, as its manifest names it")
    act = c.observed_act()
    start_utc = c.instant("the act lies between start_utc and end_utc")
    end_utc = c.instant("the act lies between start_utc and end_utc")
    time_error_s = c.seconds("one sigma beyond that span, seconds")
    lon_deg = c.lon_deg()
    lat_deg = c.lat_deg()
    error_major_m = c.metres("one-sigma semi-major axis of the position error, metres")
    error_minor_m = c.metres("one-sigma semi-minor axis of the position error, metres")
    error_azimuth_deg = c.azimuth_deg("azimuth of the major axis, degrees from north")
    delivery_id = dy.String(nullable=True, description="the delivery that brought it")
    native_id = dy.String(nullable=True, description="the source's own id of the row")
    count_low = c.number("at least so many single detonations, shots …", nullable=True)
    count_high = c.number("at most so many; null when open", nullable=True)
    aspect = c.aspect()
    weapon = dy.String(nullable=True, description="weapon as the source words it; null when not known")
    object = dy.String(nullable=True, description="class of object that was hit")
    sense = c.code("how it was observed", c.SENSES, nullable=True)
    reported_party = dy.String(nullable=True, description="the party that the source names; never taken as fact")
    deaths_low = c.number("at least so many people killed", nullable=True)
    deaths_high = c.number("at most so many people killed", nullable=True)
    injured_low = c.number("at least so many people injured", nullable=True)
    injured_high = c.number("at most so many people injured", nullable=True)
    civilians_low = c.number("at least so many civilians among the killed and injured", nullable=True)
    civilians_high = c.number("at most so many civilians among the killed and injured", nullable=True)
    text = dy.String(nullable=True, description="the source's own words")
    audience = c.code("the widest audience that may see the row; without one, internal", c.AUDIENCES, nullable=True)

    @dy.rule()
    def span_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("start_utc") <= pl.col("end_utc")

    @dy.rule()
    def axes_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("error_minor_m") <= pl.col("error_major_m")

    @dy.rule()
    def count_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("count_low") <= pl.col("count_high")

    @dy.rule()
    def deaths_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("deaths_low") <= pl.col("deaths_high")

    @dy.rule()
    def injured_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("injured_low") <= pl.col("injured_high")

    @dy.rule()
    def civilians_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("civilians_low") <= pl.col("civilians_high")


class Evidence(Observations):
    """What may show or contradict a duty: observations since entry into force, whatever the window of fusion."""
