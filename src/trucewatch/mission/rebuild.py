"""Derive all tables again from the original bytes, and compare.

Every delivery that stands is read again from the locker, what stands of them is derived from nothing, and so are the steps of every
report that was made of it. A source model is learned again from the rows and documents that it was learned from, which are kept:
what stands now need not be what stood then. In the same environment all are equal bytes; an object that was lost or damaged is
written again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from trucewatch.errors import MissingError, StoreError
from trucewatch.judge import duty_acts
from trucewatch.mission.compute import Computed, compute, put
from trucewatch.mission.earlier import changes_since, kept_remarks, last_of, remarks_of
from trucewatch.mission.generation import Generation, Learned, generation_of, publish, snapshots_of
from trucewatch.mission.history import history
from trucewatch.mission.intake import delivery_of, reading_of, tables_of
from trucewatch.mission.learning import basis, version_of
from trucewatch.mission.load import Loaded
from trucewatch.mission.period import Period
from trucewatch.mission.replay import documents_of
from trucewatch.mission.run import days_of, gathered
from trucewatch.mission.stages import Stages, Unwatched
from trucewatch.mission.standing import Standing, Way, show, stand
from trucewatch.mission.steps import LEARN, Case
from trucewatch.mission.telling import Telling
from trucewatch.store import Objects, Reading, Redacted, Store, open_store


@dataclass(frozen=True)
class Rebuilt:
    """How many deliveries were read again, how many reports computed, how many were not; what came out otherwise."""

    deliveries: int
    reports: int
    earlier: int
    differ: tuple[str, ...]
    redacted: tuple[str, ...]


def rebuild(folder: Path, *, database: str | None = None, stages: Stages | None = None) -> Rebuilt:
    """Derive again what the generation of a store names. `earlier`: reports of what stood earlier, to be replayed instead.

    What comes out otherwise is published in place of what stood. Raises MissingError for no store or one without a report.
    """
    stages = stages or Unwatched()
    if not folder.is_dir():
        raise MissingError("no store", where=str(folder), to_do="name the folder of the store")
    with open_store(folder, database=database) as opened:
        store = replace(opened, objects=Objects(opened.objects.folder, opened.disk, is_careful=True))
        generation = generation_of(store, store.index.generation())
        told = store.objects.put_manifest(generation.standing.manifest())
        records = {place: store.objects.get_manifest(name) for place, name in generation.reports.items()}
        mine = {place: record for place, record in records.items() if record["standing"] == told and "fused" in record}
        if not mine:
            raise MissingError(
                "no report was made of what stands", where=str(folder), to_do="run `trucewatch run` first"
            )
        loaded = documents_of(store, next(iter(mine.values())))
        with stages.stage("observe"):
            readings, differ, redacted = _read_again(store, loaded, generation.standing)
        with stages.stage("stand"):
            standing = _stand_again(store, loaded, generation.standing, readings)
        differ += [f"what stands: {part}" for part in _unlike(generation.standing.manifest(), standing.manifest())]
        store.index.forget_computed()
        models = {}
        for learned in _versions(store, generation, mine.values()):
            models[learned.version] = again = _learned_again(store, learned, standing, stages)
            if again is None:
                redacted.append(f"what version {learned.version} of the source model was learned from")
            elif again != learned:
                differ.append(f"version {learned.version} of the source model")
        for place, record in sorted(mine.items()):  # a report may ask for what the one of the day before told
            made, gone = _report_again(store, standing, readings, record, models, stages)
            tables = dict(record["tables"])
            differ += [f"{place}: {table}" for table in made if made[table] != tables[table]]
            redacted += [f"{place}: {table}" for table in gone]
        if differ:
            publish(store, lambda old: replace(old, standing=standing))
    return Rebuilt(len(readings), len(mine), len(records) - len(mine), tuple(differ), tuple(redacted))


def _read_again(store: Store, loaded: Loaded, standing: Standing) -> tuple[dict[Way, Reading], list[str], list[str]]:
    """Return what each delivery that stands makes now, which make something else than before, and which were redacted."""
    sources = {source.source_id: source for source in loaded.sources}
    kept = {one.delivery_id: one for one in store.index.deliveries()}
    known = store.index.readings()
    readings, differ, redacted = {}, [], []
    for source_id, ways in standing.of.items():
        for way in ways:
            before, one = known[way], kept[way[0]]
            name = str(before.account["name"])
            try:
                data = store.locker.get(one.sha256, subject=one.subject)
            except Redacted:
                redacted.append(way[0])
                continue
            received = datetime.fromisoformat(str(before.account["received_utc"]))
            delivery = delivery_of(sources[source_id], name, data, received, store)
            if (delivery.delivery_id, reading_of(sources[source_id], name)) != way:
                to_do = "run `trucewatch run`: it reads every delivery as the mission says now"
                raise StoreError("another version or mission read this delivery", where=name, to_do=to_do)
            readings[way] = tables_of(sources[source_id], delivery, store)
            if readings[way].objects != before.objects:
                differ.append(f"delivery {way[0]}")
    return readings, differ, redacted


def _stand_again(store: Store, loaded: Loaded, before: Standing, readings: Mapping[Way, Reading]) -> Standing:
    """Return what stands of these readings, derived from nothing."""
    of = {source: tuple(way for way in ways if way in readings) for source, ways in before.of.items()}
    standing = stand(
        store.objects, Standing(), of, readings=readings, snapshots=snapshots_of(loaded), mission=loaded.mission
    )
    return show(store.objects, standing, duty_acts(loaded.agreement))


def _unlike(before: Any, after: Any, at: str = "") -> list[str]:
    """Return the places where two manifests differ."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = sorted({*before, *after})
        return [place for key in keys for place in _unlike(before.get(key), after.get(key), f"{at}/{key}")]
    return [] if before == after else [at.strip("/")]


def _versions(store: Store, generation: Generation, records: Iterable[Mapping[str, Any]]) -> list[Learned]:
    """Return the versions of the source model that reports were made with."""
    named = {version_of(record, store) for record in records}
    return [learned for learned in generation.models if learned.version in named]


def _learned_again(store: Store, learned: Learned, standing: Standing, stages: Stages) -> Learned | None:
    """Return a version as it is learned again; None where what it was learned from was redacted."""
    loaded = documents_of(store, learned.manifest())
    days = loaded.mission.fuse.window_days
    store.objects.put({"observations": standing.window(store.objects, loaded.mission, learned.day, days)})
    try:  # by now it is written again, if it was lost and what stands is the same
        rows = store.objects.get(learned.observations)
        before = history(learned.history, store.objects)
    except Redacted:
        return None
    case = Case(loaded, Period(learned.day, learned.day))
    given = put({"observations": rows}, store).and_also(before)
    made = compute(case, given, store, stages=stages, steps=(LEARN,))
    return replace(learned, source_model=made.names["source_model"])


def _report_again(
    store: Store,
    standing: Standing,
    readings: Mapping[Way, Reading],
    record: Mapping[str, Any],
    models: Mapping[int, Learned | None],
    stages: Stages,
) -> tuple[dict[str, str], list[str]]:
    """Return the objects of a report's tables, made again; and the tables that cannot be, as what they rest on was redacted."""
    loaded, names, objects = documents_of(store, record), dict(record["tables"]), store.objects
    period = Telling.of_record(record["told"]).period
    given = gathered(loaded, standing, readings, store, period)
    for table in ("decisions", "former"):  # people's, and what earlier reports told: not derived
        given[table] = objects.get(names[table])
    version, gone = version_of(record, store), []
    try:
        last = last_of(names, objects)
    except Redacted:
        last, gone = None, ["changes"]
    if gone or (version and models.get(version) is None):
        known = Computed.of({table: names[table] for table in ("source_model", "basis")}, store)
    else:
        known = basis(models.get(version), last, store)
    made = compute(Case(loaded, period), put(given, store).and_also(known), store, stages=stages)
    added = {"remarks": remarks_of(kept_remarks(record["remarks"], objects), loaded)}
    if not gone:
        added["changes"] = changes_since(last, made.frames, loaded.mission, period, days_of(loaded, period))
    return {**made.names, **put(added, store).names}, gone
