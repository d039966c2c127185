"""Errors with heavy tails: found out without labels where they are, nowhere else, and then used."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from fuse.conftest import SOURCES, world
from fuse.test_fuse import FRAMES, marks
from trucewatch.fuse import blocks, explain, fuse, learn
from trucewatch.fuse.blocks import Reach, part_of
from trucewatch.fuse.density import levels_of
from trucewatch.fuse.gate import candidates
from trucewatch.fuse.held import Runs, known_rows, prepared, run_of
from trucewatch.fuse.model import from_table, to_table
from trucewatch.fuse.rows import together
from trucewatch.fuse.tails import QUANTITY, scales_of_two
from trucewatch.fuse.weights import weights_of
from trucewatch.spread import Here, Processes

TIMES = 5
SHARE = 0.2


@pytest.fixture(scope="module")
def far():
    """Return observations of which a fifth errs five times as far in place, their truth, what is learned of them, what is fused."""
    rows, truth = world(1500, days=20.0)
    err = pl.Series(np.random.default_rng(5).random(rows.height) < SHARE)
    both = rows.join(truth, on="observation_id", how="left", maintain_order="left")
    moved = {
        name: pl.when(err).then(TIMES * pl.col(name) - (TIMES - 1) * pl.col(true)).otherwise(name)
        for name, true in (("lon_deg", "true_lon"), ("lat_deg", "true_lat"))
    }
    observations = both.with_columns(**moved).select(rows.columns)
    model = learn(observations)
    return observations, truth, model, fuse(observations, model)


def shares(model: pl.DataFrame) -> dict[tuple[str, str], float]:
    told = model.filter(pl.col("quantity") == QUANTITY)
    return {(source, of): value for source, of, value in told.select("source_id", "of", "value").rows()}


def without_tails(model: pl.DataFrame) -> pl.DataFrame:
    return model.filter(pl.col("quantity") != QUANTITY)


def test_a_plain_world_has_no_tails(made):
    assert not shares(made[2])
    assert from_table(made[2]).tails.shape == (1, 1, 1)


def test_tails_are_found_out_in_place_where_they_are(far):
    found = shares(far[2])
    for source in SOURCES:
        mine = {of: value for (name, of), value in found.items() if name == source}
        assert sum(mine.values()) == pytest.approx(1)
        assert sum(value for of, value in mine.items() if not of.startswith("1 ")) == pytest.approx(SHARE, abs=0.07)
        assert sum(value for of, value in mine.items() if not of.endswith(" 1")) < 0.03


def test_knowing_of_tails_is_worth_something(far):
    observations, truth, model, fused = far
    blind = fuse(observations, without_tails(model))
    assert marks(truth, fused.members) > marks(truth, blind.members) + 0.02


def held(fused, truth: pl.DataFrame) -> float:
    """Return how often the 90 % ellipse of an incident of several holds the event that most of its observations tell of."""
    told = (
        fused.members.join(truth, on="observation_id")
        .group_by("incident_id", "event")
        .agg(pl.len(), pl.exclude("len").first())
    )
    first = told.sort("len", "event", descending=True).unique("incident_id", keep="first", maintain_order=True)
    known = fused.incidents.filter(pl.col("observations") > 1).join(first.filter(pl.col("len") > 1), on="incident_id")
    north = (known["true_lat"] - known["lat_deg"]).to_numpy() * 111_195
    east = (known["true_lon"] - known["lon_deg"]).to_numpy() * 111_195 * np.cos(np.radians(48))
    azimuth = np.radians(known["error_azimuth_deg"].to_numpy())
    along, across = east * np.sin(azimuth) + north * np.cos(azimuth), east * np.cos(azimuth) - north * np.sin(azimuth)
    major, minor = known["error_major_m"].to_numpy(), known["error_minor_m"].to_numpy()
    return float(((along / major) ** 2 + (across / minor) ** 2 <= -2 * np.log(0.1)).mean())


def test_ellipses_hold_the_truth(far, made):
    observations, truth, model, fused = far
    known, blind = held(fused, truth), held(fuse(observations, without_tails(model)), truth)
    assert known == pytest.approx(held(made[3], made[1]), abs=0.05)
    assert blind < known - 0.08


def test_a_row_by_itself_has_the_ellipse_that_holds_nine_tenths(far):
    _, _, model, fused = far
    tails = from_table(model).tails
    alone = fused.incidents.filter((pl.col("observations") == 1) & (pl.col("source_ids").list.first() == "sound"))
    stated = SOURCES["sound"][1]
    assert tails.shape[1] == 3
    assert alone["error_major_m"].median() > 1.5 * stated
    assert alone["error_major_m"].median() < TIMES * stated


def test_shares_are_read_as_they_were_written(far):
    known = from_table(far[2])
    assert (from_table(to_table(known)).tails == known.tails).all()
    assert sum(share for share, _, _ in scales_of_two(known.tails, 0, 1)) == pytest.approx(1)


def test_a_source_without_tails_beside_others_has_none(far):
    model = far[2].filter((pl.col("quantity") != QUANTITY) | (pl.col("source_id") == "sound"))
    known = from_table(model)
    assert known.tails[known.source_ids.index("camera"), 0, 0] == 1
    assert fuse(far[0], model).members.height == far[0].height


def test_the_answer_is_the_same_for_any_order_and_over_processes(far, monkeypatch):
    observations, _, model, _ = far
    monkeypatch.setattr(blocks, "MOST_ROWS", 800)
    known = fuse(observations, model, spread=Here(1))
    for again in (
        fuse(observations.sample(fraction=1.0, shuffle=True, seed=1), model, spread=Here(2)),
        fuse(observations, model, spread=Processes(2)),
    ):
        assert all(getattr(again, name).equals(getattr(known, name)) for name in FRAMES)


def test_what_is_around_a_block_holds_all_that_may_err_so_far(far, monkeypatch):
    monkeypatch.setattr(blocks, "MOST_ROWS", 150)
    model = from_table(far[2])
    shares_in_time = model.tails.transpose(0, 2, 1)  # as if they erred so far in time
    model = replace(model, tails=shares_in_time)
    early = far[0].sort("start_utc").head(1200)
    held, weights = Runs([run_of(early, model)], model), weights_of(model)
    levels, reach = levels_of(model.background, *held.counts), Reach(held.extents, model.widest_s, {})
    near = {n: known_rows(held.frame(n), model, levels) for n in range(len(held.extents))}
    every = together(list(near.values()))
    pairs, low = candidates(every, weights), 0
    assert len(near) > 5
    for which, rows in near.items():
        part = part_of({n: near[n] for n in reach.around(which)}, which, weights, 1, 1, 1)
        high = low + len(rows)
        one_in = ((pairs.one >= low) & (pairs.one < high)) ^ ((pairs.other >= low) & (pairs.other < high))
        ends = np.concatenate([pairs.one[one_in], pairs.other[one_in]])
        outside = every.key[ends[(ends < low) | (ends >= high)]]
        assert np.isin(outside, np.delete(part.rows.key, np.arange(*part.core))).all()
        low = high


def test_no_pair_that_is_likely_enough_is_missed_by_the_gate(far):
    model = from_table(far[2])
    rows, weights = known_rows(prepared(far[0], model.piles), model), weights_of(model)
    rows = rows.take(slice(0, 600))
    found, all_of = candidates(rows, weights), candidates(rows, weights, least=-30.0)
    kept = all_of.odds > np.exp(-6.0) * 1.0001
    names = set(zip(found.one.tolist(), found.other.tolist(), strict=True))
    assert names >= set(zip(all_of.one[kept].tolist(), all_of.other[kept].tolist(), strict=True))


def test_an_explanation_tells_the_odds_that_the_gate_gives(far):
    observations, _, model, fused = far
    known = from_table(model)
    frame = prepared(observations, known.piles)
    pairs = candidates(known_rows(frame, known), weights_of(known))
    odds = {(int(a), int(b)): float(o) for a, b, o in zip(pairs.one, pairs.other, pairs.odds, strict=True)}
    place = {name: n for n, name in enumerate(frame["observation_id"])}
    for incident in fused.incidents.filter(pl.col("observations") == 2)["incident_id"].to_list()[:10]:
        told = explain(observations, model, fused.members, incident)
        a, b = sorted(place[name] for name in told["observation_id"])
        assert told["total"].sum() == pytest.approx(np.log(odds[a, b]), abs=0.01)
