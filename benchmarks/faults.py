"""Taking in under faults, at length: the tests of `tests/mission/test_faults.py` with the numbers of the bench.

1,000 processes killed at random moments over SQLite and PostgreSQL; 20 random orders of 10,000 deliveries with repeats; PostgreSQL
killed and started 20 times; and calls to the kernel that fail, by `strace -e inject`, where strace is installed.
TRUCEWATCH_KILLS, TRUCEWATCH_ORDERS, TRUCEWATCH_DELIVERIES, TRUCEWATCH_RESTARTS, TRUCEWATCH_SEED say otherwise.
"""

import importlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
USUAL: Final = {
    "TRUCEWATCH_KILLS": "1000",
    "TRUCEWATCH_ORDERS": "20",
    "TRUCEWATCH_DELIVERIES": "10000",
    "TRUCEWATCH_RESTARTS": "20",
}
PARTS: Final = ("killed_at_random", "any_order", "killed_and_started")
CALLS: Final = {
    "write,pwrite64": ("ENOSPC", "EIO"),
    "fsync,fdatasync": ("ENOSPC", "EIO"),
    "rename,renameat,renameat2": ("ENOSPC", "EIO"),
}
PATIENCE_S: Final = 60
INJECTED: Final = 10  # places of each kind of call and error
ALONE: Final = """\
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import taking
record = taking.opened(pathlib.Path(sys.argv[2]))
for number in range(int(sys.argv[3]), int(sys.argv[3]) + 3):
    taking.take(record, number)
    with open(sys.argv[4], "a") as acks:
        acks.write(f"{number}\\n")
"""


def main() -> int:
    """Run every part; return 1 when one failed."""
    failed = False
    for part in PARTS:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/mission/test_faults.py",
            "-k",
            part,
        ]
        done = subprocess.run(
            command, cwd=ROOT, env={**USUAL, **os.environ}, check=False, capture_output=True, text=True
        )
        print(f"   {part}: {done.stdout.strip().splitlines()[-1]}", flush=True)
        if done.returncode:
            print(done.stdout[-3000:])
            failed = True
    return int(failed or _injected())


def _injected() -> bool:
    """Let single calls to the kernel fail while three deliveries are taken in; say what was tried; return whether one was lost."""
    if not shutil.which("strace"):
        print("   strace is not installed: its part is left out")
        return False
    draw = random.Random(int(os.environ.get("TRUCEWATCH_SEED", "1")))
    tried = refused = 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "alone.py").write_text(ALONE)
        acks = folder / "acks"
        for calls, errors in CALLS.items():
            count = _calls_of(folder, calls)
            for error in errors:
                for place in sorted(draw.sample(range(1, count + 1), min(INJECTED, count))):
                    inject = f"inject={calls}:error={error}:when={place}"
                    refused += _take(folder, 3 * tried, ["-e", f"trace={calls}", "-e", inject]) != 0
                    tried += 1
                    wrong += _wrongs(folder, acks)
    print(f"   strace: {tried} calls failed, {refused} runs said so, {len(wrong)} wrongs (bar: 0) {wrong[:3]}")
    return bool(wrong)


def _take(folder: Path, first: int, how: list[str]) -> int:
    """Take in three deliveries under strace; return the exit code."""
    command = ["strace", "-f", "-qq", "-o", str(folder / "trace"), *how, sys.executable, str(folder / "alone.py")]
    told = [str(ROOT / "tests"), str(folder / "store"), str(first), str(folder / "acks")]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [*command, *told], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.wait(timeout=PATIENCE_S)
    except (
        subprocess.TimeoutExpired
    ):  # a library waits for a write of its own that failed: then it is killed, as a user would
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def _calls_of(folder: Path, calls: str) -> int:
    """Return how many of these calls one run makes."""
    _take(folder, 0, ["-e", f"trace={calls}"])
    return sum(" = " in line for line in (folder / "trace").read_text().splitlines())


def _wrongs(folder: Path, acks: Path) -> list[str]:
    """Return what does not hold of the store, looked at by a process that nothing disturbs."""
    sys.path[:0] = [str(ROOT / "tests")] if str(ROOT / "tests") not in sys.path else []
    taking = importlib.import_module("taking")
    with taking.opened(folder / "store") as record:
        return [str(each) for each in taking.wrongs(record, taking.acknowledged_in(acks))]
