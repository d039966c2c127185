"""Who may do what: people, their roles, and the verbs of each role.

The rules, in plain sentences.
1. A person is an Ed25519 key with a name, roles, a state, a span of validity and conflicts of interest. Two keys of one name
   (letter case and white space apart) are one person.
2. A role is a set of verbs. Who has several roles has the verbs of all. An auditor reads all and changes nothing; a witness
   countersigns checkpoints, which are no entries: neither has a verb here.
3. Every act that changes what is published is proposed by one person and approved by another (`propose` and `approve`).
"""

import datetime as dt
import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

VERDICTS: Final = ("confirmed", "rejected", "corrected", "withdrawn")
PAIRS: Final = ("same", "different")
ALONE: Final = ("unsure", "safety_warning")
DECISIONS: Final = (*VERDICTS, *PAIRS, *ALONE)
OF_TWO: Final = (*VERDICTS, *PAIRS, "correction", "redaction", "release", "notice", "key_added", "rules")
"""The acts of two people: decisions by their word, the others by the kind of their entry."""


def _may(*words: str, propose: tuple[str, ...] = (), approve: tuple[str, ...] = ()) -> frozenset[str]:
    return frozenset((*words, *(f"propose {act}" for act in propose), *(f"approve {act}" for act in approve)))


_JUDGED: Final = (*VERDICTS, *PAIRS)
ROLES: Final[dict[str, frozenset[str]]] = {
    "observer": _may("delivery", "remark", "bundle", "identity"),
    "analyst": _may(
        "delivery", "remark", "claim", "pledge", "bundle", "identity", *ALONE, propose=(*_JUDGED, "correction", "notice")
    ),
    "verifier": _may(
        "remark", "claim", "bundle", *ALONE, propose=(*_JUDGED, "correction", "redaction"), approve=(*_JUDGED, "correction")
    ),
    "releaser": _may(
        "remark", "claim", "bundle", *ALONE,
        propose=("release", "correction", "redaction", "notice"),
        approve=("release", "correction", "redaction", "notice"),
    ),
    "liaison": _may("delivery", "remark", "reply", "pledge", "bundle", "identity", propose=("notice",)),
    "safeguard": _may(
        "remark", "bundle", "veto", "access", *ALONE, propose=("redaction",), approve=("redaction", "key_added", "rules")
    ),
    "auditor": _may(),
    "witness": _may(),
    "keeper": _may(
        "delivery", "remark", "bundle", "key_revoked", propose=("key_added", "rules"), approve=("key_added", "rules")
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A person of the mission: `key` is the key's id, `state` three letters (ISO 3166) or "", `conflicts` parties and bodies."""

    key: str
    public_key: bytes
    name: str
    roles: tuple[str, ...]
    state: str
    from_utc: dt.datetime
    until_utc: dt.datetime | None = None
    conflicts: tuple[str, ...] = ()
    nationalities: tuple[str, ...] = ()
    revoked: str = ""
    """The entry that revoked the key; "" for none."""

    @cached_property
    def verbs(self) -> frozenset[str]:
        """The verbs of all roles."""
        return frozenset().union(*(ROLES[role] for role in self.roles))

    @cached_property
    def states(self) -> frozenset[str]:
        """The states whose national the person is, or that sent the person."""
        return frozenset((self.state, *self.nationalities)) - {""}

    @cached_property
    def who(self) -> str:
        """The name as it is compared."""
        return " ".join(unicodedata.normalize("NFKC", self.name).casefold().split())

    def is_in_span(self, at_utc: dt.datetime) -> bool:
        """Say whether the key is valid at an instant: from `from_utc` until before `until_utc`."""
        return self.from_utc <= at_utc and (self.until_utc is None or at_utc < self.until_utc)

    def without(self, entry_id: str) -> "Person":
        """Return the person with the key revoked by an entry."""
        return replace(self, revoked=entry_id)
