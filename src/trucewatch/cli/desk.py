"""Where a person sits down: the open record, the mission and the person's key, for every command by which people act."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cyclopts import Parameter

from trucewatch import mission as missions
from trucewatch.cli.output import result
from trucewatch.cli.store import StoreFolder
from trucewatch.errors import MissingError
from trucewatch.journal import Entry
from trucewatch.mission.acts import Desk
from trucewatch.mission.document import parse_mission
from trucewatch.mission.record import MissionRecord, open_record, private_key
from trucewatch.store import read_bytes


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Seat:
    """Where a command works.

    Parameters
    ----------
    mission
        The mission document.
    store
        The folder of the store.
    database
        The address of the PostgreSQL database that holds the record, postgresql://…; SQLite in the store when absent.
    """

    mission: Path
    store: StoreFolder
    database: str | None = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class OwnSeat(Seat):
    """Where a person works, with a key of their own.

    Parameters
    ----------
    key
        Your Ed25519 private key, a PEM file.
    """

    key: Path


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class StationSeat(Seat):
    """Where a keeper works, or the station itself.

    Parameters
    ----------
    key
        Your Ed25519 private key, a PEM file; the station's, which founded the journal, when absent.
    """

    key: Path | None = None


@contextmanager
def desk(seat: Seat) -> Iterator[Desk]:
    """Open the record of a mission for one act, with the key of its seat; a seat without one is for reading."""
    document = parse_mission(read_bytes(seat.mission), name=str(seat.mission))
    if not seat.store.is_dir():
        to_do = "name the folder of the store; `trucewatch run` makes one"
        raise MissingError("no store", where=str(seat.store), to_do=to_do)
    now = dt.datetime.now(dt.UTC)
    with open_record(seat.store, document.mission_id, now=now, database=seat.database, clock=_now) as opened:
        yield Desk(opened, document, partial(missions.load, seat.mission), _key(seat, opened), now)


def _key(seat: Seat, opened: MissionRecord) -> Ed25519PrivateKey | None:
    match seat:
        case OwnSeat(key=Path() as path) | StationSeat(key=Path() as path):
            return private_key(path)
        case StationSeat():
            return opened.station
        case _:
            return None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def tell(at: Desk, entry: Entry, *, as_json: bool) -> None:
    """Print what became of an act."""
    state = at.opened.record.standing.state
    act = state.acts.get(entry.entry_id) or state.acts.get(str(entry.body.get("of", "")))
    status = act.status.replace("_", " ") if act else "entered"
    result({"entry": entry.entry_id, "position": state.entries[entry.entry_id], "status": status}, as_json=as_json)
