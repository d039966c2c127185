"""Everything is derived again from the original bytes, and comes out the same; steps are done once."""

import collections
import datetime as dt
import inspect
import re
import shutil
from dataclasses import replace

import pytest

from trucewatch.errors import MissingError
from trucewatch.mission import compute, intake
from trucewatch.mission.generation import generation_of
from trucewatch.mission.rebuild import rebuild
from trucewatch.mission.run import run
from trucewatch.mission.steps import LEARN, STEPS
from trucewatch.store import open_store

DAYS = (dt.date(2026, 3, 15), dt.date(2026, 3, 16))


@pytest.fixture(scope="module")
def ran(made, now, tmp_path_factory):
    """Return a folder with a mission, and a store with a report of two days."""
    folder = tmp_path_factory.mktemp("ran")
    shutil.copytree(made, folder / "world")
    mission = folder / "world/mission.toml"
    mission.write_text('languages = ["en"]\n' + mission.read_text(encoding="utf-8"), encoding="utf-8")
    for day in DAYS:
        run(mission, data=folder / "world/data", out=folder / "out", store=folder / "store", now=now, day=day)
    return folder


@pytest.fixture
def folder(ran, tmp_path):
    """Return a copy that a test may change."""
    shutil.copytree(ran, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def computed(monkeypatch):
    """Return how often each step was done and how many deliveries were read, counted from now on."""
    counted = collections.Counter()

    def counting(name, function):
        def do(*given, **told):
            counted[name] += 1
            return function(*given, **told)

        return do

    steps = tuple(replace(step, do=counting(step.name, step.do)) for step in STEPS)
    monkeypatch.setattr(compute, "STEPS", steps)
    monkeypatch.setattr(intake, "take_in", counting("read", intake.take_in))
    return counted


def again(folder, now, day=DAYS[1], **how):
    how = {"data": folder / "world/data", "store": folder / "store", "now": now, "day": day} | how
    return run(folder / "world/mission.toml", out=folder / "out", **how)


def test_nothing_touched_nothing_computed(folder, now, computed):
    first = again(folder, now + dt.timedelta(days=1))
    assert computed == {}
    second = again(folder, now + dt.timedelta(days=1))
    assert computed == {}
    assert second.generation == first.generation, "nothing published either"
    again(folder, now, audience="public", languages=["fr"])
    assert computed == {}


def test_what_a_delivery_touches_is_computed_and_nothing_else(folder, now, computed):
    """Late words on a day far from the window: what does not read them is not done again."""
    (folder / "world/data/statements").mkdir()
    mission = folder / "world/mission.toml"
    text = mission.read_text(encoding="utf-8")
    old = folder / "world/data/acoustic/old.csv"
    lines = sorted((folder / "world/data/acoustic").glob("*.csv"))[0].read_text(encoding="utf-8").splitlines()
    ids, header = lines[1].split(",", 1), lines[0]
    old.write_text(f"{header}\nlate-{ids[0]},{ids[1]}\n".replace("2026-03-1", "2026-02-1"), encoding="utf-8")
    again(folder, now)
    touched = {step.name for step in STEPS if {"evidence", "deliveries"} & set(step.reads)}
    assert computed["read"] == 1
    assert set(computed) - {"read"} <= touched
    assert mission.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("added", "steps"),
    [
        ('title = "Another"', set()),
        ("[release]\npublic_delay_hours = 72", set()),
        ("[fuse]\nlearn_every_days = 9", set()),
        ("[fuse]\nseed = 1", set()),
        ("[judge]\nscope_probability = 0.06", {"judge"}),
        ("[fuse]\nsweeps = 47", {"fuse", "name", "judge", "locate"}),
    ],
)
def test_an_edit_of_a_document_makes_those_steps_dirty_that_are_told_of_it(folder, now, computed, added, steps):
    mission = folder / "world/mission.toml"
    text = mission.read_text(encoding="utf-8")
    if "[" not in added:
        text = re.sub(r"(?m)^title = .*$", added, text)
    mission.write_text(text if "[" not in added else f"{text}\n{added}\n", encoding="utf-8")
    again(folder, now)
    assert set(computed) == steps


@pytest.mark.parametrize(
    ("path", "change", "steps"),
    [
        ("regions.geojson", ("Polygon", "Polygon"), {"locate", "count"}),
        ("agreements/demo-line/agreement.toml", ("note = ", "note ="), {"record", "judge", "duties", "locate"}),
    ],
)
def test_an_edit_of_what_it_names_likewise(folder, now, computed, path, change, steps):
    document = folder / "world" / path
    document.write_text(document.read_text(encoding="utf-8").replace(*change) + "\n", encoding="utf-8")
    again(folder, now)
    assert set(computed) == steps


def test_a_step_is_told_no_part_that_it_does_not_declare():
    for step in (*STEPS, LEARN):
        asked = inspect.signature(step.do).parameters.values()
        assert {one.name for one in asked if one.kind is inspect.Parameter.KEYWORD_ONLY} == set(step.told)


def test_all_tables_are_derived_again_as_the_same_bytes(folder, computed):
    made = rebuild(folder / "store")
    assert (made.differ, made.redacted, made.reports, made.earlier) == ((), (), 2, 0)
    assert made.deliveries == computed["read"] > 10
    twice = {step.name: 2 for step in STEPS} | {"record": 1}  # which reads nothing of the day: it is the same for both
    assert {name: computed[name] for name in computed if name != "read"} == twice


def test_what_was_lost_or_damaged_is_made_again(folder):
    with open_store(folder / "store") as store:
        generation = generation_of(store, store.index.generation())
        record = store.objects.get_manifest(next(iter(generation.reports.values())))
        whole = {path: path.read_bytes() for path in store.objects.folder.glob("*.parquet")}
        days = generation.standing.parts["observations"]
        store.objects.path(days[max(days)]).unlink()
        store.objects.path(dict(record["tables"])["incidents"]).write_bytes(b"PAR1")
    assert rebuild(folder / "store").differ == ()
    for path, data in whole.items():
        assert path.read_bytes() == data


def test_what_comes_out_otherwise_is_named_and_takes_its_place(folder):
    with open_store(folder / "store") as store:
        generation = generation_of(store, store.index.generation())
        standing = generation.standing
        days = dict(standing.parts["observations"])
        wrong = days.pop(max(days))
        parts = {**standing.parts, "observations": days}
        forged = replace(generation, standing=replace(standing, parts=parts))
        manifest = store.objects.put_manifest(forged.standing.manifest())
        reports = {}
        for place, name in generation.reports.items():
            reports[place] = store.objects.put_manifest({**store.objects.get_manifest(name), "standing": manifest})
        made = store.objects.put_manifest(replace(forged, reports=reports).manifest())
        assert store.index.publish(made, instead_of=store.index.generation())
    differ = rebuild(folder / "store").differ
    assert [part for part in differ if part.startswith("what stands")]
    with open_store(folder / "store") as store:
        now = generation_of(store, store.index.generation()).standing
        assert now == standing
        assert wrong in now.parts["observations"].values()


def test_reports_of_what_stood_earlier_are_left_to_replay(folder, now):
    path = sorted((folder / "world/data/acoustic").iterdir())[-1]
    path.write_bytes(path.read_bytes().rsplit(b"\n", 2)[0] + b"\n")
    again(folder, now)
    made = rebuild(folder / "store")
    assert (made.reports, made.earlier, made.differ) == (1, 1, ())


def test_a_store_without_a_report_is_told(tmp_path):
    with pytest.raises(MissingError, match="no store"):
        rebuild(tmp_path / "none")
    open_store(tmp_path / "store").close()
    with pytest.raises(MissingError, match="no report"):
        rebuild(tmp_path / "store")
