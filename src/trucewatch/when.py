"""When: UTC instants, spans, local mission days and cut-offs.

Mission day D is the half-open span from the cut-off on the local day before D to the cut-off on D. The OSCE mission
reported "as of 19:30". Local clocks change twice a year: an hour that does not exist is an error, an hour that exists
twice is the span of both.
"""

import datetime as dt
import math
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trucewatch.errors import UsageError

UTC = dt.UTC


class NoSuchLocalTimeError(UsageError):
    """A local wall-clock time that the change of clocks skipped."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of time [start_utc, end_utc), both aware and in UTC."""

    start_utc: dt.datetime
    end_utc: dt.datetime

    def __post_init__(self) -> None:
        if self.start_utc.utcoffset() is None or self.end_utc.utcoffset() is None:
            raise UsageError("a span needs instants with a time zone", where=f"{self.start_utc} – {self.end_utc}")
        if self.end_utc < self.start_utc:
            raise UsageError("a span ends before it starts", where=f"{self.start_utc} – {self.end_utc}")

    @property
    def duration(self) -> dt.timedelta:
        """The length of the span."""
        return self.end_utc - self.start_utc


def zone(name: str) -> ZoneInfo:
    """Return the time zone of IANA `name`. Raises UsageError when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # of a folder of zones, or too long to be a file
        raise UsageError("no such time zone", where=repr(name), to_do="use an IANA name such as Europe/Kyiv") from error


def to_utc(local: dt.datetime, time_zone: ZoneInfo) -> Span:
    """Return the UTC instants that a local wall-clock time can mean: a span, of no length unless the hour is repeated.

    Raises NoSuchLocalTimeError when the change of clocks skipped it.

    >>> to_utc(dt.datetime(2021, 3, 27, 12, 0), zone("Europe/Kyiv")).start_utc.isoformat()
    '2021-03-27T10:00:00+00:00'
    """
    if local.tzinfo is not None:
        raise UsageError("a local time must come without a time zone", where=local.isoformat())
    try:
        first, second = (local.replace(tzinfo=time_zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError as error:
        raise UsageError("a time beyond the calendar", where=local.isoformat(" "), to_do="correct the time") from error
    if first.astimezone(time_zone).replace(tzinfo=None) != local:
        raise NoSuchLocalTimeError(
            f"the clocks of {time_zone.key} skipped this hour", where=local.isoformat(" "), to_do="correct the time"
        )
    return Span(min(first, second), max(first, second))


def days_later(instant: dt.datetime, days: float, time_zone: ZoneInfo) -> dt.datetime:
    """Return the instant (UTC) so many days after another, as people count: the same hour on a later day of the local clock.

    A part of a day is that part of 24 hours. An hour that the clocks skipped is when they go on; of one that exists twice it
    is the first.

    >>> days_later(dt.datetime(2025, 3, 24, 22, tzinfo=UTC), 30, zone("Europe/Kyiv")).isoformat()
    '2025-04-23T21:00:00+00:00'
    """
    whole = math.floor(days)
    local = instant.astimezone(time_zone).replace(tzinfo=None, fold=0) + dt.timedelta(days=whole)
    return local.replace(tzinfo=time_zone).astimezone(UTC) + dt.timedelta(days=days - whole)


def mission_day(day: dt.date, time_zone: ZoneInfo, cut_off: dt.time) -> Span:
    """Return the span of mission day `day`: from the cut-off of the day before to its own.

    >>> mission_day(dt.date(2023, 6, 10), zone("Europe/Kyiv"), dt.time(19, 30)).start_utc.isoformat()
    '2023-06-09T16:30:00+00:00'
    """
    before = day - dt.timedelta(days=1)
    start, end = (to_utc(dt.datetime.combine(d, cut_off), time_zone) for d in (before, day))
    return Span(start.start_utc, end.start_utc)


def mission_day_of(instant: dt.datetime, time_zone: ZoneInfo, cut_off: dt.time) -> dt.date:
    """Return the mission day to which a UTC instant belongs.

    >>> instant = dt.datetime(2023, 6, 9, 16, 30, tzinfo=UTC)
    >>> mission_day_of(instant, zone("Europe/Kyiv"), dt.time(19, 30)).isoformat()
    '2023-06-10'
    """
    local = instant.astimezone(time_zone)
    return local.date() + dt.timedelta(days=1) if local.time() >= cut_off else local.date()


@dataclass(frozen=True)
class Clock:
    """By which mission days are told apart: the local clock, and the hour at which a day ends and the next begins."""

    time_zone: ZoneInfo
    cut_off: dt.time

    def day(self, day: dt.date) -> Span:
        """Return the span of mission day `day` in UTC. Raises UsageError for one beyond any mission."""
        if not 1900 <= day.year < 2200:
            raise UsageError("no mission reports such a day", where=day.isoformat(), to_do="correct the day")
        return mission_day(day, self.time_zone, self.cut_off)
