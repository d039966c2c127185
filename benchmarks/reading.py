"""Reading original files: at least 200,000 rows/s for FIRMS and UCDP CSV, from bytes to checked observations.

The files of TRUCEWATCH_DATA, repeated with fresh ids until they hold enough rows.
"""

import datetime as dt
import os
import time
from pathlib import Path

from trucewatch import when
from trucewatch.observe import Delivery, source, take_in

FILES = {
    "firms": "firms/fire_nrt_SV-C2_ukraine_2023-02-24_2023-07-31.csv",
    "ucdp_ged": "ucdp_ged/api_ukr_2023-06_v23_1.csv",
}
ROWS = 400_000


def main() -> None:
    """Print rows per second of each source, best of three."""
    data = Path(os.environ.get("TRUCEWATCH_DATA", "../shared/data"))
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for name, path in FILES.items():
        head, *lines = (data / path).read_bytes().splitlines(keepends=True)
        times = ROWS // len(lines) + 1
        numbered = (_fresh(name, line, turn) for turn in range(times) for line in lines)
        delivery = Delivery(path, head + b"".join(numbered), now, name)
        found = source(name)
        given = found.given(when.zone("Europe/Kyiv"), options={})
        seconds = []
        taken = take_in(delivery, found.read, given)
        for _ in range(3):
            start = time.perf_counter()
            taken = take_in(delivery, found.read, given)
            seconds.append(time.perf_counter() - start)
        rows, good = int(taken.delivery["rows_in"].sum()), taken.observations.height
        print(f"   {name}: {rows / min(seconds):,.0f} rows/s ({rows:,} rows, {good:,} observations; bar: 200,000)")


def _fresh(name: str, line: bytes, turn: int) -> bytes:
    """Return a line with an id of its own, so that no row is a repetition."""
    if name == "ucdp_ged":
        return b"%d%s" % (turn + 1, line) if turn else line
    lat, rest = line.split(b",", 1)
    return b"%s%03d,%s" % (lat, turn, rest)
