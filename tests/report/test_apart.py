"""What is told apart: exercises, and what was seen from what was only reported."""

import dataclasses

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.report.apart import by_sense, exercises
from trucewatch.report.counts import day_of
from trucewatch.tables.columns import SENSES
from trucewatch.words import Words


def test_exercises_stand_apart(released, facts):
    whole = day_of(released(40), facts)
    acts = pl.Series("act", ["shelling", "live_fire_exercise", "controlled_detonation"])
    day = dataclasses.replace(whole, now=whole.now.head(3).with_columns(acts))
    section = exercises(day, facts, Words())
    assert len(section.blocks[0].rows) == 2
    assert exercises(whole, facts, Words()).blocks == ()


def test_the_best_way_of_knowing_counts():
    senses = [["reported", "saw"], ["reported"], ["detected", "reported"], None, []]
    incidents = pl.DataFrame(
        {"act": ["shelling"] * 5, "senses": senses}, schema={"act": pl.String, "senses": pl.List(pl.String)}
    )
    assert by_sense(incidents).row(0) == ("shelling", 1, 1, 1, 2)


@given(
    st.lists(
        st.tuples(st.sampled_from(["shelling", "fire"]), st.none() | st.lists(st.sampled_from(SENSES), unique=True))
    )
)
def test_each_incident_is_counted_once(told):
    schema = {"act": pl.String, "senses": pl.List(pl.String)}
    counted = by_sense(pl.DataFrame(told, schema=schema, orient="row"))
    assert sum(sum(row[1:]) for row in counted.iter_rows()) == len(told)
