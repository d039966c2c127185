"""Deliveries already taken in: the original bytes in the locker, the tables made from them beside.

    locker/<sha256>                      original bytes, never changed
    taken/<delivery_id>-<reading>/       observations, set_aside, sightings, withdrawn, deliveries as Parquet

`reading` names how the bytes were read (manifest, options, version), so that a changed reader reads again.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from trucewatch.store.files import write_bytes, write_tables


class Shelf:
    """The taken deliveries below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, sha256: str, data: bytes) -> None:
        """Put original bytes into the locker; the same twice is one."""
        path = self._folder / "locker" / sha256
        if not path.exists():
            write_bytes(path, data)

    def has(self, delivery_id: str, reading: str) -> bool:
        """Say whether a delivery was taken in this way before."""
        return self._place(delivery_id, reading).is_dir()

    def put(self, delivery_id: str, reading: str, frames: Mapping[str, pl.DataFrame]) -> None:
        """Put the tables of a delivery on the shelf, all or none; what another run put there first stays."""
        place = self._place(delivery_id, reading)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".writing-") as part:
            write_tables(Path(part) / place.name, frames)
            if not place.is_dir():
                (Path(part) / place.name).replace(place)

    def get(self, delivery_id: str, reading: str, table: str) -> pl.DataFrame:
        """Return one table of a delivery."""
        return pl.read_parquet(self._place(delivery_id, reading) / f"{table}.parquet")

    def _place(self, delivery_id: str, reading: str) -> Path:
        return self._folder / "taken" / f"{delivery_id}-{reading}"
