"""A store opened: its database, its locker, its objects and its keys.

<folder>/record.sqlite3      the database, unless it is PostgreSQL
<folder>/locker/<sha256>     original bytes, never changed
<folder>/objects/<sha256>.*  tables and manifests, never changed
<folder>/store               the name of the store, which the database has too
<folder>.keys/               beside it: keys of the log, of the station and of subjects; a backup leaves them out
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trucewatch.errors import StoreError, UsageError
from trucewatch.store.database import Database, Rows, postgres, sqlite
from trucewatch.store.files import DISK, Syscalls, read_bytes, write_bytes
from trucewatch.store.index import Index
from trucewatch.store.locker import Locker
from trucewatch.store.objects import Objects

DATABASE_FILE: Final = "record.sqlite3"
NAME_FILE: Final = "store"
SERVERS: Final = ("postgresql://", "postgres://")


@dataclass(frozen=True)
class Store:
    """An open store; close it with `with`."""

    folder: Path
    database: Database
    locker: Locker
    objects: Objects
    index: Index
    disk: Syscalls = DISK

    @property
    def keys(self) -> Path:
        """The folder of keys, beside the store."""
        return keys_beside(self.folder)

    def setting(self, name: str, otherwise: str) -> str:
        """Return what the database holds under a name; where there is nothing yet, it is `otherwise` from now on."""
        if found := self.database.read("SELECT value FROM meta WHERE name = ?", (name,)):
            return str(found[0][0])

        def work(rows: Rows) -> str:
            rows.do("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", (name, otherwise))
            return str(rows.all("SELECT value FROM meta WHERE name = ?", (name,))[0][0])

        return self.database.write(work)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def keys_beside(folder: Path) -> Path:
    """Return the folder of keys of the store in `folder`."""
    return folder.with_name(folder.name + ".keys")


def open_store(
    folder: Path,
    *,
    database: str | None = None,
    disk: Syscalls = DISK,
    connect: Callable[[], Any] | None = None,
    patience_s: float = 30.0,
) -> Store:
    """Open the store in `folder`, and make it where there is none.

    `database` is the address of a PostgreSQL database (`postgresql://…`) that holds the record; without it, an SQLite file
    in the folder does. `patience_s`: how long a database may be away before an error. `connect` stands in for the connection
    to SQLite in a test. Raises StoreError, UsageError for another address, MissingError without the driver.
    """
    folder = folder.absolute()
    if database is not None and not database.startswith(SERVERS):
        to_do = "give postgresql://…, or leave it out for SQLite in the folder"
        raise UsageError("not the address of a database", where="--database", to_do=to_do)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot be made: {error.strerror}", where=str(folder), to_do="name another folder") from error
    dialect = postgres(database) if database else sqlite(folder / DATABASE_FILE, connect)
    opened = Database(dialect, patience_s=patience_s)
    locker = Locker(folder / "locker", keys_beside(folder) / "subjects", disk)
    store = Store(folder, opened, locker, Objects(folder / "objects", disk), Index(opened), disk)
    try:
        opened.create()
        _same_name(store)
    except BaseException:
        store.close()
        raise
    return store


def _same_name(store: Store) -> None:
    """Refuse a folder and a database that do not belong together."""
    path = store.folder / NAME_FILE
    if not path.exists():
        name = store.setting("store", secrets.token_hex(16))
        write_bytes(path, f"{name}\n".encode(), disk=store.disk)
        return
    in_database = store.database.read("SELECT value FROM meta WHERE name = 'store'")
    if in_database != [(read_bytes(path).decode("ascii", "replace").strip(),)]:
        what = "this folder and this database belong to two stores"
        raise StoreError(what, where=str(store.folder), to_do="name the database that belongs to it")
