"""Tables that never change: Parquet files named by the hash of their bytes, and manifests that name them."""

import contextlib
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from trucewatch.errors import StoreError
from trucewatch.store.files import DISK, Syscalls, cannot_write, make_folder, sync_folder, write_bytes, write_part
from trucewatch.store.locker import TOMBSTONE, Redacted

TABLE: Final = ".parquet"
MANIFEST: Final = ".json"


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
                if not path.exists() or (self._is_careful and path.read_bytes() != data):
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
        """Say whether all these tables are there."""
        return all((self.folder / (name + TABLE)).is_file() for name in names)

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

    def with_rows_of(self, column: str, values: pl.Series) -> list[str]:
        """Return the names of all tables that have one of these values in a column of that name."""
        found = []
        for path in sorted(self.folder.glob(f"*{TABLE}")):
            if column in pl.read_parquet_schema(path):
                rows = pl.scan_parquet(path).filter(pl.col(column).is_in(values.implode())).head(1).collect()
                found += [path.stem] if rows.height else []
        return found

    def _tombstone(self, name: str) -> Path:
        return self.folder / (name + TOMBSTONE)
