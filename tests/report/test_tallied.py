"""Raw tallies on the page: their unit named, this period beside the one before, an open count said to be open."""

import dataclasses
import datetime as dt

import polars as pl

from trucewatch import tables
from trucewatch.report.tallied import raw_tallies
from trucewatch.words import Words


def told(facts, *rows):
    source = sorted(facts.manifests)[0]
    keys = ("day", "act", "number_low", "number_high")
    frame = pl.DataFrame([dict(zip(keys, row, strict=True)) for row in rows])
    return tables.conform(
        frame.with_columns(rule=pl.lit("osce_smm"), source_id=pl.lit(source), region_id=pl.lit("")), "raw_tallies"
    )


def test_a_tally_names_its_unit_and_sums_the_acts(facts, let_through):
    before = facts.day - dt.timedelta(days=1)
    frame = told(facts, (facts.day, "explosion", 90, 90), (facts.day, "burst", 54, 54), (before, "shot", 7, None))
    section = raw_tallies(let_through({"raw_tallies": frame}, facts), facts, Words())
    table = section.blocks[0]
    assert table.caption.startswith("Unit: each explosion, projectile, muzzle flash")
    assert [cell.text for cell in table.rows[0][2:]] == ["144", "7 or more"]


def test_several_days_are_set_beside_as_many_before(facts, let_through):
    days = [facts.day - dt.timedelta(days=n) for n in range(5)]
    frame = told(facts, *((day, "shot", 10**n, 10**n) for n, day in enumerate(days)))
    two = dataclasses.replace(facts, first_day=days[1])
    section = raw_tallies(let_through({"raw_tallies": frame}, two), two, Words())
    assert [cell.text for cell in section.blocks[0].rows[0][2:]] == ["11", "1,100"]
