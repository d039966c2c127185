"""A simulated mission of a few days, written as its sources' own files."""

import datetime as dt
import pathlib
import re
import shutil

import pytest

from trucewatch.simulate import parse_scenario, simulate
from trucewatch.store import beside, write_files

ROOT = pathlib.Path(__file__).parents[2]
DEMO = ROOT / "missions" / "demo"
NOW = dt.datetime(2026, 3, 18, 9, tzinfo=dt.UTC)


def smaller(text: str) -> str:
    """Return the scenario of the demo cut to four days about entry into force, with a twelfth of the events."""
    text = re.sub(r"(?m)^(start|days|outages) = .*$", "", text)
    text = re.sub(r"(?m)^((?:clutter_)?per_day) = ([0-9.]+)", lambda m: f"{m[1]} = {float(m[2]) / 12:.3f}", text)
    return "start = 2026-03-13\ndays = 4\n" + text


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return the folder of the simulated mission; do not change it."""
    text = smaller((DEMO / "scenario.toml").read_text(encoding="utf-8"))
    world = simulate(parse_scenario(text.encode(), name="small", beside=beside(DEMO, ROOT)))
    folder = tmp_path_factory.mktemp("world")
    write_files(folder, world.files)
    return folder


@pytest.fixture
def world(made: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a copy of the simulated mission that a test may change; its report is in English alone, which is quicker."""
    folder = pathlib.Path(shutil.copytree(made, tmp_path / "world"))
    mission = folder / "mission.toml"
    mission.write_text('languages = ["en"]\n' + mission.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def now() -> dt.datetime:
    """Return the instant after the last day at which a run is made."""
    return NOW
