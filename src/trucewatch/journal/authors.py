"""The authors of a copy: each entry signed by a key that the journal knew then, valid then and not revoked before."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from trucewatch.errors import JournalError, Problem
from trucewatch.journal.copy import line_of
from trucewatch.journal.entry import Entry
from trucewatch.journal.keyring import Keyring

AT_ONCE: Final = 1_000
"""Signatures that are checked together, in one process."""


class Signature(NamedTuple):
    """What one signature must hold for: the author's public key, the signature, the bytes signed."""

    public_key: bytes
    signature: bytes
    message: bytes


Spread: TypeAlias = (
    "Callable[[Callable[[Sequence[Signature]], list[bool]], Iterable[Sequence[Signature]]], Iterable[list[bool]]]"
)
"""How the checks of signatures are spread: `map`, or that of a pool of processes."""


def check_authors(
    entries: Sequence[Entry | None], *, origin: str, spread: Spread, held: set[Signature]
) -> tuple[Keyring, list[Problem]]:
    """Return the keys that the journal knows at its end, and each entry whose author could not sign it, or did not.

    None stands for a line that is no entry. `held`: signatures that are known to hold; those that do are added.
    """
    keyring = Keyring()
    problems: list[Problem] = []
    numbers: list[int] = []
    asked: list[Signature] = []
    for number, entry in enumerate(entries):
        if entry is None:
            continue
        try:
            author = keyring.author(entry, where=line_of(number))
            asked.append(Signature(author.public_key, entry.signature, entry.signed_data(origin)))
            numbers.append(number)
            keyring = keyring.after(entry, number)
        except JournalError as error:
            problems += error.problems
    new = [index for index, each in enumerate(asked) if each not in held]
    batches = [[asked[index] for index in new[low : low + AT_ONCE]] for low in range(0, len(new), AT_ONCE)]
    answers = (each for batch in spread(hold, batches) for each in batch)
    for index, holds in zip(new, answers, strict=True):
        if holds:
            held.add(asked[index])
        else:
            problems.append(
                Problem(line_of(numbers[index]), "the author's signature does not hold", "refuse this entry")
            )
    return keyring, problems


def hold(signatures: Sequence[Signature]) -> list[bool]:
    """Say of each signature whether it holds (Ed25519, RFC 8032)."""
    keys: dict[bytes, Ed25519PublicKey] = {}
    answers = []
    for public_key, signature, message in signatures:
        try:
            key = keys.get(public_key)
            if key is None:
                key = keys[public_key] = Ed25519PublicKey.from_public_bytes(public_key)
            key.verify(signature, message)
            answers.append(True)
        except (InvalidSignature, ValueError):
            answers.append(False)
    return answers


def lost(entries: Sequence[Entry | None], keyring: Keyring) -> Iterator[Problem]:
    """Yield the entries that were signed, before a revocation was entered, after the time from which it says the key was lost."""
    revoked = {name: key for name, key in keyring.keys.items() if key.revoked_from is not None}
    if not revoked:
        return
    for number, entry in enumerate(entries):
        key = revoked.get(entry.author) if entry else None
        if entry and key and key.revoked_from and key.revoked_at != number and entry.at_utc >= key.revoked_from:
            yield Problem(
                line_of(number), f"its author's key was later said to be lost before it signed: entry {key.revoked_at}"
            )
