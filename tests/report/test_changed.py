"""What changed since the last report: late, revised, withdrawn, merged, split, and nothing else."""

import dataclasses
import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch import tables
from trucewatch.report import changes
from trucewatch.report.changed import corrections
from trucewatch.words import Words

AT = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
SINCE, UNTIL = AT - dt.timedelta(days=5), AT + dt.timedelta(days=5)


def side(incidents: dict[str, tuple[str, ...]], **own):
    """Return incidents (id: the observations that they hold), with columns of their own by id."""
    rows = [
        {
            "incident_id": name, "act": "shelling", "act_probability": 1.0, "start_utc": AT, "end_utc": AT, "time_error_s": 60.0,
            "lon_deg": 37.0, "lat_deg": 48.0, "error_major_m": 1000.0, "error_minor_m": 1000.0, "error_azimuth_deg": 0.0,
            "real_probability": 0.9, "observations": len(of), "independent_sources": 1, "source_ids": ["a"],
        } | own.get(name, {})
        for name, of in incidents.items()
    ]  # fmt: skip
    members = [(each, name) for name, of in incidents.items() for each in of]
    schema = dict.fromkeys(("observation_id", "incident_id"), pl.String)
    return {
        "incidents": tables.conform(pl.DataFrame(rows), "incidents") if rows else tables.empty("incidents"),
        "members": pl.DataFrame(members, schema=schema, orient="row"),
        "places": tables.empty("places"),
    }


def told(before, after):
    found = changes(before, after, since=SINCE, until=UNTIL)
    return {row["incident_id"]: (row["change"], row["was"], row["what"]) for row in found.iter_rows(named=True)}


def test_late_and_withdrawn():
    before, after = side({"a": ("1",), "b": ("2",)}), side({"a": ("1",), "c": ("3",)})
    assert told(before, after) == {"b": ("withdrawn", [], []), "c": ("late", [], [])}


def test_merged_and_split():
    before, after = (
        side({"a": ("1",), "b": ("2",), "c": ("3", "4")}),
        side({"ab": ("1", "2"), "d": ("3",), "e": ("4",)}),
    )
    assert {name: (change, was) for name, (change, was, _) in told(before, after).items()} == {
        "ab": ("merged", ["a", "b"]), "d": ("split", ["c"]), "e": ("split", ["c"]),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("own", "what"),
    [
        ({"deaths_low": 3}, ["deaths_low"]),
        ({"act": "drone_strike"}, ["act"]),
        ({"independent_sources": 2}, ["independent_sources"]),
        ({"lat_deg": 48.02}, ["position"]),
        ({"end_utc": AT + dt.timedelta(minutes=1)}, ["end_utc"]),
    ],
)
def test_revised_says_what_is_otherwise(own, what):
    assert told(side({"a": ("1",)}), side({"x": ("1", "2")}, x=own)) == {"x": ("revised", ["a"], what)}


@pytest.mark.parametrize(
    "own", [{"lat_deg": 48.005}, {"end_utc": AT + dt.timedelta(seconds=59)}, {"real_probability": 0.5}]
)
def test_less_than_the_error_is_no_revision(own):
    assert told(side({"a": ("1",)}), side({"a": ("1",)}, a=own)) == {}


def test_what_lies_outside_the_compared_time_is_not_told():
    far = {"start_utc": UNTIL, "end_utc": UNTIL}
    assert told(side({"a": ("1",)}, a=far), side({"b": ("2",)}, b=far)) == {}


parted = st.dictionaries(st.sampled_from("123456"), st.sampled_from("abcdef"))


def grouped(membership):
    groups: dict[str, tuple[str, ...]] = {}
    for observation, group in sorted(membership.items()):
        groups[group] = (*groups.get(group, ()), observation)
    return {"".join(of): of for of in groups.values()}


@given(parted, parted)
def test_what_is_late_one_way_is_withdrawn_the_other_way(before, after):
    then, now = side(grouped(before)), side(grouped(after))
    forth, back = told(then, now), told(now, then)
    assert {n for n, c in forth.items() if c[0] == "late"} == {n for n, c in back.items() if c[0] == "withdrawn"}
    assert told(then, then) == {}


def test_the_section_says_when_nothing_changed_and_when_nobody_can_tell(facts, let_through):
    part = let_through({"changes": tables.empty("changes")}, facts)
    assert "cannot be told" in corrections(part, facts, Words()).blocks[0].text
    later = dataclasses.replace(facts, last_day=facts.day - dt.timedelta(days=1))
    assert "Nothing" in corrections(part, later, Words()).blocks[0].text
    found = changes(side({"a": ("1",)}), side({"b": ("2",)}), since=SINCE, until=UNTIL)
    blocks = corrections(let_through({"changes": found}, later), later, Words()).blocks
    assert [[cell.text for cell in row] for row in blocks[0].rows] == [["reported late", "1"], ["withdrawn", "1"]]
    assert [row[3].text for row in blocks[1].rows] == ["withdrawn", "reported late"]
