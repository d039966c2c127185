"""The stage `fuse` alone on files, at once or onto what was fused before."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import polars as pl
from cyclopts import Parameter

from trucewatch import fuse as fusing
from trucewatch.cli.options import Json
from trucewatch.cli.output import Clock, result
from trucewatch.errors import UsageError
from trucewatch.spread import Here, Processes, Spread, dask
from trucewatch.store import read_table, runs_of, shelf_in, write_tables, written_by_parts
from trucewatch.tables import empty


def fuse(
    observations: Path,
    *,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    onto: Path | None = None,
    seed: int = 1,
    model: Path | None = None,
    processes: int = 0,
    cluster: str | None = None,
    json_: Json = False,
) -> None:
    """Fuse observations into incidents: writes `incidents`, `members`, `pairs`, `draws` and the `source_model` used.

    With `--onto` a folder of an earlier `fuse --onto`: its observations are kept, those of the same id revised; only what can
    change is done again, whatever the folder holds; incidents keep their ids, and `aliases` tells what merged or split. But for
    those ids the tables, each a folder with a file for each block of time, are what all observations fused at once would give.

    Parameters
    ----------
    observations
        A Parquet file with the columns of `observations`; nothing else is needed.
    out
        The folder to write to.
    onto
        A folder that `fuse --onto` wrote to, or a new one. The model is the one there; only `--model` changes it.
    seed
        The seed of every random number.
    model
        A `source_model` to use; without one it is learned from these observations.
    processes
        How many processes share the work; 0: two threads of this one. The answer is the same.
    cluster
        The address of the scheduler of a Dask cluster that does the work. The answer is the same.
    json_
        Print one JSON object instead of lines.
    """
    folder = out or onto
    if folder is None or (out and onto):
        raise UsageError("where to write is not told", to_do="give --out FOLDER or --onto FOLDER")
    clock = Clock()
    model = model or (_there(onto / "source_model.parquet") if onto else None)
    with clock.stage("learn"):
        learned = read_table(model, "source_model") if model else fusing.learn(read_table(observations, "observations"))
    write_tables(folder, {"source_model": learned})
    known = fusing.from_table(learned)
    with clock.stage("fuse"), _spread(processes, cluster) as spread, tempfile.TemporaryDirectory() as room:
        coming = runs_of(observations, known, Path(room), whole=bool(onto))
        if onto:
            with shelf_in(onto) as shelf:
                told = asdict(fusing.onto(coming, shelf, known, given=_name_of(learned), seed=seed, spread=spread))
        else:
            told = {"observations": sum(extent.rows for extent in coming.extents)}
            told |= _all_at_once(coming, known, folder, seed=seed, spread=spread)
    clock.tell()
    result({**told, "folder": str(folder)}, as_json=json_)


def _all_at_once(coming: fusing.Runs, model: fusing.Model, folder: Path, *, seed: int, spread: Spread) -> Counter[str]:
    """Write the tables of all observations, part by part; return how many incidents there are, and pairs."""
    told = Counter[str](incidents=0, of_several_observations=0, pairs=0)
    with written_by_parts(folder, fusing.TOLD) as put:
        for name in fusing.TOLD:
            put(name, empty(name))
        for _, frames in fusing.blocks_of(coming, model, seed=seed, spread=spread):
            for name in (name for name in fusing.TOLD if name in frames):
                put(name, frames[name])
            if "incidents" in frames:
                several = frames["incidents"].select((pl.col("observations") > 1).sum()).item()
                told.update(incidents=frames["incidents"].height, of_several_observations=several)
            told.update(pairs=frames["pairs"].height if "pairs" in frames else 0)
    return told


@contextmanager
def _spread(processes: int, cluster: str | None) -> Iterator[Spread]:
    """Return where the work is done."""
    if cluster:
        with dask(cluster) as there:
            yield there
    else:
        yield Processes(processes) if processes else Here()


def _name_of(model: pl.DataFrame) -> str:
    """Return a hash of a `source_model`."""
    return hashlib.sha256(repr(model.sort(model.columns).rows()).encode()).hexdigest()


def learn(
    observations: Path,
    *,
    out: Annotated[Path, Parameter(name=["--out", "-o"])],
    json_: Json = False,
) -> None:
    """Learn the sources of observations, without labels: writes a `source_model`, which `fuse --model` uses.

    Parameters
    ----------
    observations
        A Parquet file with the columns of `observations`; of a great many rows a stretch of bounded length is used.
    out
        The Parquet file to write.
    json_
        Print one JSON object instead of lines.
    """
    clock = Clock()
    rows = read_table(observations, "observations")
    with clock.stage("learn"):
        model = fusing.learn(rows)
    write_tables(out.parent, {out.stem: model})
    clock.tell()
    result({"observations": rows.height, "numbers": model.height, "file": str(out)}, as_json=json_)


def _there(path: Path) -> Path | None:
    """Return a path where a file is, or None."""
    return path if path.exists() else None
