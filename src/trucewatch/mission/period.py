"""The mission days of a report: one, or several after a holiday."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from trucewatch.errors import UsageError
from trucewatch.when import Clock, Span

MOST_DAYS: Final = 31


@dataclass(frozen=True)
class Period:
    """The mission days from `first` to `last`. Raises UsageError for none, or more than a month."""

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MOST_DAYS:
            what = f"a report covers 1 to {MOST_DAYS} days, not {self.days}"
            raise UsageError(what, where="--from", to_do="name a first day at most a month before --day")

    @property
    def days(self) -> int:
        """How many mission days.

        >>> Period(dt.date(2026, 4, 10), dt.date(2026, 4, 13)).days
        4
        """
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """As many mission days, just before."""
        back = dt.timedelta(days=self.days)
        return Period(self.first - back, self.last - back)

    def span(self, clock: Clock) -> Span:
        """Return its span in UTC."""
        return Span(clock.day(self.first).start_utc, clock.day(self.last).end_utc)
