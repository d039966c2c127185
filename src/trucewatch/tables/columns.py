"""The column types that tables share: one unit and one rule for one name, wherever it stands."""

from typing import Any

import dataframely as dy

from trucewatch.acts import ASPECT_CODES, FUSED_CODES, OBSERVED_CODES

AUDIENCES = ("internal", "coalition", "parties", "humanitarian", "public")
SENSES = ("heard", "saw", "recorded", "detected", "reported")


def code(description: str, values: tuple[str, ...] | None = None, **given: Any) -> dy.String:
    """Return a column of short codes: not empty, and one of `values` where they are given."""
    check = {"one_of_the_codes": lambda c: c.is_in(list(values))} if values else None
    return dy.String(min_length=1, description=description, check=check, **given)


def act(description: str = "the kind of thing that happened, one of the list of acts") -> dy.String:
    """Return the column `act` of what is fused."""
    return code(description, FUSED_CODES)


def observed_act() -> dy.String:
    """Return the column `act` of what is observed: also steps, which are evidence for duties."""
    return code("the kind of thing that happened or was done, one of the list of acts", OBSERVED_CODES)


def aspect() -> dy.String:
    """Return the column `aspect`."""
    return code("which end of the act was observed; null when it does not apply", ASPECT_CODES, nullable=True)


def instant(description: str, **given: Any) -> dy.Datetime:
    """Return a column of instants in UTC, microseconds."""
    return dy.Datetime(time_zone="UTC", time_unit="us", description=description, **given)


def lon_deg() -> dy.Float64:
    """Return the column `lon_deg`."""
    return dy.Float64(min=-180, max=180, description="longitude, degrees east, WGS 84")


def lat_deg() -> dy.Float64:
    """Return the column `lat_deg`."""
    return dy.Float64(min=-90, max=90, description="latitude, degrees north, WGS 84")


def metres(description: str, **given: Any) -> dy.Float64:
    """Return a column of one-sigma errors in metres, above 0."""
    return dy.Float64(min_exclusive=0, max=2e7, description=description, **given)


def azimuth_deg(description: str, **given: Any) -> dy.Float64:
    """Return a column of azimuths, degrees clockwise from north."""
    return dy.Float64(min=0, max=360, description=description, **given)


def seconds(description: str) -> dy.Float64:
    """Return a column of one-sigma times in seconds, not negative."""
    return dy.Float64(min=0, max=1e10, description=description)


def probability(description: str, **given: Any) -> dy.Float64:
    """Return a column of probabilities."""
    return dy.Float64(min=0, max=1, description=description, **given)


def number(description: str, **given: Any) -> dy.Int64:
    """Return a column of counts, not negative."""
    return dy.Int64(min=0, description=description, **given)
