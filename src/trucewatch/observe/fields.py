"""Strict readings of text columns, as Polars expressions: what is not exactly a number or a date is null, never a guess.

Only ASCII digits are digits: "١٢.٥", "1_0.5", "nan", "inf" and "1,5" are no numbers.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from trucewatch.observe.delivery import Box
from trucewatch.observe.rows import Rule

_NUMBER: Final = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
_INTEGER: Final = r"^[+-]?[0-9]{1,15}$"
_ISO: Final = (  # day, clock, seconds, zone
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_FARTHEST_OFFSET_MIN: Final = 14 * 60
_YEARS: Final = (1900, 2199)  # "%Y" reads "26" as the year 26


def number(column: str) -> pl.Expr:
    """Return `column` as Float64, null where it is not a finite ASCII decimal number."""
    text = pl.col(column)
    value = pl.when(text.str.contains(_NUMBER)).then(text).cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def integer(column: str) -> pl.Expr:
    """Return `column` as Int64, null where it is not an ASCII integer of at most 15 digits."""
    text = pl.col(column)
    return pl.when(text.str.contains(_INTEGER)).then(text).cast(pl.Int64, strict=False)


def local_datetime(column: str | pl.Expr, formats: Sequence[str]) -> pl.Expr:
    """Return text as a naive Datetime[us] by the first of `formats` that fits the whole of it.

    Null where none does, or only with a year outside 1900–2199. A format with "%z" gives an aware Datetime in UTC.
    """
    text = pl.col(column) if isinstance(column, str) else column
    read = [text.str.to_datetime(form, strict=False, exact=True, time_unit="us") for form in formats]
    return pl.coalesce([pl.when(time.dt.year().is_between(*_YEARS)).then(time) for time in read])


def to_utc(local: pl.Expr, time_zone: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the first and the last UTC instant that a naive local time can mean.

    Both are null where the change of clocks skipped the hour; they differ where the hour exists twice.
    """
    first, last = (
        local.dt.replace_time_zone(time_zone, ambiguous=side, non_existent="null").dt.convert_time_zone("UTC")
        for side in ("earliest", "latest")
    )
    return first, last


def midnight_utc(midnight: pl.Expr, time_zone: str) -> pl.Expr:
    """Return the UTC instant at which a local day begins; where the clocks skip midnight, it begins an hour later."""
    return pl.coalesce(to_utc(midnight, time_zone)[0], to_utc(midnight + pl.duration(hours=1), time_zone)[0])


def iso_span(column: str, time_zone: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the first and last UTC instant of "2026-03-09", "2026-03-09 19:38", "2026-03-09T19:38:00+02:00", "…Z".

    A time is as precise as it is written: a day is a local day, a minute a minute. What has no offset is local. Null where it
    is none of these, or an hour that the clocks skipped.
    """
    parts = pl.col(column).str.extract_groups(_ISO)
    day, clock, seconds, zone = (parts.struct[n] for n in range(4))
    text = pl.concat_str(day, clock.fill_null("00:00"), seconds.fill_null(":00"))
    naive = local_datetime(text, ["%Y-%m-%d%H:%M:%S"])
    hours, minutes = (zone.str.extract(r"^[+-]([0-9]{2}):?([0-9]{2})$", n).cast(pl.Int64) for n in (1, 2))
    ahead = (hours * 60 + minutes).fill_null(0) * pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    aware = pl.when(ahead.abs() <= _FARTHEST_OFFSET_MIN).then(naive).dt.replace_time_zone("UTC") - pl.duration(
        minutes=ahead
    )
    first, last = to_utc(naive, time_zone)
    wide = pl.duration(seconds=pl.when(seconds.is_null()).then(60).otherwise(1))
    next_day = midnight_utc(naive + pl.duration(days=1), time_zone)
    return (
        pl.when(clock.is_null()).then(midnight_utc(naive, time_zone)).when(zone.is_null()).then(first).otherwise(aware),
        pl.when(clock.is_null()).then(next_day).when(zone.is_null()).then(last + wide).otherwise(aware + wide),
    )


def is_day(column: str) -> pl.Expr:
    """Say whether `column` is an ISO day without an hour."""
    return pl.col(column).str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


def not_swapped(lon: pl.Expr, lat: pl.Expr, box: Box) -> pl.Expr:
    """Return false where longitude and latitude lie outside `box` (west, south, east, north) and, swapped, inside."""
    west, south, east, north = box
    inside = lon.is_between(west, east) & lat.is_between(south, north)
    return inside | ~(lat.is_between(west, east) & lon.is_between(south, north))


def coordinate_rules(latitude: str, longitude: str, *, box: Box | None = None) -> list[Rule]:
    """Return the rules of a pair of coordinate columns, in degrees.

    `box` is where the mission is: see `not_swapped`.
    """
    lat, lon = number(latitude), number(longitude)
    rules = [
        Rule("latitude_is_no_number", latitude, lat.is_not_null()),
        Rule("longitude_is_no_number", longitude, lon.is_not_null()),
    ]
    if box:
        rules.append(Rule("latitude_and_longitude_swapped", latitude, not_swapped(lon, lat, box)))
    return [
        *rules,
        Rule("latitude_out_of_range", latitude, lat.is_between(-90, 90)),
        Rule("longitude_out_of_range", longitude, lon.is_between(-180, 180)),
        Rule("position_is_null_island", latitude, (lat != 0) | (lon != 0)),
    ]
