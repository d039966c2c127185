"""What a report tells of earlier ones comes from their records, wherever their files lie or lay."""

import datetime as dt
import shutil
from dataclasses import replace

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.errors import DocumentError, MissingError
from trucewatch.mission.generation import generation_of
from trucewatch.mission.rebuild import rebuild
from trucewatch.mission.run import run
from trucewatch.report import sign_remark
from trucewatch.store import open_store
from trucewatch.tables import empty

DAY = dt.date(2026, 3, 15)
NEXT = DAY + dt.timedelta(days=1)


@pytest.fixture(scope="module")
def ran(made, now, tmp_path_factory):
    """Return a folder with a mission, a store with reports of a day without acoustics and of the next with them, and a remark."""
    folder = tmp_path_factory.mktemp("ran")
    shutil.copytree(made, folder / "world")
    mission = folder / "world/mission.toml"
    mission.write_text('languages = ["en"]\n' + mission.read_text(encoding="utf-8"), encoding="utf-8")
    said = {
        "at_utc": "2026-03-16T21:05:00+00:00", "audience": "internal", "author": "O. Petrenko", "day": NEXT.isoformat(),
        "language": "en", "mission_id": "demo", "text": "Post 4 heard only wind.",
    }  # fmt: skip
    (folder / "remark.json").write_bytes(sign_remark(said, Ed25519PrivateKey.generate()))
    (folder / "world/data/acoustic").rename(folder / "acoustic")
    again(folder, now, DAY, out=folder / "one")
    (folder / "acoustic").rename(folder / "world/data/acoustic")
    again(folder, now, NEXT, remarks=[folder / "remark.json"])
    return folder


@pytest.fixture
def folder(ran, tmp_path):
    """Return a copy that a test may change."""
    shutil.copytree(ran, tmp_path / "copy")
    return tmp_path / "copy"


def again(folder, now, day=NEXT, **how):
    how = {"data": folder / "world/data", "store": folder / "store", "now": now, "out": folder / "out"} | how
    return run(folder / "world/mission.toml", day=day, **how)


def last_report(outcome):
    return outcome.tables["basis"].filter(pl.col("what") == "last_report")["day"].to_list()


def test_what_changed_is_told_from_the_record_and_not_from_a_folder(folder, now):
    shutil.rmtree(folder / "one")
    told = again(folder, now, out=folder / "elsewhere")
    assert last_report(told) == [DAY]
    late = told.tables["changes"].filter(pl.col("change") == "late")
    assert late.height
    assert "that the report of 15 March 2026 did not have" in told.page.read_text(encoding="utf-8")
    assert not list(folder.rglob("told"))


def test_days_are_compared_with_the_last_before_them_and_not_with_themselves(folder, now):
    assert last_report(again(folder, now, DAY)) == []
    assert last_report(again(folder, now, NEXT, first_day=DAY)) == []
    assert last_report(again(folder, now, NEXT + dt.timedelta(days=1))) == [NEXT]


def record_of(store, day):
    """Return the record of the internal report of a day."""
    reports = generation_of(store, store.index.generation()).reports
    return store.objects.get_manifest(reports[f"{day}/internal"])


def ids(outcome):
    """Return the incident of each observation."""
    return dict(outcome.tables["members"].select("observation_id", "incident_id").iter_rows())


def test_ids_last_from_day_to_day_and_what_became_of_others_is_told(folder, now):
    told = again(folder, now)
    with open_store(folder / "store") as store:
        before = dict(store.objects.get(dict(record_of(store, DAY)["tables"])["members"]).iter_rows())
    after, became = ids(told), dict(told.tables["aliases"].select("incident_id", "became").iter_rows())
    shared = before.keys() & after.keys()
    assert len(shared) > 20
    assert {before[one] for one in shared} <= set(after.values()) | set(became)
    grown = {before[one] for one in shared} & {after[one] for one in after.keys() - before.keys()}
    assert grown, "an incident to which an observation came kept its id"
    assert (
        set(told.tables["findings"]["incident_id"])
        <= set(told.tables["incidents"]["incident_id"])
        == set(after.values())
    )


def test_to_make_reports_again_changes_nothing_in_any_order(folder, now):
    with open_store(folder / "store") as store:
        first = store.index.generation()
    assert again(folder, now).generation == first
    day, following = again(folder, now, DAY), again(folder, now, NEXT)
    for _ in range(2):
        assert again(folder, now, NEXT).generation == following.generation
        assert ids(again(folder, now, DAY)) == ids(day)
        assert ids(again(folder, now, NEXT)) == ids(following)
    assert rebuild(folder / "store").differ == ()


def test_ids_last_when_rows_come_late_on_the_same_day_or_go_and_come_again(folder, now):
    before = ids(again(folder, now))
    shutil.move(folder / "world/data/acoustic", folder / "acoustic")
    without = ids(again(folder, now))
    assert without.keys() < before.keys()
    lasting = [one for one, incident in without.items() if before[one] == incident]
    assert len(lasting) >= 0.94 * len(without), "some incidents fall apart without the observation that held them"
    shutil.move(folder / "acoustic", folder / "world/data/acoustic")
    after = ids(again(folder, now))
    assert {one: after[one] for one in lasting} == {one: before[one] for one in lasting}
    assert rebuild(folder / "store").differ == ()


def test_a_report_of_which_a_table_was_redacted_is_passed_over(folder, now):
    with open_store(folder / "store") as store:
        record = record_of(store, DAY)
        store.objects.redact(dict(record["tables"])["members"])
    made = rebuild(folder / "store")
    assert (made.differ, made.redacted) == ((), (f"{NEXT}/internal: changes",))
    told = again(folder, now)
    assert last_report(told) == []
    assert told.tables["changes"].is_empty()


def test_records_from_before_they_told_what_a_report_rests_on_are_no_hindrance(folder, now):
    with open_store(folder / "store") as store:
        generation = generation_of(store, store.index.generation())
        reports = {}
        for place, name in generation.reports.items():
            record = store.objects.get_manifest(name)
            record["tables"] = [pair for pair in record["tables"] if pair[0] not in ("basis", "former", "aliases")]
            reports[place] = store.objects.put_manifest(
                {key: record[key] for key in record if key not in ("fused", "remarks")}
            )
        made = store.objects.put_manifest(replace(generation, reports=reports).manifest())
        assert store.index.publish(made, instead_of=store.index.generation())
    with pytest.raises(MissingError, match="run `trucewatch run` first"):
        rebuild(folder / "store")
    assert last_report(again(folder, now)) == [DAY]
    assert (rebuild(folder / "store").reports, rebuild(folder / "store").differ) == (1, ())


def test_a_remark_stays_with_its_day_and_is_there_once(folder, now):
    for how in ({}, {"remarks": [folder / "remark.json"]}, {"audience": "public"}):
        told = again(folder, now, **how)
        assert told.tables["remarks"]["text"].to_list() == ["Post 4 heard only wind."]
    assert again(folder, now, DAY).tables["remarks"].is_empty()


def test_a_file_that_is_no_remark_is_refused_before_anything_is_done(folder, now):
    (folder / "remark.json").write_text("{}", encoding="utf-8")
    shutil.rmtree(folder / "store")
    with pytest.raises(DocumentError, match="a remark has the keys"):
        again(folder, now, remarks=[folder / "remark.json"])
    assert not (folder / "store").exists()


@pytest.mark.parametrize("table", ["changes", "remarks"])
def test_changes_and_remarks_that_are_not_those_of_the_record_are_named(folder, table):
    with open_store(folder / "store") as store:
        generation = generation_of(store, store.index.generation())
        record = store.objects.get_manifest(generation.reports[f"{NEXT}/internal"])
        assert store.objects.get(dict(record["tables"])[table]).height
        forged = dict(record["tables"]) | store.objects.put({table: empty(table)})
        name = store.objects.put_manifest({**record, "tables": [list(pair) for pair in forged.items()]})
        changed = replace(generation, reports={**generation.reports, f"{NEXT}/internal": name})
        made = store.objects.put_manifest(changed.manifest())
        assert store.index.publish(made, instead_of=store.index.generation())
    assert rebuild(folder / "store").differ == (f"{NEXT}/internal: {table}",)
