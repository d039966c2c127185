"""Each rule refuses what it forbids, by its name, and nothing goes round it."""

import datetime as dt
import inspect
import re

import pytest

from trucewatch.errors import ActRefused
from trucewatch.journal import sign_entry
from trucewatch.verify import RULES, Standing, VerifySettings, admit, rules_body
from trucewatch.verify import check as module
from trucewatch.verify.bodies import time_told
from verify.book import CLAUSES, ORIGIN, PARTIES, SETTINGS, START, Book, decision_body, founded, id_of, key_body, key_of

LATER = START + dt.timedelta(hours=1)


def refused(rule, act, *args, **told):
    with pytest.raises(ActRefused) as caught:
        act(*args, **told)
    assert caught.value.rule == rule, caught.value
    assert caught.value.exit_code == 11
    return caught.value


def test_every_rule_is_enforced_and_every_refusal_has_a_rule():
    source = inspect.getsource(module)
    named = set(re.findall(r'_refuse\(\s*"(\w+)"', source)) | {"signature"}  # that one: in admit
    named |= set(re.findall(r'rule = "(\w+)" if is_party else "(\w+)"', source)[0])
    assert named == set(RULES)


def test_two_people_of_two_states_confirm(book):
    decision = book.decide("vera")
    assert book.act(decision).status == "waiting"
    book.approve("victor", decision)
    assert book.act(decision).status == "in_force"
    assert book.state.heads["incident:i1"] == (decision,)


@pytest.mark.parametrize(
    ("who", "rule"),
    [
        ("vera", "two_people"),
        ("swiss", "two_states"),
        ("stateless", "two_states"),
        ("national", "party_concerned"),
        ("analyst", "verb"),
        ("rhea", "verb"),
        ("auditor", "verb"),
        ("observer", "verb"),
    ],
)
@pytest.mark.parametrize("decision", ["confirmed", "rejected", "corrected", "withdrawn", "same", "different"])
def test_who_may_not_be_the_second(book, who, rule, decision):
    act = book.decide("vera", decision)
    refused(rule, book.approve, who, act)
    assert book.act(act).status == "waiting"


@pytest.mark.parametrize(
    ("who", "told", "rule"),
    [
        ("national", {}, "party_concerned"),
        ("guarantee", {}, "guarantor_concerned"),
        ("guarantee", {"clauses": ["ceasefire", "withdrawal"]}, "guarantor_concerned"),
        ("analyst", {"rests_on": ["d1", "d2"]}, "own_delivery"),
        ("observer", {}, "verb"),
        ("vera", {"reason": " too  short"}, "reason"),
        ("vera", {"reason": "a b         c"}, "reason"),
        ("vera", {"rests_on": []}, "subject"),
        ("vera", {"rests_on": ["d3"]}, "subject"),
        ("vera", {"observations": []}, "subject"),
        ("vera", {"subject": ""}, "subject"),
        ("vera", {"clauses": ["no_such_clause"]}, "subject"),
        ("vera", {"overrules": ["0" * 64]}, "subject"),
        ("vera", {"replaces": "0" * 64}, "subject"),
        ("vera", {"decision": "sure"}, "shape"),
        ("vera", {"note": "hidden"}, "shape"),
    ],
)
def test_who_may_not_propose_and_what_may_not_be_proposed(book, who, told, rule):
    body = decision_body() | told
    refused(rule, book.add, who, "decision", body)


def test_a_guarantor_decides_where_it_does_not_act(book):
    decision = book.decide("guarantee", clauses=["ceasefire"])
    book.approve("victor", decision)
    assert book.act(decision).is_in_force


def test_an_employee_of_a_party_is_of_it_whatever_the_state(book):
    book.approve("safe", book.add("keeper", "key_added", key_body("emil", "BEL", ["verifier"], conflicts=["arran"])))
    added = book.add("keeper", "key_added", key_body("dora", "BEL", ["verifier"], nationalities=["ARR"]))
    book.approve("safe", added)
    decision = book.decide("vera")
    refused("party_concerned", book.approve, "emil", decision)
    refused("party_concerned", book.approve, "dora", decision)


def test_two_keys_of_one_name_are_one_person(book):
    decision = book.decide("vera")
    refused("two_people", book.approve, "Vera ", decision)
    other = book.decide("victor")
    book.approve("vera", other)
    refused("once", book.approve, "Vera ", other)


def test_nobody_approves_what_rests_on_a_delivery_of_their_own(book):
    book.approve("safe", book.add("keeper", "key_added", key_body("both", "DEU", ["verifier", "observer"])))
    book.deliver("d3", "both")
    decision = book.decide("vera", rests_on=["d1", "d3"])
    refused("own_delivery", book.approve, "both", decision)
    book.approve("both", book.decide("vera", rests_on=["d1"]))
    correction = {"of": decision, "what": "the hour", "reason": "the clock was wrong"}
    refused("own_delivery", book.add, "both", "correction", correction)


def test_an_edit_voids_the_approval(book):
    decision = book.decide("vera")
    book.approve("victor", decision)
    edit = book.decide("vera", "rejected", replaces=decision)
    assert book.act(decision).status == "edited"
    assert book.act(edit).status == "waiting"
    assert not book.state.heads["incident:i1"]
    refused("edited", book.approve, "stateless", decision)
    refused("edited", book.decide, "vera", replaces=decision)
    book.approve("victor", edit)
    assert book.state.heads["incident:i1"] == (edit,)


def test_what_was_published_stands_until_two_people_agree_on_the_edit(book):
    decision = book.decide("vera")
    book.approve("victor", decision)
    book.approve("ruth", book.release())
    edit = book.decide("vera", "rejected", replaces=decision)
    assert book.act(decision).is_in_force
    book.approve("victor", edit)
    assert book.act(decision).status == "overruled"
    again = book.decide(
        "vera", "corrected", replaces=edit
    )  # nothing was published since: the edit is void, what stood stands
    assert book.act(edit).status == "edited"
    assert book.state.heads["incident:i1"] == (decision,)
    assert book.act(again).status == "waiting"


def test_only_the_author_edits(book):
    decision = book.decide("vera")
    refused("two_people", book.decide, "victor", replaces=decision)


@pytest.mark.parametrize("kind", ["release", "redaction"])
def test_what_is_carried_out_is_not_edited(book, kind):
    body = {"subject": "c1", "reason": "the witness asked for it"}
    act = book.release() if kind == "release" else book.add("rhea", kind, body)
    book.approve("ruth", act)
    if kind == "release":
        refused("done", book.release, replaces=act)
    else:
        refused("done", book.add, "rhea", kind, body | {"replaces": act})


def test_decisions_made_apart_are_both_kept_until_two_people_settle_them(book):
    one, other = book.decide("vera"), book.decide("victor", "rejected")
    book.approve("victor", one)
    book.approve("vera", other)
    assert book.state.heads["incident:i1"] == (one, other)
    last = book.decide("swiss", "confirmed", overrules=[one, other])
    assert book.state.heads["incident:i1"] == (one, other)
    book.approve("victor", last)
    assert book.state.heads["incident:i1"] == (last,)
    assert {book.act(name).status for name in (one, other)} == {"overruled"}


def test_dissent_is_kept_and_stops_nobody(book):
    decision = book.decide("vera")
    refused("reason", book.approve, "swiss", decision, "refused", "no")
    book.approve("swiss", decision, "refused", "the picture shows another place")
    book.approve("victor", decision)
    assert [word.decision for word in book.act(decision).words] == ["refused", "approved"]
    assert book.act(decision).is_in_force


def test_the_safeguard_vetoes_a_release_before_and_after(book):
    early, late = book.release(), book.release("ruth")
    book.approve("safe", early, "refused", "it names a witness's house")
    refused("vetoed", book.approve, "ruth", early)
    book.approve("rhea", late)
    book.approve("safe", late, "refused", "it names a witness's house")
    assert book.act(late).status == "vetoed"


def test_one_duty_officer_sends_a_safety_warning_alone(book):
    warning = book.decide("analyst", "safety_warning", rests_on=[])
    assert book.act(warning).status == "noted"
    refused("subject", book.approve, "vera", warning)
    refused("verb", book.decide, "observer", "safety_warning")


def test_unsure_is_one_persons_word_and_changes_nothing(book):
    unsure = book.decide("vera", "unsure")
    assert book.act(unsure).status == "noted"
    assert not book.state.heads.get("incident:i1")


@pytest.mark.parametrize("act", ["confirmed", "release"])
def test_what_a_mission_relaxes_one_person_does_alone(act):
    book = founded({"alone": [act]})
    done = book.decide("vera") if act == "confirmed" else book.release()
    assert book.act(done).is_in_force
    assert book.act(done).alone
    refused("party_concerned", book.decide, "national")


@pytest.mark.parametrize(
    ("relaxed", "who", "second"),
    [("same_state_allowed", "vera", "swiss"), ("concerned_allowed", "vera", "national"),
     ("own_delivery_allowed", "analyst", "victor")],
)  # fmt: skip
def test_each_relaxation_lets_through_what_it_says(book, relaxed, who, second):
    told = {"rests_on": ["d2"]}
    free = founded({relaxed: True})
    free.approve(second, free.decide(who, **told))
    with pytest.raises(ActRefused):
        book.approve(second, book.decide(who, **told))
    assert free.state.rules.relaxed == (relaxed,)


def test_the_rules_are_changed_by_two_and_past_acts_keep_the_rules_of_their_time(book):
    wanted = VerifySettings.model_validate(SETTINGS | {"alone": ["confirmed"]})
    change = book.add("founder", "rules", rules_body(wanted, parties=PARTIES, clauses=CLAUSES, reason="we are too few"))
    before = book.decide("vera")
    assert not book.act(before).is_in_force
    refused("two_states", book.approve, "safe", change)  # the founder was sent by no state
    change = book.add("keeper", "rules", rules_body(wanted, parties=PARTIES, clauses=CLAUSES, reason="we are too few"))
    book.approve("safe", change)
    assert book.act(book.decide("vera", subject="i2")).is_in_force
    assert not book.act(before).is_in_force
    again = Standing.begin(ORIGIN).after_all(book.entries)
    assert not again.state.acts[before].is_in_force


def test_rules_that_were_changed_on_the_way_are_refused(book):
    body = rules_body(VerifySettings(), parties=PARTIES, clauses=CLAUSES, reason="we are too few")
    refused("shape", book.add, "keeper", "rules", body | {"settings": body["settings"] | {"alone": ["release"]}})
    refused("shape", book.add, "keeper", "rules", body | {"rulebook": 2})


def test_keys_are_added_by_two_once_two_could(book):
    added = book.add("keeper", "key_added", key_body("sock", "DEU", ["verifier"]))
    refused("known_key", book.decide, "sock")
    refused("two_people", book.approve, "keeper", added)
    refused("verb", book.approve, "vera", added)
    book.approve("safe", added)
    book.decide("sock")
    refused("founder", book.add, "keeper", "key_added", key_body("sock", "DEU", ["verifier"]))


def test_nothing_is_approved_while_one_person_makes_people():
    book = founded(None, "founder", "vera", "victor")
    assert book.state.is_founding
    refused("founding", book.approve, "victor", book.decide("vera"))


def test_a_revoked_key_signs_nothing_more_and_what_it_signed_stands(book):
    decision = book.decide("vera")
    book.approve("victor", decision)
    waiting = book.decide("victor", subject="i2")
    told = {"key": id_of("victor"), "from_utc": time_told(START), "reason": "the laptop was lost"}
    refused("verb", book.add, "vera", "key_revoked", told)
    refused("clock", book.add, "keeper", "key_revoked", told | {"from_utc": time_told(LATER)})
    book.add("keeper", "key_revoked", told)
    assert book.act(decision).is_in_force
    refused("revoked", book.decide, "victor")
    refused("subject", book.add, "keeper", "key_revoked", told)
    book.approve("vera", waiting)
    book.add("vera", "key_revoked", told | {"key": id_of("vera")})
    refused("revoked", book.decide, "vera")


def test_a_key_signs_within_its_span_and_a_late_bundle_is_bounded(book):
    added = book.add("keeper", "key_added", key_body("guest", "DEU", ["verifier"], until_utc=time_told(LATER)))
    book.approve("safe", added)
    refused("span", book.add, "guest", "decision", decision_body(), LATER)
    entry = book.sign("guest", "decision", decision_body(), LATER - dt.timedelta(seconds=1))
    admit(book.standing, entry, now=LATER + dt.timedelta(days=13))
    refused("clock", admit, book.standing, entry, now=LATER + dt.timedelta(days=15))
    refused("clock", admit, book.standing, entry, now=START)


def test_a_task_is_claimed_by_one_person_for_a_while(book):
    def claim(who, minutes, at_utc=None):
        at_utc = at_utc or book.at_utc
        until = time_told(at_utc + dt.timedelta(minutes=minutes))
        return book.add(who, "claim", {"task": "i1", "until_utc": until}, at_utc)

    claim("vera", 30)
    refused("claimed", claim, "victor", 10)
    refused("claimed", claim, "vera", 31)
    claim("vera", 20)
    claim("victor", 10, book.at_utc + dt.timedelta(minutes=31))
    claim("victor", 0, book.at_utc + dt.timedelta(minutes=32))
    claim("vera", 10, book.at_utc + dt.timedelta(minutes=33))
    refused("verb", claim, "observer", 10)


def test_a_preliminary_finding_goes_to_all_parties_with_equal_hours(book):
    body = {
        "findings": ["i1|ceasefire"],
        "parties": list(PARTIES),
        "hours": 48,
        "text": "",
        "reason": "a preliminary finding",
    }
    refused("equal_hours", book.add, "rhea", "notice", body | {"parties": ["calder"]})
    refused("equal_hours", book.add, "rhea", "notice", body | {"hours": 47})
    refused("equal_hours", book.add, "rhea", "notice", body | {"findings": []})
    notice = book.add("rhea", "notice", body)
    reply = {"finding": "i1|ceasefire", "party": "calder", "text": "It was an exercise.", "notice": notice}
    refused("subject", book.add, "liaison", "reply", reply)
    book.approve("ruth", notice)
    book.add("liaison", "reply", reply)
    refused("subject", book.add, "liaison", "reply", reply | {"party": "nobody"})
    refused("subject", book.add, "liaison", "reply", reply | {"finding": "i2|ceasefire"})
    book.approve("safe", book.add("keeper", "key_added", key_body("amb", "ARR", ["liaison"], conflicts=["arran"])))
    refused("party_concerned", book.add, "amb", "reply", reply)


def test_no_back_door(book):
    decision = book.decide("vera")
    approval = {"of": decision, "decision": "approved", "reason": ""}
    other_log = sign_entry("approval", book.at_utc, approval, key_of("victor"), origin="river-line/0123456789abcdef")
    refused("signature", book.take, other_log)
    refused("once", book.take, book.entries[-1])
    stranger = sign_entry("approval", book.at_utc, approval, key_of("stranger"), origin=ORIGIN)
    refused("known_key", book.take, stranger)
    with pytest.raises(ActRefused):
        Standing.begin(ORIGIN).after_all([*book.entries, book.entries[-1]])


def test_a_journal_begins_with_its_founder():
    book = Book()
    refused("founder", book.add, "founder", "key_added", key_body("vera", "CHE", ["verifier"]))
    refused("founder", book.add, "founder", "decision", decision_body())
    refused("shape", book.add, "founder", "key_added", key_body("founder", "CHE", ["king"]))
    book.add("founder", "key_added", key_body("founder", "CHE", ["analyst"]))
    book.add("founder", "key_added", key_body("vera", "CHE", ["verifier"]))
