"""Checkpoints: what the log says of its tree at a size, signed by the log and cosigned by witnesses.

The rules (C2SP tlog-checkpoint and tlog-cosignature, c2sp.org):

- A checkpoint is a signed note of three lines: the log's origin; the number of entries, decimal without leading zeros; the root
  of the tree (RFC 6962, 2.1) at that size, in base64. Further lines are opaque, and none is empty; this log writes none.
- The log signs under its origin as the key's name. It signs no checkpoint that does not follow from each that it signed before.
- A witness signs `cosignature/v1`, a newline, `time <seconds since 1970>`, a newline, and the text of the checkpoint. Its line
  holds the time (8 bytes, big-endian) and the Ed25519 signature. It says: at that time, this was the largest tree that I had
  seen of that log, and it followed from all that I saw before.
"""

import base64
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.errors import JournalError, UsageError
from trucewatch.journal.merkle import HASH_BYTES
from trucewatch.journal.note import (
    COSIGNATURE,
    Note,
    NoteSignature,
    VerifierKey,
    check_signature,
    parse_note,
    sign_note,
    strict_base64,
    verify_note,
)

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_TIME_BYTES: Final = 8
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LAST_S: Final = int((dt.datetime(9999, 12, 31, tzinfo=dt.UTC) - _EPOCH).total_seconds())


@dataclass(frozen=True)
class Checkpoint:
    """The `root` (32 bytes) of the first `size` entries of the log `origin`, with `signatures` that are not checked yet."""

    origin: str
    size: int
    root: bytes
    extension: tuple[str, ...] = ()
    signatures: tuple[NoteSignature, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        return "\n".join((self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extension, ""))

    @property
    def data(self) -> bytes:
        """The bytes of the signed note."""
        return Note(self.text, self.signatures).data

    def with_signatures(self, more: Iterable[NoteSignature]) -> "Checkpoint":
        """Return the checkpoint with more signatures below it; one that stands there already is not repeated."""
        return replace(self, signatures=tuple(dict.fromkeys([*self.signatures, *more])))


def parse_checkpoint(data: bytes, *, where: str = "a checkpoint") -> Checkpoint:
    """Return the checkpoint that a signed note holds, its signatures unchecked. Raises JournalError."""
    note = parse_note(data, where=where)
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise JournalError("a checkpoint has an origin, a size and a root, each in its line", where=where)
    origin, told, hashed, *extension = lines
    root = strict_base64(hashed)
    if not _NUMBER.fullmatch(told):
        raise JournalError("not a number of entries", where=f"{where} line 2")
    if root is None or len(root) != HASH_BYTES:
        raise JournalError("not the base64 of a root of 32 bytes", where=f"{where} line 3")
    return Checkpoint(origin, int(told), root, tuple(extension), note.signatures)


def sign_checkpoint(origin: str, size: int, root: bytes, key: Ed25519PrivateKey) -> Checkpoint:
    """Return the checkpoint of a tree, signed by the log's key.

    >>> key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> sign_checkpoint("river-line/139e3940e64b5491", 0, bytes(32), key).text.splitlines()[1]
    '0'
    """
    if not origin or "\n" in origin or size < 0 or len(root) != HASH_BYTES:
        raise UsageError("a checkpoint has an origin of one line, a size and a root of 32 bytes", where=repr(origin))
    made = Checkpoint(origin, size, root)
    return made.with_signatures([sign_note(made.text, origin, key)])


def verify_checkpoint(checkpoint: Checkpoint, log: VerifierKey, *, where: str = "a checkpoint") -> None:
    """Check that it is the log's: its origin, which is the name of the key, and its signature. Raises JournalError."""
    if checkpoint.origin != log.name:
        raise JournalError(f"of another log: {checkpoint.origin}", where=where, to_do=f"give one of {log.name}")
    verify_note(Note(checkpoint.text, checkpoint.signatures), log, where=where)


def cosign(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey, at_utc: dt.datetime) -> NoteSignature:
    """Return a witness' cosignature of a checkpoint at a time, which is cut to the second."""
    at_s = (at_utc - _EPOCH) // dt.timedelta(seconds=1)
    if not 0 <= at_s <= _LAST_S:
        raise UsageError("no time for a cosignature", where=at_utc.isoformat(), to_do="set the clock")
    witness = VerifierKey(name, COSIGNATURE, key.public_key().public_bytes_raw())
    signature = key.sign(_cosigned(checkpoint, at_s))
    return NoteSignature(name, witness.key_hash, at_s.to_bytes(_TIME_BYTES, "big") + signature)


def cosigned_at(
    checkpoint: Checkpoint, witness: VerifierKey, *, where: str = "a checkpoint"
) -> tuple[dt.datetime, ...]:
    """Return when a witness cosigned the checkpoint, in UTC, earliest first; nothing when it did not.

    Raises JournalError when one of its cosignatures does not hold.
    """
    if witness.kind != COSIGNATURE:
        raise UsageError("not the key of a witness", where=str(witness), to_do="give a vkey of kind 4")
    times = []
    for each in Note(checkpoint.text, checkpoint.signatures).by(witness):
        at_s = int.from_bytes(each.signature[:_TIME_BYTES], "big")
        check_signature(witness, each.signature[_TIME_BYTES:], _cosigned(checkpoint, at_s), where)
        if at_s > _LAST_S:
            raise JournalError(f"{witness.name} cosigned at no time of this calendar", where=where)
        times.append(_EPOCH + dt.timedelta(seconds=at_s))
    return tuple(sorted(times))


def _cosigned(checkpoint: Checkpoint, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{checkpoint.text}".encode()
