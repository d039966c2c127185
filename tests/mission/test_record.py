"""A mission's record begins with its founder and takes what a known key signed."""

import dataclasses
import datetime as dt
from contextlib import nullcontext

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trucewatch.errors import ActRefused, StoreError
from trucewatch.journal import key_id, sign_entry
from trucewatch.mission import sealing
from trucewatch.mission.record import open_record
from trucewatch.store import open_store

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def test_a_new_journal_begins_with_the_key_of_its_founder(tmp_path, address):
    with open_record(tmp_path / "store", "river", now=NOW, database=address) as opened:
        (first,) = opened.record.entries()
        public_key = opened.station.public_key().public_bytes_raw()
        assert (first.kind, first.author) == ("key_added", key_id(public_key))
        assert first.body["public_key"] == public_key.hex()
        assert opened.origin.startswith("river/")
    with open_record(tmp_path / "store", "river", now=NOW, database=address) as again:
        assert again.record.size == 1
        assert again.origin == opened.origin
    with pytest.raises(StoreError, match="mission 'river', not of 'sea'"):
        open_record(tmp_path / "store", "sea", now=NOW, database=address)


def test_the_keys_are_beside_the_store_for_their_owner_alone(tmp_path):
    open_record(tmp_path / "store", "river", now=NOW).store.close()
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "store.keys").iterdir()} == {
        "log.pem": 0o600,
        "station.pem": 0o600,
    }


def remark(text: str = "a word") -> dict[str, str]:
    return {"text": text}


def added(key: Ed25519PrivateKey) -> dict[str, object]:
    return {
        "public_key": key.public_key().public_bytes_raw().hex(), "name": "second station", "roles": ["observer"], "state": "",
        "from_utc": "2026-03-01T12:00:00.000000Z", "until_utc": None, "conflicts": [],
    }  # fmt: skip


def test_what_the_rules_do_not_admit_is_not_written(tmp_path):
    stranger = Ed25519PrivateKey.generate()
    with open_record(tmp_path / "store", "river", now=NOW) as opened:
        for entry, rule in (
            (sign_entry("remark", NOW, remark(), stranger, origin=opened.origin), "known_key"),
            (sign_entry("remark", NOW, remark(), opened.station, origin="another/0"), "signature"),
            (opened.sign("claim", NOW, {}), "shape"),
            (opened.sign("release", NOW, {"audience": "public", "day": "d", "tables": {}, "report": {}}), "verb"),
            (opened.sign("remark", NOW + dt.timedelta(hours=1), remark()), "clock"),
        ):
            with pytest.raises(ActRefused) as caught:
                opened.record.append([opened.sign("remark", NOW, remark()), entry])
            assert caught.value.rule == rule
            assert opened.record.standing.state.size == 1  # of a refused transaction nothing is left
        opened.record.append([opened.sign("remark", NOW, remark())])
        assert opened.record.size == 2


def test_a_key_that_was_added_signs_and_another_station_is_told(tmp_path):
    key = Ed25519PrivateKey.generate()
    pem = tmp_path / "mine.pem"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    open_record(tmp_path / "store", "river", now=NOW).store.close()
    mine = open_record(tmp_path / "store", "river", now=NOW, station=pem)
    with mine as opened, pytest.raises(ActRefused, match="not one of the mission's"):
        opened.record.append([opened.sign("remark", NOW, remark())])
    with open_record(tmp_path / "store", "river", now=NOW) as opened:
        opened.record.append([opened.sign("key_added", NOW, added(key))])
        with pytest.raises(ActRefused, match="is known"):
            opened.record.append([opened.sign("key_added", NOW + dt.timedelta(seconds=1), added(key))])
    with open_record(tmp_path / "store", "river", now=NOW, station=pem) as opened:
        opened.record.append([opened.sign("remark", NOW, remark())])


def by_hand(folder, database, position, entry):
    """Put another entry into a row of the database, with its id, as a hand within our own functions would."""
    with open_store(folder / "store", database=database) as store:
        change = "UPDATE entries SET entry_id = ?, kind = ?, data = ? WHERE position = ?"
        store.database.write(lambda rows: rows.do(change, (entry.entry_id, entry.kind, entry.data, position)))


@pytest.mark.parametrize("sealed", [False, True])
def test_a_row_changed_by_hand_is_named_at_the_next_opening(tmp_path, address, sealed):
    with open_record(tmp_path / "store", "river", now=NOW, database=address) as opened:
        opened.record.append([opened.sign("remark", NOW, remark(word)) for word in ("one", "two", "three")])
        if sealed:
            sealing.seal(opened)
        opened.record.append([opened.sign("remark", NOW, remark("four"))])
        whole = list(opened.record.entries())
    open_record(tmp_path / "store", "river", now=NOW, database=address).store.close()
    stranger = Ed25519PrivateKey.generate()
    for entry, why in (
        (dataclasses.replace(whole[2], body={"text": "too"}), "signature does not hold"),
        (sign_entry("remark", NOW, remark(), stranger, origin=opened.origin), "not one of the mission's"),
        (opened.sign("remark", NOW + dt.timedelta(days=9), {"text": "a"}), None),
        (opened.sign("release", NOW, {"audience": "public", "day": "d", "tables": {}, "report": {}}), "may not"),
    ):
        by_hand(tmp_path, address, 2, entry)
        if (
            why is None
        ):  # the station's own word, at another time: only a checkpoint shows it, and the log signs no more
            refused = pytest.raises(StoreError, match="not what the log signed") if sealed else nullcontext()
            with open_record(tmp_path / "store", "river", now=NOW, database=address) as opened, refused:
                sealing.seal(opened)
            continue
        with pytest.raises(StoreError, match=f"entry 2 is not what was entered: .*{why}"):
            open_record(tmp_path / "store", "river", now=NOW, database=address)
    by_hand(tmp_path, address, 2, whole[2])
    with open_store(tmp_path / "store", database=address) as store:
        store.database.write(lambda rows: rows.do("UPDATE entries SET kind = 'release' WHERE position = 3"))
    with pytest.raises(StoreError, match="entry 3 is not what was entered: its row tells another"):
        open_record(tmp_path / "store", "river", now=NOW, database=address)


def test_what_the_log_signed_is_believed_without_asking_each_signature(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("trucewatch.mission.record.check_signature", lambda _, entry: asked.append(entry.body["text"]))
    with open_record(tmp_path / "store", "river", now=NOW) as opened:
        opened.record.append([opened.sign("remark", NOW, remark(word)) for word in ("one", "two")])
        sealing.seal(opened)
        opened.record.append([opened.sign("remark", NOW, remark("three"))])
        assert asked == []
    open_record(tmp_path / "store", "river", now=NOW).store.close()
    assert asked == ["three"]
    last = tmp_path / "store.keys/last.checkpoint"
    for changed in (last.read_bytes().replace(b"\n3\n", b"\n4\n"), b"nothing"):
        last.write_bytes(changed)
        asked.clear()
        with pytest.raises(KeyError):  # the founder's key has no text: every signature is asked
            open_record(tmp_path / "store", "river", now=NOW)
