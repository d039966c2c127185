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

    `line` is where things happen; `files` what its mission needs beside it, by reference; `places` the settlements
    (name, lon_deg, lat_deg), for sources that report named places.
    """

    document: ScenarioDocument
    line: Line
    files: Mapping[str, bytes]
    places: pl.DataFrame


def parse_scenario(data: bytes, *, name: str, beside: Callable[[str], bytes]) -> Scenario:
    """Parse the bytes of a scenario; `beside` returns the bytes of a file that it refers to.

    Raises DocumentError with every problem, each with its line.
    """
    document = parse_toml(data, ScenarioDocument, name=name)
    lines = data.decode("utf-8").splitlines()
    problems = [Problem(f"{name}{_line_of(lines, key)}", what, to_do) for key, what, to_do in _contradictions(document)]
    mission = document.mission
    wanted = {mission.agreement, mission.regions, mission.basemap, document.line.file, *mission.beside}
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
    return Scenario(document, line, files, _places(files[mission.basemap], name=mission.basemap))


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
    for twice in sorted({n for n in names if names.count(n) > 1}):
        found.append((f'"{twice}"', f"sources: {twice!r} stands twice", "give each source its own id"))
    acts = [rate.act for rate in document.acts]
    for twice in sorted({a for a in acts if acts.count(a) > 1}):
        found.append((f'"{twice}"', f"acts: {twice!r} stands twice", "say each act once"))
    for at, source in enumerate(document.sources):
        for copy in source.copies:
            if copy.source_id not in names[:at]:
                found.append((
                    f'"{copy.source_id}"', f"sources.{source.source_id}: copies {copy.source_id!r}, which does not stand "
                    "before it", "name a source that stands before",
                ))  # fmt: skip
    for rate in document.acts:
        for party in rate.party_shares:
            if party not in document.line.sides:
                found.append((party, f"acts.{rate.act}: no such party: {party!r}", "take one of line.sides"))
    return found


def _places(data: bytes, *, name: str) -> pl.DataFrame:
    """Return the named points of a basemap. Raises DocumentError when it is not GeoJSON."""
    try:
        points = [f for f in json.loads(data)["features"] if f["geometry"]["type"] == "Point"]
        rows = [(f["properties"]["name"], *map(float, f["geometry"]["coordinates"][:2])) for f in points]
    except (ValueError, KeyError, TypeError) as error:
        raise DocumentError((Problem(name, "not GeoJSON with named points", "correct the file"),)) from error
    schema = {"name": pl.String, "lon_deg": pl.Float64, "lat_deg": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
