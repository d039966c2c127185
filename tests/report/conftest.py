"""A released day of the demo's mission with as many incidents as a test asks for."""

import datetime as dt
import pathlib
from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
import pytest

from trucewatch import judge, mission, simulate, tables
from trucewatch.release import Released, prepare
from trucewatch.report import ReportFacts
from trucewatch.report import blocks as b
from trucewatch.store import beside, write_files

ROOT = pathlib.Path(__file__).parents[2]
DAY = dt.date(2026, 3, 20)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> mission.Loaded:
    """Return the demo's mission, of a world of two days."""
    out = tmp_path_factory.mktemp("world")
    text = (ROOT / "missions/demo/scenario.toml").read_text().replace("days = 30", "days = 2")
    near = ROOT / "missions/demo"
    get = beside(near, near.parent, ROOT)
    scenario = simulate.parse_scenario(text.encode(), name="scenario.toml", beside=get)
    write_files(out, simulate.simulate(scenario).files)
    return mission.load(out / "mission.toml")


@pytest.fixture(scope="session")
def facts(loaded: mission.Loaded) -> ReportFacts:
    return ReportFacts(
        mission_title=loaded.mission.title, mission_note=loaded.mission.note, number=11, day=DAY,
        period=loaded.mission.day(DAY), period_before=loaded.mission.day(DAY - dt.timedelta(days=1)),
        time_zone=loaded.time_zone, cut_off=loaded.mission.cut_off, agreement=loaded.agreement, regions=loaded.regions,
        basemap=loaded.basemap, manifests=loaded.manifests, versions={"trucewatch": "0"},
    )  # fmt: skip


@pytest.fixture(scope="session")
def released(loaded: mission.Loaded, facts: ReportFacts) -> Callable[[int], Released]:
    """Return a function that makes so many incidents, three in four of the period and the rest of the one before."""

    def make(n: int) -> Released:
        rng = np.random.default_rng(n)
        west, south, east, north = (-33.0, 44.5, -27.0, 50.5)
        start = [
            (facts.period if k % 4 else facts.period_before).start_utc + dt.timedelta(seconds=int(s))
            for k, s in enumerate(rng.integers(0, 80_000, n))
        ]
        source = sorted(loaded.manifests)[0]
        rows = {
            "incident_id": [f"i{k:06d}" for k in range(n)], "act": rng.choice(["shelling", "burst", "drone_strike", "fire"], n),
            "act_probability": rng.uniform(0.4, 1, n), "start_utc": start, "end_utc": start, "time_error_s": 60.0,
            "lon_deg": rng.uniform(west, east, n), "lat_deg": rng.uniform(south, north, n), "error_major_m": 900.0,
            "error_minor_m": 300.0, "error_azimuth_deg": rng.uniform(0, 180, n), "real_probability": 0.9,
            "observations": 1, "independent_sources": 1, "source_ids": [[source]] * n,
        }  # fmt: skip
        incidents = tables.conform(pl.DataFrame(rows), "incidents") if n else tables.empty("incidents")
        judged = judge.judge(incidents, loaded.agreement)
        areas = {region.region_id: region.geometry for region in loaded.regions}
        frames = {
            "incidents": incidents, "findings": judged.findings, "tallies": judged.tallies,
            "scope": judge.scope(loaded.agreement, loaded.manifests.values()), "places": judge.locate(incidents, areas),
        }  # fmt: skip
        return prepare(frames, audience="internal", now=facts.period.end_utc, manifests=loaded.manifests)

    return make


@pytest.fixture(scope="session")
def let_through() -> Callable[[Mapping[str, pl.DataFrame], ReportFacts], Released]:
    """Return a function that lets tables through as they are, as an internal draft."""

    def make(frames: Mapping[str, pl.DataFrame], facts: ReportFacts) -> Released:
        return prepare(frames, audience="internal", now=facts.period.end_utc, manifests=facts.manifests)

    return make


@pytest.fixture(scope="session")
def every_block() -> Callable[[str], tuple[b.Block, ...]]:
    """Return a function that makes one block of each kind of a text."""

    def make(text: str) -> tuple[b.Block, ...]:
        """Return one block of each kind, with `text` wherever a text can stand."""
        cell = b.Cell(text, strong=True, beside=text, below=text, warning=text)
        return (
            b.Paragraph(text, note=True), b.Paragraph(text), b.Heading(text), b.Quote(text, by=text),
            b.Bullets((text, text), "lead"), b.Bullets((text,), "small"), b.Terms(((text, text),)),
            b.Table(text, b.columns(text, text, numbers=1), (b.row(text, cell), b.row(text, text)), foot=b.row(text, text)),
            b.Table(text, (), (), empty=text),
            b.Figure('<svg viewBox="0 0 9 9"><path d="M1 1h7" stroke="#000"/></svg>', text,
                     (('<svg viewBox="0 0 9 9"><path d="M1 1h7" stroke="#000"/></svg>', text),), text),
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def a_report() -> Callable[[str, tuple[b.Section, ...]], b.Report]:
    """Return a function that makes a report of a text and sections."""

    def make(text: str, sections: tuple[b.Section, ...]) -> b.Report:
        stamps = (b.Stamp(text, "draft"), b.Stamp(text, "test"))
        return b.Report(
            "en", text, text, text, text, stamps, text, text, sections, text, text, "Page {page} of {pages}"
        )

    return make
