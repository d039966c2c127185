"""A store copied into a folder, and made again from it, whichever database holds it.

The rules:

- The rows of the database are read as of one instant, before the files are copied: all that they name is there by then, since files
  are written before the rows that name them and never change.
- What is in the folder already is not copied again: the next backup into the same folder copies what is new.
- `backup.json` is written last, and says what belongs to it: rows by table, the size and root of the journal, hashes.
- Keys are not copied. Sealed data come back with their keys, from where these are kept, and not without them.
- To restore is to check every byte against its hash, the journal against its root, and each entry by the rules. Nothing is
  restored into what holds anything.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trucewatch.errors import MissingError, StoreError
from trucewatch.journal import Entry, Tree, parse_entry
from trucewatch.store.database import COLUMNS, FORMAT, Rows
from trucewatch.store.files import PART, read_bytes, write_bytes
from trucewatch.store.open import NAME_FILE, Store

TOLD: Final = "backup.json"
ROWS: Final = "rows.jsonl"
OWN: Final = ("turn",)
"""Tables that each database has for itself."""
FOLDERS: Final = ("locker", "objects")


@dataclass(frozen=True)
class Copied:
    """What a backup holds, or what was restored: rows by table, entries, the root of the journal, files."""

    rows: dict[str, int]
    entries: int
    root: str
    files: int
    new_files: int


def backup(store: Store, folder: Path) -> Copied:
    """Copy a store into `folder`, while others work with it. Raises StoreError for a folder with the backup of another."""
    name = read_bytes(store.folder / NAME_FILE)
    if (folder / NAME_FILE).exists() and read_bytes(folder / NAME_FILE) != name:
        raise StoreError("the backup of another store", where=str(folder), to_do="name another folder")
    rows = store.database.snapshot(_read_rows)
    tree = Tree(parse_entry(_bytes(row[3])).leaf for row in rows["entries"])
    lines = b"".join(_line(table, row) for table, every in rows.items() for row in every)
    dump = hashlib.sha256(lines).hexdigest()
    write_bytes(folder / NAME_FILE, name)
    write_bytes(folder / f"{dump}.{ROWS}", lines)
    files = new = 0
    for source in _files(store.folder):
        target = folder / source.relative_to(store.folder)
        files += 1
        if not target.exists():
            write_bytes(target, read_bytes(source))
            new += 1
    made = Copied({table: len(every) for table, every in rows.items()}, len(tree), tree.root().hex(), files, new)
    told = {
        "format": FORMAT,
        "dump": dump,
        "rows": made.rows,
        "entries": made.entries,
        "root": made.root,
        "files": files,
    }
    write_bytes(folder / TOLD, json.dumps(told, indent=1, sort_keys=True).encode())
    for old in folder.glob(f"*.{ROWS}"):
        if old.name != f"{dump}.{ROWS}":
            old.unlink()
    return made


def restore(folder: Path, store: Store, *, admit: Callable[[str, Sequence[Entry]], None]) -> Copied:
    """Fill an empty store from a backup. Raises StoreError for a store that is not empty, and for bytes that are not those.

    `admit(origin, entries)` raises a TrucewatchError for a journal that does not keep the rules: a backup is no way round them.
    """
    if not (folder / TOLD).is_file():
        raise MissingError(
            "no finished backup", where=str(folder), to_do="name the folder that a backup was written to"
        )
    told = json.loads(read_bytes(folder / TOLD))
    if told["format"] != FORMAT:
        raise StoreError(
            f"a backup of format {told['format']}", where=str(folder), to_do="use the trucewatch that made it"
        )
    if any(store.index.counts(["entries", "deliveries", "readings"]).values()) or any(_files(store.folder)):
        raise StoreError("this store is not empty", where=str(store.folder), to_do="name an empty folder and database")
    lines = _checked(folder / f"{told['dump']}.{ROWS}", told["dump"])
    every = _parsed(lines, folder)
    entries = [parse_entry(_value(row[3])) for table, row in every if table == "entries"]
    admit(next((row[1] for table, row in every if table == "meta" and row[0] == "origin"), ""), entries)
    files = 0
    for source in _files(folder):
        target = store.folder / source.relative_to(folder)
        write_bytes(target, _checked(source, source.name.partition(".")[0]))
        files += 1
    name = read_bytes(folder / NAME_FILE)
    store.database.write(lambda rows: _write_rows(rows, every))
    write_bytes(store.folder / NAME_FILE, name)
    kept = store.database.read("SELECT data FROM entries ORDER BY position")
    tree = Tree(parse_entry(bytes(data)).leaf for (data,) in kept)
    counts = store.index.counts([table for table in COLUMNS if table not in OWN])
    made = Copied(counts, len(tree), tree.root().hex(), files, files)
    if (made.rows, made.entries, made.root, made.files) != tuple(
        told[key] for key in ("rows", "entries", "root", "files")
    ):
        raise StoreError("what was restored is not what was backed up", where=str(folder), to_do="take another backup")
    return made


def _read_rows(rows: Rows) -> dict[str, list[Any]]:
    """Return the rows of every table, in one order."""
    every = [table for table in COLUMNS if table not in OWN]
    return {table: sorted(map(tuple, rows.all(f"SELECT * FROM {table}")), key=lambda row: row[:2]) for table in every}


def _parsed(lines: bytes, folder: Path) -> list[tuple[str, list[Any]]]:
    """Return the table and the values of each line. Raises StoreError for a table that no store has."""
    every = [(table, values) for table, *values in map(json.loads, lines.splitlines())]
    if unknown := {table for table, _ in every} - set(COLUMNS):
        raise StoreError(f"no tables of a store: {sorted(unknown)}", where=str(folder), to_do="take another backup")
    return sorted(every, key=lambda each: list(COLUMNS).index(each[0]))


def _write_rows(rows: Rows, every: Sequence[tuple[str, list[Any]]]) -> None:
    for table in COLUMNS:
        if table not in OWN:
            rows.do(f"DELETE FROM {table}")
    for table, values in every:
        marks = ", ".join("?" * len(values))
        rows.do(f"INSERT INTO {table} VALUES ({marks})", [_value(value) for value in values])


def _line(table: str, row: tuple[Any, ...]) -> bytes:
    told = [
        value if isinstance(value, str | int) else {"base64": base64.b64encode(_bytes(value)).decode()} for value in row
    ]
    return json.dumps([table, *told], ensure_ascii=True).encode() + b"\n"


def _bytes(value: Any) -> bytes:
    """Return bytes, as which neither driver gives them."""
    return bytes(value)


def _value(told: Any) -> Any:
    return base64.b64decode(told["base64"]) if isinstance(told, dict) else told


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a store, or a backup, that never change."""
    for name in FOLDERS:
        found = sorted((folder / name).glob("*")) if (folder / name).is_dir() else []
        yield from (path for path in found if not path.name.startswith(PART))


def _checked(path: Path, name: str) -> bytes:
    """Return the bytes of a file named by their hash. Raises StoreError when they are others."""
    data = read_bytes(path)
    if path.suffix != ".redacted" and hashlib.sha256(data).hexdigest() != name:
        raise StoreError("the bytes are not those that were backed up", where=str(path), to_do="take another backup")
    return data
