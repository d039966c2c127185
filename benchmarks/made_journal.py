"""A journal to measure with: deliveries by four people under a checkpoint that two witnesses cosigned."""

import datetime as dt

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.journal import (
    COSIGNATURE,
    ED25519,
    Copy,
    Entry,
    Json,
    Tree,
    Trust,
    VerifierKey,
    Witness,
    cosign,
    export,
    origin_of,
    sign_checkpoint,
    sign_entry,
)

BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LOG, STATE, PAPER, *PEOPLE = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(1, 8))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


ORIGIN = origin_of("river-line", _public(LOG))
TRUST = Trust(
    VerifierKey(ORIGIN, ED25519, _public(LOG)),
    (
        Witness(VerifierKey("state.example", COSIGNATURE, _public(STATE)), "A state", is_guarantor=True),
        Witness(VerifierKey("paper.example", COSIGNATURE, _public(PAPER)), "A newspaper", is_guarantor=False),
    ),
)


def journal_of(count: int) -> Copy:
    """Return the copy of a journal of `count` entries."""
    entries = [_entry(number) for number in range(count)]
    tree = Tree(entry.leaf for entry in entries)
    signed = sign_checkpoint(ORIGIN, count, tree.root(), LOG)
    lines = [cosign(signed, "state.example", STATE, BEGIN), cosign(signed, "paper.example", PAPER, BEGIN)]
    return export([entry.data for entry in entries], [signed.with_signatures(lines)])


def _entry(number: int) -> Entry:
    """Return entry `number`: first the keys of the people, then deliveries as `trucewatch run` enters them."""
    at_utc = BEGIN + dt.timedelta(seconds=number)
    told = at_utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    body: dict[str, Json]
    if number < len(PEOPLE):
        body = {
            "public_key": _public(PEOPLE[number]).hex(), "name": f"person {number}", "roles": ["keeper", "observer"],
            "state": "", "from_utc": BEGIN.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "until_utc": None, "conflicts": [],
        }  # fmt: skip
        return sign_entry("key_added", at_utc, body, PEOPLE[0], origin=ORIGIN)
    body = {
        "delivery_id": f"diary-{number:016x}", "source_id": "diary", "sha256": f"{number:064x}", "bytes": number,
        "received_utc": told, "commitment": "",
    }  # fmt: skip
    return sign_entry("delivery", at_utc, body, PEOPLE[number % len(PEOPLE)], origin=ORIGIN)
