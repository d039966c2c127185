"""`bundle`: decisions made off line, on a stick."""

from pathlib import Path

from trucewatch.cli.desk import desk
from trucewatch.cli.output import result
from trucewatch.cli.stages import Json, Out
from trucewatch.cli.store import StoreFolder
from trucewatch.store import read_bytes, write_bytes


def export(
    *,
    out: Out,
    since: int = 0,
    mine: bool = False,
    mission: Path,
    store: StoreFolder,
    key: Path | None = None,
    database: str | None = None,
    json_: Json = False,
) -> None:
    """Write entries of this record into a bundle, to be merged elsewhere.

    Parameters
    ----------
    out
        The file to write.
    since
        The position from which on entries are written.
    mine
        Only those signed with this key.
    mission
        The mission document.
    store
        The folder of the store.
    key
        Your Ed25519 private key, a PEM file.
    database
        The address of the PostgreSQL database that holds the record, postgresql://…; SQLite in the store when absent.
    json_
        Print one JSON object instead of lines.
    """
    with desk(mission, store, key, database, as_station=True) as at:
        data = at.export(since, mine=mine)
    write_bytes(out, data)
    result({"file": str(out), "entries": data.count(b"\n") - 1}, as_json=json_)


def import_(
    bundle: Path,
    *,
    mission: Path,
    store: StoreFolder,
    key: Path,
    database: str | None = None,
    json_: Json = False,
) -> int:
    """Merge a bundle into the record: every entry goes through the rules, and none is lost without a word.

    Exit code 11 when some were refused; each is named with the rule it breaks, and the bundle itself is kept in the locker.

    Parameters
    ----------
    bundle
        The bundle.
    mission
        The mission document.
    store
        The folder of the store.
    key
        Your Ed25519 private key, a PEM file.
    database
        The address of the PostgreSQL database that holds the record, postgresql://…; SQLite in the store when absent.
    json_
        Print one JSON object instead of lines.
    """
    with desk(mission, store, key, database) as at:
        merged = at.take_in(read_bytes(bundle), name=str(bundle))
    told = {
        "taken": len(merged.taken), "known": len(merged.known), "refused": len(merged.refused),
        **{entry.entry_id: str(error) for entry, error in merged.refused},
    }  # fmt: skip
    result(told, as_json=json_)
    return 11 if merged.refused else 0
