"""Fuse observations into incidents, given what was learned of the sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.fuse.decide import obey, partition
from trucewatch.fuse.draws import draws_of
from trucewatch.fuse.gate import within_gate
from trucewatch.fuse.incidents import incidents_of, members_of
from trucewatch.fuse.model import echoes_in, from_table, piles_in
from trucewatch.fuse.originals import originals, with_echoes, without_echoes
from trucewatch.fuse.piles import widened
from trucewatch.fuse.rows import Ints, Rows, of_acts, rescaled, rows_of
from trucewatch.fuse.sampling import Engine
from trucewatch.fuse.settings import FuseSettings
from trucewatch.manifest import Manifest
from trucewatch.place import Floats

LEAST_PAIR: Final = 0.002


@dataclass(frozen=True)
class Fused:
    """Tables `pairs`, `members`, `incidents`, `draws`, and `contradictions`: decisions of people that cannot all be obeyed."""

    pairs: pl.DataFrame
    members: pl.DataFrame
    incidents: pl.DataFrame
    draws: pl.DataFrame
    contradictions: pl.DataFrame


def fuse(
    observations: pl.DataFrame,
    source_model: pl.DataFrame,
    *,
    decisions: pl.DataFrame | None = None,
    manifests: Mapping[str, Manifest] | None = None,
    seed: int = 1,
    settings: FuseSettings | None = None,
) -> Fused:
    """Decide which observations are one event.

    The answer does not depend on the order of the rows. `decisions` (observation_a, observation_b, decision "same" or
    "different") are obeyed exactly; those that contradict each other are not obeyed but told.
    Raises TableError for a source that `source_model` does not know.
    """
    observations = of_acts(tables.conform(observations, "observations"))
    if observations.is_empty():
        return Fused(*(tables.empty(name) for name in ("pairs", "members", "incidents", "draws", "contradictions")))
    settings = settings or FuseSettings()
    rows = rows_of(widened(observations, piles_in(source_model)))
    ids = rows.frame["observation_id"]
    index = {name: n for n, name in enumerate(ids)} if decisions is not None and decisions.height else {}
    same, different, contradictions = obey(decisions, index)
    decided = np.unique(np.concatenate([same, different]))
    told = originals(rows, echoes_in(source_model), decided)
    heard = without_echoes(rows, told)
    model = from_table(source_model, heard)
    heard = rescaled(heard, model.space_scale, model.time_scale)
    engine = Engine(heard, model)
    candidates = engine.candidates(within_gate(heard, engine.repeats))
    averages = engine.run(candidates, seed=seed, burn_in=settings.burn_in, sweeps=settings.sweeps)
    kept = told.kept
    pairs, probability = _with_decisions(kept[candidates.pairs], averages.pair, same, different)
    cluster = partition(pairs, probability, len(ids), rows.source, engine.repeats, same, different)[told.of]
    draws = kept[averages.draws][:, np.searchsorted(kept, told.of)]
    members = members_of(rows, cluster)
    real = averages.real[np.searchsorted(kept, told.of)]
    incidents = incidents_of(
        rescaled(rows, model.space_scale, model.time_scale), told.of, cluster, real, draws, model, members, manifests
    )
    pairs, probability = with_echoes(pairs, probability, told)
    return Fused(
        _pairs(rows, pairs, probability), members, incidents, draws_of(rows, draws, cluster, decided), contradictions
    )


def _with_decisions(pairs: Ints, probability: Floats, same: Ints, different: Ints) -> tuple[Ints, Floats]:
    """Return the pairs with 1 where people said "same" and 0 where they said "different"."""
    if not len(same) and not len(different):
        return pairs, probability
    told = {tuple(sorted(pair)): p for pair, p in zip(pairs.tolist(), probability.tolist(), strict=True)}
    told |= {tuple(sorted(pair)): 1.0 for pair in same.tolist()}
    told |= {tuple(sorted(pair)): 0.0 for pair in different.tolist()}
    ordered = sorted(told)
    return np.array(ordered, dtype=np.int64), np.array([told[pair] for pair in ordered])


def _pairs(rows: Rows, pairs: Ints, probability: Floats) -> pl.DataFrame:
    """Return table `pairs`: all of at least .002, by id; what is below .01 is many, and its sum counts."""
    kept = probability >= LEAST_PAIR
    ids = rows.frame["observation_id"]
    one, other = ids.gather(pairs[kept, 0]), ids.gather(pairs[kept, 1])
    frame = pl.DataFrame({"one": one, "other": other, "probability": probability[kept]})
    low, high = pl.min_horizontal("one", "other"), pl.max_horizontal("one", "other")
    ordered = frame.select(low.alias("observation_a"), high.alias("observation_b"), "probability")
    return tables.conform(ordered.sort("observation_a", "observation_b"), "pairs")
