"""That events follow each other is found in the rows of each source alone; that they lie along a line is not taken for it."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from trucewatch import tables
from trucewatch.fuse.company import Company, learn_company
from trucewatch.fuse.rows import Rows, rows_of

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def seen(followers: int, *, seed: int) -> Rows:
    """Return 2,000 events of 20 days along a front of 4° and `followers` more near one of them; one source sees all, one half."""
    rng = np.random.default_rng(seed)
    first = 2000
    lon, lat, s = rng.uniform(36, 40, first), 48 + rng.normal(0, 0.1, first), rng.uniform(0, 20 * 86_400, first)
    parent = rng.integers(0, first, followers)
    lon = np.r_[lon, lon[parent] + rng.normal(0, 0.04, followers)]
    lat = np.r_[lat, lat[parent] + rng.normal(0, 0.027, followers)]
    s = np.r_[s, s[parent] + rng.exponential(10_000, followers)]
    half = rng.random(len(s)) < 0.5
    lon, lat, s = (np.r_[x, x[half]] for x in (lon, lat, s))
    at = pl.Series((s * 1e6).astype(np.int64)).cast(pl.Duration("us")) + START
    frame = pl.DataFrame({
        "observation_id": [f"o{k}" for k in range(len(s))],
        "source_id": np.where(np.arange(len(s)) < len(half), "all", "half"), "act": "explosion",
        "start_utc": at, "end_utc": at, "time_error_s": 60.0, "lon_deg": lon, "lat_deg": lat,
        "error_major_m": 500.0, "error_minor_m": 500.0, "error_azimuth_deg": 0.0,
    })  # fmt: skip
    return rows_of(tables.conform(frame, "observations"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_followers_are_found(seed):
    rows = seen(1000, seed=seed)
    found = learn_company(rows, np.zeros(2), 3000.0, np.zeros(2, dtype=bool))
    assert found.events == pytest.approx(1.0, abs=0.35)  # 2/3 of events have .5, 1/3 have 1.5: .83
    assert found.sigma_m in (2_000.0, 4_000.0)
    assert found.sigma_s in (7_200.0, 14_400.0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_front_alone_is_no_company(seed):
    assert learn_company(seen(0, seed=seed), np.zeros(2), 2000.0, np.zeros(2, dtype=bool)) == Company()


def test_a_source_that_repeats_cannot_tell():
    assert learn_company(seen(1000, seed=1), np.zeros(2), 3000.0, np.ones(2, dtype=bool)) == Company()
