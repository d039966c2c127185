"""People's words stand beside the machine's, with dissent and replies; corrections lead; what is relaxed is told."""

import dataclasses
import datetime as dt

import polars as pl
import pytest

from trucewatch import report, tables
from trucewatch.report.contents import contents
from trucewatch.report.counts import day_of
from trucewatch.words import Words


@pytest.fixture
def told(facts, released, let_through):
    """Return a function from rows of people's tables to the report; the incident is the first of the period."""
    base = released(40)
    day = day_of(base, facts)
    first = day.now["incident_id"][0]

    def make(facts=facts, **rows):
        made = {
            name: tables.conform(
                pl.DataFrame(
                    [{"incident_id": first} | row if name != "corrections" else row for row in given],
                    schema=tables.dtypes(name),
                ),
                name,
            )
            for name, given in rows.items()
        }
        part = let_through({**base.tables, **made}, facts)
        return contents(part, facts, day_of(part, facts), Words())

    return make


AT = dt.datetime(2026, 3, 20, 17, tzinfo=dt.UTC)
VERDICT = {
    "verdict_id": "v1", "subject": "i1", "decision": "rejected", "status": "in_force", "at_utc": AT, "in_force_utc": AT,
    "proposed_by": "Vera Vetter", "approved_by": ["Victor Val"], "states": ["CHE", "SWE"], "reason": "a quarry, seen from the road",
    "changes": ["deaths_low=2"],
    "dissent": ["Swiss: the picture shows smoke"], "alone": False, "rests_on_all": True,
}  # fmt: skip
REPLY = {
    "reply_id": "r1", "notice_id": "n1", "finding": "i1|ceasefire", "clause_id": "ceasefire", "party": "calder",
    "text": "An exercise.",
    "sent_utc": AT, "hours": 48, "at_utc": AT, "is_late": False,
}  # fmt: skip
CORRECTION = {
    "correction_id": "c1", "of": "report:2026-03-19", "what": "It was seven, not six.", "reason": "counted twice",
    "in_force_utc": AT,
    "proposed_by": "Rhea", "approved_by": ["Ruth"], "audience": "public",
}  # fmt: skip


def section(made, name):
    found = [each for each in made.sections if each.section_id == name]
    return found[0] if found else None


def test_without_a_word_of_people_nothing_is_said(told):
    made = told()
    assert [section(made, name) for name in ("corrected", "decided", "replies")] == [None] * 3


def test_the_machine_and_people_stand_side_by_side_with_dissent(told):
    table, _, dissent = section(told(verdicts=[VERDICT]), "decided").blocks
    machine, people = table.rows[0][3:]
    assert machine.text
    assert people.text == "rejected"
    assert people.below == "Vera Vetter (CHE), Victor Val (SWE) · deaths_low=2 · a quarry, seen from the road"
    assert dissent.items == ("rejected (i1): Swiss: the picture shows smoke",)


@pytest.mark.parametrize("status", ["contradicted", "waiting", "edited", "overruled"])
def test_what_is_not_in_force_says_so(told, status):
    cell = section(told(verdicts=[VERDICT | {"status": status}]), "decided").blocks[0].rows[0][4]
    assert cell.warning
    assert not cell.strong


def test_one_person_alone_is_told(told):
    alone = VERDICT | {"alone": True, "approved_by": [], "states": ["CHE"]}
    assert "one person alone" in section(told(verdicts=[alone]), "decided").blocks[0].rows[0][4].below


def test_a_reply_stands_beside_its_finding_and_silence_is_no_admission(told):
    silent = REPLY | {"reply_id": "r2", "party": "merrow", "text": "", "at_utc": None}
    _, sent, reply, nothing = section(told(replies=[REPLY, silent]), "replies").blocks
    assert "48 hours" in sent.text
    assert (reply.text, reply.by.startswith("Calder, ")) == ("An exercise.", True)
    assert nothing.text == "Merrow has not replied. That is no admission."


def test_corrections_lead_the_report_and_only_the_next(told):
    made = told(corrections=[CORRECTION])
    assert made.sections[0].section_id == "corrected"
    assert made.sections[0].blocks[0].text == "It was seven, not six."
    assert section(told(corrections=[CORRECTION | {"in_force_utc": AT - dt.timedelta(days=3)}]), "corrected") is None


def test_what_people_said_after_the_last_report_is_told_although_a_day_had_none(facts, told):
    """The last report was of three days ago: nothing that came between is lost; and of older findings the fresh replies."""
    apart = dataclasses.replace(facts, last_day=facts.day - dt.timedelta(days=3))
    between = CORRECTION | {"in_force_utc": facts.period.start_utc - dt.timedelta(hours=30)}
    assert section(told(corrections=[between]), "corrected") is None
    assert section(told(facts=apart, corrections=[between]), "corrected").blocks[0].text == "It was seven, not six."
    before = CORRECTION | {"in_force_utc": facts.period.start_utc - dt.timedelta(hours=49)}
    assert section(told(facts=apart, corrections=[before]), "corrected") is None
    older = REPLY | {"incident_id": "i-of-last-week", "finding": "i-of-last-week|ceasefire"}
    silent = older | {"reply_id": "r2", "party": "merrow", "text": "", "at_utc": None}
    heading, _, reply, nothing = section(told(replies=[older, silent]), "replies").blocks
    assert (heading.text, reply.text) == ("i-of-last-week", "An exercise.")
    assert nothing.text == "Merrow has not replied. That is no admission."
    assert section(told(replies=[older | {"at_utc": AT - dt.timedelta(days=3)}]), "replies") is None


def test_a_word_on_an_incident_of_the_day_before_is_told_when_it_is_new(facts, released, told):
    day = day_of(released(40), facts)
    assert day.before.height
    older = VERDICT | {"incident_id": day.before["incident_id"][0]}
    table, _, dissent = section(told(verdicts=[older]), "decided").blocks
    assert (len(table.rows), table.rows[0][4].text, len(dissent.items)) == (1, "rejected", 1)
    stale = older | {"at_utc": AT - dt.timedelta(days=3), "in_force_utc": None}
    assert section(told(verdicts=[stale]), "decided") is None
    warned = stale | {"decision": "safety_warning", "status": "noted", "at_utc": AT, "dissent": []}
    assert section(told(verdicts=[warned]), "decided").blocks[0].rows[0][4].text == "safety warning"


def test_what_the_mission_relaxed_is_told_at_the_head(facts, released):
    part = released(3)
    assert "relaxed" not in contents(part, facts, day_of(part, facts), Words()).made
    free = dataclasses.replace(facts, relaxed=("release", "same_state_allowed"))
    made = contents(part, free, day_of(part, free), Words()).made
    assert "one person alone may release, both may be of one state" in made


def test_every_rendering_shows_them(told):
    text = report.page(told(verdicts=[VERDICT], replies=[REPLY], corrections=[CORRECTION])).decode()
    assert all(word in text for word in ("quarry", "An exercise.", "It was seven, not six."))
