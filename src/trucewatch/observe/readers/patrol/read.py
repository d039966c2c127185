"""Read the table that monitors fill in, in the form of the OSCE mission's annexed table, as CSV or XLSX.

Columns: `SMM position` (a post, or "c.500m N of X"), `Event location` ("2-4km ESE and SE" from there), `Means`, `No.`
("about 20"), `Observation` (heard, saw, recorded), `Description`, `Weapon` (or N/K), `Date, Time` ("09-Mar-2026, 19:38", a span
of hours, or a part of the day; local time). `Latitude`, `Longitude` of the observer may stand in the row; else the option
`posts` names a CSV beside the mission with name, lon_deg, lat_deg.

The rules:
- The sector becomes an ellipse with the sector's own mean and variances (`place.sector_ellipse`), widened by the error of the
  post; the sector itself and the observer stay in `sightings`, which never leave the mission.
- A local hour that the clocks skipped is set aside; one that exists twice is the span of both.
- A row has no id of its own: its fields joined by "|" are its id. The same row of two observers is two rows.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from trucewatch import place, tables
from trucewatch.errors import DeliveryError
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import local_datetime, not_swapped, number, to_utc
from trucewatch.observe.readers.patrol import words
from trucewatch.observe.rows import Rule, read_rows, sort_out

COLUMNS: Final = (
    "SMM position", "Event location", "Means", "No.", "Observation", "Description", "Weapon", "Date, Time",
)  # fmt: skip
OWN_POSITION: Final = ("Latitude", "Longitude")
SENSES: Final = {"heard": "heard", "saw": "saw", "recorded": "recorded", "observed": "saw", "spotted": "saw"}
DATES: Final = ("%d-%b-%Y", "%d-%b-%y", "%Y-%m-%d", "%d %B %Y", "%d %b %Y")


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one delivery; local times are those of `given.time_zone`."""
    if unknown := set(given.options) - {"posts", "sheet"}:
        raise DeliveryError(f"unknown options {sorted(unknown)}", where="patrol", to_do="use posts, sheet")
    rows = read_rows(delivery, required=COLUMNS, optional=OWN_POSITION, sheet=given.options.get("sheet"))
    frame = rows.frame.with_columns(
        pl.col("Weapon").fill_null("N/K"), pl.col("No.").fill_null("N/K"), pl.col("Event location").fill_null("")
    )
    frame = _with_words(_with_posts(_with_times(frame, given), given))
    good, aside = sort_out(frame, _rules(given), delivery=delivery)
    observations, sightings = _observed(good, delivery, given)
    return Taken(
        rows.rows_in,
        observations,
        pl.concat([tables.empty("set_aside"), rows.set_aside, aside]),
        sightings=sightings.unique("observation_id", maintain_order=True),
    )


def _rules(given: Given) -> list[Rule]:
    """Return what a row must keep."""
    lon, lat = pl.col("post_lon"), pl.col("post_lat")
    right = not_swapped(lon, lat, given.box) if given.box else pl.lit(value=True)
    told = pl.col("day").is_not_null() & pl.col("from_min").is_not_null()
    return [
        Rule("time_is_none", "Date, Time", told),
        Rule("local_hour_skipped", "Date, Time", pl.col("start_utc").is_not_null() & pl.col("end_utc").is_not_null()),
        *(
            Rule(f"{name.lower()}_is_no_number", name, pl.col(name).is_null() | number(name).is_not_null())
            for name in OWN_POSITION
        ),
        Rule("post_unknown", "SMM position", lon.is_not_null() & lat.is_not_null()),
        Rule("latitude_and_longitude_swapped", "Latitude", right),
        Rule("post_not_on_earth", "SMM position", lon.abs().le(180) & lat.abs().le(90)),
        Rule("position_is_null_island", "SMM position", (lon != 0) | (lat != 0)),
        Rule("location_unreadable", "Event location", pl.col("far_m").is_not_null()),
        Rule("number_unreadable", "No.", pl.col("number_read")),
        Rule("observation_unknown", "Observation", pl.col("Observation").str.to_lowercase().is_in(list(SENSES))),
        Rule("description_unknown", "Description", pl.col("act").is_not_null()),
    ]


def _each(
    frame: pl.DataFrame, keys: list[str], schema: Mapping[str, type[pl.DataType]], read_one: Callable[..., Any]
) -> pl.DataFrame:
    """Return `frame` with the columns of `schema`, read once for each different value of `keys`."""
    different = frame.select(keys).unique()
    read = [read_one(*values) or (None,) * len(schema) for values in different.iter_rows()]
    known = different.hstack(pl.DataFrame(read, schema=dict(schema), orient="row"))
    return frame.join(known, on=keys, how="left", nulls_equal=True, maintain_order="left")


def _with_times(frame: pl.DataFrame, given: Given) -> pl.DataFrame:
    """Add `day`, `from_min`, `to_min` and the span in UTC."""
    parts = pl.col("Date, Time").str.extract_groups(
        r"^(.*?\d{4}|.*?\d{2}-[A-Za-z]{3}-\d{2}|\d{4}-\d{2}-\d{2})[,\s]+(.+)$"
    )
    frame = frame.with_columns(parts.struct[0].alias("_day"), parts.struct[1].fill_null("").alias("_clock"))
    frame = frame.with_columns(local_datetime("_day", DATES).alias("day"))
    frame = _each(frame, ["_clock"], {"from_min": pl.Int64, "to_min": pl.Int64, "by_clock": pl.Boolean}, words.clock)
    first = pl.col("day") + pl.duration(minutes=pl.col("from_min"))
    last = pl.col("day") + pl.duration(
        minutes=pl.col("to_min") - 1
    )  # the last minute: 02:59 is there, 03:00 may not be
    zone = given.time_zone.key
    spans = []
    for local, side, name in ((first, 0, "start_utc"), (last, 1, "end_utc")):
        exact = to_utc(local, zone)[
            side
        ]  # null for an hour that the clocks skipped, which a part of the day steps over
        after = to_utc(local + pl.duration(hours=1), zone)[side]
        found = pl.when("by_clock").then(exact).otherwise(pl.coalesce(exact, after))
        spans.append((found + pl.duration(minutes=side)).alias(name))
    return frame.with_columns(spans)


def _with_posts(frame: pl.DataFrame, given: Given) -> pl.DataFrame:
    """Add `post_lon`, `post_lat`: of the row, of the mission's list of posts, or so far from one of them."""
    own = frame.with_columns(number("Longitude").alias("own_lon"), number("Latitude").alias("own_lat"))
    named = _posts(given) if "posts" in given.options else {}

    def find(text: str | None) -> tuple[float, float] | None:
        if text is None or text in named or not (off := words.off_place(text)):
            return named.get(text or "")
        metres, azimuth, name = off
        if name not in named:
            return None
        angle = np.radians(azimuth)
        lon, lat = (np.array(v) for v in named[name])
        there = place.offset(lon, lat, np.array(metres * np.sin(angle)), np.array(metres * np.cos(angle)))
        return float(there[0]), float(there[1])

    placed = _each(own, ["SMM position"], {"named_lon": pl.Float64, "named_lat": pl.Float64}, find)
    untold = pl.col("Longitude").is_null() & pl.col("Latitude").is_null()
    return placed.with_columns(
        pl.when(untold).then("named_lon").otherwise("own_lon").alias("post_lon"),
        pl.when(untold).then("named_lat").otherwise("own_lat").alias("post_lat"),
    )


def _posts(given: Given) -> dict[str, tuple[float, float]]:
    """Return the mission's list of posts by name."""
    name = given.options["posts"]
    try:
        frame = pl.read_csv(given.beside(name), schema_overrides={"lon_deg": pl.Float64, "lat_deg": pl.Float64})
        return {post: (lon, lat) for post, lon, lat in frame.select("name", "lon_deg", "lat_deg").iter_rows()}
    except pl.exceptions.PolarsError as error:
        what = f"not a list of posts: {error}".splitlines()[0]
        raise DeliveryError(what, where=name, to_do="give a CSV with name, lon_deg, lat_deg") from error


def _with_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Add what location, number and description say."""
    sector = {"near_m": pl.Float64, "far_m": pl.Float64, "azimuth_deg": pl.Float64, "half_width_deg": pl.Float64}
    frame = _each(frame, ["Event location"], sector, words.sector)
    frame = _each(
        frame,
        ["No."],
        {"count_low": pl.Int64, "count_high": pl.Int64, "number_read": pl.Boolean},
        lambda text: (*said, True) if (said := words.number(text)) else (None, None, False),
    )
    act = {"act": pl.String, "aspect": pl.String}
    return _each(frame, ["Description", "Weapon"], act, lambda text, weapon: words.description(text or "", weapon))


def _observed(good: pl.DataFrame, delivery: Delivery, given: Given) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return observations and sightings of the rows that keep every rule."""
    shape = dict.fromkeys(("east_m", "north_m", "major_m", "minor_m", "tilt_deg"), pl.Float64)
    keys = ["near_m", "far_m", "azimuth_deg", "half_width_deg"]
    good = _each(
        good, keys, shape, lambda near, far, azimuth, half: place.sector_ellipse(near, far, azimuth or 0.0, half)
    )
    accuracy = given.manifest.accuracy
    lon, lat = place.offset(*(good[name].to_numpy() for name in ("post_lon", "post_lat", "east_m", "north_m")))
    identity = pl.concat_str([pl.col(name).fill_null("") for name in (*COLUMNS, *OWN_POSITION)], separator="|")
    rows = good.with_columns(pl.Series("lon_deg", lon), pl.Series("lat_deg", lat), identity.alias("native_id"))
    observations = rows.select(
        "line", "native_id", "act", "start_utc", "end_utc", "lon_deg", "lat_deg",
        pl.lit(accuracy.time_error_s).alias("time_error_s"),
        *((pl.col(name) ** 2 + accuracy.position_error_m**2).sqrt().alias(f"error_{name}") for name in ("major_m", "minor_m")),
        pl.col("tilt_deg").alias("error_azimuth_deg"), "count_low", "count_high", "aspect",
        pl.when(~pl.col("Weapon").str.to_lowercase().is_in(list(words.NOT_KNOWN))).then("Weapon").alias("weapon"),
        pl.col("Observation").str.to_lowercase().replace_strict(SENSES, default=None).alias("sense"),
        pl.format("{} {}, {}", pl.col("No."), pl.col("Description"), pl.col("Means").fill_null("")).alias("text"),
        pl.lit(given.manifest.audience).alias("audience"),
    )  # fmt: skip
    sightings = rows.select(
        pl.concat_str(pl.lit(f"{delivery.source_id}:"), "native_id").alias("observation_id"),
        pl.col("SMM position").alias("observer"),
        pl.col("post_lon").alias("observer_lon_deg"), pl.col("post_lat").alias("observer_lat_deg"),
        "near_m", "far_m", pl.col("azimuth_deg").alias("sector_azimuth_deg"),
        pl.col("half_width_deg").alias("sector_half_width_deg"),
    )  # fmt: skip
    return observations, sightings
