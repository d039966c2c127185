"""Proofs that stand alone: that an entry is in the log, and that witnesses saw the log with it.

The rules (C2SP tlog-proof, c2sp.org/tlog-proof): the line `c2sp.org/tlog-proof@v1`; a line `extra` with base64 where there is more,
which nothing vouches for; a line `index` with the entry's place, from 0; the hashes of the inclusion proof (RFC 6962, 2.1.1), one
a line in base64, from the leaf upwards; an empty line; the checkpoint as it is.
"""

import base64
from dataclasses import dataclass
from typing import Final

from trucewatch.errors import JournalError
from trucewatch.journal.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from trucewatch.journal.merkle import HASH_BYTES, Tree, verify_inclusion
from trucewatch.journal.note import VerifierKey, strict_base64

HEAD: Final = "c2sp.org/tlog-proof@v1"
MOST_HASHES: Final = 63
_MOST_DIGITS: Final = 19


@dataclass(frozen=True)
class Proof:
    """The proof that an entry stands at `index`: `hashes` from the leaf upwards, and the `checkpoint` that they lead to."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint
    extra: bytes = b""

    @property
    def data(self) -> bytes:
        """The bytes of the proof, for a file `.tlog-proof`."""
        extra = f"extra {base64.b64encode(self.extra).decode()}\n" if self.extra else ""
        head = f"{HEAD}\n{extra}index {self.index}\n{format_hashes(self.hashes)}\n"
        return head.encode() + self.checkpoint.data


def prove(tree: Tree, index: int, checkpoint: Checkpoint) -> Proof:
    """Return the proof that entry `index` of `tree` is under `checkpoint`. Raises UsageError when it is not among its entries."""
    return Proof(index, tree.inclusion_proof(index, checkpoint.size), checkpoint)


def parse_proof(data: bytes, *, where: str = "a proof") -> Proof:
    """Return the proof that `data` holds, unchecked. Raises JournalError."""
    head, parted, rest = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise JournalError("not a proof: a letter that is not ASCII", where=where) from error
    if lines.pop(0) != HEAD or not parted:
        raise JournalError(f"a proof begins with {HEAD}", where=where)
    extra: bytes | None = b""
    if lines and lines[0].startswith("extra "):
        extra = strict_base64(lines.pop(0).removeprefix("extra "))
    told = lines.pop(0) if lines else ""
    index = parse_number(told, "index")
    if index is None or extra is None:
        raise JournalError("a line `extra` or `index` is not written as it must be", where=where)
    return Proof(index, parse_hashes(lines, where=where), parse_checkpoint(rest, where=where), extra)


def verify_proof(proof: Proof, leaf: bytes, log: VerifierKey, *, where: str = "a proof") -> None:
    """Check that the entry with that hash is in the log. Raises JournalError. Who witnessed it: `cosigned_at` its checkpoint."""
    verify_checkpoint(proof.checkpoint, log, where=where)
    verify_inclusion(leaf, proof.index, proof.checkpoint.size, proof.hashes, proof.checkpoint.root)


def format_hashes(hashes: tuple[bytes, ...]) -> str:
    """Return the hashes of a proof, one a line in base64."""
    return "".join(base64.b64encode(each).decode() + "\n" for each in hashes)


def parse_hashes(lines: list[str], *, where: str) -> tuple[bytes, ...]:
    """Return the hashes of a proof from its lines. Raises JournalError."""
    hashes = [strict_base64(line) for line in lines]
    found = tuple(each for each in hashes if each is not None and len(each) == HASH_BYTES)
    if len(found) != len(lines) or len(found) > MOST_HASHES:
        raise JournalError(f"the hashes are not at most {MOST_HASHES} lines of base64, 32 bytes each", where=where)
    return found


def parse_number(line: str, word: str) -> int | None:
    """Return the number of a line such as `index 7`, or None for another line."""
    told, _, digits = line.partition(" ")
    if told != word or not (digits.isascii() and digits.isdecimal()) or len(digits) > _MOST_DIGITS:
        return None
    return int(digits) if str(int(digits)) == digits else None
