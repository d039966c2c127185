"""Duties: due, overdue or soon, never one that is done and past; readings that see the same share a row."""

import datetime as dt

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.report.owed import due_or_overdue, duties, windows
from trucewatch.words import Words


@pytest.fixture
def owed(facts):
    """Return a function from (hours after the period's end, status, reading) to table `duties`."""

    def make(*told):
        clause = facts.agreement.document.clauses[0].clause_id
        rows = [
            {
                "clause_id": clause, "reading": reading, "bearer": facts.agreement.party_ids[0], "stage": "", "due": "complete",
                "deadline_utc": facts.period.end_utc + dt.timedelta(hours=hours),
                "from_utc": facts.period.start_utc - dt.timedelta(days=30), "status": status, "required": 5, "shown": 3,
                "evidence": ["o1"], "counter_evidence": ["o2"] if status == "not_met" else [], "reasons": [],
            }
            for hours, status, reading in told
        ]  # fmt: skip
        return tables.conform(
            pl.DataFrame(
                rows, schema_overrides={"counter_evidence": pl.List(pl.String), "reasons": pl.List(pl.String)}
            ),
            "duties",
        )

    return make


def test_what_is_done_and_past_or_far_off_is_not_told(owed, facts):
    told = owed(
        (-500, "met", "text"), (-400, "not_met", "text"), (-300, "not_verified", "text"), (-2, "met", "text"),
        (100, "not_due", "text"), (200, "not_due", "text"),
    )  # fmt: skip
    found = due_or_overdue(told, facts)
    hours = [(each - facts.period.end_utc).total_seconds() / 3600 for each in found["deadline_utc"]]
    assert hours == [-400, -300, -2, 100]


def test_an_overdue_duty_says_so_and_names_number_and_evidence(owed, facts, let_through):
    section = duties(let_through({"duties": owed((-400, "not_met", "text"))}, facts), facts, Words())
    row = section.blocks[1].rows[0]
    assert row[2].warning == "overdue"
    assert row[4].text == "not met"
    assert row[4].below == "speaks for it: 1, speaks against it: 1"
    assert row[5].text == "3 / 5"


def test_readings_that_see_the_same_share_a_row_and_others_stand_beside(owed, facts, let_through):
    same = duties(let_through({"duties": owed((-2, "met", "text"), (-2, "met", "other"))}, facts), facts, Words())
    apart = duties(let_through({"duties": owed((-2, "met", "text"), (-2, "not_met", "other"))}, facts), facts, Words())
    assert [len(section.blocks[1].rows) for section in (same, apart)] == [1, 2]


def test_a_window_is_told_with_place_and_purpose_and_whether_it_took_effect(facts, let_through):
    at = facts.period.start_utc + dt.timedelta(hours=3)
    act = {
        "statement_id": "s1", "clause_id": "x", "does": "authorise", "by": facts.agreement.party_ids[0], "said_utc": at,
        "from_utc": at, "until_utc": at + dt.timedelta(hours=4), "effect": "in_effect",
        "lon_deg": 1.0, "lat_deg": 2.0, "radius_m": 3000.0,
    }  # fmt: skip
    said = {
        "statement_id": "s1", "source_id": "statements", "speaker": "an officer", "said_utc": at, "place": "Filter station",
        "purpose": "repair of a water pipe", "text": "…", "citation": "a letter",
    }  # fmt: skip
    frames = {name: tables.conform(pl.DataFrame([row]), name) for name, row in (("powers", act), ("statements", said))}
    section = windows(let_through(frames, facts), facts, Words())
    row = section.blocks[0].rows[0]
    assert (row[4].text, row[4].below, row[5].text) == ("Filter station", "repair of a water pipe", "in effect")
    late = {"powers": frames["powers"].with_columns(pl.col("said_utc", "from_utc", "until_utc") - dt.timedelta(days=9))}
    assert windows(let_through(late, facts), facts, Words()).blocks == ()


def test_bearers_that_come_to_the_same_share_a_row(owed, facts, let_through):
    both = pl.concat([owed((-2, "met", "text")), owed((-2, "met", "text")).with_columns(bearer=pl.lit("another"))])
    section = duties(let_through({"duties": both}, facts), facts, Words())
    assert [row[1].text.split("; ")[0] for row in section.blocks[1].rows] == ["another"]


def test_a_report_to_others_tells_duties_without_their_rows(owed, facts, let_through):
    part = let_through({}, facts)
    object.__setattr__(part, "tables", {"duties": owed((-2, "met", "text")).drop("evidence", "counter_evidence")})
    assert duties(part, facts, Words()).blocks[1].rows[0][4].below == ""
