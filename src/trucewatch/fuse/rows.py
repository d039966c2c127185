"""Observations as arrays, in an order that follows from their content alone.

Positions are metres east and north on one plane around the middle of the rows; times are seconds. A row's time is uniform
on its span with a Gaussian error beyond it, taken as one Gaussian of the same mean and variance.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.spatial import cKDTree

from trucewatch.acts import STEP_CODES
from trucewatch.place import METRES_PER_DEGREE, Floats, covariance

NEIGHBOURS: Final = 50
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """n observations in canonical order: time, place, then id."""

    frame: pl.DataFrame
    east_m: Floats
    north_m: Floats
    time_s: Floats
    precision: Floats  # shape (n, 4): east, north, east-north of the inverse covariance (1/m²), and of time (1/s²)
    log_norm: Floats  # log of the peak of each row's own Gaussian, in 1/(m² s)
    sigma_m: Floats  # the larger semi-axis
    sigma_s: Floats
    source: Ints
    act: Ints
    log_density: Floats  # of all rows, as a share of them per m² s, at each row, itself left out
    source_ids: tuple[str, ...]
    acts: tuple[str, ...]


def of_acts(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that are fused: steps, which are evidence for duties, are no acts."""
    steps = pl.col("act").is_in(list(STEP_CODES))
    return observations.filter(~steps) if observations.select(steps.any()).item() else observations


def rows_of(observations: pl.DataFrame) -> Rows:
    """Return table `observations` (at least one row) as arrays in canonical order."""
    middle = ((pl.col("start_utc").dt.epoch("us") + pl.col("end_utc").dt.epoch("us")) / 2e6).alias("_t")
    frame = observations.with_columns(middle).sort("_t", "lon_deg", "lat_deg", "observation_id")
    lon, lat = frame["lon_deg"].to_numpy(), frame["lat_deg"].to_numpy()
    lon0, lat0 = np.round(lon.mean(), 1), np.round(lat.mean(), 1)
    east = (lon - lon0) * METRES_PER_DEGREE * np.cos(np.radians((lat + lat0) / 2))
    north = (lat - lat0) * METRES_PER_DEGREE
    time = frame["_t"].to_numpy() - np.floor(frame["_t"][0])
    width = (frame["end_utc"] - frame["start_utc"]).dt.total_microseconds().to_numpy() / 1e6
    var_t = np.maximum(frame["time_error_s"].to_numpy() ** 2 + width**2 / 12, 1.0)
    major, minor = frame["error_major_m"].to_numpy(), frame["error_minor_m"].to_numpy()
    var_e, var_n, cov = covariance(major, np.maximum(minor, 1.0), frame["error_azimuth_deg"].to_numpy())
    det = var_e * var_n - cov**2
    sources, acts = (tuple(sorted(frame[name].unique())) for name in ("source_id", "act"))
    return Rows(
        frame=frame.drop("_t"),
        east_m=np.asarray(east),
        north_m=np.asarray(north),
        time_s=np.asarray(time),
        precision=np.column_stack([var_n / det, var_e / det, -cov / det, 1 / var_t]),
        log_norm=np.asarray(-1.5 * np.log(2 * np.pi) - 0.5 * np.log(det * var_t)),
        sigma_m=major,
        sigma_s=np.sqrt(var_t),
        source=_codes(frame["source_id"], sources),
        act=_codes(frame["act"], acts),
        log_density=_log_density(np.asarray(east), np.asarray(north), np.asarray(time), major),
        source_ids=sources,
        acts=acts,
    )


def _codes(column: pl.Series, names: tuple[str, ...]) -> Ints:
    """Return each value's place in `names`."""
    return column.replace_strict({name: n for n, name in enumerate(names)}, return_dtype=pl.Int64).to_numpy()


def _log_density(east: Floats, north: Floats, time: Floats, sigma_m: Floats) -> Floats:
    """Return the log share of all rows per m² s at each row: where rows lie thick, chance brings them together.

    In space: 50 neighbours over their disc, or all within one sigma where that is wider. In time: rows of the day, smoothed
    over its neighbours. The row itself is left out of both.
    """
    n = len(east)
    k = min(NEIGHBOURS, n - 1)
    if k < 1:
        return np.full(n, -np.log(1e10 * 86_400.0))
    xy = np.column_stack([east, north])
    tree = cKDTree(xy)
    reach = np.asarray(tree.query(xy, k + 1, workers=-1)[0])[:, -1]
    radius = np.maximum(np.maximum(reach, sigma_m), 100.0)
    inside = np.full(n, float(k))
    wide = np.flatnonzero(sigma_m > reach)
    if len(wide):
        inside[wide] = tree.query_ball_point(xy[wide], radius[wide], return_length=True, workers=-1) - 1
    space = np.maximum(inside, 1.0) / (np.pi * radius**2 * n)
    day = (time // 86_400).astype(np.int64)
    counts = np.bincount(day, minlength=int(day[-1]) + 1).astype(np.float64)
    smooth = np.convolve(np.pad(counts, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    share = (smooth[day] + 0.5) / (smooth.sum() + 0.5 * len(counts))
    return np.asarray(np.log(space) + np.log(share / 86_400))


def part_of(rows: Rows, kept: Ints) -> Rows:
    """Return the rows numbered `kept`, in order, with the density that they have without the others; codes stay as they are."""
    names = ("east_m", "north_m", "time_s", "precision", "log_norm", "sigma_m", "sigma_s", "source", "act")
    part = {name: getattr(rows, name)[kept] for name in names}
    density = _log_density(part["east_m"], part["north_m"], part["time_s"], part["sigma_m"])
    return replace(rows, frame=rows.frame[kept], log_density=density, **part)


def rescaled(rows: Rows, space: Floats, time: Floats) -> Rows:
    """Return `rows` with each source's stated errors in place and time multiplied by its factors, both of shape (S,).

    A span is never made shorter: that two rows tell the same day does not say that they know the hour.
    """
    if (space == 1).all() and (time == 1).all():
        return rows
    in_space, in_time = space[rows.source], time[rows.source]
    error = rows.frame["time_error_s"].to_numpy()
    var_t = np.maximum(rows.sigma_s**2 - error**2, 0.0) * np.maximum(in_time, 1) ** 2 + (in_time * error) ** 2
    sigma_s = np.sqrt(np.maximum(var_t, 1.0))
    precision = np.column_stack([rows.precision[:, :3] / in_space[:, None] ** 2, 1 / sigma_s**2])
    return replace(
        rows,
        precision=precision,
        log_norm=rows.log_norm - 2 * np.log(in_space) - np.log(sigma_s / rows.sigma_s),
        sigma_m=rows.sigma_m * in_space,
        sigma_s=sigma_s,
    )
