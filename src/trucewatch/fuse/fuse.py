"""Fuse observations into incidents, given what was learned of the sources."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.errors import TableError
from trucewatch.fuse.blocks import Part, around, plan, work
from trucewatch.fuse.clutter_map import passing
from trucewatch.fuse.decide import LEAST_PAIR, Pairs, halves_joined, obey, partition
from trucewatch.fuse.density import counts_of, instants, levels_of
from trucewatch.fuse.draws import draws_of, linked
from trucewatch.fuse.incidents import TOLD, incidents_of, members_of
from trucewatch.fuse.model import Model, from_table
from trucewatch.fuse.originals import Originals, originals, with_echoes
from trucewatch.fuse.piles import widened
from trucewatch.fuse.rows import KEYS, Ints, Rows, canonical_order, of_acts, rescaled, rows_of
from trucewatch.fuse.settings import FuseSettings
from trucewatch.fuse.weights import Weights, weights_of
from trucewatch.manifest import Manifest
from trucewatch.spread import Here, Spread

NEEDED: Final = (*KEYS, *TOLD)


@dataclass(frozen=True)
class Fused:
    """Tables `pairs`, `members`, `incidents`, `draws`, and `contradictions`: decisions of people that cannot all be obeyed."""

    pairs: pl.DataFrame
    members: pl.DataFrame
    incidents: pl.DataFrame
    contradictions: pl.DataFrame
    each_draw: Callable[[], Iterator[pl.DataFrame]] = lambda: iter(())

    @cached_property
    def draws(self) -> pl.DataFrame:
        """Return table `draws`: of `each_draw` one after another, which is leaner where there are many rows."""
        return pl.concat([tables.empty("draws"), *self.each_draw()])


def fuse(
    observations: pl.DataFrame,
    source_model: pl.DataFrame,
    *,
    decisions: pl.DataFrame | None = None,
    manifests: Mapping[str, Manifest] | None = None,
    seed: int = 1,
    settings: FuseSettings | None = None,
    spread: Spread | None = None,
) -> Fused:
    """Decide which observations are one event.

    The answer is the same for any order of the rows and however it is spread. `decisions` (observation_a, observation_b, decision
    "same" or "different") are obeyed exactly; those that contradict each other are not obeyed but told.
    Raises TableError for a source that `source_model` does not know.
    """
    observations = of_acts(tables.conform(observations, "observations"))
    if observations.is_empty():
        nothing = [tables.empty(name) for name in ("pairs", "members", "incidents", "contradictions")]
        return Fused(nothing[0], nothing[1], nothing[2], nothing[3])
    settings = settings or FuseSettings()
    model = from_table(source_model)
    frame = ordered(widened(observations.select(NEEDED), model.piles))
    del observations
    rows = known_rows(frame, model)
    ids = frame["observation_id"]
    index = {name: n for n, name in enumerate(ids)} if decisions is not None and decisions.height else {}
    same, different, contradictions = obey(decisions, index)
    decided = np.unique(np.concatenate([same, different]))
    weights = weights_of(model)
    heard = originals(rows, model.echoes, model.told_share, decided)
    kept, stands = heard.kept, np.searchsorted(heard.kept, heard.of)
    told = _sampled(
        rows if len(kept) == len(rows) else rows.take(kept),
        instants(frame)[kept],
        weights,
        seed,
        settings,
        spread or Here(),
    )
    pairs = _with_decisions(_renamed(told.pairs, kept), same, different)
    cluster = partition(pairs, len(ids), rows.source, weights.repeats, model.link, same, different)[heard.of]
    members = members_of(ids, cluster)
    incidents = incidents_of(
        frame, rows, heard.of, cluster, told.real[stands], told.moments[stands], model, members, manifests
    )
    draws = told.draws if len(kept) == len(ids) else kept[told.draws][:, stands].astype(np.int32)
    each_draw = partial(draws_of, ids, draws, cluster, decided)
    return Fused(pairs_of(ids, _with_echoes(pairs, heard)), members, incidents, contradictions, each_draw)


def _with_echoes(pairs: Pairs, heard: Originals) -> Pairs:
    """Return the pairs with those of echoes."""
    if len(heard.kept) == len(heard.of):
        return pairs
    both, probability = with_echoes(
        np.column_stack([pairs.one, pairs.other]), pairs.probability.astype(np.float64), heard
    )
    one, other = both.T.astype(np.int32)
    return Pairs(one, other, probability.astype(np.float32))


def _renamed(pairs: Pairs, names: Ints) -> Pairs:
    """Return pairs with other numbers for their rows, in the same order."""
    return Pairs(names[pairs.one].astype(np.int32), names[pairs.other].astype(np.int32), pairs.probability)


def ordered(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the rows in canonical order."""
    order = canonical_order(observations)
    return observations if (order == np.arange(len(order))).all() else observations[order]


def known_rows(frame: pl.DataFrame, model: Model) -> Rows:
    """Return rows in canonical order as arrays, as the model knows their sources, acts and errors."""
    if unknown := sorted(set(frame["source_id"].unique()) - set(model.source_ids)):
        raise TableError(
            f"the model knows nothing of {unknown}", where="source_model", to_do="learn it with these rows"
        )
    levels = levels_of(model.background, *counts_of(passing(frame, model.clutter_map, model.background)))
    rows = rows_of(
        frame,
        model.background,
        levels=levels,
        clutter=model.clutter_map,
        source_ids=model.source_ids,
        acts=model.acts,
    )
    return rescaled(rows, model.space_scale, model.time_scale)


@dataclass(frozen=True)
class _Sampled:
    """What all blocks say, by the numbers of all rows."""

    pairs: Pairs
    real: np.ndarray
    moments: np.ndarray
    draws: np.ndarray


def _sampled(rows: Rows, at: Ints, weights: Weights, seed: int, settings: FuseSettings, spread: Spread) -> _Sampled:
    """Sample all blocks and put together what they say."""
    blocks = plan(at)
    spans = [(low, high) for _, low, high in blocks]
    names: list[np.ndarray] = []

    def parts() -> Iterator[Part]:
        for which, (low, high) in enumerate(spans):
            outside = around(rows, spans, which)
            cut = int(np.searchsorted(outside, low))
            names.append(np.concatenate([outside[:cut], np.arange(low, high), outside[cut:]]).astype(np.int32))
            core = (cut, cut + high - low)
            yield Part(rows.take(names[-1]), core, weights, seed, settings.burn_in, settings.sweeps)

    n = len(rows)
    real, moments = np.empty(n, np.float32), np.empty((n, 7), np.float32)
    block = np.repeat(np.arange(len(spans), dtype=np.int32), [high - low for low, high in spans])
    draws: np.ndarray = np.empty((0, n), np.int32)
    within, seams = [], []
    for which, told in enumerate(spread.map(work, parts())):
        low, high = spans[which]
        name, names[which] = names[which], np.empty(0)
        if not which:
            draws = np.empty((len(told.draws), n), np.int32)
        real[low:high], moments[low:high], draws[:, low:high] = told.real, told.moments, name[told.draws]
        within.append(Pairs(name[told.pairs.one], name[told.pairs.other], told.pairs.probability))
        seams.append((name[told.one], name[told.other], told.half))
    one, other, half = (np.concatenate(each) for each in zip(*seams, strict=True))
    across = halves_joined(one, other, half)
    linked(draws, block, rows.source, weights.repeats)
    return _Sampled(joined([*within, across]), real, moments, draws)


def joined(each: list[Pairs]) -> Pairs:
    """Return pairs of several parts as one."""
    one, other = np.concatenate([p.one for p in each]), np.concatenate([p.other for p in each])
    return Pairs(one, other, np.concatenate([p.probability for p in each]))


def _with_decisions(pairs: Pairs, same: Ints, different: Ints) -> Pairs:
    """Return the pairs with 1 where people said "same" and 0 where they said "different"."""
    if not len(same) and not len(different):
        return pairs
    decided = np.concatenate([same, different]).astype(np.int32)
    name, told = pairs.one.astype(np.int64) << 32 | pairs.other, decided[:, 0].astype(np.int64) << 32 | decided[:, 1]
    kept = ~np.isin(name, told)
    probability = np.concatenate([np.ones(len(same), np.float32), np.zeros(len(different), np.float32)])
    return joined(
        [
            Pairs(pairs.one[kept], pairs.other[kept], pairs.probability[kept]),
            Pairs(decided[:, 0], decided[:, 1], probability),
        ]
    )


def pairs_of(ids: pl.Series, pairs: Pairs) -> pl.DataFrame:
    """Return table `pairs`, by id."""
    kept = pairs.probability >= LEAST_PAIR
    one, other = ids.gather(pairs.one[kept]), ids.gather(pairs.other[kept])
    frame = pl.DataFrame({"one": one, "other": other, "probability": pairs.probability[kept].astype(np.float64)})
    low, high = pl.min_horizontal("one", "other"), pl.max_horizontal("one", "other")
    listed = frame.select(low.alias("observation_a"), high.alias("observation_b"), "probability")
    return listed.sort("observation_a", "observation_b")
