"""The mission days of a report: one, or several after a holiday; and what the report before knew."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from trucewatch import report, tables
from trucewatch.errors import UsageError
from trucewatch.mission.document import Mission
from trucewatch.store import read_table
from trucewatch.when import Clock, Span

TOLD: Final = ("incidents", "members", "places")
MOST_DAYS: Final = 31
EDGE: Final = dt.timedelta(days=1)
"""At the old end of the window incidents lose observations that were not revised: they are not compared there."""


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


def last_told(folder: Path, first: dt.date) -> dt.date | None:
    """Return the last day before `first` of which `folder` holds what its report knew; None where there is none."""
    days = []
    for path in folder.glob("*-*-*"):
        try:
            day = dt.date.fromisoformat(path.name)
        except ValueError:
            continue
        if day < first and all((path / f"{name}.parquet").is_file() for name in TOLD):
            days.append(day)
    return max(days, default=None)


def changes_since(
    folder: Path, last: dt.date | None, now: Mapping[str, pl.DataFrame], mission: Mission, period: Period, days: int
) -> pl.DataFrame:
    """Return table `changes` since the report of day `last`, over what both runs had in their windows of `days`."""
    if last is None:
        return tables.empty("changes")
    before = {name: read_table(folder / last.isoformat() / f"{name}.parquet", name) for name in TOLD}
    after = {name: now[name] for name in TOLD}
    since = mission.day(period.last).end_utc - dt.timedelta(days=days) + EDGE
    until = min(mission.day(last).end_utc, period.span(mission.clock).start_utc)
    return report.changes(before, after, since=since, until=until)
