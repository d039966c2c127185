"""What sources keep telling without an event, in space and season: places (`clutter`) and weeks (`season`), as numbers of rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from trucewatch.fuse.clutter import Clutter, Lasting, clutter_of, log_clutter
from trucewatch.fuse.clutter_cells import COLUMNS
from trucewatch.fuse.density import DAY_S, Background, instants, log_rate, mixed, squares
from trucewatch.fuse.season import Season, Seasons, log_season, season_of
from trucewatch.fuse.witnesses import witnesses
from trucewatch.place import Floats

CELL, SEASON = "clutter_per_km2_day", "season_per_km2_day"
LEAST_ROWS: Final = 200  # of a source, to ask for a season
NEEDED: Final = ("source_id", "act", "start_utc", "end_utc", "lon_deg", "lat_deg", "error_major_m")


@dataclass(frozen=True)
class ClutterMap:
    """By source, where it keeps telling what is no event, and when it does so over wide land."""

    places: Clutter = field(default_factory=dict)
    seasons: Seasons = field(default_factory=dict)


def clutter_map_of(observations: pl.DataFrame, of_list: frozenset[str]) -> ClutterMap:
    """Return the map from all that was ever told, columns `NEEDED`. `of_list`: sources that tell places of a list, not asked."""
    observations = observations.select(NEEDED)
    places, seasons = clutter_of(observations, of_list), {}
    told = without_places(observations, places)
    for source in sorted(set(told["source_id"].unique()) - of_list):
        rows = told.filter(pl.col("source_id") == source)
        if rows.height >= LEAST_ROWS and (season := season_of(rows, partial(witnesses, told, source))) is not None:
            seasons[source] = season
    return ClutterMap(places, seasons)


def log_told(observations: pl.DataFrame, clutter: ClutterMap) -> Floats:
    """Return for each row the log of the rows per m² s that its source tells there and then without an event; -inf for none."""
    return np.logaddexp(log_clutter(observations, clutter.places), log_season(observations, clutter.seasons))


def without_places(observations: pl.DataFrame, places: Clutter) -> pl.DataFrame:
    """Return the rows without those from places where their source keeps telling what is no event."""
    if not places:
        return observations
    return observations.filter(pl.Series(np.isneginf(log_clutter(observations, places))))


def passing(observations: pl.DataFrame, clutter: ClutterMap, background: Background) -> pl.DataFrame:
    """Return the rows that tell how thick events lie: none of clutter's places, and of a season's as many as are no clutter.

    Which these are follows from each row's place and instant alone.
    """
    rows = without_places(observations, clutter.places)
    if not clutter.seasons:
        return rows
    season = log_season(rows, clutter.seasons)
    at = np.flatnonzero(np.isfinite(season))
    those = rows[at]
    where = ((those[name].to_numpy() * 1e5).round().astype(np.int64) for name in ("lon_deg", "lat_deg"))
    drawn = (mixed(instants(those), *where) >> np.uint64(11)).astype(np.float64) / 2**53
    kept = np.ones(rows.height, dtype=bool)
    kept[at] = drawn * (1 + np.exp(season[at] - log_rate(background, squares(those)))) < 1
    return rows.filter(pl.Series(kept))


def to_lines(clutter: ClutterMap) -> list[tuple[str, str, str, float]]:
    """Return (source, quantity, of, rows per km² and day).

    A place is `level/column/line`, .01° · 2^level wide, a season `week/column/line`, of 4°; both from 180° W, 90° S.
    """
    lines = []
    for source, place in clutter.places.items():
        names = [f"{place.level}/{name // COLUMNS}/{name % COLUMNS}" for name in place.name.tolist()]
        lines += [(source, CELL, *each) for each in zip(names, _per_km2_day(place.log_rate), strict=True)]
    for source, season in clutter.seasons.items():
        names = [f"{name >> 32}/{name >> 16 & 0xFFFF}/{name & 0xFFFF}" for name in season.name.tolist()]
        lines += [(source, SEASON, *each) for each in zip(names, _per_km2_day(season.log_rate), strict=True)]
    return lines


def _per_km2_day(log_rate: Floats) -> list[float]:
    return [float(each) for each in np.exp(log_rate) * 1e6 * DAY_S]


def from_lines(lines: Iterable[tuple[str, str, str, float]]) -> ClutterMap:
    """Return the map of lines as `to_lines` makes them, among others."""
    told: dict[tuple[str, str], list[tuple[int, int, int, float]]] = {}
    for source, quantity, of, rate in lines:
        if quantity in (CELL, SEASON):
            first, column, line = map(int, of.split("/"))
            told.setdefault((source, quantity), []).append((first, column, line, float(np.log(rate / 1e6 / DAY_S))))
    places, seasons = dict[str, Lasting](), dict[str, Season]()
    for (source, quantity), cells in sorted(told.items()):
        cells.sort()
        kinds, columns, names = (np.array([each[k] for each in cells], dtype=np.int64) for k in range(3))
        rates = np.array([each[3] for each in cells])
        if quantity == CELL:
            places[source] = Lasting(int(kinds[0]), columns * COLUMNS + names, rates)
        else:
            seasons[source] = Season(kinds << 32 | columns << 16 | names, rates)
    return ClutterMap(places, seasons)
