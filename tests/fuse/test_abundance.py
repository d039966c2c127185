"""How many events there are follows from pairs of precise sources, without any partition."""

import itertools

import numpy as np
import polars as pl
import pytest

from fuse.conftest import SOURCES, world
from trucewatch.fuse.abundance import events_from_pairs
from trucewatch.fuse.company import Company
from trucewatch.fuse.rows import rows_of

NONE = np.zeros(len(SOURCES), dtype=bool)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_number_of_events_comes_out(seed):
    observations, truth = world(900, seed=seed)
    rows = rows_of(observations)
    detection = np.array([SOURCES[name][0] for name in rows.source_ids])
    known = observations.join(truth, on="observation_id").filter(pl.col("event") < 900)
    seen = {name: set(known.filter(pl.col("source_id") == name)["event"]) for name in rows.source_ids}
    both = sum(len(seen[a] & seen[b]) for a, b in itertools.combinations(rows.source_ids, 2))
    expected = sum(p * q for p, q in itertools.combinations(detection, 2))
    assert events_from_pairs(rows, Company(), detection, NONE) == pytest.approx(both / expected, rel=0.1)


def test_too_few_pairs_say_nothing():
    rows = rows_of(world(60)[0])
    assert events_from_pairs(rows, Company(), np.full(len(SOURCES), 0.5), NONE) is None


def test_sources_that_repeat_are_not_asked():
    rows = rows_of(world(900)[0])
    assert events_from_pairs(rows, Company(), np.full(len(SOURCES), 0.5), ~NONE) is None
