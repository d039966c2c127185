"""The commands that care for the store, as a person calls them."""

import json
import shutil

import pytest

from trucewatch.cli.main import main
from trucewatch.mission.generation import generation_of
from trucewatch.store import open_store

NOW = ("--now", "2026-03-18T09:00:00")


@pytest.fixture
def call(capsys):
    """Return a function that calls the command and returns exit code, stdout as JSON, and stderr."""

    def called(*tokens: object) -> tuple[int, dict, str]:
        capsys.readouterr()
        code = main([*(str(token) for token in tokens), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else {}, err

    return called


@pytest.fixture(scope="module")
def ran(made, tmp_path_factory):
    """Return the folder of a run, its report in English alone; do not change it."""
    out = tmp_path_factory.mktemp("out")
    data, languages = ["--data", str(made / "data")], ["--languages", "en"]
    assert main(["run", str(made / "mission.toml"), *data, "--out", str(out), *languages, *NOW]) == 0
    return out


def test_a_store_is_backed_up_restored_rebuilt_and_its_report_made_again(call, ran, tmp_path):
    code, saved, _ = call("backup", "--store", ran / "store", "-o", tmp_path / "backup")
    assert code == 0
    assert saved["entries"] == saved["rows"]["entries"] > 10
    assert saved["not_copied"] == str(ran / "store.keys")
    code, made, _ = call("restore", tmp_path / "backup", "--store", tmp_path / "store")
    assert code == 0
    assert {name: made[name] for name in ("entries", "root", "rows", "files")} == {
        name: saved[name] for name in ("entries", "root", "rows", "files")
    }
    code, rebuilt, err = call("rebuild", "--store", tmp_path / "store")
    assert (code, rebuilt["same"], rebuilt["differ"]) == (0, True, [])
    assert "seconds: observe" in err
    with open_store(tmp_path / "store") as store:
        generation = store.index.generation()
    code, again, _ = call("report", "--at", generation, "--store", tmp_path / "store", "-o", tmp_path / "again")
    assert (code, again["differ"], again["redacted"]) == (0, [], [])
    for path in (ran / "report").iterdir():
        assert (tmp_path / "again/report" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_report_that_comes_out_otherwise_has_its_exit_code(call, ran, tmp_path):
    shutil.copytree(ran / "store", tmp_path / "store")
    with open_store(tmp_path / "store") as store:
        name = store.index.generation()
        generation = generation_of(store, name)
        place, record = next(iter(generation.reports.items()))
        told = store.objects.get_manifest(record)
        told["files"]["incidents.csv"] = "0" * 64
        reports = {place: store.objects.put_manifest(told)}
        other = store.objects.put_manifest(generation.manifest() | {"reports": reports})
        assert store.index.publish(other, instead_of=name)
    code, again, _ = call("report", "--at", other, "--store", tmp_path / "store", "-o", tmp_path / "again")
    assert (code, again["differ"]) == (10, ["incidents.csv"])


@pytest.mark.parametrize(
    ("code", "what", "tokens"),
    [
        (2, "made of nothing else", ("report", "--at", "1" * 64, "-o", "{}")),
        (2, "which report?", ("report", "{}", "-o", "{}")),
        (2, "not the address", ("backup", "--store", "{}", "--database", "mysql:", "-o", "{}/x")),
        (7, "no store", ("backup", "--store", "{}/none", "-o", "{}/x")),
        (7, "no store", ("rebuild", "--store", "{}/none")),
        (7, "no finished backup", ("restore", "{}", "--store", "{}/new")),
    ],
)
def test_a_wrong_call_is_told(call, tmp_path, code, what, tokens):
    assert call(*(token.format(tmp_path) for token in tokens))[0] == code
    assert what in call(*(token.format(tmp_path) for token in tokens))[2]
