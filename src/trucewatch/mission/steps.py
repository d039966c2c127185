"""The steps of a mission, declared: what each reads, what it makes, and the function of the stage that does it.

Data flows through them one way, top to bottom. Incremental runs, rebuilds and timings follow from this list.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl
import shapely

from trucewatch import fuse, judge
from trucewatch.agreement import Agreement, table_of
from trucewatch.manifest import Manifest
from trucewatch.mission.days import DAYS_COUNTED, mission_days
from trucewatch.mission.document import Mission
from trucewatch.mission.period import Period
from trucewatch.report import Region

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Case:
    """The documents that every step may read."""

    mission: Mission
    agreement: Agreement
    manifests: Mapping[str, Manifest]
    regions: tuple[Region, ...]
    day: dt.date
    """The mission day that is reported, the last of several."""
    first_day: dt.date
    """The first of several."""

    @property
    def areas(self) -> Mapping[str, shapely.Geometry]:
        """The regions by code."""
        return {region.region_id: region.geometry for region in self.regions}


@dataclass(frozen=True)
class Step:
    """One step: the word of its stage, the tables it reads and makes, and its function."""

    name: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    do: Callable[[Case, Tables], Tables]


def _learn(case: Case, tables: Tables) -> Tables:
    model = fuse.learn(tables["observations"], case.manifests, settings=case.mission.fuse)
    return {"source_model": model}


def _fuse(case: Case, tables: Tables) -> Tables:
    settings = case.mission.fuse
    fused = fuse.fuse(
        tables["observations"],
        tables["source_model"],
        decisions=tables["decisions"],
        manifests=case.manifests,
        seed=settings.seed,
        settings=settings,
    )
    return {
        "pairs": fused.pairs,
        "members": fused.members,
        "incidents": fused.incidents,
        "contradictions": fused.contradictions,
    }


def _record(case: Case, tables: Tables) -> Tables:
    return {"powers": table_of(case.agreement.with_acts(tables["statements"]).acts)}


def _judge(case: Case, tables: Tables) -> Tables:
    judged = judge.judge(
        tables["incidents"],
        case.agreement,
        settings=case.mission.judge,
        supposed=case.mission.supposed,
        statements=tables["statements"],
    )
    scope = judge.scope(case.agreement, case.manifests.values())
    return {"findings": judged.findings, "tallies": judged.tallies, "scope": scope}


def _duties(case: Case, tables: Tables) -> Tables:
    period = Period(case.first_day, case.day).span(case.mission)
    found = judge.duties(
        tables["evidence"], case.agreement, as_of=period.end_utc, period=period, statements=tables["statements"]
    )
    return {"duties": found}


def _locate(case: Case, tables: Tables) -> Tables:
    sides = judge.locate(tables["incidents"], case.agreement.sides).rename({"region_id": "side"})
    return {"places": judge.locate(tables["incidents"], case.areas), "sides": sides}


def _count(case: Case, tables: Tables) -> Tables:
    counted = max(DAYS_COUNTED, 2 * Period(case.first_day, case.day).days)
    days = mission_days(tables["observations"], case.mission, until=case.day, days=counted)
    return {"raw_tallies": judge.raw_tallies(tables["observations"], days, case.areas)}


LEARN: Final = Step("learn", ("observations",), ("source_model",), _learn)
"""Done where no source model stands that a report can be made with (`learning`); the others are steps of every report."""

STEPS: Final = (
    Step(
        "fuse",
        ("observations", "source_model", "decisions"),
        ("pairs", "members", "incidents", "contradictions"),
        _fuse,
    ),
    Step("record", ("statements",), ("powers",), _record),
    Step("judge", ("incidents", "statements"), ("findings", "tallies", "scope"), _judge),
    Step("duties", ("evidence", "statements"), ("duties",), _duties),
    Step("locate", ("incidents",), ("places", "sides"), _locate),
    Step("count", ("observations",), ("raw_tallies",), _count),
)
