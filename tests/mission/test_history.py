"""A furnace is known by the days before the window, which a version of the source model names and does not copy."""

import datetime as dt
import json

import numpy as np
import polars as pl
import pytest

from trucewatch import fuse, tables
from trucewatch.fuse.clutter_map import CELL
from trucewatch.mission import history as module
from trucewatch.mission.generation import generation_of
from trucewatch.mission.history import history, keep_history
from trucewatch.mission.rebuild import rebuild
from trucewatch.mission.run import run
from trucewatch.mission.standing import Standing
from trucewatch.store import Objects, Redacted, open_store

FIRST, DAYS = dt.date(2026, 2, 1), 40


@pytest.fixture
def stood(tmp_path):
    """Return objects, and what stands: a satellite that sees a furnace on each second of 40 days, and thirty other fires a day."""
    objects, rng, of_day = Objects(tmp_path), np.random.default_rng(3), {}
    for number in range(DAYS):
        day = FIRST + dt.timedelta(days=number)
        lon, lat = rng.uniform(36, 39, 30), rng.uniform(47, 49, 30)
        if number % 2:
            lon[0], lat[0] = 37.105, 48.205
        noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
        rows = pl.DataFrame({
            "observation_id": [f"{day}-{n}" for n in range(30)], "source_id": "satellite", "act": "fire",
            "start_utc": noon, "end_utc": noon, "time_error_s": 60.0, "lon_deg": lon, "lat_deg": lat,
            "error_major_m": 200.0, "error_minor_m": 200.0, "error_azimuth_deg": 0.0,
        })  # fmt: skip
        of_day[day.isoformat()] = objects.put({"observations": tables.conform(rows, "observations")})["observations"]
    return objects, Standing(parts={"observations": of_day})


def test_what_lasts_is_learned_from_the_days_before(stood):
    objects, standing = stood
    last = FIRST + dt.timedelta(days=DAYS - 1)
    told = history(keep_history(standing, last, objects), objects)
    assert told.frames["history"].height == DAYS * 30
    days = [(last - dt.timedelta(days=back)).isoformat() for back in range(3)]
    window = pl.concat([objects.get(standing.parts["observations"][day]) for day in days])
    alone, known = (fuse.learn(window, history=before) for before in (None, told.frames["history"]))
    assert alone.filter(pl.col("quantity") == CELL).is_empty()
    cells = known.filter(pl.col("quantity") == CELL).sort("value", descending=True)["of"].to_list()
    assert (cells[0], len(cells)) == ("0/21710/13820", 9)


def test_it_ends_with_the_day_of_the_report_and_holds_no_more_than_it_may(stood, monkeypatch):
    objects, standing = stood
    last = FIRST + dt.timedelta(days=9)
    name = keep_history(standing, last, objects)
    assert history(name, objects).frames["history"]["start_utc"].dt.date().max() == last
    assert history(name, objects).frames["history"].height == 300
    monkeypatch.setattr(module, "MOST_ROWS", 100)
    fewer = history(keep_history(standing, last, objects), objects)
    assert fewer.frames["history"].height == 90
    assert fewer.names != history(name, objects).names


def test_it_goes_with_a_day_that_is_redacted(stood):
    objects, standing = stood
    name = keep_history(standing, FIRST + dt.timedelta(days=9), objects)
    objects.redact(standing.parts["observations"][FIRST.isoformat()])
    with pytest.raises(Redacted):
        history(name, objects)


def test_a_version_from_before_there_was_any_has_none(stood):
    assert history("", stood[0]).frames["history"].is_empty()


def test_a_version_names_the_days_that_stood_and_is_learned_again_from_them(made, now, tmp_path):
    how = {"data": made / "data", "store": tmp_path / "store", "out": tmp_path / "out", "now": now}
    run(made / "mission.toml", **how, day=dt.date(2026, 3, 15))
    with open_store(tmp_path / "store") as store:
        generation = generation_of(store, store.index.generation())
        (learned,) = generation.models
        named = json.loads(store.objects.get_bytes(learned.history, ".json"))["observations"]
    stood = generation.standing.parts["observations"]
    assert named == [stood[day] for day in sorted(stood, reverse=True) if day <= "2026-03-15"]
    assert rebuild(tmp_path / "store").differ == ()
