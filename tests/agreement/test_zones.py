"""Derived areas are right on the ellipsoid, whatever the line."""

import time

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch import place
from trucewatch.agreement import zones
from trucewatch.errors import UsageError

GEOD = pyproj.Geod(ellps="WGS84")
quick = settings(max_examples=25)


@st.composite
def lines(draw: st.DrawFn, lon: float = 36.0) -> np.ndarray:
    """Draw a line that goes north from 47° to 48.5°, never back, of 2 to 5 points."""
    count = draw(st.integers(2, 5))
    east = draw(st.lists(st.floats(-0.3, 0.3), min_size=count, max_size=count))
    return np.column_stack([lon + np.array(east), np.linspace(47.0, 48.5, count)])


def dense(line: np.ndarray) -> np.ndarray:
    """Return positions along a line, straight in degrees, about 150 m apart."""
    return shapely.get_coordinates(shapely.segmentize(shapely.LineString(line), 0.002))


def metres_to(positions: np.ndarray, lon: float, lat: float) -> np.ndarray:
    """Return the geodesic distance from each position to a point."""
    ones = np.ones(len(positions))
    return np.array(GEOD.inv(positions[:, 0], positions[:, 1], ones * lon, ones * lat)[2])


points = st.tuples(st.floats(34.3, 37.7), st.floats(46.0, 49.5))
distances = st.floats(1, 70)


@quick
@given(line=lines(), point=points, distance_km=distances)
def test_within_a_distance_of_a_line_is_geodesically_right(line, point, distance_km):
    area = zones.within(shapely.LineString(line), distance_km)
    metres = metres_to(dense(line), *point).min()
    limit = distance_km * 1000
    if abs(metres - limit) > 0.003 * limit + 20:
        assert area.contains(shapely.Point(point)) == (metres < limit)


@quick
@given(line=lines(), distance_km=distances, share=st.floats(0, 1), bearing=st.floats(0, 360))
def test_the_border_of_a_zone_runs_at_its_distance(line, distance_km, share, bearing):
    """From a place on the line, so far out is the last place inside or beyond it."""
    lon, lat = shapely.get_coordinates(shapely.LineString(line).interpolate(share, normalized=True))[0]
    area = zones.within(shapely.LineString(line), distance_km)
    inside = GEOD.fwd(lon, lat, bearing, 0.995 * distance_km * 1000)[:2]
    assert area.contains(shapely.Point(inside))


@pytest.mark.parametrize("lat", [0.0, 48.0, 70.0])
def test_a_long_leg_is_straight_in_degrees_as_geojson_has_it(lat):
    leg = shapely.LineString([[30, lat], [36, lat]])
    area = zones.within(leg, 10)
    for azimuth in (0, 180):
        for metres, there in ((9_900, True), (10_100, False)):
            assert area.contains(shapely.Point(GEOD.fwd(33, lat, azimuth, metres)[:2])) == there


@quick
@given(line=lines(), point=points, distance_km=distances)
def test_the_two_sides_are_left_and_right_of_the_walk_and_make_the_whole(line, point, distance_km):
    shape = shapely.LineString(line)
    both, left, right = (zones.within(shape, distance_km, side) for side in ("both", "left", "right"))
    assert shapely.area(left.intersection(right)) < 1e-6 * both.area
    assert left.union(right).area == pytest.approx(both.area, rel=1e-6)
    walk = dense(line)
    metres = metres_to(walk, *point)
    at = int(metres.argmin())
    if 0 < at < len(walk) - 1 and metres[at] < 990 * distance_km and metres[at] > 500:
        ahead = GEOD.inv(*walk[at - 1], *walk[at + 1])[0]
        turn = (GEOD.inv(*walk[at], *point)[0] - ahead) % 360
        assert left.contains(shapely.Point(point)) == (turn > 180)
        assert right.contains(shapely.Point(point)) == (turn < 180)


@quick
@given(line=lines(), distance_km=distances)
def test_a_line_walked_the_other_way_changes_its_sides(line, distance_km):
    there, back = shapely.LineString(line), shapely.LineString(line[::-1])
    left, right = zones.within(there, distance_km, "left"), zones.within(back, distance_km, "right")
    assert left.symmetric_difference(right).area < 1e-6 * left.area


@quick
@given(
    west=lines(lon=36.0), east=lines(lon=37.0), lon=st.floats(35, 38), lat=st.floats(47.01, 48.49),
    backwards=st.tuples(st.booleans(), st.booleans()),
)  # fmt: skip
def test_between_two_lines_is_between_them_whichever_way_they_run(west, east, lon, lat, backwards):
    first, second = (
        shapely.LineString(line[::-1] if turned else line) for line, turned in zip((west, east), backwards, strict=True)
    )
    edges = [np.interp(lat, line[:, 1], line[:, 0]) for line in (west, east)]
    if min(abs(lon - edge) for edge in edges) > 1e-9:
        inside = edges[0] < lon < edges[1]
        assert zones.between(first, second).contains(shapely.Point(lon, lat)) == inside
        assert zones.between(second, first).contains(shapely.Point(lon, lat)) == inside


def test_lines_that_cross_have_nothing_between_them():
    with pytest.raises(UsageError, match=r"cross.*polygon"):
        zones.between(shapely.LineString([[36, 47], [37, 48], [36, 49]]), shapely.LineString([[36.5, 47], [36.4, 49]]))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("LINESTRING (37 47, 37.5 47.5, 36.5 47.5, 37.2 47, 37 48)", "turns back"),
        ("MULTILINESTRING ((37 47, 37 48), (38 47, 38 48))", "one piece"),
        ("LINESTRING (37 47, 37.5 47.5, 37.5 46.5, 37 47)", "turns back"),
    ],
)
def test_a_line_without_sides_is_refused(line, why):
    with pytest.raises(UsageError, match=why):
        zones.within(shapely.from_wkt(line), 10, "left")


def test_the_surroundings_of_several_objects_are_taken_together():
    objects = shapely.MultiPoint([[36, 47], [37, 48]])
    area = zones.within(objects, 5)
    assert len(area.geoms) == 2
    square_metres = sum(abs(GEOD.geometry_area_perimeter(disc)[0]) for disc in area.geoms)
    assert square_metres == pytest.approx(2 * np.pi * 5000**2, rel=0.005)


@quick
@given(line=lines(lon=180.0071), point=st.tuples(st.floats(178.3, 181.7), st.floats(46.0, 49.5)), distance_km=distances)
@pytest.mark.parametrize("side", ["both", "left", "right"])
def test_a_zone_across_the_antimeridian_is_that_of_another_meridian_moved(side, line, point, distance_km):
    drawn = place.cut(shapely.LineString(line))
    area = zones.within(drawn, distance_km, side)
    assert area.is_valid
    assert area.bounds[0] >= -180
    assert area.bounds[2] <= 180
    there = zones.within(shapely.LineString(line - [144.0, 0.0]), distance_km, side)
    lon, lat = point
    if lon != 180 and there.boundary.distance(shapely.Point(lon - 144, lat)) > 1e-3:
        inside = area.contains(shapely.Point((lon + 180) % 360 - 180, lat))
        assert inside == there.contains(shapely.Point(lon - 144, lat))
    assert zones.area_km2(area) == pytest.approx(zones.area_km2(there), rel=1e-4)


def test_between_two_lines_on_either_side_of_the_antimeridian():
    area = zones.between(shapely.from_wkt("LINESTRING (179 0, 179 1)"), shapely.from_wkt("LINESTRING (-179 0, -179 1)"))
    assert zones.area_km2(area) == pytest.approx(zones.area_km2(shapely.box(0, 0, 2, 1)), rel=2e-4)
    assert area.contains(shapely.Point(179.5, 0.5))
    assert area.contains(shapely.Point(-179.5, 0.5))


def test_a_zone_with_a_pole_in_it_is_refused():
    line = shapely.from_wkt("LINESTRING (10 85, 40 85)")
    assert zones.within(line, 500).is_valid
    with pytest.raises(UsageError, match="a pole lies within"):
        zones.within(line, 600)


def coast(corners: int, folds: float) -> shapely.Polygon:
    """Return an area of some 200 km with so many corners, that fold by this share of its radius."""
    rng, turn = np.random.default_rng(1), np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = 2 * (1 + folds * rng.uniform(-1, 1, corners))
    return shapely.Polygon(np.column_stack([38 + radius * np.cos(turn), 48 + 0.7 * radius * np.sin(turn)]))


def test_a_line_of_200_000_corners_is_widened_in_seconds():
    started = time.process_time()
    area = zones.within(coast(200_000, 1e-5), 5)
    assert time.process_time() - started < 5
    assert zones.area_km2(area) == pytest.approx(zones.area_km2(zones.within(coast(1_000, 0), 5)), rel=0.001)


def test_a_line_that_folds_100_000_times_is_refused_at_once():
    started = time.process_time()
    with pytest.raises(UsageError, match="corners, more than 10,000"):
        zones.within(coast(100_000, 0.05), 5)
    assert time.process_time() - started < 5
