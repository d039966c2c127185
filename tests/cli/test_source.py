"""`source new` as a person calls it."""

import json

import pytest

from trucewatch.cli.main import main


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The folder of a project, as far as the command looks at it."""
    (tmp_path / "src/trucewatch/observe/readers").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_in_the_project_it_joins_the_readers_and_says_what_comes_next(project, capsys):
    assert main(["source", "new", "local_radio"]) == 0
    out = capsys.readouterr().out
    assert (project / "src/trucewatch/observe/readers/local_radio/read.py").is_file()
    assert (project / "tests/observe/readers/local_radio/sample.toml").is_file()
    assert "python -m pytest tests/observe -k local_radio" in out
    before = {path: path.read_bytes() for path in project.rglob("*.*") if path.is_file()}
    assert main(["source", "new", "local_radio"]) == 2
    assert "there already" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in project.rglob("*.*") if path.is_file()}


def test_elsewhere_it_needs_a_folder_and_makes_a_package(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["source", "new", "local_radio"]) == 2
    assert "--folder" in capsys.readouterr().err
    assert main(["source", "new", "local_radio", "--folder", "radio", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["next"][0] == "python -m pip install --editable radio"
    assert all((tmp_path / path).is_file() for path in told["written"])
    assert (tmp_path / "radio/trucewatch_local_radio/source.toml").is_file()
    assert main(["source", "new", "other", "--folder", "radio"]) == 2
    assert "not empty" in capsys.readouterr().err
    assert main(["source", "new", "firms", "--folder", "again"]) == 2


def test_new_alone_is_no_command(capsys):
    assert main(["source"]) in (0, 2)
    assert main(["source", "nothing"]) == 2
