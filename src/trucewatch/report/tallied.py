"""Raw tallies: what each source counted, in its unit, before anything is fused."""

import datetime as dt
from typing import Any

import polars as pl

from trucewatch import tables
from trucewatch.release import Released
from trucewatch.report.blocks import Block, Cell, Paragraph, Section, Table, columns, row
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import region_names
from trucewatch.words import Words


def raw_tallies(released: Released, facts: ReportFacts, words: Words) -> Section:
    """Return a table for each counting rule: source and region, this period and the one before."""
    told = released.tables.get("raw_tallies", tables.empty("raw_tallies"))
    blocks: list[Block] = []
    for rule in sorted(told["rule"].unique()):
        summed = summed_by_region(told.filter(pl.col("rule") == rule), facts.days, facts.days_before)
        if summed.height:
            blocks.append(_table(rule, summed, facts, words))
    if blocks:
        said = words.say(
            "One event that two sources counted is in both. A tally measures how much was noticed as well as how much happened; "
            "tallies by different rules cannot be compared."
        )
        blocks.append(Paragraph(said, note=True))
    return Section("tallies", words.say("Raw tallies"), tuple(blocks))


def summed_by_region(told: pl.DataFrame, days: tuple[dt.date, ...], before: tuple[dt.date, ...]) -> pl.DataFrame:
    """Return source_id, region_id, low, open, low_before, open_before of the days named and of those before."""
    parts = []
    for name, of in (("", days), ("_before", before)):
        mine = told.filter(pl.col("day").is_in(list(of)))
        parts.append(
            mine.group_by("source_id", "region_id").agg(
                pl.col("number_low").sum().alias(f"low{name}"),
                (pl.col("number_high").is_null() | (pl.col("number_high") > pl.col("number_low")))
                .any()
                .alias(f"open{name}"),
            )
        )
    joined = parts[0].join(parts[1], on=["source_id", "region_id"], how="full", coalesce=True)
    filled = joined.with_columns(
        pl.col("low", "low_before").fill_null(0), pl.col("open", "open_before").fill_null(False)
    )
    return filled.sort("source_id", "region_id")


def _table(rule: str, summed: pl.DataFrame, facts: ReportFacts, words: Words) -> Table:
    """Return the table of one rule."""
    names = region_names(facts, words)
    rows = [
        row(
            Cell(facts.source_title(each["source_id"], words)),
            names.get(each["region_id"], each["region_id"]),
            _number(each["low"], each["open"], words),
            _number(each["low_before"], each["open_before"], words),
        )
        for each in summed.iter_rows(named=True)
    ]
    every: dict[str, Any] = {
        name: summed[name].sum() if name.startswith("low") else summed[name].any() for name in summed.columns[2:]
    }
    foot = row(
        words.say("All"), "", _number(every["low"], every["open"], words),
        _number(every["low_before"], every["open_before"], words),
    )  # fmt: skip
    return Table(
        words.say("Unit: {unit}.", unit=words.name("counting_rule", rule)),
        columns(
            words.say("Source"), words.say("Region"), words.say("This period"), words.say("The one before"), numbers=2
        ),
        tuple(rows),
        foot=foot if len({each[0].text for each in rows}) == 1 and len(rows) > 1 else (),
    )


def _number(low: int, is_open: bool, words: Words) -> str:
    """Return a number, or that there are at least so many."""
    return words.say("{n} or more", n=words.number(low)) if is_open else words.number(low)
