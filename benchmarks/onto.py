"""A day's 25,000 observations of `load` fused onto a history: `onto [ROWS …]`, of a million and of ten million rows unless told.

The last ones in time, the same again (nothing changes), and 25,000 that come late, from the middle of the history. Whole processes,
with start, reading and writing; at ten million at most 3 s are wanted, whatever the history.
"""

import json
import shutil
import tempfile
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks import worlds
from benchmarks.timed import TRUCEWATCH, Took, timed

SIZES: Final = (1_000_000, 10_000_000)
BATCH: Final = 25_000


def main() -> None:
    """Print what each takes, at the usual sizes."""
    among([])


def among(arguments: list[str]) -> int:
    """Print what each takes, for histories of so many rows."""
    for size in [int(float(each)) for each in arguments] or SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            made = get_context("spawn").Process(
                target=_parts, args=(folder, size)
            )  # whose memory is not that of what is timed
            made.start()
            made.join()
            small = worlds.make(200_000, "load", folder / "small", seed=31)
            model = folder / "model.parquet"
            timed([TRUCEWATCH, "fuse", "learn", str(small / "observations.parquet"), "-o", str(model)], folder=folder)
            took = _add(folder, "history", "--model", str(model))
            print(f"   {size:,} rows: {size / took.seconds:,.0f} rows/s, {took.peak_mb:,.0f} MB", flush=True)
            for what, batch in (
                ("the last day", "last"),
                ("the same again", "last"),
                ("a day that comes late", "late"),
            ):
                took = _add(folder, batch)
                told = json.loads(took.out)
                print(
                    f"   {what}: {took.seconds:.1f} s, {took.cpu_s:.1f} s of the processor, {took.peak_mb:,.0f} MB;"
                    f" {told['blocks_sampled']} of {told['blocks']:,} blocks sampled, {told['blocks_decided']} decided",
                    flush=True,
                )
    return 0


def _parts(folder: Path, size: int) -> None:
    """Write a history and two batches that are not in it."""
    world = worlds.make(size, "load", folder / "world", seed=31)
    rows = pl.read_parquet(world / "observations.parquet").sort("start_utc", "observation_id")
    middle = rows.height // 2
    history = pl.concat([rows[:middle], rows[middle + BATCH : -BATCH]])
    for what, part in {"last": rows.tail(BATCH), "late": rows.slice(middle, BATCH), "history": history}.items():
        part.write_parquet(folder / f"{what}.parquet")
    shutil.rmtree(world)


def _add(folder: Path, what: str, *more: str) -> Took:
    command = [TRUCEWATCH, "fuse", str(folder / f"{what}.parquet"), "--onto", str(folder / "kept"), *more, "--json"]
    return timed(command, folder=folder)
