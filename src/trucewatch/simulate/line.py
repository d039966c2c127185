"""The line along which things happen: places at so many metres along it, and on which side of it a place lies."""

import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trucewatch import place
from trucewatch.errors import DocumentError, Problem

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Line:
    """A polyline: `lon_deg`, `lat_deg` of its vertices in the order of the walk, shape (n,), n at least 2."""

    lon_deg: Floats
    lat_deg: Floats

    @property
    def steps_m(self) -> Floats:
        """The length of each stretch between two vertices, metres, shape (n - 1,)."""
        return place.distance_m(self.lon_deg[:-1], self.lat_deg[:-1], self.lon_deg[1:], self.lat_deg[1:])

    @property
    def length_m(self) -> float:
        """The length of the line, metres.

        >>> line = Line(np.array([0.0, 0.0]), np.array([0.0, 1.0]))
        >>> round(line.length_m)
        111195
        """
        return float(self.steps_m.sum())

    def at(self, along_m: Floats, left_m: Floats) -> tuple[Floats, Floats]:
        """Return the places `along_m` from the start of the line and `left_m` to the left of it (right: negative).

        >>> lon, lat = Line(np.array([0.0, 0.0]), np.array([0.0, 1.0])).at(np.array([55597.5]), np.array([-111195.0]))
        >>> round(float(lon[0]), 2), round(float(lat[0]), 2)
        (1.0, 0.5)
        """
        starts = np.concatenate(([0.0], np.cumsum(self.steps_m)))
        step = np.clip(np.searchsorted(starts, along_m, side="right") - 1, 0, len(starts) - 2)
        share = (along_m - starts[step]) / self.steps_m[step]
        lon = self.lon_deg[step] + share * np.diff(self.lon_deg)[step]
        lat = self.lat_deg[step] + share * np.diff(self.lat_deg)[step]
        east, north = self._directions()
        return place.offset(lon, lat, -north[step] * left_m, east[step] * left_m)

    def left_m(self, lon_deg: Floats, lat_deg: Floats) -> Floats:
        """Return how far to the left of the line places lie, metres; negative to the right.

        >>> line = Line(np.array([0.0, 0.0]), np.array([0.0, 1.0]))
        >>> round(float(line.left_m(np.array([1.0]), np.array([0.5]))[0]) / 1000)
        -111
        """
        parts = [self._left_m(lon_deg[i : i + _CHUNK], lat_deg[i : i + _CHUNK]) for i in range(0, len(lon_deg), _CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _directions(self) -> tuple[Floats, Floats]:
        """Return the unit vectors (east, north) of each stretch."""
        middle = np.radians((self.lat_deg[:-1] + self.lat_deg[1:]) / 2)
        east, north = np.diff(self.lon_deg) * np.cos(middle), np.diff(self.lat_deg)
        length = np.hypot(east, north)
        return east / length, north / length

    def _left_m(self, lon_deg: Floats, lat_deg: Floats) -> Floats:
        """Take the nearest stretch of each place, on its own local plane; at a bend the sum of both stretches rules."""
        cos = np.cos(np.radians(lat_deg))[:, None]
        x = (self.lon_deg[None, :] - lon_deg[:, None]) * cos * place.METRES_PER_DEGREE
        y = (self.lat_deg[None, :] - lat_deg[:, None]) * place.METRES_PER_DEGREE
        dx, dy = np.diff(x, axis=1), np.diff(y, axis=1)
        share = np.clip(-(x[:, :-1] * dx + y[:, :-1] * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        near_x, near_y = x[:, :-1] + share * dx, y[:, :-1] + share * dy
        squared = near_x * near_x + near_y * near_y
        least = squared.min(axis=1, keepdims=True)
        length = np.hypot(dx, dy)
        nearest = squared <= least + 1e-6 * (1 + least)
        # the place is the origin: left of a stretch when the stretch, seen from it, turns clockwise about it
        turn = np.where(nearest, (near_y * dx - near_x * dy) / length, 0.0).sum(axis=1)
        return np.asarray(np.where(turn > 0, -1.0, 1.0) * np.sqrt(least[:, 0]))


_CHUNK = 65_536  # places at a time: 60 stretches of them need about 300 MB


def read_line(data: bytes, line_id: str, *, name: str) -> Line:
    """Return the LineString of GeoJSON `data` whose properties name it `line_id` (`line_id` or `id`).

    Raises DocumentError when there is none, or when it is not a line of at least two places.
    """
    try:
        features = json.loads(data)["features"]
        found = [f for f in features if line_id in (f["properties"].get("line_id"), f["properties"].get("id"))]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DocumentError((Problem(name, "not a GeoJSON FeatureCollection", "correct the file"),)) from error
    if len(found) != 1:
        raise DocumentError((Problem(name, f"has {len(found)} lines {line_id!r}", "name one line of the file"),))
    try:
        lonlat = np.array(found[0]["geometry"]["coordinates"], dtype=np.float64)
        if found[0]["geometry"]["type"] != "LineString" or lonlat.ndim != 2 or len(lonlat) < 2:
            raise ValueError("not a line")
    except (ValueError, KeyError, TypeError) as error:
        raise DocumentError((Problem(name, f"{line_id!r} is not a LineString", "give at least two places"),)) from error
    return Line(lonlat[:, 0], lonlat[:, 1])
