"""Learn the sources without labels: expectation by sweeps, maximisation by counting, in turns (Monte Carlo EM).

Only a stretch of the rows is used, the densest days as they are, never a thinned sample: thinning would make every source
look as if it missed more.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.errors import UsageError
from trucewatch.fuse.model import Model, first_guess, prior_confusion, to_table
from trucewatch.fuse.rows import Ints, Rows, rows_of
from trucewatch.fuse.sampling import Averages, Candidates, Engine
from trucewatch.fuse.settings import FuseSettings
from trucewatch.manifest import Manifest
from trucewatch.place import Floats

ROUNDS: Final = 8
SWEEPS: Final = 6
BURN_IN: Final = 2
MOST_ROWS: Final = 20_000
PRIOR_ROWS: Final = 30.0  # the prior confusion weighs as much as so many rows


def learn(
    observations: pl.DataFrame,
    manifests: Mapping[str, Manifest] | None = None,
    *,
    settings: FuseSettings | None = None,
) -> pl.DataFrame:
    """Return table `source_model`, learned from `observations` (at least one row) without labels.

    `manifests` by source_id say which sources repeat events; a source without one is taken to report an event once.
    """
    observations = tables.conform(observations, "observations")
    if observations.is_empty():
        raise UsageError("there is nothing to learn from", where="observations", to_do="give at least one row")
    settings = settings or FuseSettings()
    every = rows_of(observations)
    rows = _stretch(every)
    model = first_guess(rows, manifests)
    for turn in range(ROUNDS):
        engine = Engine(rows, model)
        candidates = engine.candidates()
        averages = engine.run(candidates, seed=settings.seed + turn, burn_in=BURN_IN, sweeps=SWEEPS)
        model = _maximised(rows, model, engine, candidates, averages)
    scale = len(every.source) / len(rows.source)
    return to_table(replace(model, events=model.events * scale), every)


def _stretch(rows: Rows) -> Rows:
    """Return at most `MOST_ROWS` rows that follow each other in time, from the middle on, with every source in them."""
    n = len(rows.source)
    if n <= MOST_ROWS:
        return rows
    first = (n - MOST_ROWS) // 2
    part = rows_of(rows.frame[first : first + MOST_ROWS])
    return part if part.source_ids == rows.source_ids else rows


def _maximised(rows: Rows, model: Model, engine: Engine, candidates: Candidates, averages: Averages) -> Model:
    """Return the model that fits the expectations best."""
    del candidates
    n_sources = len(rows.source_ids)
    seen_once = np.unique(np.column_stack([averages.cluster, rows.source]), axis=0)
    per_source_rows = np.bincount(rows.source, minlength=n_sources).astype(float)
    per_source_events = np.bincount(seen_once[:, 1], minlength=n_sources).astype(float)
    real_rows = np.bincount(rows.source, weights=averages.real, minlength=n_sources)
    sizes = np.bincount(averages.cluster, minlength=len(rows.source))[averages.cluster]
    clusters = len(np.unique(averages.cluster[sizes > 1]))
    alone = averages.real[sizes == 1] @ np.ones(int((sizes == 1).sum()))
    seen = clusters + float(alone)
    unseen = float(np.exp(np.log1p(-np.clip(model.detection, 1e-4, 1 - 1e-4)).sum()))
    events = max(seen / max(1 - unseen, 0.05), 1.0)
    repeat = np.where(engine.repeats, np.clip(1 - per_source_events / per_source_rows, 0.01, 0.9), 0.0)
    detection = np.clip(real_rows * (1 - repeat) / events, 0.005, 0.98)
    clutter = np.clip(1 - real_rows / per_source_rows, 0.005, 0.95)
    shares, confusion = _acts(rows, model, averages.cluster, sizes)
    return replace(
        model, events=events, detection=detection, clutter=clutter, repeat=repeat, act_share=shares, confusion=confusion
    )


def _acts(rows: Rows, model: Model, cluster: Ints, sizes: Ints) -> tuple[Floats, Floats]:
    """Return act shares and confusion, from the acts of clusters of several rows and the prior."""
    n_acts = len(rows.acts)
    several = np.flatnonzero(sizes > 1)
    prior = prior_confusion(model.observed_share, rows.acts)
    if not len(several):
        return model.act_share, prior
    labels, of = np.unique(cluster[several], return_inverse=True)
    log_post = np.tile(np.log(np.maximum(model.act_share, 1e-12)), (len(labels), 1))
    source, act = rows.source[several], rows.act[several]
    np.add.at(log_post, of, np.log(np.maximum(model.confusion[source, :, act], 1e-12)))
    post = np.exp(log_post - log_post.max(axis=1, keepdims=True))
    post /= post.sum(axis=1, keepdims=True)
    counts = np.zeros_like(prior)
    for s in range(len(rows.source_ids)):
        mine = source == s
        expected = np.zeros((n_acts, n_acts))
        np.add.at(expected.T, act[mine], post[of[mine]])
        counts[s] = expected
    confusion = counts + PRIOR_ROWS * prior
    shares = post.sum(axis=0) + 1.0
    return shares / shares.sum(), confusion / confusion.sum(axis=2, keepdims=True)
