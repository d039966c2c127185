"""A report of earlier comes out of the record byte for byte, elsewhere too, whatever became of the mission since."""

import datetime as dt
import json
import shutil
import subprocess
import sys

import pytest

from trucewatch.errors import MissingError, StoreError, UsageError
from trucewatch.journal import sign_checkpoint
from trucewatch.mission.generation import generation_of
from trucewatch.mission.record import LOG_KEY, open_record, private_key
from trucewatch.mission.replay import replay
from trucewatch.mission.run import run
from trucewatch.store import open_store

DAY = dt.date(2026, 3, 15)


def files(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def ran(made, now, tmp_path_factory):
    """Return a folder with a store of three reports, the mission changed between them; and what each run told."""
    folder = tmp_path_factory.mktemp("ran")
    shutil.copytree(made, folder / "world")
    mission = folder / "world/mission.toml"
    mission.write_text('languages = ["en", "uk"]\n' + mission.read_text(encoding="utf-8"), encoding="utf-8")
    late = sorted((folder / "world/data/acoustic").iterdir())[-1]
    late.rename(folder / "late.csv")
    how = {"data": folder / "world/data", "store": folder / "store", "now": now}
    first = run(mission, out=folder / "first", day=DAY, **how)
    public = run(mission, out=folder / "public", day=DAY, audience="public", **how)
    (folder / "late.csv").rename(late)
    mission.write_text(mission.read_text(encoding="utf-8").replace("Calder and Merrow:", "Anew:"), encoding="utf-8")
    second = run(mission, out=folder / "second", day=DAY, **how)
    return folder, first, public, second


def test_each_report_comes_out_as_it_was(ran, tmp_path):
    folder, first, public, second = ran
    for outcome, name, audience, page in (
        (first, "first", "internal", "report"),
        (public, "public", "public", "report-public"),
        (second, "second", "internal", "report"),
    ):
        again = replay(folder / "store", outcome.generation, out=tmp_path / name, audience=audience)
        assert (again.differ, again.redacted) == ((), ())
        assert files(tmp_path / name / page) == files(folder / name / page)
        assert again.same == len(files(folder / name / page))
        assert "report.pdf" in files(tmp_path / name / page)
    assert files(folder / "first/report") != files(folder / "second/report")


def test_it_comes_out_in_another_folder_and_another_process_without_the_mission(ran, tmp_path):
    folder, first, _, _ = ran
    shutil.copytree(folder / "store", tmp_path / "elsewhere")
    command = [
        sys.executable,
        "-m",
        "trucewatch",
        "report",
        "--at",
        first.generation[:12],
        "--store",
        "elsewhere",
        "-o",
        "out",
        "--json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["differ"] == []
    assert files(tmp_path / "out/report") == files(folder / "first/report")


def test_a_checkpoint_means_the_last_release_before_it(ran, tmp_path, now):
    folder, first, public, _ = ran
    shutil.copytree(folder / "store", tmp_path / "store")
    shutil.copytree(folder / "store.keys", tmp_path / "store.keys")
    with open_record(tmp_path / "store", "demo", now=now) as opened:
        size = opened.record.size
        log = private_key(opened.store.keys / LOG_KEY)
        checkpoints = {}
        for generation, audience in ((first.generation, "internal"), (public.generation, "public")):
            body = {"generation": generation, "day": DAY.isoformat(), "audience": audience}
            entry = opened.sign("release", now, body)
            opened.store.database.write(  # a release as the rules of people admit it is tested with them
                lambda rows, place=size, entry=entry: rows.do(
                    "INSERT INTO entries VALUES (?, ?, ?, ?)", (place, entry.entry_id, entry.kind, entry.data)
                )
            )
            size += 1
            checkpoints[audience] = sign_checkpoint(opened.origin, size, bytes(32), log).data
    for audience, name in (("internal", "first/report"), ("public", "public/report-public")):
        note = tmp_path / f"{audience}.checkpoint"
        note.write_bytes(checkpoints[audience])
        for at in (str(note), str(size - (audience == "internal"))):
            again = replay(tmp_path / "store", at, out=tmp_path / audience)
            assert again.differ == ()
            assert files(again.page.parent) == files(folder / name)
    again = replay(tmp_path / "store", entry.entry_id, out=tmp_path / "by-entry")
    assert files(again.page.parent) == files(folder / "public/report-public")
    before = replay(tmp_path / "store", str(size - 2), out=tmp_path / "before", day=DAY)
    assert before.differ == (), "before any release, the last generation of then"


def test_a_changed_table_is_told_and_a_redacted_one_passes(ran, tmp_path):
    folder, first, _, _ = ran
    shutil.copytree(folder / "store", tmp_path / "store")
    with open_store(tmp_path / "store") as store:
        reports = generation_of(store, first.generation).reports
        record = store.objects.get_manifest(reports[f"{DAY.isoformat()}/internal"])
        store.objects.path(dict(record["tables"])["findings"]).write_bytes(b"PAR1")
        with pytest.raises(StoreError, match="not those of its name"):
            replay(tmp_path / "store", first.generation, out=tmp_path / "out")
        store.objects.redact(dict(record["tables"])["findings"])
    again = replay(tmp_path / "store", first.generation, out=tmp_path / "out")
    assert (again.page, again.redacted, again.differ) == (None, ("findings",), ())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("at", "how", "error", "what"),
    [
        ("0" * 64, {}, MissingError, "no release and no generation"),
        ("nothing", {}, UsageError, "names no report"),
        ("0", {}, MissingError, "no report was made by then"),
        (None, {"day": dt.date(2020, 1, 1)}, MissingError, "there are: 2026-03-15/internal"),
        (None, {"audience": "coalition"}, MissingError, "no such report"),
    ],
)
def test_what_names_no_report_is_told(ran, tmp_path, at, how, error, what):
    folder, first, _, _ = ran
    with pytest.raises(error, match=what):
        replay(folder / "store", at or first.generation, out=tmp_path, **how)
    with pytest.raises(MissingError, match="no store"):
        replay(tmp_path / "none", first.generation, out=tmp_path)
