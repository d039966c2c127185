"""A mission document: every problem at once; its days, and what is supposed."""

import datetime as dt
import re

import pytest

from trucewatch.errors import DocumentError, UsageError
from trucewatch.mission.document import Mission, parse_mission
from trucewatch.when import Span

TEXT = """\
mission_id = "small"
title = "A small mission"
agreement = "agreement.toml"
time_zone = "Europe/Kyiv"
cut_off = "19:30"
regions = "regions.geojson"
first_report_day = 2023-05-01

[[sources]]
source = "firms"
files = ["firms/*.csv"]
"""
SUPPOSED = "supposed_start = 2023-05-01T00:00:00\nsupposed_end = 2023-08-01T00:00:00\n"


def mission(text: str = TEXT) -> Mission:
    return parse_mission(text.encode(), name="small.toml")


def problems(text: str) -> dict[str, str]:
    with pytest.raises(DocumentError) as caught:
        mission(text)
    assert all(p.to_do for p in caught.value.problems)
    return {p.where: p.what for p in caught.value.problems}


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


def test_the_days_and_numbers_of_a_mission():
    small = mission()
    assert small.day(dt.date(2023, 6, 10)) == Span(utc(2023, 6, 9, 16, 30), utc(2023, 6, 10, 16, 30))
    assert small.report_number(dt.date(2023, 5, 1)) == 1
    assert small.report_number(dt.date(2023, 6, 10)) == 41
    assert small.supposed is None


@pytest.mark.parametrize("day", [dt.date.min, dt.date(1899, 12, 31), dt.date(2200, 1, 1), dt.date.max])
def test_a_day_beyond_any_mission_is_a_wrong_call(day):
    with pytest.raises(UsageError, match="no mission reports such a day"):
        mission().day(day)


def test_what_is_supposed_is_local_time():
    assert mission(SUPPOSED + TEXT).supposed == Span(utc(2023, 4, 30, 21), utc(2023, 7, 31, 21))


def test_every_problem_is_told_at_once():
    text = TEXT.replace("Europe/Kyiv", "Europe/Nowhere").replace('"19:30"', '"25:00"').replace("title", "titel")
    text += "option = 1\n\n[fuse]\nseed = -1\n\n[release]\npublic_delay_hours = 2\n"
    assert set(problems(text)) == {
        "small.toml:2: titel", "small.toml:1: title", "small.toml:4: time_zone", "small.toml:5: cut_off",
        "small.toml:12: sources[0].option", "small.toml:15: fuse.seed", "small.toml:18: release.public_delay_hours",
    }  # fmt: skip


@pytest.mark.parametrize(
    "pattern", ["/etc/passwd", "../*.csv", "a/../../b", "a\\b", "", ".", "a//b", "./a", "a/", "**a/b", "a\\u0000b"]
)
def test_a_pattern_that_leaves_the_data_folder_or_is_none_is_refused(pattern):
    found = problems(TEXT.replace("firms/*.csv", pattern.replace("\\b", "\\\\b")))
    assert all(re.match(r"small\.toml:\d+: sources\[0\]\.files", where) for where in found)


@pytest.mark.parametrize("pattern", ["*.csv", "**/*.csv", "a/[0-9]*.csv", "a b/ü.csv", "..a/b"])
def test_a_pattern_below_the_data_folder_is_kept(pattern):
    assert mission(TEXT.replace("firms/*.csv", pattern)).sources[0].files == (pattern,)


@pytest.mark.parametrize(
    ("supposed", "what"),
    [
        ("supposed_start = 2023-05-01T00:00:00\n", "belong together"),
        ("supposed_end = 2023-05-01T00:00:00\n", "belong together"),
        (SUPPOSED.replace("2023-08", "2023-04"), "comes before"),
        (SUPPOSED.replace("00:00:00", "00:00:00Z"), "without a zone"),
        (SUPPOSED.replace("2023-05-01T00:00", "2023-03-26T03:30"), "skipped this hour"),
    ],
)
def test_contradictory_suppositions_are_refused(supposed, what):
    assert [what in told for told in problems(supposed + TEXT).values()] == [True]


def test_a_mission_without_sources_is_refused():
    assert set(problems(TEXT[: TEXT.index("[[sources]]")])) == {"small.toml:1: sources"}
