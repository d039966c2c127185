"""Observations as arrays, in an order that follows from their content alone.

Positions are metres along the equator (`u_m`) and north of it (`north_m`), with the cosine of the latitude beside them: a
distance east is a difference of `u_m` times that cosine, so that no row's numbers depend on which others are there. Times are
seconds since 1970. A row's time is uniform on its span with a Gaussian error beyond it, taken as one Gaussian of the same mean
and variance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.acts import STEP_CODES
from trucewatch.fuse.clutter_map import ClutterMap, log_told
from trucewatch.fuse.density import (
    Background,
    Levels,
    background_of,
    counts_of,
    day_names,
    instants,
    levels_of,
    log_level,
    log_rate,
    squares,
)
from trucewatch.place import METRES_PER_DEGREE, Floats, covariance

Ints = npt.NDArray[np.int64]
KEYS: Final = (
    "observation_id", "source_id", "act", "start_utc", "end_utc", "time_error_s",
    "lon_deg", "lat_deg", "error_major_m", "error_minor_m", "error_azimuth_deg",
)  # fmt: skip
"""The columns that decide what is one event."""
OF_ALL: Final = ("source_ids", "acts", "widest")  # what `Rows` knows of sources and acts, not of each row


@dataclass(frozen=True)
class Rows:
    """n observations in canonical order: time, place, then id."""

    u_m: Floats
    north_m: Floats
    cos_lat: Floats
    time_s: Floats
    variance: Floats  # shape (n, 4): east, north, their covariance (m²), time (s²)
    sigma_m: Floats  # the larger semi-axis
    sigma_s: Floats
    error_s: Floats  # one sigma beyond the span, as stated
    span_s: Floats  # from start to end
    source: npt.NDArray[np.int16]
    act: npt.NDArray[np.int16]  # len(acts) for one that is not among them
    log_density: Floats  # of rows per m² s, as the map and the day's level tell
    log_clutter: Floats  # of rows per m² s that its source keeps telling there and then without an event; -inf for none
    key: npt.NDArray[np.uint64]  # a hash of the id: names the row's random numbers
    source_ids: tuple[str, ...]
    acts: tuple[str, ...]
    widest: tuple[float, ...] = ()  # of each source, by how much a row's error in time may be wider than that; () for 1

    def __len__(self) -> int:
        """Return n."""
        return len(self.source)

    @cached_property
    def east_m(self) -> Floats:
        """Return metres east on one plane around the middle of the rows; distances on it are good to some per cent."""
        lat = self.north_m / METRES_PER_DEGREE
        u0, lat0 = np.round(self.u_m.mean(), -4), np.round(lat.mean(), 1)
        return np.asarray((self.u_m - u0) * np.cos(np.radians((lat + lat0) / 2)))

    @property
    def reach_s(self) -> Floats:
        """Return the one-sigma errors in time that are at most believed of the rows."""
        return self.sigma_s * np.array(self.widest)[self.source] if self.widest else self.sigma_s

    @cached_property
    def precision(self) -> Floats:
        """Return (n, 4): east, north, east-north of the inverse covariance (1/m²), and of time (1/s²)."""
        var_e, var_n, cov, var_t = self.variance.T
        det = var_e * var_n - cov**2
        return np.column_stack([var_n / det, var_e / det, -cov / det, 1 / var_t])

    def take(self, at: Any) -> "Rows":
        """Return some of the rows, by a slice or their numbers."""
        return self._each(lambda name: getattr(self, name)[at])

    def _each(self, made: Callable[[str], Any]) -> "Rows":
        """Return rows of the same sources and acts whose arrays are made by name."""
        arrays: dict[str, Any] = {f.name: made(f.name) for f in fields(self) if f.name not in OF_ALL}
        return replace(self, **arrays)


def together(each: Sequence[Rows]) -> Rows:
    """Return the rows of several, at least one, one after the other; all know the same sources and acts."""
    if len(each) == 1:
        return each[0]
    return each[0]._each(lambda name: np.concatenate([getattr(one, name) for one in each]))


def of_acts(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that are fused: steps, which are evidence for duties, are no acts."""
    steps = pl.col("act").is_in(list(STEP_CODES))
    return observations.filter(~steps) if observations.select(steps.any()).item() else observations


def canonical_order(observations: pl.DataFrame) -> Ints:
    """Return the order of the rows by time, then longitude, latitude and id."""
    at = instants(observations)
    order = np.argsort(at, kind="stable")
    same = at[order[1:]] == at[order[:-1]]
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
        rows = order[tied]
        keys = observations.select("lon_deg", "lat_deg", "observation_id")[rows].with_columns(
            pl.Series("_at", at[rows]), pl.Series("_row", rows)
        )
        order[tied] = keys.sort("_at", "lon_deg", "lat_deg", "observation_id")["_row"].to_numpy()
    return np.asarray(order)


def rows_of(
    observations: pl.DataFrame,
    background: Background | None = None,
    *,
    levels: Levels | None = None,
    clutter: ClutterMap | None = None,
    source_ids: tuple[str, ...] | None = None,
    acts: tuple[str, ...] | None = None,
) -> Rows:
    """Return table `observations` (at least one row) as arrays, in canonical order unless it already is.

    The map and the levels of days are those of these rows where none are given, as are the names of sources and acts.
    """
    at, code = instants(observations), squares(observations)
    if (at[1:] <= at[:-1]).any():
        order = canonical_order(observations)
        observations, at, code = observations[order], at[order], code[order]
    background = background or background_of(observations)
    levels = levels or levels_of(background, *counts_of(observations))
    source_ids, acts = (
        names or tuple(sorted(observations[column].unique()))
        for column, names in (("source_id", source_ids), ("act", acts))
    )
    width = (observations["end_utc"] - observations["start_utc"]).dt.total_microseconds().to_numpy() / 1e6
    var_t = np.maximum(observations["time_error_s"].to_numpy() ** 2 + width**2 / 12, 1.0)
    major, minor = observations["error_major_m"].to_numpy(), observations["error_minor_m"].to_numpy()
    spread = covariance(major, np.maximum(minor, 1.0), observations["error_azimuth_deg"].to_numpy())
    lat = observations["lat_deg"].to_numpy()
    return Rows(
        u_m=observations["lon_deg"].to_numpy() * METRES_PER_DEGREE,
        north_m=lat * METRES_PER_DEGREE,
        cos_lat=np.maximum(np.cos(np.radians(lat)), 1e-3),
        time_s=at / 1e6,
        variance=np.column_stack([*spread, var_t]),
        sigma_m=np.maximum(major, 1.0),
        sigma_s=np.sqrt(var_t),
        error_s=observations["time_error_s"].to_numpy(),
        span_s=width,
        source=_codes(observations["source_id"], source_ids),
        act=_codes(observations["act"], acts),
        log_density=log_rate(background, code) + log_level(levels, day_names(at, code)),
        log_clutter=log_told(observations, clutter or ClutterMap()),
        key=keys_of(observations["observation_id"]),
        source_ids=source_ids,
        acts=acts,
    )


def _codes(column: pl.Series, names: tuple[str, ...]) -> npt.NDArray[np.int16]:
    """Return each value's place in `names`, their number for one that is not there."""
    places = {name: n for n, name in enumerate(names)}
    return column.replace_strict(places, default=len(names), return_dtype=pl.Int16).to_numpy()


def keys_of(ids: pl.Series) -> npt.NDArray[np.uint64]:
    """Return a key of each id, a hash (FNV-1a of its bytes), the same on every machine and in every version of anything."""
    return np.asarray(_fnv(np.array(ids.cast(pl.Binary).to_list(), dtype="S")[:, None].view(np.uint8)))


@numba.njit(cache=True, nogil=True)
def _fnv(letters):  # type: ignore[no-untyped-def]
    """Return FNV-1a of each line of bytes until its padding."""
    out = np.empty(len(letters), dtype=np.uint64)
    for i in range(len(letters)):
        x = np.uint64(0xCBF29CE484222325)
        for k in range(letters.shape[1]):
            if letters[i, k] == 0:
                break
            x = (x ^ np.uint64(letters[i, k])) * np.uint64(0x100000001B3)
        out[i] = x
    return out


def rescaled(rows: Rows, space: Floats, time: Floats) -> Rows:
    """Return `rows` with each source's stated errors in place and time multiplied by its factors, both of shape (S,).

    A span is never made shorter: that two rows tell the same day does not say that they know the hour.
    """
    if (space == 1).all() and (time == 1).all():
        return rows
    in_space, in_time = space[rows.source], time[rows.source]
    var_t = rows.span_s**2 / 12 * np.maximum(in_time, 1) ** 2 + (in_time * rows.error_s) ** 2
    var_t = np.maximum(var_t, 1.0)
    return replace(
        rows,
        variance=np.column_stack([rows.variance[:, :3] * in_space[:, None] ** 2, var_t]),
        sigma_m=rows.sigma_m * in_space,
        sigma_s=np.sqrt(var_t),
    )
