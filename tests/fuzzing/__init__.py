"""Damaged input by number: each case has a number, and its damage follows from the name of what is damaged and that number.

`make test` runs the first 2,000 cases of everything that is read; `python -m benchmarks fuzz` runs 200,000, by
TRUCEWATCH_FUZZ_CASES. A case that fails says its number; TRUCEWATCH_FUZZ_ONLY=NUMBER runs it alone.
"""

import contextlib
import os
import random
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator

CASES = int(os.environ.get("TRUCEWATCH_FUZZ_CASES", "2000"))
WHOLE_FILES = min(CASES // 4, 4_000)  # which take some 20 ms each; damaged lines are taken in many at a time
ONLY = os.environ.get("TRUCEWATCH_FUZZ_ONLY")
WORKBOOKS = min(CASES, 50_000)
CASE_S = 5.0  # of processor time: no case is slower
HANG_S = 300  # of the clock: then the case is broken off
BATCH_MB = 1024  # by so much no batch raises the peak of memory


def batches(cases: int = CASES, at_a_time: int = 2000) -> list[range]:
    """Return the numbers of the cases, in the batches in which they are run."""
    if ONLY:
        return [range(int(ONLY), int(ONLY) + 1)]
    return [range(first, min(first + at_a_time, cases)) for first in range(0, cases, at_a_time)]


def named(batch: range) -> str:
    """Return the name of a batch, for pytest."""
    return f"{batch.start}-{batch.stop - 1}"


def run(target: str, batch: range, attempt: Callable[[random.Random, int], str]) -> dict[str, int]:
    """Run `attempt(dice, number)` for every case of a batch and return how often each outcome came.

    Fails with every different fault that was found: the case, what was raised and where.
    """
    outcomes: dict[str, int] = {}
    faults: dict[str, str] = {}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in batch:
        start = time.process_time()
        try:
            with broken_off(HANG_S):
                outcome = attempt(random.Random(f"{target} {number}"), number)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            at = next((f for f in reversed(frames) if "trucewatch" in f.filename), frames[-1])
            key = f"{type(error).__name__} at {at.filename}:{at.lineno}"
            faults.setdefault(
                key, f"case {number}: {type(error).__name__}: {str(error)[:500]} at {at.filename}:{at.lineno}"
            )
            continue
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        if (took := time.process_time() - start) > CASE_S:
            faults.setdefault("slow", f"case {number}: took {took:.1f} s")
    rise = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if rise > BATCH_MB:
        faults["memory"] = f"the batch raised the peak of memory by {rise:.0f} MB"
    assert not faults, f"{target}; run one case again with TRUCEWATCH_FUZZ_ONLY=NUMBER\n" + "\n".join(faults.values())
    return outcomes


@contextlib.contextmanager
def broken_off(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in what has not ended after `seconds`."""

    def end(number: int, frame: object) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
