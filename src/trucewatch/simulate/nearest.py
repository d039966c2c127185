"""Which of a set of places is nearest."""

import numpy as np
from scipy.spatial import cKDTree

from trucewatch import place
from trucewatch.simulate.draws import Floats, Integers


def nearest(of_lon_deg: Floats, of_lat_deg: Floats, lon_deg: Floats, lat_deg: Floats) -> tuple[Integers, Floats]:
    """Return, for each of n places, the index of the nearest of m others and its distance in metres, both shape (n,).

    >>> index, away = nearest(np.array([0.0, 2.0]), np.array([0.0, 0.0]), np.array([1.5]), np.array([0.0]))
    >>> int(index[0]), round(float(away[0]))
    (1, 55598)
    """
    chord, index = cKDTree(_on_sphere(of_lon_deg, of_lat_deg)).query(_on_sphere(lon_deg, lat_deg))
    away = 2 * place.EARTH_RADIUS_M * np.arcsin(np.minimum(chord / 2, 1.0))
    return np.asarray(index, np.int64), np.asarray(away, np.float64)


def _on_sphere(lon_deg: Floats, lat_deg: Floats) -> Floats:
    """Return places as unit vectors, shape (n, 3)."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
