"""What people decided becomes tables: obeyed by fusion, set beside the machine's result, with every dissent."""

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.verify import corrections, decisions, replies, verdicts
from verify.book import PARTIES

MEMBERS = tables.conform(
    pl.DataFrame({"observation_id": ["a", "b", "c"], "incident_id": ["i1", "i1", "i2"]}), "members"
)
BROUGHT = pl.DataFrame({"observation_id": ["a", "b", "c"], "delivery_id": ["d1", "d1", "d2"]})


def told(book, members=MEMBERS):
    return {row["verdict_id"]: row for row in verdicts(book.standing, members, BROUGHT).iter_rows(named=True)}


def test_same_and_different_count_once_two_people_said_so(book):
    one = book.decide("vera", "same", observations=["b", "a"])
    assert decisions(book.standing).is_empty()
    book.approve("victor", one)
    assert decisions(book.standing).rows() == [("a", "b", "same")]
    other = book.decide("swiss", "different")
    book.approve("victor", other)
    assert decisions(book.standing).rows() == [("a", "b", "different"), ("a", "b", "same")]
    last = book.decide("victor", "different", overrules=[one, other])
    book.approve("vera", last)
    assert decisions(book.standing).rows() == [("a", "b", "different")]


def test_a_verdict_stands_with_its_incident_its_people_and_every_dissent(book):
    decision = book.decide("vera", subject="an older name")
    book.approve("swiss", decision, "refused", "the picture shows another place")
    assert told(book)[decision]["status"] == "waiting"
    book.approve("victor", decision)
    row = told(book)[decision]
    assert (row["incident_id"], row["subject"], row["status"]) == ("i1", "an older name", "in_force")
    assert (row["proposed_by"], row["approved_by"], row["states"]) == ("vera", ["victor"], ["CHE", "SWE"])
    assert row["dissent"] == ["swiss: the picture shows another place"]
    assert row["in_force_utc"] > row["at_utc"]


def test_a_verdict_on_what_is_now_two_incidents_belongs_to_none(book):
    decision = book.decide("vera", observations=["a", "c"], rests_on=["d1", "d2"])
    assert told(book)[decision]["incident_id"] is None
    assert told(book, MEMBERS.head(2))[decision]["incident_id"] == "i1"


def test_verdicts_made_apart_that_differ_are_both_told_as_contradicted(book):
    one, other = book.decide("vera"), book.decide("victor", "rejected")
    book.approve("victor", one)
    assert told(book)[one]["status"] == "in_force"
    book.approve("vera", other)
    assert {told(book)[name]["status"] for name in (one, other)} == {"contradicted"}


def test_a_verdict_that_leaves_out_a_delivery_does_not_count(book):
    """Otherwise the analyst would decide on a delivery of their own by not naming it."""
    decision = book.decide("analyst", observations=["a", "c"], rests_on=["d1"])
    book.approve("victor", decision)
    row = told(book)[decision]
    assert (row["status"], row["rests_on_all"]) == ("waiting", False)


def test_a_correction_is_told_once_two_people_signed_it(book):
    body = {"of": "report:2026-03-02", "what": "It was seven.", "reason": "counted twice", "audience": "public"}
    correction = book.add("rhea", "correction", body)
    assert corrections(book.standing).is_empty()
    book.approve("ruth", correction)
    row = corrections(book.standing).row(0, named=True)
    assert (row["of"], row["proposed_by"], row["approved_by"], row["audience"]) == (
        "report:2026-03-02",
        "rhea",
        ["ruth"],
        "public",
    )


@pytest.fixture
def notice(book):
    body = {
        "findings": ["i1|ceasefire"],
        "parties": list(PARTIES),
        "hours": 48,
        "text": "",
        "reason": "a preliminary finding",
    }
    notice = book.add("rhea", "notice", body)
    book.approve("ruth", notice)
    return notice


def test_a_reply_is_told_beside_its_finding_and_silence_too(book, notice):
    assert [(row["party"], row["text"], row["at_utc"]) for row in replies(book.standing).iter_rows(named=True)] == [
        ("arran", "", None),
        ("calder", "", None),
    ]
    book.add(
        "liaison", "reply", {"finding": "i1|ceasefire", "party": "calder", "text": "An exercise.", "notice": notice}
    )
    arran, calder = replies(book.standing).iter_rows(named=True)
    assert (calder["text"], calder["incident_id"], calder["clause_id"], calder["hours"]) == (
        "An exercise.",
        "i1",
        "ceasefire",
        48,
    )
    assert not calder["is_late"]
    assert arran["at_utc"] is None
    assert arran["sent_utc"] == calder["sent_utc"]


def test_a_late_reply_is_kept_and_told_as_late(book, notice):
    reply = {"finding": "i1|ceasefire", "party": "arran", "text": "We were not there.", "notice": notice}
    late = book.at_utc.replace(day=5)
    book.add("liaison", "reply", reply, late)
    row = replies(book.standing).row(0, named=True)
    assert (row["party"], row["is_late"]) == ("arran", True)
