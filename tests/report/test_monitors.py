"""Against monitors, and access: by the side where it was, known only where it is likelier than not."""

import dataclasses

import polars as pl
import pytest

from trucewatch.report.blocks import Table
from trucewatch.report.counts import day_of
from trucewatch.report.monitors import access, against_monitors, with_side
from trucewatch.words import Words


@pytest.fixture
def day(released, facts):
    """Return a function from acts to the day with an incident of each."""

    def make(*acts):
        whole = day_of(released(40), facts)
        now = whole.now.head(len(acts)).with_columns(pl.Series("act", acts, dtype=pl.String), act_probability=1.0)
        return dataclasses.replace(whole, now=now)

    return make


def sides(rows):
    schema = {"incident_id": pl.String, "side": pl.String, "probability": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_jamming_and_threats_are_told_and_nothing_else(day, facts):
    section = against_monitors(day("jamming", "shelling", "threat_to_monitors"), facts, Words())
    assert [row[2].text for row in section.blocks[0].rows] == ["jamming", "threat to monitors"]
    assert against_monitors(day("shelling"), facts, Words()).blocks == ()


def test_access_is_counted_by_side_and_kind(day, facts, let_through):
    told = day("denial_of_access", "denial_of_access", "delay_of_access", "shelling")
    ids = told.now["incident_id"].to_list()
    first, second = facts.agreement.party_ids[:2]
    placed = sides([(ids[0], first, 0.9), (ids[0], second, 0.1), (ids[1], first, 0.7), (ids[2], second, 0.5)])
    part = let_through({"sides": placed}, facts)
    section = access(part, told, facts, Words())
    table = section.blocks[0]
    assert isinstance(table, Table)
    counted = [[cell.text for cell in row[1:]] for row in table.rows]
    assert counted == [["2", "0", "2"], ["0", "0", "0"], ["0", "1", "1"]]


def test_a_side_that_is_as_likely_as_not_is_not_known(day):
    told = day("denial_of_access", "denial_of_access")
    ids = told.now["incident_id"].to_list()
    found = with_side(told.now, sides([(ids[0], "a", 0.5), (ids[0], "b", 0.5), (ids[1], "b", 0.51)]))
    assert found["side"].to_list() == ["", "b"]
