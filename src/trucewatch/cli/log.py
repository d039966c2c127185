"""`journal` where the record is: sign a checkpoint, ask witnesses, take their cosignatures, make a copy for others."""

import datetime as dt
from pathlib import Path

from trucewatch.cli.output import result
from trucewatch.cli.stages import Json, Out
from trucewatch.errors import JournalError, UsageError
from trucewatch.journal import VerifierKey
from trucewatch.mission import sealing
from trucewatch.mission.document import Mission, parse_mission
from trucewatch.mission.record import MissionRecord, open_record
from trucewatch.store import read_bytes, write_bytes, write_files


def checkpoint(*, store: Path, mission: Path, database: str | None = None, json_: Json = False) -> None:
    """Sign a checkpoint over all entries of the journal, unless the last one is over all of them.

    Parameters
    ----------
    store
        The folder of the store; its keys lie beside it.
    mission
        The mission document.
    database
        The address of the PostgreSQL database, where the record is in one.
    json_
        Print one JSON object instead of lines.
    """
    with opened_record(store, mission, database)[1] as opened:
        made = sealing.seal(opened)
    result({"origin": made.origin, "entries": made.size, "root": made.root.hex()}, as_json=json_)


def request(
    *,
    store: Path,
    mission: Path,
    witness: str,
    out: Out,
    old: int | None = None,
    database: str | None = None,
    json_: Json = False,
) -> None:
    """Write the request to a witness for the last checkpoint; `trucewatch witness` answers it, or any witness of C2SP's kind.

    Over HTTP: `curl --data-binary @FILE https://WITNESS/add-checkpoint > FILE.cosignature`.

    Parameters
    ----------
    store
        The folder of the store; its keys lie beside it.
    mission
        The mission document; its section [journal] names the witnesses.
    witness
        The name of the witness, or that of its key.
    out
        The file to write, such as `paper.request`.
    old
        How many entries the witness saw, when it says so; by default those of the last checkpoint that it cosigned.
    database
        The address of the PostgreSQL database, where the record is in one.
    json_
        Print one JSON object instead of lines.
    """
    document, opening = opened_record(store, mission, database)
    with opening as opened:
        made = sealing.request(opened, _witness(document, witness), old_size=old)
    write_bytes(out, made.data)
    result({"file": str(out), "from": made.old_size, "entries": made.checkpoint.size}, as_json=json_)


def cosign(*files: Path, store: Path, mission: Path, database: str | None = None, json_: Json = False) -> None:
    """Take in the cosignatures of witnesses, each checked against the checkpoints of the log.

    Parameters
    ----------
    files
        Files of cosignatures, as `trucewatch witness` writes them.
    store
        The folder of the store; its keys lie beside it.
    mission
        The mission document; its section [journal] names the witnesses.
    database
        The address of the PostgreSQL database, where the record is in one.
    json_
        Print one JSON object instead of lines.
    """
    document, opening = opened_record(store, mission, database)
    trust = document.journal.trust()
    taken: dict[str, int] = {}
    with opening as opened:
        for path in files:
            try:
                lines = read_bytes(path).decode("utf-8")
            except UnicodeDecodeError as error:
                raise JournalError("not UTF-8", where=str(path), to_do="give a file of cosignatures") from error
            taken |= sealing.take_cosignatures(opened, lines, trust, where=str(path))
    result(taken, as_json=json_)


def export(*, store: Path, mission: Path, out: Out, database: str | None = None, json_: Json = False) -> None:
    """Write a copy of the journal for others, under a checkpoint over all of it; `trucewatch journal verify` verifies it.

    Ask the witnesses first, or the copy tells that they have not seen its end. It holds entries as they are: give it only to those
    who may read them.

    Parameters
    ----------
    store
        The folder of the store; its keys lie beside it.
    mission
        The mission document.
    out
        The folder to write, which must be empty or not there.
    database
        The address of the PostgreSQL database, where the record is in one.
    json_
        Print one JSON object instead of lines.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            "not an empty folder", where=str(out), to_do="name another: an old file in a copy would mislead"
        )
    with opened_record(store, mission, database)[1] as opened:
        copy = sealing.copy_of_record(opened)
    write_files(out, copy.files)
    told = {"folder": str(out), "entries": copy.ids.count(b"\n"), "checkpoints": len(copy.checkpoints)}
    result(told, as_json=json_)


def opened_record(store: Path, mission: Path, database: str | None) -> tuple[Mission, MissionRecord]:
    """Return the mission's document and its record; a store that is not there is not made here."""
    document = parse_mission(read_bytes(mission), name=str(mission))
    if not store.is_dir():
        raise UsageError(
            "no store there", where=str(store), to_do="name the folder that `trucewatch run` wrote: OUT/store"
        )
    return document, open_record(store, document.mission_id, now=dt.datetime.now(dt.UTC), database=database)


def _witness(document: Mission, name: str) -> VerifierKey:
    for each in document.journal.trust().witnesses:
        if name in (each.name, each.key.name):
            return each.key
    raise UsageError(
        "no such witness in the section [journal]", where=name, to_do="name one of the mission's witnesses"
    )
