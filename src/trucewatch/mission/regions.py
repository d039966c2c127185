"""The geometry of a mission: its regions, the map below them, the settlements to which public positions go."""

import polars as pl

from trucewatch.agreement import Feature, read_features
from trucewatch.errors import DocumentError, Problem
from trucewatch.report import Basemap, Region


def parse_regions(data: bytes, *, name: str) -> tuple[Region, ...]:
    """Return the regions of a GeoJSON file: polygons with `region_id` and `name`. Raises DocumentError with every problem."""
    problems: list[Problem] = []
    regions: list[Region] = []
    for number, feature in enumerate(read_features(data, name=name)):
        where = f"{name}: features[{number}]"
        region_id, title = (feature.properties.get(key) for key in ("region_id", "name"))
        if not isinstance(region_id, str) or not region_id or not isinstance(title, str):
            problems.append(Problem(where, "a region needs region_id and name", "add them to its properties"))
        elif feature.geometry.geom_type not in ("Polygon", "MultiPolygon"):
            problems.append(
                Problem(where, f"a region is an area, not a {feature.geometry.geom_type}", "draw a polygon")
            )
        elif region_id in {region.region_id for region in regions}:
            problems.append(Problem(where, f"region {region_id!r} stands twice", "make one MultiPolygon of both"))
        else:
            regions.append(Region(region_id, title, feature.geometry))
    if problems:
        raise DocumentError(tuple(problems))
    return tuple(regions)


def parse_basemap(data: bytes, *, name: str) -> Basemap:
    """Return outlines, towns and the viewpoint of a GeoJSON file. Raises DocumentError when no viewpoint is told."""
    features = read_features(data, name=name)
    outlines = tuple(feature.geometry for feature in features if feature.geometry.geom_type != "Point")
    viewpoint = next((str(f.properties["viewpoint"]) for f in features if f.properties.get("viewpoint")), "")
    if outlines and not viewpoint:
        what = "boundaries without a viewpoint"
        raise DocumentError((Problem(name, what, "say in the property 'viewpoint' whose boundaries are drawn"),))
    return Basemap(outlines, tuple(_named_points(features)), viewpoint.rstrip("."))


def parse_settlements(data: bytes, *, name: str) -> pl.DataFrame:
    """Return name, lon_deg, lat_deg of the points of a GeoJSON file."""
    points = _named_points(read_features(data, name=name))
    schema = {"name": pl.String, "lon_deg": pl.Float64, "lat_deg": pl.Float64}
    return pl.DataFrame(points, schema=schema, orient="row")


def _named_points(features: tuple[Feature, ...]) -> list[tuple[str, float, float]]:
    """Return the name and position of every point."""
    points = [feature for feature in features if feature.geometry.geom_type == "Point"]
    return [(str(point.properties.get("name", "")), point.geometry.x, point.geometry.y) for point in points]
