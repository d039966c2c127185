"""Read NASA FIRMS VIIRS active fires: the archive format and the near-real-time format of 2025.

One row is one pixel in which a fire was seen on one pass. The rules:
- `acq_date`, `acq_time` are UTC: "HH:MM", "HH:MM:SS", or an integer without leading zeros (5 is 00:05).
- A pixel is `scan` x `track` kilometres; a fire lies uniformly in it, so one sigma is the side / √12. Scan lies across the
  orbit, about west to east (the orbit is inclined by 99°): the major axis points to 90° or to 0°.
- The row says when the fire was seen, not when it was lit: the error in time is the manifest's, an hour.
- FIRMS gives no id: the native id is the hash of satellite, pass and position. The same row twice is one.
- Confidence "l", "low" and so on is kept as text; brightness saturates at 367 K and is 0 in some rows: not used.

Source: FIRMS attribute tables for VIIRS 375 m (VNP14IMGT, VJ114IMGT).
"""

from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import coordinate_rules, local_datetime, number
from trucewatch.observe.rows import Rule, read_rows, sort_out

REQUIRED: Final = ("latitude", "longitude", "scan", "track", "acq_date", "acq_time", "satellite", "confidence", "frp")
IGNORED: Final = (
    "brightness", "bright_t31", "bright_ti4", "bright_ti5", "version", "daynight", "instrument", "type", "country_id",
)  # fmt: skip
CONFIDENCE: Final = {
    "l": "low", "n": "nominal", "h": "high", "low": "low", "nominal": "nominal", "high": "high",
}  # fmt: skip


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one delivery of FIRMS; `given` adds nothing but the manifest."""
    rows = read_rows(delivery, required=REQUIRED, ignored=IGNORED)
    frame = rows.frame.with_columns(
        number("scan").alias("scan_km"), number("track").alias("track_km"), _passed().alias("passed")
    )
    good, aside = sort_out(frame, _rules(given), delivery=delivery)
    error = given.manifest.accuracy
    across, along = (
        pl.max_horizontal(pl.col(side) * 1000 / 12**0.5, error.position_error_m) for side in ("scan_km", "track_km")
    )
    observations = good.select(
        "line",
        _native_id().alias("native_id"),
        pl.lit("fire").alias("act"),
        pl.col("passed").alias("start_utc"),
        (pl.col("passed") + pl.duration(minutes=1)).alias("end_utc"),
        pl.lit(error.time_error_s).alias("time_error_s"),
        number("longitude").alias("lon_deg"),
        number("latitude").alias("lat_deg"),
        pl.max_horizontal(across, along).alias("error_major_m"),
        pl.min_horizontal(across, along).alias("error_minor_m"),
        pl.when(across >= along).then(90.0).otherwise(0.0).alias("error_azimuth_deg"),
        pl.lit("detected").alias("sense"),
        pl.format(
            "confidence {}, radiative power {} MW", pl.col("confidence").replace_strict(CONFIDENCE), pl.col("frp")
        ).alias("text"),
        pl.lit(given.manifest.audience).alias("audience"),
    )
    return Taken(rows.rows_in, observations, pl.concat([tables.empty("set_aside"), rows.set_aside, aside]))


def _passed() -> pl.Expr:
    """Return the instant of the pass, null where date or time is none."""
    digits = pl.col("acq_time").str.extract(r"^([0-9]{1,4})$").str.zfill(4)
    clock = pl.coalesce(
        pl.col("acq_time").str.extract(r"^([0-9]{2}:[0-9]{2})(?::[0-9]{2})?$"),
        pl.concat_str(digits.str.slice(0, 2), pl.lit(":"), digits.str.slice(2)),
    )
    text = pl.concat_str("acq_date", pl.lit("T"), clock)
    return local_datetime(text, ["%Y-%m-%dT%H:%M"]).dt.replace_time_zone("UTC")


def _rules(given: Given) -> list[Rule]:
    """Return what a row must keep."""
    return [
        *coordinate_rules("latitude", "longitude", box=given.box),
        Rule("time_is_none", "acq_time", pl.col("passed").is_not_null()),
        Rule("scan_out_of_range", "scan", pl.col("scan_km").is_between(0.1, 5)),
        Rule("track_out_of_range", "track", pl.col("track_km").is_between(0.1, 5)),
        Rule("confidence_unknown", "confidence", pl.col("confidence").is_in(list(CONFIDENCE))),
        Rule("radiative_power_is_no_number", "frp", number("frp").is_not_null()),
        Rule("satellite_is_absent", "satellite", pl.col("satellite").is_not_null()),
    ]


def _native_id() -> pl.Expr:
    """Return satellite, pass and position in one text: FIRMS rows have no id of their own."""
    return pl.concat_str(
        "satellite", pl.col("passed").dt.strftime("%Y%m%dT%H%M"), "latitude", "longitude", separator="_"
    )
