"""A small agreement: two lines, every kind of zone, one reading."""

import json
from collections.abc import Callable

import pytest

from trucewatch.agreement import Agreement, parse_agreement
from trucewatch.errors import MissingError

TEXT = """\
agreement_id = "small"
title = "A small text"
standing = "in_force"
standing_basis = "published"
citation = "Invented"
time_zone = "Europe/Kyiv"
entry_into_force = 2024-03-15T00:00:00
duration_days = 30
extension = "by agreement of both"
lines_file = "lines.geojson"
zones_file = "zones.geojson"
objects_file = "objects.geojson"

[[parties]]
party_id = "east"
name = "East"
style = { colour = "#4a6f8a" }

[[parties]]
party_id = "west"
name = "West"
style = { colour = "#8a6f4a" }

[[lines]]
line_id = "new_line"
name = "New line"
date = 2024-03-15

[[lines]]
line_id = "old_line"
name = "Old line"
date = 2024-03-01

[[object_classes]]
object_class = "plants"
name = "Power plants"

[[weapon_classes]]
weapon_class = "mlrs"
name = "Rocket launchers"
words = ["MLRS"]

[[zones]]
zone_id = "strip"
name = "10 km of the line"
line = "new_line"
distance_km = 10

[[zones]]
zone_id = "west_of_it"
name = "10 km west of the line"
line = "new_line"
side = "left"
distance_km = 10

[[zones]]
zone_id = "between_them"
name = "Between the lines"
between = ["new_line", "old_line"]

[[zones]]
zone_id = "town"
name = "The town"
feature = "town_area"

[[zones]]
zone_id = "at_plants"
name = "5 km of power plants"
objects = "plants"
distance_km = 5

[[clauses]]
clause_id = "ceasefire"
number = "1"
kind = "prohibit"
acts = ["weapon_use"]
zone = "strip"
exceptions = ["return_fire"]
text = "No fire."
words_are = "quoted"

[[clauses]]
clause_id = "withdrawal"
number = "2"
kind = "oblige"
bearers = ["west"]
acts = ["heavy_weapon"]
weapons = ["mlrs"]
zone = "west_of_it"
start_by_day = 2
complete_by_day = 14
text = "Launchers are withdrawn."
words_are = "quoted"

[[clauses]]
clause_id = "return_fire"
number = "3"
kind = "except"
acts = ["weapon_use"]
text = "Fire may be returned."
words_are = "quoted"

[[readings]]
party_id = "east"
note = "East measures from the old line."
entry_into_force = 2024-03-16T00:00:00
replaces = [{ clause_id = "ceasefire", zone = "between_them", note = "from the old line" }]
"""


def collection(*features: dict[str, object]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


FILES = {
    "lines.geojson": collection(
        feature("LineString", [[37, 47], [37.1, 47.5], [37, 48]], line_id="new_line"),
        feature("LineString", [[37.5, 48], [37.4, 47.5], [37.5, 47]], line_id="old_line", approximate=False),
    ),
    "zones.geojson": collection(
        feature("Polygon", [[[37, 47], [38, 47], [38, 48], [37, 48], [37, 47]]], feature="town_area")
    ),
    "objects.geojson": collection(
        feature("Point", [36.5, 47.5], object_class="plants"), feature("Point", [36.0, 47.5], object_class="plants")
    ),
}

Small = Callable[..., Agreement]


@pytest.fixture(scope="session")
def small() -> Small:
    """Return a function that parses the small agreement, with parts of its text or whole files replaced."""

    def parse(replaced: dict[str, str] | None = None, files: dict[str, bytes] | None = None) -> Agreement:
        text, there = TEXT, FILES | (files or {})
        for old, new in (replaced or {}).items():
            assert old in text, old
            text = text.replace(old, new)

        def beside(name: str) -> bytes:
            if name not in there:
                raise MissingError("no such file beside the document", where=name, to_do="put it there")
            return there[name]

        return parse_agreement(text.encode(), name="small.toml", beside=beside)

    return parse


@pytest.fixture(scope="session")
def small_text() -> str:
    """Return the text of the small agreement."""
    return TEXT


@pytest.fixture(scope="session")
def small_files() -> dict[str, bytes]:
    """Return the files beside the small agreement."""
    return FILES


@pytest.fixture(scope="session")
def drawn() -> Callable[..., bytes]:
    """Return a function from (kind, coordinates, properties) of features to a file of them."""
    return lambda *each: collection(*(feature(kind, at, **said) for kind, at, said in each))
