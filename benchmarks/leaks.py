"""What leaves, attacked: 200 worlds of planted secrets, and 10,000 pairs of queries that differ by one incident.

`python -m benchmarks leaks`. Each world holds some 300 secrets, which are looked for in every table and file of a release.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PARTS: Final = {
    "200 worlds of planted secrets": (
        "tests/release/test_prepare.py",
        "no_secret",
        {"TRUCEWATCH_SECRET_WORLDS": "200"},
    ),
    "10,000 pairs of queries": ("tests/release/test_groups.py", "differ_by_one", {"TRUCEWATCH_PAIRS": "10000"}),
}


def main() -> int:
    """Run both attacks, print what each took, and return how many found a leak."""
    leaked = 0
    for name, (file, select, scale) in PARTS.items():
        start = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file, "-k", select]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | scale, text=True, capture_output=True, check=False)
        passed = done.returncode == 0 and re.search(r"\b[1-9]\d* passed", done.stdout) is not None
        leaked += not passed
        outcome = "none leaks" if passed else "A LEAK" if done.returncode == 1 else "NOT FINISHED"
        print(
            f"   {name}: {outcome}, {time.perf_counter() - start:.0f} s",
            flush=True,
        )
        if not passed:
            print(f"exit code {done.returncode}\n{done.stdout[-4_000:]}{done.stderr[-1_000:]}")
    return leaked
