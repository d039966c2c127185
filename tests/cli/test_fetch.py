"""`fetch` as a person calls it, against a real server, for an outside source whose manifest names that server."""

import json
import sys
from datetime import date

import polars as pl
import pytest

from fetch.conftest import CSV, reply, serving
from trucewatch.cli.main import main
from trucewatch.fetch import Secret, fetch, plan
from trucewatch.observe import source
from trucewatch.store import read_table

MANIFEST = """
source_id = "campfires"
title = "Fires"
publisher = "A club"
formats = ["csv"]
delivery = "increment"
[licence]
name = "its own"
attribution = "the club"
republish = "none"
[accuracy]
position_error_m = 100
time_error_s = 60
[sees]
acts = ["fire"]
[fetch]
hosts = ["127.0.0.1"]
address = "ADDRESS/{key}/{west},{south},{east},{north}/{days}/{from}"
name = "campfires_{from}_{to}_{area}.csv"
columns = ["latitude", "longitude"]
cut = "days"
days_per_request = 5
key_env = "CAMPFIRES_KEY"
seconds_between_requests = 0
"""
KEY = "0123456789abcdef"
WHAT = ("campfires", "--area=-1,44,40,52", "--from", "2026-04-01", "--to", "2026-04-07")


@pytest.fixture
def server():
    with serving() as one:
        yield one


@pytest.fixture
def campfires(server, tmp_path, monkeypatch):
    """An outside package with a source that asks the test's server."""
    site = tmp_path / "site"
    package, about = site / "campfires_source", site / "campfires_source-1.dist-info"
    package.mkdir(parents=True)
    about.mkdir()
    (package / "__init__.py").write_text("")
    (package / "read.py").write_text("def read(delivery, given):\n    raise NotImplementedError\n")
    (package / "source.toml").write_text(MANIFEST.replace("ADDRESS", server.address))
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: campfires-source\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[trucewatch.sources]\ncampfires = campfires_source\n")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("CAMPFIRES_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    yield server
    for name in ("campfires_source", "campfires_source.read"):
        sys.modules.pop(name, None)


def test_files_land_where_a_mission_looks_for_them_and_progress_goes_to_stderr(campfires, capsys, tmp_path):
    assert main(["fetch", *WHAT, "--json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert {name: told[name] for name in ("brought", "unchanged", "empty", "lines")} == {
        "brought": 2, "unchanged": 0, "empty": 0, "lines": 8000,
    }  # fmt: skip
    folder = tmp_path / "data/campfires"
    names = ["campfires_2026-04-01_2026-04-05_-1_44_40_52.csv", "campfires_2026-04-06_2026-04-07_-1_44_40_52.csv"]
    assert sorted(path.name for path in folder.glob("*.csv")) == names
    assert (folder / names[0]).read_bytes() == CSV
    assert [asked.path for asked in campfires.asked] == [
        f"/{KEY}/-1,44,40,52/5/2026-04-01",
        f"/{KEY}/-1,44,40,52/2/2026-04-06",
    ]
    assert f"{names[0]}: brought, 4,000 lines" in err
    assert KEY not in out + err


def test_what_goes_wrong_has_its_exit_code_and_no_key_in_it(campfires, capsys, monkeypatch):
    def failed(*tokens: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main([*tokens])
        out, err = capsys.readouterr()
        assert out == ""
        assert KEY not in err
        return code, err

    campfires.answer = lambda n, asked: reply(200, b"Invalid MAP_KEY.")
    for more in ((), ("--verbose",)):
        code, err = failed("fetch", *WHAT, *more)
        assert code == 8
        assert "'Invalid MAP_KEY.' came" in err
    assert failed("fetch", "campfires", "--from", "2026-04-01", "--to", "2026-04-07")[0] == 2
    assert failed("fetch", "nobody")[0] == 7
    assert "campfires, firms" in failed("fetch", "patrol")[1]
    assert failed("fetch", *WHAT, "--key-env", "ANOTHER")[0] == 7
    monkeypatch.delenv("CAMPFIRES_KEY")
    code, err = failed("fetch", *WHAT)
    assert code == 7
    assert "environment variable CAMPFIRES_KEY" in err


UCDP = "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,source_date,source_headline,source_original,where_prec,where_coordinates,where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,gwnoa,gwnob"  # noqa: E501


def test_events_that_came_as_pages_of_json_are_read_as_events(server, tmp_path, monkeypatch, capsys):
    """The reader of UCDP GED reads what fetch made, every key that the API gives and every row of it."""
    told = {
        "type_of_violence": 1, "side_a": "Government of A", "side_b": "Government of B", "where_prec": 1, "latitude": 48.0159,
        "longitude": 37.8028, "date_prec": 1, "date_start": "2026-04-02T00:00:00", "date_end": "2026-04-02T00:00:00", "best": 2,
        "high": 3, "low": 1, "source_headline": 'Two, "perhaps" three\nkilled', "active_year": True,
    }  # fmt: skip
    rows = [dict.fromkeys(UCDP.split(",")) | told | {"id": number} for number in range(1500)]

    def answer(n, asked):
        second = "page=" in asked.path
        following = None if second else "https://ucdpapi.pcr.uu.se/api/gedevents/26.1?pagesize=1000&page=1"
        body = {"TotalCount": 1500, "NextPageUrl": following, "Result": rows[1000:] if second else rows[:1000]}
        return reply(200, json.dumps(body).encode()) if asked.headers.get("x-ucdp-access-token") == KEY else reply(401)

    server.answer = answer
    of_house = source("ucdp_ged").manifest.fetch
    assert of_house
    offer = of_house.model_validate(
        of_house.model_dump(exclude_unset=True)
        | {
            "hosts": ["127.0.0.1"], "seconds_between_requests": 0,
            "address": of_house.address.replace("https://ucdpapi.pcr.uu.se", server.address),
        }
    )  # fmt: skip
    requests = plan(offer, area=(22, 44, 40, 52), first=date(2026, 4, 1), last=date(2026, 4, 30), options={})
    fetch(offer, requests, source_id="ucdp_ged", folder=tmp_path, secret=Secret(KEY))
    assert "&Geography=44%2022,52%2040" in server.asked[0].path
    (file,) = tmp_path.glob("ucdp_ged_26.1_*.csv")
    assert file.read_text().splitlines()[0] == UCDP
    assert main(["observe", "--source", "ucdp_ged", str(file), "-o", str(tmp_path / "o.parquet"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows_in"] == 1500
    observed = read_table(tmp_path / "o.parquet", "observations")
    assert observed.height == 1500
    assert observed.select(pl.col("text").n_unique(), pl.col("deaths_high").max()).row(0) == (1, 3)
