"""Fusion: the same for any order, calibrated, obedient to people, never tighter than the truth allows."""

import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest

from fuse.conftest import START, world
from trucewatch import tables
from trucewatch.errors import TableError, UsageError
from trucewatch.fuse import fuse, learn

FRAMES = ("pairs", "members", "incidents", "draws")


def judged(observations, decisions, model):
    frame = pl.DataFrame(decisions, schema=["observation_a", "observation_b", "decision"], orient="row")
    return fuse(observations, model, decisions=frame)


def marks(truth: pl.DataFrame, members: pl.DataFrame) -> float:
    """Return the pairwise F1."""
    known = truth.join(members, on="observation_id")

    def pairs(*by: str) -> int:
        return int(known.group_by(*by).len().select(pl.col("len") * (pl.col("len") - 1) // 2).sum().item())

    return 2 * pairs("event", "incident_id") / (pairs("event") + pairs("incident_id"))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_answer_does_not_depend_on_the_order_of_the_rows(made, seed):
    observations, _, _, fused = made
    again = fuse(observations.sample(fraction=1.0, shuffle=True, seed=seed), learn(observations.reverse()))
    for name in FRAMES:
        frame = getattr(fused, name)
        assert getattr(again, name).sort(frame.columns[:2]).equals(frame.sort(frame.columns[:2]))


def test_pairs_members_and_incidents_are_whole(made):
    observations, _, _, fused = made
    assert (fused.pairs["observation_a"] < fused.pairs["observation_b"]).all()
    assert fused.pairs.select("observation_a", "observation_b").is_unique().all()
    assert fused.pairs["probability"].is_between(0.002, 1).all()
    assert sorted(fused.members["observation_id"]) == sorted(observations["observation_id"])
    assert set(fused.members["incident_id"]) == set(fused.incidents["incident_id"])
    twice = fused.members.join(observations, on="observation_id").group_by("incident_id", "source_id").len()
    assert twice["len"].max() == 1


def test_it_is_better_than_any_window_and_calibrated(made):
    observations, truth, _, fused = made
    rows = observations.with_columns(s=(pl.col("start_utc") - START).dt.total_microseconds() / 1e6)
    best = max(marks(truth, _by_window(rows, km, hours)) for km, hours in itertools.product((1, 3, 6), (0.1, 1, 4)))
    assert marks(truth, fused.members) > best + 0.05
    event = truth.select("observation_id", "event")
    known = fused.pairs.join(event, left_on="observation_a", right_on="observation_id").join(
        event, left_on="observation_b", right_on="observation_id", suffix="_b"
    )
    known = known.filter(pl.col("probability") >= 0.02).with_columns(same=pl.col("event") == pl.col("event_b"))
    bins = known.group_by((pl.col("probability") * 10).floor().clip(0, 9)).agg(
        (pl.col("probability").mean() - pl.col("same").mean()).abs().alias("away"), pl.len()
    )
    assert (bins["away"] * bins["len"]).sum() / known.height < 0.05


def _by_window(rows: pl.DataFrame, km: float, hours: float) -> pl.DataFrame:
    """Link all rows within a distance and a time of each other, and take the connected components."""
    xy = np.c_[(rows["lon_deg"] - 37) * 111.2 * np.cos(np.radians(48)), (rows["lat_deg"] - 48) * 111.2]
    s, label = rows["s"].to_numpy() / 3600, np.arange(rows.height)
    near = (np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) < km) & (np.abs(s[:, None] - s[None]) < hours)
    while True:
        least = np.where(near, label[None], rows.height).min(axis=1)
        if (least == label).all():
            return pl.DataFrame({"observation_id": rows["observation_id"], "incident_id": label})
        label = least


def test_ellipses_hold_the_truth(made):
    _, truth, _, fused = made
    known = truth.join(fused.members, on="observation_id").group_by("incident_id").agg(
        pl.col("event").n_unique(), pl.len(), pl.first("true_lon", "true_lat", "true_s")
    )  # fmt: skip
    pure = known.filter((pl.col("event") == 1) & (pl.col("len") > 1)).join(fused.incidents, on="incident_id")
    east = (pure["true_lon"] - pure["lon_deg"]) * 111_195 * np.cos(np.radians(48))
    north = (pure["true_lat"] - pure["lat_deg"]) * 111_195
    inside = ((east / pure["error_major_m"]) ** 2 + (north / pure["error_major_m"]) ** 2 <= -2 * np.log(0.1)).mean()
    middle = pure["start_utc"] + (pure["end_utc"] - pure["start_utc"]) / 2
    late = ((middle - START).dt.total_microseconds() / 1e6 - pure["true_s"]).abs()
    assert pure.height > 300  # 90 % give or take three standard errors of 1.7 %
    assert inside == pytest.approx(0.9, abs=0.05)
    assert (late <= 1.645 * pure["time_error_s"]).mean() == pytest.approx(0.9, abs=0.05)


def test_ellipses_are_honest_of_members_that_may_not_belong(made):
    observations, truth, _, fused = made
    rows = truth.join(fused.members, on="observation_id").join(observations, on="observation_id")
    votes = rows.group_by("incident_id", "event").agg(
        pl.len().alias("votes"), pl.col("error_major_m").min().alias("finest"), pl.first("true_lon", "true_lat", "true_s")
    )  # fmt: skip
    by_votes = votes.sort("votes", "finest", "event", descending=[True, False, False])
    event = by_votes.group_by("incident_id", maintain_order=True).first()
    several = fused.incidents.filter(pl.col("observations") > 1).join(event, on="incident_id")
    east = (several["true_lon"] - several["lon_deg"]) * 111_195 * np.cos(np.radians(48))
    north = (several["true_lat"] - several["lat_deg"]) * 111_195
    inside = (
        (east / several["error_major_m"]) ** 2 + (north / several["error_major_m"]) ** 2 <= -2 * np.log(0.1)
    ).mean()
    middle = several["start_utc"] + (several["end_utc"] - several["start_utc"]) / 2
    late = ((middle - START).dt.total_microseconds() / 1e6 - several["true_s"]).abs()
    assert several.height > 300
    assert inside == pytest.approx(0.9, abs=0.05)
    assert (late <= 1.645 * several["time_error_s"]).mean() == pytest.approx(0.9, abs=0.05)


def test_people_are_obeyed(made):
    observations, _, model, fused = made
    likely, unlikely = (
        fused.pairs.sort("probability", "observation_a", "observation_b")[n].row(0)[:2] for n in (-1, 0)
    )
    told = judged(observations, [(*likely, "different"), (*unlikely, "same")], model)
    of = dict(told.members.iter_rows())
    assert of[likely[0]] != of[likely[1]]
    assert of[unlikely[0]] == of[unlikely[1]]
    assert judged(observations, [("nobody", likely[0], "same")], model).members.equals(fused.members)


def test_contradictions_are_told_and_not_obeyed(made):
    observations, _, model, fused = made
    likely = fused.pairs.sort("probability", "observation_a", "observation_b").row(-1)[:2]
    chain = [("o1", "o2", "same"), ("o3", "o2", "same"), ("o1", "o3", "different")]
    told = judged(observations, [*chain, (*likely, "different")], model)
    assert told.contradictions.rows() == [("o1", "o2", "same"), ("o1", "o3", "different"), ("o2", "o3", "same")]
    without = judged(observations, [(*likely, "different")], model)
    assert told.members.equals(without.members)
    assert without.contradictions.is_empty()


def test_what_is_no_decision_is_refused(made):
    with pytest.raises(UsageError, match="no such decision"):
        judged(made[0], [("o1", "o2", "perhaps")], made[2])


def test_nothing_and_one_row_are_fused(made):
    model = made[2]
    nothing = fuse(tables.empty("observations"), model)
    assert all(getattr(nothing, name).is_empty() for name in FRAMES)
    one = fuse(made[0].head(1), model)
    assert (one.pairs.height, one.members.height, one.incidents.height) == (0, 1, 1)


def test_a_source_that_nobody_learned_is_refused(made):
    stranger = world(30, seed=3)[0].with_columns(pl.lit("stranger").alias("source_id"))
    with pytest.raises(TableError, match="stranger"):
        fuse(stranger, made[2])


def test_the_act_of_an_incident_is_one_that_a_row_reports_where_nothing_else_is_known():
    """Each source always tells one act, so that neither shows how the other would have named what it saw."""
    n = 60
    at = pl.datetime_range(START, START + dt.timedelta(hours=3 * (n - 1)), "3h", eager=True)
    frame = pl.DataFrame({
        "observation_id": [f"o{k:02}" for k in range(n)], "source_id": ["news" if k % 2 else "space" for k in range(n)],
        "act": ["weapon_use" if k % 2 else "fire" for k in range(n)], "start_utc": at, "end_utc": at, "time_error_s": 600.0,
        "lon_deg": np.linspace(30, 40, n), "lat_deg": 48.0,
        "error_major_m": 500.0, "error_minor_m": 500.0, "error_azimuth_deg": 0.0,
    })  # fmt: skip
    observations = tables.conform(frame, "observations")
    fused = fuse(observations, learn(observations))
    told = fused.members.join(fused.incidents.select("incident_id", "act"), on="incident_id").join(
        observations.select("observation_id", reported="act"), on="observation_id"
    )
    assert (told["act"] == told["reported"]).all()
