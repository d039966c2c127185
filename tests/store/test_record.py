"""Entries are written in one order, each admitted, all or none, whatever the database."""

import datetime as dt
import threading
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.errors import StoreError, UsageError
from trucewatch.journal import Entry, sign_entry
from trucewatch.store import Record, open_store

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Seen:
    """How many entries there were, and the last number."""

    count: int = 0
    last: int = -1

    def after(self, entry: Entry, position: int) -> "Seen":
        assert position == self.count
        return Seen(self.count + 1, int(entry.body["number"]))


class RefusedError(Exception):
    """The rule of this test does not admit an entry."""


def upwards(seen: Seen, entry: Entry) -> None:
    if int(entry.body["number"]) <= seen.last:
        raise RefusedError


def entry(number: int, word: str = "") -> Entry:
    return sign_entry("claim", AT, {"number": number, "word": word}, KEY, origin="test/0")


def opened(folder, address=None):
    store = open_store(folder / "store", database=address)
    return store, Record(store.database, begin=Seen(), admit=upwards)


def test_what_is_appended_is_there_in_its_order_for_another_process_too(tmp_path, address):
    store, record = opened(tmp_path, address)
    assert record.append([entry(1), entry(2)]) == range(2)
    assert record.append([entry(5)]) == range(2, 3)
    store.close()
    store, record = opened(tmp_path, address)
    with store:
        assert [one.body["number"] for one in record.entries()] == [1, 2, 5]
        assert (record.size, record.standing) == (3, Seen(3, 5))
        assert record.position(entry(5).entry_id) == 2
        assert record.position(entry(6).entry_id) is None
        assert len(record.tree()) == 3


def test_an_entry_that_is_not_admitted_takes_the_others_with_it(tmp_path, address):
    store, record = opened(tmp_path, address)
    with store:
        record.append([entry(3)])
        with pytest.raises(RefusedError):
            record.append([entry(4), entry(2)])
        assert (record.size, record.standing.last) == (1, 3)
        assert record.append([entry(4)]) == range(1, 2)


def test_what_is_written_beside_goes_with_the_entry(tmp_path, address):
    store, record = opened(tmp_path, address)

    def beside(rows):
        rows.do("INSERT INTO meta VALUES ('beside', 'yes')")

    def failing(rows):
        rows.do("INSERT INTO meta VALUES ('failing', 'yes')")
        raise RefusedError

    with store:
        record.append([entry(1)], beside=beside)
        with pytest.raises(StoreError, match=r"(?i)unique"):
            record.append([entry(2)], beside=beside)
        with pytest.raises(RefusedError):
            record.append([entry(2)], beside=failing)
        assert record.size == 1
        assert store.setting("failing", "no") == "no"


def test_the_same_entries_again_are_where_they_were(tmp_path, address):
    store, record = opened(tmp_path, address)
    with store:
        record.append([entry(1), entry(2), entry(3)])
        assert record.append([entry(2), entry(3)]) == range(1, 3)
        with pytest.raises(StoreError, match="already"):
            record.append([entry(3), entry(4)])
        assert record.size == 3


def test_two_at_once_have_their_own_places(tmp_path, address):
    """Each sees the other's entries before its own are admitted: no number stands twice."""
    written, refused = [], []

    def work(word: str) -> None:
        store, record = opened(tmp_path, address)
        with store:
            for number in range(15):
                try:
                    written.extend((number, place) for place in record.append([entry(number, word)]))
                except RefusedError:
                    refused.append(number)

    opened(tmp_path, address)[0].close()
    threads = [threading.Thread(target=work, args=(word,)) for word in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store, record = opened(tmp_path, address)
    with store:
        numbers = [int(one.body["number"]) for one in record.entries()]
    assert len(written) + len(refused) == 30
    assert sorted(place for _, place in written) == list(range(len(numbers)))
    assert numbers == sorted(set(numbers))


def test_checkpoints_are_kept_once(tmp_path, address):
    store, record = opened(tmp_path, address)
    with store:
        for size, note in ((1, b"one"), (2, b"two"), (1, b"one"), (2, b"two, cosigned")):
            record.keep_checkpoint(size, note)
        assert record.checkpoints() == [(1, b"one"), (2, b"two"), (2, b"two, cosigned")]


def test_a_folder_and_a_database_of_two_stores_are_told(tmp_path, postgres):
    one, other = postgres.new_database(), postgres.new_database()
    opened(tmp_path / "a", one)[0].close()
    opened(tmp_path / "b", other)[0].close()
    for wrong in (other, postgres.new_database(), None):
        with pytest.raises(StoreError, match="two stores"):
            opened(tmp_path / "a", wrong)
    opened(tmp_path / "a", one)[0].close()
    with pytest.raises(UsageError, match="not the address"):
        open_store(tmp_path / "c", database="mysql://x")


def test_a_store_of_another_format_is_refused(tmp_path, address):
    store, _ = opened(tmp_path, address)
    with store:
        store.database.write(lambda rows: rows.do("UPDATE meta SET value = '2' WHERE name = 'format'"))
        with pytest.raises(StoreError, match="format 2"):
            opened(tmp_path, address)


def test_a_server_that_is_not_there_is_told_in_time(tmp_path):
    with pytest.raises(StoreError, match="the database says"):
        open_store(tmp_path / "s", database=f"postgresql://tester@/none?host={tmp_path}", patience_s=0.2)


def test_an_entry_taken_out_by_a_hand_is_missed(tmp_path, address):
    store, record = opened(tmp_path, address)
    with store:
        record.append([entry(number) for number in range(4)])
        store.database.write(lambda rows: rows.do("DELETE FROM entries WHERE position = 1"))
    store, record = opened(tmp_path, address)
    with store, pytest.raises(StoreError, match="entry 1 is not there"):
        record.append([entry(9)])
