"""`fuse --onto`: in parts or at once, the tables are the same but for the ids that last."""

import json

import polars as pl
import pytest

from fuse.conftest import world
from trucewatch.cli.main import main


@pytest.fixture
def rows():
    return world(150, days=30.0)[0].sort("start_utc", "observation_id")


def fused(capsys, *arguments) -> dict:
    assert main(["fuse", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_in_parts_is_as_at_once(rows, tmp_path, capsys):
    parts = {"first": rows.head(-60), "last": rows.tail(60), "all": rows}
    for name, part in parts.items():
        part.write_parquet(tmp_path / f"{name}.parquet")
    folder, scratch = tmp_path / "kept", tmp_path / "scratch"
    fused(capsys, tmp_path / "first.parquet", "--onto", folder)
    before = pl.read_parquet(folder / "members.parquet")
    fused(capsys, tmp_path / "last.parquet", "--onto", folder)
    fused(capsys, tmp_path / "all.parquet", "-o", scratch, "--model", folder / "source_model.parquet")
    for table in ("pairs", "draws"):
        assert pl.read_parquet(folder / f"{table}.parquet").equals(pl.read_parquet(scratch / f"{table}.parquet"))
    now, at_once = (pl.read_parquet(each / "members.parquet") for each in (folder, scratch))
    both = now.join(at_once, on="observation_id", suffix="_at_once")
    assert (
        both.n_unique(["incident_id", "incident_id_at_once"])
        == now["incident_id"].n_unique()
        == at_once["incident_id"].n_unique()
    )
    aliases = pl.read_parquet(folder / "aliases.parquet")
    assert set(before["incident_id"]) <= {*now["incident_id"], *aliases["incident_id"]}
    again = fused(capsys, tmp_path / "last.parquet", "--onto", folder)
    assert (again["blocks_sampled"], again["observations"]) == (0, rows.height)
    assert pl.read_parquet(folder / "members.parquet").equals(now)


def test_where_to_write_must_be_told(tmp_path, capsys, rows):
    rows.write_parquet(tmp_path / "rows.parquet")
    assert main(["fuse", str(tmp_path / "rows.parquet")]) == 2
    assert "--onto" in capsys.readouterr().err


def test_learning_is_a_step_of_its_own(tmp_path, capsys, rows):
    rows.write_parquet(tmp_path / "rows.parquet")
    learned = tmp_path / "model.parquet"
    assert main(["fuse", "learn", str(tmp_path / "rows.parquet"), "-o", str(learned)]) == 0
    capsys.readouterr()
    given, own = tmp_path / "given", tmp_path / "own"
    fused(capsys, tmp_path / "rows.parquet", "-o", given, "--model", learned)
    fused(capsys, tmp_path / "rows.parquet", "-o", own)
    for table in ("incidents", "source_model"):
        assert pl.read_parquet(given / f"{table}.parquet").equals(pl.read_parquet(own / f"{table}.parquet"))
