"""What all tests share: where the real data lie, and what may be skipped."""

import os
import pathlib
import shutil

import pytest


@pytest.fixture(scope="session")
def data_dir() -> pathlib.Path:
    """The folder of real data, named by TRUCEWATCH_DATA; without it the test is skipped, with a wrong one it fails."""
    named = os.environ.get("TRUCEWATCH_DATA")
    if not named:
        pytest.skip("TRUCEWATCH_DATA is not set: the real data are not part of the project")
    folder = pathlib.Path(named).resolve()
    assert folder.is_dir(), f"TRUCEWATCH_DATA names no folder: {folder}"
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real browser; without one the test is skipped, unless TRUCEWATCH_ALL forbids it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        assert not os.environ.get("TRUCEWATCH_ALL"), "no chromium here, and TRUCEWATCH_ALL forbids the skip"
        pytest.skip("no chromium here: it is a system package")
    return found
