"""Tables that never change: Parquet files named by the hash of their bytes, and manifests that name them.

What nothing names any more may be swept away beside running processes. Whoever puts or asks for an object marks it as wanted now
(its time of change), and will name it within a day. Sweeping takes an old one aside, and puts it back when it was marked
meanwhile; whoever looks for it in between finds none, and writes it anew.
"""

import contextlib
import hashlib
import io
import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from trucewatch.errors import StoreError
from trucewatch.store.files import DISK, PART, Syscalls, cannot_write, make_folder, sync_folder, write_bytes, write_part
from trucewatch.store.locker import TOMBSTONE, Redacted

TABLE: Final = ".parquet"
MANIFEST: Final = ".json"
ASIDE: Final = PART + "aside-"


def encoded(frame: pl.DataFrame) -> bytes:
    """Return a table as Parquet; equal tables give equal bytes with the same version of Polars."""
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(buffer, compression="zstd", compression_level=1)
    return buffer.getvalue()


class Objects:
    """The objects below one folder."""

    def __init__(self, folder: Path, disk: Syscalls = DISK, *, is_careful: bool = False) -> None:
        """`is_careful`: what is there already is compared, and written anew where its bytes are not those of its name."""
        self.folder = folder
        self._disk = disk
        self._is_careful = is_careful

    def put(self, frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
        """Keep tables and return the hash of each; they are on the disk when this returns."""
        hashes = self.put_bytes([encoded(frame) for frame in frames.values()], TABLE)
        return dict(zip(frames, hashes, strict=True))

    def put_manifest(self, manifest: Mapping[str, Any]) -> str:
        """Keep a manifest, as JSON in one spelling, and return its hash."""
        data = json.dumps(manifest, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        return self.put_bytes([data], MANIFEST)[0]

    def put_bytes(self, every: Iterable[bytes], end: str) -> list[str]:
        """Keep bytes under their hashes; they are on the disk when this returns."""
        hashes = []
        try:
            make_folder(self.folder, self._disk)
            for data in every:
                name = hashlib.sha256(data).hexdigest()
                path = self.folder / (name + end)
                if not _wanted(path) or (self._is_careful and path.read_bytes() != data):
                    write_part(path, data, self._disk)
                hashes.append(name)
            if hashes:
                sync_folder(self.folder, self._disk)  # also for one that was there: its writer may not have come so far
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        return hashes

    def get(self, name: str, columns: list[str] | None = None) -> pl.DataFrame:
        """Return a table, or some of its columns. Raises StoreError when its bytes are not those of its name."""
        return pl.read_parquet(self.get_bytes(name, TABLE), columns=columns)

    def rows(self, name: str) -> int:
        """Return how many rows a table has."""
        return int(pl.scan_parquet(self.path(name)).select(pl.len()).collect().item())

    def get_manifest(self, name: str) -> dict[str, Any]:
        """Return a manifest."""
        found = json.loads(self.get_bytes(name, MANIFEST))
        assert isinstance(found, dict)
        return found

    def get_bytes(self, name: str, end: str = TABLE) -> bytes:
        """Return the bytes of an object. Raises StoreError when they are not there or not those of its name."""
        path = self.folder / (name + end)
        try:
            data = path.read_bytes()
        except OSError as error:
            if self._tombstone(name).exists():
                raise Redacted("this table was redacted", where=name) from error
            to_do = "restore the backup, or run `trucewatch rebuild`"
            raise StoreError(f"an object cannot be read: {error.strerror}", where=str(path), to_do=to_do) from error
        if hashlib.sha256(data).hexdigest() != name:
            to_do = "restore the backup, or take the file away and run `trucewatch rebuild`"
            raise StoreError("the bytes of an object are not those of its name", where=str(path), to_do=to_do)
        return data

    def has(self, names: Iterable[str]) -> bool:
        """Say whether all these tables are there; they stay for whoever asked."""
        there = [_wanted(self.folder / (name + TABLE)) for name in names]  # every one is marked
        return all(there)

    def path(self, name: str) -> Path:
        """Return where a table lies."""
        return self.folder / (name + TABLE)

    def redact(self, name: str) -> None:
        """Take a table away for good and leave a tombstone: who asks for it is told that it was redacted."""
        write_bytes(self._tombstone(name), b"", disk=self._disk)
        try:
            with contextlib.suppress(FileNotFoundError):
                self._disk.unlink(self.path(name))
            sync_folder(self.folder, self._disk)
        except OSError as error:
            raise cannot_write(self.path(name), error) from error

    def with_rows_of(self, values: pl.Series, column: str | None = None) -> list[str]:
        """Return the names of all tables that have one of these values in a column of that name, or in any column of text."""
        found = []
        for path in sorted(self.folder.glob(f"*{TABLE}")):
            kinds = pl.read_parquet_schema(path)
            text = [pl.col(name) for name, kind in kinds.items() if kind == pl.String and column in (None, name)]
            lists = [pl.col(name) for name, kind in kinds.items() if kind == pl.List(pl.String) and column is None]
            asked = [each.is_in(values.implode()) for each in text]
            asked += [each.list.eval(pl.element().is_in(values.implode())).list.any() for each in lists]
            if asked and pl.scan_parquet(path).filter(pl.any_horizontal(asked)).head(1).collect().height:
                found.append(path.stem)
        return found

    def every(self) -> dict[str, int]:
        """Return the files of all objects, but for tombstones, and how many bytes each has."""
        found = {}
        for path in self.folder.glob("*"):
            if not path.name.startswith(PART) and path.suffix != TOMBSTONE:
                with contextlib.suppress(FileNotFoundError):
                    found[path.name] = path.stat().st_size
        return found

    def sweep(self, names: Iterable[str], *, unwanted_s: float) -> list[str]:
        """Take these files away for good, but for those that somebody wanted in the last seconds; return those taken away."""
        gone = []
        try:
            for left in self.folder.glob(f"{ASIDE}*"):  # of a sweep that was interrupted
                left.rename(self.folder / left.name.removeprefix(ASIDE))
            for name in names:
                path, aside = self.folder / name, self.folder / (ASIDE + name)
                with contextlib.suppress(FileNotFoundError):
                    if time.time() - path.stat().st_mtime < unwanted_s:
                        continue
                    path.rename(aside)
                    if time.time() - aside.stat().st_mtime < unwanted_s:
                        aside.rename(path)
                        continue
                    self._disk.unlink(aside)
                    gone.append(name)
            sync_folder(self.folder, self._disk)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        return gone

    def _tombstone(self, name: str) -> Path:
        return self.folder / (name + TOMBSTONE)


def _wanted(path: Path) -> bool:
    """Say whether a file is there, and mark it as wanted now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
