"""Tables that are too large to hold, written to one file each while they are made."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from trucewatch import tables
from trucewatch.errors import StoreError
from trucewatch.store.files import PART, cannot_write


@contextmanager
def written_by_parts(folder: Path, names: Iterable[str]) -> Iterator[Callable[[str, pl.DataFrame], None]]:
    """Return a function that adds a frame to one of several tables, `<name>.parquet` below `folder`, for the time of a `with`.

    Hardly more than a frame of each is held. Where an error leaves the `with`, none of the files is written. Raises StoreError with
    the disk's reason.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    sinks = {name: _Sink(folder / f"{name}.parquet", name) for name in names}
    try:
        yield lambda name, frame: sinks[name].put(frame)
        for sink in sinks.values():
            sink.put(None)
            sink.end()
    except BaseException:
        for sink in sinks.values():
            sink.stop()
        raise
    try:
        for sink in sinks.values():
            sink.whole.replace(sink.path)
    except OSError as error:
        raise cannot_write(folder, error) from error


class _Stopped(Exception):  # noqa: N818
    """Nobody wants the file any more."""


class _Sink:
    """A thread that writes frames of one table to one file as they come."""

    def __init__(self, path: Path, table: str) -> None:
        self.path, self.whole = path, path.with_name(f"{PART}{path.name}")
        self._coming: queue.Queue[pl.DataFrame | None] = queue.Queue(2)
        self._error: BaseException | None = None
        self._stopped = False
        self._frames = register_io_source(self._taken, schema=tables.dtypes(table))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, frame: pl.DataFrame | None) -> None:
        """Give a frame, None after the last. Raises StoreError if the file could not be written."""
        while True:
            self._tell()
            with suppress(queue.Full):
                self._coming.put(frame, timeout=0.5)
                return

    def end(self) -> None:
        """Return when all is written."""
        self._thread.join()
        self._tell()

    def stop(self) -> None:
        """Write no more, and leave nothing."""
        self._stopped = True
        while self._thread.is_alive():
            with suppress(queue.Full):
                self._coming.put(None, timeout=0.1)
            self._thread.join(0.1)
        self.whole.unlink(missing_ok=True)

    def _tell(self) -> None:
        if self._error:
            reason = str(self._error).partition("\n")[0]
            raise StoreError(
                f"cannot be written: {reason}", where=str(self.path), to_do="check the disk"
            ) from self._error

    def _taken(self, *_: object) -> Iterator[pl.DataFrame]:
        """Return the frames: all are written, so no column or row is asked for."""
        while (frame := self._coming.get()) is not None:
            yield frame
        if self._stopped:
            raise _Stopped

    def _run(self) -> None:
        try:
            self._frames.sink_parquet(self.whole, compression="zstd", compression_level=1)
        except BaseException as error:
            self._error = error
