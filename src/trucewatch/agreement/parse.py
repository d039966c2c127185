"""Parse an agreement: the TOML, then what it names, then whether all that is named is there. Every error at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import shapely

from trucewatch import when
from trucewatch.acts import ACT_CODES
from trucewatch.agreement.agreement import Agreement, AgreementDocument, Line
from trucewatch.agreement.geojson import Feature, read_features
from trucewatch.documents import line_of, parse_toml
from trucewatch.errors import DocumentError, Problem, TrucewatchError

_LINES: Final = ("LineString", "MultiLineString")
_POLYGONS: Final = ("Polygon", "MultiPolygon")


def parse_agreement(data: bytes, *, name: str, beside: Callable[[str], bytes]) -> Agreement:
    """Parse an agreement document; `beside` returns the bytes of a file beside it.

    Raises DocumentError with every problem: file, line, key, what is wrong, what to do.
    """
    document = parse_toml(data, AgreementDocument, name=name)
    text = data.decode("utf-8")
    problems = [Problem(f"{name}{line_of(text, key)}", what, to_do) for key, what, to_do in _crossed(document)]
    lines, zones, objects = (
        _features(getattr(document, key), beside, name, problems)
        for key in ("lines_file", "zones_file", "objects_file")
    )
    agreement = Agreement(
        document,
        _lines(document, lines, name, problems),
        _by_key(zones, "feature", _POLYGONS, name, problems),
        _by_key(objects, "object_class", ("Point", "MultiPoint", *_LINES, *_POLYGONS), name, problems),
    )
    problems += _absent(agreement, name)
    if problems:
        raise DocumentError(tuple(problems))
    return agreement


def problems_of(data: bytes, *, name: str, beside: Callable[[str], bytes]) -> tuple[Problem, ...]:
    """Return what is wrong with an agreement document; nothing when it is good."""
    try:
        agreement = parse_agreement(data, name=name, beside=beside)
        for zone in agreement.document.zones:
            agreement.zone_geometry(zone.zone_id)
    except TrucewatchError as error:
        return error.problems
    return ()


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of an agreement document."""
    return AgreementDocument.model_json_schema()


def _crossed(document: AgreementDocument) -> Iterator[tuple[str, str, str]]:
    """Yield (the word to look for, what is wrong, what to do) for every name that names nothing or names twice."""
    parties = [party.party_id for party in document.parties]
    lines = [line.line_id for line in document.lines]
    zones = [zone.zone_id for zone in document.zones]
    clauses = [clause.clause_id for clause in document.clauses]
    classes = [each.object_class for each in document.object_classes]
    weapons = [each.weapon_class for each in document.weapon_classes]
    for kind, ids in (
        ("party", parties),
        ("line", lines),
        ("zone", zones),
        ("clause", clauses),
        ("object class", classes),
        ("weapon class", weapons),
    ):
        for twice in sorted({each for each in ids if ids.count(each) > 1}):
            yield twice, f"{kind} {twice!r} stands twice", "give each a name of its own"
    named: list[tuple[str, str, str, list[str]]] = []
    for zone in document.zones:
        at = f"zones.{zone.zone_id}"
        named += [(at, "line", each, lines) for each in (*(zone.between or ()), zone.line) if each]
        named += [(at, "object class", zone.objects, classes)] if zone.objects else []
    for clause in document.clauses:
        at = f"clauses.{clause.clause_id}"
        named += [(at, "party", each, parties) for each in clause.bearers]
        named += [(at, "act", each, list(ACT_CODES)) for each in clause.acts]
        named += [(at, "object class", each, classes) for each in clause.objects]
        named += [(at, "weapon class", each, weapons) for each in clause.weapons]
        named += [(at, "clause", each, clauses) for each in clause.exceptions]
        named += [(at, "zone", clause.zone, zones)] if clause.zone else []
    for reading in document.readings:
        at = f"readings.{reading.party_id}"
        named.append((at, "party", reading.party_id, parties))
        for own in reading.replaces:
            named.append((at, "clause", own.clause_id, clauses))
            named += [(at, "zone", own.zone, zones)] if own.zone else []
            named += [(at, "act", each, list(ACT_CODES)) for each in own.acts or ()]
            named += [(at, "object class", each, classes) for each in own.objects or ()]
    for at, kind, name, there in named:
        if name not in there:
            yield name, f"{at}: no such {kind}: {name!r}", f"take one of {there}"
    try:
        when.zone(document.time_zone)
    except TrucewatchError as error:
        yield document.time_zone, f"time_zone: {error}", "use an IANA name such as Europe/Kyiv"


def _features(
    file: str | None, beside: Callable[[str], bytes], name: str, problems: list[Problem]
) -> tuple[tuple[Feature, ...], str]:
    """Return the features of a file beside the document, and its name."""
    if file is None:
        return (), name
    try:
        return read_features(beside(file), name=file), file
    except TrucewatchError as error:
        problems += error.problems
        return (), file


def _lines(
    document: AgreementDocument, found: tuple[tuple[Feature, ...], str], name: str, problems: list[Problem]
) -> Mapping[str, Line]:
    """Return the lines with their geometry."""
    drawn = {feature.properties.get("line_id"): feature for feature in found[0]}
    lines = {}
    for line in document.lines:
        feature = drawn.get(line.line_id)
        if feature is None or feature.geometry.geom_type not in _LINES:
            where = found[1] if document.lines_file else name
            problems.append(Problem(where, f"no line with line_id {line.line_id!r}", "draw it as a LineString"))
            continue
        approximate = bool(feature.properties.get("approximate", True))
        lines[line.line_id] = Line(line.line_id, line.name, line.date, line.note, approximate, feature.geometry)
    return lines


def _by_key(
    found: tuple[tuple[Feature, ...], str], key: str, kinds: tuple[str, ...], name: str, problems: list[Problem]
) -> Mapping[str, shapely.Geometry]:
    """Return geometries by a property of their features; several with one value are taken together."""
    del name
    grouped: dict[str, list[shapely.Geometry]] = {}
    for number, feature in enumerate(found[0]):
        code = feature.properties.get(key)
        if not isinstance(code, str) or feature.geometry.geom_type not in kinds:
            what = f"a feature needs the property {key} and a geometry among {list(kinds)}"
            problems.append(Problem(f"{found[1]}: features[{number}]", what, "add it"))
            continue
        grouped.setdefault(code, []).append(feature.geometry)
    return {code: shapely.union_all(parts) for code, parts in grouped.items()}


def _absent(agreement: Agreement, name: str) -> list[Problem]:
    """Return the zones whose polygon or objects are not drawn."""
    absent = []
    for zone in agreement.document.zones:
        if zone.feature and zone.feature not in agreement.areas:
            absent.append(
                Problem(f"{name}: zones.{zone.zone_id}", f"no polygon {zone.feature!r}", "draw it in zones_file")
            )
        if zone.objects and zone.objects not in agreement.objects:
            what = f"no object of class {zone.objects!r}"
            absent.append(Problem(f"{name}: zones.{zone.zone_id}", what, "draw them in objects_file"))
    return absent
