"""Read the UCDP Georeferenced Event Dataset: HDX files (with a row of HXL tags) and API downloads, all vintages.

The rules, from the UCDP GED codebook:
- `where_prec` says what the coordinates stand for: 1 an exact place; 2 within about 25 km of one; 3 a district; 4 a
  province (oblast); 5 a line or a vague area; 6 the country; 7 the air or the sea. The ellipse is as wide as that:
  an oblast is not a point.
- `date_prec`: 1 the day is known; 2 within 2–6 days; 3 the week; 4 the month; 5 the year. `date_start` to `date_end` holds
  the event; where `date_prec` says more than the dates do, the span is widened to it.
- Days are local days: from midnight to midnight in the mission's time zone.
- `type_of_violence`: 1 state-based and 2 non-state are fights of two sides (armed_clash); 3 is one-sided (side_a against
  civilians). A fight names both sides, not an actor.
- `low`, `best`, `high` are counts of deaths. In some rows they stand out of order (a best above the high, a low above the
  best): the range is from the least to the greatest of the three, so it is never tighter than the source says.
- Dates come as YYYY-MM-DD, with a time of midnight, or month first: "2/18/2020 12:00:00 AM", "02/05/2023 00:00".

Source: Högbladh, UCDP GED Codebook, fields where_prec, date_prec, type_of_violence.
"""

from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import coordinate_rules, integer, local_datetime, midnight_utc, number
from trucewatch.observe.rows import Rule, read_rows, sort_out

REQUIRED: Final = (
    "id", "type_of_violence", "side_a", "side_b", "where_prec", "latitude", "longitude", "date_prec", "date_start",
    "date_end", "best", "high", "low",
)  # fmt: skip
OPTIONAL: Final = ("source_headline",)
IGNORED: Final = (
    "relid", "year", "start_year", "end_year", "active_year", "code_status", "conflict_dset_id", "conflict_new_id",
    "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name", "side_a_dset_id", "side_a_new_id", "side_b_dset_id",
    "side_b_new_id", "number_of_sources", "source_article", "source_office", "source_date", "source_original",
    "where_coordinates", "where_description", "adm_1", "adm_2", "geom_wkt", "priogrid_gid", "country", "country_id",
    "iso3", "region", "event_clarity", "deaths_a", "deaths_b",
    "deaths_civilians", "deaths_unknown", "gwnoa", "gwnob",
)  # fmt: skip
DATES: Final = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M",
)  # fmt: skip
DEATHS: Final = ("low", "best", "high")
POSITION_ERROR_M: Final = {1: 2e3, 2: 12.5e3, 3: 2e4, 4: 6e4, 5: 6e4, 6: 3e5, 7: 1.5e5}
"""One sigma by where_prec: 25 km is taken as two sigmas; districts and oblasts of Ukraine are about 40 and 150 km wide."""
DAYS: Final = {1: 1, 2: 6, 3: 7, 4: 31, 5: 366}
"""The longest span that a date_prec stands for, days; a shorter one of the dates is widened around its middle."""


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one vintage; days are days of `given.time_zone`."""
    rows = read_rows(
        delivery, required=REQUIRED, optional=OPTIONAL, ignored=IGNORED, encodings=("utf-8", "cp1252"), tagged=True
    )
    zone = given.time_zone.key
    frame = rows.frame.with_columns(
        local_datetime("date_start", DATES).dt.truncate("1d").alias("first_day"),
        local_datetime("date_end", DATES).dt.truncate("1d").alias("last_day"),
        *(integer(name).alias(f"{name}_n") for name in ("where_prec", "date_prec", "type_of_violence", *DEATHS)),
    )
    good, aside = sort_out(frame, _rules(given), delivery=delivery)
    start, end = _span()
    error = pl.max_horizontal(
        pl.col("where_prec_n").replace_strict(POSITION_ERROR_M, default=None, return_dtype=pl.Float64),
        given.manifest.accuracy.position_error_m,
    )
    one_sided = pl.col("type_of_violence_n") == 3
    observations = good.select(
        "line",
        pl.col("id").alias("native_id"),
        pl.when(one_sided).then(pl.lit("violence_against_civilians")).otherwise(pl.lit("armed_clash")).alias("act"),
        midnight_utc(start, zone).alias("start_utc"),
        midnight_utc(end, zone).alias("end_utc"),
        pl.lit(given.manifest.accuracy.time_error_s).alias("time_error_s"),
        number("longitude").alias("lon_deg"),
        number("latitude").alias("lat_deg"),
        error.alias("error_major_m"),
        error.alias("error_minor_m"),
        pl.lit(0.0).alias("error_azimuth_deg"),
        pl.lit("reported").alias("sense"),
        pl.when(one_sided).then("side_a").alias("reported_party"),
        pl.min_horizontal("low_n", "best_n", "high_n").alias("deaths_low"),
        pl.max_horizontal("low_n", "best_n", "high_n").alias("deaths_high"),
        pl.col("source_headline").alias("text"),
        pl.lit(given.manifest.audience).alias("audience"),
    )
    return Taken(rows.rows_in, observations, pl.concat([tables.empty("set_aside"), rows.set_aside, aside]))


def _span() -> tuple[pl.Expr, pl.Expr]:
    """Return the naive local start and end of the span that holds the event: whole days, as wide as date_prec says."""
    told = (pl.col("last_day") - pl.col("first_day")).dt.total_days() + 1
    wanted = pl.col("date_prec_n").replace_strict(DAYS, default=None, return_dtype=pl.Int64)
    short = pl.max_horizontal(wanted - told, 0)
    before = short // 2
    start = pl.col("first_day") - pl.duration(days=before)
    return start, pl.col("last_day") + pl.duration(days=short - before + 1)


def _rules(given: Given) -> list[Rule]:
    """Return what a row must keep."""
    return [
        Rule("id_is_no_integer", "id", integer("id").is_not_null()),
        *coordinate_rules("latitude", "longitude", box=given.box),
        Rule("start_is_no_date", "date_start", pl.col("first_day").is_not_null()),
        Rule("end_is_no_date", "date_end", pl.col("last_day").is_not_null()),
        Rule("ends_before_it_starts", "date_end", pl.col("first_day") <= pl.col("last_day")),
        Rule("where_prec_unknown", "where_prec", pl.col("where_prec_n").is_between(1, 7)),
        Rule("date_prec_unknown", "date_prec", pl.col("date_prec_n").is_between(1, 5)),
        Rule("type_of_violence_unknown", "type_of_violence", pl.col("type_of_violence_n").is_between(1, 3)),
        *(Rule("deaths_are_no_number", name, pl.col(f"{name}_n") >= 0) for name in DEATHS),
    ]
