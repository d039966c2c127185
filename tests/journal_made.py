"""A journal of 50 entries by four people, two checkpoints, and the witnesses that cosigned them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.journal import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Entry,
    Tree,
    Trust,
    VerifierKey,
    Witness,
    cosign,
    key_id,
    origin_of,
    sign_checkpoint,
    sign_entry,
)
from trucewatch.journal.copy import Copy, export

BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def secret(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def told(at_utc: dt.datetime) -> str:
    return at_utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


LOG, FOUNDER, ANA, BORYS, STATE, PAPER = map(secret, range(1, 7))
ORIGIN = origin_of("river-line", public(LOG))
TRUST = Trust(
    VerifierKey(ORIGIN, ED25519, public(LOG)),
    (
        Witness(VerifierKey("state.example", COSIGNATURE, public(STATE)), "A state", is_guarantor=True),
        Witness(VerifierKey("paper.example", COSIGNATURE, public(PAPER)), "A newspaper", is_guarantor=False),
    ),
)


@dataclass
class Made:
    """A journal that is written by calling it; entries are a minute apart."""

    entries: list[Entry] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)

    @property
    def now(self) -> dt.datetime:
        return BEGIN + dt.timedelta(minutes=len(self.entries))

    def write(self, kind: str, key: Ed25519PrivateKey, at_utc: dt.datetime | None = None, /, **body: object) -> None:
        self.entries.append(sign_entry(kind, at_utc or self.now, body, key, origin=ORIGIN))

    def add_key(
        self,
        key: Ed25519PrivateKey,
        by: Ed25519PrivateKey = FOUNDER,
        until: dt.datetime | None = None,
        roles: Sequence[str] = ("observer",),
    ) -> None:
        body = {"public_key": public(key).hex(), "name": f"person {len(self.entries)}", "state": "", "conflicts": []}
        told_until = until and told(until)
        founding = ["keeper", "observer"] if key is FOUNDER else list(roles)
        self.write("key_added", by, None, **body, roles=founding, from_utc=told(BEGIN), until_utc=told_until)

    def revoke(self, key: Ed25519PrivateKey, since: dt.datetime) -> None:
        self.write(
            "key_revoked", FOUNDER, None, key=key_id(public(key)), from_utc=told(since), reason="the phone was lost"
        )

    def deliver(self, key: Ed25519PrivateKey, number: int, at_utc: dt.datetime | None = None) -> None:
        body = {
            "delivery_id": f"d{number}",
            "source_id": "diary",
            "sha256": f"{number:064x}",
            "bytes": number,
            "commitment": "",
        }
        self.write("delivery", key, at_utc, **body, received_utc=told(self.now))

    def seal(self, *witnesses: Ed25519PrivateKey, at_utc: dt.datetime | None = None) -> Checkpoint:
        """Sign a checkpoint over all entries, cosigned by the witnesses."""
        tree = Tree(entry.leaf for entry in self.entries)
        signed = sign_checkpoint(ORIGIN, len(tree), tree.root(), LOG)
        names = {public(STATE): "state.example", public(PAPER): "paper.example"}
        lines = [cosign(signed, names[public(each)], each, at_utc or self.now) for each in witnesses]
        self.checkpoints.append(signed.with_signatures(lines))
        return self.checkpoints[-1]

    def copy(self) -> Copy:
        return export([entry.data for entry in self.entries], self.checkpoints)


def begun() -> Made:
    """Return a journal with its founder and two people."""
    made = Made()
    for key in (FOUNDER, ANA, BORYS):
        made.add_key(key)
    return made


def journal_of(count: int = 50, first: int = 20) -> Made:
    """Return a journal of `count` entries with a checkpoint over the `first`, and one over all."""
    made = begun()
    while len(made.entries) < count:
        made.deliver((ANA, BORYS)[len(made.entries) % 2], len(made.entries))
        if len(made.entries) == first:
            made.seal(STATE, PAPER)
    made.seal(STATE, PAPER)
    return made
