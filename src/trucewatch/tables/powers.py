"""`powers`: one row is one act recorded under a power of the text, and whether it took effect."""

import dataframely as dy

from trucewatch.tables import columns as c

EFFECTS = (
    "in_effect", "awaits_consent", "not_entitled", "no_such_power", "text_not_in_force", "beyond_limit", "without_end",
)  # fmt: skip


class Powers(dy.Schema):
    """A statement by which somebody exercised a power, or tried to. Nothing takes effect that is not recorded."""

    statement_id = dy.String(primary_key=True, description="the statement")
    clause_id = dy.String(description="the clause under which it was made")
    does = c.code("what it does", ("extend", "suspend", "resume", "release", "verify", "authorise"))
    by = dy.String(nullable=True, description="the party or body whose word it is; null when nobody's")
    said_utc = c.instant("when it was said")
    from_utc = c.instant("from when on it holds; never before it was said")
    until_utc = c.instant("until when it holds; null when open", nullable=True)
    effect = c.code("whether it took effect, or why not", EFFECTS)
    lon_deg = dy.Float64(min=-180, max=180, nullable=True, description="middle of its place; null for everywhere")
    lat_deg = dy.Float64(min=-90, max=90, nullable=True, description="middle of its place; null for everywhere")
    radius_m = c.metres("radius of its place; null for everywhere", nullable=True)
