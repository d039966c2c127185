"""What the sweeps average is what all partitions of a few rows, one by one, say."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import polars as pl
import pytest

from fuse.conftest import START
from trucewatch import tables
from trucewatch.fuse import sampling
from trucewatch.fuse.held import known_rows, prepared
from trucewatch.fuse.model import from_table
from trucewatch.fuse.sampling import sample
from trucewatch.fuse.tails import squares_of
from trucewatch.fuse.weights import heavier, log_event_share, weights_of


@pytest.fixture(scope="module")
def few(made):
    """Return six rows of four sources on a line where rows lie thick, and weights without company: hardly a pair is certain."""
    source = ["patrol", "sound", "camera", "database", "patrol", "sound"]
    sigma, tau = (
        {"camera": 300.0, "database": 5000.0, "patrol": 1000.0, "sound": 2000.0},
        {"sound": 60.0, "camera": 30.0},
    )
    east = np.array([0.0, 8.0, 3.4, 16.0, 4.9, 13.5])
    at = pl.Series([START]).repeat_by(6).explode() + pl.Series(np.arange(6) * 40_000_000).cast(pl.Duration("us"))
    frame = pl.DataFrame({
        "observation_id": [f"o{k}" for k in range(6)], "source_id": source, "act": ["shelling"] * 5 + ["drone_strike"],
        "start_utc": at, "end_utc": at, "time_error_s": [tau.get(each, 300.0) for each in source],
        "lon_deg": 37 + east / 74, "lat_deg": 48.0,
        "error_major_m": [sigma[each] for each in source], "error_minor_m": [sigma[each] for each in source],
        "error_azimuth_deg": 0.0,
    })  # fmt: skip
    model = from_table(made[2])
    rows = known_rows(prepared(tables.conform(frame, "observations"), {}), model)
    weights = weights_of(model)
    return replace(rows, log_density=rows.log_density + 7.5), replace(weights, company=np.zeros(3))


def partitions(n):
    """Return each way to put n rows together, as labels."""
    found = [[0]]
    for _ in range(n - 1):
        found = [[*each, label] for each in found for label in range(max(each) + 2)]
    return [np.array(each) for each in found]


@pytest.fixture(scope="module")
def burning(few):
    """Return the same, where two sources repeat events and some rows lie where their source keeps telling what is no event."""
    rows, weights = few
    repeats = np.array([name in ("patrol", "sound") for name in rows.source_ids])
    again = np.where(repeats, np.log(0.9), -np.inf)
    odds = weights.pair.copy()
    for s in np.flatnonzero(repeats):
        odds[s, :, s, :] += again[s] - weights.again[s]
    clutter = rows.log_density + np.array([1.0, -np.inf, 0.5, -np.inf, -1.0, 1.0])
    nearer = np.array([2500.0, 0.0, 0.0, 0.0, 0.0, -4000.0]) / rows.cos_lat
    return replace(rows, u_m=rows.u_m + nearer, log_clutter=clutter), replace(
        weights, repeats=repeats, again=again, pair=odds
    )


@pytest.fixture(scope="module")
def erring_far(few):
    """Return the same rows, some farther apart, where three sources err by more than they state, one in place and time alike."""
    return with_tails(*few)


def with_tails(rows, weights):
    """Return rows of sources that err far, and weights that know it."""
    tails = np.zeros((len(rows.source_ids), 3, 3))
    tails[:, 0, 0] = 1.0
    tails[rows.source_ids.index("patrol")] = np.diag([0.8, 0.0, 0.2])
    tails[rows.source_ids.index("sound")] = np.outer([0.7, 0.25, 0.05], [0.9, 0.1, 0.0])
    tails[rows.source_ids.index("camera")] = [[0.6, 0.1, 0.0], [0.0, 0.2, 0.0], [0.1, 0.0, 0.0]]
    north = np.array([0.0, 2500.0, 0.0, -2000.0, 1500.0, 4000.0])
    return replace(rows, north_m=rows.north_m + north, widest=(1.0,) * 4), replace(weights, tails=tails)


def log_weight(rows, weights, members):
    """Return log w(K) of a cluster, against each row alone; see the equations in docs/explanation/fusion.md."""
    if len(members) == 1:
        return 0.0
    source, act = rows.source[members], rows.act[members]
    heavy = heavier(rows, weights)
    told, times = np.unique(source, return_counts=True)
    if (~weights.repeats[told] & (times > 1)).any():
        return -np.inf
    total = weights.unseen + weights.first[told].sum() + weights.again[told[times > 1]] @ (times[times > 1] - 1)
    if len(told) == 1:
        total -= log_event_share(rows, weights, heavy)[members][np.argmin(rows.sigma_m[members])]
    total += np.log((weights.act_share * weights.naming[source, act].prod(axis=0)).sum())
    density = rows.log_density[members]
    total += density[np.argmin(rows.sigma_m[members])] - (weights.alone[source, act] + density + heavy[members]).sum()
    return total + log_overlap(rows, weights, members)


def log_overlap(rows, weights, members):
    """Return the log of the integral over an event's place and time of what its rows say of it, summed over all their scales."""
    east = (rows.u_m[members] - rows.u_m[0]) * rows.cos_lat[0]
    squares, terms = squares_of(weights.tails), []
    each = [np.argwhere(weights.tails[s % len(weights.tails)] > 0).tolist() for s in rows.source[members]]
    for scales in product(*each):
        place, time = squares[np.array(scales).T]
        term = sum(
            np.log(weights.tails[s % len(weights.tails), a, b])
            for s, (a, b) in zip(rows.source[members], scales, strict=True)
        )
        for z, v in ((east, place * rows.variance[members, 0]), (rows.north_m[members], place * rows.variance[members, 1]),
                     (rows.time_s[members] - rows.time_s[0], time * rows.variance[members, 3])):  # fmt: skip
            mean = (z / v).sum() / (1 / v).sum()
            term += (
                0.5 * np.log(2 * np.pi / (1 / v).sum())
                - 0.5 * np.log(2 * np.pi * v).sum()
                - 0.5 * ((z - mean) ** 2 / v).sum()
            )
        terms.append(term)
    return np.logaddexp.reduce(terms)


def exact(rows, weights):
    """Return (n, n): the probability that two rows are one event, by all partitions, and (n,): that each row is of an event."""
    n, mass, both, real = len(rows), 0.0, np.zeros((len(rows), len(rows))), np.zeros(len(rows))
    event = np.exp(log_event_share(rows, weights, heavier(rows, weights)))
    for label in partitions(n):
        clusters = [np.flatnonzero(label == c) for c in set(label.tolist())]
        w = np.exp(sum(log_weight(rows, weights, members) for members in clusters))
        mass += w
        both += w * (label[:, None] == label)
        for members in clusters:
            one = len(set(rows.source[members].tolist())) == 1
            real[members] += w * (event[members][np.argmin(rows.sigma_m[members])] if one else 1.0)
    return both / mass, real / mass


def held_against_all_partitions(given, within=0.01):
    rows, weights = given
    found = sample(rows, weights, seed=3, burn_in=100, sweeps=12_000)
    told = np.zeros((len(rows), len(rows)))
    np.add.at(told, (found.one, found.other), found.half)
    truth, real = exact(rows, weights)
    pairs = list(combinations(range(len(rows)), 2))
    assert sum(0.1 < truth[pair] < 0.9 for pair in pairs) >= 5
    for i, j in pairs:
        assert (told[i, j] + told[j, i]) / 2 == pytest.approx(truth[i, j], abs=within)
    assert found.real == pytest.approx(real, abs=within)


def test_six_rows_come_together_as_all_their_partitions_say(few):
    held_against_all_partitions(few)


def test_clutter_that_lasts_and_is_repeated_weighs_as_all_partitions_say(burning):
    held_against_all_partitions(burning)


def test_rows_that_err_far_come_together_as_all_their_partitions_and_scales_say(erring_far):
    held_against_all_partitions(erring_far)


def test_rows_that_err_far_and_are_repeated_do_too(burning):
    held_against_all_partitions(with_tails(*burning), within=0.02)


def test_tails_that_weigh_nothing_change_nothing(few):
    rows, weights = few
    none = np.zeros((len(rows.source_ids), 3, 3))
    none[:, 0, 0] = 1.0
    plain, tailed = (
        sample(rows, each, seed=3, burn_in=20, sweeps=4000) for each in (weights, replace(weights, tails=none))
    )
    assert tailed.half.sum() == pytest.approx(plain.half.sum(), abs=0.05)
    assert tailed.real == pytest.approx(plain.real, abs=0.02)
    assert tailed.wide == pytest.approx(1)


def test_edges_looked_at_in_few_sweeps_lose_nothing(few, burning, monkeypatch):
    monkeypatch.setattr(
        sampling.kernels, "LIKELY", 30.0
    )  # odds: most edges are then looked at in each fourth sweep only
    held_against_all_partitions(few)
    held_against_all_partitions(burning, within=0.02)  # as many draws tell less, where two rows of one source attract
