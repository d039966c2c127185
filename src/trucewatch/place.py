"""Where: longitude and latitude, metres, error ellipses, bearing sectors, cells.

Positions are WGS 84 degrees, longitude first, named `lon_deg`, `lat_deg`. An error is an ellipse: one-sigma semi-axes
in metres and the azimuth of the major axis, clockwise from north. On the ground near a point the plane is good enough:
covariances are in metres east and north.

A geometry that crosses the antimeridian is kept as RFC 7946 (section 3.1.9) writes it, cut at 180°; to reckon with it, it is
taken as `continuous`, with longitudes beyond 180°, and `cut` again.

Sources: geodesics by pyproj (Karney 2013); the moments of an annular sector are integrals of r dr dφ over it.
"""

from collections.abc import Callable
from typing import Final

import h3
import numpy as np
import numpy.typing as npt
import shapely

from trucewatch.errors import UsageError

Floats = npt.NDArray[np.float64]

METRES_PER_DEGREE: Final = 111_195.0  # of latitude, on a sphere of 6,371 km
EARTH_RADIUS_M: Final = 6_371_008.8  # mean radius, IUGG
WINDS: Final = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
WIND_HALF_WIDTH_DEG: Final = 11.25


def wind_azimuth_deg(wind: str) -> float:
    """Return the azimuth of one of the 16 winds, in degrees clockwise from north. Raises UsageError for no such wind.

    >>> wind_azimuth_deg("ESE")
    112.5
    """
    try:
        return WINDS.index(wind.strip().upper()) * 22.5
    except ValueError as error:
        raise UsageError("not one of the 16 winds", where=repr(wind), to_do="use " + " ".join(WINDS)) from error


def covariance(major_m: Floats, minor_m: Floats, azimuth_deg: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (var_east, var_north, cov_east_north) in m² of ellipses given by one-sigma semi-axes and azimuth.

    >>> [round(float(v)) for v in covariance(np.array(2.0), np.array(1.0), np.array(90.0))]
    [4, 1, 0]
    """
    azimuth = np.radians(azimuth_deg)
    s, c = np.sin(azimuth), np.cos(azimuth)
    a2, b2 = np.square(major_m), np.square(minor_m)
    return a2 * s * s + b2 * c * c, a2 * c * c + b2 * s * s, (a2 - b2) * s * c


def ellipse(var_east: Floats, var_north: Floats, cov: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (major_m, minor_m, azimuth_deg in [0, 180)) of covariances in m²; the inverse of `covariance`.

    >>> [round(float(v), 6) for v in ellipse(np.array(4.0), np.array(1.0), np.array(0.0))]
    [2.0, 1.0, 90.0]
    """
    mean = (var_east + var_north) / 2
    spread = np.hypot((var_north - var_east) / 2, cov)
    azimuth = np.degrees(0.5 * np.arctan2(2 * cov, var_north - var_east)) % 180.0
    return np.sqrt(mean + spread), np.sqrt(np.maximum(mean - spread, 0.0)), azimuth


def offset(lon_deg: Floats, lat_deg: Floats, east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
    """Return the positions `east_m`, `north_m` away on the local plane; good to 1 % within 100 km below 60° latitude.

    >>> lon, lat = offset(np.array(30.0), np.array(0.0), np.array(0.0), np.array(111_195.0))
    >>> round(float(lat), 6)
    1.0
    """
    lat = lat_deg + north_m / METRES_PER_DEGREE
    lon = lon_deg + east_m / (METRES_PER_DEGREE * np.cos(np.radians(lat_deg)))
    return (lon + 180.0) % 360.0 - 180.0, lat


def distance_m(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Return great-circle distances in metres on the mean sphere (haversine; within .6 % of the ellipsoid).

    >>> round(float(distance_m(np.array(30.0), np.array(50.0), np.array(30.0), np.array(51.0))))
    111195
    """
    a, b = np.radians(lat_a), np.radians(lat_b)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(h)))


def sector_ellipse(
    near_m: float, far_m: float, azimuth_deg: float, half_width_deg: float
) -> tuple[float, float, float, float, float]:
    """Return the moment-matched ellipse of an annular sector seen from the origin.

    The sector is `near_m` to `far_m` away, within `half_width_deg` of `azimuth_deg`, uniform by area. Returns
    (east_m, north_m of the centre, error_major_m, error_minor_m, error_azimuth_deg), one sigma.

    >>> east, north, major, minor, azimuth = sector_ellipse(2000, 4000, 90, 11.25)
    >>> round(east), round(north), round(major), round(minor), round(azimuth)
    (3091, 0, 563, 357, 90)
    """
    if not (0 <= near_m <= far_m and 0 < half_width_deg <= 180):
        raise UsageError("not a sector", where=f"{near_m}–{far_m} m, ±{half_width_deg}°")
    w = np.radians(half_width_deg)
    near, far = near_m, max(far_m, near_m + 1.0)
    area = far**2 - near**2
    r1 = 2 / 3 * (far**3 - near**3) / area  # E[r], E[r²] under density ∝ r
    r2 = (far**4 - near**4) / (2 * area)
    along = r1 * np.sin(w) / w
    var_along = r2 * (1 + np.sin(2 * w) / (2 * w)) / 2 - along**2
    var_across = r2 * (1 - np.sin(2 * w) / (2 * w)) / 2
    azimuth = azimuth_deg if var_along >= var_across else azimuth_deg + 90
    major, minor = np.sqrt(max(var_along, var_across)), np.sqrt(min(var_along, var_across))
    angle = np.radians(azimuth_deg)
    return float(along * np.sin(angle)), float(along * np.cos(angle)), float(major), float(minor), float(azimuth % 180)


def cells(lon_deg: Floats, lat_deg: Floats, resolution: int) -> list[str]:
    """Return the H3 cell of each position; resolution 6 is about 36 km², 7 about 5 km².

    >>> cells(np.array([36.0]), np.array([48.5]), 6)
    ['862d6408fffffff']
    """
    cell: Callable[[float, float, int], str] = h3.latlng_to_cell
    return [cell(lat, lon, resolution) for lon, lat in zip(lon_deg, lat_deg, strict=True)]


def cell_middles(names: list[str]) -> Floats:
    """Return (lon_deg, lat_deg) of the middle of each H3 cell, shape (n, 2).

    >>> cell_middles(["862d6408fffffff"]).round(2).tolist()
    [[36.0, 48.52]]
    """
    middle: Callable[[str], tuple[float, float]] = h3.cell_to_latlng
    return np.array([middle(name)[::-1] for name in names]).reshape(-1, 2)


def continuous(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry that was cut at 180° as one that goes on beyond it; any other as it is. Degrees, longitude first.

    Its parts west of Greenwich are moved by 360°, where that makes it narrower. Lines and areas that meet again are one.

    >>> pieces = shapely.MultiLineString([[(179, 0), (180, 0)], [(-180, 0), (-178, 0)]])
    >>> continuous(pieces).wkt
    'LINESTRING (179 0, 180 0, 182 0)'
    """
    parts = shapely.get_parts(geometry)
    west, _, east, _ = shapely.bounds(parts).T
    by = np.where((west + east) / 2 < 0, 360.0, 0.0)
    if np.max(east + by) - np.min(west + by) >= np.max(east) - np.min(west):
        return geometry
    moved = [_moved(part, amount) for part, amount in zip(parts, by, strict=True)]
    if all(part.geom_type == "LineString" for part in moved):
        return shapely.line_merge(shapely.multilinestrings(moved), directed=True)
    return shapely.union_all(moved)


def cut(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry that goes beyond 180° cut there, with all longitudes from -180° to 180°; any other as it is.

    >>> sorted(shapely.bounds(part).tolist() for part in cut(shapely.box(179, 0, 182, 1)).geoms)
    [[-180.0, 0.0, -178.0, 1.0], [179.0, 0.0, 180.0, 1.0]]
    """
    west, _, east, _ = shapely.bounds(geometry)
    if west >= -180 and east <= 180:
        return geometry
    turns = [_moved(shapely.intersection(geometry, shapely.box(t - 180, -90, t + 180, 90)), -t) for t in (-360, 0, 360)]
    return shapely.union_all([part for part in turns if not part.is_empty])


def nearest_turn(lon_deg: Floats, geometry: shapely.Geometry) -> Floats:
    """Return longitudes moved by 360° where that brings them nearer to the middle of `geometry`: the same positions.

    >>> nearest_turn(np.array([-179.0, 10.0]), shapely.box(179, 0, 182, 1)).tolist()
    [181.0, 10.0]
    """
    west, _, east, _ = shapely.bounds(geometry)
    off = lon_deg - (west + east) / 2
    return np.where(off > 180, lon_deg - 360, np.where(off < -180, lon_deg + 360, lon_deg))


def _moved(geometry: shapely.Geometry, by_deg: float) -> shapely.Geometry:
    """Return a geometry moved east."""
    return shapely.transform(geometry, lambda xy: xy + np.array([by_deg, 0.0])) if by_deg else geometry
