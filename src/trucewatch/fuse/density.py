"""How thick rows lie where and when: a map that is learned once, and how busy a day is against it.

Where rows lie thick, chance brings them together. The map is a tree of squares of degrees: one is cut in four while more than
`MOST_IN_LEAF` rows of the sample lie in it, so that it is fine where much is known; each quarter gets the share of its rows, with
one row more for each (Dirichlet smoothing), so that nowhere is nothing. It belongs to `source_model`: what it says of a place does
not change when a row comes. The level of a day, in each of the widest squares, is the number of its rows against what the map
expects, in steps of `STEP` (natural logarithm), so that a few rows more change nothing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.place import METRES_PER_DEGREE, Floats

Ints = npt.NDArray[np.int64]
WIDEST_DEG: Final = 4.0
DEPTH: Final = 7  # the finest square is 1/32°, about 3.5 km
MOST_IN_LEAF: Final = 48
MOST_ROWS: Final = 200_000
DAY_S: Final = 86_400.0
STEP: Final = 0.35
LEVEL_ROWS: Final = 20.0  # of a day and square, that a level leans on what is expected
SHORTEST_S: Final = 3_600.0
UNSEEN: Final = 0.5  # rows that a widest square without any is taken to have had
TOP: Final = 1 << 2 * DEPTH


@dataclass(frozen=True)
class Background:
    """Leaves of the tree, in order of `start`: the finest squares from `start` until `start + width`, and rows per m² s."""

    start: Ints
    width: Ints
    rate: Floats
    unseen: float  # rows per s of a widest square that is not in the tree


def background_of(observations: pl.DataFrame) -> Background:
    """Return the map of `observations` (at least one row); of a great many, of a share of them that follows from content."""
    at = instants(observations)
    span = max(float(at.max() - at.min()) / 1e6, SHORTEST_S)
    code = squares(observations)
    share = max(1, -(-len(code) // MOST_ROWS))
    if share > 1:
        code = code[mixed(at, code) % np.uint64(share) == 0]
    code = np.sort(code)
    leaves: list[tuple[int, int, float]] = []
    tops, first = np.unique(code >> 2 * DEPTH, return_index=True)
    for top, low, high in zip(tops.tolist(), first.tolist(), [*first[1:].tolist(), len(code)], strict=True):
        _grow(code, low, high, top << 2 * DEPTH, DEPTH, float(high - low) * share, share, leaves)
    start, width, mass = (np.array(each) for each in zip(*leaves, strict=True))
    return Background(start, width, mass / span / _area(start, width), UNSEEN / span)


def _grow(
    code: Ints,
    low: int,
    high: int,
    start: int,
    depth: int,
    mass: float,
    share: int,
    leaves: list[tuple[int, int, float]],
) -> None:
    """Add the leaves below one square, whose rows are `code[low:high]`; a function of its own, as squares lie in squares."""
    if high - low <= MOST_IN_LEAF or depth == 0:
        leaves.append((start, 1 << 2 * depth, mass))
        return
    quarter = 1 << 2 * (depth - 1)
    inner = low + np.searchsorted(code[low:high], start + quarter * np.arange(1, 4))
    edges = [low, *inner.tolist(), high]
    for k in range(4):
        part = mass * (edges[k + 1] - edges[k] + 1) / (high - low + 4)
        _grow(code, edges[k], edges[k + 1], start + k * quarter, depth - 1, part, share, leaves)


CELL, ELSEWHERE = "rows_per_km2_day", "rows_per_day_elsewhere"


def to_cells(background: Background) -> list[tuple[str, str, float]]:
    """Return (quantity, cell, number) of the map: a cell is `level/column/line`, squares of 4° / 2^level from 180° W, 90° S."""
    level = DEPTH - np.round(np.log2(background.width) / 2).astype(int)
    x, y = _place(background.start)
    names = [
        f"{n}/{a >> DEPTH - n}/{b >> DEPTH - n}" for n, a, b in zip(level.tolist(), x.tolist(), y.tolist(), strict=True)
    ]
    rates = (background.rate * 1e6 * DAY_S).tolist()
    told = [(CELL, name, rate) for name, rate in zip(names, rates, strict=True)]
    return [*told, (ELSEWHERE, "*", background.unseen * DAY_S)]


def from_cells(lines: list[tuple[str, str, float]]) -> Background:
    """Return the map of lines as `to_cells` makes them."""
    numbers = {(quantity, cell): value for quantity, cell, value in lines}
    unseen = numbers.get((ELSEWHERE, "*"), UNSEEN) / DAY_S
    leaves = [(*map(int, cell.split("/")), value) for (quantity, cell), value in numbers.items() if quantity == CELL]
    if not leaves:
        return Background(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), unseen)
    level, x, y, rate = (np.array(each) for each in zip(*leaves, strict=True))
    start = _morton(x << DEPTH - level, y << DEPTH - level)
    order = np.argsort(start)
    width = np.int64(1) << 2 * (DEPTH - level)
    return Background(start[order], width[order], rate[order] / 1e6 / DAY_S, unseen)


def log_rate(background: Background, code: Ints) -> Floats:
    """Return the logarithm of the rows per m² s that the map expects at finest squares `code`.

    It is the mean of five squares: there, and half the width of its leaf away to each side, so that the edges of leaves are soft.
    """
    if not len(background.start):
        return np.log(_rate(background, code))
    code, of = np.unique(code, return_inverse=True)
    at = np.maximum(np.searchsorted(background.start, code, side="right") - 1, 0)
    half = np.maximum(np.sqrt(background.width[at]).astype(np.int64) // 2, 1)
    x, y = _place(code)
    total = 2 * _rate(background, code)
    for dx, dy in ((half, 0), (-half, 0), (0, half), (0, -half)):
        total += _rate(background, _morton(x + dx, y + dy))
    return np.asarray(np.log(total / 6)[of])


def _rate(background: Background, code: Ints) -> Floats:
    """Return the rows per m² s of the leaves that hold finest squares."""
    if not len(background.start):
        return background.unseen / _area(code >> 2 * DEPTH << 2 * DEPTH, np.full(len(code), TOP))
    at = np.searchsorted(background.start, code, side="right") - 1
    found = (at >= 0) & (code < background.start[at] + background.width[at])
    top = code >> 2 * DEPTH
    unseen = background.unseen / _area(top << 2 * DEPTH, np.full(len(code), TOP))
    return np.where(found, background.rate[at], unseen)


@dataclass(frozen=True)
class Levels:
    """How busy widest squares are on days, by `name` in order: the logarithm of the factor, whole steps of `STEP`."""

    name: Ints
    level: Floats


def counts_of(observations: pl.DataFrame) -> tuple[Ints, Ints]:
    """Return (name, rows): how many rows a day has in each of the widest squares. Counts of parts of a table add up."""
    names = day_names(instants(observations), squares(observations))
    name, rows = np.unique(names, return_counts=True)
    return name, rows.astype(np.int64)


def levels_of(background: Background, name: Ints, rows: Ints) -> Levels:
    """Return the levels that follow from counts of whole days."""
    top = name & 0xFFFF
    tops, of = np.unique(top, return_inverse=True)
    leaf_top = background.start >> 2 * DEPTH
    mass = background.rate * _area(background.start, background.width)
    expected = np.array([mass[leaf_top == one].sum() or background.unseen for one in tops]) * DAY_S
    level = np.log((rows + LEVEL_ROWS) / (expected[of] + LEVEL_ROWS)) if len(name) else np.empty(0)
    return Levels(name, np.round(level / STEP) * STEP)


def log_level(levels: Levels, name: Ints) -> Floats:
    """Return the level of each `name`; 0 where none is known."""
    if not len(levels.name):
        return np.zeros(len(name))
    at = np.minimum(np.searchsorted(levels.name, name), len(levels.name) - 1)
    return np.where(levels.name[at] == name, levels.level[at], 0.0)


def instants(observations: pl.DataFrame) -> Ints:
    """Return the middle of each row's span, in µs since 1970."""
    start, end = (observations[name].dt.epoch("us").to_numpy() for name in ("start_utc", "end_utc"))
    return np.asarray(start + (end - start) // 2)


def squares(observations: pl.DataFrame) -> Ints:
    """Return the finest square of each row: which of the widest, then a quarter for each depth (a Morton code)."""
    finest = WIDEST_DEG / (1 << DEPTH)
    x = np.floor((observations["lon_deg"].to_numpy() + 180) / finest).astype(np.int64)
    y = np.floor((observations["lat_deg"].to_numpy() + 90) / finest).astype(np.int64)
    return _morton(x, y)


def _morton(x: Ints, y: Ints) -> Ints:
    """Return the number of a finest square by its column and line."""
    code = ((x >> DEPTH) << 8 | (y >> DEPTH)) << 2 * DEPTH
    for bit in range(DEPTH):
        code |= ((x >> bit & 1) | (y >> bit & 1) << 1) << 2 * bit
    return np.asarray(code)


def _place(code: Ints) -> tuple[Ints, Ints]:
    """Return column and line of finest squares."""
    x, y = (code >> 2 * DEPTH + 8) << DEPTH, (code >> 2 * DEPTH & 0xFF) << DEPTH
    for bit in range(DEPTH):
        x, y = x | (code >> 2 * bit & 1) << bit, y | (code >> 2 * bit + 1 & 1) << bit
    return x, y


def day_names(at: Ints, code: Ints) -> Ints:
    """Return one number for the UTC day and the widest square of each row."""
    return np.asarray((at // int(DAY_S * 1e6)) << 16 | code >> 2 * DEPTH)


def _area(start: Ints, width: Ints) -> Floats:
    """Return the area in m² of squares of the tree, by their first finest square and how many of those they hold."""
    _, y = _place(start)
    finest = WIDEST_DEG / (1 << DEPTH)
    side = np.sqrt(width) * finest
    lat = y * finest - 90 + side / 2
    return np.asarray((side * METRES_PER_DEGREE) ** 2 * np.maximum(np.cos(np.radians(lat)), 1e-3))


def mixed(*columns: Ints) -> npt.NDArray[np.uint64]:
    """Return a number for each row that looks drawn at random and follows from whole numbers alone (splitmix64)."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        total = total * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64)
        total = (total ^ (total >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        total = (total ^ (total >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        total = total ^ (total >> np.uint64(31))
    return total
