"""What a witness keeps: the last checkpoint that it cosigned of each log, and evidence against logs.

One SQLite file. A transaction takes the writer's lock before it reads, so two requests at once are answered one after the other,
and what was cosigned is on the disk before the cosignature leaves (C2SP tlog-witness).
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from trucewatch.errors import StoreError

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS cosigned (origin TEXT PRIMARY KEY, checkpoint BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS evidence (checkpoint BLOB PRIMARY KEY)",
)
_PATIENCE_S: Final = 30.0


class Witnessed:
    """The file of a witness; it is made where there is none. Raises StoreError with the disk's reason."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self.turn():
            pass

    @contextlib.contextmanager
    def turn(self) -> Iterator["Turn"]:
        """Take the one turn that there is; what was kept in it is on the disk at its end, or nothing is."""
        try:
            with contextlib.closing(self._open()) as connection:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    for table in _TABLES:
                        connection.execute(table)
                    yield Turn(connection)
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            to_do = "check the disk, and that it is the file of a witness"
            raise StoreError(f"cannot be used: {error}", where=str(self._path), to_do=to_do) from error

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=_PATIENCE_S, isolation_level=None)
        connection.execute("PRAGMA synchronous = EXTRA")
        return connection


class Turn:
    """One turn of a witness: what it knows, and what it will know."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def last(self, origin: str) -> bytes | None:
        """Return the last checkpoint cosigned of a log, as its note."""
        found = self._connection.execute("SELECT checkpoint FROM cosigned WHERE origin = ?", (origin,)).fetchone()
        return bytes(found[0]) if found else None

    def every_last(self) -> list[bytes]:
        """Return the last checkpoint cosigned of each log, by origin."""
        return [bytes(row[0]) for row in self._connection.execute("SELECT checkpoint FROM cosigned ORDER BY origin")]

    def keep(self, origin: str, checkpoint: bytes) -> None:
        """Keep the last checkpoint cosigned of a log in place of the one before."""
        change = (
            "INSERT INTO cosigned VALUES (?, ?) ON CONFLICT (origin) DO UPDATE SET checkpoint = excluded.checkpoint"
        )
        self._connection.execute(change, (origin, checkpoint))

    def keep_evidence(self, checkpoint: bytes) -> None:
        """Keep a checkpoint as evidence; the same twice is one."""
        self._connection.execute("INSERT INTO evidence VALUES (?) ON CONFLICT DO NOTHING", (checkpoint,))

    def evidence(self) -> list[bytes]:
        """Return what was kept as evidence."""
        return [
            bytes(row[0]) for row in self._connection.execute("SELECT checkpoint FROM evidence ORDER BY checkpoint")
        ]
