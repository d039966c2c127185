"""Positions and times that pile up: a source that tells the nearest town or the date only, whatever errors it states.

Positions. Points known to a metre do not recur. Where a third of a source's rows lie at points that it told at three times or
more, its points are places of a list, and the event lies somewhere nearer to its place than to any other. With places spread at
random, density λ, the mean square of the distance from an event to the nearest of them is 1 / (π λ), as is that from a place to
the nearest other (Clark & Evans 1954): half of the latter, on each axis, is added to the stated variance
(the mean over a place and its five neighbours, so that places may lie thicker here than there).

Times. Where two thirds of a source's rows are instants at one second of the day, it tells the date: its rows become spans of a
day that begin there, or, where that second lies around noon, that have their middle there.
"""

from typing import Final

import numpy as np
import polars as pl

from trucewatch.place import METRES_PER_DEGREE

LEAST_ROWS: Final = 20
LEAST_TIMES: Final = 3
LEAST_AT_PILES: Final = 1 / 3
LEAST_AT_ONE_SECOND: Final = 2 / 3
DAY_S: Final = 86_400
NEIGHBOURS: Final = 6
AROUND_NOON: Final = (36_000, 50_400)
POSITION, DATE = "position_pile_m", "date_span_s"
Piles = dict[tuple[str, str, str], float]  # by source, quantity and cell


def piles_of(observations: pl.DataFrame) -> Piles:
    """Return for (source, quantity, cell) what is added: "position_pile_m", one sigma an axis, in cells of a quarter of a degree
    and, cell "", elsewhere; "date_span_s", the length of a span.
    """
    found: Piles = {}
    for (source,), rows in observations.group_by("source_id", maintain_order=True):
        if rows.height >= LEAST_ROWS:
            found |= {(str(source), POSITION, cell): metres for cell, metres in _between_places(rows).items()}
            if _tells_dates(rows):
                found[str(source), DATE, ""] = float(DAY_S)
    return found


def widened(observations: pl.DataFrame, piles: Piles) -> pl.DataFrame:
    """Return `observations` with the errors and spans that `piles` add."""
    if not piles:
        return observations
    told = pl.DataFrame(
        [(*key, value) for key, value in piles.items()], schema=["source_id", "_q", "_cell", "_add"], orient="row"
    )
    usual, cells = (
        told.filter((pl.col("_q") == POSITION) & mine) for mine in (pl.col("_cell") == "", pl.col("_cell") != "")
    )
    dates = told.filter(pl.col("_q") == DATE)
    by_source = [
        frame.select("source_id", pl.col("_add").alias(name)) for frame, name in ((usual, "_usual"), (dates, "_date"))
    ]
    rows = observations.with_columns(cell_of(pl.col("lon_deg"), pl.col("lat_deg")).alias("_cell"))
    rows = rows.join(cells.drop("_q"), on=["source_id", "_cell"], how="left", maintain_order="left")
    for frame in by_source:
        rows = rows.join(frame, on="source_id", how="left", maintain_order="left")
    add = pl.coalesce("_add", "_usual", pl.lit(0.0))
    rows = rows.with_columns(*_errors(add), *_spans(pl.col("_date").fill_null(0.0)))
    return rows.select(observations.columns)


def loosened(observations: pl.DataFrame, piles: Piles, *, seed: int) -> pl.DataFrame:
    """Return `observations` with rows at places of a list moved by about as far as their events lie from there.

    The map of density is made of these: events do not lie at the points of a list, whatever their sources tell.
    """
    places = {key: value for key, value in piles.items() if key[1] == POSITION}
    if not places:
        return observations
    axes = ("error_major_m", "error_minor_m")
    bare = observations.sort("observation_id").with_columns(pl.lit(0.0).alias(name) for name in axes)
    add = widened(bare, places)["error_major_m"].to_numpy()
    east, north = np.random.default_rng(seed).normal(0, 1, (2, len(add))) * add / METRES_PER_DEGREE
    east /= np.cos(np.radians(bare["lat_deg"].to_numpy()))
    moved = bare.with_columns(pl.col("lon_deg") + pl.Series(east), (pl.col("lat_deg") + pl.Series(north)).clip(-90, 90))
    back = moved.select("observation_id", "lon_deg", "lat_deg")
    kept = observations.drop("lon_deg", "lat_deg").join(back, on="observation_id", maintain_order="left")
    return kept.select(observations.columns)


def cell_of(lon: pl.Expr, lat: pl.Expr) -> pl.Expr:
    """Return the name of the cell of a quarter of a degree: four times its south and its west edge."""
    return pl.format("{} {}", *((x * 4).floor().cast(pl.Int64) for x in (lat, lon)))


def _errors(add: pl.Expr) -> list[pl.Expr]:
    """Return the axes with `add` metres added in quadrature."""
    axes = (pl.col("error_major_m"), pl.col("error_minor_m"))
    return [pl.when(add > 0).then((axis**2 + add**2).sqrt()).otherwise(axis) for axis in axes]


def _spans(add: pl.Expr) -> list[pl.Expr]:
    """Return start and end of instants that stand for a date."""
    second = (pl.col("start_utc").dt.epoch("us") % (DAY_S * 1_000_000)) / 1e6
    noon = second.is_between(*AROUND_NOON)
    bare = (add > 0) & (pl.col("start_utc") == pl.col("end_utc"))
    half = pl.duration(seconds=DAY_S // 2)
    start = pl.when(bare & noon).then(pl.col("start_utc") - half).otherwise("start_utc")
    end = pl.when(bare).then(pl.when(noon).then(pl.lit(DAY_S // 2)).otherwise(DAY_S)).otherwise(0)
    return [start.alias("start_utc"), pl.col("end_utc") + pl.duration(seconds=end)]


def _between_places(rows: pl.DataFrame) -> dict[str, float]:
    """Return by cell, and for all as "", the one-sigma distance on each axis from an event to its place; nothing without piles."""
    from scipy.spatial import cKDTree  # a fifth of a second, and only learning needs it

    at = (pl.col("lon_deg", "lat_deg") * 1e5).round().cast(pl.Int64)
    places = rows.group_by(at).agg(pl.len(), pl.col("start_utc").n_unique().alias("times")).sort("lon_deg", "lat_deg")
    piled = places.filter(pl.col("times") >= LEAST_TIMES)["len"].sum()
    if piled < LEAST_AT_PILES * rows.height or places.height < NEIGHBOURS:
        return {}
    lon, lat = places["lon_deg"].to_numpy() / 1e5, places["lat_deg"].to_numpy() / 1e5
    points = np.column_stack([lon * np.cos(np.radians(lat.mean())), lat]) * METRES_PER_DEGREE
    away, who = cKDTree(points).query(points, NEIGHBOURS)
    square = away[:, 1] ** 2 / 2
    local = places.select(
        cell_of(pl.col("lon_deg") / 1e5, pl.col("lat_deg") / 1e5).alias("cell"), at=pl.Series(square[who].mean(axis=1))
    )
    cells = local.group_by("cell").agg(pl.col("at").mean().sqrt()).sort("cell")
    return {"": float(np.sqrt(square.mean())), **dict(cells.rows())}


def _tells_dates(rows: pl.DataFrame) -> bool:
    """Say whether most rows are instants at one second of the day, on several days."""
    bare = rows.filter(pl.col("start_utc") == pl.col("end_utc"))
    if bare.height < LEAST_AT_ONE_SECOND * rows.height or bare["start_utc"].dt.date().n_unique() < LEAST_TIMES:
        return False
    second = (bare["start_utc"].dt.epoch("us") % (DAY_S * 1_000_000)).value_counts()["count"]
    return bool((second >= LEAST_AT_ONE_SECOND * rows.height).any())
