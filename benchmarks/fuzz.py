"""Damaged input by number, 200,000 cases of everything that is read: `python -m benchmarks fuzz [WHAT] [--n CASES]`.

WHAT is a source (`firms`), `workbooks`, `real` (files of the data folder) or `documents`; without it, all of them.
Of whole files a quarter of the cases are run, at most 10,000: each is a delivery of its own, and takes longest.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from trucewatch import observe

ROOT: Final = Path(__file__).resolve().parents[1]
CASES: Final = 200_000
BESIDE_THE_OTHERS: Final = 20_000  # when all parts are run, which may take an hour
KINDS_OF_DOCUMENT: Final = 6  # which take turns, so that each has as many cases as a source
ROWS, DOCUMENTS = "tests/observe/test_fuzz.py", "tests/test_fuzz.py"
BESIDE: Final[dict[str, tuple[str, str]]] = {
    "workbooks": (ROWS, "test_a_damaged_workbook"),
    "real": (ROWS, "test_a_damaged_real_file"),
    "documents": (DOCUMENTS, ""),
}


def targets() -> dict[str, tuple[str, str]]:
    """Return each thing that is fuzzed, with the file of its tests and what selects them there."""
    return {name: (ROWS, f"[{name}-") for name in observe.names()} | BESIDE


def fuzz(name: str, cases: int) -> bool:
    """Run the cases of one target on two processes, print what it took, and say whether all passed."""
    file, select = targets()[name]
    if name == "documents":
        cases *= KINDS_OF_DOCUMENT
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "worksteal",
        file,
        *(["-k", select] * bool(select)),
    ]
    start = time.perf_counter()
    ran = subprocess.run(
        command, cwd=ROOT, text=True, capture_output=True, check=False,
        env={**os.environ, "TRUCEWATCH_FUZZ_CASES": str(cases), "POLARS_MAX_THREADS": "1"},
    )  # fmt: skip
    last = (ran.stdout.strip().splitlines() or [""])[-1]
    counted = ", ".join(re.findall(r"\d+ (?:passed|failed|skipped|errors?)", last)) or "nothing ran"
    print(f"   {name:<12} {cases:>9,} cases: batches {counted}; {time.perf_counter() - start:.0f} s", flush=True)
    if ran.returncode:
        print(ran.stdout[-4000:], ran.stderr[-2000:], file=sys.stderr)
    return ran.returncode == 0


def among_all() -> int:
    """Run fewer cases, as one part of all; return the exit code."""
    return main(["--n", str(BESIDE_THE_OTHERS)])


def main(arguments: Sequence[str] = ()) -> int:
    """Fuzz what `arguments` name, or all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fuzz", description=__doc__)
    parser.add_argument("what", nargs="?", choices=list(targets()), help="one source or kind; all if left out")
    parser.add_argument("--n", type=int, default=CASES, metavar="CASES", help=f"cases of each; {CASES:,} if left out")
    given = parser.parse_args(arguments)
    if given.n < 1:
        parser.error("--n must be at least 1")
    names = [given.what] if given.what else list(targets())
    passed = [fuzz(name, given.n) for name in names]  # each, though one before it failed
    return int(not all(passed))
