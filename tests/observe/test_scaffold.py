"""A new source reads its own sample at once: in the project's tree, and as a package of its own."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from trucewatch.errors import UsageError
from trucewatch.manifest import parse_manifest
from trucewatch.observe import scaffold
from trucewatch.store import write_files

ROOT = pathlib.Path(__file__).parents[2]


def test_both_pass_the_conformance_test_and_their_own_and_lint(tmp_path):
    """In a copy of the project, with the package beside it as an installation would register it."""
    tree, outside = tmp_path / "tree", tmp_path / "new_outside"
    shutil.copytree(ROOT / "src", tree / "src")
    shutil.copytree(ROOT / "tests/observe", tree / "tests/observe")
    for file in ("pyproject.toml", "tests/conftest.py", "tests/servers.py"):
        shutil.copy(ROOT / file, tree / file)
    write_files(tree, scaffold("new_inside", outside=False))
    write_files(outside, scaffold("new_outside", outside=True))
    about = outside / "trucewatch_new_outside-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: trucewatch-new-outside\nVersion: 0.1.0\n")
    entry = "[trucewatch.sources]\nnew_outside = trucewatch_new_outside\n"
    (about / "entry_points.txt").write_text(entry)
    environment = os.environ | {"PYTHONPATH": f"{tree / 'src'}{os.pathsep}{outside}"}

    def run(*tokens: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *tokens], cwd=tree, env=environment, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    wanted = (
        "tests/observe/test_conformance.py",
        "tests/observe/readers/new_inside",
        "-k",
        "new_inside or new_outside or test_read",
    )
    told = run("pytest", "-v", "-p", "no:cacheprovider", *wanted, str(outside / "tests"))
    for name in ("new_inside", "new_outside"):
        assert told.count(f"[{name}] PASSED") > 5
        assert f"[CRLF-{name}] PASSED" in told
    assert told.count("test_what_breaks_a_rule_is_set_aside[id--id_is_absent] PASSED") == 2
    made = [tree / "src/trucewatch/observe/readers/new_inside", tree / "tests/observe/readers/new_inside"]
    for rule in (("check",), ("format", "--check")):
        run("ruff", *rule, "--no-cache", *map(str, made))


def test_the_entry_of_the_package_names_the_package():
    files = scaffold("local_radio", outside=True)
    assert b'local_radio = "trucewatch_local_radio"' in files["pyproject.toml"]
    assert b'name = "trucewatch-local-radio"' in files["pyproject.toml"]
    assert parse_manifest(files["trucewatch_local_radio/source.toml"], name="source.toml").source_id == "local_radio"


@pytest.mark.parametrize(
    "name", ["", "Radio", "1radio", "local-radio", "../x", "a b", "class", "рація", "x" * 41, "firms"]
)
def test_a_name_that_can_be_none(name):
    with pytest.raises(UsageError):
        scaffold(name, outside=False)
