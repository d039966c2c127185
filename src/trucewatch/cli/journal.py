"""`journal` with a copy alone: verify it, compare two, prove an entry. Nothing here needs a store, nor trust in who keeps it."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from trucewatch import journal
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import result
from trucewatch.errors import ActRefused, JournalError, MissingError, Problem, UsageError
from trucewatch.journal import COSIGNATURE, ED25519, Checkpoint, Copy, Trust, Verified, VerifierKey, Witness
from trucewatch.mission.document import parse_mission
from trucewatch.mission.record import private_key
from trucewatch.store import read_bytes, write_bytes
from trucewatch.verify import Standing
from trucewatch.words import plain

MANY: Final = 20_000
"""Entries from which on the signatures are checked in several processes."""
Keys = Annotated[list[str] | None, Parameter(negative="")]


def vkey(key: Path, *, mission_id: str | None = None, witness: str | None = None, json_: Json = False) -> None:
    """Print the verifier key (C2SP vkey) of a log or of a witness, by which others check what it signs.

    Parameters
    ----------
    key
        The Ed25519 private key, a PEM file without password: `openssl genpkey -algorithm ed25519`.
    mission_id
        For the key of a log: the `mission_id` of its mission.
    witness
        For the key of a witness: its name, such as `witness.example.org`.
    json_
        Print one JSON object instead of lines.
    """
    public = private_key(key).public_key().public_bytes_raw()
    if (mission_id is None) == (witness is None):
        raise UsageError("whose key is it?", where=str(key), to_do="give either --mission-id or --witness")
    if mission_id is not None:
        told = VerifierKey(journal.origin_of(mission_id, public), ED25519, public)
    else:
        told = VerifierKey(str(witness), COSIGNATURE, public)
    result({"vkey": str(told)}, as_json=json_)


def verify(
    copy: Path,
    *,
    mission: Path | None = None,
    log: str | None = None,
    witness: Keys = None,
    guarantor: Keys = None,
    against: Annotated[list[Path] | None, Parameter(negative="")] = None,
    roots: Path | None = None,
    authors: bool = True,
    unwitnessed: Annotated[bool, Parameter(negative="")] = False,
    json_: Json = False,
) -> int:
    """Verify a copy of the journal with nothing but the copy and the verifier keys of the log and its witnesses.

    Whatever byte was changed, entry moved, repeated or taken out, and whatever tail removed from below a checkpoint is named, each
    author's signature is checked against the keys in the journal, and the rules of people are applied again. Exit code 9 when
    something is wrong, or when no witness that is no guarantor has cosigned.

    Parameters
    ----------
    copy
        The folder of the copy, as `trucewatch journal export` writes it.
    mission
        The mission document, whose section [journal] names log and witnesses; instead of the keys below.
    log
        The verifier key of the log.
    witness
        The verifier key of a witness that is no guarantor of the agreement; again for each further one.
    guarantor
        The verifier key of a witness that is a guarantor; again for each further one.
    against
        A checkpoint of this log from elsewhere, which must not contradict the copy; again for each further one.
    roots
        Certificates (PEM) of time-stamping authorities, to check the time-stamps in the copy with.
    authors
        Whether signatures of authors and the rules of people are checked too, which takes most of the time.
    unwitnessed
        Accept a copy that no independent witness has cosigned: then only the log vouches for it.
    json_
        Print one JSON object instead of lines.
    """
    trust = trust_of(mission, log, witness, guarantor)
    whole = read_copy(copy)
    elsewhere = {str(path): read_bytes(path) for path in against or ()}
    found = _verified(whole, trust, elsewhere, read_bytes(roots) if roots else None, authors=authors)
    problems = [*found.problems, *(_people(whole, trust) if authors and not found.problems else [])]
    if not (found.independently or unwitnessed):
        to_do = "ask such a witness, or say --unwitnessed"
        problems.append(Problem(str(copy), "no witness that is no guarantor vouches for this copy", to_do))
    told = {
        "holds": not problems, "log": trust.origin, "entries": found.entries, "witnessed": found.witnessed,
        "independently_witnessed": found.independently, "stamped": {size: at.isoformat() for size, at in found.stamped.items()},
        "problems": [str(each) for each in problems], "lacks": [str(each) for each in found.lacks],
    }  # fmt: skip
    _tell(told, as_json=json_)
    return JournalError.exit_code if problems else 0


def compare(one: Path, two: Path, *, log: str, out: Path | None = None, json_: Json = False) -> int:
    """Compare two copies of one journal; two faces of the log are named, with the two checkpoints that prove it. Exit code 9 then.

    Parameters
    ----------
    one
        The folder of a copy.
    two
        The folder of another copy, from somebody else.
    log
        The verifier key of the log.
    out
        The folder to write the two checkpoints to that contradict each other, when there are such.
    json_
        Print one JSON object instead of lines.
    """
    key = journal.parse_vkey(log, where="--log")
    names = (str(one), str(two))
    found = journal.compare(read_copy(one), read_copy(two), key, names=names)
    for name, each in zip(("one", "two"), found.proof, strict=False):
        if out:
            write_bytes(out / f"{name}.checkpoint", each.data)
    told = {
        "agree": not found.problems, "shared": found.shared, "entries": dict(zip(names, found.entries, strict=True)),
        "problems": [str(each) for each in found.problems],
    }  # fmt: skip
    _tell(told, as_json=json_)
    return JournalError.exit_code if found.problems else 0


def prove(copy: Path, *, entry: int, out: Out, json_: Json = False) -> None:
    """Write the proof that an entry is in the journal (C2SP tlog-proof), under the last checkpoint of a copy.

    The entry is in the proof too, as its extra data: whoever gets the proof needs nothing else but the keys.

    Parameters
    ----------
    copy
        The folder of the copy.
    entry
        The number of the entry, from 0: that of its line less one.
    out
        The file to write, such as `delivery.tlog-proof`.
    json_
        Print one JSON object instead of lines.
    """
    whole = read_copy(copy)
    signed = last_checkpoint(whole, copy)
    tree = journal.tree_of(whole.ids)
    proof = journal.prove(tree, entry, signed)
    lines = whole.entries.split(b"\n")
    write_bytes(out, replace(proof, extra=lines[entry]).data)
    told = {"file": str(out), "entry": entry, "id": tree.leaf(entry).hex(), "under": signed.size}
    result(told, as_json=json_)


def read_copy(folder: Path) -> Copy:
    """Return the copy in a folder. Raises MissingError where there is none, JournalError for files that are not its."""
    if not folder.is_dir():
        raise MissingError("no such folder", where=str(folder), to_do="give the folder of a copy")
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return journal.copy_of({path.relative_to(folder).as_posix(): read_bytes(path) for path in paths})


def last_checkpoint(copy: Copy, folder: Path) -> Checkpoint:
    """Return the last checkpoint of a copy, unchecked. Raises JournalError when it has none."""
    if not copy.checkpoints:
        raise JournalError("no checkpoint in the copy", where=str(folder), to_do="ask for one")
    name = max(copy.checkpoints)
    return journal.parse_checkpoint(copy.checkpoints[name], where=name)


def trust_of(mission: Path | None, log: str | None, witness: Keys, guarantor: Keys) -> Trust:
    """Return whom to believe, from a mission document or from keys. Raises UsageError where both or neither are given."""
    if (mission is None) == (log is None) or (mission and (witness or guarantor)):
        raise UsageError("whom shall be believed?", where="journal", to_do="give --mission, or --log with --witness")
    if mission:
        return parse_mission(read_bytes(mission), name=str(mission)).journal.trust()
    keys = [(told, False) for told in witness or ()] + [(told, True) for told in guarantor or ()]
    parsed = ((journal.parse_vkey(told, where="--witness or --guarantor"), is_one) for told, is_one in keys)
    witnesses = tuple(Witness(key, key.name, is_one) for key, is_one in parsed)
    return Trust(journal.parse_vkey(str(log), where="--log"), witnesses)


def _verified(copy: Copy, trust: Trust, against: dict[str, bytes], roots: bytes | None, *, authors: bool) -> Verified:
    """Verify, with a process for each core where there are many entries."""
    if not authors or copy.ids.count(b"\n") < MANY or (os.cpu_count() or 1) < 2:
        return journal.verify_copy(copy, trust, against=against, roots=roots, authors=authors)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return journal.verify_copy(copy, trust, against=against, roots=roots, spread=pool.map)


def _people(copy: Copy, trust: Trust) -> Iterable[Problem]:
    """Yield the entries that break a rule of people, from the first on; what follows from one that does is not told."""
    standing = Standing.begin(trust.origin)
    for number, line in enumerate(copy.entries.split(b"\n")[:-1]):
        try:
            standing = standing.after(journal.parse_entry(line), number)
        except ActRefused as error:
            yield Problem(
                journal.line_of(number), f"breaks a rule of people: {error.problems[0].what}", "ask who let it in"
            )
            return


def _tell(told: dict[str, object], *, as_json: bool) -> None:
    """Print a result; of the lists in it, each part in a line of its own."""
    lists = {name: value for name, value in told.items() if isinstance(value, Sequence) and not isinstance(value, str)}
    if as_json:
        result(told, as_json=True)
        return
    result({name: value for name, value in told.items() if name not in lists}, as_json=False)
    for name, parts in lists.items():
        for part in parts:
            print(plain(f"{name.removesuffix('s')}: {part}"))
