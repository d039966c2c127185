"""Clutter that comes with the season: what one source tells all over wide land at once, such as burning fields in spring.

Acts lie on fronts and in towns, few of them between; what the season brings lies everywhere. Land is taken in the widest squares of
the map of density, 4°, and in each the K cells of 1° in which the source ever told anything, at least eight. In week w of the year
the middle third of them (of as many, in order of how much each told) had a mean of m_w rows a day, on the a_w days on which the
source told anything at all; what lasts at its place (`clutter`) is left out. So a front, or a town under attack, in less than a
third of the cells does not move m_w. With u the median of m_w over the weeks of at least four such days, m'_w the same mean of all
that the other sources told, and r the rows of this source in the square for each of theirs,

    e_w = max(u, r m'_w)

is expected: where the others tell more all over the land too, acts may have become more. (A fire bears out no other fire: for a
source that tells fires alone, the others' fires are left out.) The season brings the rest, where

    (m_w − e_w) K a_w > 6 √(e_w K a_w + 10)   and   m_w > 2 e_w,

(m_w − e_w) / |cell| thick all over the square in that week of any year: `season_per_km2_day` in `source_model`. A source must have
told something in five weeks at least.

What lies thicker than that is left as it is: there a row is, in such a week too, about as likely an act as its place makes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.fuse.density import DAY_S, instants
from trucewatch.place import METRES_PER_DEGREE, Floats

Ints = npt.NDArray[np.int64]
WIDE: Final = 4  # degrees, cells of 1° in a square
LEAST_CELLS: Final = 8
LEAST_WEEKS: Final = 5
LEAST_DAYS: Final = 4
LEAST_ROWS: Final = 10.0  # that a week is taken to vary by at least
SIGMAS: Final = 6.0
TIMES: Final = 2.0
WEEKS: Final = 53


@dataclass(frozen=True)
class Season:
    """Weeks and squares of one source in order: `name` as `_names` makes it, and the log of the rows per m² s."""

    name: Ints
    log_rate: Floats


Seasons = Mapping[str, Season]  # by source


def season_of(rows: pl.DataFrame, others: Callable[[], pl.DataFrame]) -> Season | None:
    """Return the seasonal clutter of one source from all that it told, none where there is none.

    `others`: what returns the rows of other sources, asked where something rises.
    """
    day, week = _days(rows)
    days, first = np.unique(day, return_index=True)
    active = np.bincount(week[first], minlength=WEEKS)
    if (active >= LEAST_DAYS).sum() < LEAST_WEEKS:
        return None
    cell, square = _squares(rows, 1), _squares(rows, WIDE)
    theirs: tuple[Ints, Ints] | None = None
    found: list[tuple[int, float]] = []
    for where in np.unique(square):
        mine = np.flatnonzero(square == where)
        cells, of = np.unique(cell[mine], return_inverse=True)
        if len(cells) < LEAST_CELLS:
            continue
        counts = _by_week(of, week[mine], len(cells))
        if not _risen(counts, np.zeros_like(counts), active).any():
            continue
        theirs = theirs or _present(others(), days)
        there = np.flatnonzero(np.isin(theirs[0], cells))
        told = _by_week(np.searchsorted(cells, theirs[0][there]), theirs[1][there], len(cells))
        rise = _risen(counts, told, active) / _area(int(where))
        found += [(int(w) << 32 | int(where), float(rise[w])) for w in np.flatnonzero(rise)]
    if not found:
        return None
    found.sort()
    return Season(np.array([name for name, _ in found]), np.log([rate for _, rate in found]) - np.log(DAY_S))


def _present(others: pl.DataFrame, days: Ints) -> tuple[Ints, Ints]:
    """Return the cell of 1° and the week of rows on some days."""
    day, week = _days(others)
    there = np.isin(day, days)
    return _squares(others, 1)[there], week[there]


def _by_week(of: Ints, week: Ints, cells: int) -> Ints:
    """Return (cells, weeks) how many rows there are."""
    return np.bincount(of * WEEKS + week, minlength=cells * WEEKS).reshape(cells, WEEKS)


def _risen(counts: Ints, told: Ints, active: Ints) -> Floats:
    """Return by week the rows a day of a cell that the season brings; 0 where it brings none. `told`: rows of the others."""
    middle, theirs = (_middle(each) / np.maximum(active, 1) for each in (counts, told))
    known = active >= LEAST_DAYS
    usual = np.maximum(float(np.median(middle[known])), theirs * counts.sum() / max(told.sum(), 1))
    beyond = middle - usual
    exposure = len(counts) * active
    sure = beyond * exposure > SIGMAS * np.sqrt(usual * exposure + LEAST_ROWS)
    return np.where(known & sure & (middle > TIMES * usual), beyond, 0.0)


def _middle(counts: Ints) -> Floats:
    """Return by week the mean of the middle third of cells."""
    third = len(counts) // 3
    return np.asarray(np.sort(counts, axis=0)[third : len(counts) - third].mean(axis=0))


def log_season(observations: pl.DataFrame, seasons: Seasons) -> Floats:
    """Return for each row the log of the rows per m² s that the season brings its source there; -inf for none."""
    out = np.full(observations.height, -np.inf)
    for source, season in seasons.items():
        mine = np.flatnonzero((observations["source_id"] == source).to_numpy())
        rows = observations[mine]
        name = _days(rows)[1] << 32 | _squares(rows, WIDE)
        at = np.minimum(np.searchsorted(season.name, name), len(season.name) - 1)
        out[mine] = np.where(season.name[at] == name, season.log_rate[at], -np.inf)
    return out


def _days(observations: pl.DataFrame) -> tuple[Ints, Ints]:
    """Return the UTC day and the week of the year, from 0, of the middle of each row's span."""
    day = instants(observations) // int(DAY_S * 1e6)
    year = day.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return day, np.asarray((day - year) // 7)


def _squares(observations: pl.DataFrame, side: int) -> Ints:
    """Return the square of so many degrees of each row, from 180° W, 90° S: column · 2^16 + line."""
    x, y = ((observations[name].to_numpy() + edge) // side for name, edge in (("lon_deg", 180), ("lat_deg", 90)))
    return np.asarray(x.astype(np.int64) << 16 | y.astype(np.int64))


def _area(square: int) -> float:
    """Return the m² of a cell of 1° in the middle of a square."""
    lat = ((square & 0xFFFF) + 0.5) * WIDE - 90
    return float(METRES_PER_DEGREE**2 * max(np.cos(np.radians(lat)), 1e-3))
