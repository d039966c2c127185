"""Fuse observations into incidents, given what was learned of the sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.fuse.decide import obey
from trucewatch.fuse.flow import Flow
from trucewatch.fuse.held import NEEDED, Held, Runs, run_of
from trucewatch.fuse.judged import Judged
from trucewatch.fuse.model import Model, from_table
from trucewatch.fuse.rows import of_acts
from trucewatch.fuse.settings import FuseSettings
from trucewatch.fuse.tell import Tables, tables_of
from trucewatch.manifest import Manifest
from trucewatch.spread import Here, Spread

TOLD: Final = ("incidents", "members", "pairs", "draws")


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
    spread: Spread | None = None,
) -> Fused:
    """Decide which observations are one event.

    The answer is the same for any order of the rows and however it is spread; tables stand in order of the blocks of time.
    `decisions` (observation_a, observation_b, decision "same" or "different") are obeyed exactly; those that contradict each other
    are not obeyed but told. Raises TableError for a source that `source_model` does not know.
    """
    parts: dict[str, list[pl.DataFrame]] = {name: [tables.empty(name)] for name in TOLD}
    if of_acts(observations).is_empty():
        return Fused(**{name: frame for name, (frame,) in parts.items()}, contradictions=tables.empty("contradictions"))
    model = from_table(source_model)
    held = Runs([run_of(observations, model, _needed)], model)
    judged, contradictions = judged_in(held, decisions)
    for _, told in blocks_of(
        held, model, judged=judged, manifests=manifests, seed=seed, settings=settings, spread=spread
    ):
        for name in TOLD:
            parts[name] += [told[name]] if name in told else []
    whole = {name: pl.concat(frames) for name, frames in parts.items()}
    return Fused(**whole, contradictions=contradictions)


def _needed(rows: pl.DataFrame) -> pl.LazyFrame:
    """Keep what fusion needs of observations, held as it is."""
    return rows.select(NEEDED).lazy()


def judged_in(held: Held, decisions: pl.DataFrame | None) -> tuple[Judged, pl.DataFrame]:
    """Return what people decided of observations that are held, and table `contradictions`."""
    if decisions is None or decisions.is_empty():
        return Judged(), tables.empty("contradictions")
    named = pl.concat([decisions["observation_a"], decisions["observation_b"]]).unique()
    ids = sorted(held.among(named))
    same, different, told = obey(decisions, {name: n for n, name in enumerate(ids)})
    return Judged(*(tuple((ids[a], ids[b]) for a, b in pairs.tolist()) for pairs in (same, different))), told


def blocks_of(
    held: Held,
    model: Model,
    *,
    judged: Judged | None = None,
    manifests: Mapping[str, Manifest] | None = None,
    seed: int = 1,
    settings: FuseSettings | None = None,
    spread: Spread | None = None,
) -> Iterator[tuple[int, Tables]]:
    """Return the number of a block with tables that are told of it, for each block twice: `members` and `incidents`, when all
    that hangs together with it is known, and later `pairs` and `draws`. No more is held than that takes.
    """
    flow = Flow(
        held,
        model,
        spread or Here(),
        judged=judged,
        seed=seed,
        settings=settings or FuseSettings(),
        manifests=manifests,
    )
    yield from Here().map(tables_of, flow.run())
