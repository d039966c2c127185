"""`Standing`: what follows from a journal so far; `admit`: whether an entry may be the next one. Every door is this one."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from trucewatch.errors import ActRefused, JournalError
from trucewatch.journal import Entry, verify_signature
from trucewatch.verify.check import RULES, check
from trucewatch.verify.fold import folded
from trucewatch.verify.state import State


@dataclass(frozen=True)
class Standing:
    """What follows from the entries of a journal so far. It never changes: `after` returns another, in constant time."""

    state: State

    @classmethod
    def begin(cls, origin: str) -> "Standing":
        """Return the standing of an empty journal of that origin."""
        return cls(State(origin))

    def after(self, entry: Entry, position: int) -> "Standing":
        """Return the standing with `entry` at `position`, the next one. Raises ActRefused where it breaks a rule.

        The signature is not looked at: `admit` and `check_signature` do, or the tree of a checkpoint.
        """
        if position != self.state.size:
            raise JournalError(f"the next entry is {self.state.size}", where=f"entry {position}", to_do="fold in order")
        check(self.state, entry)
        return Standing(folded(self.state, entry, position))

    def after_all(self, entries: Iterable[Entry]) -> "Standing":
        """Return the standing after further entries."""
        standing = self
        for entry in entries:
            standing = standing.after(entry, standing.state.size)
        return standing


def admit(standing: Standing, entry: Entry, *, now: dt.datetime | None = None) -> None:
    """Raise ActRefused, with the rule, where `entry` may not be the next one; `now` is the clock where it comes in."""
    check(standing.state, entry, now)
    check_signature(standing, entry)


def check_signature(standing: Standing, entry: Entry) -> None:
    """Raise ActRefused where the next entry was not signed, for this log, by the key that it names."""
    person = standing.state.person(entry.author)
    try:
        public = person.public_key if person else bytes.fromhex(str(entry.body.get("public_key")))
        verify_signature(entry, public, origin=standing.state.origin)
    except (JournalError, ValueError) as error:
        raise ActRefused(str(error), rule="signature", where="rule signature", to_do=RULES["signature"]) from error
