"""Read an ACLED export, that of 2020–2023 and the one since: the same columns, some of them added or left out.

The rules:
- `event_date` is a local day: "14 August 2020", "2020-08-14", or day first, "14/08/2020 00:00:00". Where `year` is there it must
  be the same year.
- `time_precision`: 1 the day; 2 within a week, 3 within a month of which the codebook takes the middle: 7 and 31 days around it.
- `geo_precision`: 1 a named town (2 km); 2 near one, or a small part of a region (20 km); 3 a region, put at its capital (60 km).
- `sub_event_type` tells the act, by the table in `kinds`: the narrowest that surely holds it. One of no act of the list (a
  peaceful protest, an arrest) is set aside with the rule `no_act_of_the_list`; one that the codebook does not know, or under
  another `event_type`, with `sub_event_type_unknown`.
- `fatalities` is the source's estimate. 0 may be "not known": at least 0, with no upper end.
- `actor1` is the reported party, in the source's words, except in battles, where the codebook says that neither actor is the
  attacker. `civilian_targeting` makes the object "civilians".
- `notes` are kept as they stand. The data are never passed on: see the licence.

Source: ACLED codebook; guide to the column changes of March 2023.
"""

from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import DeliveryError
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import coordinate_rules, integer, local_datetime, midnight_utc, number
from trucewatch.observe.readers.acled.kinds import ACT_OF
from trucewatch.observe.rows import Rule, read_rows, sort_out

REQUIRED: Final = (
    "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "latitude", "longitude",
    "geo_precision", "fatalities", "notes",
)  # fmt: skip
OPTIONAL: Final = ("year", "civilian_targeting")
IGNORED: Final = (
    "id", "data_id", "event_id_no_cnty", "iso", "iso3", "disorder_type", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2",
    "inter2", "interaction", "region", "country", "admin1", "admin2", "admin3", "location", "source", "source_scale", "tags",
    "timestamp", "actor_dyad", "population_1km", "population_2km", "population_5km", "population_best",
)  # fmt: skip
DATES: Final = ("%d %B %Y", "%Y-%m-%d", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y", "%d-%B-%Y")
DAYS_EITHER_SIDE: Final = {1: 0, 2: 3, 3: 15}
POSITION_ERROR_M: Final = {1: 2e3, 2: 2e4, 3: 6e4}
_ACTS: Final = {f"{kind}|{sub}".lower(): act for kind, subs in ACT_OF.items() for sub, act in subs.items()}


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one export; days are days of `given.time_zone`."""
    if unknown := set(given.options) - {"sheet"}:
        raise DeliveryError(f"unknown options {sorted(unknown)}", where=delivery.name, to_do="use sheet")
    rows = read_rows(
        delivery, required=REQUIRED, optional=OPTIONAL, ignored=IGNORED, sheet=given.options.get("sheet")
    )  # fmt: skip
    kind = pl.concat_str(pl.col("event_type"), pl.lit("|"), pl.col("sub_event_type")).str.to_lowercase()
    frame = rows.frame.with_columns(
        local_datetime("event_date", DATES).dt.truncate("1d").alias("day"),
        kind.replace_strict(_ACTS, default=None, return_dtype=pl.String).alias("act"),
        *(integer(name).alias(f"{name}_n") for name in ("time_precision", "geo_precision", "fatalities")),
    )
    good, aside = sort_out(frame, _rules(given), delivery=delivery)
    observations = good.select(_observed(given))
    return Taken(rows.rows_in, observations, pl.concat([tables.empty("set_aside"), rows.set_aside, aside]))


def _rules(given: Given) -> list[Rule]:
    """Return what a row must keep."""
    year = pl.col("year").is_null() | (integer("year") == pl.col("day").dt.year())
    targeting = pl.col("civilian_targeting")
    return [
        Rule("id_is_none", "event_id_cnty", pl.col("event_id_cnty").str.contains(r"^[A-Z]{2,4}[0-9]{1,12}$")),
        *coordinate_rules("latitude", "longitude", box=given.box),
        Rule("time_is_none", "event_date", pl.col("day").is_not_null()),
        Rule("year_does_not_fit", "year", year),
        Rule("time_precision_unknown", "time_precision", pl.col("time_precision_n").is_between(1, 3)),
        Rule("geo_precision_unknown", "geo_precision", pl.col("geo_precision_n").is_between(1, 3)),
        Rule("fatalities_are_no_number", "fatalities", pl.col("fatalities_n") >= 0),
        Rule(
            "civilian_targeting_unknown",
            "civilian_targeting",
            targeting.is_null() | (targeting == "Civilian targeting"),
        ),
        Rule("sub_event_type_unknown", "sub_event_type", pl.col("act").is_not_null()),
        Rule("no_act_of_the_list", "sub_event_type", pl.col("act") != ""),
    ]


def _observed(given: Given) -> list[pl.Expr]:
    """Return the columns of the observations."""
    zone, accuracy = given.time_zone.key, given.manifest.accuracy
    around = pl.duration(
        days=pl.col("time_precision_n").replace_strict(DAYS_EITHER_SIDE, default=0, return_dtype=pl.Int64)
    )
    told = pl.col("geo_precision_n").replace_strict(POSITION_ERROR_M, default=None, return_dtype=pl.Float64)
    error = pl.max_horizontal(told, accuracy.position_error_m)
    battle = pl.col("event_type").str.to_lowercase() == "battles"
    return [
        pl.col("line"),
        pl.col("event_id_cnty").alias("native_id"),
        pl.col("act"),
        midnight_utc(pl.col("day") - around, zone).alias("start_utc"),
        midnight_utc(pl.col("day") + around + pl.duration(days=1), zone).alias("end_utc"),
        pl.lit(accuracy.time_error_s).alias("time_error_s"),
        number("longitude").alias("lon_deg"),
        number("latitude").alias("lat_deg"),
        error.alias("error_major_m"),
        error.alias("error_minor_m"),
        pl.lit(0.0).alias("error_azimuth_deg"),
        pl.lit("reported").alias("sense"),
        pl.when(pl.col("civilian_targeting").is_not_null()).then(pl.lit("civilians")).alias("object"),
        pl.when(~battle).then("actor1").alias("reported_party"),
        pl.col("fatalities_n").alias("deaths_low"),
        pl.when(pl.col("fatalities_n") > 0).then("fatalities_n").alias("deaths_high"),
        pl.col("notes").alias("text"),
        pl.lit(given.manifest.audience).alias("audience"),
    ]
