"""A simulated mission, made by the command that makes one."""

import dataclasses
import json
import pathlib
import re
import shutil
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from trucewatch.cli.main import main
from trucewatch.store import read_table

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


PEOPLE = {
    "vera": ("CHE", ["verifier"]), "victor": ("SWE", ["verifier"]), "rhea": ("CHE", ["releaser"]), "ruth": ("IRL", ["releaser"]),
    "lia": ("AUT", ["liaison"]), "anna": ("FIN", ["analyst"]), "kim": ("SWE", ["keeper"]), "safe": ("NOR", ["safeguard"]),
}  # fmt: skip
AT = "2026-03-18T12:00:00"


@dataclasses.dataclass(frozen=True)
class Mission:
    """Calls commands on one store and gives what they print as JSON; of a failure what it says."""

    folder: pathlib.Path
    world: pathlib.Path
    read: Callable[[], tuple[str, str]]

    @property
    def store(self) -> pathlib.Path:
        return self.folder / "out/store"

    def call(self, *argv: Any, exit_code: int = 0, key: str | None = None, here: bool = True) -> Any:
        place = ["--mission", self.world / "mission.toml", "--store", self.store] if here else []
        keyed = ["--key", self.folder / f"{key}.pem"] if key else []
        code = main([*map(str, [*argv, *place, *keyed]), "--json"])
        out, err = self.read()
        assert code == exit_code, err
        return json.loads(out) if out.strip().startswith("{") else err

    def run(self, audience: str = "internal") -> Any:
        argv = [
            "run",
            self.world / "mission.toml",
            "--data",
            self.world / "data",
            "--out",
            self.folder / "out",
            "--now",
            AT,
        ]
        return self.call(*argv, "--audience", audience, "--languages", "en", here=False)

    def table(self, name: str) -> pl.DataFrame:
        return read_table(self.folder / f"out/tables/{name}.parquet", name)

    def page(self, audience: str = "internal") -> str:
        folder = "report" if audience == "internal" else f"report-{audience}"
        return (self.folder / f"out/{folder}/index.html").read_text(encoding="utf-8")

    def both(self, first: str, second: str, *argv: Any) -> str:
        """Do something by one person and have it approved by another; return its entry."""
        entry = self.call(*argv, key=first)["entry"]
        assert self.call("approve", entry[:12], key=second)["status"] == "in force"
        return entry


@pytest.fixture(scope="session")
def with_people(made, tmp_path_factory):
    """Return the folder of a run with its store, and of the keys of its people; do not change it."""
    folder = tmp_path_factory.mktemp("people")
    told: list[str] = []

    def read() -> tuple[str, str]:
        return told.pop(), ""

    mission = Mission(folder, made, read)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *said, **given: told.append(said[0]) if "file" not in given else None)
        mission.run()
        rules = mission.call("key", "rules", "--reason", "the rules of the mission")
        assert rules["status"] == "in force"
        for name, (state, roles) in PEOPLE.items():
            public = mission.call("key", "new", "--out", folder / f"{name}.pem", here=False)["public_key"]
            given = [part for role in roles for part in ("--role", role)]
            added = mission.call("key", "add", public, "--name", name, "--state", state, *given)
            assert added["status"] == "in force"
    return folder


@pytest.fixture
def mission(with_people, made, tmp_path, capsys):
    shutil.copytree(with_people, tmp_path / "people")
    return Mission(tmp_path / "people", made, capsys.readouterr)
