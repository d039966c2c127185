"""Fires seen from space: the pass, the pixel, the id."""

import datetime as dt

import pytest


def one(sample, **values):
    """The only observation of a file of one row."""
    some = sample("firms")
    return some.take_in(some.csv(some.changed(0, **values)[:1])).observations.row(0, named=True)


@pytest.mark.parametrize(
    ("acq_time", "clock"),
    [
        ("5", "00:05"),
        ("0", "00:00"),
        ("45", "00:45"),
        ("130", "01:30"),
        ("0005", "00:05"),
        ("2359", "23:59"),
        ("00:33", "00:33"),
        ("00:33:00", "00:33"),
        ("23:59:59", "23:59"),
    ],
)
def test_a_pass_lasts_its_minute(sample, acq_time, clock):
    told = one(sample, acq_time=acq_time)
    assert f"{told['start_utc']:%Y-%m-%d %H:%M:%S}" == f"2023-02-24 {clock}:00"
    assert told["end_utc"] - told["start_utc"] == dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    "acq_time", ["2400", "60", "1160", "-5", "5.0", "00005", "5:00", "٠٠٠٥", "", "noon", "24:00", "1106Z"]
)
def test_what_is_no_pass_is_set_aside(sample, acq_time):
    some = sample("firms")
    taken = some.take_in(some.csv(some.changed(1, acq_time=acq_time)))
    assert taken.set_aside.select("line", "rule", "column").rows() == [(3, "time_is_none", "acq_time")]


@pytest.mark.parametrize(
    ("scan", "track", "major_m", "minor_m", "azimuth_deg"),
    [
        ("0.6", "0.48", 600 / 12**0.5, 480 / 12**0.5, 90),
        ("0.48", "0.6", 600 / 12**0.5, 480 / 12**0.5, 0),
        ("0.2", "0.2", 110, 110, 90),
    ],
)
def test_the_ellipse_is_that_of_the_pixel_and_no_finer_than_the_manifest(
    sample, scan, track, major_m, minor_m, azimuth_deg
):
    told = one(sample, scan=scan, track=track)
    assert (told["error_major_m"], told["error_minor_m"]) == pytest.approx((major_m, minor_m))
    assert told["error_azimuth_deg"] == azimuth_deg


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("scan", "0", "scan_out_of_range"),
        ("scan", "520", "scan_out_of_range"),
        ("track", "-0.5", "track_out_of_range"),
        ("track", "", "track_out_of_range"),
        ("confidence", "85", "confidence_unknown"),
        ("confidence", "", "confidence_unknown"),
        ("frp", "1_0.5", "radiative_power_is_no_number"),
        ("satellite", "", "satellite_is_absent"),
    ],
)
def test_what_breaks_a_rule_is_set_aside(sample, column, value, rule):
    some = sample("firms")
    taken = some.take_in(some.csv(some.changed(1, **{column: value})))
    assert taken.set_aside.select("line", "rule", "column").rows() == [(3, rule, column)]


@pytest.mark.parametrize(
    ("written", "told"), [("l", "low"), ("n", "nominal"), ("high", "high"), ("nominal", "nominal")]
)
def test_confidence_of_both_formats(sample, written, told):
    assert one(sample, confidence=written)["text"].startswith(f"confidence {told},")


def test_saturated_or_absent_brightness_does_not_matter(sample):
    assert one(sample, brightness="0") | {"delivery_id": ""} == one(sample, brightness="367") | {"delivery_id": ""}


@pytest.mark.parametrize(
    ("column", "value", "same"),
    [
        ("latitude", "47.62076", False),
        ("acq_time", "1107", False),
        ("acq_date", "2023-02-25", False),
        ("satellite", "N20", False),
        ("frp", "9", True),
        ("version", "2", True),
    ],
)
def test_the_id_is_satellite_pass_and_position(sample, column, value, same):
    ids = {one(sample)["observation_id"], one(sample, **{column: value})["observation_id"]}
    assert len(ids) == (1 if same else 2)
