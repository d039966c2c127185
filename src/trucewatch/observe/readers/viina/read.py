"""Read VIINA 2.0, one row per event, place and day (`event_1pd`): the official file, as CSV or as its zip, and selections of it.

The rules:
- `date` is YYYYMMDD, a day in Ukraine, whatever the mission's own clock: from midnight to midnight in Kyiv.
- `event_id_1pd` is the native id. One text geocoded to several places stands under several ids: each is an observation, and
  the source is said to repeat events. Ids hold within one version of the data set: do not mix versions.
- `GEO_PRECISION` says what the place stands for. STREET is no finer than a settlement (3 km), because a row joins all reports of
  one settlement and day; a settlement 3 km; ADM2, a raion of before 2020, 20 km; ADM1, an oblast, 60 km; a word not known
  here is taken for an oblast. A selection has no such column: a settlement, which is where the source puts its rows.
- Flags of tactics (`t_*`) tell the act, the most specific first, each read as the least that it says: t_artillery shelling;
  t_airstrike air_strike; t_uav drone_strike; t_ied explosion (the source puts all explosions there); t_firefight, t_armor
  armed_clash; t_raid assault; t_hospital violence_against_civilians; t_aad, t_property, t_milcas, t_civcas weapon_use (somebody
  fired, by what is not said); t_control, t_occupy military_presence. All flags that are set are kept in `text`.
- t_airalert with no act is a warning: it goes to `alerts`, over the whole day, its end marked as invented.
- A row with none of these (t_mil alone, arrests, sanctions, cyber, retreats) tells of no act of the list. It is set aside with
  the rule `no_act_of_the_list` and its flags, so that it is counted and can be found, and makes no incident.
- A selection without flags tells no kind: weapon_use, the widest act.
- `a_rus_init`, `a_ukr_init` name the party where exactly one is set; else `a_rus`, `a_ukr` where exactly one is.
- `t_civcas` means one civilian killed or injured at least. Deaths are not told.

Source: Zhukov & Ayers (2023), VIINA 2.0, codebook in the README of the data set.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import DeliveryError
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import coordinate_rules, integer, local_datetime, midnight_utc, number
from trucewatch.observe.readers.viina.unpack import is_zip, only_file
from trucewatch.observe.rows import Rows, Rule, columns_of, read_rows, sort_out

ZONE: Final = "Europe/Kyiv"
ACTS: Final = {
    "t_artillery_b": "shelling", "t_airstrike_b": "air_strike", "t_uav_b": "drone_strike", "t_ied_b": "explosion",
    "t_firefight_b": "armed_clash", "t_armor_b": "armed_clash", "t_raid_b": "assault",
    "t_hospital_b": "violence_against_civilians", "t_aad_b": "weapon_use", "t_property_b": "weapon_use",
    "t_civcas_b": "weapon_use", "t_milcas_b": "weapon_use", "t_control_b": "military_presence", "t_occupy_b": "military_presence",
}  # fmt: skip
"""The act of each flag, in the order in which they are asked."""
NO_ACTS: Final = ("t_airalert_b", "t_mil_b", "t_arrest_b", "t_cyber_b", "t_retreat_b", "t_loc_b", "t_san_b")
ACTORS: Final = ("a_rus_init_b", "a_ukr_init_b", "a_rus_b", "a_ukr_b", "a_civ_b", "a_other_b")
FLAGS: Final = (*ACTS, *NO_ACTS, *ACTORS)
SHARED: Final = (
    "event_id_1pd", "date", "n_reports", "geonameid", "asciiname", "ADM1_NAME", "ADM2_NAME", "longitude", "latitude",
)  # fmt: skip
OFFICIAL: Final = (*SHARED, "sources", "GEO_PRECISION", *FLAGS)
IGNORED: Final = ("viina_version", "event_ids", "feature_code", "ADM1_CODE", "ADM2_CODE", "tid", "event_ids_matching")
SELECTED: Final = (*SHARED, "sources_matching", "source_urls", "a_rus_init", "a_ukr_init", "a_rus", "a_ukr")
PRECISION_M: Final = {"STREET": 3e3, "ADM3": 3e3, "ADM2": 2e4, "ADM1": 6e4}
COARSEST_M: Final = 6e4


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one year of the official file, or a selection from it."""
    if given.options:
        raise DeliveryError(f"unknown options {sorted(given.options)}", where=delivery.name, to_do="viina takes none")
    rows, flagged = _rows(delivery)
    day = local_datetime("date", ["%Y%m%d"])
    frame = rows.frame.with_columns(
        pl.when(pl.col("date").str.contains(r"^[0-9]{8}$")).then(day).alias("day"),
        _act(flagged).alias("act"),
        _error_m(given).alias("error_m"),
        pl.concat_str(
            [pl.when(pl.col(name) == "1").then(pl.lit(name)) for name in FLAGS], separator=" ", ignore_nulls=True
        ).alias("t_*"),
    ).with_columns(
        midnight_utc(pl.col("day"), ZONE).alias("start_utc"),
        midnight_utc(pl.col("day") + pl.duration(days=1), ZONE).alias("end_utc"),
        _text().alias("text"),
    )
    good, aside = sort_out(frame, _rules(given, flagged), delivery=delivery)
    warnings = good.filter(pl.col("act").is_null())
    observations = good.filter(pl.col("act").is_not_null()).select(_observed(given))
    return Taken(
        rows.rows_in,
        observations,
        pl.concat([tables.empty("set_aside"), rows.set_aside, aside]),
        context={"alerts": warnings.select(_alerts(given))},
    )


def _rows(delivery: Delivery) -> tuple[Rows, bool]:
    """Return the rows of a delivery, zipped or not, and whether they have the flags of tactics."""
    csv = delivery
    if is_zip(delivery.data):
        csv = replace(delivery, data=only_file(delivery.data, name=delivery.name))
    flagged = not columns_of(csv.data).isdisjoint(ACTS)
    required = OFFICIAL if flagged else SELECTED
    rows = read_rows(csv, required=required, ignored=IGNORED)
    absent = [pl.lit(None, pl.String).alias(name) for name in (*OFFICIAL, "source_urls") if name not in required]
    frame = rows.frame.with_columns(absent)
    if not flagged:
        frame = frame.with_columns(
            pl.col("sources_matching").alias("sources"),
            *(pl.col(name).alias(f"{name}_b") for name in ("a_rus_init", "a_ukr_init", "a_rus", "a_ukr")),
        )
    aside = rows.set_aside.with_columns(delivery_id=pl.lit(delivery.delivery_id))  # of the zip, not of what is in it
    return Rows(frame, aside, rows.rows_in), flagged


def _rules(given: Given, flagged: bool) -> list[Rule]:
    """Return what a row must keep."""
    flags = FLAGS if flagged else ACTORS
    rules = [
        Rule("id_is_no_integer", "event_id_1pd", integer("event_id_1pd").is_not_null()),
        *coordinate_rules("latitude", "longitude", box=given.box),
        Rule("time_is_none", "date", pl.col("day").is_not_null()),
        Rule("not_a_count", "n_reports", integer("n_reports") >= 1),
        *(
            Rule("flag_is_neither_0_nor_1", name, pl.col(name).is_null() | pl.col(name).is_in(["0", "1"]))
            for name in flags
        ),
    ]
    told = pl.col("act").is_not_null() | (pl.col("t_airalert_b") == "1")
    return [*rules, Rule("no_act_of_the_list", "t_*", told)]


def _act(flagged: bool) -> pl.Expr:
    """Return the act of the first flag that is set, null where none is."""
    if not flagged:
        return pl.lit("weapon_use")
    return pl.coalesce([pl.when(pl.col(flag) == "1").then(pl.lit(act)) for flag, act in ACTS.items()])


def _error_m(given: Given) -> pl.Expr:
    """Return one sigma of the position, in metres; the manifest's where no precision is told."""
    usual = given.manifest.accuracy.position_error_m
    told = pl.col("GEO_PRECISION").replace_strict(PRECISION_M, default=COARSEST_M, return_dtype=pl.Float64)
    return pl.when(pl.col("GEO_PRECISION").is_null()).then(usual).otherwise(pl.max_horizontal(told, usual))


def _party() -> pl.Expr:
    """Return the party that the source names: the one that began it, else the one that took part; null for two or none."""
    chosen = []
    for russia, ukraine in (("a_rus_init_b", "a_ukr_init_b"), ("a_rus_b", "a_ukr_b")):
        rus, ukr = (pl.col(name).eq("1").fill_null(value=False) for name in (russia, ukraine))
        chosen.append((rus | ukr, pl.when(rus & ~ukr).then(pl.lit("russia")).when(ukr & ~rus).then(pl.lit("ukraine"))))
    (began, beginner), (_, partaker) = chosen
    return pl.when(began).then(beginner).otherwise(partaker)


def _text() -> pl.Expr:
    """Return what the source says besides: place, flags, how many reports, by whom, where."""
    parts = [
        pl.concat_str("asciiname", "ADM2_NAME", "ADM1_NAME", separator=", ", ignore_nulls=True),
        pl.format("GEO_PRECISION {}", pl.col("GEO_PRECISION")),
        pl.col("t_*"),
        pl.format("n_reports {}", pl.col("n_reports")),
        pl.col("sources"),
        pl.col("source_urls"),
    ]
    told = [pl.when(part != "").then(part) for part in parts]
    return pl.concat_str(told, separator="; ", ignore_nulls=True)


def _observed(given: Given) -> list[pl.Expr]:
    """Return the columns of the observations."""
    hospital = pl.col("t_hospital_b").eq("1") & pl.col("act").eq("violence_against_civilians")
    return [
        pl.col("line"),
        pl.col("event_id_1pd").alias("native_id"),
        pl.col("act"),
        pl.col("start_utc"),
        pl.col("end_utc"),
        pl.lit(given.manifest.accuracy.time_error_s).alias("time_error_s"),
        number("longitude").alias("lon_deg"),
        number("latitude").alias("lat_deg"),
        pl.col("error_m").alias("error_major_m"),
        pl.col("error_m").alias("error_minor_m"),
        pl.lit(0.0).alias("error_azimuth_deg"),
        pl.lit("reported").alias("sense"),
        pl.when(hospital).then(pl.lit("hospital")).alias("object"),
        _party().alias("reported_party"),
        pl.when(pl.col("t_civcas_b") == "1").then(pl.lit(1, pl.Int64)).alias("civilians_low"),
        pl.col("text"),
        pl.lit(given.manifest.audience).alias("audience"),
    ]


def _alerts(given: Given) -> list[pl.Expr]:
    """Return the columns of the warnings: the source tells the day, and no hours."""
    place = pl.concat_str("asciiname", "ADM2_NAME", "ADM1_NAME", separator=", ", ignore_nulls=True)
    where = pl.format("{} {}", pl.col("latitude"), pl.col("longitude"))
    return [
        pl.col("line"),
        pl.col("event_id_1pd").alias("native_id"),
        pl.lit("air_raid").alias("kind"),
        pl.when(place != "").then(place).otherwise(where).alias("area"),
        pl.col("start_utc"),
        pl.col("end_utc"),
        pl.lit(value=True).alias("end_is_invented"),
        pl.lit(given.manifest.audience).alias("audience"),
    ]
