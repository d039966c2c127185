"""What all tests share: where the real data lie."""

import os
import pathlib

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
