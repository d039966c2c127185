"""Ids that were told last; what merged and what split is told."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.fuse import aliases_of
from trucewatch.fuse.incidents import incident_id
from trucewatch.fuse.naming import names_of


def members(*groups: str, names: dict[str, str] | None = None) -> pl.DataFrame:
    """Return table `members` of groups of observations of one letter each."""
    rows = [(o, (names or {}).get(group) or incident_id("\n".join(sorted(group)))) for group in groups for o in group]
    return pl.DataFrame(
        rows, schema=["observation_id", "incident_id"], orient="row", schema_overrides={"incident_id": pl.String}
    )


def renamed(now: pl.DataFrame, before: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the names of the incidents of now, and what became of ids of before."""
    names = names_of(now, before)
    named = now.join(names, on="incident_id").select("observation_id", incident_id="name")
    return names, aliases_of(named, before)


def name_of(now: pl.DataFrame, names: pl.DataFrame, observation: str) -> str:
    row = now.join(names, on="incident_id").filter(pl.col("observation_id") == observation)
    return row["name"].item()


@pytest.mark.parametrize(
    ("before", "after", "named", "aliases"),
    [
        (("ab",), ("abc",), {"a": "ab"}, []),
        (("ab", "c"), ("abc",), {"a": "ab"}, [("c", "ab", "merged")]),
        (("abc",), ("ab", "c"), {"a": "abc", "c": "c"}, [("abc", "c", "split")]),
        (("ab", "cd"), ("abc", "d"), {"a": "ab", "d": "cd"}, [("cd", "ab", "split")]),
        (("abc",), ("ab",), {"a": "abc"}, []),
        (("ab", "c"), ("ab", "c", "d"), {"a": "ab", "c": "c", "d": "d"}, []),
    ],
)
def test_ids_last_and_the_rest_is_told(before, after, named, aliases):
    ids = {group: incident_id("\n".join(sorted(group))) for group in {*before, *named.values()}}
    now = members(*after)
    names, told = renamed(now, members(*before))
    assert {o: name_of(now, names, o) for o in named} == {o: ids[group] for o, group in named.items()}
    assert sorted(told.rows()) == sorted((ids[a], ids[b], how) for a, b, how in aliases)


def test_an_id_that_another_incident_took_is_not_given_twice():
    first = members("a")
    grown = members("ab", names={"ab": first["incident_id"].item()})
    now = members("a", "bcd")
    names, _ = renamed(now, members("abcd", names={"abcd": grown["incident_id"][0]}))
    assert names["name"].is_unique().all()


@given(st.lists(st.integers(0, 4), min_size=6, max_size=6), st.lists(st.integers(0, 4), min_size=6, max_size=6))
def test_each_incident_has_one_name_and_each_id_lasts_or_is_told(one, other):
    before, now = (
        pl.DataFrame({"observation_id": list("abcdef"), "incident_id": [f"{kind}{k}" for k in of]})
        for kind, of in (("old", one), ("new", other))
    )
    names, told = renamed(now, before)
    assert sorted(names["incident_id"]) == sorted(set(now["incident_id"]))
    assert names["name"].is_unique().all()
    gone = set(before["incident_id"]) - set(names["name"])
    assert gone == set(told.filter(pl.col("how") == "merged")["incident_id"])
    same, _ = renamed(now, now)
    assert (same["incident_id"] == same["name"]).all()


@given(st.lists(st.integers(0, 4), min_size=6, max_size=6), st.lists(st.integers(0, 4), min_size=6, max_size=6))
def test_what_was_named_once_is_named_so_again(one, other):
    """Named onto what it was told as, an incident keeps that name: to make a report again changes nothing."""
    before, now = (
        pl.DataFrame({"observation_id": list("abcdef"), "incident_id": [f"{kind}{k}" for k in of]})
        for kind, of in (("old", one), ("new", other))
    )
    once = names_of(now, before)
    told = now.join(once, on="incident_id").select("observation_id", incident_id="name")
    assert names_of(now, told).equals(once)
    assert aliases_of(told, told).is_empty()
