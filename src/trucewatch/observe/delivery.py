"""What a reader gets and what it gives: `Delivery`, `Given`, `Taken`."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import polars as pl

from trucewatch import tables
from trucewatch.errors import MissingError
from trucewatch.manifest import Manifest

Box = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""


@dataclass(frozen=True)
class Delivery:
    """Original bytes from a source: `name` of the file, `data`, and when they were received.

    `salt`: what is hashed before the bytes where these tell of persons, so that nobody can try contents against the hash.
    """

    name: str
    data: bytes
    received_utc: datetime
    source_id: str
    salt: bytes = b""

    @cached_property
    def sha256(self) -> str:
        """The hash of the salt, if any, and the bytes, hexadecimal."""
        return hashlib.sha256(self.salt + self.data).hexdigest()

    @property
    def delivery_id(self) -> str:
        """The name of the delivery in every table: the source and the first half of the hash."""
        return f"{self.source_id}-{self.sha256[:16]}"


def _nothing_beside(name: str) -> bytes:
    raise MissingError("this mission gives no file of that name", where=name, to_do="name it in the mission document")


@dataclass(frozen=True)
class Given:
    """What a mission gives its readers: the manifest, the time zone, `beside`, which returns a named file's bytes, and
    `box`, where the mission is, which tells a longitude from a latitude; None where that is not known.

    `options` are the keys that the mission document gives this source (names of files, a sheet …); a reader checks them
    and refuses what it does not know.
    """

    manifest: Manifest
    time_zone: ZoneInfo
    options: Mapping[str, str] = field(default_factory=dict)
    beside: Callable[[str], bytes] = _nothing_beside
    box: Box | None = None


@dataclass(frozen=True)
class Taken:
    """What a reader made of a delivery. Rows in = observations + context + set_aside + repeated + superseded, always.

    `observations`: table of that name, each with its `native_id`; `set_aside`: table of that name;
    `context`: rows of the tables `alerts`, `claims`, `statements`, by table, each with its `native_id`, and its `line`;
    `withdrawn`: native ids that the delivery itself takes back; `sightings`: table of that name, or empty.
    """

    rows_in: int
    observations: pl.DataFrame
    set_aside: pl.DataFrame
    repeated: int = 0
    superseded: int = 0
    withdrawn: tuple[str, ...] = ()
    sightings: pl.DataFrame = field(default_factory=lambda: tables.empty("sightings"))
    context: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    @property
    def accounted(self) -> int:
        """The rows that the reader accounts for."""
        context = sum(frame.height for frame in self.context.values())
        return self.observations.height + context + self.set_aside.height + self.repeated + self.superseded
