"""Areas derived from lines and objects.

Distances are taken in an azimuthal equidistant projection centred on the line or the objects (pyproj). Away from the centre
by r it stretches across by r²/6R²: .02 % at 200 km, .15 % at 600 km, which is less than the line's own error. Between two
positions a line is straight in degrees (RFC 7946, section 3.1.1), so it is projected at least every tenth of a degree.
What crosses the antimeridian is cut there, in what is given and in what is derived. A geometry of over 2,000 corners is first
simplified, to a five-hundredth of the distance; one of which over 10,000 then remain is refused: to widen a line that folds
a hundred thousand times takes minutes and gigabytes.
"""

import functools
from collections.abc import Callable
from typing import Final

import numpy as np
import pyproj
import shapely

from trucewatch import place
from trucewatch.errors import UsageError
from trucewatch.place import Floats

PLAIN_CORNERS: Final = 2_000  # up to so many a geometry is taken as it is drawn
MOST_CORNERS: Final = 10_000
FINENESS: Final = 0.002  # of the distance: so far a geometry of more corners may be moved as it is simplified

Move = Callable[[Floats], Floats]


def within(geometry: shapely.Geometry, distance_km: float, side: str = "both") -> shapely.Geometry:
    """Return the area within `distance_km` of `geometry`, in degrees; of a line perhaps only one side of it.

    The side is left or right of the line as one goes along it in the order of its points. Raises UsageError when a pole
    lies in it, or when the geometry has too many corners.
    """
    whole = place.continuous(geometry)
    there, back = _projection(whole)
    metres = distance_km * 1000
    flat = _simple(shapely.transform(shapely.segmentize(whole, 0.1), there), metres)
    area = shapely.buffer(flat, metres, quad_segs=16)
    if side != "both":
        area = shapely.intersection(area, _half_plane(flat, metres, 1.0 if side == "left" else -1.0))
    if shapely.intersects_xy(area, there(np.array([[0.0, -90.0], [0.0, 90.0]]))).any():
        raise UsageError("a pole lies within that distance", to_do="take a smaller distance_km")
    return place.cut(shapely.make_valid(shapely.transform(area, back)))


def _simple(flat: shapely.Geometry, metres: float) -> shapely.Geometry:
    """Return a geometry in metres with fewer corners where it has many. Raises UsageError when too many remain."""
    if shapely.get_num_coordinates(flat) <= PLAIN_CORNERS:
        return flat
    simple = shapely.simplify(flat, FINENESS * metres)
    if (corners := shapely.get_num_coordinates(simple)) > MOST_CORNERS:
        raise UsageError(
            f"{corners:,} corners, more than {MOST_CORNERS:,}, where a distance is taken from it",
            to_do="simplify the geometry, or give the zone as a polygon",
        )
    return simple


def _half_plane(line: shapely.Geometry, metres: float, sign: float) -> shapely.Geometry:
    """Return what lies on one side of a line: the line, drawn out at both ends, and closed far away on that side.

    Raises UsageError when the line turns back on itself so far that it has no sides.
    """
    turned = UsageError(
        "the line turns back on itself, so its sides cannot be told", to_do="give the zone as a polygon"
    )
    if line.geom_type != "LineString":
        raise UsageError("only a line in one piece has two sides", to_do="draw the line in one piece")
    if shapely.is_closed(line):
        raise turned
    xy = shapely.get_coordinates(line)
    chord = (xy[-1] - xy[0]) / np.hypot(*(xy[-1] - xy[0]))
    far = 3 * (metres + np.hypot(*np.ptp(xy, axis=0)))
    away = sign * far * np.array([-chord[1], chord[0]])
    first, last = xy[0] - far * chord, xy[-1] + far * chord
    half = shapely.Polygon(np.vstack([first, xy, last, last + away, first + away]))
    if not half.is_valid:
        raise turned
    return half


def between(first: shapely.Geometry, second: shapely.Geometry) -> shapely.Geometry:
    """Return the area between two lines, which run the same way or against each other. Raises UsageError when they cross."""
    whole = place.continuous(first)
    a, b = shapely.get_coordinates(whole), shapely.get_coordinates(place.continuous(second))
    b[:, 0] = place.nearest_turn(b[:, 0], whole)
    if np.hypot(*(a[-1] - b[0])) > np.hypot(*(a[-1] - b[-1])):
        b = b[::-1]
    area = shapely.Polygon(np.vstack([a, b]))
    if not area.is_valid:
        raise UsageError("the two lines cross, so nothing lies between them", to_do="give the zone as a polygon")
    return place.cut(area)


def area_km2(area: shapely.Geometry) -> float:
    """Return the area of a geometry in degrees on the ellipsoid, in km² (geodesics: Karney 2013).

    >>> round(area_km2(shapely.box(0, 0, 1, 1)))
    12309
    """
    return abs(float(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shapely.orient_polygons(area))[0])) / 1e6


def _projection(geometry: shapely.Geometry) -> tuple[Move, Move]:
    """Return functions from degrees to metres around the middle of `geometry`, and back."""
    west, south, east, north = shapely.bounds(geometry)
    there = _around(float((west + east) / 2), float((south + north) / 2))
    inverse = _on(there, "INVERSE")

    def back(xy: Floats) -> Floats:
        degrees = inverse(xy)
        degrees[:, 0] = place.nearest_turn(degrees[:, 0], geometry)
        return degrees

    return _on(there, "FORWARD"), back


@functools.lru_cache(maxsize=256)  # some 16 ms to make, and each zone of one line asks for the same
def _around(lon_deg: float, lat_deg: float) -> pyproj.Transformer:
    """Return the transformer from degrees to metres around a position."""
    local = pyproj.CRS.from_proj4(f"+proj=aeqd +lon_0={lon_deg} +lat_0={lat_deg} +units=m")
    return pyproj.Transformer.from_crs("EPSG:4326", local, always_xy=True)


def _on(transformer: pyproj.Transformer, direction: str) -> Move:
    """Return a function on coordinates of shape (n, 2)."""

    def move(xy: Floats) -> Floats:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1], direction=direction))

    return move
