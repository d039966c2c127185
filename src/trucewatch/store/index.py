"""The index: which deliveries were taken in and what was made of them, what steps computed, which generation stands."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trucewatch.journal import Entry
from trucewatch.store.database import Database, Rows
from trucewatch.store.record import Record


@dataclass(frozen=True)
class Kept:
    """A delivery in the locker: `sha256` names its bytes there, `subject` whose they are ("" for nobody's)."""

    delivery_id: str
    source_id: str
    name: str
    sha256: str
    subject: str = ""


@dataclass(frozen=True)
class Reading:
    """What one reading of a delivery made: the row of its account, and the objects of its tables with rows."""

    delivery_id: str
    reading: str
    account: Mapping[str, Any]
    objects: Mapping[str, str]


class Index:
    """The tables of the database beside the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def delivery(self, delivery_id: str) -> Kept | None:
        """Return a delivery that was taken in; None for one that was not."""
        columns = "delivery_id, source_id, name, sha256, subject"
        found = self._database.read(f"SELECT {columns} FROM deliveries WHERE delivery_id = ?", (delivery_id,))
        return Kept(*found[0]) if found else None

    def deliveries(self) -> list[Kept]:
        """Return every delivery that was taken in, by the name of its file."""
        columns = "delivery_id, source_id, name, sha256, subject"
        return [
            Kept(*row) for row in self._database.read(f"SELECT {columns} FROM deliveries ORDER BY name, delivery_id")
        ]

    def readings(self) -> dict[tuple[str, str], Reading]:
        """Return every reading, by delivery and name of the reading."""
        found = self._database.read("SELECT delivery_id, reading, account, objects FROM readings")
        return {(one, way): Reading(one, way, json.loads(told), json.loads(parts)) for one, way, told, parts in found}

    def read_again(self, reading: Reading) -> None:
        """Write another reading of a delivery that was taken in before; what was there stays as it is."""
        self._database.write(lambda rows: _put_reading(rows, reading))

    def take_in(self, record: Record[Any], entry: Entry, kept: Kept, reading: Reading) -> None:
        """Write a delivery's entry, its row and its reading, in one transaction; of two who do so at once, one does it."""

        def beside(rows: Rows) -> None:
            there = rows.all("SELECT 1 FROM deliveries WHERE delivery_id = ?", (kept.delivery_id,))
            if there:
                raise _AlreadyTakenIn
            values = (kept.delivery_id, kept.source_id, kept.name, kept.sha256, kept.subject, entry.entry_id)
            rows.do("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?)", values)
            _put_reading(rows, reading)

        try:
            record.append([entry], beside=beside)
        except _AlreadyTakenIn:
            self.read_again(reading)

    def computed(self, key: str) -> dict[str, str] | None:
        """Return the objects that a step made of inputs with this key; None when it was not computed."""
        found = self._database.read("SELECT objects FROM computed WHERE step_key = ?", (key,))
        return json.loads(found[0][0]) if found else None

    def keep_computed(self, made: Mapping[str, Mapping[str, str]]) -> None:
        """Keep what steps made, by key; what was there first stays."""

        def work(rows: Rows) -> None:
            for key, objects in made.items():
                told = json.dumps(objects, sort_keys=True)
                rows.do("INSERT INTO computed VALUES (?, ?) ON CONFLICT DO NOTHING", (key, told))

        if made:
            self._database.write(work)

    def forget_computed(self) -> None:
        """Forget what steps made, so that they compute again."""
        self._database.write(lambda rows: rows.do("DELETE FROM computed"))

    def every_computed(self) -> dict[str, dict[str, str]]:
        """Return the objects that steps made, by the key of the step."""
        return {key: json.loads(told) for key, told in self._database.read("SELECT step_key, objects FROM computed")}

    def forget(self, generations: Iterable[str], steps: Iterable[str]) -> None:
        """Forget generations that stood once, and what steps made. The generation that stands stays."""
        named, keys = sorted(generations), sorted(steps)

        def work(rows: Rows) -> None:
            for name in named:
                stands = "SELECT generation FROM pointer"
                rows.do(f"DELETE FROM generations WHERE generation = ? AND generation NOT IN ({stands})", (name,))
            for key in keys:
                rows.do("DELETE FROM computed WHERE step_key = ?", (key,))

        self._database.write(work)

    def generation(self) -> str:
        """Return the name of the generation that stands; "" before the first."""
        return str(self._database.read("SELECT generation FROM pointer")[0][0])

    def publish(self, generation: str, *, instead_of: str) -> bool:
        """Let the pointer name another generation, if it still names `instead_of`; say whether it did."""

        def work(rows: Rows) -> bool:
            if rows.all("SELECT generation FROM pointer") == [(generation,)]:
                return True  # also when this transaction is done a second time
            swap = "UPDATE pointer SET generation = ? WHERE generation = ?"
            if not rows.do(swap, (generation, instead_of)):
                return False
            number = "SELECT COALESCE(MAX(number), 0) + 1, ?, (SELECT COUNT(*) FROM entries) FROM generations"
            rows.do(f"INSERT INTO generations {number}", (generation,))
            return True

        return self._database.write(work)

    def generations(self) -> list[tuple[str, int]]:
        """Return the generations that were published, the oldest first, each with the size of the journal then."""
        found = self._database.read("SELECT generation, size FROM generations ORDER BY number")
        return [(str(name), int(size)) for name, size in found]

    def counts(self, tables: Sequence[str]) -> dict[str, int]:
        """Return the number of rows of tables, as of one instant."""

        def work(rows: Rows) -> dict[str, int]:
            return {table: int(rows.all(f"SELECT COUNT(*) FROM {table}")[0][0]) for table in tables}

        return self._database.snapshot(work)


class _AlreadyTakenIn(Exception):  # noqa: N818  (it ends a transaction, and nobody sees it)
    """Another process took in the same delivery a moment before."""


def _put_reading(rows: Rows, reading: Reading) -> None:
    told = [
        json.dumps(part, ensure_ascii=False, sort_keys=True, default=_told)
        for part in (reading.account, reading.objects)
    ]
    values = (reading.delivery_id, reading.reading, *told)
    rows.do("INSERT INTO readings VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", values)


def _told(value: object) -> str:
    assert isinstance(value, dt.datetime)
    return value.isoformat()
