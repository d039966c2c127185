"""The log of a network of microphones: its own CSV, one row for each event that it placed."""

import json

import numpy as np
import polars as pl

from trucewatch.simulate.document import Acoustic
from trucewatch.simulate.native.written import Breakage

BREAKAGES: tuple[Breakage, ...] = (
    Breakage("lat", "148.2"),
    Breakage("lon", "inf"),
    Breakage("detected_at", "2026-03-32T11:00:00.000Z"),
    Breakage("sigma_major_m", "-5"),
    Breakage("class", "unclassified"),
    Breakage("lat", ""),
)
_CLASSES = {
    "shelling": "artillery", "explosion": "explosion", "burst": "automatic fire", "shot": "single shot",
    "drone_strike": "drone strike", "missile_strike": "missile", "air_strike": "air strike",
    "small_arms_fire": "small arms", "controlled_detonation": "demolition",
}  # fmt: skip


_MAPPING = """\
# How to read the log of the microphones: which column is what.
formats = ["%Y-%m-%dT%H:%M:%S%.fZ"]
sense = "recorded"
ignored = ["microphones"]

[columns]
native_id = "event_no"
start = "detected_at"
longitude = "lon"
latitude = "lat"
error_major = "sigma_major_m"
error_minor = "sigma_minor_m"
error_azimuth_deg = "axis_deg"
act = "class"
count_low = "detonations"
count_high = "detonations"

[acts]
{acts}

[manifest]
source_id = "{source.source_id}"
title = "Microphones along the line"
publisher = "The monitoring mission (simulated)"
formats = ["csv"]
delivery = "increment"
audience = "internal"

[manifest.licence]
name = "the mission's own"
attribution = "Simulated log of a network of microphones"
republish = "derived"

[manifest.accuracy]
position_error_m = {source.position_error_m}
time_error_s = {source.time_error_s}

[manifest.sees]
acts = {sees}
note = "Only within reach of a microphone; it cannot tell one explosion from another."
"""


def mapping(source: Acoustic) -> bytes:
    """Return the mapping document of the log, as TOML."""
    acts = "\n".join(f'"{word}" = "{act}"' for act, word in _CLASSES.items())
    return _MAPPING.format(source=source, acts=acts, sees=json.dumps(list(_CLASSES))).encode("utf-8")


def write_acoustic(source: Acoustic, rows: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.Series]:
    """Return seen rows as the columns of the log, all text, and their ids, in the order of `rows`."""
    size = rows.height
    ids = "A" + pl.Series(np.arange(1, size + 1)).cast(pl.String).str.zfill(7)
    sigma = np.round(np.full(size, source.position_error_m))
    return pl.DataFrame({
        "event_no": ids,
        "detected_at": rows["at_utc"].dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
        "lat": rows["lat_deg"].round(5).cast(pl.String), "lon": rows["lon_deg"].round(5).cast(pl.String),
        "sigma_major_m": pl.Series(sigma).cast(pl.Int64).cast(pl.String),
        "sigma_minor_m": pl.Series(sigma).cast(pl.Int64).cast(pl.String),
        "axis_deg": pl.Series(rng.integers(0, 180, size)).cast(pl.String),
        "class": rows["act"].replace_strict(_CLASSES, default="explosion", return_dtype=pl.String),
        "detonations": rows["count"].cast(pl.String),
        "microphones": pl.Series(rng.integers(3, 9, size)).cast(pl.String),
    }), ids.rename("native_id")  # fmt: skip
