"""The gate finds exactly the pairs that are near enough by their own errors."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from trucewatch import tables
from trucewatch.fuse.density import background_of
from trucewatch.fuse.gate import GATE, candidates
from trucewatch.fuse.held import known_rows, prepared
from trucewatch.fuse.model import first_guess, from_table
from trucewatch.fuse.rows import rows_of
from trucewatch.fuse.weights import weights_of


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("repeats", [False, True])
def test_the_gate_is_what_every_pair_by_itself_says(seed, repeats):
    rng = np.random.default_rng(seed)
    n = 250
    at = pl.Series(rng.integers(0, 40_000_000_000, n)).cast(pl.Duration("us")) + dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    sigma = 10 ** rng.uniform(1.5, 4.2, n)
    frame = pl.DataFrame({
        "observation_id": [f"o{k}" for k in range(n)], "source_id": rng.choice(["a", "b", "c"], n), "act": "explosion",
        "start_utc": at, "end_utc": at, "time_error_s": 10 ** rng.uniform(0, 4, n),
        "lon_deg": rng.uniform(37, 37.8, n), "lat_deg": rng.uniform(48, 48.4, n),
        "error_major_m": sigma, "error_minor_m": sigma / 2, "error_azimuth_deg": rng.uniform(0, 180, n),
    })  # fmt: skip
    rows = rows_of(tables.conform(frame, "observations"))
    model = first_guess(rows, background_of(frame), None)
    weights = weights_of(replace(model, repeat=np.full(3, 0.5 * repeats)))
    pairs = candidates(rows, weights, least=-np.inf)
    found = np.column_stack([pairs.one, pairs.other])
    i, j = np.triu_indices(n, 1)
    east = (rows.u_m[i] - rows.u_m[j]) * (rows.cos_lat[i] + rows.cos_lat[j]) / 2
    apart = east**2 + (rows.north_m[i] - rows.north_m[j]) ** 2
    far = apart / (rows.sigma_m[i] ** 2 + rows.sigma_m[j] ** 2)
    late = (rows.time_s[i] - rows.time_s[j]) ** 2 / (rows.sigma_s[i] ** 2 + rows.sigma_s[j] ** 2)
    near = (far + late <= GATE**2) & (repeats | (rows.source[i] != rows.source[j]))
    assert sorted(map(tuple, found.tolist())) == list(zip(i[near].tolist(), j[near].tolist(), strict=True))
    assert near.sum() > 100


@pytest.mark.parametrize("seed", range(3))
def test_pairs_of_a_core_are_those_with_a_row_of_it(made, seed):
    model = from_table(made[2])
    rows = known_rows(prepared(made[0], {}), model)
    weights = weights_of(model)
    every = candidates(rows, weights)
    low, high = sorted(np.random.default_rng(seed).integers(0, len(rows), 2).tolist())
    some = candidates(rows, weights, (low, high))
    pairs = {(a, b): w for a, b, w in zip(every.one.tolist(), every.other.tolist(), every.odds.tolist(), strict=True)}
    wanted = {pair: w for pair, w in pairs.items() if any(low <= end < high for end in pair)}
    assert wanted == {
        (a, b): w for a, b, w in zip(some.one.tolist(), some.other.tolist(), some.odds.tolist(), strict=True)
    }


def test_what_rows_are_at_best_hides_no_pair(made):
    model = from_table(made[2])
    rows, weights = known_rows(prepared(made[0], {}), model), weights_of(model)
    every, some = (candidates(rows, weights, least=least) for least in (-np.inf, -1.0))
    good = every.odds > np.exp(np.float32(-1.0))
    assert 100 < good.sum() < len(every.one) / 2
    wanted = zip(every.one[good].tolist(), every.other[good].tolist(), strict=True)
    assert set(wanted) == set(zip(some.one.tolist(), some.other.tolist(), strict=True))
