"""Care for the store: `rebuild`, `backup`, `restore`, `prune`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from trucewatch import mission as missions
from trucewatch import store as storing
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import Clock, result
from trucewatch.errors import MissingError
from trucewatch.mission import prune as pruning
from trucewatch.mission.record import admit_all
from trucewatch.words import plain

StoreFolder = Annotated[Path, Parameter(name="--store")]


def rebuild(*, store: StoreFolder, database: str | None = None, json_: Json = False) -> int:
    """Read every delivery that stands again, derive all tables again, and say whether they are the same bytes.

    A table that was lost or damaged is written again. In the same environment all are the same; what is not is named and takes
    the place of what stood, and the exit code is 10.

    Parameters
    ----------
    store
        The folder of the store.
    database
        The address of the PostgreSQL database that holds the record, postgresql://…; SQLite in the store when absent.
    json_
        Print one JSON object instead of lines.
    """
    clock = Clock()
    made = missions.rebuild(store, database=database, stages=clock)
    clock.tell()
    told = {
        "deliveries": made.deliveries, "reports": made.reports, "reports_of_earlier_deliveries": made.earlier,
        "same": not made.differ, "differ": list(made.differ), "redacted": list(made.redacted),
    }  # fmt: skip
    result(told, as_json=json_)
    return 10 if made.differ else 0


def backup(*, store: StoreFolder, out: Out, database: str | None = None, json_: Json = False) -> None:
    """Copy a store into a folder while it is in use; the next backup into that folder copies only what is new.

    Keys are not copied: keep `store.keys` elsewhere, apart from the backups.

    Parameters
    ----------
    store
        The folder of the store.
    out
        The folder to write to.
    database
        The address of the PostgreSQL database that holds the record, postgresql://…; SQLite in the store when absent.
    json_
        Print one JSON object instead of lines.
    """
    if not store.is_dir():
        raise MissingError("no store", where=str(store), to_do="name the folder of the store")
    with storing.open_store(store, database=database) as opened:
        made = storing.backup(opened, out)
        result(_told(made) | {"new_files": made.new_files, "not_copied": str(opened.keys)}, as_json=json_)


def restore(backup: Path, *, store: StoreFolder, database: str | None = None, json_: Json = False) -> None:
    """Make a store from a backup; each file is checked against its hash, the journal against its root and by its rules.

    The database may be another kind than the one that was backed up.

    Parameters
    ----------
    backup
        The folder of the backup.
    store
        The folder of the new store; nothing may be there yet.
    database
        The address of an empty PostgreSQL database to hold the record, postgresql://…; SQLite in the store when absent.
    json_
        Print one JSON object instead of lines.
    """
    with storing.open_store(store, database=database) as opened:
        result(_told(storing.restore(backup, opened, admit=admit_all)), as_json=json_)


def prune(
    *,
    store: StoreFolder,
    generations: int | None = None,
    remove: Annotated[bool, Parameter(negative="")] = False,
    database: str | None = None,
    json_: Json = False,
) -> None:
    """List the objects of a store that no generation and no release needs any more; with `--remove`, take them away.

    Other commands may be at work: what anybody wrote or asked for within a day stays. Original bytes and the journal are never
    touched.

    Parameters
    ----------
    store
        The folder of the store.
    generations
        How many generations before the one that stands are kept; all when absent. Reports of others can be made again no more,
        but for those that were released.
    remove
        Take them away, and do not only list them.
    database
        The address of the PostgreSQL database that holds the record, postgresql://…; SQLite in the store when absent.
    json_
        Print one JSON object instead of lines.
    """
    made = pruning.prune(store, database=database, generations=generations, remove=remove)
    if not json_:
        for name, size in made.unneeded.items():
            print(plain(f"{name}  {size:,} bytes"))
    told = {
        "objects": made.objects, "bytes": made.bytes, "unneeded": len(made.unneeded),
        "unneeded_bytes": sum(made.unneeded.values()), "generations_let_go": len(made.generations),
        "removed": len(made.removed), "removed_bytes": sum(made.unneeded[name] for name in made.removed),
    }  # fmt: skip
    result(told, as_json=json_)


def _told(made: storing.Copied) -> dict[str, object]:
    return {"entries": made.entries, "root": made.root, "rows": made.rows, "files": made.files}
