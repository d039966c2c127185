import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch import place
from trucewatch.errors import DocumentError
from trucewatch.simulate.line import Line, read_line

ZIGZAG = Line(np.array([-30.0, -29.6, -30.2, -29.9]), np.array([49.0, 48.6, 48.2, 47.7]))


@given(st.floats(0.05, 0.95), st.floats(-3000, 3000).filter(lambda x: abs(x) > 1))
def test_a_place_left_of_the_line_is_found_there(share: float, left: float) -> None:
    lon, lat = ZIGZAG.at(np.array([share * ZIGZAG.length_m]), np.array([left]))
    back = float(ZIGZAG.left_m(lon, lat)[0])
    assert abs(back) <= abs(left) * 1.01 + 1  # a bend may bring the line nearer, never farther
    clear = min(abs(share * ZIGZAG.length_m - d) for d in np.cumsum([0.0, *ZIGZAG.steps_m])) > 6000
    if clear:
        assert back == pytest.approx(left, rel=0.01, abs=1)


def test_the_sign_holds_at_a_bend() -> None:
    # just outside the first bend, which turns right: to the left of both stretches
    lon, lat = np.array([-29.5]), np.array([48.6])
    assert ZIGZAG.left_m(lon, lat)[0] == pytest.approx(
        float(place.distance_m(lon[0], lat[0], np.float64(-29.6), np.float64(48.6))), rel=0.01
    )


def test_no_places_are_no_distances() -> None:
    assert ZIGZAG.left_m(np.empty(0), np.empty(0)).shape == (0,)


def _geojson(geometry: object, **properties: str) -> bytes:
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def test_reads_a_named_line() -> None:
    data = _geojson({"type": "LineString", "coordinates": [[-30, 48], [-29, 47]]}, line_id="here")
    assert read_line(data, "here", name="x").lon_deg.tolist() == [-30.0, -29.0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{}", "FeatureCollection"),
        (b"not json", "FeatureCollection"),
        (_geojson({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, line_id="there"), "0 lines"),
        (_geojson({"type": "Point", "coordinates": [0, 0]}, line_id="here"), "not a LineString"),
        (_geojson({"type": "LineString", "coordinates": [[0, 0]]}, line_id="here"), "not a LineString"),
        (_geojson(None, line_id="here"), "not a LineString"),
    ],
)
def test_says_what_is_wrong_with_a_line(data: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        read_line(data, "here", name="geometry.geojson")
