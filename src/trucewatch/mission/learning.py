"""Which source model a report is made with.

The rule, in plain sentences.
1. What was learned of the sources stands as a version of the source model, with the mission day whose window it was learned from.
2. A report that was made before is made again with the version that its record names.
3. Another has the version of the latest day up to its own; of several of one day, the last.
4. The sources are learned anew, from the window of the report and, as to what lasts at a place, from the days before (`history`):
   where there is no such version; where it is `learn_every_days` old; where a source with rows in the window is not in it; where
   the manifests, the seed or trucewatch's version are others now; and when asked.
5. Where nothing was reported and nothing learned, there is none.
So a report follows from what stands and from the versions named, and not from the order in which days are reported.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import polars as pl

from trucewatch import __version__, fuse, tables
from trucewatch.mission.compute import Computed, compute, put, told_to
from trucewatch.mission.earlier import LastReport, reports_of
from trucewatch.mission.generation import Generation, Learned, generation_of, publish
from trucewatch.mission.history import history, keep_history
from trucewatch.mission.stages import Stages
from trucewatch.mission.standing import Standing
from trucewatch.mission.steps import LEARN, Case
from trucewatch.mission.telling import named_documents
from trucewatch.store import Store

NOBODY: Final = 0  # the version of a report with no observation to learn from


def with_model(
    case: Case,
    given: Computed,
    last: LastReport | None,
    store: Store,
    *,
    standing: Standing,
    stages: Stages,
    anew: bool = False,
) -> Computed:
    """Return the tables `given` with `source_model` and `basis`; a model that had to be learned stands from now on.

    `last`: the report before; `standing`: what stands of the deliveries; `anew`: learn, whatever model stands.
    """
    observations = fuse.of_acts(given.frames["observations"])
    generation = generation_of(store, store.index.generation())
    learned = None if anew else _standing(generation, case, observations, store)
    if learned is None and not observations.is_empty():
        learned = _learn(case, given, standing, store, stages)
    return given.and_also(basis(learned, last, store))


def basis(learned: Learned | None, last: LastReport | None, store: Store) -> Computed:
    """Return tables `source_model` and `basis` of a report that was made with a version and tells changes since another."""
    lines: list[dict[str, Any]] = []
    if learned is None:
        model = put({"source_model": tables.empty("source_model")}, store)
    else:
        model = Computed.of({"source_model": learned.source_model}, store)
        lines.append({
            "what": "source_model", "day": learned.day, "version": learned.version, "observations": learned.rows,
            "object": learned.source_model,
        })  # fmt: skip
    if last is not None:
        lines.append({"what": "last_report", "day": last.day, "object": last.record})
    told = tables.conform(pl.DataFrame(lines, schema=tables.dtypes("basis")), "basis")
    return model.and_also(put({"basis": told}, store))


def version_of(record: Mapping[str, Any], store: Store) -> int:
    """Return the version of the source model that a report's record names; 0 for none."""
    rests_on = store.objects.get(dict(record["tables"])["basis"])
    found = rests_on.filter(pl.col("what") == "source_model")["version"]
    return int(found.item()) if len(found) else NOBODY


def _standing(generation: Generation, case: Case, observations: pl.DataFrame, store: Store) -> Learned | None:
    """Return the version that a report can be made with; None where there is none."""
    day, given = case.period.last, _given(case)
    named = {version_of(record, store) for record in reports_of(generation, day, store.objects)}
    fit = [model for model in generation.models if model.given == given]
    young = case.loaded.mission.fuse.learn_every_days
    usable = [model for model in fit if model.version in named] or [
        model for model in fit if 0 <= (day - model.day).days < young
    ]
    found = max(usable, key=lambda model: (model.day, model.version), default=None)
    if found is None:
        return None
    if observations.is_empty():
        return found
    known = fuse.sources_in(store.objects.get(found.source_model))
    return found if known.issuperset(observations["source_id"].unique()) else None


def _learn(case: Case, given: Computed, standing: Standing, store: Store, stages: Stages) -> Learned:
    """Learn from the window and the days before; let the version stand. The same from the same is the version that it was."""
    before = keep_history(standing, case.period.last, store.objects)
    told = given.and_also(history(before, store.objects))
    made = compute(case, told, store, stages=stages, steps=(LEARN,))
    fresh = Learned(
        version=0,
        day=case.period.last,
        source_model=made.names["source_model"],
        observations=made.names["observations"],
        rows=given.frames["observations"].height,
        given=_given(case),
        mission=next(iter(case.loaded.documents)),
        documents=named_documents(case.loaded, store),
        history=before,
    )

    def change(old: Generation) -> Generation:
        if _same(old, fresh):
            return old
        version = len(old.models) + 1
        return replace(old, models=(*old.models, replace(fresh, version=version)))

    found = _same(publish(store, change)[1], fresh)
    assert found is not None
    return found


def _same(generation: Generation, fresh: Learned) -> Learned | None:
    """Return the version of that day that was learned from the same, and came out the same."""

    def content(model: Learned) -> tuple[object, ...]:
        return model.day, model.given, model.observations, model.source_model

    return next((model for model in generation.models if content(model) == content(fresh)), None)


def _given(case: Case) -> str:
    """Return the hash of what learning reads besides observations."""
    return hashlib.sha256(f"{__version__} {told_to(LEARN, case)}".encode()).hexdigest()
