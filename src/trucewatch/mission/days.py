"""Mission days of rows: which day a row is of, which rows a window holds."""

import datetime as dt
from typing import Final

import polars as pl

from trucewatch.acts import kinds_of
from trucewatch.mission.document import Mission
from trucewatch.when import Clock, Span

DAYS_COUNTED: Final = 7
LONG: Final = "long"
"""The day of a row whose span, widened by two sigmas on either side, is longer than two days: it may be of any."""


def _margin() -> pl.Expr:
    """Return two sigmas beyond the span of a row."""
    return pl.duration(microseconds=(2 * pl.col("time_error_s") * 1e6).clip(0, 1e17).cast(pl.Int64))


def middle() -> pl.Expr:
    """Return the middle of the span of a row."""
    half = (pl.col("end_utc") - pl.col("start_utc")).dt.total_microseconds() // 2
    return pl.col("start_utc") + pl.duration(microseconds=half)


def day_key(mission: Mission) -> pl.Expr:
    """Return the mission day of the middle of a row as text, or LONG.

    A row of a day lies, with two sigmas, within that day and a day on either side.
    """
    local = middle().dt.convert_time_zone(mission.time_zone)
    day = local.dt.date() + pl.when(local.dt.time() >= mission.cut_off).then(pl.duration(days=1)).otherwise(
        pl.duration()
    )
    is_long = pl.col("end_utc") - pl.col("start_utc") + 2 * _margin() > pl.duration(days=2)
    return pl.when(is_long).then(pl.lit(LONG)).otherwise(day.cast(pl.Date).dt.to_string("%Y-%m-%d"))


def window(observations: pl.DataFrame, day: Span, days: int) -> pl.DataFrame:
    """Return the observations that may lie within the `days` mission days that end with `day`.

    A row counts when its span, widened by two sigmas, touches the window.
    """
    start, end = day.end_utc - days * (day.end_utc - day.start_utc), day.end_utc
    touches = (pl.col("end_utc") + _margin() >= start) & (pl.col("start_utc") - _margin() < end)
    return observations.filter(touches)


def mission_days(observations: pl.DataFrame, clock: Clock, *, until: dt.date, days: int = DAYS_COUNTED) -> pl.Series:
    """Return the mission day that holds the middle of each row's span; null beyond the `days` that end with `until`."""
    at = observations.select(middle().alias("at"))
    day = pl.lit(None, dtype=pl.Date)
    for back in range(days):
        date = until - dt.timedelta(days=back)
        span = clock.day(date)
        day = pl.when((pl.col("at") >= span.start_utc) & (pl.col("at") < span.end_utc)).then(date).otherwise(day)
    return at.select(day.alias("day")).to_series()


def evidence(observations: pl.DataFrame, acts: tuple[str, ...]) -> pl.DataFrame:
    """Return the observations whose act is evidence for or against a duty, or a kind of one that is."""
    kinds = [kind for act in acts for kind in kinds_of(act)]
    return observations.filter(pl.col("act").is_in(kinds))
