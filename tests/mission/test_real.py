"""The two real missions on their real data: the Package before and after it entered into force, and a back-test."""

import datetime as dt
import json
import pathlib
import shutil

import polars as pl
import pytest

from trucewatch.mission.run import Outcome, run

MISSIONS = pathlib.Path(__file__).parents[2] / "missions"
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ENTRY = dt.datetime(2015, 2, 14, 22, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def report(data_dir, tmp_path_factory):
    """Return a function that reports a day of a real mission; what it took in is kept for the next day."""
    out = {name: tmp_path_factory.mktemp(name) for name in ("donbas-minsk", "ukraine-2023")}

    def reported(name: str, day: str) -> Outcome:
        return run(MISSIONS / f"{name}.toml", data=data_dir, out=out[name], now=NOW, day=dt.date.fromisoformat(day))

    return reported


def words(outcome: Outcome) -> set[str]:
    return set(outcome.tables["findings"]["conformity"])


def exported(outcome: Outcome) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in outcome.page.parent.iterdir()}


@pytest.mark.parametrize("day", ["2014-08-29", "2015-02-14"])
def test_before_the_package_entered_into_force_everything_is_not_in_force(report, day):
    """All that the report of the day tells, and all that ended before; a row "of the year to July 2015" may not have."""
    outcome = report("donbas-minsk", day)
    told = pl.read_csv(outcome.page.parent / "findings.csv", infer_schema=False)
    assert told.height > 5
    assert set(told["conformity"]) == {"not_in_force"}
    found = outcome.tables["findings"].join(outcome.tables["incidents"], on="incident_id")
    ended = pl.col("end_utc") + pl.duration(seconds=4 * pl.col("time_error_s")) < ENTRY
    assert set(found.filter(ended)["conformity"]) == {"not_in_force"}
    assert found.filter(ended).height > 250
    assert found.filter(~ended & (pl.col("conformity") != "not_in_force"))["end_utc"].min() > ENTRY


def test_about_entry_into_force_each_incident_is_judged_by_its_own_time(report):
    outcome = report("donbas-minsk", "2015-02-20")
    found = outcome.tables["findings"].join(outcome.tables["incidents"], on="incident_id")
    sure = dt.timedelta(days=2)
    before, after = (found.filter(pl.col("end_utc") < ENTRY - sure), found.filter(pl.col("start_utc") > ENTRY + sure))
    assert set(before["conformity"]) == {"not_in_force"}
    assert "contrary" in set(after["conformity"])
    assert "not_in_force" not in set(after["conformity"])


def test_withdrawal_is_judged_by_nobody_from_a_source_of_deaths(report):
    outcome = report("donbas-minsk", "2015-06-03")
    scope = outcome.tables["scope"].filter(pl.col("clause_id").str.starts_with("withdraw_"))
    assert scope.height == 6
    assert set(scope["judged_by"]) == {"nobody"}
    assert set(outcome.tables["findings"]["clause_id"]) == {"ceasefire"}


def test_every_row_of_all_vintages_is_accounted_for_and_the_last_one_stands(report):
    outcome = report("donbas-minsk", "2015-06-03")
    deliveries = outcome.tables["deliveries"].sort("name")
    assert deliveries["name"].to_list() == [
        f"ucdp_ged/hdx_ukr_{name}.csv" for name in ("vintage1_to2018", "vintage2_to2019", "vintage3")
    ]
    assert deliveries["observations"].to_list() == [993, 1167, 2677]
    assert set(outcome.tables["observations"]["delivery_id"]) == {deliveries["delivery_id"][2]}


def test_a_later_vintage_makes_no_new_incident_of_a_kept_row_and_withdraws_what_it_lacks(data_dir, tmp_path):
    """Vintage 2 is reported, then vintage 3 comes: 94 rows withdrawn, 1,604 new and 80 moved."""
    vintages = ("vintage2_to2019", "vintage3")
    files, told = data_dir / "ucdp_ged", tmp_path / "data" / "ucdp_ged"
    told.mkdir(parents=True)

    def reported(vintage: str) -> Outcome:
        shutil.copy(files / f"hdx_ukr_{vintage}.csv", told)
        mission, day = MISSIONS / "donbas-minsk.toml", dt.date(2015, 2, 20)
        return run(mission, data=told.parent, out=tmp_path / "out", now=NOW, day=day)

    early, late = (reported(vintage).tables for vintage in vintages)
    before, after = (dict(tables["members"].iter_rows()) for tables in (early, late))
    kept = before.keys() & after.keys()
    assert len(kept) == 49
    assert len(after) == 268
    assert {after[row] for row in kept} <= set(early["incidents"]["incident_id"])
    old, new = (set(ucdp_ids(files / f"hdx_ukr_{vintage}.csv")) for vintage in vintages)
    lacked = set(early["observations"]["native_id"]) & (old - new)
    assert len(old - new) == 94
    assert lacked
    assert not lacked & set(late["observations"]["native_id"])


def ucdp_ids(path: pathlib.Path) -> pl.Series:
    return pl.read_csv(path, infer_schema=False)["id"].drop_nulls()


@pytest.mark.parametrize("day", ["2023-05-15", "2023-06-10", "2023-07-31"])
def test_a_back_test_never_says_contrary(report, day):
    outcome = report("ukraine-2023", day)
    assert outcome.tables["incidents"].height > 500
    assert words(outcome) <= {"would_be_contrary", "undetermined"}
    assert "contrary" not in set(outcome.tables["tallies"]["conformity"])
    assert set(outcome.tables["findings"]["actor"]) == {"unknown"}
    assert {"findings.csv", "incidents.csv", "incidents.geojson"} <= set(exported(outcome))
    for name in ("findings.csv", "incidents.csv"):
        told = pl.read_csv(outcome.page.parent / name, infer_schema=False)
        assert told.height > 0
        assert told["stamp"].str.contains("text never in force").all(), name
    assert json.loads(exported(outcome)["incidents.geojson"])["trucewatch"]["back_test"] is True


def test_a_back_test_says_so_on_its_page(report):
    page = exported(report("ukraine-2023", "2023-06-10"))["index.html"].decode("utf-8")
    assert "back-test" in page.lower()
    assert "never in force" in page


def test_a_day_before_what_is_supposed_is_outside(report):
    assert not {"contrary", "would_be_contrary"} & words(report("ukraine-2023", "2023-04-15"))


def test_a_real_mission_gives_the_same_bytes_twice(report):
    first = exported(report("donbas-minsk", "2015-06-03"))
    assert exported(report("donbas-minsk", "2015-06-03")) == first


def test_alerts_are_told_and_never_fused(report):
    outcome = report("ukraine-2023", "2023-06-10")
    assert outcome.tables["alerts"].height == 24_861 + 23_564
    fused = set(outcome.tables["incidents"]["source_ids"].explode())
    assert fused <= {"firms", "viina"}
    page = exported(outcome)["index.html"].decode("utf-8")
    assert "Silent in this period: Air-raid" not in page
    later = exported(report("ukraine-2023", "2023-07-31"))["index.html"].decode("utf-8")
    assert "Air-raid alerts in Ukraine, Air-raid alerts in Ukraine: volunteers" in later  # the files end in June
