"""What a map program draws: incidents, their error ellipses, regions, and the lines and zones of the agreement, as layers.

A layer has a table of attributes and as many geometries, WGS 84 degrees, longitude first. An error ellipse is drawn on the plane at
its middle, which is good enough for errors of up to some 100 km; it may cross ±180°, and never a pole.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import shapely

from trucewatch import place
from trucewatch.report.exports import harmless
from trucewatch.report.facts import ReportFacts
from trucewatch.report.svg import NINETY_PER_CENT

CORNERS: Final = 36  # of an ellipse
OF_AN_ELLIPSE: Final = (
    "incident_id",
    "act",
    "start_utc",
    "end_utc",
    "conformity",
    "stamp",
)  # the rest stands with the incident
DIGITS: Final = 5  # of a degree: one metre
Geometries = npt.NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """One layer: `kind` is the type of all its geometries."""

    name: str
    title: str
    kind: str
    table: pl.DataFrame
    geometries: Geometries


def layers(incidents: pl.DataFrame, facts: ReportFacts, stamp: str) -> tuple[Layer, ...]:
    """Return the layers of a report, the lowest first; `incidents` have `conformity`. Every row says the stamp."""
    stamped = pl.lit(stamp).alias("stamp")
    told = harmless(incidents).with_columns(stamped)
    told = told.with_columns(pl.col("lon_deg", "lat_deg").round(DIGITS))
    agreement = facts.agreement
    zones = {zone.zone_id: (zone.name, agreement.zone_geometry(zone.zone_id)) for zone in agreement.document.zones}
    lines = {line.line_id: (line.name, line.geometry) for line in agreement.lines.values()}
    regions = {region.region_id: (region.name, region.geometry) for region in facts.regions}
    return (
        _areas("regions", "regions of the mission", "region_id", regions, stamp),
        _areas("zones", "zones of the agreement", "zone_id", zones, stamp),
        _areas("lines", "lines of the agreement", "line_id", lines, stamp),
        Layer(
            "error_ellipses",
            "hold the true place nine times in ten",
            "POLYGON",
            told.select(OF_AN_ELLIPSE),
            ellipses(told),
        ),
        Layer("incidents", "incidents of the period", "POINT", told, points(told)),
    )


def points(incidents: pl.DataFrame) -> Geometries:
    """Return the positions of incidents, shape (n,)."""
    return np.asarray(shapely.points(incidents["lon_deg"].to_numpy(), incidents["lat_deg"].to_numpy()), dtype=object)


def ellipses(incidents: pl.DataFrame) -> Geometries:
    """Return the 90 % ellipses of incidents, shape (n,).

    >>> told = {"lon_deg": 30.0, "lat_deg": 0.0, "error_major_m": 111195.0, "error_minor_m": 1.0, "error_azimuth_deg": 90.0}
    >>> [round(float(edge), 2) for edge in shapely.bounds(ellipses(pl.DataFrame([told]))[0])]
    [27.85, -0.0, 32.15, 0.0]
    """
    lon, lat, azimuth, major, minor = (
        incidents[name].to_numpy()[:, None]
        for name in ("lon_deg", "lat_deg", "error_azimuth_deg", "error_major_m", "error_minor_m")
    )
    turn = np.radians(azimuth)
    around = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)[None, :]
    along, across = (size * NINETY_PER_CENT * part for size, part in ((major, np.cos(around)), (minor, np.sin(around))))
    east, north = along * np.sin(turn) - across * np.cos(turn), along * np.cos(turn) + across * np.sin(turn)
    x = lon + np.clip(east / (place.METRES_PER_DEGREE * np.maximum(np.cos(np.radians(lat)), 0.01)), -180, 180)
    y = np.clip(lat + north / place.METRES_PER_DEGREE, -90, 90)
    corners = np.round(np.stack([x, y], axis=-1), DIGITS)
    closed = np.concatenate([corners, corners[:, :1]], axis=1)[:, ::-1]  # rings of polygons go against the clock
    return np.asarray(shapely.polygons(closed), dtype=object)


def _areas(name: str, title: str, key: str, named: dict[str, tuple[str, shapely.Geometry]], stamp: str) -> Layer:
    """Return a layer of named geometries, each of one or several parts."""
    kind = "MULTILINESTRING" if name == "lines" else "MULTIPOLYGON"
    whole = shapely.multilinestrings if name == "lines" else shapely.multipolygons
    columns = {key: list(named), "name": [of for of, _ in named.values()]}
    table = harmless(pl.DataFrame(columns, schema={key: pl.String, "name": pl.String}))
    geometries = np.empty(len(named), dtype=object)
    for n, (_, geometry) in enumerate(named.values()):
        geometries[n] = whole(list(shapely.get_parts(geometry)))
    return Layer(name, title, kind, table.with_columns(pl.lit(stamp).alias("stamp")), geometries)
