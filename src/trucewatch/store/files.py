"""Files read whole and written whole."""

import os
import tempfile
from collections.abc import Container, Iterable, Mapping
from pathlib import Path

import polars as pl

from trucewatch import tables
from trucewatch.errors import MissingError, TableError, TrucewatchError, UsageError


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file. Raises MissingError when it is not there, UsageError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingError("no such file", where=str(path), to_do="correct the path") from error
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(path), to_do="check what it is") from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, durably. Raises TrucewatchError with the disk's reason."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".writing-", delete=False) as file:
            part = Path(file.name)
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                part.chmod(0o644)
                part.replace(path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise TrucewatchError(
            f"cannot be written: {error.strerror}", where=str(path), to_do="check the disk"
        ) from error


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write named files below `folder`."""
    for name, data in files.items():
        write_bytes(folder / name, data)


def forget(folder: Path, names: Iterable[str], *, but: Container[str]) -> None:
    """Remove those files of an earlier run that this one did not write: an old page beside a new one would mislead."""
    for name in names:
        if name not in but:
            (folder / name).unlink(missing_ok=True)


def read_table(path: Path, table: str) -> pl.DataFrame:
    """Return a Parquet file as `table`, every rule checked. Raises MissingError, or TableError naming the file."""
    try:
        frame = pl.read_parquet(read_bytes(path))
    except pl.exceptions.PolarsError as error:
        raise TableError("not a Parquet file", where=str(path), to_do=f"give a Parquet file of {table}") from error
    return tables.conform(frame, table, where=str(path))


def write_tables(folder: Path, frames: Mapping[str, pl.DataFrame]) -> None:
    """Write tables as `<name>.parquet` below `folder`. Raises TrucewatchError with the disk's reason."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            part = folder / f".writing-{name}.parquet"
            frame.write_parquet(part, compression="zstd", compression_level=1)
            part.replace(folder / f"{name}.parquet")
    except OSError as error:
        raise TrucewatchError(
            f"cannot be written: {error.strerror}", where=str(folder), to_do="check the disk"
        ) from error
