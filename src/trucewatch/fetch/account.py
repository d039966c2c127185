"""`fetched.json` beside the files: where each came from, when, and by what it is known. The key is not in it."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from trucewatch.errors import UsageError

NAME: Final = "fetched.json"
_BLOCK: Final = 1 << 20


class Account:
    """The account of one folder, written anew after each file, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._files: dict[str, dict[str, Any]] = {}
        try:
            told = json.loads(self._path.read_bytes())
            self._files = {str(name): dict(entry) for name, entry in told["files"].items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            to_do = "remove it: the files are brought again"
            raise UsageError("not an account of fetched files", where=str(self._path), to_do=to_do) from error

    def of(self, name: str) -> dict[str, Any] | None:
        """Return what is told of a file."""
        return self._files.get(name)

    def put(self, name: str, entry: dict[str, Any]) -> None:
        """Tell of a file."""
        self._files[name] = entry
        text = json.dumps({"files": self._files}, ensure_ascii=False, indent=1, sort_keys=True)
        part = self._path.with_name(NAME + ".part")
        with part.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)


def sha256_of(path: Path) -> str:
    """Return the hash of a file, hexadecimal; "" where there is none."""
    if not path.is_file():
        return ""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep every other fetch out of a folder. Raises UsageError when one is in it."""
    with (folder / ".fetching").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError("another fetch writes here", where=str(folder), to_do="wait for it") from error
        yield
