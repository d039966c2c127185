"""A mapping document says which column is what, or says every problem it has."""

import pytest

from trucewatch import observe
from trucewatch.errors import DocumentError
from trucewatch.observe.mapping import RESERVED

TEXT = """\
act = "explosion"
[columns]
native_id = "no"
start = "when"
longitude = "lon"
latitude = "lat"
[manifest]
source_id = "diary"
title = "A diary"
publisher = "A village"
formats = ["csv"]
delivery = "increment"
[manifest.licence]
name = "its own"
attribution = "the village"
republish = "none"
[manifest.accuracy]
position_error_m = 1000
time_error_s = 600
[manifest.sees]
acts = ["explosion"]
"""


def parsed(text: str) -> observe.Mapping:
    return observe.parse_mapping(text.encode(), name="m.toml")


def refused(old: str, new: str) -> str:
    """What is said of the mapping with a part of its text replaced."""
    assert old in TEXT
    with pytest.raises(DocumentError) as caught:
        parsed(TEXT.replace(old, new))
    assert all("m.toml" in problem.where for problem in caught.value.problems)
    return str(caught.value)


def test_a_whole_mapping():
    mapping = parsed(TEXT)
    assert mapping.used == ("no", "when", "lon", "lat")
    assert (mapping.manifest.source_id, mapping.separator, mapping.act) == ("diary", ",", "explosion")


def test_one_column_may_tell_two_things():
    text = TEXT.replace("[manifest]\n", 'count_low = "n"\ncount_high = "n"\n[manifest]\n')
    assert parsed(text).used == ("no", "when", "lon", "lat", "n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('act = "explosion"\n', "", "either columns.act with"),
        ('start = "when"', 'start = "when"\nact = "kind"', "either columns.act with"),
        ('act = "explosion"\n', 'act = "parade"\n', "no such acts: ['parade']"),
        ('act = "explosion"\n', 'act = "explosion"\ncolour = "red"\n', "colour"),
        ('native_id = "no"\n', "", "native_id"),
        ('native_id = "no"', 'native_id = ""', "native_id"),
        ('start = "when"', 'start = "when"\nerror_minor = "e"', "error_minor needs error_major"),
        ("position_error_m = 1000", "position_error_m = 0", "position_error_m"),
        ("position_error_m = 1000", "position_error_m = nan", "position_error_m"),
        ('"its own"', "its own", "m.toml"),
        *(('start = "when"', f'start = "{name}"', "reserved") for name in RESERVED),
    ],
)
def test_problems_are_said(old, new, said):
    assert said in refused(old, new)


@pytest.mark.parametrize("separator", ['\\"', "\\n", "\\r", "", ",,", "§", "a", "1", "."])
def test_a_separator_is_a_sign_that_no_number_has(separator):
    assert "separator" in refused('act = "explosion"\n', f'act = "explosion"\nseparator = "{separator}"\n')


@pytest.mark.parametrize("separator", [",", ";", "\\t", "|"])
def test_separators(separator):
    assert len(parsed(f'separator = "{separator}"\n' + TEXT).separator) == 1


@pytest.mark.parametrize(
    "form", ["%Y-%m", "%Y", "%H:%M", "%d.%m", "%Y-%m-%d %H", "%Y-%m-%d %I:%M", "%Y-%m-%d %H:%M %Z", "%s", "", "date"]
)
def test_a_format_must_say_a_whole_day_and_a_clock_or_none(form):
    assert "format" in refused('act = "explosion"\n', f'act = "explosion"\nformats = ["{form}"]\n')


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d", "%d.%m.%y %H:%M", "%F %T", "%-d/%-m/%Y", "%d %B %Y %I:%M %p", "%Y-%m-%dT%H:%M:%S%z", "%Y%j"]
)
def test_formats(form):
    assert parsed(f'formats = ["{form}"]\n' + TEXT).formats == (form,)
