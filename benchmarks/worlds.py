"""Worlds with known truth, made by the generator that TRUCEWATCH_WORLDS names (`fusion_world.py`, `fusion_score.py`)."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def folder() -> Path:
    """Return the folder of generator and scorer. Raises FileNotFoundError where it is not there."""
    found = Path(os.environ.get("TRUCEWATCH_WORLDS", "../shared/bench")).resolve()
    if not (found / "fusion_world.py").is_file():
        raise FileNotFoundError(f"no fusion_world.py in {found}: set TRUCEWATCH_WORLDS to its folder")
    return found


def make(n: int, scenario: str, out: Path, *, seed: int) -> Path:
    """Write a world of about `n` observations to `out` and return it."""
    command = [sys.executable, str(folder() / "fusion_world.py"), str(n), scenario, str(out), "--seed", str(seed)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def score(world: Path, fused: Path) -> dict[str, Any]:
    """Return the marks of a fusion written to `fused` against the truth of `world`."""
    files = [world / "truth.parquet", fused / "members.parquet", fused / "pairs.parquet"]
    command = [sys.executable, str(folder() / "fusion_score.py"), *map(str, files)]
    marks = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert isinstance(marks, dict)
    return marks
