"""Harm: what one source reports stands apart from what several bear out, and a number stays a range."""

import dataclasses
import datetime as dt

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.report.counts import day_of
from trucewatch.report.harm import harm, harmed
from trucewatch.words import Words


@pytest.fixture
def day(released, facts):
    """Return a function from (sources, killed at least, at most) to the day with such incidents alone."""

    def make(*told):
        whole = day_of(released(40), facts)
        now = whole.now.head(len(told)).with_columns(
            pl.Series("independent_sources", [each[0] for each in told], dtype=pl.Int64),
            pl.Series("deaths_low", [each[1] for each in told], dtype=pl.Int64),
            pl.Series("deaths_high", [each[2] for each in told], dtype=pl.Int64),
        )
        return dataclasses.replace(whole, now=now)

    return make


def test_reported_and_corroborated_are_two_rows_with_their_own_sums(day, facts):
    section = harm(day((2, 3, 5), (2, 1, 1), (1, 7, 7)), facts, Words())
    corroborated, alone = section.blocks[0].rows
    assert [cell.text for cell in corroborated[1:3]] == ["2", "4–6"]
    assert [cell.text for cell in alone[1:3]] == ["1", "7"]
    assert len(section.blocks[1].rows) == 2
    assert len(section.blocks[2].rows) == 1


def test_a_number_without_an_upper_end_stays_open(day, facts):
    section = harm(day((1, 4, None), (1, 2, 2)), facts, Words())
    assert section.blocks[0].rows[1][2].text == "6 or more"
    assert section.blocks[0].rows[1][3].text == "–"


def test_silence_on_harm_is_said_and_is_not_good_news(day, facts):
    section = harm(day((1, None, None)), facts, Words())
    assert "does not mean that nobody was" in section.blocks[0].text


def test_an_act_against_civilians_is_harm_without_a_number():
    at = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
    base = {
        "act": "violence_against_civilians", "act_probability": 1.0, "start_utc": at, "end_utc": at, "time_error_s": 1.0,
        "lon_deg": 0.0, "lat_deg": 0.0, "error_major_m": 1.0, "error_minor_m": 1.0, "error_azimuth_deg": 0.0,
        "real_probability": 1.0, "observations": 1, "independent_sources": 1, "source_ids": ["a"],
    }  # fmt: skip
    rows = [base | {"incident_id": "a"}, base | {"incident_id": "b", "act": "shelling"}]
    assert harmed(tables.conform(pl.DataFrame(rows), "incidents"))["incident_id"].to_list() == ["a"]
