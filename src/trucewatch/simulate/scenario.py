"""A scenario: its document and the files that lie beside it, checked against each other."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from trucewatch import when
from trucewatch.documents import parse_toml
from trucewatch.errors import DocumentError, Problem, TrucewatchError
from trucewatch.simulate.document import ScenarioDocument
from trucewatch.simulate.line import Line, read_line


@dataclass(frozen=True)
class Scenario:
    """A scenario ready to be simulated.

    `line` is where things happen; `files` what its mission needs beside it, by reference; `settlements` the
    named places (name, lon_deg, lat_deg), for sources that report such.
    """

    document: ScenarioDocument
    line: Line
    files: Mapping[str, bytes]
    settlements: pl.DataFrame


def parse_scenario(data: bytes, *, name: str, beside: Callable[[str], bytes]) -> Scenario:
    """Parse the bytes of a scenario; `beside` returns the bytes of a file that it refers to.

    Raises DocumentError with every problem, each with its line.
    """
    document = parse_toml(data, ScenarioDocument, name=name)
    lines = data.decode("utf-8").splitlines()
    problems = [Problem(f"{name}{_line_of(lines, key)}", what, to_do) for key, what, to_do in _contradictions(document)]
    mission = document.mission
    named = (mission.agreement, mission.regions, mission.basemap, mission.settlements, document.line.file)
    wanted = {*named, *mission.beside}
    files: dict[str, bytes] = {}
    for reference in sorted(wanted):
        try:
            files[reference] = beside(reference)
        except TrucewatchError as error:
            at = _line_of(lines, f'"{reference}"')
            problems += [Problem(f"{name}{at}: {reference!r}", p.what, p.to_do) for p in error.problems]
    if problems:
        raise DocumentError(tuple(problems))
    line = read_line(files[document.line.file], document.line.line_id, name=document.line.file)
    return Scenario(document, line, files, _settlements(files[mission.settlements], name=mission.settlements))


def _line_of(lines: list[str], key: str) -> str:
    """Return ":n" of the first line that says `key`."""
    return next((f":{n}" for n, line in enumerate(lines, 1) if key in line), "")


def _contradictions(document: ScenarioDocument) -> list[tuple[str, str, str]]:
    """Return (what to look for, what is wrong, what to do) of parts that do not fit together."""
    found = []
    try:
        when.zone(document.time_zone)
    except TrucewatchError as error:
        found.append(("time_zone", f"time_zone: {error.problems[0].what}", error.problems[0].to_do))
    names = [source.source_id for source in document.sources]
    acts = [rate.act for rate in document.acts]
    for part, listed in (("sources", names), ("acts", acts)):
        twice = sorted({name for name in listed if listed.count(name) > 1})
        found += [(f'"{name}"', f"{part}: {name!r} stands twice", "say it once") for name in twice]
    for at, source in enumerate(document.sources):
        later = [copy.source_id for copy in source.copies if copy.source_id not in names[:at]]
        what = "copies a source that does not stand before it"
        found += [(f'"{n}"', f"sources.{source.source_id}: {what}: {n!r}", "put that source first") for n in later]
    for rate in document.acts:
        strange = [party for party in rate.party_shares if party not in document.line.sides]
        found += [(p, f"acts.{rate.act}: no such party: {p!r}", "take one of line.sides") for p in strange]
    return found


def _settlements(data: bytes, *, name: str) -> pl.DataFrame:
    """Return the named points of GeoJSON. Raises DocumentError when it is not GeoJSON or has none."""
    try:
        points = [f for f in json.loads(data)["features"] if f["geometry"]["type"] == "Point"]
        rows = [(f["properties"]["name"], *map(float, f["geometry"]["coordinates"][:2])) for f in points]
        if not rows:
            raise ValueError("no points")
    except (ValueError, KeyError, TypeError) as error:
        raise DocumentError((Problem(name, "not GeoJSON with named points", "correct the file"),)) from error
    schema = {"name": pl.String, "lon_deg": pl.Float64, "lat_deg": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
