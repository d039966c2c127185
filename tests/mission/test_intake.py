"""Every file is taken in once; what cannot be read is named and the others go on; nothing is half-taken."""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl
import pytest

from trucewatch.errors import DeliveryError, MissingError
from trucewatch.journal import KINDS
from trucewatch.mission.generation import publish_standing
from trucewatch.mission.intake import take_in_all
from trucewatch.mission.load import load
from trucewatch.mission.record import open_record
from trucewatch.mission.stages import Unwatched
from trucewatch.mission.standing import KEPT


class Interrupted:
    """Stages whose watcher interrupts after so many files."""

    def __init__(self, after: int) -> None:
        self.left = after

    @contextmanager
    def stage(self, *_: object):
        def advance(amount: int) -> None:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

        yield advance


@dataclass(frozen=True)
class Found:
    """The tables that stand after all files were taken in, and what was refused."""

    tables: dict[str, pl.DataFrame]
    refused: tuple[DeliveryError, ...]


def intake(world, now, stages=None, store="out/store") -> Found:
    loaded = load(world / "mission.toml")
    with open_record(world / store, loaded.mission.mission_id, now=now) as opened:
        taken = take_in_all(loaded, world / "data", opened, now=now, stages=stages or Unwatched())
        standing = publish_standing(loaded, taken, opened.store)
        tables = {name: standing.table(opened.store.objects, name) for name in KEPT if name != "deliveries"}
        return Found(tables | {"deliveries": taken.deliveries}, taken.refused)


def same(one, other) -> bool:
    return all(one.tables[name].equals(other.tables[name]) for name in KEPT)


def on_record(world, store="out/store"):
    """Return (delivery, reading) of all that was taken in, and the ids of the deliveries in the journal, in order."""
    with open_record(world / store, load(world / "mission.toml").mission.mission_id, now=None) as opened:
        told = [entry.body["delivery_id"] for entry in opened.record.entries() if entry.kind == "delivery"]
        assert {entry.kind for entry in opened.record.entries()} <= set(KINDS)
        return set(opened.store.index.readings()), told


def rewrite(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_every_row_of_every_file_is_accounted_for(world, now):
    found = intake(world, now)
    deliveries = found.tables["deliveries"]
    assert found.refused == ()
    assert deliveries.height == len(list((world / "data").rglob("*.csv")))
    assert set(deliveries["source_id"]) == {"patrol", "acoustic", "firms", "event_database"}
    assert deliveries["set_aside"].sum() == found.tables["set_aside"].height > 0
    assert deliveries["observations"].sum() == found.tables["observations"].height > 0
    assert set(found.tables["sightings"]["observation_id"]) <= set(found.tables["observations"]["observation_id"])
    assert len(list((world / "out/store/locker").iterdir())) == deliveries.height


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(world, now):
    good = intake(world, now)
    (world / "data/acoustic/empty.csv").write_bytes(b"")
    (world / "data/firms/another.csv").write_bytes(b"a,b\n1,2\n")
    (world / "data/firms/folder.csv").mkdir()
    found = intake(world, now)
    assert [str(error).split(":")[0] for error in found.refused] == ["acoustic/empty.csv", "firms/another.csv"]
    assert same(found, good)


def test_when_nothing_can_be_read_the_first_reason_is_told(world, now):
    for path in (world / "data").rglob("*.csv"):
        path.write_bytes(b"")
    with pytest.raises(DeliveryError, match=r"patrol/.*empty"):
        intake(world, now)


def test_without_any_file_the_patterns_are_told(world, now):
    shutil.rmtree(world / "data")
    with pytest.raises(MissingError, match=r"acoustic/\*\.csv"):
        intake(world, now)


def test_the_same_bytes_under_another_name_count_once_and_are_named(world, now):
    good = intake(world, now)
    first = min((world / "data/acoustic").iterdir())
    shutil.copy(first, first.with_name("zz.csv"))
    found = intake(world, now)
    assert [str(error) for error in found.refused] == [
        f"acoustic/{first.name}: the same bytes came again → see acoustic/zz.csv"
    ]
    assert found.tables["deliveries"].height == good.tables["deliveries"].height
    ids = ("observation_id", "start_utc", "lon_deg", "lat_deg")
    standing, before = (each.tables["observations"].select(ids).sort(ids) for each in (found, good))
    assert standing.equals(before)


def test_what_was_taken_in_is_not_read_again(world, now):
    first = intake(world, now)
    before = on_record(world)
    assert same(intake(world, now.replace(year=2027)), first), "not even received anew"
    assert on_record(world) == before
    assert len(before[0]) == len(before[1]) == first.tables["deliveries"].height


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("mission.toml", 'time_zone = "Atlantic/Azores"', 'time_zone = "Europe/Kyiv"'),
        ("acoustic.toml", "time_error_s = ", "time_error_s = 1"),
    ],
)
def test_a_changed_reading_is_read_again(world, now, file, old, new):
    first = intake(world, now)
    before, told = on_record(world)
    rewrite(next(world.rglob(file)), old, new)
    second = intake(world, now)
    assert not same(first, second)
    readings, told_now = on_record(world)
    assert any(name.startswith("acoustic") for name, _ in readings - before)
    assert told_now == told, "another reading is no other delivery"


def test_changed_bytes_are_another_delivery(world, now):
    first = intake(world, now)
    path = max((world / "data/patrol").iterdir())
    path.write_bytes(path.read_bytes().rsplit(b"\n", 2)[0] + b"\n")
    second = intake(world, now)
    changed = set(second.tables["deliveries"]["delivery_id"]) - set(first.tables["deliveries"]["delivery_id"])
    assert len(changed) == 1
    assert second.tables["deliveries"]["rows_in"].sum() == first.tables["deliveries"]["rows_in"].sum() - 1


@pytest.mark.parametrize("after", [1, 5, 11])
def test_an_interrupted_intake_goes_on_where_it_stopped(made, world, now, after):
    with pytest.raises(KeyboardInterrupt):
        intake(world, now, Interrupted(after))
    there, told = on_record(world)
    assert len(there) == len(told) == after
    shutil.copytree(made, world / "again")
    whole = intake(world / "again", now)
    assert same(intake(world, now), whole)
    readings, told_now = on_record(world)
    assert there < readings
    assert told_now[:after] == told


def test_what_an_interrupted_write_left_is_not_taken_for_a_delivery(world, now):
    whole = intake(world, now)
    for folder in ("locker", "objects"):
        part = world / "out/store" / folder / ".writing-0123"
        part.write_bytes(b"PAR1")
        assert same(intake(world, now), whole)
        assert part.exists()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_that_leads_out_of_the_data_folder_is_not_followed(world, now, what):
    good = intake(world, now)
    outside = world / "outside"
    shutil.copytree(world / "data/acoustic", outside)
    for path in outside.iterdir():
        path.write_bytes(path.read_bytes() + b"\n")
    if what == "file":
        (world / "data/acoustic/link.csv").symlink_to(min(outside.iterdir()))
    else:
        (world / "data/linked").symlink_to(outside)
        rewrite(world / "mission.toml", "acoustic/*.csv", "*[cd]/*.csv")
    found = intake(world, now)
    assert same(found, good)


def test_a_link_within_the_data_folder_is_a_file(world, now):
    path = min((world / "data/acoustic").iterdir())
    path.rename(world / "data/moved")
    path.symlink_to(world / "data/moved")
    names = intake(world, now).tables["deliveries"]["name"]
    assert f"acoustic/{path.name}" in set(names)


CLAIMS = "id,claimant,accused,said,from,to,area,number,low,high,unit,definition,clause,words,citation\n"
ALERTS = "region,started_at,finished_at,naive\n"


def with_context(world):
    """Add claims in two deliveries, of which the second revises one, and alerts in two snapshots."""
    added = {
        "claims/1.csv": CLAIMS
        + "a,calder,merrow,,2026-03-15,,,60,,,incidents,,,,B1\nb,calder,,,2026-03-15,,,1,,,uav,,,,B1\n",
        "claims/2.csv": CLAIMS + "a,calder,merrow,,2026-03-15,,,61,,,incidents,,,,B2\nc,merrow,,,x,,,1,,,uav,,,,B2\n",
        "alerts/1.csv": ALERTS + "North,2026-03-15 01:00:00+00:00,2026-03-15 01:30:00+00:00,True\n",
        "alerts/2.csv": ALERTS + "South,2026-03-15 02:00:00+00:00,,False\n",
    }
    for name, text in added.items():
        path = world / "data" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    mission = world / "mission.toml"
    text = mission.read_text(encoding="utf-8")
    for source, folder in (("claims", "claims"), ("air_alerts", "alerts")):
        text += f'\n[[sources]]\nsource = "{source}"\nfiles = ["{folder}/*.csv"]\n'
    mission.write_text(text, encoding="utf-8")


def test_claims_are_revised_and_a_snapshot_of_alerts_replaces_the_one_before(world, now):
    plain = intake(world, now)
    with_context(world)
    found = intake(world, now)
    assert found.tables["claims"].sort("claim_id").select("claim_id", "number_low", "citation").rows() == [
        ("claims:a", 61, "B2"), ("claims:b", 1, "B1"),
    ]  # fmt: skip
    assert found.tables["alerts"].select("area", "end_is_invented").rows() == [("South", False)]
    assert found.tables["statements"].is_empty()
    account = found.tables["deliveries"].filter(found.tables["deliveries"]["source_id"] == "claims").sort("name")
    assert account.select("rows_in", "context", "set_aside").rows() == [(2, 2, 0), (2, 1, 1)]
    assert found.tables["observations"].equals(plain.tables["observations"])
    assert same(intake(world, now), found)


def test_context_comes_from_the_shelf_and_goes_with_its_file(world, now):
    with_context(world)
    first, second = intake(world, now), intake(world, now.replace(year=2027))
    assert same(first, second)
    (world / "data/claims/2.csv").unlink()
    assert intake(world, now).tables["claims"].sort("claim_id")["number_low"].to_list() == [60, 1]
