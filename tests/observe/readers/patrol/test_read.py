"""The monitors' table: sectors as ellipses, spans of local time, numbers with open ends, observers apart."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from trucewatch import observe, when
from trucewatch.errors import DeliveryError
from trucewatch.observe.readers.patrol import words

POSTS = b"name,lon_deg,lat_deg\nOak Ridge,37.70,48.10\nMill Camera,37.80,48.20\n"


def taken(sample, **values) -> observe.TakenIn:
    """A file of one row with some values changed."""
    some = sample("patrol")
    return some.take_in(some.csv(some.changed(0, **values)[:1]))


def one(sample, **values):
    return taken(sample, **values).observations.row(0, named=True)


@pytest.mark.parametrize(
    "where",
    ["2–4km ESE and SE", "2-4km ESE", "3km", "at an undetermined distance NE", "c.500m N", "0-9km N, NE, E and SE"],
)
def test_the_ellipse_has_the_true_spread_of_the_sector(sample, where):
    """Points uniform by area over the sector, drawn independently, against the ellipse that is stated."""
    told = one(sample, **{"Event location": where})
    near, far, azimuth, half = words.sector(where)
    dice = np.random.default_rng(1)
    r = np.sqrt(dice.uniform(near**2, far**2, 40_000))
    angle = np.radians((azimuth or 0) + dice.uniform(-half, half, r.size))
    east = r * np.sin(angle) - (told["lon_deg"] - 37.70) * 111_195 * np.cos(np.radians(48.10))
    north = r * np.cos(angle) - (told["lat_deg"] - 48.10) * 111_195
    assert np.hypot(east.mean(), north.mean()) < 0.02 * far
    turn = np.radians(told["error_azimuth_deg"])
    along, across = east * np.sin(turn) + north * np.cos(turn), east * np.cos(turn) - north * np.sin(turn)
    post = 100.0  # the error of the post widens the ellipse
    assert np.hypot(along.std(), post) == pytest.approx(told["error_major_m"], rel=0.02)
    assert np.hypot(across.std(), post) == pytest.approx(told["error_minor_m"], rel=0.02)
    inside = (along / told["error_major_m"]) ** 2 + (across / told["error_minor_m"]) ** 2 <= 4.605
    assert inside.mean() > 0.9


def test_the_sector_and_the_observer_stay_in_the_sightings(sample):
    result = taken(sample)
    sighting = result.sightings.row(0, named=True)
    assert sighting["observation_id"] == result.observations["observation_id"].item()
    names = (
        "observer",
        "observer_lon_deg",
        "observer_lat_deg",
        "near_m",
        "far_m",
        "sector_azimuth_deg",
        "sector_half_width_deg",
    )
    assert tuple(sighting[name] for name in names) == ("Oak Ridge", 37.70, 48.10, 2000, 4000, 123.75, 22.5)
    assert "Oak Ridge" not in result.observations["text"].item()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("about 20", (15, 25)),
        ("at least 5", (5, None)),
        ("12", (12, 12)),
        ("N/K", (None, None)),
        ("", (None, None)),
        ("up to 4", (0, 4)),
    ],
)
def test_numbers_keep_their_open_ends(sample, written, told):
    row = one(sample, **{"No.": written})
    assert (row["count_low"], row["count_high"]) == told


@pytest.mark.parametrize(("written", "told"), [("N/K", None), ("n/k", None), ("", None), ("–", None), ("HMG", "HMG")])
def test_a_weapon_not_known_is_none(sample, written, told):
    assert one(sample, Weapon=written)["weapon"] == told


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("09-Mar-2026, 19:38", "03-09 17:38", "03-09 17:39"),
        ("09-Mar-26, 19:38", "03-09 17:38", "03-09 17:39"),
        ("2026-03-09 19:38", "03-09 17:38", "03-09 17:39"),
        ("2026-03-09 19:38:00", "03-09 17:38", "03-09 17:39"),
        ("9 March 2026, 19:38", "03-09 17:38", "03-09 17:39"),
        ("09-Mar-2026, 23:50–00:20", "03-09 21:50", "03-09 22:20"),
        ("09-Mar-2026, 23:59", "03-09 21:59", "03-09 22:00"),
        ("09-Mar-2026, Evening", "03-09 16:00", "03-09 22:00"),
        ("09-Mar-2026, N/K", "03-08 22:00", "03-09 22:00"),
        # the clocks of Kyiv skip 03:00 to 04:00 on 29 March 2026
        ("29-Mar-2026, 02:59", "03-29 00:59", "03-29 01:00"),
        ("29-Mar-2026, 02:30-03:00", "03-29 00:30", "03-29 01:00"),
        ("29-Mar-2026, 04:00", "03-29 01:00", "03-29 01:01"),
        ("29-Mar-2026, 02:00-05:00", "03-29 00:00", "03-29 02:00"),
        ("29-Mar-2026, Night", "03-28 22:00", "03-29 03:00"),
        # and have 03:00 to 04:00 twice on 25 October 2026
        ("25-Oct-2026, 02:59", "10-24 23:59", "10-25 00:00"),
        ("25-Oct-2026, 03:30", "10-25 00:30", "10-25 01:31"),
        ("25-Oct-2026, 04:00", "10-25 02:00", "10-25 02:01"),
        ("25-Oct-2026, Night", "10-24 21:00", "10-25 04:00"),
    ],
)
def test_spans_of_local_time(sample, written, start, end):
    row = one(sample, time=written)
    assert (f"{row['start_utc']:%m-%d %H:%M}", f"{row['end_utc']:%m-%d %H:%M}") == (start, end)
    assert row["start_utc"].year == 2026


def test_a_part_of_the_day_steps_over_a_skipped_midnight(sample):
    some = sample("patrol")
    data = some.csv(some.changed(0, time="29-Mar-2026, Night")[:1])
    row = some.take_in(data, time_zone=when.zone("Atlantic/Azores")).observations.row(0, named=True)
    assert (row["start_utc"], row["end_utc"]) == tuple(dt.datetime(2026, 3, 29, hour, tzinfo=dt.UTC) for hour in (1, 6))


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("Date, Time", "29-Mar-2026, 03:30", "local_hour_skipped"),
        ("Date, Time", "29-Mar-2026, 02:30-03:30", "local_hour_skipped"),
        ("Date, Time", "09-Mar-2026", "time_is_none"),
        ("Date, Time", "19:38", "time_is_none"),
        ("Event location", "2-4km QNE", "location_unreadable"),
        ("Event location", "", "location_unreadable"),
        ("Event location", "c." + "9" * 400 + "km N", "location_unreadable"),
        ("No.", "many", "number_unreadable"),
        ("Observation", "Guessed", "observation_unknown"),
        ("Observation", "", "observation_unknown"),
        ("Description", "Parade", "description_unknown"),
        ("Description", "", "description_unknown"),
        ("Latitude", "", "post_unknown"),
        ("Latitude", "north", "latitude_is_no_number"),
    ],
)
def test_what_breaks_a_rule_is_set_aside(sample, column, value, rule):
    assert taken(sample, **{column: value}).set_aside.select("line", "rule").rows() == [(2, rule)]


@pytest.mark.parametrize(
    ("position", "lon", "lat"),
    [
        ("Oak Ridge", 37.70, 48.10),
        ("c.500m N of Oak Ridge", 37.70, 48.10 + 500 / 111_195),
        ("1km E of Mill Camera", 37.80 + 1000 / (111_195 * np.cos(np.radians(48.2))), 48.20),
    ],
)
def test_posts_are_found_in_the_missions_list(sample, position, lon, lat):
    some = sample("patrol")
    data = some.csv(some.changed(0, **{"SMM position": position, "Latitude": "", "Longitude": ""})[:1])
    seen = some.take_in(data, options={"posts": "posts.csv"}, beside={"posts.csv": POSTS}.__getitem__).sightings
    assert seen.select("observer_lon_deg", "observer_lat_deg").row(0) == pytest.approx((lon, lat))


@pytest.mark.parametrize("position", ["Elsewhere", "c.500m N of Elsewhere", ""])
def test_a_post_that_nobody_lists_is_set_aside(sample, position):
    some = sample("patrol")
    data = some.csv(some.changed(0, **{"SMM position": position, "Latitude": "", "Longitude": ""})[:1])
    result = some.take_in(data, options={"posts": "posts.csv"}, beside={"posts.csv": POSTS}.__getitem__)
    assert result.set_aside["rule"].to_list() == ["post_unknown"]


@pytest.mark.parametrize("posts", [b"", b"name,lon_deg\nOak,1\n", b"name,lon_deg,lat_deg\nOak,east,48\n"])
def test_a_bad_list_of_posts_is_refused(sample, posts):
    some = sample("patrol")
    with pytest.raises(DeliveryError, match=r"posts\.csv: not a list of posts"):
        some.take_in(some.csv(), options={"posts": "posts.csv"}, beside={"posts.csv": posts}.__getitem__)


def test_an_unknown_option_is_refused(sample):
    with pytest.raises(DeliveryError, match="unknown options"):
        sample("patrol").take_in(sample("patrol").csv(), options={"post": "posts.csv"})


def test_two_observers_of_one_burst_are_two_rows(sample):
    some = sample("patrol")
    other = some.changed(0, **{"SMM position": "Mill Camera"})[0]
    result = some.take_in(some.csv((some.rows[0], other)))
    assert result.observations.height == 2
    assert result.delivery.select(pl.sum_horizontal("repeated", "superseded")).item() == 0


def test_a_date_cell_of_a_workbook_is_a_minute(sample):
    some = sample("patrol")
    at = some.columns.index(some.time)
    row = (*some.rows[0][:at], dt.datetime(2026, 3, 9, 19, 38), *some.rows[0][at + 1 :])
    seen = some.take_in(some.xlsx(row)).observations.row(0, named=True)
    assert seen["start_utc"] == dt.datetime(2026, 3, 9, 17, 38, tzinfo=dt.UTC)
    assert seen["end_utc"] - seen["start_utc"] == dt.timedelta(minutes=1)
