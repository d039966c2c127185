"""What a witness does: cosign the checkpoint of a log that follows from all that it saw before, and refuse any other.

The rules (C2SP tlog-witness, `add-checkpoint`; the status is that of its HTTP interface):

1. A request is the line `old <size>` of the last checkpoint that the witness cosigned, the hashes of a consistency proof from it
   (RFC 6962, 2.1.2) one a line in base64, an empty line, and the new checkpoint. Anything else: 400.
2. A log that the witness does not know by its origin: 404. A checkpoint that none of the log's keys signed: 403.
3. An old size beyond the new one: 400. A log never shrinks.
4. An old size that is not that of the last checkpoint cosigned (0 where there is none): 409, with that size.
5. The same size with another root: 409. The log shows two faces, and both signed checkpoints are the proof of it.
6. A consistency proof that does not lead from the old root to the new: 422. That is no proof yet, as anyone can send a wrong one
   with a checkpoint that is right; the two checkpoints are kept, to be held against a copy.
7. Otherwise the witness keeps the checkpoint, then answers with its cosignature: 200.

The witness needs no entries: it says that nothing was rewritten, not that what was written is true.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.errors import JournalError
from trucewatch.journal.checkpoint import Checkpoint, cosign, parse_checkpoint, verify_checkpoint
from trucewatch.journal.merkle import EMPTY_ROOT, verify_consistency
from trucewatch.journal.note import MOST_BYTES, VerifierKey
from trucewatch.journal.proof import format_hashes, parse_hashes, parse_number

SIZE_TYPE: Final = "text/x.tlog.size"


@dataclass(frozen=True)
class Request:
    """What a log asks a witness: to cosign `checkpoint`, which follows by `hashes` from the one of `old_size` entries."""

    old_size: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def data(self) -> bytes:
        """The bytes of the request."""
        return f"old {self.old_size}\n{format_hashes(self.hashes)}\n".encode() + self.checkpoint.data


@dataclass(frozen=True)
class Answer:
    """What a witness answers: HTTP `status`, `body`, and `why` in plain words.

    `keep`: the checkpoint to keep before the answer leaves; `evidence`: two that the log signed, the last one seen and this one,
    where they contradict each other or were not shown to follow.
    """

    status: int
    body: str
    why: str
    keep: Checkpoint | None = None
    evidence: tuple[Checkpoint, ...] = ()

    @property
    def content_type(self) -> str:
        """The type of the body."""
        return SIZE_TYPE if self.status == 409 else "text/plain; charset=utf-8"


def parse_request(data: bytes, *, where: str = "a request") -> Request:
    """Return the request that `data` is. Raises JournalError."""
    if len(data) > MOST_BYTES:
        raise JournalError(f"longer than {MOST_BYTES} bytes", where=where)
    head, parted, rest = data.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise JournalError("not a request: a letter that is not ASCII", where=where) from error
    old_size = parse_number(first, "old")
    if old_size is None or not parted:
        raise JournalError("a request begins with `old` and a size, and has an empty line", where=where)
    return Request(old_size, parse_hashes(lines, where=where), parse_checkpoint(rest, where=where))


def answer(
    data: bytes,
    *,
    logs: Mapping[str, tuple[VerifierKey, ...]],
    seen: Callable[[str], Checkpoint | None],
    name: str,
    key: Ed25519PrivateKey,
    at_utc: dt.datetime,
) -> Answer:
    """Return what the witness `name` with that key answers to a request at a time.

    `logs` holds the keys of each log by its origin; `seen` gives the last checkpoint that the witness cosigned for an origin.
    """
    try:
        request = parse_request(data)
    except JournalError as error:
        return Answer(400, f"{error}\n", str(error))
    new = request.checkpoint
    keys = logs.get(new.origin)
    if keys is None:
        return _refused(404, f"unknown log: {new.origin}")
    if not any(_is_signed(new, key) for key in keys):
        return _refused(403, f"not signed by the log {new.origin}")
    last = seen(new.origin)
    refusal = _contradiction(request, last)
    if refusal is not None:
        return refusal
    line = cosign(new, name, key, at_utc)
    return Answer(200, str(line), f"cosigned: {new.size} entries", keep=new)


def _contradiction(request: Request, last: Checkpoint | None) -> Answer | None:
    """Return the refusal of a checkpoint that does not follow from the last one, or None where it does."""
    new = request.checkpoint
    size, root = (last.size, last.root) if last else (0, EMPTY_ROOT)
    both = (last, new) if last else (new,)
    if new.size == size and new.root != root:
        return Answer(409, f"{size}\n", f"two roots of one size: {size} entries", evidence=both)
    if request.old_size > new.size:
        return _refused(400, f"a smaller tree: {new.size} entries after {request.old_size}")
    if request.old_size != size:
        why = f"the last checkpoint cosigned here has {size} entries, not {request.old_size}"
        return Answer(409, f"{size}\n", why)
    try:
        verify_consistency(size, new.size, request.hashes, root, new.root)
    except JournalError as error:
        return Answer(422, f"{error}\n", f"not shown to follow from the last checkpoint: {error}", evidence=both)
    return None


def _refused(status: int, why: str) -> Answer:
    return Answer(status, f"{why}\n", why)


def _is_signed(checkpoint: Checkpoint, key: VerifierKey) -> bool:
    try:
        verify_checkpoint(checkpoint, key)
    except JournalError:
        return False
    return True
