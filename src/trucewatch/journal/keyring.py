"""Whose keys the journal knows: the fold of `key_added` and `key_revoked`, as far as signatures need it.

The rules:

- The first entry adds the key of the founder, and that key signs it. Each later entry is signed by a key that an entry before it
  added.
- An entry holds where the time that it tells lies in the span of its author's key: from `from_utc`, before `until_utc`.
- From the entry that revokes a key on, the key signs nothing more, whatever time it tells. What stands before that entry stands:
  revocation does not unmake what was signed before. Where the revocation says that the key was lost earlier, `lost_since` tells
  of entries between.

Who may add or revoke a key, and with whose approval, are rules of people and not here: a key is known from the entry that proposes
it. A key proposed again may have another span; an entry holds in any of them.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from trucewatch.errors import JournalError
from trucewatch.journal.entry import Entry, Json, key_id, parse_time

_HEX_OF_KEY: Final = 64


@dataclass(frozen=True)
class KnownKey:
    """A key that the journal knows: `public_key` (32 bytes), the `spans` of its validity, where and from when it was revoked."""

    public_key: bytes
    spans: tuple[tuple[dt.datetime, dt.datetime | None], ...]
    revoked_at: int | None = None
    revoked_from: dt.datetime | None = None

    def is_in_span(self, at_utc: dt.datetime) -> bool:
        """Say whether the key is valid at an instant."""
        return any(start <= at_utc and (end is None or at_utc < end) for start, end in self.spans)


@dataclass(frozen=True)
class Keyring:
    """The keys known so far, by their id. It is not changed: `after` gives another."""

    keys: Mapping[str, KnownKey] = field(default_factory=dict)

    def after(self, entry: Entry, position: int) -> "Keyring":
        """Return the keyring when `entry` has its place. Raises JournalError for a body that tells no key."""
        if entry.kind == "key_added":
            return self._with(entry)
        if entry.kind != "key_revoked":
            return self
        name = str(entry.body.get("key"))
        if name not in self.keys:
            raise JournalError("revokes a key that the journal does not know", where=f"entry {position}: body.key")
        known = self.keys[name]
        if known.revoked_at is not None:
            return self
        since = parse_time(entry.body.get("from_utc"), where=f"entry {position}: body.from_utc")
        return Keyring({**self.keys, name: replace(known, revoked_at=position, revoked_from=since)})

    def author(self, entry: Entry, *, where: str = "an entry") -> KnownKey:
        """Return the key of an entry's author, who may sign it now. Raises JournalError; the signature is not checked here."""
        known = self.keys.get(entry.author)
        if known is None and not self.keys:
            if entry.kind != "key_added":
                raise JournalError("the first entry must add the key of the founder", where=where)
            known = self._with(entry).keys.get(entry.author)
        if known is None:
            raise JournalError(f"signed by a key that the journal does not know: {entry.author}", where=where)
        if known.revoked_at is not None:
            raise JournalError(f"signed by a key that entry {known.revoked_at} revoked: {entry.author}", where=where)
        if not known.is_in_span(entry.at_utc):
            raise JournalError(f"signed outside the span of its author's key: {entry.author}", where=where)
        return known

    def lost_since(self) -> Mapping[str, dt.datetime]:
        """Return the keys that were revoked, with the instant from which they are said to be lost."""
        return {name: known.revoked_from for name, known in self.keys.items() if known.revoked_from is not None}

    def _with(self, entry: Entry) -> "Keyring":
        public_key = _public_key(entry.body.get("public_key"))
        until = entry.body.get("until_utc")
        start = parse_time(entry.body.get("from_utc"), where="body.from_utc")
        span = (start, None if until is None else parse_time(until, where="body.until_utc"))
        known = self.keys.get(key_id(public_key), KnownKey(public_key, ()))
        return Keyring({**self.keys, key_id(public_key): replace(known, spans=(*known.spans, span))})


def _public_key(told: Json) -> bytes:
    try:
        if isinstance(told, str) and len(told) == _HEX_OF_KEY and told == told.lower():
            return bytes.fromhex(told)
    except ValueError:
        pass
    raise JournalError("not a public key: 64 small hex digits", where="body.public_key")
