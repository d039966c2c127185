"""The rule of two people against an oracle: 50,000 random sequences by random people through every door.

`python -m benchmarks two_persons`. TRUCEWATCH_SEQUENCES says how many; they are spread over four runs of their own seed.
"""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SEQUENCES: Final = 50_000
RUNS: Final = 4
AT_ONCE: Final = 2
TEST: Final = "tests/verify/test_standing.py"


def main() -> int:
    """Run the sequences, two runs at a time, print what each run took, and return how many runs failed."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(_run, range(1, RUNS + 1)))


def _run(seed: int) -> bool:
    """Run the sequences of a seed in a process of their own; say whether they failed."""
    each = max(int(os.environ.get("TRUCEWATCH_SEQUENCES", SEQUENCES)) // RUNS, 1)
    start = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}", TEST]
    given = os.environ | {"TRUCEWATCH_SEQUENCES": str(each), "TRUCEWATCH_RANDOM": "1"}
    done = subprocess.run(command, cwd=ROOT, env=given, text=True, capture_output=True, check=False)
    passed = done.returncode == 0 and re.search(r"\b1 passed", done.stdout) is not None
    outcome = "never broken" if passed else "BROKEN" if done.returncode == 1 else "NOT FINISHED"
    print(f"   seed {seed}: {each:,} sequences, {outcome}, {time.perf_counter() - start:.0f} s", flush=True)
    if not passed:
        print(f"exit code {done.returncode}\n{done.stdout[-4_000:]}{done.stderr[-1_000:]}")
    return not passed
