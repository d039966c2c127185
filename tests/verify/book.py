"""A mission of a few people, each with a key: whoever does something does it by an entry."""

import dataclasses
import datetime as dt
import functools

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.journal import key_id, sign_entry
from trucewatch.verify import Standing, VerifySettings, admit, rules_body
from trucewatch.verify.bodies import time_told

ORIGIN = "river-line/66687aadf862bd77"
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
PARTIES, CLAUSES = ("calder", "arran"), ("ceasefire", "withdrawal")
SETTINGS = {
    "concerned": [
        {"name": "calder", "states": ["CAL"]},
        {"name": "arran", "states": ["ARR"]},
        {"name": "guarantor", "states": ["GUA"], "clauses": ["withdrawal"]},
    ]
}
PEOPLE = {  # name: state and roles
    "founder": ("", ["keeper"]),
    "analyst": ("FIN", ["analyst"]),
    "observer": ("AUT", ["observer"]),
    "vera": ("CHE", ["verifier"]),
    "victor": ("SWE", ["verifier"]),
    "swiss": ("CHE", ["verifier"]),
    "Vera ": ("DEU", ["verifier", "releaser"]),  # another key of the same person
    "nora": ("AUT", ["verifier", "analyst"]),
    "national": ("CAL", ["verifier"]),
    "guarantee": ("GUA", ["verifier"]),
    "stateless": ("", ["verifier"]),
    "rhea": ("CHE", ["releaser"]),
    "ruth": ("IRL", ["releaser"]),
    "liaison": ("CAL", ["liaison"]),
    "safe": ("NOR", ["safeguard"]),
    "auditor": ("ITA", ["auditor"]),
    "keeper": ("SWE", ["keeper"]),
}


@functools.cache
def key_of(name: str) -> Ed25519PrivateKey:
    """Return the key of a person, made from the name."""
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"\0")[:32])


def id_of(name: str) -> str:
    return key_id(key_of(name).public_key().public_bytes_raw())


def key_body(name: str, state: str, roles: list[str], **told):
    return {
        "public_key": key_of(name).public_key().public_bytes_raw().hex(), "name": name, "roles": roles, "state": state,
        "from_utc": time_told(START), "until_utc": None, "conflicts": [],
    } | told  # fmt: skip


@dataclasses.dataclass
class Book:
    """A journal that grows, with its standing."""

    standing: Standing = dataclasses.field(default_factory=lambda: Standing.begin(ORIGIN))
    entries: list = dataclasses.field(default_factory=list)
    at_utc: dt.datetime = START

    @property
    def state(self):
        return self.standing.state

    def sign(self, who: str, kind: str, body: dict, at_utc: dt.datetime | None = None):
        self.at_utc += SECOND
        return sign_entry(kind, at_utc or self.at_utc, body, key_of(who), origin=ORIGIN)

    def take(self, entry):
        admit(self.standing, entry)
        self.standing = self.standing.after(entry, len(self.entries))
        self.entries.append(entry)
        return entry.entry_id

    def add(self, who: str, kind: str, body: dict, at_utc: dt.datetime | None = None) -> str:
        return self.take(self.sign(who, kind, body, at_utc))

    def deliver(self, delivery_id: str, who: str = "founder") -> str:
        body = {
            "delivery_id": delivery_id, "source_id": "s", "sha256": "0" * 64, "bytes": 1, "received_utc": time_told(START),
            "commitment": "",
        }  # fmt: skip
        return self.add(who, "delivery", body)

    def decide(self, who: str, decision: str = "confirmed", **told) -> str:
        return self.add(who, "decision", decision_body(decision, **told))

    def approve(self, who: str, of: str, decision: str = "approved", reason: str = "seen and agreed") -> str:
        return self.add(who, "approval", {"of": of, "decision": decision, "reason": reason})

    def release(self, who: str = "rhea", **told) -> str:
        body = {"audience": "public", "day": "2026-03-02", "tables": {"incidents": "0" * 64}, "report": {}}
        return self.add(who, "release", body | told)

    def act(self, entry_id: str):
        return self.state.acts[entry_id]


def decision_body(decision: str = "confirmed", **told):
    pair = decision in ("same", "different")
    return {
        "subject": "" if pair else "i1", "decision": decision, "observations": ["a", "b"] if pair else ["a"],
        "reason": "seen on two pictures", "rests_on": ["d1"],
    } | told  # fmt: skip


def founded(settings: dict | None = None, *people: str) -> Book:
    """Return a mission with its people, its rules and two deliveries."""
    book = Book()
    for name in people or PEOPLE:
        state, roles = PEOPLE[name]
        if name == "keeper":  # the second keeper ends the founding, so the rules come first
            rules = VerifySettings.model_validate(SETTINGS | (settings or {}))
            body = rules_body(rules, parties=PARTIES, clauses=CLAUSES, reason="the rules of the mission")
            book.add("founder", "rules", body)
        entry = book.add("founder", "key_added", key_body(name, state, roles))
        assert book.act(entry).is_in_force if name != "founder" else book.state.founder
    book.deliver("d1")
    if "analyst" in (people or PEOPLE):
        book.deliver("d2", "analyst")
    return book
