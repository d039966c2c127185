"""Files read whole and written whole, through one layer of system calls."""

import contextlib
import os
import secrets
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import MissingError, StoreError, TableError, UsageError


class Syscalls:
    """Every call by which trucewatch changes the disk. A test puts another in its place, of which each may fail."""

    def open(self, path: Path, flags: int, mode: int = 0o644) -> int:
        """Open a file to write, or a folder to sync."""
        return os.open(path, flags, mode)

    def write(self, file: int, data: memoryview) -> int:
        """Write what the disk takes; return how many bytes."""
        return os.write(file, data)

    def fsync(self, file: int) -> None:
        """Return when the bytes of a file, or the names in a folder, are on the disk."""
        os.fsync(file)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its name; whoever had it goes."""
        os.replace(old, new)

    def unlink(self, path: Path) -> None:
        """Take a file away."""
        os.unlink(path)

    def mkdir(self, path: Path) -> None:
        """Make a folder."""
        os.mkdir(path)


DISK: Final = Syscalls()
PART: Final = ".writing-"
"""How the name of a file begins that is not whole yet: nobody reads it."""


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file. Raises MissingError when it is not there, UsageError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingError("no such file", where=str(path), to_do="correct the path") from error
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(path), to_do="check what it is") from error


def write_bytes(path: Path, data: bytes, *, disk: Syscalls = DISK, mode: int = 0o644) -> None:
    """Write a file whole or not at all; it is on the disk when this returns. Raises StoreError with the disk's reason."""
    try:
        make_folder(path.parent, disk)
        write_part(path, data, disk, mode)
        sync_folder(path.parent, disk)
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> StoreError:
    """Return the error of a write that failed."""
    return StoreError(f"cannot be written: {error.strerror}", where=str(path), to_do="check the disk")


def make_folder(folder: Path, disk: Syscalls) -> None:
    """Make a folder and those above it; their names are on the disk when this returns."""
    if folder.is_dir():
        return
    make_folder(folder.parent, disk)
    with contextlib.suppress(FileExistsError):
        disk.mkdir(folder)
    sync_folder(folder.parent, disk)


def sync_folder(folder: Path, disk: Syscalls) -> None:
    """Return when the names in a folder are on the disk."""
    file = disk.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        disk.fsync(file)
    finally:
        os.close(file)


def write_part(path: Path, data: bytes, disk: Syscalls, mode: int = 0o644) -> None:
    """Write beside, sync and rename; the name is not synced yet. A part that failed is taken away."""
    part = path.with_name(f"{PART}{secrets.token_hex(8)}")
    file = disk.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        try:
            left = memoryview(data)
            while left:
                left = left[disk.write(file, left) :]
            disk.fsync(file)
        finally:
            os.close(file)
        disk.rename(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            disk.unlink(part)
        raise


def write_files(folder: Path, files: Mapping[str, bytes], *, disk: Syscalls = DISK) -> None:
    """Write named files below `folder`, each whole or not at all; they are on the disk when this returns. Raises StoreError."""
    paths = {folder / name: data for name, data in files.items()}
    folders = {path.parent for path in paths}
    at = folder
    try:
        for at in folders:
            make_folder(at, disk)
        for at, data in paths.items():
            write_part(at, data, disk)
        for at in folders:
            sync_folder(at, disk)
    except OSError as error:
        raise cannot_write(at, error) from error


def forget(folder: Path, names: Iterable[str], *, but: Container[str]) -> None:
    """Remove those files of an earlier run that this one did not write: an old page beside a new one would mislead."""
    for name in names:
        if name not in but:
            (folder / name).unlink(missing_ok=True)


def read_table(path: Path, table: str) -> pl.DataFrame:
    """Return a Parquet file, or a folder of that name with its parts, as `table`, every rule checked.

    Raises MissingError or UsageError where nothing can be read, TableError naming the file otherwise.
    """
    try:
        in_parts = path.is_dir() and path.suffix == ".parquet"
        frame = pl.read_parquet(path / "*.parquet" if in_parts else read_bytes(path))
    except pl.exceptions.PolarsError as error:
        raise TableError("not a Parquet file", where=str(path), to_do=f"give a Parquet file of {table}") from error
    return tables.conform(frame, table, where=str(path))


def write_tables(folder: Path, frames: Mapping[str, pl.DataFrame]) -> None:
    """Write tables as `<name>.parquet` below `folder`. Raises StoreError with the disk's reason."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            part = folder / f"{PART}{name}.parquet"
            frame.write_parquet(part, compression="zstd", compression_level=1)
            part.replace(folder / f"{name}.parquet")
    except OSError as error:
        raise cannot_write(folder, error) from error
