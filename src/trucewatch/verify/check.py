"""Whether a person may do that: the rules, and each act held against them.

`RULES` is the rulebook, one plain sentence a rule. Two people for one act, and duties kept apart, are controls AC-3(2) (dual
authorization) and AC-5 (separation of duties) of NIST SP 800-53, revision 5; that the two come from different states, and that
none judges in a cause of its own, is what makes them two before those who are judged.
What a mission relaxes stands in the journal (`rules`), and each act is judged by the rules in force where it stands.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from trucewatch.errors import ActRefused
from trucewatch.journal import Entry, key_id
from trucewatch.verify.bodies import problem_of, told_time
from trucewatch.verify.people import ALONE, OF_TWO, PAIRS, ROLES, VERDICTS, Person
from trucewatch.verify.rules import rules_of
from trucewatch.verify.state import DONE, Act, State, act_of, subject_of

RULES: Final[dict[str, str]] = {
    "shape": "The body of an entry holds what its kind asks for, and nothing hides in it.",
    "founder": "A journal begins with its founder's key, signed by that key; no key is added twice, and none returns.",
    "founding": "Until two people of two states may approve keys, the founder names people alone, and nothing is approved.",
    "known_key": "Whoever signs has a key that was added and, where it must be, approved.",
    "signature": "The signature is that of the key over these bytes, for this log.",
    "revoked": "A revoked key signs nothing more; what it signed before stands.",
    "span": "A key signs within its span of validity.",
    "clock": "An entry comes neither from the future nor, where its key's span has ended, from long ago.",
    "verb": "A person does what one of the person's roles may do.",
    "once": "An entry stands in the journal once, and a person has one word on an act.",
    "reason": "A decision, a refusal, a revocation and an access have a reason of at least ten characters.",
    "subject": "What an act is about is named, and is in the journal where it must be.",
    "two_people": "Whoever approves is another person than whoever proposed: another key, and another name.",
    "two_states": "The two people were sent by two different states.",
    "party_concerned": "Neither is a national or an employee of a party concerned.",
    "guarantor_concerned": "Neither is a national or an employee of a guarantor that acts on the clause.",
    "own_delivery": "Nobody decides on a delivery that was signed by the same person.",
    "edited": "An edit voids an approval: what was edited since can be approved no more, the edit asks for its own.",
    "vetoed": "What the safeguard vetoed is released no more; a new release may be proposed.",
    "done": "What has been carried out, or was published, is not edited; it is corrected, by two people.",
    "claimed": "A task is worked on by one person at a time, and no longer than the mission allows.",
    "equal_hours": "A preliminary finding goes to all parties at once, each with the same hours, and no fewer than stated.",
}
FEWEST: Final = 10  # characters of a reason
AHEAD: Final = dt.timedelta(minutes=10)  # clocks differ
LATE: Final = dt.timedelta(days=14)  # a bundle signed before a key's end may come so much later
FOUNDERS: Final = ROLES["keeper"]


def check(state: State, entry: Entry, now: dt.datetime | None = None) -> None:
    """Raise ActRefused with the rule that `entry` would break as the next one; the signature is not looked at here.

    `now`: the clock where entries come in; without it, as when a journal is read again, told times are taken as they are.
    """
    if problem := problem_of(entry.kind, entry.body):
        _refuse("shape", f"{entry.kind}: {problem}")
    if entry.entry_id in state.entries:
        _refuse("once", "the entry is in the journal already")
    if state.size == 0:
        _check_founder(entry)
        return
    person = _signer(state, entry, now)
    _CHECKS[entry.kind](state, entry, person)


def verbs_of(state: State, person: Person) -> frozenset[str]:
    """Return what a person may do; the founder also keeps the keys."""
    return person.verbs | FOUNDERS if person.key == state.founder else person.verbs


def _refuse(rule: str, what: str, to_do: str = "") -> NoReturn:
    raise ActRefused(what, rule=rule, where=f"rule {rule}", to_do=to_do or RULES[rule])


def _check_founder(entry: Entry) -> None:
    if entry.kind != "key_added" or key_id(bytes.fromhex(str(entry.body["public_key"]))) != entry.author:
        _refuse(
            "founder", "the first entry is no key of its own signer", "begin with `trucewatch key add` of the founder"
        )


def _signer(state: State, entry: Entry, now: dt.datetime | None) -> Person:
    """Return who signs; raise ActRefused for a key that may not."""
    person = state.person(entry.author)
    if person is None:
        _refuse("known_key", f"key {entry.author} is not one of the mission's, or waits for approval")
    if person.revoked:
        _refuse("revoked", f"the key of {person.name} was revoked by entry {person.revoked[:16]}")
    if not person.is_in_span(entry.at_utc):
        _refuse("span", f"the key of {person.name} is not valid at {entry.at_utc.isoformat()}")
    if now is not None and entry.at_utc > now + AHEAD:
        _refuse("clock", f"signed at {entry.at_utc.isoformat()}, which is yet to come", "set the clock, and sign anew")
    if now is not None and person.until_utc is not None and now > person.until_utc + LATE:
        _refuse("clock", f"the span of the key of {person.name} ended more than {LATE.days} days ago")
    return person


def _may(state: State, person: Person, verb: str) -> None:
    if verb not in verbs_of(state, person):
        roles = sorted(role for role, verbs in ROLES.items() if verb in verbs)
        _refuse(
            "verb",
            f"{person.name} is {', '.join(person.roles)}, and may not: {verb}",
            f"ask one who is: {', '.join(roles)}",
        )


def _reasoned(text: object) -> None:
    if len(" ".join(str(text).split())) < FEWEST:
        _refuse("reason", "the reason is too short", f"give at least {FEWEST} characters that a stranger understands")


def _simple(state: State, entry: Entry, person: Person) -> None:
    _may(state, person, entry.kind)


def _decision(state: State, entry: Entry, person: Person) -> None:
    body: dict[str, Any] = dict(entry.body)
    act = act_of(entry)
    _reasoned(body["reason"])
    if unknown := [name for name in body["rests_on"] if name not in state.deliveries]:
        _refuse("subject", f"it rests on deliveries that are not in the journal: {unknown[:3]}")
    if state.rules.entry_id and (strange := set(body.get("clauses", ())) - state.rules.clauses):
        _refuse("subject", f"no such clauses: {sorted(strange)[:3]}")
    if act in ALONE:
        _may(state, person, act)
        if {"replaces", "overrules"} & set(body):
            _refuse("subject", f"{act} changes no other decision")
        return
    if not body["rests_on"]:
        _refuse("subject", "it names no delivery that it rests on")
    if act in PAIRS and (len(body["observations"]) != 2 or body["subject"]):
        _refuse("subject", f"{act} is about two observations, and about nothing else")
    if act in VERDICTS and not (body["subject"] and body["observations"]):
        _refuse("subject", f"{act} names an incident and its observations")
    for name in body.get("overrules", ()):
        other = state.acts.get(name)
        if other is None or not other.is_in_force or other.subject != subject_of(entry):
            _refuse("subject", f"{name[:16]} is no decision in force on the same subject")
    _propose(state, entry, person)


def _propose(state: State, entry: Entry, person: Person) -> None:
    act = act_of(entry)
    _may(state, person, f"propose {act}")
    _independent(state, entry, person)
    replaced = entry.body.get("replaces")
    if replaced is None:
        return
    old = state.acts.get(str(replaced))
    if old is None or old.entry.kind != entry.kind or old.subject != subject_of(entry):
        _refuse("subject", "what it replaces is no act of its kind on the same subject")
    if old.entry.author != entry.author:
        _refuse("two_people", "an act is edited by whoever proposed it", "propose your own, or refuse that one")
    if old.edited_by or old.vetoed_by or old.overruled_by:
        _refuse("edited", "it was edited, vetoed or overruled before", "edit the newest")
    if old.in_force_at is not None and act in DONE:
        _refuse("done", f"the {act} is in force")


def _independent(state: State, entry: Entry, person: Person) -> None:
    """Refuse who is of a party or guarantor concerned by an act, and whose own deliveries it rests on."""
    settings, act = state.rules.settings, act_of(entry)
    if act not in OF_TWO or act in ("key_added", "rules"):
        return
    if not settings.concerned_allowed:
        clauses: Any = entry.body.get("clauses")
        names, states = state.rules.concerned(clauses)
        if touched := (names & set(person.conflicts)) | (states & person.states):
            is_party = any(
                (each.name in touched or touched & set(each.states)) and each.clauses is None
                for each in settings.concerned
            ) or bool(touched & state.rules.parties)
            rule = "party_concerned" if is_party else "guarantor_concerned"
            _refuse(rule, f"{person.name} belongs to {', '.join(sorted(touched))}, which the act concerns")
    if not settings.own_delivery_allowed:
        for name in _rests_on(state, entry):
            if person.who in map(state.who, state.deliveries.get(name) or ()):
                _refuse("own_delivery", f"{person.name} signed the delivery {name}")


def _rests_on(state: State, entry: Entry) -> Iterable[str]:
    """Return the deliveries that an act rests on: those that it names, and those of the decision that it corrects."""
    named: Any = entry.body.get("rests_on", [])
    of = state.acts.get(str(entry.body.get("of"))) if entry.kind == "correction" else None
    return [*named, *(of.names.get("rests_on", []) if of else [])]


def _approval(state: State, entry: Entry, person: Person) -> None:
    act = state.acts.get(str(entry.body["of"]))
    if act is None or act.act not in OF_TWO:
        _refuse("subject", "there is no act that could be approved under that id")
    if any(state.who(word.by) == person.who for word in act.words):
        _refuse("once", f"{person.name} has had a word on it")
    refused = entry.body["decision"] == "refused"
    if refused:
        _reasoned(entry.body["reason"])
        if not (act.act == "release" and "veto" in verbs_of(state, person)):
            _may(state, person, f"approve {act.act}")
        _another(state, act, person)
        return
    _may(state, person, f"approve {act.act}")
    if act.edited_by:
        _refuse("edited", f"it was edited by {act.edited_by[:16]}", "look at the edit, and approve that")
    if act.vetoed_by:
        _refuse("vetoed", f"the safeguard refused it in {act.vetoed_by[:16]}")
    _another(state, act, person)
    if state.is_founding and not state.rules.settings.same_state_allowed:
        _refuse(
            "founding", "nobody of a second state may approve keys yet", "add a keeper or a safeguard of another state"
        )
    proposer = state.person(act.entry.author)
    assert proposer is not None
    strict = act.act in ("key_added", "rules")
    if (strict or not state.rules.settings.same_state_allowed) and not (
        person.state and proposer.state and person.state != proposer.state
    ):
        _refuse(
            "two_states",
            f"{person.name} ({person.state or 'no state'}) and {proposer.name} ({proposer.state or 'no state'})",
        )
    for each in (proposer, person):
        _independent(state, act.entry, each)


def _another(state: State, act: Act, person: Person) -> None:
    if state.who(act.entry.author) == person.who:
        _refuse("two_people", f"{person.name} proposed it", "ask somebody else; to change it, edit it")


def _claim(state: State, entry: Entry, person: Person) -> None:
    _may(state, person, "claim")
    until = told_time(str(entry.body["until_utc"]))
    held = state.claims.get(str(entry.body["task"]))
    if held and state.who(held.by) != person.who and held.until_utc > entry.at_utc:
        _refuse("claimed", f"another person works on it until {held.until_utc.isoformat()}", "take the next task")
    longest = dt.timedelta(minutes=state.rules.settings.claim_minutes)
    if not entry.at_utc <= until <= entry.at_utc + longest:
        _refuse("claimed", f"a claim lasts at most {longest}", "give it back by ending it now")


def _notice(state: State, entry: Entry, person: Person) -> None:
    body: dict[str, Any] = dict(entry.body)
    _reasoned(body["reason"])
    if not body["findings"] or not state.rules.parties or set(body["parties"]) != state.rules.parties:
        _refuse(
            "equal_hours",
            f"it goes to {', '.join(sorted(state.rules.parties)) or 'parties that the rules do not name'}, to all",
        )
    if body["hours"] < state.rules.settings.reply_hours:
        _refuse("equal_hours", f"{body['hours']} hours are fewer than {state.rules.settings.reply_hours}")
    _propose(state, entry, person)


def _reply(state: State, entry: Entry, person: Person) -> None:
    _may(state, person, "reply")
    party, finding = str(entry.body["party"]), entry.body["finding"]
    if not str(entry.body["text"]).strip() or party not in state.rules.parties:
        _refuse("subject", f"{party!r} is no party of the agreement, or says nothing")
    of = set(person.conflicts) & state.rules.parties
    if of and party not in of:
        _refuse("party_concerned", f"{person.name} speaks for {', '.join(sorted(of))}, not for {party}")
    if named := entry.body.get("notice"):
        notice = state.acts.get(str(named))
        if notice is None or not notice.is_in_force or finding not in notice.names.get("findings", ()):
            _refuse("subject", "no notice in force under that id has that finding")


def _correction(state: State, entry: Entry, person: Person) -> None:
    _reasoned(entry.body["reason"])
    of = str(entry.body["of"])
    if of not in state.entries and not of.startswith("report:"):
        _refuse("subject", "what it corrects is neither an entry of the journal nor a report:YYYY-MM-DD")
    _propose(state, entry, person)


def _two_with_reason(state: State, entry: Entry, person: Person) -> None:
    _reasoned(entry.body["reason"])
    _propose(state, entry, person)


def _rules(state: State, entry: Entry, person: Person) -> None:
    try:
        rules_of(entry.body, entry.entry_id)
    except ValueError as error:
        _refuse("shape", str(error))
    _two_with_reason(state, entry, person)


def _key_added(state: State, entry: Entry, person: Person) -> None:
    _may(state, person, "propose key_added")
    key = key_id(bytes.fromhex(str(entry.body["public_key"])))
    if key in state.people:
        _refuse("founder", f"key {key} is known", "make a new one: trucewatch key new")


def _key_revoked(state: State, entry: Entry, person: Person) -> None:
    _reasoned(entry.body["reason"])
    revoked = state.person(str(entry.body["key"]))
    if revoked is None or revoked.revoked:
        _refuse("subject", "no such key, or it was revoked before")
    if revoked.key != person.key:
        _may(state, person, "key_revoked")
    if told_time(str(entry.body["from_utc"])) > entry.at_utc:
        _refuse("clock", "a revocation holds from where it stands, not from a time to come")


def _identity(state: State, entry: Entry, person: Person) -> None:
    _may(state, person, "identity")
    if str(entry.body["subject"]) in state.identities:
        _refuse("subject", "that subject has an identity")


def _access(state: State, entry: Entry, person: Person) -> None:
    _may(state, person, "access")
    _reasoned(entry.body["reason"])
    if str(entry.body["subject"]) not in state.identities:
        _refuse("subject", "no identity was sealed for that subject")


_CHECKS: Final = {
    "decision": _decision, "approval": _approval, "claim": _claim, "notice": _notice, "reply": _reply,
    "correction": _correction, "redaction": _two_with_reason, "release": _propose, "rules": _rules,
    "key_added": _key_added, "key_revoked": _key_revoked, "delivery": _simple, "remark": _simple, "pledge": _simple,
    "bundle": _simple, "identity": _identity, "access": _access,
}  # fmt: skip
