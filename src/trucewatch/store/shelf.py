"""What was fused, in a folder: a part of each table for each block of time, so that a little more changes a few files.

    observations.parquet/  incidents.parquet/  members.parquet/  pairs.parquet/  draws.parquet/   a file for each block; each folder
                                          is read as one table
    aliases.parquet/                      a file for each time that incidents merged or split
    .state/                               what the next time needs: told/, settled/, rows-N.npy, bins-N.parquet, index.json

What is put goes to `.coming/N/`. When all of it is there, `index.json` is replaced by number N, which tells what goes where; then
files get their names. Whoever opens the folder after a crash finishes that, or throws away what `index.json` does not name.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from trucewatch.errors import StoreError, UsageError
from trucewatch.fuse import NOWHERE, TABLES, Block, Standing, Told, read_again, written
from trucewatch.store.files import DISK, Syscalls, cannot_write, make_folder, sync_folder, write_bytes

KINDS: Final = (*TABLES, "told")
INNER: Final = ("told", "settled")


@contextmanager
def shelf_in(folder: Path, *, disk: Syscalls = DISK) -> Iterator["Shelf"]:
    """Open a folder, or begin one, for the time of a `with`, in which nobody else may.

    Raises UsageError for one that holds tables as single files, or that another process adds to, or StoreError for one that is
    damaged or cannot be written.
    """
    if any((folder / f"{table}.parquet").is_file() for table in TABLES):
        raise UsageError(
            "this folder was not made to be added to", where=str(folder), to_do="give a new folder to --onto"
        )
    try:
        make_folder(folder / ".state", disk)
        lock = os.open(folder / ".state" / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Shelf(folder, disk)
    except BlockingIOError as error:
        raise UsageError("another process adds to this folder", where=str(folder), to_do="wait for it") from error
    finally:
        os.close(lock)


class Shelf:
    """A folder with what was fused; see `fuse.Shelf`. Opened by `shelf_in`."""

    def __init__(self, folder: Path, disk: Syscalls) -> None:
        self.folder, self._state, self._coming, self._disk = folder, folder / ".state", folder / ".coming", disk
        self._index = self._read()
        self._put: set[tuple[str, Block]] = set()
        try:
            if (self._coming / str(self._number)).exists():
                self._finish()
            if self._coming.exists():
                shutil.rmtree(self._coming)
        except OSError as error:
            raise cannot_write(folder, error) from error

    def standing(self) -> Standing | None:
        """Return what is known of all that stands; None where nothing does."""
        if not self._index:
            return None
        bins, counts, lasting = (
            pl.read_parquet(self._state / self._index[name]) for name in ("bins", "counts", "lasting")
        )
        asked = {_block(name): told for name, told in self._index["asked"].items()}
        pair = counts["name"].to_numpy(), counts["rows"].to_numpy()
        return Standing(self._index["given"], bins, pair, asked, frozenset(lasting["incident_id"]))

    def where(self, keys: "np.ndarray[Any, np.dtype[np.uint64]]") -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Return the instants, µs, of rows that stand, by their keys; `NOWHERE` for those that do not."""
        found, left = np.full(len(keys), NOWHERE, dtype=np.int64), np.arange(len(keys))
        for name in reversed(self._index["rows"] if self._index else []):
            run = np.load(self._state / name, mmap_mode="r")
            if len(left):
                at = np.minimum(np.searchsorted(run[0], keys[left]), run.shape[1] - 1)
                there = run[0][at] == keys[left]
                found[left[there]] = run[1][at[there]].view(np.int64)
                left = left[~there]
        return found

    def get(self, table: str, block: Block) -> pl.DataFrame:
        """Return what stands of a table in a block."""
        return pl.read_parquet(self._path(table, block))

    def told(self, block: Block) -> Told:
        """Return what the sweeps of a block told, put last."""
        path = self._next / "told" / _name("told", block)
        return read_again((path if ("told", block) in self._put else self._path("told", block)).read_bytes())

    def put(self, table: str, block: Block, frame: pl.DataFrame) -> None:
        """Put what a block has of a table."""
        try:
            frame.write_parquet(self._room(table, block), compression="zstd", compression_level=1, statistics=False)
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def put_told(self, block: Block, told: Told) -> None:
        """Put what the sweeps of a block told."""
        try:
            self._room("told", block).write_bytes(written(told))
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def drop(self, table: str, block: Block) -> None:
        """Take back what was put of a table for a block."""
        self._put.discard((table, block))

    def again(self, table: str, block: Block) -> pl.DataFrame:
        """Return what was put of a table for a block."""
        return pl.read_parquet(self._next / table / _name(table, block))

    def stand(
        self, standing: Standing, rows: "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]", aliases: pl.DataFrame
    ) -> None:
        """Let all that was put stand, and nothing of blocks that are no more. `rows`: keys and instants of the rows that came."""
        number = self._number + 1
        old = {_block(name) for name in (self._index["asked"] if self._index else ())}
        try:
            self._state.mkdir(parents=True, exist_ok=True)
            kept = self._with_rows(number, *rows)
            counts = pl.DataFrame({"name": standing.counts[0], "rows": standing.counts[1]})
            lasting = pl.DataFrame({"incident_id": sorted(standing.lasting)}, schema={"incident_id": pl.String})
            frames = {"bins": standing.bins, "counts": counts, "lasting": lasting}
            for name, frame in frames.items():
                frame.write_parquet(self._state / f"{name}-{number}.parquet")
            if aliases.height or number == 1:
                path = self._next / "aliases" / f"{number}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                aliases.write_parquet(path)
            for path in [
                *self._next.rglob("*.*"),
                *(self._state / f"{name}-{number}.parquet" for name in frames),
                *(self._state / name for name in kept),
            ]:
                self._sync(path)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        index = {
            "number": number, "given": standing.given, "rows": kept, **{name: f"{name}-{number}.parquet" for name in frames},
            "asked": {str_of(block): told for block, told in sorted(standing.asked.items())},
            "came": sorted((table, str_of(block)) for table, block in self._put), "aliases": bool(aliases.height or number == 1),
            "gone": sorted(str_of(block) for block in old - set(standing.asked)),
        }  # fmt: skip
        write_bytes(self._state / "index.json", json.dumps(index).encode(), disk=self._disk)
        self._index = index
        try:
            self._finish()
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        self._put.clear()
        shutil.rmtree(self._coming, ignore_errors=True)

    def _read(self) -> dict[str, Any]:
        """Return the index; empty where there is none. Raises StoreError for one that cannot be read."""
        path = self._state / "index.json"
        if not path.exists():
            return {}
        try:
            found = json.loads(path.read_bytes())
        except ValueError as error:
            raise StoreError(
                "the index is damaged", where=str(path), to_do="fuse all observations into a new folder"
            ) from error
        assert isinstance(found, dict)
        return found

    def _finish(self) -> None:
        """Give the files that came their names, and take away what is no more. It may be done twice."""
        folders, came = {self._folder_of(table) for table in (*KINDS, "aliases")}, self._coming / str(self._number)
        for folder in folders:
            make_folder(folder, self._disk)
        for table, name in self._index["came"]:
            block = _block(name)
            self._move(came / table / _name(table, block), self._path(table, block))
        if self._index["aliases"]:
            name = f"{self._number}.parquet"
            self._move(came / "aliases" / name, self._folder_of("aliases") / name)
        for name in self._index["gone"]:
            for table in KINDS:
                self._path(table, _block(name)).unlink(missing_ok=True)
        for folder in folders:
            sync_folder(folder, self._disk)
        named = {
            "index.json",
            ".lock",
            *self._index["rows"],
            *(self._index[name] for name in ("bins", "counts", "lasting")),
        }
        for path in [path for path in self._state.iterdir() if path.is_file() and path.name not in named]:
            path.unlink()

    def _move(self, path: Path, to: Path) -> None:
        if path.exists():
            self._disk.rename(path, to)

    def _with_rows(self, number: int, key: Any, at: Any) -> list[str]:
        """Write keys and instants of new rows, and return the names of all such files, the newest last; small ones become one.

        Of like files there is never more than one, so that there are few, and a row is written again a few times in all.
        """
        names = list(self._index["rows"] if self._index else [])
        order = np.argsort(key, kind="stable")
        run = np.stack([key[order], at[order].view(np.uint64)])
        while names and np.load(self._state / names[-1], mmap_mode="r").shape[1] < 2 * run.shape[1]:
            older = np.load(self._state / names.pop())
            older = older[:, ~np.isin(older[0], run[0])]
            run = np.concatenate([older, run], axis=1)
            run = run[:, np.argsort(run[0], kind="stable")]
        np.save(self._state / f"rows-{number}.npy", run)
        return [*names, f"rows-{number}.npy"]

    def _sync(self, path: Path) -> None:
        """Return when the bytes of a file are on the disk."""
        file = self._disk.open(path, os.O_RDONLY)
        try:
            self._disk.fsync(file)
        finally:
            os.close(file)

    def _room(self, table: str, block: Block) -> Path:
        """Return where to put what a block has of a table."""
        self._put.add((table, block))
        path = self._next / table / _name(table, block)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def _number(self) -> int:
        """How many times what was put came to stand."""
        return int(self._index["number"]) if self._index else 0

    @property
    def _next(self) -> Path:
        """Where lies what is put, until it stands."""
        return self._coming / str(self._number + 1)

    def _path(self, table: str, block: Block) -> Path:
        return self._folder_of(table) / _name(table, block)

    def _folder_of(self, table: str) -> Path:
        return self._state / table if table in INNER else self.folder / f"{table}.parquet"


def str_of(block: Block) -> str:
    """Return the name of a block."""
    return f"{block.start}-{block.length}"


def _block(name: str) -> Block:
    """Return the block of a name."""
    start, length = name.rsplit("-", 1)
    return Block(int(start), int(length))


def _name(table: str, block: Block) -> str:
    return f"{str_of(block)}.{'told' if table == 'told' else 'parquet'}"
