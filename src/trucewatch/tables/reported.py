"""What sources report besides acts: `alerts` (warnings), `claims` (counts of a party), `statements` (words of a party or body)."""

import dataframely as dy
import polars as pl

from trucewatch.tables import columns as c

DOES = (
    "order", "notify", "extend", "suspend", "resume", "release", "verify", "authorise",
    "claim_exception", "accept_exception", "reject_exception",
)  # fmt: skip


class Alerts(dy.Schema):
    """A warning to people in an area: context. It is never fused and never judged."""

    alert_id = dy.String(primary_key=True, min_length=1, description="unique; made from source and native id")
    source_id = c.code("the source, as its manifest names it")
    delivery_id = dy.String(nullable=True, description="the delivery that brought it")
    native_id = dy.String(nullable=True, description="the source's own id of the row, or one made from its content")
    kind = c.code("the kind of warning", ("air_raid", "artillery", "other"))
    area = dy.String(min_length=1, description="the area as the source words it")
    start_utc = c.instant("when it began")
    end_utc = c.instant("when it ended; null when that is not told", nullable=True)
    end_is_invented = dy.Bool(description="whether the source made the end up")
    audience = c.code("the widest audience that may see the row; without one, internal", c.AUDIENCES, nullable=True)

    @dy.rule()
    def span_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("start_utc") <= pl.col("end_utc")


class Claims(dy.Schema):
    """One side's count of what it says another did, in its own unit."""

    claim_id = dy.String(primary_key=True, min_length=1, description="unique; made from source and native id")
    source_id = c.code("the source, as its manifest names it")
    delivery_id = dy.String(nullable=True, description="the delivery that brought it")
    native_id = dy.String(nullable=True, description="the source's own id of the row")
    claimant = c.code("who claims it: a party or a body")
    accused = dy.String(nullable=True, description="who is said to have done it; null when not told")
    said_utc = c.instant("when it was said", nullable=True)
    start_utc = c.instant("the counted span begins")
    end_utc = c.instant("the counted span ends")
    area = dy.String(nullable=True, description="the area as the claimant words it; null for everywhere")
    number_low = c.number("at least so many")
    number_high = c.number("at most so many; null when open", nullable=True)
    unit = c.code("what is counted: a counting rule, or 'unstated'")
    definition = dy.String(nullable=True, description="how the claimant defines the unit, in its own words")
    clause_id = dy.String(nullable=True, description="the clause that it touches; null when none is named")
    text = dy.String(nullable=True, description="the exact words")
    citation = dy.String(min_length=1, description="where it was published")
    audience = c.code("the widest audience that may see the row; without one, internal", c.AUDIENCES, nullable=True)

    @dy.rule()
    def span_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("start_utc") < pl.col("end_utc")

    @dy.rule()
    def number_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("number_low") <= pl.col("number_high")


class Statements(dy.Schema):
    """Exact words of a party or a body: who, when, where published, which clause they touch, what they do under it."""

    statement_id = dy.String(primary_key=True, min_length=1, description="unique; made from source and native id")
    source_id = c.code("the source, as its manifest names it")
    delivery_id = dy.String(nullable=True, description="the delivery that brought it")
    native_id = dy.String(nullable=True, description="the source's own id of the row")
    speaker = dy.String(min_length=1, description="who said it, as the source words it")
    speaks_for = dy.String(nullable=True, description="the party or body that it is the word of; null when nobody's")
    said_utc = c.instant("when it was said")
    does = c.code(
        "what it does under the clause, as a recorded act; null when it only says something", DOES, nullable=True
    )
    clause_id = dy.String(nullable=True, description="the clause that it touches; null when none is named")
    about = dy.String(nullable=True, description="the native id of the statement that it answers or decides on")
    from_utc = c.instant("what it does holds from then; null for when it was said", nullable=True)
    until_utc = c.instant("what it does holds until then; null when no end is told", nullable=True)
    place = dy.String(nullable=True, description="the place as the source words it; null for everywhere")
    lon_deg = dy.Float64(min=-180, max=180, nullable=True, description="longitude of the place, degrees east, WGS 84")
    lat_deg = dy.Float64(min=-90, max=90, nullable=True, description="latitude of the place, degrees north, WGS 84")
    radius_m = c.metres("it holds within so many metres of the place", nullable=True)
    purpose = dy.String(nullable=True, description="what for, e.g. repair of a water pipe")
    text = dy.String(min_length=1, description="the exact words")
    language = dy.String(nullable=True, description="their language, two letters")
    citation = dy.String(min_length=1, description="where it was published")
    audience = c.code("the widest audience that may see the row; without one, internal", c.AUDIENCES, nullable=True)

    @dy.rule()
    def span_in_order(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("from_utc") < pl.col("until_utc")

    @dy.rule()
    def a_circle_is_whole(cls) -> pl.Expr:  # noqa: D102, N805
        told = [pl.col(name).is_not_null() for name in ("lon_deg", "lat_deg", "radius_m")]
        return (told[0] & told[1] & told[2]) | ~(told[0] | told[1] | told[2])

    @dy.rule()
    def an_act_touches_a_clause(cls) -> pl.Expr:  # noqa: D102, N805
        silent = ["order", "notify", "accept_exception", "reject_exception"]
        return pl.col("does").is_null() | pl.col("does").is_in(silent) | pl.col("clause_id").is_not_null()

    @dy.rule()
    def a_decision_is_about_a_statement(cls) -> pl.Expr:  # noqa: D102, N805
        decides = pl.col("does").is_in(["accept_exception", "reject_exception"])
        return decides.is_null() | ~decides | pl.col("about").is_not_null()
