"""A small world for the tests of this room."""

import json
from collections.abc import Callable

import pytest

from trucewatch.errors import MissingError
from trucewatch.simulate import Scenario, World, parse_scenario, simulate

TEXT = """\
scenario_id = "small"
title = "A small world"
seed = 7
start = 2026-03-27
days = 4
time_zone = "Atlantic/Azores"

[line]
file = "geometry.geojson"
line_id = "line"
sides = ["east", "west"]

[mission]
mission_id = "small"
title = "A small world"
agreement = "agreement.toml"
regions = "regions.geojson"
basemap = "basemap.geojson"
settlements = "settlements.geojson"
first_report_day = 2026-03-27

[rhythm]
follow = { share = 0.3, distance_km = 2.0, delay_h = 1.0 }
course = [
  { at = 2026-03-26T00:00:00, factor = 1.0 },
  { at = 2026-03-29T12:00:00, factor = 1.0 },
  { at = 2026-03-29T12:00:00, factor = 0.25 },
]

[[acts]]
act = "shelling"
per_day = 60
spread_km = 3
count_mean = 5
weapons = { "mortar 120mm" = 1 }

[[acts]]
act = "heavy_weapon"
per_day = 12
between_km = [3, 30]
steady = true
weapons = { "tank" = 1 }

[[sources]]
source_id = "patrol"
kind = "patrol"
detects = { shelling = 0.8, heavy_weapon = 0.7 }
confusion = { shelling = { explosion = 0.5 } }
position_error_m = 500
time_error_s = 60
clutter_per_day = 5
clutter_acts = { explosion = 1 }
duplicates = 0.1
bad_rows = 6
posts = { every_km = 20, back_km = 2, reach_km = 10 }

[[sources]]
source_id = "acoustic"
kind = "acoustic"
detects = { shelling = 0.9 }
position_error_m = 800
time_error_s = 5
clutter_per_day = 4
clutter_acts = { explosion = 1 }
bad_rows = 6
outages = [{ start = 2026-03-28T06:00:00, end = 2026-03-28T12:00:00 }]
posts = { every_km = 10, back_km = 2, reach_km = 10 }

[[sources]]
source_id = "firms"
kind = "firms"
detects = { shelling = 0.4 }
confusion = { shelling = { fire = 1.0 } }
position_error_m = 250
time_error_s = 0
repeats = 0.3
clutter_per_day = 10
clutter_acts = { fire = 1 }
cloud = 0.2
furnaces = 3
bad_rows = 6
files = "all"

[[sources]]
source_id = "event_database"
kind = "event_database"
detects = { shelling = 0.3 }
position_error_m = 2000
time_error_s = 3600
copies = [{ source_id = "patrol", share = 0.2 }]
bad_rows = 5
"""


def _collection(*features: dict[str, object]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def _point(name: str, lon: float, lat: float) -> dict[str, object]:
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


BESIDE = {
    "geometry.geojson": _collection(
        {
            "type": "Feature",
            "properties": {"line_id": "line"},
            "geometry": {"type": "LineString", "coordinates": [[-30, 48], [-29.8, 47.6], [-30.1, 47.2], [-30, 46.9]]},
        }
    ),
    "settlements.geojson": _collection(*(_point(f"Place {n}", -30 + 0.05 * (n % 2), 48 - 0.1 * n) for n in range(11))),
    "regions.geojson": _collection(),
    "basemap.geojson": _collection(),
    "agreement.toml": b"",
}


def beside(name: str) -> bytes:
    """Return a file of the small world."""
    if name not in BESIDE:
        raise MissingError("no such file beside the document", where=name, to_do="put it there")
    return BESIDE[name]


@pytest.fixture(scope="session")
def small() -> Callable[[dict[str, str]], Scenario]:
    """Return a function that parses the small scenario, with parts of its text replaced."""

    def parse(replaced: dict[str, str]) -> Scenario:
        text = TEXT
        for old, new in replaced.items():
            assert old in text, old
            text = text.replace(old, new)
        return parse_scenario(text.encode(), name="small.toml", beside=beside)

    return parse


@pytest.fixture(scope="session")
def world(small: Callable[[dict[str, str]], Scenario]) -> World:
    """Return the small world."""
    return simulate(small({}))
