"""The record: the entries of the journal as the database keeps them, in one order, each admitted before it is written."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, Protocol, Self, TypeVar

from trucewatch.errors import StoreError, TrucewatchError
from trucewatch.journal import Entry, Tree, leaf_hash, parse_entry
from trucewatch.store.database import Database, Rows

AT_ONCE: Final = 5_000
"""Entries read in one query."""


class Standing(Protocol):
    """What follows from the entries so far, by which the next is admitted; it is not changed, `after` gives another."""

    def after(self, entry: Entry, position: int) -> Self:
        """Return the standing when `entry` has its place."""


S = TypeVar("S", bound=Standing)


def _nothing(_: Rows) -> None:
    """Write nothing beside."""


def _unchecked(_: object, __: Entry) -> None:
    """Believe every entry."""


class Record(Generic[S]):
    """The entries of one log. There is no other door by which an entry is written than `append`.

    `begin`: the standing before the first entry. `admit(standing, entry)` raises a TrucewatchError for an entry that may not
    follow.

    What is in the database was admitted before it came there, but a hand in the database may have changed it since. So it is folded
    by the rules again, and `check(standing, entry)` raises where an entry is not its author's. `signed`, the size and root of
    what the log itself vouches for from outside the database, spares that for the entries which give that root.
    """

    def __init__(
        self,
        database: Database,
        *,
        begin: S,
        admit: Callable[[S, Entry], None],
        check: Callable[[S, Entry], None] = _unchecked,
        signed: tuple[int, bytes] | None = None,
    ) -> None:
        self._database = database
        self._begin = begin
        self._admit = admit
        self._check = check
        self._signed = signed
        self._folded: tuple[int, S] = (0, begin)
        self._tree = Tree()

    def append(self, entries: Sequence[Entry], *, beside: Callable[[Rows], None] = _nothing) -> range:
        """Write entries and return their positions: all in one transaction, or none; on the disk when this returns.

        `beside` writes to other tables in the same transaction. Entries that are all there already, side by side, are not
        written twice: this returns where they stand. Raises what `admit` raises, and StoreError.
        """

        def work(rows: Rows) -> tuple[range, tuple[int, S]]:
            if there := self._where(rows, entries):
                return there, self._folded
            position, standing = self._fold(rows)
            first = position
            for entry in entries:
                self._admit(standing, entry)
                standing = standing.after(entry, position)
                values = (position, entry.entry_id, entry.kind, entry.data)
                rows.do("INSERT INTO entries (position, entry_id, kind, data) VALUES (?, ?, ?, ?)", values)
                position += 1
            beside(rows)
            return range(first, position), (position, standing)

        placed, self._folded = self._database.write(work)
        return placed

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[Entry]:
        """Yield the entries from position `start` up to `end`."""
        end = self.size if end is None else end
        for low in range(start, end, AT_ONCE):
            high = min(low + AT_ONCE, end)
            found = self._database.read(*_between(low, high))
            yield from (parse_entry(bytes(data), where=f"entry {place}") for place, data in found)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return int(self._database.read("SELECT COUNT(*) FROM entries")[0][0])

    @property
    def standing(self) -> S:
        """What follows from all entries."""
        self._folded = self._database.snapshot(self._fold)
        return self._folded[1]

    def tree(self) -> Tree:
        """Return the tree over all entries; it grows with the next call."""
        for entry in self.entries(len(self._tree)):
            self._tree.append(entry.leaf)
        return self._tree

    def position(self, entry_id: str) -> int | None:
        """Return where the entry of that id stands; None where it does not."""
        found = self._database.read("SELECT position FROM entries WHERE entry_id = ?", (entry_id,))
        return int(found[0][0]) if found else None

    def keep_checkpoint(self, size: int, note: bytes) -> None:
        """Keep a signed checkpoint over the first `size` entries, as it was signed or cosigned; the same twice is one."""

        def work(rows: Rows) -> None:
            known = rows.all("SELECT note FROM checkpoints WHERE size = ?", (size,))
            if note not in [bytes(one) for (one,) in known]:
                insert = "INSERT INTO checkpoints SELECT COALESCE(MAX(number), 0) + 1, ?, ? FROM checkpoints"
                rows.do(insert, (size, note))

        self._database.write(work)

    def checkpoints(self) -> list[tuple[int, bytes]]:
        """Return the checkpoints kept, the oldest first: size and signed note."""
        found = self._database.read("SELECT size, note FROM checkpoints ORDER BY number")
        return [(int(size), bytes(note)) for size, note in found]

    def _fold(self, rows: Rows) -> tuple[int, S]:
        """Return how many entries there are and what follows from them; only those not folded yet are read."""
        believed = self._believed(rows) if self._folded[0] == 0 else 0
        position, standing = self._folded
        while found := rows.all(*_between(position, position + AT_ONCE, "position, data, entry_id, kind")):
            for place, data, entry_id, kind in found:
                if place != position:
                    to_do = "restore the backup"
                    raise StoreError(f"entry {position} is not there", where="table entries", to_do=to_do)
                entry = parse_entry(bytes(data), where=f"entry {place}")
                try:
                    following = standing.after(entry, position)
                    if position >= believed:
                        self._check(standing, entry)
                except TrucewatchError as error:
                    raise _changed(position, str(error)) from error
                if (entry.entry_id, entry.kind) != (entry_id, kind):
                    raise _changed(position, "its row tells another id or kind")
                position, standing = position + 1, following
        return position, standing

    def _believed(self, rows: Rows) -> int:
        """Return how many entries from the first on are those of which the log signed the root; 0 where they are not."""
        size, root = self._signed or (0, b"")
        tree = Tree()
        while len(tree) < size:
            found = rows.all(*_between(len(tree), min(len(tree) + AT_ONCE, size)))
            if not found:
                return 0
            for _, data in found:
                tree.append(leaf_hash(bytes(data)))
        return size if size and tree.root() == root else 0

    def _where(self, rows: Rows, entries: Sequence[Entry]) -> range | None:
        """Return where the entries stand, all of them; None when none does. Raises StoreError when some do."""
        places = []
        for entry in entries:
            found = rows.all("SELECT position FROM entries WHERE entry_id = ?", (entry.entry_id,))
            places += [int(place) for (place,) in found]
        if not places:
            return None
        if places != list(range(places[0], places[0] + len(entries))):
            to_do = "append only those that are not there"
            raise StoreError(
                "some of these entries are in the journal already", where=f"entry {places[0]}", to_do=to_do
            )
        return range(places[0], places[-1] + 1)


def _changed(position: int, why: str) -> StoreError:
    to_do = "somebody changed the database: restore the backup, and see `trucewatch journal verify`"
    return StoreError(f"entry {position} is not what was entered: {why}", where="table entries", to_do=to_do)


def _between(low: int, high: int, columns: str = "position, data") -> tuple[str, tuple[int, int]]:
    return f"SELECT {columns} FROM entries WHERE position >= ? AND position < ? ORDER BY position", (low, high)
