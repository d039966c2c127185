"""The steps of a mission, declared: what each reads, what it makes, what it is told, and the function of the stage that does it.

Data flows through them one way, top to bottom; `name` makes tables of `fuse` anew, with ids that last from report to report.
Incremental runs, rebuilds and timings follow from this list. A step is told no part of the documents but those that are declared:
an edit of another part cannot change what it makes.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import shapely

from trucewatch import fuse, judge
from trucewatch.agreement import Agreement, table_of
from trucewatch.fuse import FuseSettings
from trucewatch.judge import JudgeSettings
from trucewatch.manifest import Manifest
from trucewatch.mission.days import DAYS_COUNTED, mission_days
from trucewatch.mission.load import Loaded
from trucewatch.mission.period import Period
from trucewatch.when import Clock, Span

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Case:
    """A mission with its documents, and the days that are reported."""

    loaded: Loaded
    period: Period

    def told(self, part: str) -> Any:
        """Return a part of what is told, as a step takes it."""
        return PARTS[part][0](self)

    def written(self, part: str) -> Any:
        """Return a part of what is told, as JSON: two cases in which it is the same tell a step the same."""
        return PARTS[part][1](self)


def _sweeps(case: Case) -> tuple[int, int]:
    settings = case.loaded.mission.fuse
    return settings.sweeps, settings.burn_in


def _documents(case: Case, names: set[str] | frozenset[str]) -> dict[str, str]:
    return {name: hashlib.sha256(case.loaded.documents[name]).hexdigest() for name in sorted(names)}


PARTS: Final[Mapping[str, tuple[Callable[[Case], Any], Callable[[Case], Any]]]] = {
    "seed": (lambda case: case.loaded.mission.fuse.seed, lambda case: case.loaded.mission.fuse.seed),
    "sweeps": (_sweeps, _sweeps),
    "judging": (
        lambda case: case.loaded.mission.judge,
        lambda case: case.loaded.mission.judge.model_dump_json(),
    ),
    "supposed": (
        lambda case: case.loaded.mission.supposed,
        lambda case: str(case.loaded.mission.supposed),
    ),
    "clock": (lambda case: case.loaded.mission.clock, lambda case: str(case.loaded.mission.clock)),
    "agreement": (
        lambda case: case.loaded.agreement,
        lambda case: _documents(case, case.loaded.of_agreement),
    ),
    "manifests": (
        lambda case: case.loaded.manifests,
        lambda case: {name: one.model_dump_json(exclude={"fetch"}) for name, one in case.loaded.manifests.items()},
    ),
    "areas": (
        lambda case: {region.region_id: region.geometry for region in case.loaded.regions},
        lambda case: _documents(case, {case.loaded.mission.regions}),
    ),
    "period": (lambda case: case.period, lambda case: str(case.period)),
}
"""The parts of what steps are told: how a step takes each, and how it is written to see whether it changed."""


@dataclass(frozen=True)
class Step:
    """One step: the word of its stage, the tables it reads and makes, the parts it is told, and its function."""

    name: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    told: tuple[str, ...]
    do: Callable[..., Tables]


def _learn(tables: Tables, *, seed: int, manifests: Mapping[str, Manifest]) -> Tables:
    model = fuse.learn(tables["observations"], manifests, settings=FuseSettings(seed=seed), history=tables["history"])
    return {"source_model": model}


def _fuse(tables: Tables, *, seed: int, sweeps: tuple[int, int], manifests: Mapping[str, Manifest]) -> Tables:
    fused = fuse.fuse(
        tables["observations"],
        tables["source_model"],
        decisions=tables["decisions"],
        manifests=manifests,
        seed=seed,
        settings=FuseSettings(sweeps=sweeps[0], burn_in=sweeps[1]),
    )
    return {
        "pairs": fused.pairs,
        "members": fused.members,
        "incidents": fused.incidents,
        "contradictions": fused.contradictions,
    }


def _name(tables: Tables) -> Tables:
    former = tables["former"]
    incidents, members = fuse.renamed(
        tables["incidents"], tables["members"], former.select("observation_id", "incident_id")
    )
    last = former.drop_nulls("last_incident_id").select("observation_id", incident_id="last_incident_id")
    told = [fuse.aliases_of(members, before) for before in (last, former.select("observation_id", "incident_id"))]
    aliases = pl.concat(told).unique(["incident_id", "became"], keep="first", maintain_order=True)
    return {"incidents": incidents, "members": members, "aliases": aliases.sort("incident_id", "became")}


def _record(tables: Tables, *, agreement: Agreement) -> Tables:
    return {"powers": table_of(agreement.with_acts(tables["statements"]).acts)}


def _judge(
    tables: Tables,
    *,
    agreement: Agreement,
    judging: JudgeSettings,
    supposed: Span | None,
    manifests: Mapping[str, Manifest],
) -> Tables:
    judged = judge.judge(
        tables["incidents"], agreement, settings=judging, supposed=supposed, statements=tables["statements"]
    )
    scope = judge.scope(agreement, manifests.values())
    return {"findings": judged.findings, "tallies": judged.tallies, "scope": scope}


def _duties(tables: Tables, *, agreement: Agreement, period: Period, clock: Clock) -> Tables:
    span = period.span(clock)
    found = judge.duties(
        tables["evidence"], agreement, as_of=span.end_utc, period=span, statements=tables["statements"]
    )
    return {"duties": found}


def _locate(tables: Tables, *, agreement: Agreement, areas: Mapping[str, shapely.Geometry]) -> Tables:
    sides = judge.locate(tables["incidents"], agreement.sides).rename({"region_id": "side"})
    return {"places": judge.locate(tables["incidents"], areas), "sides": sides}


def _count(tables: Tables, *, areas: Mapping[str, shapely.Geometry], period: Period, clock: Clock) -> Tables:
    counted = max(DAYS_COUNTED, 2 * period.days)
    days = mission_days(tables["observations"], clock, until=period.last, days=counted)
    return {"raw_tallies": judge.raw_tallies(tables["observations"], days, areas)}


LEARN: Final = Step("learn", ("observations", "history"), ("source_model",), ("seed", "manifests"), _learn)
"""Done where no source model stands that a report can be made with (`learning`); the others are steps of every report."""

FUSE: Final = Step(
    "fuse",
    ("observations", "source_model", "decisions"),
    ("pairs", "members", "incidents", "contradictions"),
    ("seed", "sweeps", "manifests"),
    _fuse,
)
STEPS: Final = (
    FUSE,
    Step("name", ("incidents", "members", "former"), ("incidents", "members", "aliases"), (), _name),
    Step("record", ("statements",), ("powers",), ("agreement",), _record),
    Step(
        "judge",
        ("incidents", "statements"),
        ("findings", "tallies", "scope"),
        ("agreement", "judging", "supposed", "manifests"),
        _judge,
    ),
    Step("duties", ("evidence", "statements"), ("duties",), ("agreement", "period", "clock"), _duties),
    Step("locate", ("incidents",), ("places", "sides"), ("agreement", "areas"), _locate),
    Step("count", ("observations",), ("raw_tallies",), ("areas", "period", "clock"), _count),
)
