"""The layers as one GeoPackage with their styles (OGC 12-128r18, GeoPackage 1.3), for the desks of map programs.

The rule, in plain sentences.
1. A GeoPackage is an SQLite database with the application id "GPKG" and the version as user version (requirements 2 and 3).
2. It has the tables of reference systems, of contents and of geometry columns (requirements 10, 13, 21); ours are WGS 84.
3. A geometry is a header ("GP", version, flags, reference system, envelope) and then well-known binary (requirement 19).
4. `layer_styles` is no part of the standard: QGIS keeps a layer’s default style there, and opens the layer with it.

It is built in memory and never touches a disk. Nothing in it tells the hour it was written: the same in gives the same
bytes, on the same version of SQLite.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import polars as pl
import shapely

from trucewatch.report.gis_style import qml, sld
from trucewatch.report.layers import Layer
from trucewatch.words import Words

WGS_84: Final = 4326
APPLICATION_ID: Final = int.from_bytes(b"GPKG", "big")
VERSION: Final = 10300
WKT: Final = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
SCHEMA: Final = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY NOT NULL, f_table_catalog TEXT, f_table_schema TEXT, f_table_name TEXT,
  f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT,
  ui TEXT, update_time DATETIME);
"""


def geopackage(layers: tuple[Layer, ...], words: Words, stamp: str, made_utc: datetime) -> bytes:
    """Return `incidents.gpkg` of the layers, dated `made_utc`. The stamp describes every layer, and stands in every row."""
    at = made_utc.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    with closing(sqlite3.connect(":memory:")) as base:
        base.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; {SCHEMA}")
        undefined = [
            (f"Undefined {of} SRS", n, "NONE", n, "undefined", None) for n, of in ((-1, "Cartesian"), (0, "geographic"))
        ]
        known = ("WGS 84", WGS_84, "EPSG", WGS_84, WKT, "longitude and latitude in degrees")
        base.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", [*undefined, known])
        for n, layer in enumerate(layers, 1):
            _add(base, layer, stamp, at)
            drawn = (qml(layer.name, layer.kind, words), sld(layer.name, layer.kind, words))
            base.execute(
                "INSERT INTO layer_styles VALUES (?, '', '', ?, 'geom', ?, ?, ?, 1, ?, '', NULL, ?)",
                (n, layer.name, layer.name, *drawn, stamp, at),
            )
        base.execute(
            "INSERT INTO gpkg_contents VALUES ('layer_styles', 'attributes', 'layer_styles', ?, ?, NULL, NULL, NULL, NULL, 0)",
            (stamp, at),
        )
        base.commit()
        return base.serialize()


def _add(base: sqlite3.Connection, layer: Layer, stamp: str, at: str) -> None:
    """Add one layer: its table, its place in the contents, its rows."""
    bounds: tuple[Any, ...] = (None,) * 4
    if len(layer.geometries):
        bounds = tuple(float(edge) for edge in shapely.total_bounds(layer.geometries))
    base.execute(
        "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, ?)",
        (layer.name, layer.name, f"{layer.title} · {stamp}", at, *bounds, WGS_84),
    )
    base.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (layer.name, layer.kind, WGS_84))
    columns = "".join(f', "{name}" {_type(kind)}' for name, kind in layer.table.schema.items())
    base.execute(f'CREATE TABLE "{layer.name}" (fid INTEGER PRIMARY KEY NOT NULL, geom {layer.kind}{columns})')
    instants = [name for name, kind in layer.table.schema.items() if kind == pl.Datetime]
    told = layer.table.with_columns(pl.col(instants).dt.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    rows = zip(range(1, told.height + 1), _blobs(layer), *(told[name].to_list() for name in told.columns), strict=True)
    marks = ", ".join("?" * (2 + told.width))
    base.executemany(f'INSERT INTO "{layer.name}" VALUES ({marks})', rows)


def _type(kind: pl.DataType) -> str:
    """Return the column type of the standard (table 1)."""
    if kind.is_integer():
        return "INTEGER"
    if kind.is_float():
        return "REAL"
    if kind == pl.Boolean:
        return "BOOLEAN"
    return "DATETIME" if kind == pl.Datetime else "TEXT"


def _blobs(layer: Layer) -> list[bytes]:
    """Return the geometries as the standard’s binary: header, envelope (not of points), well-known binary."""
    bodies = shapely.to_wkb(layer.geometries, byte_order=1)
    if layer.kind == "POINT":
        head = b"GP\x00\x01" + WGS_84.to_bytes(4, "little")
        return [head + body for body in bodies]
    head = b"GP\x00\x03" + WGS_84.to_bytes(4, "little")
    west, south, east, north = shapely.bounds(layer.geometries).reshape(-1, 4).T
    envelopes = np.column_stack([west, east, south, north]).astype("<f8")
    return [head + envelope.tobytes() + body for envelope, body in zip(envelopes, bodies, strict=True)]
