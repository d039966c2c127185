"""Run a command as a process of its own and say what it took."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TRUCEWATCH = str(Path(sys.executable).with_name("trucewatch"))


@dataclass(frozen=True)
class Took:
    """What a process took: seconds by the clock and of the processor, peak resident memory in MB, and what it printed."""

    seconds: float
    cpu_s: float
    peak_mb: float
    out: str
    err: str


def timed(command: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None) -> Took:
    """Run `command` and wait for it, its modules compiled as in an installation. Raises RuntimeError with its last words."""
    out, err = folder / ".out", folder / ".err"
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, env={**inherited, **(environment or {})})
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    took = Took(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out.read_text(), err.read_text())
    if process.returncode is None:
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {took.err[-2000:]}")
    return took
