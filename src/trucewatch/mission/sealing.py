"""What the log of a mission says of itself: checkpoints signed and cosigned, a copy of all of it for others.

The log signs no checkpoint that does not follow from each that it signed before. What it signed last is kept beside its key too,
where no backup reaches: after an older backup was restored, the log would sign another history, and is stopped.
"""

from collections.abc import Callable
from typing import Final

from trucewatch.errors import JournalError, StoreError
from trucewatch.journal import (
    Checkpoint,
    Copy,
    Request,
    Tree,
    Trust,
    VerifierKey,
    cosigned_at,
    export,
    parse_checkpoint,
    sign_checkpoint,
)
from trucewatch.journal.note import parse_signature
from trucewatch.journal.proof import parse_number
from trucewatch.mission.record import LAST, LOG_KEY, MissionRecord, private_key
from trucewatch.store import read_bytes, write_bytes

SHOWN: Final = 200  # letters of a refusal


def checkpoints(opened: MissionRecord) -> list[Checkpoint]:
    """Return the checkpoints that the log signed, smallest first, each with the cosignatures of all who cosigned it."""
    found: dict[str, Checkpoint] = {}
    for _, note in opened.record.checkpoints():
        each = parse_checkpoint(note)
        found[each.text] = found.get(each.text, each).with_signatures(each.signatures)
    return sorted(found.values(), key=lambda each: each.size)


def seal(opened: MissionRecord) -> Checkpoint:
    """Return the checkpoint over all entries, signed now unless it was before.

    Raises StoreError when the record is not what the log signed before.
    """
    tree = opened.record.tree()
    known = checkpoints(opened)
    path = opened.store.keys / LAST
    last = [parse_checkpoint(read_bytes(path), where=str(path))] if path.exists() else []
    for each in (*known, *last):
        _refuse_another_past(each, tree, opened)
    for each in known:
        if each.size == len(tree):
            return each
    made = sign_checkpoint(opened.origin, len(tree), tree.root(), private_key(opened.store.keys / LOG_KEY))
    write_bytes(path, made.data, disk=opened.store.disk, mode=0o600)
    opened.record.keep_checkpoint(made.size, made.data)
    return made


def request(opened: MissionRecord, witness: VerifierKey, *, old_size: int | None = None) -> Request:
    """Return the request to a witness for the last checkpoint, from the last that it cosigned, or from `old_size` entries.

    Raises JournalError when there is no checkpoint yet, or none of so few entries.
    """
    known = checkpoints(opened)
    if not known:
        raise JournalError("no checkpoint yet", where=opened.origin, to_do="sign one: trucewatch journal checkpoint")
    if old_size is None:
        old_size = max((each.size for each in known if cosigned_at(each, witness)), default=0)
    if old_size > known[-1].size:
        what = f"the witness saw {old_size} entries, the last checkpoint has {known[-1].size}"
        raise JournalError(what, where=witness.name, to_do="restore the newer record: this one lacks its end")
    hashes = opened.record.tree().consistency_proof(old_size, known[-1].size)
    return Request(old_size, hashes, known[-1])


def ask(
    opened: MissionRecord, witness: VerifierKey, trust: Trust, post: Callable[[bytes], tuple[int, bytes]], *, where: str
) -> dict[str, int]:
    """Ask a witness to cosign the last checkpoint, by `post`, which returns HTTP status and body; keep its cosignature.

    A witness that saw another size than we know says so (409, C2SP tlog-witness), and is asked again from there. Raises
    JournalError with what it says when it refuses.
    """
    asked = request(opened, witness)
    status, body = post(asked.data)
    told = body.decode("utf-8", "replace")
    if status == 409 and (size := parse_number(f"size {told.rstrip()}", "size")) not in (None, asked.old_size):
        asked = request(opened, witness, old_size=size)
        status, body = post(asked.data)
        told = body.decode("utf-8", "replace")
    if status != 200:
        what = f"{witness.name} refuses ({status}): {' '.join(told.split())[:SHOWN]}"
        to_do = "see what that means: docs/how-to/be-a-witness.md"
        raise JournalError(what, where=where, to_do=to_do)
    return take_cosignatures(opened, told, trust, where=where)


def take_cosignatures(opened: MissionRecord, lines: str, trust: Trust, *, where: str) -> dict[str, int]:
    """Keep the cosignatures that hold for a checkpoint of the log; return who cosigned how many entries.

    Raises JournalError when one is of no witness of the mission, or holds for none of the checkpoints.
    """
    taken = {}
    for number, line in enumerate(lines.splitlines(keepends=True), 1):
        at = f"{where} line {number}"
        signature = parse_signature(line, where=at)
        named = (signature.name, signature.key_hash)
        witness = next((each for each in trust.witnesses if (each.key.name, each.key.key_hash) == named), None)
        if witness is None:
            raise JournalError(f"no witness of the mission: {signature.name}", where=at, to_do="name it in [journal]")
        for each in reversed(checkpoints(opened)):
            alone = Checkpoint(each.origin, each.size, each.root, each.extension, (signature,))
            if _holds(alone, witness.key):
                opened.record.keep_checkpoint(each.size, each.with_signatures([signature]).data)
                taken[witness.name] = each.size
                break
        else:
            raise JournalError(f"the cosignature of {witness.name} holds for no checkpoint of the log", where=at)
    return taken


def copy_of_record(opened: MissionRecord) -> Copy:
    """Return the copy of the whole journal, under a checkpoint over all of it."""
    seal(opened)
    return export((entry.data for entry in opened.record.entries()), checkpoints(opened))


def _refuse_another_past(signed: Checkpoint, tree: Tree, opened: MissionRecord) -> None:
    if signed.size > len(tree) or tree.root(signed.size) != signed.root:
        what = f"not what the log signed before: {signed.size} entries with another root, or more than there are now"
        to_do = "restore the newest backup, or ask the witnesses for what they saw; nothing was signed"
        raise StoreError(what, where=str(opened.store.folder), to_do=to_do)


def _holds(checkpoint: Checkpoint, key: VerifierKey) -> bool:
    try:
        return bool(cosigned_at(checkpoint, key))
    except JournalError:
        return False
