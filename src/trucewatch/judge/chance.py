"""The three chances of a finding: that an incident lies in a span, in a zone, among a clause's acts.

- Time: an incident's instant is uniform on [start_utc, end_utc] with a Gaussian error of time_error_s beyond it. With
  G(z) = zΦ(z) + φ(z), P(T ≤ x) = σ/(e−s) · [G((x−s)/σ) − G((x−e)/σ)]  (the integral of Φ over the span).
- Place: a position is a Gaussian ellipse, so "inside the zone" is the share of the ellipse that lies inside, taken on
  128 fixed points of equal weight (Vogel's spiral with Rayleigh radii), so the step is 1/128; an ellipse that stays
  four sigmas away from the zone's edge is wholly in or out.
- Act: the mass of the incident's act posterior on the clause's acts (`covered`), and the mass on acts too unspecific to
  tell, or on fires, which weapons may have caused (`open_mass`).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import shapely
from scipy.special import ndtr

from trucewatch.acts import ancestors, is_kind_of
from trucewatch.place import METRES_PER_DEGREE, Floats, continuous, nearest_turn, offset
from trucewatch.when import Span

POINTS: Final = 128
EDGE_SIGMAS: Final = 4.0


def spiral() -> tuple[Floats, Floats]:
    """Return `POINTS` fixed points of the standard normal plane, all of equal weight: shape (POINTS,) each."""
    k = np.arange(POINTS)
    radius = np.sqrt(-2 * np.log1p(-(k + 0.5) / POINTS))
    angle = k * np.pi * (3 - np.sqrt(5))
    return radius * np.cos(angle), radius * np.sin(angle)


def _integrated_normal(z: Floats) -> Floats:
    """Return zΦ(z) + φ(z), the integral of Φ from −∞ to z."""
    return np.asarray(z * ndtr(z) + np.exp(-z * z / 2) / np.sqrt(2 * np.pi))


def _before(instant_s: float, start_s: Floats, end_s: Floats, sigma_s: Floats) -> Floats:
    """Return P(T ≤ instant) for each incident; all in seconds since the epoch."""
    sigma = np.maximum(sigma_s, 1e-3)
    width = end_s - start_s
    narrow = width < sigma * 1e-6
    wide = np.where(narrow, 1.0, width)
    z_start, z_end = (instant_s - start_s) / sigma, (instant_s - end_s) / sigma
    spread = sigma / wide * (_integrated_normal(z_start) - _integrated_normal(z_end))
    return np.clip(np.where(narrow, ndtr(z_start), spread), 0.0, 1.0)


def in_spans(incidents: pl.DataFrame, spans: Sequence[Span]) -> Floats:
    """Return for each incident the chance that it lies in one of `spans`, which do not overlap: shape (incidents,)."""
    start, end = (incidents[name].dt.epoch("us").to_numpy() / 1e6 for name in ("start_utc", "end_utc"))
    sigma = incidents["time_error_s"].to_numpy()
    chance = np.zeros(incidents.height)
    for span in spans:
        first, last = span.start_utc.timestamp(), span.end_utc.timestamp()
        chance += _before(last, start, end, sigma) - _before(first, start, end, sigma)
    return np.asarray(np.clip(chance, 0.0, 1.0))


def in_area(incidents: pl.DataFrame, area: shapely.Geometry) -> Floats:
    """Return for each incident the share of its error ellipse inside `area` (degrees, lon/lat): shape (incidents,)."""
    area = continuous(area)
    lon, lat = nearest_turn(incidents["lon_deg"].to_numpy(), area), incidents["lat_deg"].to_numpy()
    major = incidents["error_major_m"].to_numpy()
    reach_deg = EDGE_SIGMAS * major / (METRES_PER_DEGREE * np.maximum(np.cos(np.radians(lat)), 0.01))
    west, south, east, north = shapely.bounds(area)
    in_reach = (
        (lon + reach_deg >= west) & (lon - reach_deg <= east) & (lat + reach_deg >= south) & (lat - reach_deg <= north)
    )
    some = np.flatnonzero(in_reach)
    chance = np.zeros(incidents.height)
    shapely.prepare(area)
    chance[some] = shapely.contains_xy(area, lon[some], lat[some])
    edge = shapely.boundary(area)
    shapely.prepare(edge)
    near = some[shapely.dwithin(edge, shapely.points(lon[some], lat[some]), reach_deg[some])]
    if len(near):
        chance[near] = _share_inside(incidents[near], area)
    return chance


def _share_inside(incidents: pl.DataFrame, area: shapely.Geometry) -> Floats:
    """Return the share of the spiral's points, laid over each ellipse, that lie in `area`."""
    u, v = spiral()
    azimuth = np.radians(incidents["error_azimuth_deg"].to_numpy())[:, None]
    along = incidents["error_major_m"].to_numpy()[:, None] * u
    across = incidents["error_minor_m"].to_numpy()[:, None] * v
    east = along * np.sin(azimuth) + across * np.cos(azimuth)
    north = along * np.cos(azimuth) - across * np.sin(azimuth)
    lon, lat = offset(
        incidents["lon_deg"].to_numpy()[:, None], incidents["lat_deg"].to_numpy()[:, None], east, np.asarray(north)
    )
    inside: npt.NDArray[np.bool_] = shapely.contains_xy(area, nearest_turn(lon.ravel(), area), lat.ravel())
    return np.asarray(inside.reshape(lon.shape).mean(axis=1))


def of_acts(incidents: pl.DataFrame, acts: Sequence[str]) -> tuple[Floats, Floats]:
    """Return (covered, open_mass): the chance that the incident is one of `acts`, and that it cannot be told.

    An incident without a posterior has its act with `act_probability`; the rest of the mass is another act of the same
    root, covered only where the clause covers that root.
    """
    posterior = _posterior(incidents)
    known = posterior["act"].unique().to_list()
    covered = [act for act in known if any(is_kind_of(act, kind) for kind in acts)]
    unsure = [act for act in known if act not in covered and may_be(act, acts)]
    mass = posterior.group_by("row").agg(
        pl.col("probability").filter(pl.col("act").is_in(covered)).sum().alias("covered"),
        pl.col("probability").filter(pl.col("act").is_in(unsure)).sum().alias("open_mass"),
    )
    frame = pl.DataFrame({"row": np.arange(incidents.height)}).join(mass, on="row", how="left").sort("row")
    covered_mass, open_mass = (
        np.clip(frame[name].fill_null(0.0).to_numpy(), 0, 1) for name in ("covered", "open_mass")
    )
    return covered_mass, open_mass


def _posterior(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return the act posterior in long form: row, act, probability."""
    rows = incidents.select(
        pl.int_range(pl.len()).alias("row"), "act", "act_probability", pl.col("act_posterior").alias("posterior")
    )
    told = (
        rows.filter(pl.col("posterior").is_not_null())
        .select("row", "posterior")
        .explode("posterior")
        .unnest("posterior")
        .drop_nulls()
    )
    roots = {act: ancestors(act)[-1] for act in rows["act"].unique()}
    top = rows.filter(pl.col("posterior").is_null())
    rest = top.select("row", pl.col("act").replace_strict(roots), (1 - pl.col("act_probability")).alias("probability"))
    top = top.select("row", "act", pl.col("act_probability").alias("probability"))
    return pl.concat([told, top, rest])


def may_be(act: str, acts: Sequence[str]) -> bool:
    """Say whether `act` may have been one of `acts`: it is their parent, or a fire that such an act can light."""
    if act == "fire":
        return any(ancestors(kind)[-1] == "weapon_use" for kind in acts)
    return any(is_kind_of(kind, act) for kind in acts)
