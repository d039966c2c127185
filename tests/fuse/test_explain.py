"""The terms of an explanation add up to the log odds of one event against each row alone, as the weights have it."""

import numpy as np
import polars as pl
import pytest

from trucewatch.errors import UsageError
from trucewatch.fuse import explain
from trucewatch.fuse.gate import candidates
from trucewatch.fuse.held import known_rows, prepared
from trucewatch.fuse.model import from_table
from trucewatch.fuse.weights import weights_of

TERMS = ("place", "time", "act", "source", "company")


def largest(fused) -> str:
    return fused.incidents.sort("observations", "incident_id", descending=True)["incident_id"][0]


def test_terms_add_up(made):
    observations, _, model, fused = made
    told = explain(observations, model, fused.members, largest(fused))
    assert told.height >= 3
    assert told.select(pl.sum_horizontal(*TERMS)).to_series().to_list() == pytest.approx(told["total"].to_list())
    assert told["total"].sum() > 3


def test_two_rows_have_the_odds_that_the_gate_gives_them(made):
    observations, _, model, fused = made
    frame, known = prepared(observations, {}), from_table(model)
    pairs = candidates(known_rows(frame, known), weights_of(known))
    odds = {(int(a), int(b)): float(o) for a, b, o in zip(pairs.one, pairs.other, pairs.odds, strict=True)}
    ids = frame["observation_id"].to_list()
    place = {name: n for n, name in enumerate(ids)}
    two = fused.incidents.filter(pl.col("observations") == 2)["incident_id"].to_list()
    compared = []
    for incident in two[:20]:
        told = explain(observations, model, fused.members, incident)
        a, b = sorted(place[name] for name in told["observation_id"])
        compared.append((told["total"].sum(), np.log(odds[a, b])))
    ours, theirs = np.array(compared).T
    assert len(compared) == 20
    assert ours == pytest.approx(theirs, abs=0.01)  # the gate keeps single precision


def test_the_whole_is_the_weight_of_the_cluster(made):
    observations, _, model, fused = made
    known = from_table(model)
    weights, frame = weights_of(known), prepared(observations, {})
    members = fused.members.filter(pl.col("incident_id") == largest(fused))["observation_id"].to_list()
    rows = known_rows(frame, known).take(np.flatnonzero(frame["observation_id"].is_in(members).to_numpy()))
    rows = rows.take(np.argsort(rows.sigma_m, kind="stable"))
    east = (rows.u_m - rows.u_m[0]) * 0.5 * (rows.cos_lat + rows.cos_lat[0])
    overlap = 0.0  # log of the integral of the product of the rows' Gaussians, axis by axis: here errors are circles
    for z, variance in (
        (east, rows.variance[:, 0]),
        (rows.north_m, rows.variance[:, 1]),
        (rows.time_s, rows.variance[:, 3]),
    ):
        p = 1 / variance
        middle = (p * z).sum() / p.sum()
        overlap += 0.5 * (
            np.log(2 * np.pi / p.sum()) - np.log(2 * np.pi * variance).sum() - (p * (z - middle) ** 2).sum()
        )
    acts = np.log((weights.act_share * np.prod(weights.naming[rows.source, rows.act], axis=0)).sum())
    alone = (weights.alone[rows.source, rows.act] + rows.log_density).sum()
    whole = weights.unseen + weights.first[rows.source].sum() + overlap + rows.log_density[0] + acts - alone
    told = explain(observations, model, fused.members, largest(fused))
    assert told["total"].sum() - told["company"].sum() == pytest.approx(whole, abs=1e-6)


def test_an_incident_that_is_not_there_is_refused(made):
    with pytest.raises(UsageError, match="no such incident"):
        explain(made[0], made[2], made[3].members, "nothing")
