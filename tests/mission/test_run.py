"""The main job on a simulated mission: the same in, the same out; a failed run leaves the earlier report."""

import datetime as dt
import json
import shutil

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.errors import MissingError, ReleaseRefused, TrucewatchError, UsageError
from trucewatch.mission.intake import KEPT
from trucewatch.mission.load import load
from trucewatch.mission.run import report_again, run
from trucewatch.mission.steps import STEPS
from trucewatch.store import read_table

DAY = dt.date(2026, 3, 16)


def files(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def done(world, now, out="out", **how):
    return run(world / "mission.toml", data=world / "data", out=world / out, now=now, **how)


@pytest.fixture(scope="module")
def outcome(made, now, tmp_path_factory):
    """Return the outcome of one run, and its folder; do not change them."""
    out = tmp_path_factory.mktemp("out")
    return run(made / "mission.toml", data=made / "data", out=out, now=now), out


def test_a_run_writes_the_report_and_every_table(outcome):
    told, out = outcome
    assert told.page == out / "report/index.html"
    assert told.released.is_draft
    assert told.notes == ()
    made = {
        *KEPT,
        "evidence",
        *(name for step in STEPS for name in step.makes),
    }
    assert {path.stem for path in (out / "tables").iterdir()} == made == set(told.tables)
    for name in made:
        assert read_table(out / f"tables/{name}.parquet", name).equals(told.tables[name])
    assert told.tables["incidents"].height > 0


def test_every_observation_of_the_window_is_of_one_incident(outcome):
    told, _ = outcome
    members = told.tables["members"]
    assert sorted(members["observation_id"]) == sorted(told.tables["observations"]["observation_id"])
    assert set(members["incident_id"]) == set(told.tables["incidents"]["incident_id"])


def test_before_entry_into_force_nothing_is_contrary_and_after_it_something_is(outcome):
    told, _ = outcome
    start = dt.datetime(2026, 3, 15, 1, tzinfo=dt.UTC)  # midnight in the Azores
    found = told.tables["findings"].join(told.tables["incidents"], on="incident_id")
    before, after = (found.filter(pl.col("end_utc") < start), found.filter(pl.col("start_utc") > start))
    assert set(before["conformity"]) == {"not_in_force"}
    assert "contrary" in set(after["conformity"])
    assert not {"would_be_contrary", "not_in_force"} & set(after["conformity"])


def test_the_same_inputs_give_the_same_bytes(made, now, outcome, tmp_path):
    _, out = outcome
    for again in ("taken in now", "taken in before"):
        run(made / "mission.toml", data=made / "data", out=tmp_path, now=now)
        assert files(tmp_path / "report") == files(out / "report"), again
        assert files(tmp_path / "tables") == files(out / "tables"), again


def test_the_report_is_rendered_again_from_its_tables(made, now, outcome, tmp_path):
    _, out = outcome
    page = report_again(made / "mission.toml", tables=out / "tables", out=tmp_path, day=DAY, now=now)
    assert page == tmp_path / "report/index.html"
    assert files(tmp_path / "report") == files(out / "report")


def test_without_a_day_the_last_with_an_observation_is_reported(made, outcome, now, tmp_path):
    _, out = outcome
    middle = pl.col("start_utc") + (pl.col("end_utc") - pl.col("start_utc")) / 2
    last = outcome[0].tables["observations"].select(middle.max()).item()
    assert load(made / "mission.toml").mission.day(DAY).start_utc <= last
    run(made / "mission.toml", data=made / "data", out=tmp_path, now=now, day=DAY - dt.timedelta(days=1))
    assert files(tmp_path / "report") != files(out / "report")


def test_a_public_report_stands_apart_and_tells_less(world, outcome, now):
    draft, _ = outcome
    public = done(world, now, day=DAY, audience="public")
    assert (draft.page.parent.name, public.page.parent.name) == ("report", "report-public")
    told = json.loads((public.page.parent / "incidents.geojson").read_text())["features"]
    assert len(told) < len(json.loads((draft.page.parent / "incidents.geojson").read_text())["features"])
    assert "sightings" not in public.released.tables
    assert sum(public.released.withheld.values()) > 0


def damage_agreement(world):
    path = world / "agreements/demo-line/agreement.toml"
    path.write_text(path.read_text().replace('"prohibit"', '"forbid"'))


def damage_regions(world):
    (world / "regions.geojson").write_text("{}")


def lose_the_data(world):
    (world / "data").rename(world / "elsewhere")


@pytest.mark.parametrize("damage", [damage_agreement, damage_regions, lose_the_data])
def test_the_earlier_report_stands_when_a_run_fails(world, outcome, now, damage):
    shutil.copytree(outcome[1], world / "out")
    before = files(world / "out")
    damage(world)
    with pytest.raises(TrucewatchError):
        done(world, now, day=DAY)
    assert files(world / "out") == before


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"audience": "nobody"}, ReleaseRefused),
        ({"day": dt.date(1, 1, 1)}, UsageError),
        ({"day": dt.date.max}, UsageError),
    ],
)
def test_a_wrong_call_leaves_the_earlier_report(world, outcome, now, how, error):
    shutil.copytree(outcome[1], world / "out")
    before = files(world / "out")
    with pytest.raises(error):
        done(world, now, **how)
    assert files(world / "out") == before


def test_before_any_observation_there_is_no_last_day(world, now):
    with pytest.raises(UsageError, match="name the day"):
        done(world, now.replace(year=2020))


def test_a_day_on_which_nothing_came_has_a_report(world, now):
    told = done(world, now, day=dt.date(2026, 7, 1))
    assert told.tables["incidents"].is_empty()
    assert all(frame.equals(tables.conform(frame, name)) for name, frame in told.tables.items())
    assert told.page.stat().st_size > 1000


def test_a_source_without_a_file_is_named_and_so_is_a_refused_file(world, now):
    for path in (world / "data/firms").iterdir():
        path.unlink()
    (world / "data/acoustic/bad.csv").write_bytes(b"")
    told = done(world, now, day=DAY)
    assert [note.split(":")[0] for note in told.notes] == ["acoustic/bad.csv", "firms"]
    page = told.page.read_text(encoding="utf-8")
    assert "acoustic/bad.csv" in page
    assert "no file of this source came" in page


def test_hostile_text_stays_text_in_the_report(world, now, text_in):
    path = world / "mission.toml"
    path.write_text(path.read_text().replace("Calder and Merrow:", "<script>alert(1)</script>\\u001b[2J", 1))
    name = "acoustic/<img src=x onerror=alert(2)>.csv"
    (world / "data" / name).write_bytes(b"")
    told = done(world, now, day=DAY)
    for path, data in files(told.page.parent).items():
        if path.endswith((".html", ".csv", ".geojson")):
            assert b"<script" not in data, path
            assert b"<img" not in data, path
        assert "\x1b" not in text_in(path, data), path


def test_tables_of_an_earlier_run_must_be_there(made, now, tmp_path):
    with pytest.raises(MissingError, match=r"observations\.parquet"):
        report_again(made / "mission.toml", tables=tmp_path, out=tmp_path, day=DAY, now=now)


def test_a_source_of_warnings_changes_no_incident(outcome, world, now):
    """A run with a source that makes no observation: fused and judged as without it."""
    (world / "data/alerts").mkdir()
    (world / "data/alerts/1.csv").write_text(
        "region,started_at,finished_at,naive\nNorth,2026-03-15 01:00:00+00:00,2026-03-15 01:30:00+00:00,True\n"
    )
    with (world / "mission.toml").open("a") as mission:
        mission.write('\n[[sources]]\nsource = "air_alerts"\nfiles = ["alerts/*.csv"]\n')
    with_it = done(world, now).tables
    assert with_it["alerts"].height == 1
    for table in ("observations", "incidents", "members", "findings"):
        assert with_it[table].equals(outcome[0].tables[table])
