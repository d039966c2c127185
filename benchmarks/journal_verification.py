"""How fast a copy of 100,000 entries is verified: at least 20,000 entries/s; `python -m benchmarks journal_verification`.

Two figures: whether anything was rewritten (each entry's bytes, their tree, the checkpoint and its cosignatures), and with each
author's signature too. CPU seconds of one process, because the machine may be busy; with two processes, seconds by the clock.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from benchmarks.made_journal import TRUST, journal_of
from trucewatch.journal import verify_copy

ENTRIES: Final = 100_000
BAR: Final = 20_000


def main() -> int:
    """Print the figures; return 1 where the bar is not reached or a copy that holds is told not to."""
    copy = journal_of(ENTRIES)
    print(f"   {ENTRIES:,} entries, {len(copy.entries) / ENTRIES:.0f} bytes each, two witnesses")
    speeds = {}
    for authors in (False, True):
        start = time.process_time()
        verified = verify_copy(copy, TRUST, authors=authors)
        speeds[authors] = ENTRIES / (time.process_time() - start)
        if verified.problems or verified.lacks:
            print(f"   NOT VERIFIED: {[*verified.problems, *verified.lacks][:3]}")
            return 1
    print(f"   nothing rewritten: {speeds[False]:,.0f} entries per CPU second (bar: {BAR:,})")
    print(f"   with each author's signature: {speeds[True]:,.0f} entries per CPU second")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(abs, range(2)))  # the processes have begun
        start = time.perf_counter()
        verify_copy(copy, TRUST, spread=pool.map)
        print(
            f"   with each author's signature, two processes: {ENTRIES / (time.perf_counter() - start):,.0f} entries/s by the clock"
        )
    return int(speeds[False] < BAR)
