"""The drill: a store is backed up while in use, lost, and made again; roots and counts agree, bytes are checked."""

import base64
import datetime as dt
import hashlib
import json
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.errors import ActRefused, MissingError, StoreError
from trucewatch.journal import Tree, sign_entry
from trucewatch.mission.record import admit_all, open_record
from trucewatch.store import Kept, Reading, backup, open_store, restore

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def take_in(opened, number: int) -> None:
    data = f"delivery {number}, ж".encode()
    kept = Kept(f"a-{number}", "a", f"{number}.csv", opened.store.locker.keep(data))
    body = {
        "delivery_id": kept.delivery_id, "source_id": "a", "sha256": kept.sha256, "bytes": len(data),
        "received_utc": NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "commitment": "",
    }  # fmt: skip
    name = opened.store.objects.put_bytes([f"table {number}".encode()], ".parquet")[0]
    reading = Reading(kept.delivery_id, "r", {"rows": number, "name": "ж"}, {"observations": name})
    opened.store.index.take_in(opened.record, opened.sign("delivery", NOW, body), kept, reading)


@pytest.fixture
def kept(tmp_path, address):
    """Return a store with deliveries, its backup, and what the backup said."""
    with open_record(tmp_path / "store", "river", now=NOW, database=address) as opened:
        for number in range(5):
            take_in(opened, number)
        opened.record.keep_checkpoint(3, b"a signed note")
        subject = opened.store.locker.new_subject(b"someone")
        opened.store.locker.keep(b"personal", subject=subject)
        assert opened.store.index.publish(opened.store.objects.put_manifest({"n": 1}), instead_of="")
        first = backup(opened.store, tmp_path / "backup")
        root = opened.record.tree().root()
    return tmp_path, address, first, root


@pytest.mark.parametrize("onto", ["sqlite", "postgres"])
def test_a_lost_store_comes_back_onto_either_database(kept, onto, request):
    folder, _, told, root = kept
    shutil.rmtree(folder / "store")
    address = request.getfixturevalue("postgres").new_database() if onto == "postgres" else None
    with open_store(folder / "again", database=address) as store:
        made = restore(folder / "backup", store, admit=admit_all)
    assert (made.rows, made.root, made.entries, made.files) == (told.rows, root.hex(), 6, told.files)
    shutil.copytree(folder / "store.keys", folder / "again.keys", dirs_exist_ok=True)
    with open_record(folder / "again", "river", now=NOW, database=address) as opened:
        assert opened.record.tree().root() == root
        assert opened.record.checkpoints() == [(3, b"a signed note")]
        assert opened.store.locker.get(opened.store.index.delivery("a-3").sha256) == "delivery 3, ж".encode()
        assert opened.store.index.readings()["a-3", "r"].account == {"rows": 3, "name": "ж"}
        assert opened.store.objects.get_manifest(opened.store.index.generation()) == {"n": 1}
        take_in(opened, 9)
        assert opened.record.size == 7


def test_the_next_backup_copies_what_is_new_and_no_key(kept):
    folder, address, first, _ = kept
    with open_record(folder / "store", "river", now=NOW, database=address) as opened:
        take_in(opened, 7)
        second = backup(opened.store, folder / "backup")
        secrets = [path.read_bytes() for path in opened.store.keys.rglob("*") if path.is_file()]
    assert (second.files, second.new_files) == (first.files + 2, 2)
    assert second.entries == first.entries + 1
    assert len(list((folder / "backup").glob("*.jsonl"))) == 1
    backed_up = b"".join(path.read_bytes() for path in (folder / "backup").rglob("*") if path.is_file())
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret[:32] in backed_up]


def test_a_store_that_works_meanwhile_is_backed_up_as_of_one_instant(tmp_path):
    """Deliveries come while the files are copied: the backup has them wholly or not at all."""
    with open_record(tmp_path / "store", "river", now=NOW) as opened:
        for number in range(3):
            take_in(opened, number)
        read = opened.store.database.snapshot

        def busy(work):
            found = read(work)
            take_in(opened, 8)
            return found

        object.__setattr__(opened.store.database, "snapshot", busy)
        told = backup(opened.store, tmp_path / "backup")
    with open_store(tmp_path / "again") as store:
        made = restore(tmp_path / "backup", store, admit=admit_all)
        assert (made.entries, made.root) == (4, told.root)
        assert len(store.index.deliveries()) == 3


@pytest.mark.parametrize("what", ["locker", "objects", "jsonl", "lost", "unfinished"])
def test_a_damaged_backup_is_told(kept, what):
    folder, _, _, _ = kept
    found = {
        "locker": sorted((folder / "backup/locker").iterdir()), "objects": sorted((folder / "backup/objects").iterdir()),
        "jsonl": list((folder / "backup").glob("*.jsonl")), "lost": sorted((folder / "backup/locker").iterdir()),
        "unfinished": [folder / "backup/backup.json"],
    }[what]  # fmt: skip
    if what in ("lost", "unfinished"):
        found[0].unlink()
    else:
        data = bytearray(found[0].read_bytes())
        data[len(data) // 2] ^= 1
        found[0].write_bytes(data)
    with open_store(folder / "again") as store, pytest.raises((StoreError, MissingError)):
        restore(folder / "backup", store, admit=admit_all)


def test_nothing_is_restored_over_anything_and_no_backup_goes_over_another(kept):
    folder, address, _, _ = kept
    with open_store(folder / "store", database=address) as store, pytest.raises(StoreError, match="not empty"):
        restore(folder / "backup", store, admit=admit_all)
    with open_store(folder / "other") as store, pytest.raises(StoreError, match="another store"):
        backup(store, folder / "backup")
    with open_store(folder / "store", database=address) as store:
        assert len(Tree()) == 0
        assert store.index.counts(["entries"]) == {"entries": 6}


@pytest.mark.parametrize("forged", ["signature", "stranger", "table"])
def test_a_backup_is_no_way_round_the_rules(kept, forged):
    """Whoever forges a backup makes its hashes right too; the signature of an entry they cannot make."""
    folder, _, _, _ = kept
    told = json.loads((folder / "backup/backup.json").read_text())
    lines = [json.loads(line) for line in (folder / f"backup/{told['dump']}.rows.jsonl").read_text().splitlines()]
    entry = next(line for line in lines if line[0] == "entries" and line[3] == "delivery")
    data = base64.b64decode(entry[4]["base64"])
    if forged == "table":
        lines.append(["sqlite_master", 1])
    elif forged == "signature":
        entry[4]["base64"] = base64.b64encode(data.replace(b"2026-03-01T12:00:00", b"2026-03-01T12:00:01", 1)).decode()
    else:
        stranger = Ed25519PrivateKey.generate()
        body = json.loads(data)["body"]
        origin = next(line[2] for line in lines if line[:2] == ["meta", "origin"])
        made = sign_entry("delivery", NOW, body, stranger, origin=origin)
        entry[2], entry[4]["base64"] = made.entry_id, base64.b64encode(made.data).decode()
    dump = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    name = hashlib.sha256(dump).hexdigest()
    (folder / f"backup/{name}.rows.jsonl").write_bytes(dump)
    (folder / "backup/backup.json").write_text(json.dumps(told | {"dump": name}))
    with open_store(folder / "again") as store:
        with pytest.raises(StoreError if forged == "table" else ActRefused):
            restore(folder / "backup", store, admit=admit_all)
        assert store.index.counts(["entries"]) == {"entries": 0}
