"""The steps of a mission, declared: what each reads, what it makes, and the function of the stage that does it.

Data flows through them one way, top to bottom. Incremental runs, rebuilds and timings follow from this list.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from trucewatch import fuse, judge
from trucewatch.agreement import Agreement
from trucewatch.manifest import Manifest
from trucewatch.mission.document import Mission
from trucewatch.report import Region
from trucewatch.tables import empty

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Case:
    """The documents that every step may read."""

    mission: Mission
    agreement: Agreement
    manifests: Mapping[str, Manifest]
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class Step:
    """One step: the word of its stage, the tables it reads and makes, and its function."""

    name: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    do: Callable[[Case, Tables], Tables]


def _learn(case: Case, tables: Tables) -> Tables:
    if fuse.of_acts(tables["observations"]).is_empty():  # nothing was reported in the window: the report says so
        return {"source_model": empty("source_model")}
    model = fuse.learn(tables["observations"], case.manifests, settings=case.mission.fuse)
    return {"source_model": model}


def _fuse(case: Case, tables: Tables) -> Tables:
    settings = case.mission.fuse
    fused = fuse.fuse(
        tables["observations"], tables["source_model"], manifests=case.manifests, seed=settings.seed, settings=settings
    )
    return {"pairs": fused.pairs, "members": fused.members, "incidents": fused.incidents}


def _judge(case: Case, tables: Tables) -> Tables:
    judged = judge.judge(
        tables["incidents"], case.agreement, settings=case.mission.judge, supposed=case.mission.supposed
    )
    scope = judge.scope(case.agreement, case.manifests.values())
    return {"findings": judged.findings, "tallies": judged.tallies, "scope": scope}


def _locate(case: Case, tables: Tables) -> Tables:
    areas = {region.region_id: region.geometry for region in case.regions}
    return {"places": judge.locate(tables["incidents"], areas)}


STEPS: Final = (
    Step("learn", ("observations",), ("source_model",), _learn),
    Step("fuse", ("observations", "source_model"), ("pairs", "members", "incidents"), _fuse),
    Step("judge", ("incidents",), ("findings", "tallies", "scope"), _judge),
    Step("locate", ("incidents",), ("places",), _locate),
)
