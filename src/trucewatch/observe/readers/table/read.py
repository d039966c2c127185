"""Read any CSV or XLSX with a mapping document, named by the option `mapping` and found beside the mission.

The rules: a time is as precise as its format says (a day is a day, a minute a minute); one without "Z" or an offset is
local; the order of day and month is what the format says, never a guess; a word for an act that the mapping does not know
sets its row aside. An error that a row states is used; without one the manifest's holds.
"""

import re
from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import DeliveryError
from trucewatch.manifest import Manifest
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import coordinate_rules, integer, local_datetime, midnight_utc, number, to_utc
from trucewatch.observe.mapping import Mapping, parse_mapping
from trucewatch.observe.rows import Rule, read_rows, sort_out

NUMBERS: Final = ("count_low", "count_high", "deaths_low", "deaths_high")
TEXTS: Final = ("weapon", "object", "reported_party", "text")


def manifest_of(given: Given) -> Manifest:
    """Return the manifest that the mapping carries."""
    return _mapping(given).manifest


def _mapping(given: Given) -> Mapping:
    """Return the mapping that the mission names."""
    name = given.options.get("mapping")
    if name is None or set(given.options) != {"mapping"}:
        to_do = 'say options = { mapping = "NAME.toml" } in the mission'
        raise DeliveryError("the source 'table' takes one option, mapping", where="table", to_do=to_do)
    return parse_mapping(given.beside(name), name=name)


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one delivery by its mapping."""
    mapping = _mapping(given)
    rows = read_rows(
        delivery, required=mapping.used, ignored=mapping.ignored, separator=mapping.separator, sheet=mapping.sheet
    )  # fmt: skip
    frame = rows.frame
    if mapping.decimal_comma:
        numeric = [mapping.columns.longitude, mapping.columns.latitude]
        errors = ("error_major", "error_minor", "error_azimuth_deg", "time_error_s")
        numeric += [c for name in errors if (c := getattr(mapping.columns, name))]
        frame = frame.with_columns(pl.col(name).str.replace(",", ".", literal=True) for name in numeric)
    frame = frame.with_columns(*_times(mapping, given), _act(mapping).alias("act_"))
    if frame.height and frame["start_"].null_count() == frame.height:
        what = f"no row's time fits {list(mapping.formats)}: the first is {frame[mapping.columns.start][0]!r}"
        raise DeliveryError(what, where=delivery.name, to_do="state the format, with its order of day and month")
    good, aside = sort_out(frame, _rules(mapping, given), delivery=delivery)
    observations = good.select(*_observed(mapping, given))
    return Taken(rows.rows_in, observations, pl.concat([tables.empty("set_aside"), rows.set_aside, aside]))


def _times(mapping: Mapping, given: Given) -> list[pl.Expr]:
    """Return `start_`, `end_` in UTC: the span that each time says."""
    first = [_span(mapping.columns.start, form, given) for form in mapping.formats]
    last = [_span(mapping.columns.end or mapping.columns.start, form, given) for form in mapping.formats]
    return [pl.coalesce([a for a, _ in first]).alias("start_"), pl.coalesce([b for _, b in last]).alias("end_")]


def _span(column: str, form: str, given: Given) -> tuple[pl.Expr, pl.Expr]:
    """Return the first and last instant that a time of one format can mean."""
    naive, zone = local_datetime(column, [form]), given.time_zone.key
    if not any(code in form for code in ("%H", "%I", "%T", "%R")):
        return midnight_utc(naive, zone), midnight_utc(naive + pl.duration(days=1), zone)
    fine = "%f" in form or "%.f" in form or "%.3f" in form
    wide = pl.duration(milliseconds=1 if fine else 1000 if "%S" in form or "%T" in form else 60_000)
    if re.search("%:*z", form):
        return naive, naive + wide  # aware already
    if form.endswith("Z"):
        instant = naive.dt.replace_time_zone("UTC")
        return instant, instant + wide
    start, end = to_utc(naive, zone)
    return start, end + wide


def _act(mapping: Mapping) -> pl.Expr:
    """Return the act of each row, null for a word that the mapping does not know."""
    if mapping.columns.act is None:
        return pl.lit(mapping.act)
    known = {word.lower(): act for word, act in mapping.acts.items()}
    return pl.col(mapping.columns.act).str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String)


def _rules(mapping: Mapping, given: Given) -> list[Rule]:
    """Return what a row must keep."""
    c = mapping.columns
    rules = [
        Rule("native_id_is_absent", c.native_id, pl.col(c.native_id).is_not_null()),
        *coordinate_rules(c.latitude, c.longitude, box=given.box),
        Rule("time_is_none", c.start, pl.col("start_").is_not_null() & pl.col("end_").is_not_null()),
        Rule("ends_before_it_starts", c.end or c.start, pl.col("start_") <= pl.col("end_")),
        Rule("act_not_mapped", c.act, pl.col("act_").is_not_null()),
    ]
    optional = (
        *(("error_is_not_positive", column, number, 1e-9) for column in (c.error_major, c.error_minor)),
        *(("not_a_number", column, number, -1e9) for column in (c.error_azimuth_deg,)),
        *(("not_a_count", column, number, 0) for column in (c.time_error_s,)),
        *(("not_a_count", getattr(c, name), integer, 0) for name in NUMBERS),
    )
    return rules + [
        Rule(name, column, pl.col(column).is_null() | (read_as(column) >= least))
        for name, column, read_as, least in optional
        if column
    ]


def _observed(mapping: Mapping, given: Given) -> list[pl.Expr]:
    """Return the columns of the observations."""
    c, accuracy = mapping.columns, given.manifest.accuracy
    usual = pl.lit(accuracy.position_error_m)
    one = number(c.error_major).mul(mapping.error_unit_m).fill_null(usual) if c.error_major else usual
    other = number(c.error_minor).mul(mapping.error_unit_m).fill_null(one) if c.error_minor else one
    azimuth = (number(c.error_azimuth_deg) % 180).fill_null(0.0) if c.error_azimuth_deg else pl.lit(0.0)
    time_error = (
        number(c.time_error_s).fill_null(accuracy.time_error_s) if c.time_error_s else pl.lit(accuracy.time_error_s)
    )
    return [
        pl.col("line"),
        pl.col(c.native_id).alias("native_id"),
        pl.col("act_").alias("act"),
        pl.col("start_").alias("start_utc"),
        pl.col("end_").alias("end_utc"),
        time_error.alias("time_error_s"),
        number(c.longitude).alias("lon_deg"),
        number(c.latitude).alias("lat_deg"),
        pl.max_horizontal(one, other).alias("error_major_m"),
        pl.min_horizontal(one, other).alias("error_minor_m"),
        pl.when(one >= other).then(azimuth).otherwise((azimuth + 90) % 180).alias("error_azimuth_deg"),
        *(integer(getattr(c, name)).alias(name) for name in NUMBERS if getattr(c, name)),
        *(pl.col(getattr(c, name)).alias(name) for name in TEXTS if getattr(c, name)),
        pl.lit(mapping.sense).alias("sense"),
        pl.lit(given.manifest.audience).alias("audience"),
    ]
