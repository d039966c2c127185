"""`trucewatch --help`: under 0.4 s."""

import tempfile
from pathlib import Path

from benchmarks.timed import TRUCEWATCH, timed


def main() -> None:
    """Print the median of nine calls."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = sorted(timed([TRUCEWATCH, "--help"], folder=Path(folder)).seconds for _ in range(9))
    print(f"   median {seconds[4]:.3f} s, slowest {seconds[-1]:.3f} s (bar: 0.4 s)")
