"""The incidents of a report as GeoParquet 1.1, for notebooks: the columns of their table, and `geometry` as well-known binary.

Positions are longitude, latitude in WGS 84 (OGC:CRS84, which the standard means when no `crs` is said). The file says its stamp in
its metadata and in every row.
"""

import io
import json
from typing import Final

import polars as pl
import shapely

from trucewatch.report.exports import plainly
from trucewatch.report.layers import DIGITS, points

VERSION: Final = "1.1.0"


def geoparquet(incidents: pl.DataFrame, stamp: str) -> bytes:
    """Return `incidents.parquet`."""
    told = plainly(incidents).with_columns(pl.col("lon_deg", "lat_deg").round(DIGITS), pl.lit(stamp).alias("stamp"))
    where = points(told)
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": ["Point"]}
    if told.height:
        column["bbox"] = [float(edge) for edge in shapely.total_bounds(where)]
    geo = {"version": VERSION, "primary_column": "geometry", "columns": {"geometry": column}}
    out = io.BytesIO()
    told.with_columns(pl.Series("geometry", list(shapely.to_wkb(where, byte_order=1)), pl.Binary)).write_parquet(
        out, metadata={"geo": json.dumps(geo), "trucewatch": stamp}
    )
    return out.getvalue()
