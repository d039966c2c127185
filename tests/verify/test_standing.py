"""Random people do random things through every door: what the rules admit and what holds is what a simple oracle says.

Doors: an entry handed in, a bundle in any order, a key, a rule, an edit, the same entry again, an entry of another log, bytes
changed after the signature, a signature by another key. `python -m benchmarks two_persons` runs more of the same.
"""

import dataclasses
import os
import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from trucewatch.errors import ActRefused
from trucewatch.journal import sign_entry
from trucewatch.verify import VerifySettings, admit, rules_body
from trucewatch.verify.bodies import time_told
from trucewatch.verify.bundle import bundle_of, merge, parse_bundle
from trucewatch.verify.people import OF_TWO
from verify.book import (
    CLAUSES,
    ORIGIN,
    PARTIES,
    PEOPLE,
    SECOND,
    SETTINGS,
    START,
    decision_body,
    founded,
    id_of,
    key_body,
    key_of,
)
from verify.oracle import WHO_APPROVES, Oracle

SEQUENCES = int(os.environ.get("TRUCEWATCH_SEQUENCES", "1000"))
NEWCOMERS = {
    "newton": ("FIN", ["verifier", "releaser"]), "nils": ("GUA", ["releaser"]), "nina": ("AUT", ["analyst", "keeper"]),
    " NORA": ("NOR", ["verifier", "safeguard", "analyst"]),
}  # fmt: skip
OF_ALL = {**PEOPLE, **NEWCOMERS}
EVERYBODY = sorted(OF_ALL)
DECIDERS = ["analyst", "vera", "victor", "swiss", "rhea", "ruth", "safe", "keeper", "founder"]  # oftener than others
WHO = st.sampled_from(EVERYBODY + DECIDERS * 6)
JUDGES = st.sampled_from(
    ["analyst", "vera", "victor", "swiss"] * 4 + ["national", "guarantee", "stateless", "nora", "Vera "]
)
SECOND_PERSONS = [None, "vera", "victor", "victor", "Vera ", "nora", "national", "guarantee", "swiss"]
RELAXED = st.fixed_dictionaries(
    {},
    optional={
        "alone": st.lists(st.sampled_from(["confirmed", "release", "correction", "redaction"]), max_size=2, unique=True),
        "same_state_allowed": st.booleans(), "concerned_allowed": st.booleans(), "own_delivery_allowed": st.booleans(),
    },
)  # fmt: skip
REASONS = st.sampled_from(["seen on two pictures"] * 6 + ["short"])


def begun(which):
    """Return a book and an oracle at the same beginning."""
    book = {"founding": lambda: founded(None, "founder", "vera", "victor", "rhea"), "founded": founded}[which]()
    oracle = Oracle(ORIGIN)
    assert all(oracle.takes(entry) for entry in book.entries)
    return book, oracle


BEGINNINGS = {which: begun(which) for which in ("founding", "founded")}


class People(RuleBasedStateMachine):
    """One journal, the standing that follows from it, and the oracle."""

    @initialize(which=st.sampled_from(["founded"] * 5 + ["founding"]))
    def begin(self, which):
        book, oracle = BEGINNINGS[which]
        self.standing, self.at_utc = book.standing, book.at_utc
        self.oracle = Oracle(ORIGIN)
        self.oracle.entries, self.oracle.began = list(oracle.entries), dict(oracle.began)
        self.oracle.ended, self.spare = dict(oracle.ended), []

    # -- doors

    def hand_in(self, entry):
        """Hand in an entry; both sides say the same of it."""
        expected, rule_broken = self.oracle.takes(entry), ""
        try:
            admit(self.standing, entry)
        except ActRefused as error:
            rule_broken = error.rule
        assert expected is not bool(rule_broken), f"{rule_broken or 'admitted'}: {entry}"
        if expected:
            self.standing = self.standing.after(entry, self.standing.state.size)

    def signed(self, who, kind, body, origin=ORIGIN):
        self.at_utc += SECOND
        return sign_entry(kind, self.at_utc, body, key_of(who), origin=origin)

    def acts(self):
        return sorted(self.standing.state.acts.values(), key=lambda act: act.position)

    # -- people

    @rule(who=JUDGES, word=st.sampled_from(["confirmed", "rejected", "confirmed", "same", "unsure", "safety_warning"]),
          subject=st.sampled_from(["i1", "i1", "i2"]), rests=st.sampled_from([["d1"]] * 4 + [["d2"], ["d1", "d2"], [], ["d9"]]),
          clauses=st.sampled_from([None, ["ceasefire"], ["ceasefire"], ["withdrawal"]]), reason=REASONS,
          approved=st.sampled_from(SECOND_PERSONS),
          late=st.sampled_from([False] * 5 + [True]))  # fmt: skip
    def decide(self, who, word, subject, rests, clauses, reason, approved, late):
        told = {"rests_on": rests, "reason": reason} | ({} if clauses is None else {"clauses": clauses})
        body = decision_body(word, **told)
        decision = self.signed(who, "decision", body if word == "same" else body | {"subject": subject})
        self.hand_in(decision)
        if late:
            self.deliver(who, rests[0] if rests else "d3")
        if approved:
            approval = {"of": decision.entry_id, "decision": "approved", "reason": ""}
            self.hand_in(self.signed(approved, "approval", approval))

    @rule(
        who=WHO, kind=st.sampled_from(["correction", "redaction", "release"]), reason=REASONS, data=st.integers(0, 99)
    )
    def propose(self, who, kind, reason, data):
        acts = self.acts()
        of = acts[data % len(acts)].entry.entry_id if acts else "0" * 64
        body = {
            "correction": {"of": of, "what": "the number", "reason": reason},
            "redaction": {"subject": f"c{data % 2}", "reason": reason},
            "release": {"audience": "public", "day": "2026-03-02", "tables": {}, "report": {}},
        }[kind]  # fmt: skip
        self.hand_in(self.signed(who, kind, body))

    @rule(veto=st.sampled_from([None, None, "before", "after"]), edit=st.booleans())
    def publish(self, veto, edit):
        """Release by two people, perhaps with a veto between or behind; then perhaps edit what was decided before."""
        release = self.signed(
            "rhea", "release", {"audience": "public", "day": "2026-03-02", "tables": {}, "report": {}}
        )
        self.hand_in(release)
        words = (
            ["approved"] if veto is None else ["refused", "approved"] if veto == "before" else ["approved", "refused"]
        )
        for word in words:
            body = {"of": release.entry_id, "decision": word, "reason": "it names a house" if word == "refused" else ""}
            self.hand_in(self.signed("ruth" if word == "approved" else "safe", "approval", body))
        decided = [act for act in self.acts() if act.is_in_force and act.entry.kind == "decision"]
        if edit and decided:
            names = {id_of(name): name for name in EVERYBODY}
            body = {key: value for key, value in decided[-1].entry.body.items() if key not in ("replaces", "overrules")}
            body |= {"reason": "seen again, from nearer", "replaces": decided[-1].entry.entry_id}
            self.hand_in(self.signed(names[decided[-1].entry.author], "decision", body))

    @precondition(lambda self: len(self.standing.state.acts))
    @rule(back=st.integers(0, 3), word=st.sampled_from(["approved"] * 6 + ["refused"]), reason=REASONS,
          which=st.integers(0, 99), anybody=st.sampled_from([False] * 5 + [True]))  # fmt: skip
    def approve(self, back, word, reason, which, anybody):
        """Approve one of the last acts."""
        self.have_a_word(self.acts()[-1 - back % len(self.standing.state.acts)], word, reason, which, anybody)

    def have_a_word(self, act, word, reason, which, anybody):
        """Hand in a word on an act: oftenest of somebody whose role may."""
        may = [name for name in EVERYBODY if anybody or set(OF_ALL[name][1]) & WHO_APPROVES.get(act.act, {"verifier"})]
        body = {"of": act.entry.entry_id, "decision": word, "reason": reason}
        self.hand_in(self.signed(may[which % len(may)], "approval", body))

    @precondition(lambda self: len(self.standing.state.acts))
    @rule(
        back=st.integers(0, 3),
        by_author=st.sampled_from([True, True, True, False]),
        who=WHO,
        overrule=st.booleans(),
        then=st.sampled_from(["nothing", "old", "new", "new"]),
        which=st.integers(0, 99),
    )
    def edit(self, back, by_author, who, overrule, then, which):
        """Edit an act, or overrule a decision that is in force; then somebody approves it as it was, or as it is now."""
        act = self.acts()[-1 - back % len(self.standing.state.acts)]
        if act.act in ("key_added", "rules"):
            return
        names = {id_of(name): name for name in EVERYBODY}
        body = dict(act.entry.body) | (
            {"reason": "seen again, from nearer"} if act.act != "release" else {"day": "2026-03-03"}
        )
        body = {key: value for key, value in body.items() if key not in ("replaces", "overrules")}
        author = names[act.entry.author] if by_author else who
        if overrule and act.entry.kind == "decision":
            heads = self.standing.state.heads.get(act.subject) or ()
            self.hand_in(self.signed(who, "decision", body | {"overrules": list(heads), "decision": body["decision"]}))
        else:
            self.hand_in(self.signed(author, act.entry.kind, body | {"replaces": act.entry.entry_id}))
        if then != "nothing":
            self.have_a_word(self.acts()[-1] if then == "new" else act, "approved", "", which, False)

    @rule(
        who=st.sampled_from(["analyst", "observer", "founder", "vera", "nora"]),
        which=st.sampled_from(["d1", "d2", "d3"]),
    )
    def deliver(self, who, which):
        body = {
            "delivery_id": which,
            "source_id": "s",
            "sha256": "0" * 64,
            "bytes": 1,
            "received_utc": time_told(START),
        }
        self.hand_in(self.signed(who, "delivery", body))

    @rule(by=st.sampled_from(["founder", "founder", "keeper", "safe", "vera"]), name=st.sampled_from(EVERYBODY),
          conflict=st.sampled_from([[], [], [], ["calder"], ["guarantor"]]), told=RELAXED,

          what=st.sampled_from(["key", "key", "revoke", "rules"]), agreed=st.sampled_from([None, "keeper", "safe"]))  # fmt: skip
    def keep(self, by, name, conflict, told, what, agreed):
        """Add or revoke a key, or set the rules; perhaps approved at once."""
        if what == "key":
            state, roles = OF_ALL[name]
            entry = self.signed(by, "key_added", key_body(name, state, roles, conflicts=conflict))
        elif what == "revoke":
            entry = self.signed(
                by, "key_revoked", {"key": id_of(name), "from_utc": time_told(START), "reason": "the key was lost"}
            )
        else:
            wanted = VerifySettings.model_validate(SETTINGS | told)
            body = rules_body(wanted, parties=PARTIES, clauses=CLAUSES, reason="what the mission agreed")
            entry = self.signed(by, "rules", body)
        self.hand_in(entry)
        if agreed:
            self.hand_in(self.signed(agreed, "approval", {"of": entry.entry_id, "decision": "approved", "reason": ""}))

    # -- back doors

    @rule(who=st.sampled_from(DECIDERS), other=st.sampled_from(DECIDERS), how=st.integers(0, 3), back=st.integers(0, 3))
    def smuggle(self, who, other, how, back):
        """Hand in what was taken already, or an approval of another log, by another key, or changed after it was signed."""
        acts = self.acts()
        of = acts[-1 - back % len(acts)].entry.entry_id if acts else "0" * 64
        body = {"of": of, "decision": "approved", "reason": "seen and agreed"}
        if how == 0:
            entry = self.oracle.entries[-1 - back]
        elif how == 1:
            entry = self.signed(who, "approval", body, origin="river-line/0000000000000000")
        elif how == 2:
            entry = dataclasses.replace(self.signed(who, "approval", body), author=id_of(other))
        else:
            signed = self.signed(who, "approval", body | {"decision": "refused"})
            entry = dataclasses.replace(signed, body=body)
        if how != 2 or who != other:
            size = self.standing.state.size
            self.hand_in(entry)
            assert self.standing.state.size == size

    @rule(pairs=st.lists(st.tuples(JUDGES, JUDGES, st.sampled_from(["confirmed", "rejected"])), min_size=1, max_size=2),
          seed=st.integers(0, 99))  # fmt: skip
    def bring_a_stick(self, pairs, seed):
        """Merge decisions and approvals made off line, in any order and some twice."""
        made = []
        for who, other, word in pairs:
            decision = self.signed(who, "decision", decision_body(word))
            approval = {"of": decision.entry_id, "decision": "approved", "reason": "seen and agreed"}
            made += [decision, self.signed(other, "approval", approval)]
        random.Random(seed).shuffle(made)
        entries = parse_bundle(bundle_of([*made, self.oracle.entries[-1], made[0]], ORIGIN), ORIGIN, name="stick")
        merged = merge(self.standing, entries)
        assert all(self.oracle.takes(entry) for entry in merged.taken)
        assert not any(self.oracle.may(entry) for entry, _ in merged.refused)
        told = [*merged.taken, *merged.known, *(entry for entry, _ in merged.refused)]
        assert {entry.entry_id for entry in told} == {entry.entry_id for entry in entries}
        self.standing = merged.standing

    @invariant()
    def what_holds_is_what_the_oracle_says(self):
        if hasattr(self, "oracle"):
            holds = {act.entry.entry_id for act in self.acts() if act.is_in_force and act.act in OF_TWO}
            assert holds == self.oracle.in_force()


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=SEQUENCES, stateful_step_count=10, database=None, derandomize="TRUCEWATCH_RANDOM" not in os.environ,
    suppress_health_check=list(HealthCheck), print_blob=True,
)  # fmt: skip
