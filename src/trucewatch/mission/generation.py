"""A generation: what stands, and the reports made of it, as one manifest that the pointer of the store names.

It is not changed; another takes its place by one swap of the pointer. Who computed from one that is no longer there computes again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from trucewatch.judge import duty_acts
from trucewatch.mission.intake import Intake
from trucewatch.mission.load import Loaded
from trucewatch.mission.standing import Standing, show, stand
from trucewatch.store import Store


@dataclass(frozen=True)
class Generation:
    """`reports`: by mission day and audience the record of the last report made."""

    standing: Standing = field(default_factory=Standing)
    reports: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_manifest(cls, told: Mapping[str, Any]) -> "Generation":
        """Return the generation that a manifest tells."""
        return cls(Standing.of_manifest(told["standing"]), told["reports"])

    def manifest(self) -> dict[str, Any]:
        """Return it as a manifest."""
        return {"standing": self.standing.manifest(), "reports": self.reports}


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
