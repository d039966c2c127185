"""What tells of persons is sealed from the beginning, and after a redaction nobody reads it, in the bytes or in any table."""

import datetime as dt
import shutil

import polars as pl
import pytest

from trucewatch.mission.load import load
from trucewatch.mission.rebuild import rebuild
from trucewatch.mission.redact import redact
from trucewatch.mission.replay import replay
from trucewatch.mission.run import run
from trucewatch.store import Redacted, open_store

DAY = dt.date(2026, 3, 15)


@pytest.fixture(scope="module")
def ran(made, now, tmp_path_factory):
    """Return a folder with a mission of which the acoustic posts tell of persons, and a store with a report."""
    folder = tmp_path_factory.mktemp("ran")
    shutil.copytree(made, folder / "world")
    mission = folder / "world/mission.toml"
    mission.write_text('languages = ["en"]\n' + mission.read_text(encoding="utf-8"), encoding="utf-8")
    mapping = next((folder / "world").rglob("acoustic.toml"))
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace("[manifest]\n", "[manifest]\npersonal = true\n"), encoding="utf-8")
    run(mission, data=folder / "world/data", out=folder / "out", store=folder / "store", now=now, day=DAY)
    return folder


@pytest.fixture
def folder(ran, tmp_path):
    """Return a copy that a test may change."""
    shutil.copytree(ran, tmp_path / "copy")
    return tmp_path / "copy"


def of_persons(store):
    return [kept for kept in store.index.deliveries() if kept.subject]


def ids_of(store, delivery_id: str) -> list[str]:
    readings = [one for (name, _), one in store.index.readings().items() if name == delivery_id]
    return store.objects.get(readings[0].objects["observations"])["observation_id"].to_list()


def test_what_tells_of_persons_lies_sealed_and_its_hash_tells_nothing(folder):
    with open_store(folder / "store") as store:
        sealed = of_persons(store)
        assert {kept.source_id for kept in sealed} == {"acoustic"}
        for kept in sealed:
            data = (folder / "world/data" / kept.name).read_bytes()
            assert store.locker.get(kept.sha256, subject=kept.subject) == data
            assert (store.locker.folder / kept.sha256).read_bytes() != data
    again = rebuild(folder / "store")
    assert (again.differ, again.redacted) == ((), ())


def test_after_a_redaction_no_table_holds_a_row_of_it_and_the_work_goes_on(folder, now):
    with open_store(folder / "store") as store:
        generation = store.index.generation()
        kept = of_persons(store)[0]
        ids = ids_of(store, kept.delivery_id)
        assert len(ids) > 3
        tables = [store.objects.get(name) for name in store.objects.with_rows_of(pl.Series(ids), "observation_id")]
        members = [frame for frame in tables if "incident_id" in frame.columns]
        incidents = {
            name
            for frame in members
            for name, of in frame.select("incident_id", "observation_id").iter_rows()
            if of in ids
        }
        assert len(incidents) > 3
        redact(store, load(folder / "world/mission.toml"), kept.subject)
        redact(store, load(folder / "world/mission.toml"), kept.subject)
        with pytest.raises(Redacted):
            store.locker.get(kept.sha256, subject=kept.subject)
    for path in (folder / "store/objects").glob("*.parquet"):
        frame = pl.read_parquet(path)
        told = str(frame.rows())
        assert not [name for name in (kept.delivery_id, *ids, *incidents) if f"'{name}'" in told], path
    again = replay(folder / "store", generation, out=folder / "again")
    assert again.page is None
    assert "observations" in again.redacted
    told = run(
        folder / "world/mission.toml",
        data=folder / "world/data",
        out=folder / "out",
        store=folder / "store",
        now=now,
        day=DAY,
    )
    assert [note for note in told.notes if "this delivery was redacted" in note and kept.name in note]
    assert not set(told.tables["observations"]["observation_id"]) & set(ids)
    assert told.tables["observations"].height > 0
    assert rebuild(folder / "store").differ == ()


def test_a_redaction_that_was_interrupted_is_done_again(folder, monkeypatch):
    with open_store(folder / "store") as store:
        kept = of_persons(store)[0]
        ids = ids_of(store, kept.delivery_id)
        loaded = load(folder / "world/mission.toml")
        left = [3]

        def interrupted(name):
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt
            type(store.objects).redact(store.objects, name)

        monkeypatch.setattr(store.objects, "redact", interrupted)
        with pytest.raises(KeyboardInterrupt):
            redact(store, loaded, kept.subject)
        assert not store.locker.is_redacted(kept.subject)
        monkeypatch.undo()
        redact(store, loaded, kept.subject)
        assert store.locker.is_redacted(kept.subject)
        assert not store.objects.with_rows_of(pl.Series(ids))
        assert not store.objects.with_rows_of(pl.Series([kept.delivery_id]))
