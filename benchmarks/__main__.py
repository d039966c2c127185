"""Run the parts of the benchmark that are named, or all, and print what each measured."""

import sys
import time
from collections.abc import Callable
from typing import Final

from benchmarks import day, fusion, help_time, reading

PARTS: Final[dict[str, Callable[[], None]]] = {
    "help": help_time.main,
    "reading": reading.main,
    "fusion": fusion.main,
    "day": day.main,
}


def main(wanted: list[str]) -> int:
    """Run the parts in `wanted`, or all; return the exit code."""
    if unknown := [name for name in wanted if name not in PARTS]:
        print(f"no such part: {unknown}; there are {list(PARTS)}", file=sys.stderr)
        return 2
    for name in wanted or PARTS:
        start = time.perf_counter()
        print(f"== {name}", flush=True)
        PARTS[name]()
        print(f"   ({time.perf_counter() - start:.0f} s)\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
