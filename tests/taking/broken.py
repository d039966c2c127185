"""Disks that fail: our own layer of system calls, and a file system below SQLite."""

import os
import pathlib
import sqlite3

import apsw

from trucewatch.store import Syscalls


class Died(BaseException):
    """The process died here; nothing that it does afterwards reaches the disk."""


class Failing(Syscalls):
    """System calls of which number `fails` fails with `code`; without a code, the process dies there."""

    def __init__(self, fails: int, code: int | None) -> None:
        self.calls = 0
        self._fails = fails
        self._code = code

    def _count(self) -> None:
        self.calls += 1
        if self._code is None and self.calls >= self._fails:
            raise Died
        if self.calls == self._fails:
            raise OSError(self._code, os.strerror(self._code))

    def open(self, path, flags, mode=0o644):
        self._count()
        return super().open(path, flags, mode)

    def write(self, file, data):
        self._count()
        if self.calls + 1 == self._fails:  # the next call is the one that fails: half of this one is written
            return super().write(file, data[: max(1, len(data) // 2)])
        return super().write(file, data)

    def fsync(self, file):
        self._count()
        super().fsync(file)

    def rename(self, old, new):
        self._count()
        super().rename(old, new)

    def unlink(self, path):
        self._count()
        super().unlink(path)

    def mkdir(self, path):
        self._count()
        super().mkdir(path)


class Base(apsw.VFS):
    """A file system of SQLite of which change number `fails` fails; `dies`: so do all after it."""

    def __init__(self) -> None:
        super().__init__("broken", "")
        self.set(0)

    def set(self, fails: int, error: type[Exception] = apsw.IOError, *, dies: bool = False) -> None:
        """Fail change number `fails` from now on; 0 for none."""
        self.calls, self._fails, self._error, self._dies = 0, fails, error, dies

    def count(self) -> None:
        self.calls += 1
        if self._fails and (self.calls == self._fails or (self._dies and self.calls > self._fails)):
            raise self._error("the disk fails")

    def xOpen(self, name, flags):
        return File(self, name, flags)

    def xDelete(self, name, sync):
        self.count()
        super().xDelete(name, sync)


class File(apsw.VFSFile):
    def __init__(self, base: Base, name, flags) -> None:
        super().__init__("", name, flags)
        self._base = base

    def xWrite(self, data, offset):
        self._base.count()
        super().xWrite(data, offset)

    def xSync(self, flags):
        self._base.count()
        super().xSync(flags)

    def xTruncate(self, size):
        self._base.count()
        super().xTruncate(size)


class Rows:
    """What a statement gave, as the standard driver gives it."""

    def __init__(self, rows: list, changed: int) -> None:
        self._rows = rows
        self.rowcount = changed

    def fetchall(self) -> list:
        return self._rows


class Connection:
    """A connection over the broken file system, with the errors of the standard driver."""

    def __init__(self, path: pathlib.Path) -> None:
        self._connection = apsw.Connection(str(path), vfs="broken")
        try:
            for line in (
                "locking_mode = EXCLUSIVE",
                "journal_mode = WAL",
                "synchronous = FULL",
                "wal_autocheckpoint = 4",
            ):
                self.execute(f"PRAGMA {line}")
        except BaseException:
            self.close()
            raise

    def execute(self, sql: str, values: tuple = ()) -> Rows:
        try:
            return Rows(self._connection.execute(sql, values).fetchall(), self._connection.changes())
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error

    def close(self) -> None:
        try:
            self._connection.close(True)
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error
