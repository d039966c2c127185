"""Where a person sits down: the open record, the mission and the person's key, for every command by which people act."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trucewatch import mission as missions
from trucewatch.cli.output import result
from trucewatch.errors import MissingError
from trucewatch.journal import Entry
from trucewatch.mission.acts import Desk
from trucewatch.mission.record import open_record, private_key


@contextmanager
def desk(
    mission: Path, store: Path, key: Path | None, database: str | None, *, as_station: bool = False
) -> Iterator[Desk]:
    """Open the record of a mission for one act; without a key for reading, or with the key of the station."""
    loaded = missions.load(mission)
    if not store.is_dir():
        to_do = "name the folder of the store; `trucewatch run` makes one"
        raise MissingError("no store", where=str(store), to_do=to_do)
    now = dt.datetime.now(dt.UTC)
    with open_record(store, loaded.mission.mission_id, now=now, database=database, clock=_now) as opened:
        mine = private_key(key) if key else opened.station if as_station else None
        yield Desk(opened, loaded, mine, now)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def tell(at: Desk, entry: Entry, *, as_json: bool) -> None:
    """Print what became of an act."""
    state = at.opened.record.standing.state
    act = state.acts.get(entry.entry_id) or state.acts.get(str(entry.body.get("of", "")))
    status = act.status.replace("_", " ") if act else "entered"
    result({"entry": entry.entry_id, "position": state.entries[entry.entry_id], "status": status}, as_json=as_json)
