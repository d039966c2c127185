"""The database: SQLite or PostgreSQL, one code path.

Both get the same SQL, the same transactions and the same retries; what differs stands in `Dialect`. A transaction that writes
first takes the one writer's lock, so that what it reads is the latest and nobody else writes until it is done. When `write`
returns, what it wrote is on the disk: SQLite in WAL mode with synchronous=FULL, PostgreSQL with synchronous_commit=on. A
transaction that was cut off (a server that was killed, a lock that was held too long) is begun again, so its work must be
written such that a second time finds what the first may have done.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from trucewatch.errors import MissingError, StoreError

T = TypeVar("T")
Values = Sequence[object]
FORMAT: Final = 1
COLUMNS: Final = {
    "meta": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "turn": "one INTEGER PRIMARY KEY, number BIGINT NOT NULL",
    "entries": "position BIGINT PRIMARY KEY, entry_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, data {blob} NOT NULL",
    "checkpoints": "number BIGINT PRIMARY KEY, size BIGINT NOT NULL, note {blob} NOT NULL",
    "deliveries": "delivery_id TEXT PRIMARY KEY, source_id TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,"
    " subject TEXT NOT NULL, entry_id TEXT NOT NULL UNIQUE",
    "readings": "delivery_id TEXT NOT NULL, reading TEXT NOT NULL, account TEXT NOT NULL, objects TEXT NOT NULL,"
    " PRIMARY KEY (delivery_id, reading)",
    "computed": "step_key TEXT PRIMARY KEY, objects TEXT NOT NULL",
    "generations": "number BIGINT PRIMARY KEY, generation TEXT NOT NULL, size BIGINT NOT NULL",
    "pointer": "one INTEGER PRIMARY KEY, generation TEXT NOT NULL",
}
"""The tables of the database."""
BEGINNING: Final = (
    "INSERT INTO turn VALUES (1, 0) ON CONFLICT DO NOTHING",
    "INSERT INTO pointer VALUES (1, '') ON CONFLICT DO NOTHING",
    f"INSERT INTO meta VALUES ('format', '{FORMAT}') ON CONFLICT DO NOTHING",
)
TAKE_TURN: Final = "UPDATE turn SET number = number + 1"


@dataclass(frozen=True)
class Dialect:
    """What differs between two databases: how to connect and to begin, two words of SQL, and which errors pass by themselves."""

    connect: Callable[[], Any]
    begin: str
    begin_reading: str
    placeholder: str
    blob: str
    errors: tuple[type[Exception], ...]
    passes: Callable[[Exception], bool]
    where: str


class Rows:
    """One open transaction."""

    def __init__(self, connection: Any, placeholder: str) -> None:
        self._connection = connection
        self._placeholder = placeholder

    def all(self, sql: str, values: Values = ()) -> list[Any]:
        """Return the rows of a query."""
        return list(self._execute(sql, values).fetchall())

    def do(self, sql: str, values: Values = ()) -> int:
        """Change rows; return how many."""
        return int(self._execute(sql, values).rowcount)

    def _execute(self, sql: str, values: Values) -> Any:
        return self._connection.execute(sql.replace("?", self._placeholder), tuple(values))


class Database:
    """A connection that is opened when needed, and again after it was lost."""

    def __init__(self, dialect: Dialect, *, patience_s: float = 30.0) -> None:
        self._dialect = dialect
        self._patience_s = patience_s
        self._connection: Any = None

    def create(self) -> None:
        """Make the tables that are not there. Raises StoreError for a store of another format."""

        def work(rows: Rows) -> None:
            for table, columns in COLUMNS.items():
                rows.do(f"CREATE TABLE IF NOT EXISTS {table} ({columns.format(blob=self._dialect.blob)})")
            for line in BEGINNING:
                rows.do(line)

        told = self._format()
        if told is None:
            try:
                self._again(work)
            except StoreError:  # another process may have made them at the same moment
                if self._format() is None:
                    raise
            told = self._format()
        if told != str(FORMAT):
            what = f"a store of format {told}, and this trucewatch knows {FORMAT}"
            raise StoreError(what, where=self._dialect.where, to_do="use the trucewatch that made it")

    def _format(self) -> str | None:
        """Return the format of the store; None where there is none yet."""
        try:
            rows = self.read("SELECT value FROM meta WHERE name = 'format'")
        except StoreError as error:
            if isinstance(error.__cause__, Exception) and self._dialect.passes(error.__cause__):
                raise
            return None  # no such table
        return str(rows[0][0]) if rows else None

    def write(self, work: Callable[[Rows], T]) -> T:
        """Do `work` in one transaction, alone; what it wrote is on the disk when this returns. `work` may be called again.

        Raises StoreError when the database cannot do it, or did not come back within the patience.
        """
        return self._again(work, first=TAKE_TURN)

    def read(self, sql: str, values: Values = ()) -> list[Any]:
        """Return the rows of a query."""
        return self._again(lambda rows: rows.all(sql, values), begin=False)

    def snapshot(self, work: Callable[[Rows], T]) -> T:
        """Read several things as of one instant, while others write."""
        return self._again(work, begin=self._dialect.begin_reading)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with contextlib.suppress(*self._dialect.errors):
                self._connection.close()
            self._connection = None

    def _again(self, work: Callable[[Rows], T], *, first: str | None = None, begin: str | bool = True) -> T:
        """Do `work`, again while the error is one that passes."""
        until, wait = time.monotonic() + self._patience_s, 0.01
        while True:
            try:
                return self._once(work, first, self._dialect.begin if begin is True else begin)
            except self._dialect.errors as error:
                passes = self._dialect.passes(error)
                self._abandon(drop=passes)
                if not passes or time.monotonic() + wait > until:
                    raise self._told(error) from error
                time.sleep(wait)
                wait = min(2 * wait, 0.5)
            except BaseException:
                self._abandon(drop=False)
                raise

    def _once(self, work: Callable[[Rows], T], first: str | None, begin: str | bool) -> T:
        if self._connection is None:
            self._connection = self._dialect.connect()
        rows = Rows(self._connection, self._dialect.placeholder)
        if not begin:
            return work(rows)
        self._connection.execute(begin)
        if first:
            rows.do(first)
        done = work(rows)
        self._connection.execute("COMMIT")
        return done

    def _abandon(self, *, drop: bool) -> None:
        """Roll back; drop a connection that cannot."""
        if self._connection is None:
            return
        try:
            if not drop:
                self._connection.execute("ROLLBACK")
                return
        except self._dialect.errors:
            pass
        self.close()

    def _told(self, error: Exception) -> StoreError:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        return StoreError(f"the database says: {said}", where=self._dialect.where, to_do="check it and its disk")


def sqlite(path: Path, connect: Callable[[], Any] | None = None) -> Dialect:
    """Return the dialect of an SQLite file; `connect` stands in for the connection in a test."""

    def opened() -> Any:
        connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        try:
            for line in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000"):
                connection.execute(f"PRAGMA {line}")
        except BaseException:
            connection.close()
            raise
        return connection

    return Dialect(connect or opened, "BEGIN IMMEDIATE", "BEGIN", "?", "BLOB", (sqlite3.Error,), _is_busy, str(path))


def _is_busy(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def postgres(dsn: str) -> Dialect:
    """Return the dialect of a PostgreSQL database. Raises MissingError without psycopg."""
    try:
        import psycopg
    except ImportError as error:
        to_do = "pip install 'trucewatch[postgres]'"
        raise MissingError("PostgreSQL needs the package psycopg", where="psycopg", to_do=to_do) from error

    def opened() -> Any:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=10)
        connection.execute("SET synchronous_commit = on")
        return connection

    def passes(error: Exception) -> bool:
        """Whether the server was away (08, 57P), or two were in each other's way (40, 55P)."""
        state = getattr(error, "sqlstate", None)
        if state is None:
            return isinstance(error, psycopg.OperationalError)
        return state[:2] in ("08", "40") or state[:3] in ("57P", "55P")

    where = psycopg.conninfo.conninfo_to_dict(dsn)
    shown = f"PostgreSQL {where.get('host', '')} {where.get('dbname', '')}".strip()
    return Dialect(
        opened, "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ", "%s", "BYTEA", (psycopg.Error,), passes, shown
    )
