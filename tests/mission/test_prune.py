"""What nothing needs goes, beside running processes, and all that is needed stays: reports, releases, what stands."""

import datetime as dt
import os
import shutil
import time

import polars as pl
import pytest

from trucewatch.errors import MissingError, UsageError
from trucewatch.mission.prune import prune
from trucewatch.mission.rebuild import rebuild
from trucewatch.mission.replay import replay
from trucewatch.mission.run import run
from trucewatch.store import open_store

DAY = dt.date(2026, 3, 15)


@pytest.fixture(scope="module")
def ran(made, now, tmp_path_factory):
    """Return a folder with a store in which a report was made twice, of other deliveries, and what both runs told."""
    folder = tmp_path_factory.mktemp("ran")
    shutil.copytree(made, folder / "world")
    mission = folder / "world/mission.toml"
    mission.write_text('languages = ["en"]\n' + mission.read_text(encoding="utf-8"), encoding="utf-8")
    late = sorted((folder / "world/data/acoustic").iterdir())[-1]
    late.rename(folder / "late.csv")
    how = {"data": folder / "world/data", "out": folder / "out", "store": folder / "store", "now": now, "day": DAY}
    first = run(mission, **how)
    (folder / "late.csv").rename(late)
    return folder, how, first, run(mission, **how)


@pytest.fixture
def folder(ran, tmp_path):
    """Return a copy of the store that a test may change, every object in it a week old."""
    for name in ("store", "store.keys"):
        shutil.copytree(ran[0] / name, tmp_path / name)
    week = time.time() - 7 * 86_400
    for path in (tmp_path / "store/objects").iterdir():
        os.utime(path, (week, week))
    return tmp_path


def names(folder):
    return {path.name for path in (folder / "store/objects").iterdir()}


def test_what_nothing_names_is_listed_first_and_then_taken_away(ran, folder):
    with open_store(folder / "store") as store:
        orphan = store.objects.put({"any": pl.DataFrame({"of": ["a run that was killed"]})})["any"]
    before = names(folder)
    listed = prune(folder / "store")
    assert set(listed.unneeded) == {f"{orphan}.parquet"}
    assert (listed.removed, names(folder), listed.objects) == ((), before, len(before))
    assert prune(folder / "store", remove=True).removed == (), "it was written within a day"
    assert prune(folder / "store", remove=True, unwanted_s=0).removed == (f"{orphan}.parquet",)
    assert names(folder) == before - {f"{orphan}.parquet"}
    for outcome in ran[2:]:
        assert replay(folder / "store", outcome.generation, out=folder / "again").differ == ()


def test_generations_that_are_let_go_go_with_what_only_they_need(ran, folder, now):
    _, how, first, second = ran
    listed = prune(folder / "store", generations=0)
    assert first.generation in listed.generations
    assert second.generation not in listed.generations
    made = prune(folder / "store", generations=0, remove=True)
    assert set(made.removed) == set(listed.unneeded) != set()
    assert not names(folder) & set(made.removed)
    assert prune(folder / "store", generations=0).unneeded == {}
    with pytest.raises(MissingError, match="no generation of that name"):
        replay(folder / "store", first.generation, out=folder / "again")
    assert replay(folder / "store", second.generation, out=folder / "again").differ == ()
    assert rebuild(folder / "store").differ == ()
    again = run(ran[0] / "world/mission.toml", **{**how, "store": folder / "store", "out": folder / "out"})
    assert again.tables["incidents"].equals(second.tables["incidents"])


def test_what_is_wanted_meanwhile_stays(folder, monkeypatch):
    """Between the look at the clock and the removal, another process asks for each object, or writes it again."""
    with open_store(folder / "store") as store:
        data = {name: store.objects.put_bytes([name.encode()], ".document")[0] for name in ("asked", "written", "left")}
        paths = {name: store.objects.folder / f"{each}.document" for name, each in data.items()}
        old = time.time() - 7 * 86_400
        for path in paths.values():
            os.utime(path, (old, old))
        rename = type(store.objects.folder).rename

        def late(path, target):
            if path == paths["asked"]:
                store.objects.put_bytes([b"asked"], ".document")
            rename(path, target)
            if path == paths["written"]:
                store.objects.put_bytes([b"written"], ".document")

        monkeypatch.setattr(type(store.objects.folder), "rename", late)
        gone = store.objects.sweep([path.name for path in paths.values()], unwanted_s=3600)
        monkeypatch.undo()
        assert paths["asked"].name not in gone
        assert paths["left"].name in gone
        assert (paths["asked"].exists(), paths["written"].exists(), paths["left"].exists()) == (True, True, False)

        def stopped(path, target):
            rename(path, target)
            raise KeyboardInterrupt

        monkeypatch.setattr(type(store.objects.folder), "rename", stopped)
        with pytest.raises(KeyboardInterrupt):
            store.objects.sweep([paths["asked"].name], unwanted_s=0)
        monkeypatch.undo()
        assert not paths["asked"].exists()
        store.objects.sweep([], unwanted_s=0)
        assert paths["asked"].read_bytes() == b"asked", "a sweep that was interrupted is taken back by the next"


def test_a_wrong_call_is_told(tmp_path):
    with pytest.raises(MissingError, match="no store"):
        prune(tmp_path / "none")
    with pytest.raises(UsageError, match="fewer than none"):
        prune(tmp_path, generations=-1)
