"""GeoJSON read strictly: what a map would silently draw wrong is refused with its place.

JSON without NaN, Infinity or a key twice; a FeatureCollection; positions in degrees, longitude first, in range; no edge of
over 180° of longitude, what crosses the antimeridian is cut there; polygons closed and valid.
An invalid polygon is repaired only where the repair leaves its area as it is (to a millionth).
Source: RFC 7946.
"""

import json
from collections.abc import Mapping
from typing import Final, NamedTuple, NoReturn

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.validation import explain_validity

from trucewatch.errors import DocumentError, Problem

MAX_BYTES: Final = 64 << 20
MAX_FEATURES: Final = 50_000
SAME_AREA: Final = 1e-6


class Feature(NamedTuple):
    """One feature: its properties and its geometry in degrees, longitude first."""

    properties: Mapping[str, object]
    geometry: shapely.Geometry


class _RefusedError(ValueError):
    """What is wrong with one file or feature."""


def read_features(data: bytes, *, name: str) -> tuple[Feature, ...]:
    """Return the features of a FeatureCollection. Raises DocumentError with every problem: which feature, where on earth."""
    if len(data) > MAX_BYTES:
        raise DocumentError((Problem(name, f"larger than {MAX_BYTES >> 20} MiB", "simplify the geometry"),))
    try:
        raw = json.loads(data.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_key_twice)
    except (ValueError, RecursionError) as error:
        what = "not UTF-8" if isinstance(error, UnicodeDecodeError) else f"not JSON as it should be: {error}"
        raise DocumentError((Problem(name, what, "correct the file"),)) from error
    if not isinstance(raw, dict) or raw.get("type") != "FeatureCollection" or not isinstance(raw.get("features"), list):
        raise DocumentError((Problem(name, "not a GeoJSON FeatureCollection", "save it as one"),))
    if len(raw["features"]) > MAX_FEATURES:
        what = f"{len(raw['features']):,} features, more than {MAX_FEATURES:,}"
        raise DocumentError((Problem(name, what, "keep those that the document names"),))
    features, problems = [], []
    for number, feature in enumerate(raw["features"]):
        try:
            features.append(_feature(feature))
        except _RefusedError as error:
            problems.append(Problem(f"{name}: features[{number}]{_named(feature)}", str(error), "correct the geometry"))
    if problems:
        raise DocumentError(tuple(problems))
    return tuple(features)


def _feature(raw: object) -> Feature:
    """Return one feature."""
    if not isinstance(raw, dict) or raw.get("type") != "Feature" or not isinstance(raw.get("geometry"), dict):
        raise _RefusedError("not a Feature with a geometry")
    properties = raw.get("properties") or {}
    if not isinstance(properties, dict):
        raise _RefusedError("its properties are no object")
    try:
        _as_written(raw["geometry"])
        geometry = shape(raw["geometry"])
    except _RefusedError:
        raise
    except Exception as error:
        raise _RefusedError(f"not a geometry: {error}") from error
    if geometry.is_empty:
        raise _RefusedError("the geometry is empty")
    positions = shapely.get_coordinates(geometry)
    if not np.isfinite(positions).all():
        raise _RefusedError("a position is no number")
    astray = positions[(np.abs(positions) > (180, 90)).any(axis=1)]
    if len(astray):
        lon, lat = astray[0]
        raise _RefusedError(f"position {lon}, {lat} is not on earth (longitude first, in degrees)")
    _goes_one_way(geometry)
    return Feature(properties, _valid(geometry))


def _goes_one_way(geometry: shapely.Geometry) -> None:
    """Refuse an edge of over 180° of longitude: as written it runs around the earth, and is mostly meant to cross 180°."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    areas = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    edges = np.concatenate([shapely.get_rings(parts[areas]), parts[~areas]])
    xy, of = shapely.get_coordinates(edges, return_index=True)
    span = np.abs(np.diff(xy[:, 0])) * (np.diff(of) == 0)
    wide = np.flatnonzero((span > 180) & (span < 360))  # of 360° is the edge of a map of the world
    if len(wide):
        (lon, lat), (to, _) = xy[wide[0]], xy[wide[0] + 1]
        raise _RefusedError(
            f"an edge from {lon}, {lat} to longitude {to} runs around the earth; if it crosses 180°, cut the geometry there"
            " (RFC 7946, section 3.1.9)"
        )


def _as_written(geometry: object) -> None:
    """Refuse what would silently become another geometry: a type that is no word, positions of text, an open ring."""
    if not isinstance(geometry, dict) or not isinstance(geometry.get("type"), str):
        raise _RefusedError("a geometry has a type")
    for part in geometry.get("geometries") or ():
        _as_written(part)
    coordinates = geometry.get("coordinates")
    if coordinates is not None and not _of_numbers(coordinates):
        raise _RefusedError("a position is no number")
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(geometry["type"]) or ()
    for ring in (ring for polygon in polygons for ring in polygon or ()):
        if isinstance(ring, list) and ring and ring[0] != ring[-1]:
            raise _RefusedError("a ring is not closed: its last position must be its first")


def _of_numbers(coordinates: object) -> bool:
    """Say whether coordinates are lists of numbers, at any depth. Text and truth values are none."""
    if isinstance(coordinates, list):
        return all(map(_of_numbers, coordinates))
    return isinstance(coordinates, int | float) and not isinstance(coordinates, bool)


def _valid(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a valid geometry of the same area, or refuse."""
    if geometry.is_valid:
        return geometry
    reason = explain_validity(geometry)
    repaired = shapely.make_valid(geometry)
    polygons = [part for part in shapely.get_parts(repaired) if part.geom_type in ("Polygon", "MultiPolygon")]
    again = shapely.union_all(polygons)
    covered = shapely.union_all([shapely.Polygon(ring) for ring in _rings(geometry) if shapely.Polygon(ring).is_valid])
    area = max(abs(geometry.area), covered.area)
    if again.is_empty or abs(again.area - area) > SAME_AREA * max(area, again.area):
        raise _RefusedError(f"the polygon is invalid and a repair would change it: {reason}")
    return again


def _rings(geometry: shapely.Geometry) -> list[shapely.LinearRing]:
    """Return the outer rings of a polygon or multipolygon."""
    parts = shapely.get_parts(geometry)
    return [shapely.get_exterior_ring(part) for part in parts if part.geom_type == "Polygon"]


def _named(raw: object) -> str:
    """Return the name that a feature gives itself, for messages."""
    properties = raw.get("properties") if isinstance(raw, dict) else None
    if not isinstance(properties, dict):
        return ""
    names = [
        str(value) for key, value in properties.items() if key.lower().endswith(("name", "_id", "name:en")) and value
    ]
    return f" ({names[0][:60]})" if names else ""


def _no_constant(text: str) -> NoReturn:
    """Refuse NaN and Infinity."""
    raise ValueError(f"{text} is no JSON number")


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object with a key twice."""
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise ValueError(f"a key stands twice: {sorted({k for k, _ in pairs if [p[0] for p in pairs].count(k) > 1})}")
    return keys
