"""GeoJSON is read strictly: what a map would silently draw wrong is refused with its place."""

import json
import time

import numpy as np
import pytest
import shapely

from trucewatch.agreement import read_features
from trucewatch.errors import DocumentError, Problem
from trucewatch.store import read_bytes

BOW_TIE = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]
SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


def one(kind: str, coordinates: object, **more: object) -> bytes:
    feature = {
        "type": "Feature",
        "properties": {"name": "north"},
        "geometry": {"type": kind, "coordinates": coordinates},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature | more]}).encode()


def problems(data: bytes) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as caught:
        read_features(data, name="a.geojson")
    assert all(p.what and p.to_do for p in caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "not a GeoJSON FeatureCollection"),
        (b'{"type": "Feature"}', "not a GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": {}}', "not a GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "NaN is no JSON number"),
        (b'{"type": "FeatureCollection", "features": [-Infinity]}', "-Infinity is no JSON number"),
        (b'{"type": "x", "type": "FeatureCollection", "features": []}', "a key stands twice: ['type']"),
        (b'{"type": "FeatureCollection", "features": [{"a": 1, "a": 2}]}', "a key stands twice: ['a']"),
        (b"[" * 100_000, "not JSON"),
        (b"1" * 5_000, "not JSON"),
    ],
)
def test_a_file_that_is_no_collection_is_refused(data, what):
    (problem,) = problems(data)
    assert problem.where == "a.geojson"
    assert what in problem.what


@pytest.mark.parametrize(
    ("kind", "coordinates", "what"),
    [
        ("Point", [181, 0], "not on earth"),
        ("Point", [0, 91], "not on earth"),
        ("Point", ["37", "48"], "no number"),
        ("Point", [True, False], "no number"),
        ("Point", [None, 48], "no number"),
        ("Point", [37], "not a geometry"),
        ("Point", [10**400, 0], "not a geometry"),
        ("Point", [], "empty"),
        ("Point", None, "empty"),
        ("LineString", [[0, 0]], "not a geometry"),
        ("LineString", [[0, 0], [0, 0]], "Too few points"),
        ("Polygon", [SQUARE[:-1]], "not closed"),
        ("MultiPolygon", [[SQUARE], [SQUARE[:-1]]], "not closed"),
        ("MultiPolygon", [1, 2], "not a geometry"),
        ("Polygon", [BOW_TIE], "Self-intersection[0.5 0.5]"),
        ("Polygon", [SQUARE, [[3, 3], [4, 3], [4, 4], [3, 3]]], "Hole lies outside shell"),
        ("MultiPolygon", [[SQUARE], [[[0.5, 0], [2, 0], [2, 1], [0.5, 1], [0.5, 0]]]], "Self-intersection"),
        ("Circle", [0, 0], "Unknown geometry type"),
        ("", [0, 0], "Unknown geometry type"),
    ],
)
def test_a_geometry_that_is_wrong_is_refused_with_the_feature_and_the_reason(kind, coordinates, what):
    (problem,) = problems(one(kind, coordinates))
    assert problem.where == "a.geojson: features[0] (north)"
    assert what in problem.what


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"geometry": None}, "not a Feature with a geometry"),
        ({"geometry": {"coordinates": [0, 0]}}, "has a type"),
        ({"geometry": {"type": 1, "coordinates": [0, 0]}}, "has a type"),
        ({"type": "feature"}, "not a Feature with a geometry"),
        ({"properties": "north"}, "properties are no object"),
        ({"properties": [1]}, "properties are no object"),
        ({"geometry": {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": ["1", "2"]}]}}, "no number"),
        ({"geometry": {"type": "GeometryCollection", "geometries": 3}}, "not a geometry"),
    ],
)  # fmt: skip
def test_a_feature_that_is_none_is_refused(more, what):
    (problem,) = problems(one("Point", [37, 48], **more))
    assert what in problem.what


def test_a_number_too_large_is_no_position():
    (problem,) = problems(one("Point", [0, 1]).replace(b"[0, 1]", b"[1e400, 1]"))
    assert problem.what == "a position is no number"


def test_every_bad_feature_is_told_at_once():
    good = json.loads(one("Point", [1, 1]))["features"]
    bad = [json.loads(one("Point", at))["features"][0] for at in ([200, 0], [0, 100])]
    data = json.dumps({"type": "FeatureCollection", "features": [bad[0], *good, bad[1]]}).encode()
    assert [p.where for p in problems(data)] == ["a.geojson: features[0] (north)", "a.geojson: features[2] (north)"]


def test_a_file_too_large_is_refused_unread():
    assert "larger than 64 MiB" in problems(b" " * ((64 << 20) + 1))[0].what


def test_too_many_features_are_refused():
    with pytest.raises(DocumentError, match="50,001 features, more than 50,000"):
        read_features(b'{"type": "FeatureCollection", "features": [' + b"1," * 50_000 + b"1]}", name="file.geojson")


def test_an_invalid_polygon_is_repaired_where_its_area_stays():
    touching = [[0, 0], [1, 1], [2, 0], [2, 2], [1, 1], [0, 2], [0, 0]]
    assert not shapely.Polygon(touching).is_valid
    (feature,) = read_features(one("Polygon", [touching]), name="a")
    assert feature.geometry.is_valid
    assert feature.geometry.area == pytest.approx(2)


def test_good_features_come_as_they_are():
    data = one("Polygon", [SQUARE], properties=None)
    ((properties, geometry),) = read_features(data, name="a")
    assert properties == {}
    assert geometry.equals(shapely.box(0, 0, 1, 1))


def test_the_invalid_oblasts_of_openstreetmap_are_refused_with_a_reason(data_dir):
    found = problems(read_bytes(data_dir / "boundaries/UA_oblasts_osm_2022.geojson"))
    assert [p.where.split(": ")[1] for p in found] == [
        "features[8] (Херсонська область)", "features[14] (Миколаївська область)", "features[15] (Одеська область)",
    ]  # fmt: skip
    assert all("Hole lies outside shell" in p.what for p in found)


@pytest.mark.parametrize(
    ("file", "features"), [("geoBoundaries-UKR-ADM2.geojson", 495), ("oblast_minregion_2020.geojson", 27)]
)
def test_real_boundaries_are_read_whole(data_dir, file, features):
    found = read_features(read_bytes(data_dir / "boundaries" / file), name=file)
    assert len(found) == features
    assert all(feature.geometry.is_valid for feature in found)


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("LineString", [[179, 0], [-179, 0]]),
        ("Polygon", [[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]]),
        ("MultiPolygon", [[SQUARE], [[[170, 0], [-170, 0], [-170, 1], [170, 1], [170, 0]]]]),
    ],
)
def test_an_edge_around_the_earth_is_refused_for_it_mostly_means_to_cross_180(kind, coordinates):
    (problem,) = problems(one(kind, coordinates))
    assert "runs around the earth; if it crosses 180°, cut the geometry there" in problem.what


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("MultiLineString", [[[179, 0], [180, 0]], [[-180, 0], [-179, 0]]]),
        ("Polygon", [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]),
    ],
    ids=["cut there", "the whole world"],
)
def test_what_is_cut_at_180_is_read(kind, coordinates):
    (feature,) = read_features(one(kind, coordinates), name="a.geojson")
    assert feature.geometry.geom_type == kind


def test_a_polygon_of_300_000_corners_is_read_in_seconds():
    turn = np.linspace(0, 2 * np.pi, 300_000, endpoint=False)
    ring = np.column_stack([38 + np.cos(turn), 48 + np.sin(turn)]).tolist()
    started = time.process_time()
    (feature,) = read_features(one("Polygon", [[*ring, ring[0]]]), name="a.geojson")
    assert time.process_time() - started < 10
    assert shapely.get_num_coordinates(feature.geometry) == 300_001
