"""Receipts: the log's signed promise to enter what was handed in, so that an omission can be proved.

The rules:

- A receipt is a signed note (C2SP signed-note) by the log: the line `trucewatch receipt v1`, the log's origin, then `delivery`,
  `sha256` of the bytes handed in, `bytes`, `received` and `include-by`, each with its value. No checkpoint can be read as one.
  Of what tells of persons it is the hash of the mission's salt and the bytes, in the entry `salted_sha256`: who has the receipt
  alone cannot try contents against it.
- By it the log promises: the entry of this delivery stands under each checkpoint that a witness cosigns from `include-by` on.
- It is included where the copy has the entry. It is late where a witness cosigned, from `include-by` on, a checkpoint that does
  not reach it; who cosigned then vouches for that time alone.
- It is omitted where the copy has no such entry, although one of its checkpoints was cosigned from `include-by` on. The log can
  answer that only with a proof of inclusion: receipt and copy together are the evidence.
- Before any checkpoint was cosigned from `include-by` on, nothing can be said: it is pending.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.errors import JournalError, UsageError
from trucewatch.journal.entry import Entry, parse_time, told_time
from trucewatch.journal.note import Note, VerifierKey, parse_note, sign_note, verify_note
from trucewatch.journal.verification import Sealed

HEAD: Final = "trucewatch receipt v1"
KEYS: Final = ("delivery", "sha256", "bytes", "received", "include-by")
Kept: TypeAlias = Literal["included", "late", "omitted", "pending"]


@dataclass(frozen=True)
class Receipt:
    """What was handed in, when, and until when the log promised to enter it; `sha256` in hex, `size` in bytes."""

    origin: str
    delivery_id: str
    sha256: str
    size: int
    received_utc: dt.datetime
    include_by_utc: dt.datetime

    @property
    def text(self) -> str:
        """What the log signs."""
        values = (
            self.delivery_id,
            self.sha256,
            str(self.size),
            told_time(self.received_utc),
            told_time(self.include_by_utc),
        )
        lines = [f"{key} {value}" for key, value in zip(KEYS, values, strict=True)]
        return "\n".join([HEAD, self.origin, *lines, ""])

    def is_of(self, entry: Entry) -> bool:
        """Say whether an entry is the one that was promised."""
        body = entry.body
        hashes = (body.get("sha256"), body.get("salted_sha256"))
        return entry.kind == "delivery" and body.get("delivery_id") == self.delivery_id and self.sha256 in hashes


@dataclass(frozen=True)
class Promise:
    """What became of a receipt: `entry` is its number where there is one, `size` that of the checkpoint which shows it."""

    kept: Kept
    entry: int | None
    size: int | None

    @property
    def is_broken(self) -> bool:
        """Say whether it is evidence against the log."""
        return self.kept in ("late", "omitted")


def sign_receipt(receipt: Receipt, key: Ed25519PrivateKey) -> bytes:
    """Return the signed note of a receipt. Raises UsageError for what no line can hold."""
    if any("\n" in line or not line for line in (receipt.origin, receipt.delivery_id)):
        raise UsageError("a receipt names its delivery in one line", where=repr(receipt.delivery_id))
    signed = Note(receipt.text, (sign_note(receipt.text, receipt.origin, key),)).data
    if _parsed(parse_note(signed), "the receipt") != receipt:
        raise UsageError(
            "not what a receipt can say", where=repr(receipt.delivery_id), to_do="correct hash, size and times"
        )
    return signed


def parse_receipt(data: bytes, log: VerifierKey, *, where: str = "a receipt") -> Receipt:
    """Return the receipt that the log signed. Raises JournalError when it is none, or not signed by the log."""
    note = parse_note(data, where=where)
    receipt = _parsed(note, where)
    if receipt.origin != log.name:
        raise JournalError(f"of another log: {receipt.origin}", where=where, to_do=f"give one of {log.name}")
    verify_note(note, log, where=where)
    return receipt


def promised(receipt: Receipt, entries: Iterable[Entry], seals: Iterable[Sealed]) -> Promise:
    """Return what became of a receipt in a copy that was verified: its entries in order, and the checkpoints that seal them."""
    place = next((number for number, entry in enumerate(entries) if receipt.is_of(entry)), None)
    after = [seal.checkpoint.size for seal in seals if any(seen.at_utc >= receipt.include_by_utc for seen in seal.seen)]
    if place is not None:
        short = [size for size in after if size <= place]
        return Promise("late", place, max(short)) if short else Promise("included", place, None)
    return Promise("omitted", None, max(after)) if after else Promise("pending", None, None)


def _parsed(note: Note, where: str) -> Receipt:
    lines = note.text[:-1].split("\n")
    told = [line.partition(" ") for line in lines[2:]]
    if len(lines) != 2 + len(KEYS) or lines[0] != HEAD or tuple(key for key, _, _ in told) != KEYS:
        raise JournalError(f"not a receipt: {HEAD}, the origin, then {', '.join(KEYS)}", where=where)
    delivery_id, sha256, size, received, include_by = (value for _, _, value in told)
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise JournalError("not a SHA-256 in hex", where=f"{where} line 4")
    if not (size.isascii() and size.isdecimal() and len(size) < 19 and str(int(size)) == size):
        raise JournalError("not a number of bytes", where=f"{where} line 5")
    received_utc = parse_time(received, where=f"{where} line 6")
    return Receipt(
        lines[1], delivery_id, sha256, int(size), received_utc, parse_time(include_by, where=f"{where} line 7")
    )
