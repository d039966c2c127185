"""The layers: points where the incidents are, ellipses that hold nine true places in ten, in degrees anywhere."""

import numpy as np
import polars as pl
import pytest
import shapely
from pyproj import Geod

from trucewatch.report.layers import ellipses, layers

PLACES = [(30.0, 48.0), (-70.5, -33.2), (0.0, 0.0), (25.0, 70.0), (179.9, -17.0), (-179.99, 66.0)]


def one(lon: float, lat: float, major: float, minor: float, azimuth: float) -> pl.DataFrame:
    names = ("lon_deg", "lat_deg", "error_major_m", "error_minor_m", "error_azimuth_deg")
    return pl.DataFrame(dict(zip(names, (lon, lat, major, minor, azimuth), strict=True)))


@pytest.mark.parametrize(("lon", "lat"), PLACES)
@pytest.mark.parametrize("azimuth", [0.0, 30.0, 135.0])
def test_an_ellipse_has_its_axes_on_the_ground(lon, lat, azimuth):
    corners = shapely.get_coordinates(ellipses(one(lon, lat, 9_000.0, 2_000.0, azimuth))[0])
    n = len(corners)
    seen, _, far = Geod(ellps="WGS84").inv(np.full(n, lon), np.full(n, lat), corners[:, 0], corners[:, 1])
    radius = np.sqrt(-2 * np.log(0.1))
    assert far.max() == pytest.approx(9_000 * radius, rel=0.02)
    assert far.min() == pytest.approx(2_000 * radius, rel=0.02)
    off = (seen[np.argmax(far)] - azimuth + 90) % 180 - 90
    assert abs(off) < 2


def test_nine_true_places_in_ten_lie_inside():
    rng = np.random.default_rng(3)
    area = ellipses(one(30.0, 48.0, 4_000.0, 1_500.0, 60.0))[0]
    along, across = rng.normal(0, 4_000, 20_000), rng.normal(0, 1_500, 20_000)
    turn = np.radians(60.0)
    east, north = along * np.sin(turn) - across * np.cos(turn), along * np.cos(turn) + across * np.sin(turn)
    x, y = 30 + east / 111_195 / np.cos(np.radians(48)), 48 + north / 111_195
    assert shapely.contains_xy(area, x, y).mean() == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("error", [1e-3, 50.0, 2e7])
def test_no_error_makes_an_area_that_is_none(error):
    area = ellipses(one(30.0, 89.9, error, error, 10.0))[0]
    west, south, east, north = shapely.bounds(area)
    assert np.isfinite([west, east]).all()
    assert -90 <= south <= north <= 90


def test_what_the_page_draws_is_there(released, facts):
    made = {layer.name: layer for layer in layers(incidents(released), facts, "a stamp")}
    assert list(made) == ["regions", "zones", "lines", "error_ellipses", "incidents"]
    assert made["regions"].table["region_id"].to_list() == [region.region_id for region in facts.regions]
    assert made["lines"].table.height == len(facts.agreement.lines)
    assert all((layer.table["stamp"] == "a stamp").all() for layer in made.values())
    assert all(len(layer.geometries) == layer.table.height for layer in made.values())
    kinds = {
        name: {shapely.from_wkb(shapely.to_wkb(g)).geom_type.upper() for g in layer.geometries}
        for name, layer in made.items()
    }
    assert kinds == {name: {layer.kind} for name, layer in made.items()}


def incidents(released) -> pl.DataFrame:
    frame = released(12).tables["incidents"]
    return frame.with_columns(pl.lit("undetermined").alias("conformity"))
