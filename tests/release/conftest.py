"""A few days of the demo's mission as tables, written row by row: what an incident rests on is each test's own."""

import datetime as dt
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import pytest

from trucewatch import judge, tables
from trucewatch.agreement import Agreement, parse_agreement
from trucewatch.manifest import Manifest
from trucewatch.mission.regions import parse_basemap, parse_regions, parse_settlements
from trucewatch.report import Basemap, Region
from trucewatch.store import beside

ROOT = pathlib.Path(__file__).parents[2]
NOW = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)
OLD = NOW - dt.timedelta(days=3)
BASE = {
    "act": "explosion", "start_utc": OLD, "end_utc": OLD, "time_error_s": 60.0, "lon_deg": -31.437, "lat_deg": 50.1,
    "error_major_m": 400.0, "error_minor_m": 300.0, "error_azimuth_deg": 30.0,
}  # fmt: skip
Tables = dict[str, pl.DataFrame]


def _manifest(source_id: str, *, republish: str = "rows", audience: str = "public") -> Manifest:
    return Manifest.model_validate(
        {
            "source_id": source_id, "title": f"Source {source_id}", "publisher": "a test", "formats": ("csv",),
            "delivery": "increment", "sees": {"acts": ("weapon_use",)}, "audience": audience,
            "licence": {"name": "free", "attribution": "none", "republish": republish},
            "accuracy": {"position_error_m": 100.0, "time_error_s": 60.0},
        }
    )  # fmt: skip


@pytest.fixture(scope="session")
def manifests() -> Mapping[str, Manifest]:
    return {
        "open": _manifest("open"),
        "derived": _manifest("derived", republish="derived"),
        "shut": _manifest("shut", republish="none"),
        "patrol": _manifest("patrol", audience="internal"),
        "allied": _manifest("allied", audience="coalition"),
    }


@pytest.fixture(scope="session")
def agreement() -> Agreement:
    folder = ROOT / "agreements" / "demo-line"
    data = (folder / "agreement.toml").read_bytes()
    return parse_agreement(data, name="agreement.toml", beside=beside(folder))


@pytest.fixture(scope="session")
def regions() -> tuple[Region, ...]:
    return parse_regions((ROOT / "missions/demo/regions.geojson").read_bytes(), name="regions.geojson")


@pytest.fixture(scope="session")
def basemap() -> Basemap:
    return parse_basemap((ROOT / "missions/demo/basemap.geojson").read_bytes(), name="basemap.geojson")


@pytest.fixture(scope="session")
def settlements() -> pl.DataFrame:
    return parse_settlements((ROOT / "missions/demo/settlements.geojson").read_bytes(), name="settlements.geojson")


def _rows(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return a table of rows that need not name the columns that may be absent."""
    given = {column: kind for column, kind in tables.dtypes(name).items() if any(column in row for row in rows)}
    return tables.conform(pl.DataFrame(rows, schema=given), name)


def _judged(incidents: pl.DataFrame, agreement: Agreement) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return findings and tallies by the agreement of the demo."""
    made = judge.judge(incidents, agreement)
    return made.findings, made.tallies


def _untold(incidents: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one finding an incident, and its tallies, without a judgement."""
    clause = {"clause_id": "ceasefire", "reading": "text", "conformity": "undetermined"}
    rest = {
        "actor": "unknown",
        "actor_probability": 1.0,
        "actor_basis": "none",
        "exception": "none_claimed",
        "reasons": [],
    }
    rows = [{"incident_id": name} | clause | rest for name in incidents["incident_id"]]
    return _rows("findings", rows), _rows("tallies", [clause | {"incidents": incidents.height}])


def _further(incidents: pl.DataFrame, seen: list[dict[str, Any]]) -> Tables:
    """Return a side and a change of every incident, a duty for every observation, and a remark for everybody."""
    names = incidents["incident_id"].to_list()
    change = {"change": "revised", "what": ["act"], "start_utc": OLD, "act": "explosion", "region_id": None}
    owed = {
        "clause_id": "report", "reading": "text", "stage": "", "due": "complete", "deadline_utc": OLD, "from_utc": OLD,
        "status": "not_verified", "required": 5, "shown": 3, "reasons": ["no_evidence"],
    }  # fmt: skip
    rests = [
        owed | {"bearer": f"b{n}", "evidence": [row["observation_id"]], "counter_evidence": [row["observation_id"]]}
        for n, row in enumerate(seen)
    ]
    remark = {
        "remark_id": "r", "author": "Officer", "key_id": "0" * 32, "at_utc": OLD, "day": OLD.date(), "language": "en",
        "text": "A quiet day.", "signature": "0" * 128, "signature_holds": True, "audience": "public",
    }  # fmt: skip
    said = {
        "decision": "confirmed", "status": "in_force", "at_utc": NOW, "in_force_utc": NOW, "proposed_by": "Vera Vetter",
        "approved_by": ["Victor Val"], "states": ["CHE", "SWE"], "reason": "seen on two pictures",
        "changes": [], "dissent": [], "alone": False,
        "rests_on_all": True,
    }  # fmt: skip
    asked = {
        "notice_id": "n1", "clause_id": "ceasefire", "party": "calder", "text": "It was an exercise.", "sent_utc": OLD,
        "hours": 48, "at_utc": NOW, "is_late": True,
    }  # fmt: skip
    corrected = {
        "of": "report:2026-03-20", "what": "It was seven.", "reason": "counted twice", "in_force_utc": NOW,
        "proposed_by": "Vera Vetter", "approved_by": ["Victor Val"],
    }  # fmt: skip
    return {
        "verdicts": _rows(
            "verdicts",
            [said | {"verdict_id": f"v-{name}", "incident_id": name, "subject": name} for name in names],
        ),
        "replies": _rows(
            "replies",
            [asked | {"reply_id": f"r-{name}", "finding": f"{name}|ceasefire", "incident_id": name} for name in names],
        ),
        "corrections": _rows(
            "corrections",
            [corrected | {"correction_id": f"c-{told}", "audience": told} for told in (None, "parties", "public")],
        ),
        "sides": _rows("sides", [{"incident_id": name, "side": "calder", "probability": 0.8} for name in names]),
        "changes": _rows("changes", [change | {"incident_id": name, "was": [f"{name}-was"]} for name in names]),
        "duties": _rows("duties", rests),
        "remarks": _rows("remarks", [remark]),
    }


@pytest.fixture(scope="session")
def frames(agreement: Agreement, regions: tuple[Region, ...]) -> Callable[..., Tables]:
    """Return a function from incidents to all the tables of a mission.

    An incident is a mapping: columns of its own (by default a sure explosion three days ago on the line), and `rows`, the
    observations that it rests on, each with columns of its own (by default one of the source `open`). Its findings are
    those of the agreement of the demo if `judged`, otherwise one that cannot be told.
    """

    def make(*told: dict[str, Any], judged: bool = False) -> Tables:
        seen, members, incidents = [], [], []
        for n, given in enumerate(told):
            own = {name: value for name, value in given.items() if name != "rows"}
            base = BASE | {name: value for name, value in own.items() if name in BASE or name == "aspect"}
            of = [{"source_id": "open"} | row for row in given.get("rows", [{}])]
            ids = [f"o{n}-{k}" for k in range(len(of))]
            seen += [base | {"observation_id": name} | row for name, row in zip(ids, of, strict=True)]
            members += [{"observation_id": name, "incident_id": f"incident{n:03}"} for name in ids]
            sources = sorted({row["source_id"] for row in of})
            fused = {
                "incident_id": f"incident{n:03}", "act_probability": 1.0, "real_probability": 1.0,
                "observations": len(of), "independent_sources": len(sources), "source_ids": sources,
            }  # fmt: skip
            incidents.append(base | fused | own)
        fused = _rows("incidents", incidents)
        findings, tallies = _judged(fused, agreement) if judged else _untold(fused)
        posts = [
            {
                "observation_id": row["observation_id"], "observer": "post", "observer_lon_deg": -31.4, "observer_lat_deg": 50.1,
                "near_m": 0.0, "far_m": 9.0, "sector_half_width_deg": 9.0,
            }
            for row in seen
        ]  # fmt: skip
        counts = {
            "observations": len(seen),
            "context": 0,
            "set_aside": 1,
            "repeated": 0,
            "superseded": 0,
            "withdrawn": 0,
        }
        delivery = {
            "delivery_id": "d1", "source_id": "open", "name": "a.csv", "sha256": "0" * 64, "bytes": 9,
            "received_utc": NOW, "rows_in": len(seen) + 1,
        }  # fmt: skip
        aside = {"delivery_id": "d1", "source_id": "open", "line": 2, "rule": "column_count", "value": "x"}
        return {
            "observations": _rows("observations", seen),
            "sightings": _rows("sightings", posts),
            "members": _rows("members", members),
            "pairs": tables.empty("pairs"),
            "incidents": fused,
            "findings": findings,
            "tallies": tallies,
            "scope": judge.scope(agreement, []),
            "places": judge.locate(fused, {region.region_id: region.geometry for region in regions}),
            "deliveries": _rows("deliveries", [delivery | counts]),
            "set_aside": _rows("set_aside", [aside]),
            "source_model": tables.empty("source_model"),
            **_further(fused, seen),
        }

    return make
