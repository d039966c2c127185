"""`fuse explain` tells of each member of an incident what it contributed, beside `fuse`, whose word it shares."""

import json

import polars as pl
import pytest

from fuse.conftest import world
from trucewatch.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    world(150)[0].write_parquet(folder / "rows.parquet")
    assert main(["fuse", str(folder / "rows.parquet"), "-o", str(folder / "fused")]) == 0
    return folder


def called(folder, incident, *more):
    return main(
        [
            "fuse",
            "explain",
            incident,
            "--observations",
            str(folder / "rows.parquet"),
            "--fused",
            str(folder / "fused"),
            *more,
        ]
    )


def test_each_member_is_explained(folder, capsys):
    incidents = pl.read_parquet(folder / "fused/incidents.parquet")
    one = incidents.sort("observations", "incident_id", descending=True).row(0, named=True)
    capsys.readouterr()
    assert called(folder, one["incident_id"], "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["members"]) == one["observations"]
    assert sum(member["total"] for member in told["members"]) == pytest.approx(told["log_odds"])
    assert called(folder, one["incident_id"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["observation", "source", "act", "place", "time", "act", "source", "company", "total"]
    assert len(lines) == one["observations"] + 2
    assert float(lines[-1].split()[-1]) == pytest.approx(told["log_odds"], abs=0.01)


def test_an_incident_that_is_not_there_is_a_wrong_call(folder, capsys):
    assert called(folder, "nothing") == 2
    assert "no such incident" in capsys.readouterr().err
