"""Ellipses, sectors, winds and distances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch import place
from trucewatch.errors import UsageError

axes = st.floats(1.0, 1e5)


@given(axes, axes, st.floats(0, 179.9))
def test_an_ellipse_survives_its_covariance(a, b, azimuth):
    major, minor = max(a, b), min(a, b)
    again = place.ellipse(*place.covariance(np.array(major), np.array(minor), np.array(azimuth)))
    assert again[0] == pytest.approx(major, rel=1e-6)
    assert again[1] == pytest.approx(minor, rel=1e-4, abs=1e-6 * major)
    if major / minor > 1.01:
        assert abs((again[2] - azimuth + 90) % 180 - 90) < 0.1


@pytest.mark.parametrize(
    ("near", "far", "azimuth", "half"),
    [(2000, 4000, 112.5, 11.25), (0, 5000, 300, 45), (3000, 3000, 10, 11.25), (1000, 9000, 200, 180)],
)
def test_the_ellipse_of_a_sector_has_the_moments_of_its_points(near, far, azimuth, half):
    rng = np.random.default_rng(1)
    radius = np.sqrt(rng.uniform(near**2, max(far, near + 1) ** 2, 400_000))
    angle = np.radians(azimuth + rng.uniform(-half, half, 400_000))
    x, y = radius * np.sin(angle), radius * np.cos(angle)
    east, north, *shape = place.sector_ellipse(near, far, azimuth, half)
    assert (east, north) == pytest.approx((x.mean(), y.mean()), abs=0.01 * far)
    expected = place.ellipse(np.var(x), np.var(y), np.cov(x, y)[0, 1])
    assert shape[:2] == pytest.approx([float(expected[0]), float(expected[1])], rel=0.02)


def test_a_sector_inside_out_is_refused():
    with pytest.raises(UsageError, match="not a sector"):
        place.sector_ellipse(4000, 2000, 0, 10)


def test_winds():
    assert [place.wind_azimuth_deg(wind) for wind in ("N", "e", " SW ")] == [0, 90, 225]
    with pytest.raises(UsageError, match="16 winds"):
        place.wind_azimuth_deg("NNN")


@given(st.floats(22, 40), st.floats(44, 53), st.floats(-50_000, 50_000), st.floats(-50_000, 50_000))
def test_an_offset_is_as_long_as_it_says(lon, lat, east, north):
    there = place.offset(np.array(lon), np.array(lat), np.array(east), np.array(north))
    moved = place.distance_m(np.array(lon), np.array(lat), *there)
    assert float(moved) == pytest.approx(np.hypot(east, north), rel=0.01, abs=1)


def test_an_offset_crosses_the_antimeridian():
    lon, _ = place.offset(np.array(179.9), np.array(0.0), np.array(50_000.0), np.array(0.0))
    assert -180 <= float(lon) < -179
