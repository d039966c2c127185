"""A small agreement at the equator, written for each test, and incidents to set against it."""

import datetime as dt
import json
from collections.abc import Callable

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.agreement import Agreement, parse_agreement

NOON = dt.datetime(2023, 6, 10, 12, tzinfo=dt.UTC)

TEXT = """\
agreement_id = "small"
title = "A small text"
standing = "{standing}"
standing_basis = "published"
citation = "written for a test"
time_zone = "UTC"
{force}
zones_file = "zones.geojson"

[[parties]]
party_id = "east"
name = "East"
style = {{ colour = "#111111" }}

[[parties]]
party_id = "west"
name = "West"
style = {{ colour = "#222222" }}

[[object_classes]]
object_class = "power_plant"
name = "Power plants"

[[weapon_classes]]
weapon_class = "howitzers"
name = "Howitzers"
words = ["howitzer"]

[[weapon_classes]]
weapon_class = "mortars"
name = "Mortars"
words = ["mortar"]

[[zones]]
zone_id = "strip"
name = "One degree wide"
feature = "strip"

[[zones]]
zone_id = "wide"
name = "Three degrees wide"
feature = "wide"
"""
CLAUSE = """
[[clauses]]
clause_id = "{name}"
number = "{number}"
text = "Words of the clause."
words_are = "quoted"
"""
IN_FORCE = "entry_into_force = 2023-06-01T00:00:00\nduration_days = 30"
BOXES = {"strip": (-0.5, 0.5), "wide": (-1.5, 1.5)}


def _zones(_: str) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"feature": name},
            "geometry": {"type": "Polygon", "coordinates": [[[w, -5], [e, -5], [e, 5], [w, 5], [w, -5]]]},
        }
        for name, (w, e) in BOXES.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture(scope="session")
def text() -> Callable[..., Agreement]:
    """Return a function that makes an agreement of clauses (name -> TOML lines) and readings (TOML)."""

    def make(
        clauses: dict[str, str], readings: str = "", *, standing: str = "in_force", force: str = IN_FORCE
    ) -> Agreement:
        told = "".join(CLAUSE.format(name=name, number=n) + body for n, (name, body) in enumerate(clauses.items(), 1))
        whole = TEXT.format(standing=standing, force=force) + told + readings
        return parse_agreement(whole.encode(), name="agreement.toml", beside=_zones)

    return make


@pytest.fixture(scope="session")
def incidents() -> Callable[..., pl.DataFrame]:
    """Return a function from rows (columns that differ from a sure explosion at 0° 0° on 10 June 2023) to `incidents`."""

    def make(*rows: dict[str, object]) -> pl.DataFrame:
        base = {
            "act": "explosion", "act_probability": 1.0, "start_utc": NOON, "end_utc": NOON, "time_error_s": 60.0,
            "lon_deg": 0.0, "lat_deg": 0.0, "error_major_m": 500.0, "error_minor_m": 500.0, "error_azimuth_deg": 0.0,
            "real_probability": 1.0, "observations": 2, "independent_sources": 2, "source_ids": ["a", "b"],
        }  # fmt: skip
        whole = [base | {"incident_id": f"i{n:04}"} | row for n, row in enumerate(rows)]
        given = [name for name in tables.dtypes("incidents") if any(name in row for row in whole)]
        kinds = {name: kind for name, kind in tables.dtypes("incidents").items() if name in given}
        return tables.conform(pl.DataFrame(whole, schema=kinds), "incidents")

    return make
