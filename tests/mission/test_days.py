"""Which mission day a row is of, and which rows a window holds."""

import datetime as dt

import polars as pl
import pytest

from trucewatch.mission.days import LONG, day_key, middle, window
from trucewatch.mission.generation import publish_standing
from trucewatch.mission.intake import take_in_all
from trucewatch.mission.load import load
from trucewatch.mission.record import open_record
from trucewatch.mission.stages import Unwatched
from trucewatch.when import mission_day_of


@pytest.fixture(scope="module")
def standing(made, now, tmp_path_factory):
    """Return the mission, what stands of it, all its observations, and the objects."""
    loaded = load(made / "mission.toml")
    folder = tmp_path_factory.mktemp("days")
    with open_record(folder / "store", loaded.mission.mission_id, now=now) as opened:
        taken = take_in_all(loaded, made / "data", opened, now=now, stages=Unwatched())
        found = publish_standing(loaded, taken, opened.store)
        yield loaded, found, found.table(opened.store.objects, "observations"), opened.store.objects


def test_the_window_holds_what_may_lie_in_its_days(standing, now):
    loaded, _, rows, _ = standing
    day = loaded.mission.day(now.date().replace(day=15))
    seen = window(rows, day, 2)
    start = day.start_utc - (day.end_utc - day.start_utc)
    surely = rows.filter((rows["start_utc"] >= start) & (rows["end_utc"] < day.end_utc))
    assert 0 < surely.height <= seen.height < rows.height
    assert set(surely["observation_id"]) <= set(seen["observation_id"])
    assert (seen["end_utc"].dt.timestamp() / 1e6 + 2 * seen["time_error_s"] >= start.timestamp()).all()
    assert (seen["start_utc"].dt.timestamp() / 1e6 - 2 * seen["time_error_s"] < day.end_utc.timestamp()).all()


@pytest.mark.parametrize("days", [1, 2, 3])
def test_what_is_gathered_from_the_days_is_the_window_of_all_rows(standing, days):
    loaded, found, rows, objects = standing
    for date in (dt.date(2026, 3, 12) + dt.timedelta(days=n) for n in range(7)):
        gathered = found.window(objects, loaded.mission, date, days).sort("observation_id")
        assert gathered.equals(window(rows, loaded.mission.day(date), days).sort("observation_id"))


def test_a_row_is_of_the_day_of_its_middle_unless_it_is_long(standing):
    loaded, found, rows, objects = standing
    mission = loaded.mission
    keyed = rows.with_columns(day_key(mission).alias("day"), middle().alias("middle"))
    for day, at in keyed.select("day", "middle").iter_rows():
        assert day == mission_day_of(at, loaded.time_zone, mission.cut_off).isoformat()
    vague = rows.with_columns(time_error_s=pl.lit(13 * 3600.0))  # two sigmas on either side: 52 hours
    assert set(vague.select(day_key(mission).alias("day"))["day"]) == {LONG}
    assert len(found.parts["observations"]) > 3
    assert found.parts["observations"].keys() == set(keyed["day"])
    for day, name in found.parts["observations"].items():
        assert objects.get(name).equals(keyed.filter(pl.col("day") == day).select(rows.columns).sort("observation_id"))


def test_the_last_middle_is_that_of_all_rows(standing, now):
    _, found, rows, objects = standing
    for at in (now, now - dt.timedelta(days=2), now - dt.timedelta(days=4, hours=7)):
        assert found.last_middle(objects, at) == rows.filter(pl.col("end_utc") <= at).select(middle()).to_series().max()
    assert found.last_middle(objects, now - dt.timedelta(days=3000)) is None
