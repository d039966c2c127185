"""One changed byte at 100,000 random places of a copy of 10,000 entries: all found; `python -m benchmarks journal_bytes`.

Each place is verified by `verify_copy` over the whole changed copy. What it verified before is not repeated (`Known`): a line that
is the same is the same entry. Every 500th is verified from nothing too, and must say the same. TRUCEWATCH_PLACES says how many
places, TRUCEWATCH_SEED which. Authors' signatures are left out: checkpoint and ids must find each change without them.
"""

import functools
import os
import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from benchmarks.made_journal import TRUST, journal_of
from trucewatch.journal import Copy, Known, Verified, copy_of, verify_copy

ENTRIES: Final = 10_000
PLACES: Final = 100_000
AT_ONCE: Final = 1_000
PROCESSES: Final = 2
FROM_NOTHING: Final = 500


def main() -> int:
    """Print how many changes were found; return 1 when one was missed, or two verifications differ."""
    places, seed = int(os.environ.get("TRUCEWATCH_PLACES", PLACES)), int(os.environ.get("TRUCEWATCH_SEED", "1"))
    batches = range(seed, seed + max(places // AT_ONCE, 1))
    done = missed = differ = again = 0
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for part in pool.map(_changed, batches):
            done, missed, differ, again = done + AT_ONCE, missed + part[0], differ + part[1], again + part[2]
            if done % 10_000 == 0 or done == len(batches) * AT_ONCE:
                print(f"   {done:,} places of {ENTRIES:,} entries: {missed} missed (bar: 0)", flush=True)
    print(f"   {again:,} of them verified from nothing too: {differ} said otherwise")
    return int(bool(missed or differ))


@functools.cache
def _verified() -> tuple[Copy, Known, Verified]:
    """Return the copy of this process, what is known of it, and that it holds."""
    copy, known = journal_of(ENTRIES), Known()
    return copy, known, verify_copy(copy, TRUST, authors=False, known=known)


def _changed(seed: int) -> tuple[int, int, int]:
    """Return how many of the changes of a seed were missed, how many verifications from nothing said otherwise, and of how many."""
    copy, known, clean = _verified()
    files, trees = copy.files, {copy.ids: known.ids[copy.ids]}
    names = list(files)
    sizes = [len(files[name]) for name in names]
    drawn = random.Random(seed)
    missed = differ = again = 0
    for number in range(AT_ONCE):
        (name,) = drawn.choices(names, sizes)
        data, place = files[name], drawn.randrange(len(files[name]))
        turned = bytes([data[place] ^ drawn.randrange(1, 256)])
        changed = copy_of({**files, name: b"".join((data[:place], turned, data[place + 1 :]))})
        known.ids = dict(trees)  # the trees of changed ids are not worth their memory
        verified = verify_copy(changed, TRUST, authors=False, known=known)
        missed += verified == clean
        if number % FROM_NOTHING == 0:
            again += 1
            differ += verify_copy(changed, TRUST, authors=False) != verified
    return missed, differ, again
