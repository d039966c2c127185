"""Run the parts of the benchmark that are named, or all, and print what each measured.

`python -m benchmarks --list` names the parts; some also take arguments of their own: `fuzz [WHAT] [--n CASES]`,
`broken [WORD …]` (scenarios and breakages whose name holds one of the words), `speed [ROWS …] [--plot]`,
`onto [ROWS …]`, `clutter [--plot]`.
"""

import sys
import time
from collections.abc import Callable
from typing import Final

from benchmarks import (
    broken,
    chain,
    clutter,
    clutter_worlds,
    day,
    faults,
    fusion,
    fuzz,
    help_time,
    incremental,
    journal_bytes,
    journal_verification,
    leaks,
    misstated,
    onto,
    peers,
    reading,
    records,
    speed_fusion,
    two_persons,
)

PARTS: Final[dict[str, Callable[[], int | None]]] = {
    "help": help_time.main,
    "reading": reading.main,
    "fusion": fusion.main,
    "misstated": misstated.main,
    "speed": speed_fusion.main,
    "onto": onto.main,
    "broken": broken.main,
    "peers": peers.main,
    "chain": chain.main,
    "records": records.main,
    "clutter": clutter.main,
    "clutter_worlds": clutter_worlds.main,
    "day": day.main,
    "incremental": incremental.main,
    "faults": faults.main,
    "fuzz": fuzz.among_all,
    "leaks": leaks.main,
    "two_persons": two_persons.main,
    "journal_verification": journal_verification.main,
    "journal_bytes": journal_bytes.main,
}

WITH_ARGUMENTS: Final[dict[str, Callable[[list[str]], int]]] = {
    "fuzz": fuzz.main,
    "speed": speed_fusion.among,
    "onto": onto.among,
    "broken": broken.main,
    "clutter": clutter.among,
}


def main(wanted: list[str]) -> int:
    """Run the parts in `wanted`, or all; return the exit code."""
    if wanted == ["--list"]:
        print("\n".join(PARTS))
        return 0
    if wanted and wanted[0] in WITH_ARGUMENTS:
        return WITH_ARGUMENTS[wanted[0]](wanted[1:])
    if unknown := [name for name in wanted if name not in PARTS]:
        print(f"no such part: {unknown}; there are {list(PARTS)}", file=sys.stderr)
        return 2
    failed = False
    for name in wanted or PARTS:
        start = time.perf_counter()
        print(f"== {name}", flush=True)
        failed |= bool(PARTS[name]())
        print(f"   ({time.perf_counter() - start:.0f} s)\n", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
