"""Draws: whole partitions of the uncertain rows, whose spread holds the truth and which people's decisions bind."""

import numpy as np
import polars as pl
import pytest

from fuse.test_fuse import judged


def counts(fused) -> np.ndarray:
    """Return the number of incidents in each draw: those of the uncertain rows and those that are everywhere the same."""
    certain = fused.members.join(fused.draws, on="observation_id", how="anti")["incident_id"].n_unique()
    return certain + fused.draws.group_by("draw").agg(pl.col("incident_id").n_unique())["incident_id"].to_numpy()


def test_twenty_draws_of_each_uncertain_row(made):
    draws = made[3].draws
    assert draws["draw"].n_unique() == 20
    assert (draws.group_by("observation_id").len()["len"] == 20).all()
    assert 0 < draws["observation_id"].n_unique() < made[0].height


def test_no_incident_is_split_between_certain_and_uncertain(made):
    told = made[3].members.join(made[3].draws.select("observation_id").unique(), on="observation_id", how="left")
    assert told.height == made[0].height
    named = set(made[3].draws["observation_id"])
    assert set(made[3].draws["incident_id"]) <= named


def test_the_share_of_draws_is_the_probability(made):
    draws, pairs = made[3].draws, made[3].pairs
    wide = draws.pivot(on="draw", index="observation_id", values="incident_id")
    both = pairs.join(wide, left_on="observation_a", right_on="observation_id").join(
        wide, left_on="observation_b", right_on="observation_id", suffix="_b"
    )
    shared = both.select(pl.mean_horizontal(pl.col(str(k)) == pl.col(f"{k}_b") for k in range(1, 21)).alias("share"))
    away = shared["share"] - both["probability"]
    assert both.height > 1000
    assert abs(away.mean()) < 0.01
    assert away.abs().mean() < 0.08


def test_the_number_of_events_lies_near_the_draws(made):
    true = made[1]["event"].n_unique()
    assert counts(made[3]).mean() == pytest.approx(true, rel=0.05)


def test_what_people_decided_stands_in_each_draw(made):
    observations, _, model, fused = made
    likely, unlikely = (
        fused.pairs.sort("probability", "observation_a", "observation_b")[n].row(0)[:2] for n in (-1, 0)
    )
    draws = judged(observations, [(*likely, "different"), (*unlikely, "same")], model).draws
    for _, draw in draws.group_by("draw"):
        of = dict(draw.select("observation_id", "incident_id").iter_rows())
        assert of.get(likely[0], 0) != of.get(likely[1], 1)
        assert of.get(unlikely[0]) == of.get(unlikely[1])
