"""What follows from the entries so far: people, acts and what became of them, claims, rules. It is folded, never written."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any, Final

from trucewatch.journal import Entry
from trucewatch.verify.people import PAIRS, VERDICTS, Person
from trucewatch.verify.rules import Rules
from trucewatch.verify.versions import Map

DONE: Final = frozenset(("redaction", "release", "notice", "key_added", "rules"))
"""Acts that are carried out when they come into force: an edit comes too late."""


@dataclass(frozen=True)
class Word:
    """One person's word on an act of another: `approved` or `refused`, in that entry at that position."""

    entry_id: str
    by: str
    decision: str
    reason: str
    position: int
    at_utc: dt.datetime


@dataclass(frozen=True)
class Act:
    """An act, and what became of it. `act` is one of people.OF_TWO or people.ALONE."""

    entry: Entry
    act: str
    position: int
    subject: str
    in_force_at: int | None = None
    words: tuple[Word, ...] = ()
    edited_by: str = ""
    overruled_by: str = ""
    vetoed_by: str = ""
    alone: bool = False
    """Whether one person did it alone, as the rules of its time let them."""

    @property
    def is_in_force(self) -> bool:
        """Whether it is approved, and neither edited, overruled nor vetoed since."""
        return self.in_force_at is not None and not (self.edited_by or self.overruled_by or self.vetoed_by)

    @property
    def status(self) -> str:
        """One word: in_force, waiting, edited, overruled, vetoed, noted (changes nothing)."""
        if self.act not in VERDICTS + PAIRS and self.entry.kind == "decision":
            return "noted"
        ended = (("vetoed", self.vetoed_by), ("edited", self.edited_by), ("overruled", self.overruled_by))
        told = next((word for word, by in ended if by), "")
        return told or ("in_force" if self.in_force_at is not None else "waiting")

    @property
    def names(self) -> dict[str, Any]:
        """The body."""
        return dict(self.entry.body)


@dataclass(frozen=True)
class Claim:
    """Who works on a task, until when."""

    task: str
    by: str
    until_utc: dt.datetime


@dataclass(frozen=True)
class State:
    """All that the rules look at. Each `Map` is persistent: a change makes another `State` in constant time."""

    origin: str
    size: int = 0
    founder: str = ""
    is_founding: bool = True
    """Whether nobody could yet approve a key: then the founder names people and rules alone."""
    key_states: frozenset[str] = frozenset()
    """The states of those who ever could approve keys."""
    rules: Rules = field(default_factory=Rules)
    people: Map[str, Person] = field(default_factory=Map)
    entries: Map[str, int] = field(default_factory=Map)
    acts: Map[str, Act] = field(default_factory=Map)
    heads: Map[str, tuple[str, ...]] = field(default_factory=Map)
    """The decisions in force on a subject that no other in force overrules: more than one where they were made apart."""
    deliveries: Map[str, tuple[str, ...]] = field(default_factory=Map)
    """Who signed a delivery, by its id."""
    claims: Map[str, Claim] = field(default_factory=Map)
    replies: Map[str, Entry] = field(default_factory=Map)
    identities: Map[str, str] = field(default_factory=Map)
    """Where the sealed identity of a witness lies, by its subject."""
    released_at: int = -1
    """The position at which the last release came into force."""

    def person(self, key: str) -> Person | None:
        """Return who signs with a key, revoked or not."""
        return self.people.get(key)

    def who(self, key: str) -> str:
        """Return the name of a person as it is compared; of no known key, the key."""
        person = self.people.get(key)
        return person.who if person else key

    def is_published(self, act: Act) -> bool:
        """Say whether a release came into force after an act did."""
        return act.in_force_at is not None and self.released_at > act.in_force_at

    def with_act(self, act: Act) -> "State":
        """Return the state with an act as it now is."""
        return replace(self, acts=self.acts.put(act.entry.entry_id, act))


def act_of(entry: Entry) -> str:
    """Return what an entry does: the word of a decision, else its kind."""
    return str(entry.body["decision"]) if entry.kind == "decision" else entry.kind


def subject_of(entry: Entry) -> str:
    """Return what an act is about, so that two on the same can be told: an incident, a pair, an entry, a commitment."""
    body = entry.body
    if entry.kind == "decision" and body["decision"] in PAIRS:
        seen = body["observations"]
        assert isinstance(seen, list)
        return "pair:" + "|".join(sorted(map(str, seen)))
    if entry.kind == "decision":
        return f"incident:{body['subject']}"
    told = {"correction": "of", "redaction": "subject", "key_added": "public_key"}.get(entry.kind)
    return f"{entry.kind}:{body[told] if told else ''}"
