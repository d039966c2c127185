"""Damaged input by number, 200,000 cases of everything that is read: `python -m benchmarks fuzz [WHAT] [--n CASES]`.

WHAT is a source (`firms`), `workbooks`, `real` (files of the data folder) or `documents`; without it, all of them.
A case is a damaged line of a source, 200 of which make a delivery; a document of each kind; a workbook, of which at most 50,000
are made; and beside the lines a quarter as many whole files, at most 4,000, since each is a delivery of its own.
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
DOCUMENTS_AMONG_ALL: Final = 20_000  # of each kind, when all is run: 200,000 take most of an hour alone
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
    """Run all targets, of documents fewer cases; return the exit code."""
    passed = [fuzz(name, DOCUMENTS_AMONG_ALL if name == "documents" else CASES) for name in targets()]
    return int(not all(passed))


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
