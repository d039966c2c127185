"""A database of events made from news: its own CSV; days and named places, never finer."""

import json

import numpy as np
import polars as pl

from trucewatch.simulate.document import EventDatabase
from trucewatch.simulate.native.written import Breakage
from trucewatch.simulate.nearest import nearest

BREAKAGES: tuple[Breakage, ...] = (
    Breakage("event_date", "31.02.2026"),
    Breakage("latitude", "NaN"),
    Breakage("longitude", "1e3"),
    Breakage("killed_low", "1_0"),
    Breakage("event_type", "parade"),
)
_TYPES = {
    "shelling": "shelling or rocket fire", "explosion": "explosion", "armed_clash": "armed clash",
    "drone_strike": "drone strike", "missile_strike": "missile strike", "air_strike": "air strike",
}  # fmt: skip


_MAPPING = """\
# How to read the database of events: which column is what. A day is a local day.
formats = ["%d.%m.%Y"]
error_unit_m = 1000
sense = "reported"
ignored = ["place", "published"]

[columns]
native_id = "event_id"
start = "event_date"
longitude = "longitude"
latitude = "latitude"
error_major = "accuracy_km"
act = "event_type"
deaths_low = "killed_low"
deaths_high = "killed_high"
reported_party = "attributed_to"
text = "headline"

[acts]
{acts}

[manifest]
source_id = "{source.source_id}"
title = "Events from news reports"
publisher = "A university (simulated)"
formats = ["csv"]
delivery = "increment"
repeats_events = {repeats}
copies = {copies}
audience = "public"

[manifest.licence]
name = "CC BY 4.0 (simulated)"
attribution = "Simulated database of events from news reports"
republish = "rows"

[manifest.accuracy]
position_error_m = {source.position_error_m}
time_error_s = {source.time_error_s}

[manifest.sees]
acts = {sees}
note = "Only what newspapers wrote of: deaths and damage more than other events."
"""


def mapping(source: EventDatabase) -> bytes:
    """Return the mapping document of the database, as TOML."""
    return _MAPPING.format(
        source=source,
        acts="\n".join(f'"{word}" = "{act}"' for act, word in _TYPES.items()),
        repeats=json.dumps(source.repeats > 0),
        copies=json.dumps([copy.source_id for copy in source.copies]),
        sees=json.dumps(list(_TYPES)),
    ).encode("utf-8")


def write_event_database(
    source: EventDatabase, rows: pl.DataFrame, settlements: pl.DataFrame, time_zone: str, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.Series]:
    """Return seen rows as the columns of the database, all text, and their ids, in the order of `rows`.

    A row stands at the nearest settlement; the stated error, one for all rows, holds the source's own and the usual
    way to a settlement.
    """
    size = rows.height
    ids = "E" + pl.Series(np.arange(1, size + 1)).cast(pl.String).str.zfill(6)
    of_settlements = (settlements["lon_deg"].to_numpy(), settlements["lat_deg"].to_numpy())
    at, away_m = nearest(*of_settlements, rows["lon_deg"].to_numpy(), rows["lat_deg"].to_numpy())
    usual_m = float(np.sqrt(np.mean(away_m**2) / 2)) if size else 0.0
    error_km = np.full(size, np.ceil(np.hypot(source.position_error_m, usual_m) / 1000))
    local = rows["at_utc"].dt.convert_time_zone(time_zone)
    published = (rows["at_utc"].cast(pl.Int64) + (1 + rows["delay_h"] + rng.exponential(8, size)) * 3_600_000_000).cast(
        pl.Int64
    )
    return pl.DataFrame({
        "event_id": ids,
        "event_date": local.dt.strftime("%d.%m.%Y"),
        "event_type": rows["act"].replace_strict(_TYPES, default="explosion", return_dtype=pl.String),
        "place": settlements["name"].gather(at),
        "latitude": settlements["lat_deg"].gather(at).cast(pl.String),
        "longitude": settlements["lon_deg"].gather(at).cast(pl.String),
        "accuracy_km": pl.Series(error_km).cast(pl.Int64).cast(pl.String),
        "killed_low": rows["deaths"].cast(pl.String),
        "killed_high": (rows["deaths"] + pl.Series(rng.poisson(0.3 * rows["deaths"].to_numpy()))).cast(pl.String),
        "attributed_to": _attributed(rows["party"], rng),
        "published": published.cast(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%d"),
        "headline": rows["act"].replace_strict(_TYPES, default="explosion", return_dtype=pl.String)
        .str.to_titlecase() + " reported at " + settlements["name"].gather(at),
    }), ids.rename("native_id")  # fmt: skip


def _attributed(party: pl.Series, rng: np.random.Generator) -> pl.Series:
    """Return whom the news names: in 40 % of rows the party that did it, in 5 % nobody's knowledge but a name."""
    return pl.Series(np.where(rng.random(len(party)) < 0.4, party.fill_null(""), ""), dtype=pl.String)
