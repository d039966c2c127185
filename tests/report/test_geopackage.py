"""The GeoPackage: what the standard asks, read by SQLite, GDAL and geopandas, with the styles of the page, the same bytes."""

import contextlib
import datetime as dt
import json
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace

import geopandas
import numpy as np
import polars as pl
import pyogrio
import pytest
import shapely

from trucewatch.report import render, svg
from trucewatch.report.geopackage import geopackage
from trucewatch.report.gis_style import qml, sld, style
from trucewatch.report.layers import Layer
from trucewatch.when import Span
from trucewatch.words import Words

MADE = dt.datetime(2026, 3, 21, 6, 30, tzinfo=dt.UTC)
LAYERS = ["regions", "zones", "lines", "error_ellipses", "incidents"]


@pytest.fixture(scope="module")
def files(released, facts) -> dict[str, bytes]:
    return render(released(40), facts)


@pytest.fixture(scope="module")
def path(files, tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "incidents.gpkg"
    path.write_bytes(files["incidents.gpkg"])
    return path


@contextlib.contextmanager
def opened(data: bytes):
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(data)
        yield base


def test_it_is_a_geopackage_and_sound(files):
    data = files["incidents.gpkg"]
    assert data[:16] == b"SQLite format 3\0"
    assert (data[68:72], int.from_bytes(data[60:64], "big")) == (b"GPKG", 10300)
    with opened(data) as base:
        assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        assert {-1, 0, 4326} <= {n for (n,) in base.execute("SELECT srs_id FROM gpkg_spatial_ref_sys")}
        listed = base.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY rowid")
        assert [name for (name,) in listed] == LAYERS
        assert base.execute("SELECT DISTINCT last_change FROM gpkg_contents").fetchall()[0][0].endswith("Z")


def test_geopandas_reads_every_layer(path, files, facts):
    points = json.loads(files["incidents.geojson"])["features"]
    assert {name for name, _ in pyogrio.list_layers(path)} >= set(LAYERS)
    read = {name: geopandas.read_file(path, layer=name) for name in LAYERS}
    assert all(frame.crs.to_epsg() == 4326 and frame.geometry.is_valid.all() for frame in read.values())
    assert [[p.x, p.y] for p in read["incidents"].geometry] == [each["geometry"]["coordinates"] for each in points]
    assert list(read["incidents"]["incident_id"]) == [each["properties"]["incident_id"] for each in points]
    assert str(read["incidents"]["start_utc"].dtype) == "datetime64[ms, UTC]"
    middles = read["error_ellipses"].geometry.apply(lambda area: np.mean(area.exterior.coords[:-1], axis=0))
    assert np.abs(np.array(list(middles)) - [each["geometry"]["coordinates"] for each in points]).max() < 1e-4
    assert list(read["regions"]["name"]) == [region.name for region in facts.regions]
    assert (
        read["lines"]
        .geometry.iloc[0]
        .equals(shapely.multilinestrings([next(iter(facts.agreement.lines.values())).geometry]))
    )


def test_gdal_reads_it_without_a_word_of_complaint(ogrinfo, path):
    done = subprocess.run([ogrinfo, "-ro", "-al", "-so", path], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert [line.split(": ")[1] for line in done.stdout.splitlines() if line.startswith("Layer name")][:5] == LAYERS
    assert "Feature Count: 30" in done.stdout
    assert "Geometry: Point" in done.stdout


OPEN_IN_QGIS = """
import json, os, sys
from qgis.core import QgsApplication, QgsVectorLayer
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
told = {}
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    _, styled = layer.loadDefaultStyle()
    kind = type(layer.renderer()).__name__
    told[name] = [layer.isValid(), layer.featureCount(), layer.crs().authid(), styled, kind]
print(json.dumps(told), flush=True)
os._exit(0)  # leaving by the door, QGIS tears down what Python still holds
"""


def test_qgis_opens_every_layer_with_its_style(qgis, path, tmp_path):
    done = subprocess.run(
        [qgis, "-c", OPEN_IN_QGIS, path, *LAYERS], capture_output=True, text=True, check=True,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    assert {name: (valid, crs, styled) for name, (valid, _, crs, styled, _) in told.items()} == dict.fromkeys(
        LAYERS, (True, "EPSG:4326", True)
    )
    assert told["incidents"][1] == 30
    assert told["incidents"][4] == told["error_ellipses"][4] == "QgsCategorizedSymbolRenderer"


def test_the_stamp_is_on_every_layer_and_in_every_row(released, facts):
    tested = replace(facts, supposed=Span(facts.period_before.start_utc, facts.period.end_utc))
    stamp = "internal draft, not released; back-test, text never in force"
    with opened(render(released(8), tested)["incidents.gpkg"]) as base:
        assert all(told.endswith(stamp) for (told,) in base.execute("SELECT description FROM gpkg_contents"))
        for name in LAYERS:
            assert base.execute(f"SELECT DISTINCT stamp FROM {name}").fetchall() == [(stamp,)]


def test_every_layer_has_a_style_and_it_is_that_of_the_page(files):
    with opened(files["incidents.gpkg"]) as base:
        styles = base.execute("SELECT f_table_name, styleQML, styleSLD, useAsDefault FROM layer_styles").fetchall()
    assert [row[0] for row in styles] == LAYERS
    for name, made, other, default in styles:
        assert default == 1
        tree, slds = ET.fromstring(made.split(">", 1)[1]), ET.fromstring(other)
        values = [each.get("value") for each in tree.iter("category")]
        assert values == (list(svg.ORDER) if name in ("incidents", "error_ellipses") else [])
        assert (
            len(list(tree.iter("symbol")))
            == len(list(slds.iter("{http://www.opengis.net/sld}Rule")))
            == (len(values) or 1)
        )


@pytest.mark.parametrize("word", svg.ORDER)
def test_a_conformity_has_one_colour_everywhere(word):
    red, green, blue = (int(style(word)["stroke"][k : k + 2], 16) for k in (1, 3, 5))
    for kind in ("POINT", "POLYGON"):
        tree = ET.fromstring(qml("incidents", kind, Words()).split(">", 1)[1])
        symbol = list(tree.iter("symbol"))[svg.ORDER.index(word)]
        told = {prop.get("k"): prop.get("v") for prop in symbol.iter("prop")}
        assert told["outline_color"] == f"{red},{green},{blue},255"
        assert style(word)["stroke"] in sld("incidents", kind, Words())


def test_the_same_gives_the_same_bytes_and_another_date_others(released, facts, files):
    assert render(released(40), facts)["incidents.gpkg"] == files["incidents.gpkg"]
    layer = Layer("incidents", "x", "POINT", pl.DataFrame({"n": [1]}), np.array([shapely.Point(1, 2)]))
    made = [geopackage((layer,), Words(), "s", MADE + dt.timedelta(days=n)) for n in (0, 0, 1)]
    assert made[0] == made[1] != made[2]


def test_a_day_without_incidents_has_its_layers(released, facts, tmp_path):
    path = tmp_path / "incidents.gpkg"
    path.write_bytes(render(released(0), facts)["incidents.gpkg"])
    assert len(geopandas.read_file(path, layer="incidents")) == 0
    assert "conformity" in pyogrio.read_info(path, layer="error_ellipses")["fields"]


HOSTILE = ("'); DROP TABLE incidents; --", '"x" <b>&amp;', "=1+1", "a\u202e\x07b")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    layer = Layer("incidents", text, "POINT", pl.DataFrame({"text": [text]}), np.array([shapely.Point(1, 2)]))
    with opened(geopackage((layer,), Words(), text, MADE)) as base:
        assert base.execute("SELECT text FROM incidents").fetchall() == [(text,)]
        assert base.execute("SELECT count(*) FROM layer_styles").fetchone() == (1,)
