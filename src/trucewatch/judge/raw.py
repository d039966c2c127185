"""Raw tallies: what each source counted, in a stated unit, before anything is fused."""

from collections.abc import Mapping

import polars as pl
import shapely

from trucewatch import tables
from trucewatch.counting import COUNTING_RULES, CountingRule


def raw_tallies(observations: pl.DataFrame, days: pl.Series, regions: Mapping[str, shapely.Geometry]) -> pl.DataFrame:
    """Return table `raw_tallies` of `observations`, by every counting rule.

    `days`: the mission day of each row, of the same length; rows with null are of no day that is counted. `regions`: areas
    in degrees by region_id. A row without a count is one; a count that is open above stays open.
    """
    rows = observations.with_columns(days.alias("day")).filter(pl.col("day").is_not_null())
    located = rows.with_columns(pl.Series("region_id", _region(rows, regions), dtype=pl.String))
    counted = [_by_rule(located, rule) for rule in COUNTING_RULES]
    keys = ("rule", "source_id", "day", "region_id", "act")
    return tables.conform(pl.concat([tables.empty("raw_tallies"), *counted]).sort(keys), "raw_tallies")


def _by_rule(rows: pl.DataFrame, rule: CountingRule) -> pl.DataFrame:
    """Return the tallies by one rule."""
    low, high = pl.col("count_low").fill_null(1), pl.col("count_high")
    told = pl.col("count_low").is_null() & high.is_null()
    high = pl.when(told).then(1).otherwise(high)
    if not rule.each_single:
        low, high = pl.lit(1), pl.lit(1)
    mine = rows.filter(pl.col("act").is_in(list(rule.acts))).with_columns(
        low.cast(pl.Int64).alias("low"), high.cast(pl.Int64).alias("high")
    )
    grouped = mine.group_by("source_id", "day", "region_id", "act").agg(
        pl.col("low").sum().alias("number_low"),
        pl.when(pl.col("high").is_null().any()).then(None).otherwise(pl.col("high").sum()).alias("number_high"),
    )
    named = grouped.with_columns(pl.lit(rule.code).alias("rule"))
    return named.select(tables.dtypes("raw_tallies").keys()).cast(pl.Schema(tables.dtypes("raw_tallies")))


def _region(rows: pl.DataFrame, regions: Mapping[str, shapely.Geometry]) -> list[str]:
    """Return the region that holds the middle of each row's position, "" for none."""
    lon, lat = rows["lon_deg"].to_numpy(), rows["lat_deg"].to_numpy()
    found = [""] * rows.height
    for region_id, area in regions.items():
        shapely.prepare(area)
        for n in shapely.contains_xy(area, lon, lat).nonzero()[0]:
            found[n] = found[n] or region_id
    return found
