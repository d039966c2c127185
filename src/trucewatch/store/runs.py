"""Observations read from a Parquet file so that fusion can take them block by block, and not all are held."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from trucewatch import fuse, tables
from trucewatch.errors import MissingError, TableError
from trucewatch.store.files import cannot_write

AT_ONCE: Final = 250_000  # rows
READ_AT_ONCE: Final = 8192  # rows: a block is read without what lies far from it
TABLE: Final = "observations"


def runs_of(path: Path, model: fuse.Model, room: Path, *, whole: bool = False) -> fuse.Runs:
    """Return the observations of a Parquet file; where there are many, put in order, a part at a time, in files below `room`.

    `whole`: with all columns, not only those that fusion needs. `model`: what knows how their sources err. Raises MissingError,
    TableError naming the file, or StoreError where `room` cannot be written.
    """
    if not path.exists():
        raise MissingError("no such file", where=str(path), to_do="correct the path")
    runs = []
    try:
        lazy = pl.scan_parquet(path)
        rows = lazy.select(pl.len()).collect().item()
        for number, low in enumerate(range(0, max(rows, 1), AT_ONCE)):
            frame = tables.conform(lazy.slice(low, AT_ONCE).collect(), TABLE, where=str(path))

            def keep(part: pl.DataFrame, number: int = number) -> pl.LazyFrame:
                part = part if whole else part.select(fuse.NEEDED)
                if rows <= AT_ONCE:
                    return part.lazy()
                part.write_ipc(room / f"{number}.arrow", compression="lz4", record_batch_size=READ_AT_ONCE)
                return pl.scan_ipc(room / f"{number}.arrow")

            runs.append(fuse.run_of(frame, model, keep))
    except pl.exceptions.PolarsError as error:
        raise TableError("not a Parquet file", where=str(path), to_do=f"give a Parquet file of {TABLE}") from error
    except OSError as error:
        raise cannot_write(room, error) from error
    _differ(runs, path)
    return fuse.Runs(runs, model)


def _differ(runs: list[fuse.Run], path: Path) -> None:
    """Raise TableError where an id is that of two rows in different runs; within each that was looked at."""
    keys = np.sort(np.concatenate([run.key for run in runs]))
    twice = keys[1:][keys[1:] == keys[:-1]]
    if len(runs) > 1 and len(twice):
        ids = pl.concat([run.rows.select("observation_id") for run in runs]).collect().to_series()
        found = ids.filter(ids.is_duplicated())
        if len(found):
            raise TableError(
                f"{len(found)} rows break the rule 'primary_key', the first: {found[0]!r}",
                where=str(path),
                to_do="give each row an id of its own",
            )
