"""`journal` where the record is: sign a checkpoint, ask witnesses, take their cosignatures, make a copy for others."""

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from trucewatch import fetch as fetching
from trucewatch.cli.desk import Seat, desk
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import result
from trucewatch.errors import FetchError, JournalError, UsageError
from trucewatch.journal import Witness
from trucewatch.mission import sealing
from trucewatch.mission.document import Mission
from trucewatch.store import read_bytes, write_bytes, write_files


def checkpoint(*, seat: Seat, json_: Json = False) -> None:
    """Sign a checkpoint over all entries of the journal, unless the last one is over all of them.

    Parameters
    ----------
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        made = sealing.seal(at.opened)
    result({"origin": made.origin, "entries": made.size, "root": made.root.hex()}, as_json=json_)


def request(
    *,
    witness: str,
    out: Out,
    old: int | None = None,
    seat: Seat,
    json_: Json = False,
) -> None:
    """Write the request to a witness for the last checkpoint; `trucewatch witness` answers it, or any witness of C2SP's kind.

    For a witness that is asked by hand, or on a stick; over HTTP, `trucewatch journal ask`.

    Parameters
    ----------
    witness
        The name of the witness, or that of its key.
    out
        The file to write, such as `paper.request`.
    old
        How many entries the witness saw, when it says so; by default those of the last checkpoint that it cosigned.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        made = sealing.request(at.opened, _witness(at.mission, witness).key, old_size=old)
    write_bytes(out, made.data)
    result({"file": str(out), "from": made.old_size, "entries": made.checkpoint.size}, as_json=json_)


def ask(
    *,
    witness: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    seat: Seat,
    json_: Json = False,
) -> int:
    """Ask witnesses over HTTP to cosign the last checkpoint (C2SP tlog-witness), and keep their cosignatures.

    The mission document says where each answers: `url` of its witness. Signs a checkpoint first where there are new entries. One
    that refuses or does not answer is told, and the others are asked all the same; the exit code is then 9 or 8.

    Parameters
    ----------
    witness
        The name of a witness, or that of its key; again for each further one. All that have a `url` when absent.
    json_
        Print one JSON object instead of lines.
    """
    taken: dict[str, int | str] = {}
    code = 0
    with desk(seat) as at:
        trust = at.mission.journal.trust()
        urls = {each.name: each.url for each in at.mission.journal.witnesses}
        asked = [_witness(at.mission, name) for name in witness] or [
            each for each in trust.witnesses if urls[each.name]
        ]
        if absent := [each.name for each in asked if not urls[each.name]] or ([] if asked else ["none"]):
            to_do = 'add url = "https://…" to the witness, or use `trucewatch journal request`'
            raise UsageError("it is not said where the witness answers", where=f"[journal]: {absent[0]}", to_do=to_do)
        sealing.seal(at.opened)
        for each in asked:
            address = f"{str(urls[each.name]).rstrip('/')}/add-checkpoint"
            try:
                taken |= sealing.ask(at.opened, each.key, trust, partial(_post, address), where=address)
            except (JournalError, FetchError) as error:
                taken[each.name], code = str(error), error.exit_code
    result(taken, as_json=json_)
    return code


def _post(address: str, data: bytes) -> tuple[int, bytes]:
    answered = fetching.post(address, data)
    return answered.status, answered.body


def cosign(*files: Path, seat: Seat, json_: Json = False) -> None:
    """Take in the cosignatures of witnesses, each checked against the checkpoints of the log.

    Parameters
    ----------
    files
        Files of cosignatures, as `trucewatch witness` writes them.
    json_
        Print one JSON object instead of lines.
    """
    taken: dict[str, int] = {}
    with desk(seat) as at:
        trust = at.mission.journal.trust()
        for path in files:
            try:
                lines = read_bytes(path).decode("utf-8")
            except UnicodeDecodeError as error:
                raise JournalError("not UTF-8", where=str(path), to_do="give a file of cosignatures") from error
            taken |= sealing.take_cosignatures(at.opened, lines, trust, where=str(path))
    result(taken, as_json=json_)


def export(*, out: Out, seat: Seat, json_: Json = False) -> None:
    """Write a copy of the journal for others, under a checkpoint over all of it; `trucewatch journal verify` verifies it.

    Ask the witnesses first, or the copy tells that they have not seen its end. It holds entries as they are: give it only to those
    who may read them.

    Parameters
    ----------
    out
        The folder to write, which must be empty or not there.
    json_
        Print one JSON object instead of lines.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            "not an empty folder", where=str(out), to_do="name another: an old file in a copy would mislead"
        )
    with desk(seat) as at:
        copy = sealing.copy_of_record(at.opened)
    write_files(out, copy.files)
    told = {"folder": str(out), "entries": copy.ids.count(b"\n"), "checkpoints": len(copy.checkpoints)}
    result(told, as_json=json_)


def _witness(document: Mission, name: str) -> Witness:
    for each in document.journal.trust().witnesses:
        if name in (each.name, each.key.name):
            return each
    raise UsageError(
        "no such witness in the section [journal]", where=name, to_do="name one of the mission's witnesses"
    )
