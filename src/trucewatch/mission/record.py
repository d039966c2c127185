"""The record of a mission: its store, its journal, and the keys of this station.

The log and the station have a key each, made at first use, readable by their owner only, in the folder of keys beside the store.
The first entry of a new journal is the `key_added` of its founder, which is the station, signed by that key itself. Every entry
after it goes through `verify.admit`: there is no other door. A hand in the database is one, so whoever opens the record folds its
entries by the rules again, and asks for the signature of each that the last checkpoint beside the log's key does not cover.
"""

import contextlib
import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from trucewatch.errors import ActRefused, StoreError, TrucewatchError, UsageError
from trucewatch.journal import (
    ED25519,
    Entry,
    Json,
    VerifierKey,
    origin_of,
    parse_checkpoint,
    sign_entry,
    verify_checkpoint,
)
from trucewatch.store import Record, Store, Syscalls, open_store, read_bytes, write_bytes
from trucewatch.verify import Standing, admit, check_signature

LOG_KEY: Final = "log.pem"
LAST: Final = "last.checkpoint"
STATION_KEY: Final = "station.pem"
FOUNDER_ROLES: Final[tuple[Json, ...]] = ("keeper", "observer")


@dataclass(frozen=True)
class MissionRecord:
    """The open record of one mission; close it with `with`."""

    store: Store
    record: Record[Standing]
    origin: str
    station: Ed25519PrivateKey

    def sign(self, kind: str, at_utc: dt.datetime, body: Mapping[str, Json]) -> Entry:
        """Return an entry of this log, signed by the station."""
        return sign_entry(kind, at_utc, body, self.station, origin=self.origin)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()


def open_record(
    folder: Path,
    mission_id: str,
    *,
    now: dt.datetime,
    database: str | None = None,
    station: Path | None = None,
    store: Store | None = None,
    clock: Callable[[], dt.datetime] | None = None,
) -> MissionRecord:
    """Open the record of a mission below `folder`; make store, keys and journal where there are none.

    `station`: a PEM file with the key that signs deliveries, in place of the one beside the store; `store`: one that is open
    already. Entries come in by `clock`, or at `now` where it stands still. Raises StoreError when the store is that of another
    mission.
    """
    store = store or open_store(folder, database=database)
    try:
        log = private_key(store.keys / LOG_KEY, make=store.disk) if _is_new(store) else None
        origin = store.setting("origin", origin_of(mission_id, log.public_key().public_bytes_raw()) if log else "")
        if origin.rpartition("/")[0] != mission_id:
            what = f"this is the store of mission {origin.rpartition('/')[0]!r}, not of {mission_id!r}"
            raise StoreError(what, where=str(store.folder), to_do="name another folder")
        key = private_key(station) if station else private_key(store.keys / STATION_KEY, make=store.disk)
        record = Record(
            store.database,
            begin=Standing.begin(origin),
            admit=partial(_admit, clock or (lambda: now)),
            check=check_signature,
            signed=_signed(store, origin),
        )
        opened = MissionRecord(store, record, origin, key)
        if not record.standing.state.size:  # folded at once: what a hand changed in the database is told at opening
            _found(opened, now)
    except BaseException:
        store.close()
        raise
    return opened


def _admit(clock: Callable[[], dt.datetime], standing: Standing, entry: Entry) -> None:
    admit(standing, entry, now=clock())


def admit_all(origin: str, entries: Sequence[Entry]) -> None:
    """Raise ActRefused for the first entry of a journal of that origin that its rules or its author's signature refuse."""
    standing = Standing.begin(origin)
    for position, entry in enumerate(entries):
        admit(standing, entry)
        standing = standing.after(entry, position)


def _signed(store: Store, origin: str) -> tuple[int, bytes] | None:
    """Return size and root of what the log signed last, as it lies beside its key; None where there is nothing that holds."""
    try:
        log = private_key(store.keys / LOG_KEY).public_key().public_bytes_raw()
        last = parse_checkpoint(read_bytes(store.keys / LAST))
        verify_checkpoint(last, VerifierKey(origin, ED25519, log))
    except TrucewatchError:
        return None
    return last.size, last.root


def _is_new(store: Store) -> bool:
    return not store.database.read("SELECT 1 FROM meta WHERE name = 'origin'")


def _found(opened: MissionRecord, now: dt.datetime) -> None:
    """Begin the journal with the station's key, unless another process did so a moment before."""
    body: dict[str, Json] = {
        "public_key": opened.station.public_key().public_bytes_raw().hex(), "name": "station", "roles": list(FOUNDER_ROLES),
        "state": "", "from_utc": now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "until_utc": None, "conflicts": [],
    }  # fmt: skip
    try:
        opened.record.append([opened.sign("key_added", now, body)])
    except ActRefused:
        if not opened.record.size:
            raise


def private_key(path: Path, *, make: Syscalls | None = None) -> Ed25519PrivateKey:
    """Return the private key in a PEM file; with `make`, one is made where there is none, readable by its owner only.

    Raises UsageError for another kind of file or key, MissingError where there is none.
    """
    if make is not None and not path.exists():
        _make_key(path, make)
    try:
        found = load_pem_private_key(read_bytes(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError("no private key without password", where=str(path), to_do="give a PEM file") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise UsageError("not an Ed25519 key", where=str(path), to_do="make one: openssl genpkey -algorithm ed25519")
    return found


def _make_key(path: Path, disk: Syscalls) -> None:
    """Write a new key; when two processes do so at once, one key stays and both use it."""
    data = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    part = path.with_name(f".{path.name}.{os.getpid()}")
    write_bytes(part, data, disk=disk, mode=0o600)
    with contextlib.suppress(FileExistsError):
        os.link(part, path)
    disk.unlink(part)
