"""What belongs to a subject is made unreadable for good: its bytes, and every table that holds a row of it.

In this order, so that whoever was interrupted does it again: what stands is published without the delivery, tables with rows of it
are taken away and leave tombstones (of every generation that ever stood, and those that name an incident made of such a row), and
its key is destroyed last. A report that was made of such a table is not made again: a
replay says "redacted", which is as it should be.
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from trucewatch.journal import Entry, parse_entry
from trucewatch.judge import duty_acts
from trucewatch.mission.generation import Generation, publish, snapshots_of
from trucewatch.mission.load import Loaded
from trucewatch.mission.standing import show, stand
from trucewatch.store import Store


def redact(store: Store, loaded: Loaded, subject: str) -> None:
    """Redact a subject: what is sealed under its key, and where it is that of a delivery, all rows that came with it."""
    for kept in store.index.deliveries():
        if kept.subject == subject:
            _without(store, loaded, kept.delivery_id)
    store.locker.redact(subject)


def _without(store: Store, loaded: Loaded, delivery_id: str) -> None:
    """Take every row of a delivery out of what stands, and away."""
    readings = store.index.readings()

    def change(old: Generation) -> Generation:
        of = {source: tuple(way for way in ways if way[0] != delivery_id) for source, ways in old.standing.of.items()}
        of = {source: ways for source, ways in of.items() if ways}
        standing = stand(
            store.objects,
            old.standing,
            of,
            readings=readings,
            snapshots=snapshots_of(loaded),
            mission=loaded.mission,
        )
        return replace(old, standing=show(store.objects, standing, duty_acts(loaded.agreement)))

    mine = [reading.objects for way, reading in readings.items() if way[0] == delivery_id]
    read = sorted({objects["observations"] for objects in mine if "observations" in objects})
    left = [name for name in read if store.objects.has([name])]
    if left:
        publish(store, change)
    ids = [store.objects.get(name, columns=["observation_id"])["observation_id"] for name in left]
    gone = {name for objects in mine for name in objects.values()}
    rows = pl.concat([pl.Series("observation_id", [delivery_id]), *ids])
    members = store.objects.with_rows_of(rows, "observation_id")
    incidents = [_incidents(store.objects.get(name), rows) for name in members]
    gone |= set(store.objects.with_rows_of(pl.concat([rows, *incidents])))
    gone -= _published(store)
    for name in (
        *sorted(gone - {*members, *read}),
        *(set(members) - set(read)),
        *read,
    ):  # by these the others are found
        store.objects.redact(name)


def _incidents(frame: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """Return the incidents that a table makes of these rows."""
    if "incident_id" not in frame.columns:
        return pl.Series("incident_id", [], dtype=pl.String)
    return frame.filter(pl.col("observation_id").is_in(rows.implode()))["incident_id"].drop_nulls()


def _published(store: Store) -> set[str]:
    """Return the tables that left with a release, masked: they are out, and the next release is made with them."""
    found = store.database.read("SELECT data FROM entries WHERE kind = 'release'")
    return {str(name) for (data,) in found for name in _released(parse_entry(bytes(data)))}


def _released(entry: Entry) -> Iterable[object]:
    told = entry.body.get("released")
    return told.values() if isinstance(told, dict) else ()
