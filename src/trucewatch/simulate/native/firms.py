"""VIIRS active fires as a FIRMS archive download: column order and number formats of the publisher's CSV.

Format: NASA FIRMS, "VIIRS 375 m active fire product, attribute fields"; `acq_time` is HHMM UTC, `confidence` l, n or h,
`brightness` saturates at 367 K.
"""

import numpy as np
import polars as pl

from trucewatch.simulate.native.written import Breakage

BREAKAGES: tuple[Breakage, ...] = (
    Breakage("latitude", "95.12345"),
    Breakage("longitude", "NaN"),
    Breakage("acq_date", "2026-02-30"),
    Breakage("acq_time", "2561"),
    Breakage("latitude", "٤٧.٥"),
    Breakage("frp", "1_0.5"),
)


def write_firms(rows: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.Series]:
    """Return seen rows as the columns of a FIRMS archive CSV, all text, and their ids, in the order of `rows`."""
    size = rows.height
    solar_h = (rows["at_utc"].dt.hour().to_numpy() + rows["lon_deg"].to_numpy() / 15) % 24
    day = (solar_h >= 6) & (solar_h < 18)
    power = np.minimum(rng.lognormal(1.0, 0.9, size) * np.sqrt(rows["count"].to_numpy()), 400)
    bright = np.minimum(np.where(day, 330, 302) + 9 * np.log1p(power) + rng.normal(0, 6, size), 367)
    sure = np.select([bright >= 367, day & (rng.random(size) < 0.08)], ["h", "l"], "n")
    scan = rng.uniform(0.32, 0.8, size)
    native = pl.DataFrame({
        "latitude": _text(rows["lat_deg"].to_numpy(), 5), "longitude": _text(rows["lon_deg"].to_numpy(), 5),
        "brightness": _text(bright, 2), "scan": _text(scan, 2), "track": _text(0.36 + 0.3 * scan, 2),
        "acq_date": rows["at_utc"].dt.strftime("%Y-%m-%d"), "acq_time": rows["at_utc"].dt.strftime("%H%M"),
        "satellite": ["N"] * size, "instrument": ["VIIRS"] * size, "confidence": sure, "version": ["2.0NRT"] * size,
        "bright_t31": _text(np.where(day, 288, 275) + rng.normal(0, 6, size), 2), "frp": _text(power, 2),
        "daynight": np.where(day, "D", "N"),
    })  # fmt: skip
    passed = rows["at_utc"].dt.strftime("_%Y%m%dT%H%M_")
    return native, (native["satellite"] + passed + native["latitude"] + "_" + native["longitude"]).rename("native_id")


def _text(values: np.ndarray, decimals: int) -> pl.Series:
    """Write numbers as the publisher does: at most so many decimals, no trailing zeros."""
    return pl.Series(values.round(decimals), dtype=pl.Float64).cast(pl.String).str.strip_suffix(".0")
