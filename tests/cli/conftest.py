"""A simulated mission, made by the command that makes one."""

import pathlib
import re
import shutil

import pytest

from trucewatch.cli.main import main

ROOT = pathlib.Path(__file__).parents[2]


def smaller(text: str) -> str:
    """Return the scenario of the demo cut to four days about entry into force, with a twelfth of the events."""
    text = re.sub(r"(?m)^(start|days|outages) = .*$", "", text)
    text = re.sub(r"(?m)^((?:clutter_)?per_day) = ([0-9.]+)", lambda m: f"{m[1]} = {float(m[2]) / 12:.3f}", text)
    return "start = 2026-03-13\ndays = 4\n" + text


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return the path of a small scenario, with what lies beside it."""
    folder = tmp_path_factory.mktemp("scenario")
    shutil.copytree(ROOT / "agreements", folder / "agreements")
    shutil.copytree(ROOT / "missions/demo", folder / "missions/demo")
    path = folder / "missions/demo/scenario.toml"
    path.write_text(smaller(path.read_text(encoding="utf-8")), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def made(scenario: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return the folder of the simulated mission; do not change it."""
    folder = tmp_path_factory.mktemp("world")
    assert main(["simulate", str(scenario), "--out", str(folder), "--json"]) == 0
    return folder


@pytest.fixture
def world(made: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a copy of the simulated mission that a test may change; its report is in English alone, which is quicker."""
    folder = pathlib.Path(shutil.copytree(made, tmp_path / "world"))
    mission = folder / "mission.toml"
    mission.write_text('languages = ["en"]\n' + mission.read_text(encoding="utf-8"), encoding="utf-8")
    return folder
