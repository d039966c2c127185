"""What fuse makes: `pairs`, `members`, `incidents`, and the `source_model` that it learned."""

import dataframely as dy
import polars as pl

from trucewatch.acts import ACT_CODES
from trucewatch.tables import columns as c


class Pairs(dy.Schema):
    """Two observations and the probability that both are one event; all of at least .002."""

    observation_a = dy.String(primary_key=True, description="the smaller of the two ids")
    observation_b = dy.String(primary_key=True, description="the greater of the two ids")
    probability = c.probability("that both are one event")

    @dy.rule()
    def ids_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("observation_a") < pl.col("observation_b")


class Members(dy.Schema):
    """Which incident an observation belongs to; each observation to exactly one."""

    observation_id = dy.String(primary_key=True, description="the observation")
    incident_id = dy.String(min_length=1, description="the incident")


class Former(dy.Schema):
    """As which incidents observations were told before: what the incidents of a report are named onto."""

    observation_id = dy.String(primary_key=True, description="the observation")
    incident_id = dy.String(
        min_length=1, description="its incident in an earlier report of the same day, or else in the last report"
    )
    last_incident_id = dy.String(
        nullable=True, description="its incident in the last report; null where that did not have it"
    )


class Contradictions(dy.Schema):
    """Decisions of people that contradict each other: none of them is obeyed until a person settles it."""

    observation_a = dy.String(primary_key=True, description="the smaller of the two ids")
    observation_b = dy.String(primary_key=True, description="the greater of the two ids")
    decision = c.code("what was decided", ("same", "different"), primary_key=True)


class Draws(dy.Schema):
    """Whole ways to put the uncertain observations together, each drawn from what fusion thinks possible."""

    draw = dy.Int64(primary_key=True, min=1, description="number of the draw; each is one possible world")
    observation_id = dy.String(primary_key=True, description="an observation whose incident is not certain")
    incident_id = dy.String(
        min_length=1, description="its incident in this draw: the first of its observations in time"
    )


class Incidents(dy.Schema):
    """One real event, fused from observations."""

    incident_id = dy.String(primary_key=True, min_length=1, description="made from its members")
    act = c.act("the most probable act")
    act_probability = c.probability("of that act")
    act_posterior = dy.List(
        dy.Struct({"act": dy.String(), "probability": dy.Float64()}),
        nullable=True,
        description="every act of at least .01 with its probability, most probable first; sums to at most 1",
    )
    aspect = c.aspect()
    start_utc = c.instant("the event lies between start_utc and end_utc")
    end_utc = c.instant("the event lies between start_utc and end_utc")
    time_error_s = c.seconds("one sigma beyond that span, seconds")
    lon_deg = c.lon_deg()
    lat_deg = c.lat_deg()
    error_major_m = c.metres("one-sigma semi-major axis of the position error, metres")
    error_minor_m = c.metres("one-sigma semi-minor axis of the position error, metres")
    error_azimuth_deg = c.azimuth_deg("azimuth of the major axis, degrees from north")
    real_probability = c.probability("that it is an event and not clutter of a source")
    observations = dy.Int64(min=1, description="number of observations")
    independent_sources = dy.Int64(min=1, description="number of sources that do not copy each other")
    source_ids = dy.List(dy.String(), description="the sources, sorted")
    count_low = c.number("at least so many single detonations, shots …", nullable=True)
    count_high = c.number("at most so many; null when open", nullable=True)
    deaths_low = c.number("at least so many people killed", nullable=True)
    deaths_high = c.number("at most so many people killed", nullable=True)
    injured_low = c.number("at least so many people injured", nullable=True)
    injured_high = c.number("at most so many people injured", nullable=True)
    civilians_low = c.number("at least so many civilians among the killed and injured", nullable=True)
    civilians_high = c.number("at most so many civilians among the killed and injured", nullable=True)
    senses = dy.List(dy.String(), nullable=True, description="how it was observed, each way once, sorted")
    weapon = dy.String(nullable=True, description="weapon, where its observations agree")
    object = dy.String(nullable=True, description="class of object that was hit, where its observations agree")
    reported_party = dy.String(
        nullable=True, description="the party that its sources name, where they agree; never fact"
    )

    @dy.rule()
    def span_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("start_utc") <= pl.col("end_utc")

    @dy.rule()
    def axes_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("error_minor_m") <= pl.col("error_major_m")


class Aliases(dy.Schema):
    """What became of an incident's id that was told before, where it did not simply last."""

    incident_id = dy.String(primary_key=True, min_length=1, description="the id as it was told before")
    became = dy.String(primary_key=True, min_length=1, description="the incident that holds its observations now")
    how = c.code("merged: the id is an alias of it; split: some of its observations went there", ("merged", "split"))


class SourceModel(dy.Schema):
    """What was learned of the sources, in long form: one number a row, so that it can be read, kept and compared."""

    source_id = dy.String(primary_key=True, description="the source; empty for what belongs to the world")
    quantity = c.code("what the number is, e.g. detection_probability", primary_key=True)
    act = dy.String(
        primary_key=True, description="the true act it holds for; empty when for all",
        check=lambda v: v.is_in(["", *ACT_CODES]),
    )  # fmt: skip
    observed_act = dy.String(
        primary_key=True, description="the act as observed, for confusion; empty otherwise",
        check=lambda v: v.is_in(["", *ACT_CODES]),
    )  # fmt: skip
    of = dy.String(
        primary_key=True, description="what else it holds for: a cell, or the source that is copied; empty otherwise"
    )
    value = dy.Float64(description="the number, in the unit that the quantity names")
