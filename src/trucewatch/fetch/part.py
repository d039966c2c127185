"""A file on its way: what came so far, and by what it is known to be the same file when the rest is asked for.

    NAME.part        the bytes that came
    NAME.part.json   the address (without the key), the validator for If-Range, and the length of the whole

The rest is asked for only with a strong validator (RFC 9110, section 13.1.5): an ETag that does not begin with W/, or a
Last-Modified at least a second older than the answer's own Date (section 8.8.2.2). Without one a file begins anew.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO


class Part:
    """The part of one file below its final name."""

    def __init__(self, path: Path, address: str) -> None:
        self.path = path
        self._about = path.with_name(path.name + ".json")
        self.validator, self.length = "", None
        told = self._told()
        if told.get("address") == address and told.get("validator") and path.is_file():
            self.validator, self.length = str(told["validator"]), _integer(told.get("length"))
        else:
            self.discard()
        self._address = address

    def _told(self) -> dict[str, object]:
        try:
            told = json.loads(self._about.read_bytes())
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    @property
    def size(self) -> int:
        """How many bytes came so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def begin(self, headers: Mapping[str, str], length: int | None) -> None:
        """Begin anew: an answer with the whole file starts, of `length` bytes where that is told."""
        self.path.write_bytes(b"")
        self.validator, self.length = strong_validator(headers), length
        about = {"address": self._address, "validator": self.validator, "length": length}
        self._about.write_text(json.dumps(about), encoding="utf-8")

    def open(self) -> BinaryIO:
        """Open it to write on from where it ends."""
        return self.path.open("ab")

    def finish(self) -> None:
        """Make sure that the bytes are on the disk, and forget how they came."""
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        self._about.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=True)
        self._about.unlink(missing_ok=True)
        self.validator, self.length = "", None


def strong_validator(headers: Mapping[str, str]) -> str:
    """Return what If-Range may name for an answer with these headers; "" where there is nothing strong enough."""
    etag = headers.get("etag", "")
    if etag.startswith('"'):
        return etag
    changed, answered = (_moment(headers.get(name, "")) for name in ("last-modified", "date"))
    if changed and answered and (answered - changed).total_seconds() >= 1:
        return headers["last-modified"]
    return ""


def _moment(text: str) -> datetime | None:
    """Return the instant of an HTTP date; None for what is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None
