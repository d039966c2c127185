"""The GeoParquet: opened by geopandas and by polars, with its stamp, the same bytes."""

import io
import json

import geopandas
import polars as pl

from trucewatch.report import render
from trucewatch.report.geoparquet import geoparquet


def test_geopandas_reads_it(released, facts, tmp_path):
    files = render(released(40), facts)
    path = tmp_path / "incidents.parquet"
    path.write_bytes(files["incidents.parquet"])
    frame = geopandas.read_parquet(path)
    points = json.loads(files["incidents.geojson"])["features"]
    assert frame.crs.to_string() == "OGC:CRS84"
    assert [[p.x, p.y] for p in frame.geometry] == [each["geometry"]["coordinates"] for each in points]
    assert list(frame["incident_id"]) == [each["properties"]["incident_id"] for each in points]
    assert set(frame["stamp"]) == {"internal draft, not released; text in_force"}


def test_its_metadata_say_what_the_standard_asks(released, facts):
    data = render(released(8), facts)["incidents.parquet"]
    told = pl.read_parquet_metadata(io.BytesIO(data))
    geo = json.loads(told["geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    column = geo["columns"]["geometry"]
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Point"])
    frame = pl.read_parquet(io.BytesIO(data))
    assert column["bbox"] == [
        frame["lon_deg"].min(),
        frame["lat_deg"].min(),
        frame["lon_deg"].max(),
        frame["lat_deg"].max(),
    ]
    assert told["trucewatch"] == "internal draft, not released; text in_force"


def test_a_day_without_incidents_can_be_opened(released, facts, tmp_path):
    path = tmp_path / "incidents.parquet"
    path.write_bytes(render(released(0), facts)["incidents.parquet"])
    frame = geopandas.read_parquet(path)
    assert len(frame) == 0
    assert "conformity" in frame.columns


def test_text_that_steers_is_made_harmless_and_instants_and_lists_stay_what_they_are(released):
    frame = released(8).tables["incidents"].with_columns(pl.lit("a\u202e\x07b").alias("weapon"))
    read = pl.read_parquet(io.BytesIO(geoparquet(frame, "s")))
    assert set(read["weapon"]) == {"a\ufffd\ufffdb"}
    assert {name: read.schema[name] for name in ("start_utc", "source_ids", "observations")} == {
        name: frame.schema[name] for name in ("start_utc", "source_ids", "observations")
    }


def test_the_same_gives_the_same_bytes(released, facts):
    assert render(released(40), facts)["incidents.parquet"] == render(released(40), facts)["incidents.parquet"]
