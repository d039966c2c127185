"""Which version of the source model a report is made with, and that it is told and derived again."""

import datetime as dt
import re
import shutil
from dataclasses import replace

import polars as pl
import pytest

from trucewatch import fuse
from trucewatch.mission.generation import generation_of
from trucewatch.mission.rebuild import rebuild
from trucewatch.mission.run import run
from trucewatch.store import open_store

DAY = dt.date(2026, 3, 15)
NEXT = DAY + dt.timedelta(days=1)


@pytest.fixture(scope="module")
def ran(made, now, tmp_path_factory):
    """Return a folder with a mission without patrols, and a store with the report of its first day."""
    folder = tmp_path_factory.mktemp("ran")
    shutil.copytree(made, folder / "world")
    mission = folder / "world/mission.toml"
    mission.write_text('languages = ["en"]\n' + mission.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "world/data/patrol").rename(folder / "patrol")
    again(folder, now)
    return folder


@pytest.fixture
def folder(ran, tmp_path):
    """Return a copy that a test may change."""
    shutil.copytree(ran, tmp_path / "copy")
    return tmp_path / "copy"


def again(folder, now, day=DAY, **how):
    how = {"data": folder / "world/data", "store": folder / "store", "now": now, "day": day} | how
    return run(folder / "world/mission.toml", out=folder / "out", **how)


def versions(folder):
    """Return day and number of each version of the source model."""
    with open_store(folder / "store") as store:
        return [(learned.day, learned.version) for learned in generation_of(store, store.index.generation()).models]


def model(outcome):
    """Return what a report says of its source model."""
    return outcome.tables["basis"].filter(pl.col("what") == "source_model")


def version(outcome):
    return model(outcome)["version"].item()


def with_setting(folder, old, new):
    mission = folder / "world/mission.toml"
    mission.write_text(mission.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def test_the_next_day_is_reported_with_what_stands_and_says_so(folder, now, monkeypatch):
    monkeypatch.setattr(fuse, "learn", None)
    told = again(folder, now, NEXT)
    assert versions(folder) == [(DAY, 1)]
    (line,) = model(told).rows(named=True)
    rows = line.pop("observations")
    assert rows > 50
    with open_store(folder / "store") as store:
        assert store.objects.get(line.pop("object")).equals(told.tables["source_model"])
    assert line == {"what": "source_model", "day": DAY, "version": 1}
    said = f"Source model: version 1, learned from the window of 15 March 2026; observations in it: {rows}."
    assert said in re.sub(r"\s+", " ", told.page.read_text(encoding="utf-8"))


def test_a_public_report_does_not_tell_of_the_model(folder, now):
    told = again(folder, now, audience="public")
    assert version(told) == 1
    assert "basis" not in told.released.tables
    assert "Source model" not in told.page.read_text(encoding="utf-8")


def test_a_source_that_was_not_there_makes_learn_anew_and_an_older_report_is_made_as_it_was(folder, now):
    before = again(folder, now).tables
    shutil.copytree(folder / "patrol", folder / "world/data/patrol")
    assert version(again(folder, now, NEXT)) == 2
    assert versions(folder) == [(DAY, 1), (NEXT, 2)]
    shutil.rmtree(folder / "world/data/patrol")
    after = again(folder, now).tables
    for table in ("source_model", "basis", "incidents", "findings"):
        assert after[table].equals(before[table]), "the version that its record names, though a newer one stands"
    assert version(again(folder, now, NEXT)) == 2
    assert versions(folder) == [(DAY, 1), (NEXT, 2)]


def test_what_is_asked_for_is_learned_anew_and_the_same_is_the_same_version(folder, now):
    first = again(folder, now)
    assert again(folder, now, learn=True).generation == first.generation, "the same from the same"
    assert version(again(folder, now, NEXT, learn=True)) == 2
    assert version(again(folder, now, NEXT)) == 2
    assert version(again(folder, now)) == 1


@pytest.mark.parametrize(("days", "expected"), [(1, 2), (2, 1)])
def test_an_old_model_is_learned_anew(folder, now, days, expected):
    with_setting(folder, "[[sources]]", f"[fuse]\nlearn_every_days = {days}\n[[sources]]")
    assert version(again(folder, now, NEXT)) == expected
    assert version(again(folder, now)) == 1, "its record names it"


def test_a_day_before_all_that_was_learned_is_learned_from_itself(folder, now):
    before = DAY - dt.timedelta(days=1)
    assert version(again(folder, now, before)) == 2
    assert versions(folder) == [(DAY, 1), (before, 2)]
    assert version(again(folder, now, NEXT)) == 1, "the latest day up to it, not the last that was learned"
    assert rebuild(folder / "store").differ == ()


def test_another_seed_learns_anew_and_the_old_one_has_its_version_back(folder, now):
    with_setting(folder, "[[sources]]", "[fuse]\nseed = 7\n[[sources]]")
    assert version(again(folder, now)) == 2
    with_setting(folder, "[fuse]\nseed = 7\n", "")
    assert version(again(folder, now, NEXT)) == 1


def test_a_day_on_which_nothing_came_learns_nothing(folder, now):
    told = again(folder, now, dt.date(2026, 7, 1))
    assert told.tables["source_model"].is_empty()
    assert model(told).is_empty()
    assert versions(folder) == [(DAY, 1)]
    assert rebuild(folder / "store").differ == ()


def test_rebuild_learns_again_from_what_was_learned_from_though_something_else_stands(folder, now):
    shutil.copytree(folder / "patrol", folder / "world/data/patrol")
    again(folder, now, NEXT)
    path = sorted((folder / "world/data/acoustic").iterdir())[-1]
    path.write_bytes(path.read_bytes().rsplit(b"\n", 2)[0] + b"\n")
    told = again(folder, now, NEXT)
    assert version(told) == 2
    made = rebuild(folder / "store")
    assert (made.reports, made.differ, made.redacted) == (1, (), ())


def test_a_model_that_was_not_learned_from_its_rows_is_named(folder, now):
    with open_store(folder / "store") as store:
        generation = generation_of(store, store.index.generation())
        (learned,) = generation.models
        other = store.objects.put({"x": store.objects.get(learned.source_model).head(-1)})["x"]
        forged = replace(generation, models=(replace(learned, source_model=other),))
        name = store.objects.put_manifest(forged.manifest())
        assert store.index.publish(name, instead_of=store.index.generation())
    assert "version 1 of the source model" in rebuild(folder / "store").differ


def test_a_model_whose_rows_were_redacted_is_told(folder, now):
    shutil.copytree(folder / "patrol", folder / "world/data/patrol")
    again(folder, now, NEXT)
    shutil.rmtree(folder / "world/data/patrol")
    again(folder, now, NEXT)
    with open_store(folder / "store") as store:
        store.objects.redact(generation_of(store, store.index.generation()).models[1].observations)
    made = rebuild(folder / "store")
    assert made.redacted == ("what version 2 of the source model was learned from",)
    assert made.differ == ()
