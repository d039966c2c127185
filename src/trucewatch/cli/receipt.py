"""`journal receipt` and `journal check-receipt`: a promise that can be held against the log."""

import datetime as dt
from pathlib import Path

from trucewatch import journal
from trucewatch.cli.desk import Seat, desk
from trucewatch.cli.journal import Keys, read_copy, trust_of
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import result
from trucewatch.errors import JournalError, UsageError
from trucewatch.journal import Promise, Receipt, Trust
from trucewatch.mission.intake import delivery_of
from trucewatch.mission.record import LOG_KEY, private_key
from trucewatch.store import read_bytes, write_bytes


def receipt(file: Path, *, source: str, out: Out, seat: Seat, json_: Json = False) -> None:
    """Sign a receipt for a file that was handed in: until when it will be in the journal.

    What is promised is `promise_hours` of the section [journal] of the mission document.

    Parameters
    ----------
    file
        The file that was handed in.
    source
        The source that it is a delivery of.
    out
        The file to write, for the one who handed it in.
    json_
        Print one JSON object instead of lines.
    """
    now = dt.datetime.now(dt.UTC)
    data = read_bytes(file)
    with desk(seat) as at:
        used = next((each for each in at.loaded.sources if each.source_id == source), None)
        if used is None:
            known = ", ".join(at.loaded.manifests)
            raise UsageError("no source of the mission", where=f"--source {source}", to_do=f"name one of {known}")
        handed = delivery_of(used, file.name, data, now, at.opened.store)
        due = now + dt.timedelta(hours=at.mission.journal.promise_hours)
        promise = Receipt(at.opened.origin, handed.delivery_id, handed.sha256, len(data), now, due)
        write_bytes(out, journal.sign_receipt(promise, private_key(at.opened.store.keys / LOG_KEY)))
    result({"file": str(out), "delivery": promise.delivery_id, "include_by": due.isoformat()}, as_json=json_)


def check_receipt(
    receipt: Path,
    *,
    copy: Path | None = None,
    proof: Path | None = None,
    mission: Path | None = None,
    log: str | None = None,
    witness: Keys = None,
    guarantor: Keys = None,
    json_: Json = False,
) -> int:
    """Say what became of a receipt: included, late, omitted, or pending while no witness has cosigned since it was due.

    Late and omitted are evidence against the log: keep receipt and copy together. Exit code 9 then.

    Parameters
    ----------
    receipt
        The receipt.
    copy
        The folder of a copy of the journal, which must hold.
    proof
        A proof of `trucewatch journal prove` instead of a copy; it can show inclusion alone.
    mission
        The mission document, whose section [journal] names log and witnesses; instead of the keys below.
    log
        The verifier key of the log.
    witness
        The verifier key of a witness that is no guarantor of the agreement; again for each further one.
    guarantor
        The verifier key of a witness that is a guarantor; again for each further one.
    json_
        Print one JSON object instead of lines.
    """
    trust = trust_of(mission, log, witness, guarantor)
    promise = journal.parse_receipt(read_bytes(receipt), trust.log, where=str(receipt))
    if (copy is None) == (proof is None):
        raise UsageError("what shall it be held against?", where=str(receipt), to_do="give either --copy or --proof")
    found = _in_copy(promise, copy, trust) if copy else _by_proof(promise, Path(str(proof)), trust)
    told = {"delivery": promise.delivery_id, "include_by": promise.include_by_utc.isoformat()}
    shown = {"entry": found.entry, "checkpoint_over": found.size}
    result(
        {"promise": found.kept, **told, **{name: value for name, value in shown.items() if value is not None}},
        as_json=json_,
    )
    return JournalError.exit_code if found.is_broken else 0


def _in_copy(promise: Receipt, folder: Path, trust: Trust) -> Promise:
    copy = read_copy(folder)
    verified = journal.verify_copy(copy, trust)
    if verified.problems:
        what = f"a copy that does not hold shows nothing: {verified.problems[0]}"
        raise JournalError(what, where=str(folder), to_do="see `trucewatch journal verify`; give a copy that holds")
    lines = copy.entries.split(b"\n")[:-1]
    return journal.promised(promise, (journal.parse_entry(line) for line in lines), verified.seals)


def _by_proof(promise: Receipt, path: Path, trust: Trust) -> Promise:
    proof = journal.parse_proof(read_bytes(path), where=str(path))
    entry = journal.parse_entry(proof.extra, where=f"{path}: the entry in it")
    journal.verify_proof(proof, entry.leaf, trust.log, where=str(path))
    if not promise.is_of(entry):
        raise JournalError("a proof of another entry", where=str(path), to_do="give the proof of this delivery's entry")
    return Promise("included", proof.index, proof.checkpoint.size)
