"""Take in what was delivered: every file of every source once, on the record.

A delivery is its bytes in the locker, its tables as objects, one `delivery` entry signed by this station, and its row in the index.
Bytes and tables are on the disk before entry and row are written, which is one transaction: a delivery is taken in wholly or not
at all, and when `advance` is called for its file, it is durable.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from trucewatch import tables
from trucewatch.errors import DeliveryError, MissingError
from trucewatch.journal import Json
from trucewatch.mission.load import Loaded, SourceInUse
from trucewatch.mission.record import MissionRecord
from trucewatch.mission.stages import Stages
from trucewatch.mission.standing import Way
from trucewatch.observe import Delivery, take_in
from trucewatch.store import Kept, Reading, Store, read_bytes


@dataclass(frozen=True)
class Intake:
    """The deliveries of each source in their order, sources by name, what each reading made, and what could not be read at all."""

    of: Mapping[str, tuple[Way, ...]]
    readings: Mapping[Way, Reading]
    refused: tuple[DeliveryError, ...]

    @property
    def deliveries(self) -> pl.DataFrame:
        """Table `deliveries`."""
        return account(self.of, self.readings)


def account(of: Mapping[str, tuple[Way, ...]], readings: Mapping[Way, Reading]) -> pl.DataFrame:
    """Return table `deliveries` of these."""
    rows = [_row(readings[way].account) for ways in of.values() for way in ways]
    return tables.conform(pl.DataFrame(rows, schema=tables.dtypes("deliveries")), "deliveries")


def _row(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "received_utc": datetime.fromisoformat(str(told["received_utc"]))}


def take_in_all(loaded: Loaded, data: Path, opened: MissionRecord, *, now: datetime, stages: Stages) -> Intake:
    """Take in all files of the mission below `data`; what was taken in already is not read again.

    A file that cannot be read at all is refused and named; the others go on. Of files with the same bytes the last counts,
    as it would for a snapshot that returns to what it was; the others are named. Raises MissingError when no file of any
    source is there, DeliveryError when every file was refused.
    """
    data = data.resolve()
    waiting = [(source, path) for source in loaded.sources for path in _files(source, data)]
    if not waiting:
        wanted = [pattern for source in loaded.sources for pattern in source.files]
        raise MissingError(f"no file of any source: {wanted}", where=str(data), to_do="name the right data folder")
    readings = opened.store.index.readings()
    of: dict[str, dict[Way, str]] = {}
    refused = []
    with stages.stage("observe", sum(path.stat().st_size for _, path in waiting), "bytes") as advance:
        for source, path in waiting:
            try:
                name = path.relative_to(data).as_posix()
                delivery = delivery_of(source, name, read_bytes(path), now, opened.store)
                way = take_in_one(source, delivery, opened, readings)
                deliveries = of.setdefault(source.source_id, {})
                if again := next((known for known in deliveries if known[0] == way[0]), None):
                    refused.append(
                        DeliveryError("the same bytes came again", where=deliveries.pop(again), to_do=f"see {name}")
                    )
                deliveries[way] = name
            except DeliveryError as error:
                refused.append(error)
            advance(path.stat().st_size)
    if not of:
        raise refused[0]
    return Intake({source: tuple(of[source]) for source in sorted(of)}, readings, tuple(refused))


def delivery_of(source: SourceInUse, name: str, data: bytes, received_utc: datetime, store: Store) -> Delivery:
    """Return the delivery that these bytes are."""
    salt = store.locker.salt() if source.given.manifest.personal else b""
    return Delivery(name=name, data=data, received_utc=received_utc, source_id=source.source_id, salt=salt)


def take_in_one(source: SourceInUse, delivery: Delivery, opened: MissionRecord, readings: dict[Way, Reading]) -> Way:
    """Take in one delivery unless it is in `readings`, to which it is added; it is durable when this returns.

    Raises DeliveryError when it cannot be read at all, and when it was redacted; then nothing of it is kept.
    """
    way = (delivery.delivery_id, reading_of(source, delivery.name))
    before = opened.store.index.delivery(way[0]) if delivery.salt else None
    if before and opened.store.locker.is_redacted(before.subject):
        to_do = "take the file out of the data folder"
        raise DeliveryError("this delivery was redacted", where=delivery.name, to_do=to_do)
    if way in readings:
        return way
    made = tables_of(source, delivery, opened.store)
    enter(delivery, made, opened)
    readings[way] = made
    return way


def enter(delivery: Delivery, made: Reading, opened: MissionRecord) -> None:
    """Enter a delivery of which `made` was read: its bytes, its entry, its row; durable when this returns."""
    store = opened.store
    if store.index.delivery(delivery.delivery_id):
        store.index.read_again(made)
        return
    subject = store.locker.new_subject(delivery.delivery_id.encode()) if delivery.salt else ""
    sha256 = store.locker.keep(delivery.data, subject=subject)
    kept = Kept(delivery.delivery_id, delivery.source_id, delivery.name, sha256, subject)
    entry = opened.sign("delivery", delivery.received_utc, _body(delivery, kept))
    store.index.take_in(opened.record, entry, kept, made)


def tables_of(source: SourceInUse, delivery: Delivery, store: Store) -> Reading:
    """Read a delivery and keep its tables; return what was made. Raises DeliveryError when it cannot be read at all."""
    taken = take_in(delivery, source.read, source.given)
    frames = {
        "observations": taken.observations,
        **taken.context,
        "set_aside": taken.set_aside,
        "sightings": taken.sightings,
        "withdrawn": taken.withdrawn,
    }
    return Reading(
        delivery.delivery_id,
        reading_of(source, delivery.name),
        account=taken.delivery.row(0, named=True),
        objects=store.objects.put({table: frame for table, frame in frames.items() if frame.height}),
    )


def reading_of(source: SourceInUse, name: str) -> str:
    """Return how a file of that name is read by a source, as a short name."""
    return hashlib.sha256(f"{source.reading}|{name}".encode()).hexdigest()[:16]


def _body(delivery: Delivery, kept: Kept) -> dict[str, Json]:
    """Return the body of the entry: neither the name of the file nor anything it says."""
    salted: dict[str, Json] = {"salted_sha256": delivery.sha256} if delivery.salt else {}
    return {
        "delivery_id": delivery.delivery_id,
        "source_id": delivery.source_id,
        "sha256": kept.sha256,
        "bytes": len(delivery.data),
        "received_utc": delivery.received_utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "commitment": kept.subject,
        **salted,
    }


def _files(source: SourceInUse, data: Path) -> Iterator[Path]:
    """Yield the files of a source below `data`, in order of their names; none that a link leads out to."""
    found = {path for pattern in source.files for path in data.glob(pattern) if path.is_file()}
    yield from sorted(path for path in found if path.resolve().is_relative_to(data))
