"""What an entry changes in the state: each in constant time, whatever came before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from trucewatch.journal import Entry, key_id
from trucewatch.verify.bodies import told_time
from trucewatch.verify.check import verbs_of
from trucewatch.verify.people import OF_TWO, PAIRS, VERDICTS, Person
from trucewatch.verify.rules import rules_of
from trucewatch.verify.state import Act, Claim, State, Word, act_of, subject_of


def folded(state: State, entry: Entry, position: int) -> State:
    """Return the state after an entry that breaks no rule, at that position of the journal."""
    name = entry.entry_id
    state = replace(state, size=position + 1, entries=state.entries.put(name, position))
    if position == 0:
        return _with_key(replace(state, founder=entry.author), entry)
    if fold := _FOLDS.get(entry.kind):
        return fold(state, entry, position)
    if entry.kind == "decision" or act_of(entry) in OF_TWO:
        return _with_act(state, entry, position)
    return state


def _delivered(state: State, entry: Entry, position: int) -> State:
    del position
    name = str(entry.body["delivery_id"])
    by = tuple(dict.fromkeys((*(state.deliveries.get(name) or ()), entry.author)))
    return replace(state, deliveries=state.deliveries.put(name, by))


def _claimed(state: State, entry: Entry, position: int) -> State:
    del position
    claim = Claim(str(entry.body["task"]), entry.author, told_time(str(entry.body["until_utc"])))
    return replace(state, claims=state.claims.put(claim.task, claim))


def _replied(state: State, entry: Entry, position: int) -> State:
    del position
    return replace(state, replies=state.replies.put(entry.entry_id, entry))


def _identified(state: State, entry: Entry, position: int) -> State:
    del position
    subject, sha256 = str(entry.body["subject"]), str(entry.body["sha256"])
    return replace(state, identities=state.identities.put(subject, sha256))


def _revoked(state: State, entry: Entry, position: int) -> State:
    del position
    person = state.people[str(entry.body["key"])].without(entry.entry_id)
    return replace(state, people=state.people.put(person.key, person))


def _with_act(state: State, entry: Entry, position: int) -> State:
    kind = act_of(entry)
    act = Act(entry, kind, position, subject_of(entry))
    if old := state.acts.get(str(entry.body.get("replaces"))):
        state = _edited(state, old, entry.entry_id)
    if kind not in OF_TWO:
        return state.with_act(act)
    alone = state.is_founding if kind in ("key_added", "rules") else kind in state.rules.settings.alone
    return _in_force(state, replace(act, alone=alone), position) if alone else state.with_act(act)


def _edited(state: State, old: Act, by: str) -> State:
    """Void what was edited; what was published meanwhile stays until the edit is approved."""
    if state.is_published(old):
        return state
    if old.in_force_at is not None:
        state = _without_head(state, old)
        for name in _ends(old):
            other = state.acts.get(name)
            if other and other.overruled_by == old.entry.entry_id:
                state = _with_head(state.with_act(replace(other, overruled_by="")), other)
    return state.with_act(replace(old, edited_by=by))


def _with_word(state: State, entry: Entry, position: int) -> State:
    act = state.acts[str(entry.body["of"])]
    decision = str(entry.body["decision"])
    word = Word(entry.entry_id, entry.author, decision, str(entry.body["reason"]), position, entry.at_utc)
    act = replace(act, words=(*act.words, word))
    if decision == "approved":
        return state.with_act(act) if act.in_force_at is not None else _in_force(state, act, position)
    if act.act == "release" and "veto" in verbs_of(state, state.people[entry.author]):
        act = replace(act, vetoed_by=entry.entry_id)
    return state.with_act(act)


def _in_force(state: State, act: Act, position: int) -> State:
    act = replace(act, in_force_at=position)
    state = state.with_act(act)
    if act.act in VERDICTS + PAIRS or act.act == "correction":
        return _with_head(_overruled(state, act), act)
    if act.act == "release":
        return replace(state, released_at=position)
    if act.act == "rules":
        return replace(state, rules=rules_of(act.entry.body, act.entry.entry_id))
    if act.act == "key_added":
        return _with_key(state, act.entry)
    return state


def _ends(act: Act) -> list[str]:
    """Return the acts that are over once this one is in force: those that it overrules, and the one that it replaces."""
    return [name for name in (*act.names.get("overrules", ()), act.names.get("replaces", "")) if name]


def _overruled(state: State, act: Act) -> State:
    for name in _ends(act):
        other = state.acts.get(name)
        if other and other.is_in_force:
            state = _without_head(state, other).with_act(replace(other, overruled_by=act.entry.entry_id))
    return state


def _with_head(state: State, act: Act) -> State:
    if act.entry.kind != "decision":
        return state
    heads = (*(state.heads.get(act.subject) or ()), act.entry.entry_id)
    return replace(state, heads=state.heads.put(act.subject, heads))


def _without_head(state: State, act: Act) -> State:
    if act.entry.kind != "decision":
        return state
    heads = tuple(name for name in state.heads.get(act.subject) or () if name != act.entry.entry_id)
    return replace(state, heads=state.heads.put(act.subject, heads))


def _with_key(state: State, entry: Entry) -> State:
    body: dict[str, Any] = dict(entry.body)
    public = bytes.fromhex(body["public_key"])
    person = Person(
        key=key_id(public), public_key=public, name=body["name"], roles=tuple(body["roles"]), state=body["state"],
        from_utc=told_time(body["from_utc"]), until_utc=told_time(body["until_utc"]) if body["until_utc"] else None,
        conflicts=tuple(body["conflicts"]), nationalities=tuple(body.get("nationalities", ())),
    )  # fmt: skip
    if person.key in state.people:  # two proposals of one key, approved one after the other: the first stands
        return state
    state = replace(state, people=state.people.put(person.key, person))
    if person.state and "approve key_added" in verbs_of(state, person):
        known = state.key_states | {person.state}
        state = replace(state, key_states=known, is_founding=state.is_founding and len(known) < 2)
    return state


_FOLDS: Final[dict[str, Callable[[State, Entry, int], State]]] = {
    "delivery": _delivered,
    "claim": _claimed,
    "reply": _replied,
    "identity": _identified,
    "key_revoked": _revoked,
    "approval": _with_word,
}
