"""Local clocks, mission days and spans."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch import when
from trucewatch.errors import UsageError

KYIV = when.zone("Europe/Kyiv")
CUT_OFF = dt.time(19, 30)


def test_an_hour_that_does_not_exist_is_an_error_with_the_hour():
    with pytest.raises(when.NoSuchLocalTimeError, match="2021-03-28 03:30"):
        when.to_utc(dt.datetime(2021, 3, 28, 3, 30), KYIV)


def test_an_hour_that_exists_twice_is_the_span_of_both():
    span = when.to_utc(dt.datetime(2021, 10, 31, 3, 30), KYIV)
    assert span.duration == dt.timedelta(hours=1)
    assert span.start_utc == dt.datetime(2021, 10, 31, 0, 30, tzinfo=dt.UTC)


def test_the_mission_day_of_the_change_of_clocks_has_23_and_25_hours():
    spring = when.mission_day(dt.date(2021, 3, 28), KYIV, CUT_OFF)
    autumn = when.mission_day(dt.date(2021, 10, 31), KYIV, CUT_OFF)
    assert (spring.duration, autumn.duration) == (dt.timedelta(hours=23), dt.timedelta(hours=25))


@given(st.datetimes(dt.datetime(2014, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC)))
def test_every_instant_belongs_to_the_mission_day_whose_span_holds_it(instant):
    span = when.mission_day(when.mission_day_of(instant, KYIV, CUT_OFF), KYIV, CUT_OFF)
    assert span.start_utc <= instant < span.end_utc


@given(st.dates(dt.date(2014, 1, 2), dt.date(2030, 1, 1)))
def test_mission_days_follow_each_other_without_a_gap(day):
    before = when.mission_day(day - dt.timedelta(days=1), KYIV, CUT_OFF)
    assert before.end_utc == when.mission_day(day, KYIV, CUT_OFF).start_utc


@pytest.mark.parametrize("name", ["Europe/Kyev", "", "../etc/passwd", "Mars/Olympus"])
def test_no_such_zone(name):
    with pytest.raises(UsageError, match="IANA"):
        when.zone(name)


def test_a_span_is_aware_and_in_order():
    now = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(UsageError, match="ends before"):
        when.Span(now, now - dt.timedelta(seconds=1))
    with pytest.raises(UsageError, match="time zone"):
        when.Span(now.replace(tzinfo=None), now)
    with pytest.raises(UsageError, match="without a time zone"):
        when.to_utc(now, KYIV)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(1, "2025-03-29T22:00"), (2, "2025-03-30T21:00"), (1.25, "2025-03-30T04:00"), (0, "2025-03-28T22:00")],
)
def test_days_are_those_of_the_local_clock(days, expected):
    """From midnight on 29 March in Kyiv; the clocks went forward on the 30th."""
    midnight = dt.datetime(2025, 3, 28, 22, tzinfo=dt.UTC)
    assert when.days_later(midnight, days, KYIV) == dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)


@given(
    instant=st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2040, 1, 1)), days=st.integers(0, 400),
)  # fmt: skip
def test_so_many_days_later_it_is_the_same_hour(instant, days):
    start = instant.replace(tzinfo=dt.UTC)
    later = when.days_later(start, days, KYIV)
    assert later >= when.days_later(start, max(days - 1, 0), KYIV)
    clocks = [at.astimezone(KYIV).replace(tzinfo=None) for at in (start, later)]
    assert abs((clocks[1] - clocks[0]) - dt.timedelta(days=days)) in (dt.timedelta(0), dt.timedelta(hours=1))
    assert abs((later - start) - dt.timedelta(days=days)) <= dt.timedelta(hours=2)


@pytest.mark.parametrize("moment", [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59)])
def test_a_time_beyond_the_calendar_is_an_error(moment):
    with pytest.raises(UsageError, match="beyond the calendar"):
        when.to_utc(moment, when.zone("Asia/Tokyo" if moment.year == 1 else "America/New_York"))


@pytest.mark.parametrize("name", ["Europe", "x" * 300, "../UTC", "", "Europe/Kyiv\0", "Europe/Nowhere"])
def test_what_is_no_time_zone_is_an_error(name):
    with pytest.raises(UsageError, match="no such time zone"):
        when.zone(name)
