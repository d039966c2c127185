"""The gate finds exactly the pairs that are near enough by their own errors."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from trucewatch import tables
from trucewatch.fuse.gate import GATE, within_gate
from trucewatch.fuse.rows import rows_of


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
    found = within_gate(rows, np.full(3, repeats))
    i, j = np.triu_indices(n, 1)
    apart = (rows.east_m[i] - rows.east_m[j]) ** 2 + (rows.north_m[i] - rows.north_m[j]) ** 2
    far = apart / (rows.sigma_m[i] ** 2 + rows.sigma_m[j] ** 2)
    late = (rows.time_s[i] - rows.time_s[j]) ** 2 / (rows.sigma_s[i] ** 2 + rows.sigma_s[j] ** 2)
    near = (far + late <= GATE**2) & (repeats | (rows.source[i] != rows.source[j]))
    assert sorted(map(tuple, found.tolist())) == list(zip(i[near].tolist(), j[near].tolist(), strict=True))
    assert near.sum() > 100
