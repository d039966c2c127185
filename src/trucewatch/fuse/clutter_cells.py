"""Cells of the map of clutter: .01° wide, or twice, four, eight times that, named by whole numbers."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.place import METRES_PER_DEGREE, Floats

Ints = npt.NDArray[np.int64]
FINEST: Final = 1_000  # the side of a cell in units of 1e-5 degrees
COLUMNS: Final = 1 << 32
AROUND: Final = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y)


@dataclass(frozen=True)
class Told:
    """What one source told in cells, by `name` in order: `days` (of `whole`) and `rows`; each cell and day once: `of`, `day`."""

    name: Ints
    days: Ints
    rows: Ints
    whole: Ints
    of: Ints
    day: Ints


def cells_of(observations: pl.DataFrame, level: int) -> Ints:
    """Return the cell of each row: column · `COLUMNS` + line."""
    x, y = ((observations[name].to_numpy() * 1e5).round().astype(np.int64) for name in ("lon_deg", "lat_deg"))
    side = FINEST << level
    return np.asarray((x + 18_000_000) // side * COLUMNS + (y + 9_000_000) // side)


def side_m(level: int) -> float:
    """Return the side of cells from north to south."""
    return (FINEST << level) / 1e5 * METRES_PER_DEGREE


def area_m2(name: Ints, level: int) -> Floats:
    """Return the m² of cells."""
    lat = (name % COLUMNS + 0.5) * ((FINEST << level) / 1e5) - 90
    return np.asarray(side_m(level) ** 2 * np.maximum(np.cos(np.radians(lat)), 1e-3))


def value_at(name: Ints, value: Floats, wanted: Ints) -> Floats:
    """Return the value of each wanted name; 0 for one that is not there."""
    at = np.minimum(np.searchsorted(name, wanted), len(name) - 1)
    return np.where(name[at] == wanted, value[at], 0.0)


def around_sum(name: Ints, value: Floats, wanted: Ints) -> Floats:
    """Return the sum of `value` over each wanted cell and the eight around it."""
    total = np.zeros(len(wanted))
    for column, line in ((0, 0), *AROUND):
        total += value_at(name, value, wanted + column * COLUMNS + line)
    return total
