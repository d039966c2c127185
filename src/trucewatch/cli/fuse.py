"""The stage `fuse` alone on files, at once or onto what was fused before."""

from itertools import chain
from pathlib import Path
from typing import Annotated

import polars as pl
from cyclopts import Parameter

from trucewatch import fuse as fusing
from trucewatch.cli.output import Clock, result
from trucewatch.cli.stages import Json
from trucewatch.errors import UsageError
from trucewatch.spread import Here, Processes, Spread
from trucewatch.store import read_bytes, read_table, write_bytes, write_parts, write_tables
from trucewatch.tables import empty


def fuse(
    observations: Path,
    *,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    onto: Path | None = None,
    seed: int = 1,
    model: Path | None = None,
    processes: int = 0,
    json_: Json = False,
) -> None:
    """Fuse observations into incidents: writes `incidents`, `members`, `pairs`, `draws` and the `source_model` used.

    With `--onto` a folder of an earlier `fuse`: its observations are kept, those of the same id revised; only blocks of time that
    can change are sampled again; incidents keep their ids, and `aliases` tells what merged or split. But for those ids the
    tables are what all observations fused at once would give.

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
    json_
        Print one JSON object instead of lines.
    """
    folder = out or onto
    if folder is None or (out and onto):
        raise UsageError("where to write is not told", to_do="give --out FOLDER or --onto FOLDER")
    clock = Clock()
    rows = read_table(observations, "observations")
    if onto:
        rows = _revised(onto / "observations.parquet", rows)
        model = model or _there(onto / "source_model.parquet")
    with clock.stage("learn"):
        learned = read_table(model, "source_model") if model else fusing.learn(rows)
    spread: Spread = Processes(processes) if processes else Here()
    remembering = fusing.Remembering(spread, Blocks(onto / "blocks")) if onto else None
    told = {"observations": rows.height}
    before = read_table(there, "members") if onto and (there := _there(onto / "members.parquet")) else empty("members")
    if onto:
        write_tables(onto, {"observations": rows})
    held = [rows]
    del rows
    with clock.stage("fuse"):
        fused = fusing.fuse(held.pop(), learned, seed=seed, spread=remembering or spread)
    frames = {"incidents": fused.incidents, "members": fused.members, "pairs": fused.pairs, "source_model": learned}
    if remembering and onto:
        frames["incidents"], frames["members"] = fusing.renamed(fused.incidents, fused.members, before)
        frames["aliases"] = fusing.aliases_of(frames["members"], before)
        told |= {"blocks": len(remembering.asked), "blocks_sampled": remembering.sampled}
        Blocks(onto / "blocks").keep(remembering.asked)
    write_parts(folder / "draws.parquet", chain([empty("draws")], fused.each_draw()))
    write_tables(folder, frames)
    clock.tell()
    told |= {"incidents": fused.incidents.height}
    told |= {"of_several_observations": fused.incidents.filter(pl.col("observations") > 1).height}
    result({**told, "pairs": fused.pairs.height, "folder": str(folder)}, as_json=json_)


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


def _revised(path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the observations at `path`, where there are any, with `rows` added or in the place of those of the same id."""
    if not path.exists():
        return rows
    return pl.concat([read_table(path, "observations").join(rows, on="observation_id", how="anti"), rows])


class Blocks:
    """What blocks said, a file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str) -> bytes | None:
        """Return what was put under a name."""
        path = self.folder / name
        return read_bytes(path) if path.exists() else None

    def put(self, name: str, data: bytes) -> None:
        """Keep bytes under a name."""
        write_bytes(self.folder / name, data)

    def keep(self, names: list[str]) -> None:
        """Remove what no block of the last run asked for."""
        for path in self.folder.iterdir():
            if path.name not in names:
                path.unlink()
