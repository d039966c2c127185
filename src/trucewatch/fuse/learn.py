"""Learn the sources without labels: expectation by sweeps, maximisation by counting, in turns (Monte Carlo EM).

Only a stretch of the rows is used, the densest days as they are, never a thinned sample: thinning would make every source
look as if it missed more.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.errors import UsageError
from trucewatch.fuse.abundance import events_from_pairs
from trucewatch.fuse.clutter_map import clutter_map_of, passing, without_places
from trucewatch.fuse.company import learn_company
from trucewatch.fuse.decide import link_probability
from trucewatch.fuse.density import background_of, counts_of, levels_of
from trucewatch.fuse.echoes import learn_echoes
from trucewatch.fuse.errors_stated import believed, corrected, rounded_sources
from trucewatch.fuse.learn_tails import with_tails
from trucewatch.fuse.model import (
    NAMING_START,
    Model,
    first_guess,
    kinds_of_naming,
    prior_confusion,
    to_table,
)
from trucewatch.fuse.originals import originals
from trucewatch.fuse.piles import POSITION, loosened, piles_of, widened
from trucewatch.fuse.rows import Ints, Rows, canonical_order, of_acts, rescaled, rows_of
from trucewatch.fuse.sampling import Sampled, sample
from trucewatch.fuse.settings import FuseSettings
from trucewatch.fuse.weights import lasting_share, weights_of
from trucewatch.manifest import Manifest
from trucewatch.place import Floats

ROUNDS: Final = 8
SWEEPS: Final = 2
LAST_SWEEPS: Final = 6
BURN_IN: Final = 1
COMPANY_TURNS: Final = (2, 5)  # when it is asked how events follow each other
SETTLED_TURN: Final = (
    4  # until then a source of which the sweeps hardly put two rows together is taken to repeat nothing
)
MAY_REPEAT: Final = 0.2  # where it begins for a source whose manifest does not say that it repeats
LEAST_REPEAT: Final = 0.04
LEAST_REPEATED: Final = 20  # rows
SCALE_TURNS: Final = (1, 2, 3, 4, 5)  # when it is asked whether stated errors are true
SEASON_ROUNDS: Final = 3  # the map says which rows of a season are left out of it
MOST_ROWS: Final = 20_000
PAIRS_WEIGH: Final = (0.25, 0.35)  # of the logarithm of the number of events, without company of events and with it
LEAN_ROWS: Final = 20.0
START_EVENTS: Final = 20.0
LEAST_WITNESSED: Final = (
    10 * LEAN_ROWS
)  # events with two other witnesses, from which on p_s is measured rather than leant
NAMING_ROWS: Final = 10.0
PRIOR_ROWS: Final = 100.0  # the prior confusion weighs as much as so many rows


def learn(
    observations: pl.DataFrame,
    manifests: Mapping[str, Manifest] | None = None,
    *,
    settings: FuseSettings | None = None,
    history: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return table `source_model`, learned from `observations` (at least one row) without labels.

    `manifests` by source_id may say that a source repeats events; of the others it is learned whether they do. Where and when
    sources tell what is no event is learned from `history`: of these and earlier days source, place and its error, and time.
    """
    observations = of_acts(tables.conform(observations, "observations"))
    if observations.is_empty():
        raise UsageError("there is nothing to learn from", where="observations", to_do="give at least one row")
    settings = settings or FuseSettings()
    stretch = _stretch(observations)
    piles = piles_of(stretch)
    of_list = frozenset(source for source, quantity, _ in piles if quantity == POSITION)
    clutter = clutter_map_of(observations if history is None or history.is_empty() else history, of_list)
    plain = without_places(observations, clutter.places)
    background = background_of(loosened(plain, piles, seed=settings.seed))
    for _ in range(SEASON_ROUNDS if clutter.seasons else 0):
        plain = passing(observations, clutter, background)
        background = background_of(loosened(plain, piles, seed=settings.seed))
    levels = levels_of(background, *counts_of(plain))
    rows = rows_of(widened(stretch, piles), background, levels=levels, clutter=clutter)
    rounded = rounded_sources(rows, piles)
    echoes = learn_echoes(rows.take(np.flatnonzero(rows.log_clutter < rows.log_density)), rounded)
    shares = np.bincount(rows.source, minlength=len(rows.source_ids)) / len(rows)
    stated = rows = rows.take(originals(rows, echoes, shares).kept)
    model = first_guess(rows, background, manifests, lasting_share(rows))
    model = replace(model, piles=piles, echoes=echoes, told_share=shares, clutter_map=clutter)
    said = model.repeat > 0
    is_rounded = np.isin(np.arange(len(said)), np.concatenate(rounded))
    repeats, unfit = said | ~is_rounded, said | is_rounded
    model = replace(model, repeat=np.where(said, model.repeat, np.where(is_rounded, 0.0, MAY_REPEAT)))
    cluster, start = None, model.events
    for turn in range(ROUNDS):
        last = turn == ROUNDS - 1
        sampled = sample(
            rows, weights_of(model), seed=settings.seed + turn, burn_in=BURN_IN, sweeps=LAST_SWEEPS if last else SWEEPS,
            cluster=cluster,
        )  # fmt: skip
        model, cluster = _maximised(rows, model, sampled, start, repeats, unfit | repeats), sampled.cluster
        if turn <= SETTLED_TURN:
            repeats &= said | _seem_to_repeat(rows, cluster)
            model = replace(model, repeat=np.where(repeats, model.repeat, 0.0))
        if turn in COMPANY_TURNS:
            passing_rows = rows.take(np.flatnonzero(rows.log_clutter < rows.log_density))
            model = replace(model, company=learn_company(passing_rows, model.clutter, model.events, repeats))
        if last:
            model = replace(model, link=link_probability(rows, sampled, repeats))
        if turn in SCALE_TURNS:
            space, time = corrected(rows, cluster, (model.space_scale, model.time_scale), rounded)
            if turn == SCALE_TURNS[-1]:
                space, time = believed(space), believed(time)
            model = replace(model, space_scale=space, time_scale=time)
            rows = rescaled(stated, space, time)
    maximised = partial(_maximised, start=start, repeats=repeats, unfit=unfit | repeats)
    model, tailed = with_tails(stated, model, cluster, rounded, unfit | repeats, settings.seed + ROUNDS, maximised)
    if tailed:
        model = replace(model, link=link_probability(rows, tailed, repeats))
    return to_table(model)


def _seem_to_repeat(rows: Rows, cluster: Ints) -> np.ndarray:
    """Say of each source, (S,), whether it tells events twice, by the clusters in which another source bears witness."""
    n_sources = len(rows.source_ids)
    clusters, of = np.unique(cluster, return_inverse=True)
    told = np.zeros((len(clusters), n_sources), dtype=np.int64)
    np.add.at(told, (of, rows.source), 1)
    told = told[(told > 0).sum(axis=1) > 1]
    again = np.maximum(told - 1, 0).sum(axis=0)
    return np.asarray((again > LEAST_REPEAT * told.sum(axis=0)) & (again >= LEAST_REPEATED))


def _stretch(observations: pl.DataFrame) -> pl.DataFrame:
    """Return at most `MOST_ROWS` rows that follow each other in time, from the middle; all, where a source is not in them."""
    surplus = observations.height - MOST_ROWS
    if surplus <= 0:
        return observations
    part = observations[np.sort(canonical_order(observations)[surplus // 2 : surplus // 2 + MOST_ROWS])]
    whole = part["source_id"].n_unique() == observations["source_id"].n_unique()
    return part if whole else observations


def _maximised(
    rows: Rows, model: Model, sampled: Sampled, start: float, repeats: np.ndarray, unfit: np.ndarray
) -> Model:
    """Return the model that fits the expectations best. `unfit`, (S,): sources whose pairs do not tell how many events there are.

    Detection p_s first, as in mark and recapture: of the events that two or more other sources saw, the share that s saw too.
    Clutter stands alone, so it cannot touch that share. The number of events follows from those seen at least twice and from
    the pairs of precise sources (see `abundance`), and the clutter from both. Where hardly any event has two other witnesses,
    p_s leans on the share of rows that are real, and its pairs do not count: with p_s ~ 1 / E, E = Q / (p_s p_t) runs away.
    Only events with three witnesses tell p_s and E apart: `start`, where learning began, weighs as much as `START_EVENTS` of them.
    """
    n_sources = len(rows.source_ids)
    labels, of = np.unique(sampled.cluster, return_inverse=True)
    seen = np.zeros((len(labels), n_sources), dtype=bool)
    seen[of, rows.source] = True
    witnesses = seen.sum(axis=1)
    per_source_rows = np.maximum(np.bincount(rows.source, minlength=n_sources), 1.0)
    repeat = np.where(repeats, np.clip(1 - seen.sum(axis=0) / per_source_rows, 0.01, 0.9), 0.0)
    real_rows = np.bincount(rows.source, weights=sampled.real, minlength=n_sources)
    lean = np.clip(real_rows * (1 - repeat) / model.events, 0.005, 0.98)
    others = witnesses[:, None] - seen >= 2
    detection = np.clip(
        ((seen & others).sum(axis=0) + LEAN_ROWS * lean) / (others.sum(axis=0) + LEAN_ROWS), 0.005, 0.98
    )
    none = np.exp(np.log1p(-detection).sum())
    one = none * (detection / (1 - detection)).sum()
    twice = int((witnesses >= 2).sum())
    alone = float(sampled.real[witnesses[of] == 1].sum())
    events = twice / (1 - none - one) if n_sources > 2 and twice else (twice + alone) / max(1 - none, 0.05)
    leaning = others.sum(axis=0) < LEAST_WITNESSED  # whose p_s follows from E, so that E cannot follow from it
    by_pairs = events_from_pairs(rows, model.company, detection, unfit | leaning, model.tails) or events
    weight = PAIRS_WEIGH[1] if model.company.events else PAIRS_WEIGH[0]
    told = int((witnesses >= 3).sum()) / (int((witnesses >= 3).sum()) + START_EVENTS)
    events = max(events ** (1 - weight) * by_pairs**weight, 1.0) ** told * start ** (1 - told)
    clutter = np.clip(1 - events * detection / (1 - repeat) / per_source_rows, np.maximum(0.005, model.lasting), 0.95)
    shares, confusion = _acts(rows, model, sampled.cluster, np.bincount(of)[of])
    return replace(
        model, events=events, detection=detection, clutter=clutter, repeat=repeat, act_share=shares, confusion=confusion
    )


def _acts(rows: Rows, model: Model, cluster: Ints, sizes: Ints) -> tuple[Floats, Floats]:
    """Return act shares and confusion, from the acts of clusters of several rows and the prior."""
    n_acts = len(rows.acts)
    several = np.flatnonzero(sizes > 1)
    if not len(several):
        return model.act_share, model.confusion
    labels, of = np.unique(cluster[several], return_inverse=True)
    log_post = np.tile(np.log(np.maximum(model.act_share, 1e-12)), (len(labels), 1))
    source, act = rows.source[several], rows.act[several]
    np.add.at(log_post, of, np.log(np.maximum(model.confusion[source, :, act], 1e-12)))
    post = np.exp(log_post - log_post.max(axis=1, keepdims=True))
    post /= post.sum(axis=1, keepdims=True)
    counts = np.zeros_like(model.confusion)
    for s in range(len(rows.source_ids)):
        mine = source == s
        expected = np.zeros((n_acts, n_acts))
        np.add.at(expected.T, act[mine], post[of[mine]])
        counts[s] = expected
    kinds = kinds_of_naming(rows.acts)
    naming = np.array([[counts[s][kinds == kind].sum() for kind in range(3)] for s in range(len(counts))])
    naming += NAMING_ROWS * np.array(NAMING_START)
    naming /= naming.sum(axis=1, keepdims=True)
    confusion = counts + PRIOR_ROWS * prior_confusion(model.observed_share, rows.acts, naming)
    shares = post.sum(axis=0) + 1.0
    return shares / shares.sum(), confusion / confusion.sum(axis=2, keepdims=True)
