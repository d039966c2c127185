"""Load a mission: its document, and every document and geometry that it names."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo

import polars as pl

from trucewatch import __version__, when
from trucewatch.agreement import Agreement, parse_agreement
from trucewatch.documents import line_of
from trucewatch.errors import DocumentError, MissingError, Problem, UsageError
from trucewatch.manifest import Manifest
from trucewatch.mission.document import Mission, SourceOfMission, parse_mission
from trucewatch.mission.regions import parse_basemap, parse_regions, parse_settlements
from trucewatch.observe import Delivery, Given, Taken, source
from trucewatch.report import Basemap, Region
from trucewatch.store import beside, read_bytes


@dataclass(frozen=True)
class SourceInUse:
    """A source as this mission uses it: its reader, what the reader is given, its file patterns.

    `reading` names how bytes are read (manifest, options, time zone, version): what was taken in under another reading is
    read again.
    """

    source_id: str
    read: Callable[[Delivery, Given], Taken]
    given: Given
    files: tuple[str, ...]
    reading: str


@dataclass(frozen=True)
class Loaded:
    """A mission with everything that it names."""

    mission: Mission
    agreement: Agreement
    sources: tuple[SourceInUse, ...]
    manifests: Mapping[str, Manifest]
    regions: tuple[Region, ...]
    basemap: Basemap | None
    settlements: pl.DataFrame | None
    documents: Mapping[str, bytes]
    """What was read to load it, by reference; the mission document itself under its file's name."""
    of_agreement: frozenset[str]
    """Those of them that are the agreement's: its document, and what it names."""

    @property
    def time_zone(self) -> ZoneInfo:
        """The local clock of the mission."""
        return when.zone(self.mission.time_zone)


def load(path: Path) -> Loaded:
    """Load the mission document at `path`, and what it names, looked for beside it and in the folder above.

    Raises DocumentError with the problems of the first document that has any, MissingError for what is not there.
    """
    near = path.resolve().parent
    return load_from(read_bytes(path), name=str(path), beside=beside(near, near.parent))


def load_from(data: bytes, *, name: str, beside: Callable[[str], bytes]) -> Loaded:
    """Load the mission document that `data` is; `beside` returns what it names. Raises as `load` does."""
    documents = {PurePath(name).name: data}

    def get(reference: str) -> bytes:
        documents[reference] = beside(reference)
        return documents[reference]

    mission = parse_mission(data, name=name)
    _refuse_references(mission, get, data, name)
    regions = parse_regions(get(mission.regions), name=mission.regions)
    sources = tuple(_source(mission, wanted, get, _box(regions)) for wanted in mission.sources)
    ids = [used.source_id for used in sources]
    if twice := {name for name in ids if ids.count(name) > 1}:
        what = f"source {sorted(twice)} stands twice"
        raise DocumentError((Problem(f"{name}: sources", what, "put all its patterns into one entry"),))
    of_agreement = {mission.agreement}

    def get_agreed(reference: str) -> bytes:
        of_agreement.add(reference)
        return get(reference)

    near_it = _below(get_agreed, mission.agreement.rpartition("/")[0])
    agreement = parse_agreement(get(mission.agreement), name=mission.agreement, beside=near_it)
    return Loaded(
        mission=mission,
        agreement=agreement,
        sources=sources,
        manifests={used.source_id: used.given.manifest for used in sources},
        regions=regions,
        basemap=parse_basemap(get(mission.basemap), name=mission.basemap) if mission.basemap else None,
        settlements=parse_settlements(get(mission.settlements), name=mission.settlements)
        if mission.settlements
        else None,
        documents=documents,
        of_agreement=frozenset(of_agreement),
    )


def _refuse_references(mission: Mission, get: Callable[[str], bytes], data: bytes, name: str) -> None:
    """Raise DocumentError with every reference that may not be followed, and the line on which it stands."""
    named = {key: getattr(mission, key) for key in ("agreement", "regions", "basemap", "settlements")}
    problems = []
    for key, reference in named.items():
        try:
            if reference:
                get(reference)
        except UsageError as error:
            line = line_of(data.decode("utf-8"), key)
            problems += [Problem(f"{name}{line}: {key}", f"{p.what}: {p.where}", p.to_do) for p in error.problems]
    if problems:
        raise DocumentError(tuple(problems))


def _below(get: Callable[[str], bytes], folder: str) -> Callable[[str], bytes]:
    """Return `get` for what lies in `folder`."""
    return (lambda name: get(f"{folder}/{name}")) if folder else get


def _box(regions: tuple[Region, ...]) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of all regions, or None where there are none."""
    if not regions:
        return None
    west, south, east, north = zip(*(region.geometry.bounds for region in regions), strict=True)
    return min(west), min(south), max(east), max(north)


def _source(
    mission: Mission,
    wanted: SourceOfMission,
    get: Callable[[str], bytes],
    box: tuple[float, float, float, float] | None,
) -> SourceInUse:
    """Find the reader of a source and what it is given."""
    found = source(wanted.source)
    given = found.given(when.zone(mission.time_zone), options=wanted.options, beside=get, box=box)
    told = [
        __version__,
        given.manifest.model_dump_json(exclude={"fetch"}),
        mission.time_zone,
        json.dumps(box),
        json.dumps(wanted.options, sort_keys=True),
    ]
    told += [hashlib.sha256(_or_nothing(get, name)).hexdigest() for _, name in sorted(wanted.options.items())]
    return SourceInUse(
        source_id=given.manifest.source_id,
        read=found.read,
        given=given,
        files=wanted.files,
        reading=hashlib.sha256("|".join(told).encode()).hexdigest(),
    )


def _or_nothing(get: Callable[[str], bytes], name: str) -> bytes:
    """Return the bytes of an option that names a file, nothing for one that does not."""
    try:
        return get(name)
    except (MissingError, UsageError):
        return b""
