"""A generation: what stands, what was learned, and the reports made of it, as one manifest that the pointer of the store names.

It is not changed; another takes its place by one swap of the pointer. Who computed from one that is no longer there computes again.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from trucewatch.judge import duty_acts
from trucewatch.mission.intake import Intake
from trucewatch.mission.load import Loaded
from trucewatch.mission.standing import Standing, show, stand
from trucewatch.store import Store


@dataclass(frozen=True)
class Learned:
    """A version of the source model: its object, and all that it was learned from, so that it can be learned again.

    `day` is the last mission day of its window, `observations` the object of the rows in it, `rows` how many. `mission` and
    `documents` are those of then; `given` is the hash of what learning reads of them. `history` names the days before (see
    `history`); a version from before there was any has none.
    """

    version: int
    day: dt.date
    source_model: str
    observations: str
    rows: int
    given: str
    mission: str
    documents: Mapping[str, str]
    history: str = ""

    @classmethod
    def of_manifest(cls, told: Mapping[str, Any]) -> "Learned":
        """Return the version that a generation names."""
        return cls(**{**told, "day": dt.date.fromisoformat(told["day"])})

    def manifest(self) -> dict[str, Any]:
        """Return it as a generation names it."""
        return {**asdict(self), "day": self.day.isoformat()}


@dataclass(frozen=True)
class Generation:
    """`reports`: by mission day and audience the record of the last report made; `models`: every version, the first first."""

    standing: Standing = field(default_factory=Standing)
    reports: Mapping[str, str] = field(default_factory=dict)
    models: tuple[Learned, ...] = ()

    @classmethod
    def of_manifest(cls, told: Mapping[str, Any]) -> "Generation":
        """Return the generation that a manifest tells."""
        models = tuple(Learned.of_manifest(model) for model in told.get("models", ()))
        return cls(Standing.of_manifest(told["standing"]), told["reports"], models)

    def manifest(self) -> dict[str, Any]:
        """Return it as a manifest."""
        models = [model.manifest() for model in self.models]
        return {"standing": self.standing.manifest(), "reports": self.reports, "models": models}


def generation_of(store: Store, name: str) -> Generation:
    """Return the generation of that name; an empty one for ""."""
    return Generation.of_manifest(store.objects.get_manifest(name)) if name else Generation()


def publish(store: Store, change: Callable[[Generation], Generation]) -> tuple[str, Generation]:
    """Put what `change` makes of the generation that stands in its place; return its name, and it.

    `change` is called again when another was published in the meantime. One that changes nothing publishes nothing.
    """
    while True:
        name = store.index.generation()
        before = generation_of(store, name)
        after = change(before)
        if after == before:
            return name, after
        made = store.objects.put_manifest(after.manifest())
        if store.index.publish(made, instead_of=name):
            return made, after


def snapshots_of(loaded: Loaded) -> frozenset[str]:
    """Return the sources of which a delivery replaces all before."""
    return frozenset(name for name, manifest in loaded.manifests.items() if manifest.delivery == "snapshot")


def publish_standing(loaded: Loaded, intake: Intake, store: Store) -> Standing:
    """Publish what stands after the deliveries of `intake`, and return it."""
    acts = duty_acts(loaded.agreement)

    def change(old: Generation) -> Generation:
        standing = stand(
            store.objects,
            old.standing,
            intake.of,
            readings=intake.readings,
            snapshots=snapshots_of(loaded),
            mission=loaded.mission,
        )
        return replace(old, standing=show(store.objects, standing, acts))

    return publish(store, change)[1].standing
