"""Read the mission's own log of access, as CSV or XLSX: where its monitors were stopped, delayed, jammed, threatened, let
through.

Columns: `id`, `when`, `until`, `lon`, `lat`, `error_m`, `place`, `kind`, `delay_min`, `who`, `side`, `reason`, `purpose`;
`sense` may stand there too. Only `id`, `when`, `kind` and a place must be filled in.

The rules:
- `kind`: denied denial_of_access; delayed delay_of_access; conditional (an escort, a list of names) conditional_access; mines
  (or unexploded ordnance) mined_access; restricted, where it was not told how, access_restriction; jamming; threat
  threat_to_monitors; granted access_granted, a step that is evidence for a duty, with the count 1.
- `when` is "2026-04-09", "2026-04-09 18:00" or with an offset ("2026-04-09T18:00+03:00", "…Z"); without one it is local. It
  lasts to `until`; without one, by `delay_min` minutes where those are told; else as long as `when` is precise.
- The place is `lon`, `lat` with `error_m` (one sigma; the manifest's where it is empty), or, where these are empty, the
  settlement `place` as the list has it that the option `gazetteer` names: a CSV beside the mission with name, lon_deg, lat_deg.
  A settlement is 1,500 m wide; a name that stands there twice is no place.
- `who` is the reported party, in the words of the log. All but granted has the object "monitors": they were the target.
- `sense` is saw or recorded; empty, it is recorded for jamming and saw for the rest.
- Minutes, `side` of the line, `reason`, `purpose` and `place` are kept in `text` as they are worded.
"""

from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import DeliveryError
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import coordinate_rules, integer, is_day, iso_span, number
from trucewatch.observe.rows import Rule, read_rows, sort_out

COLUMNS: Final = (
    "id", "when", "until", "lon", "lat", "error_m", "place", "kind", "delay_min", "who", "side", "reason", "purpose",
)  # fmt: skip
KINDS: Final = {
    "denied": "denial_of_access", "delayed": "delay_of_access", "conditional": "conditional_access", "mines": "mined_access",
    "restricted": "access_restriction", "jamming": "jamming", "threat": "threat_to_monitors", "granted": "access_granted",
}  # fmt: skip
SETTLEMENT_ERROR_M: Final = 1500.0
MOST_MINUTES: Final = 60 * 24 * 31


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one log; times without an offset are those of `given.time_zone`."""
    if unknown := set(given.options) - {"sheet", "gazetteer"}:
        raise DeliveryError(f"unknown options {sorted(unknown)}", where=delivery.name, to_do="use sheet, gazetteer")
    rows = read_rows(delivery, required=COLUMNS, optional=("sense",), sheet=given.options.get("sheet"))
    act = pl.col("kind").str.to_lowercase().replace_strict(KINDS, default=None, return_dtype=pl.String)
    frame = _with_places(rows.frame, given).with_columns(act.alias("act"), *_times(given.time_zone.key))
    good, aside = sort_out(frame, _rules(given), delivery=delivery)
    return Taken(
        rows.rows_in,
        good.select(_observed(given)),
        pl.concat([tables.empty("set_aside"), rows.set_aside, aside]),
    )


def _times(zone: str) -> list[pl.Expr]:
    """Return `start_utc`, `end_utc`."""
    (first, first_end), (until, until_end) = iso_span("when", zone), iso_span("until", zone)
    minutes = pl.when(integer("delay_min").is_between(0, MOST_MINUTES)).then(integer("delay_min")).otherwise(0)
    told = pl.when(is_day("until")).then(until_end).otherwise(until)
    end = (
        pl.when(pl.col("until").is_not_null())
        .then(told)
        .otherwise(pl.max_horizontal(first_end, first + pl.duration(minutes=minutes)))
    )
    return [first.alias("start_utc"), end.alias("end_utc")]


def _with_places(frame: pl.DataFrame, given: Given) -> pl.DataFrame:
    """Add `named`, whether the row is placed by its settlement; then `lon`, `lat` are those of the list, as text."""
    untold = pl.col("lon").is_null() & pl.col("lat").is_null()
    if "gazetteer" not in given.options:
        return frame.with_columns(pl.lit(value=False).alias("named"), pl.lit(0, pl.UInt32).alias("places"))
    known = _gazetteer(given).group_by("name").agg(
        pl.len().alias("places"), pl.col("lon_deg").first(), pl.col("lat_deg").first()
    )  # fmt: skip
    joined = frame.join(known, left_on="place", right_on="name", how="left", maintain_order="left")
    return joined.with_columns(
        untold.alias("named"),
        pl.col("places").fill_null(0),
        pl.when(untold).then("lon_deg").otherwise("lon").alias("lon"),
        pl.when(untold).then("lat_deg").otherwise("lat").alias("lat"),
    )


def _gazetteer(given: Given) -> pl.DataFrame:
    """Return the list of settlements, positions as text: they are checked as those of the rows are."""
    name = given.options["gazetteer"]
    try:
        return pl.read_csv(given.beside(name), infer_schema=False).select("name", "lon_deg", "lat_deg")
    except pl.exceptions.PolarsError as error:
        what = f"not a list of settlements: {error}".splitlines()[0]
        raise DeliveryError(what, where=name, to_do="give a CSV with name, lon_deg, lat_deg") from error


def _rules(given: Given) -> list[Rule]:
    """Return what a row must keep."""
    minutes = pl.col("delay_min").is_null() | integer("delay_min").is_between(0, MOST_MINUTES)
    known = ~pl.col("named") | (pl.col("places") == 1)
    return [
        Rule("id_is_absent", "id", pl.col("id").is_not_null()),
        Rule("settlement_unknown_or_ambiguous", "place", known),
        *coordinate_rules("lat", "lon", box=given.box),
        Rule("time_is_none", "when", pl.col("start_utc").is_not_null()),
        Rule("until_is_no_time", "until", pl.col("end_utc").is_not_null()),
        Rule("ends_before_it_starts", "until", pl.col("start_utc") <= pl.col("end_utc")),
        Rule("kind_unknown", "kind", pl.col("act").is_not_null()),
        Rule("delay_is_no_number", "delay_min", minutes),
        Rule("error_is_not_positive", "error_m", pl.col("error_m").is_null() | (number("error_m") > 0)),
        Rule("sense_unknown", "sense", pl.col("sense").is_null() | pl.col("sense").is_in(["saw", "recorded"])),
    ]


def _observed(given: Given) -> list[pl.Expr]:
    """Return the columns of the observations."""
    accuracy = given.manifest.accuracy
    granted = pl.col("act") == "access_granted"
    least = pl.when("named").then(SETTLEMENT_ERROR_M).otherwise(accuracy.position_error_m)
    error = pl.max_horizontal(number("error_m"), least)
    usual = pl.when(pl.col("act") == "jamming").then(pl.lit("recorded")).otherwise(pl.lit("saw"))
    told = [
        pl.format("{} {}", pl.lit(name), pl.col(name)) for name in ("place", "delay_min", "side", "reason", "purpose")
    ]
    text = pl.concat_str(told, separator="; ", ignore_nulls=True)
    one = pl.when(granted).then(pl.lit(1, pl.Int64))
    return [
        pl.col("line"),
        pl.col("id").alias("native_id"),
        pl.col("act"),
        pl.col("start_utc"),
        pl.col("end_utc"),
        pl.lit(accuracy.time_error_s).alias("time_error_s"),
        number("lon").alias("lon_deg"),
        number("lat").alias("lat_deg"),
        error.alias("error_major_m"),
        error.alias("error_minor_m"),
        pl.lit(0.0).alias("error_azimuth_deg"),
        one.alias("count_low"),
        one.alias("count_high"),
        pl.coalesce("sense", usual).alias("sense"),
        pl.when(~granted).then(pl.lit("monitors")).alias("object"),
        pl.col("who").alias("reported_party"),
        pl.when(text != "").then(text).alias("text"),
        pl.lit(given.manifest.audience).alias("audience"),
    ]
