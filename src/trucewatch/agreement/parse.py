"""Parse an agreement: the TOML, then what it names, then whether all that is named is there. Every error at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Final

import shapely

from trucewatch import when
from trucewatch.acts import ACT_CODES, ASPECT_CODES, FUSED_CODES, STEP_CODES
from trucewatch.agreement.agreement import Agreement, Line
from trucewatch.agreement.geojson import Feature, read_features
from trucewatch.agreement.kinds import KINDS
from trucewatch.agreement.model import AgreementDocument, Clause
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
    crossed = (*_twice(document), *_crossed(document), *_circles(document), *_of_no_kind(document))
    problems = [Problem(f"{name}{line_of(text, key)}", what, to_do) for key, what, to_do in crossed]
    lines, zones, objects = (
        _features(getattr(document, key), beside, f"{name}{line_of(text, key)}: {key}", problems)
        for key in ("lines_file", "zones_file", "objects_file")
    )
    agreement = Agreement(
        document,
        _lines(document, lines, name, problems),
        _by_key(zones, "feature", _POLYGONS, problems),
        _by_key(objects, "object_class", ("Point", "MultiPoint", *_LINES, *_POLYGONS), problems),
    )
    problems += _absent(agreement, name) + _impossible(agreement, name, text)
    if problems:
        raise DocumentError(tuple(problems))
    return agreement


def problems_of(data: bytes, *, name: str, beside: Callable[[str], bytes]) -> tuple[Problem, ...]:
    """Return what is wrong with an agreement document; nothing when it is good."""
    try:
        parse_agreement(data, name=name, beside=beside)
    except TrucewatchError as error:
        return error.problems
    return ()


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of an agreement document."""
    return AgreementDocument.model_json_schema()


def _twice(document: AgreementDocument) -> Iterator[tuple[str, str, str]]:
    """Yield (the word to look for, what is wrong, what to do) for every name that names twice."""
    readings = document.readings
    for kind, ids in (
        ("party or body", [*(p.party_id for p in document.parties), *(b.body_id for b in document.bodies)]),
        ("line", [line.line_id for line in document.lines]),
        ("zone", [zone.zone_id for zone in document.zones]),
        ("clause", [clause.clause_id for clause in document.clauses]),
        ("object class", [each.object_class for each in document.object_classes]),
        ("weapon class", [each.weapon_class for each in document.weapon_classes]),
        ("the reading of", [reading.party_id for reading in readings]),
        *(
            (f"in the reading of {each.party_id}, clause", [own.clause_id for own in each.replaces])
            for each in readings
        ),
    ):
        for twice in sorted({each for each in ids if ids.count(each) > 1}):
            yield twice, f"{kind} {twice!r} stands twice", "give each a name of its own"


def _circles(document: AgreementDocument) -> Iterator[tuple[str, str, str]]:
    """Yield (the word to look for, what is wrong, what to do) where clauses lean on each other in a circle."""
    try:
        TopologicalSorter({clause.clause_id: clause.leans_on for clause in document.clauses}).prepare()
    except CycleError as error:
        circle = error.args[1]
        yield (
            circle[0],
            f"clauses lean on each other in a circle: {' → '.join(circle)}",
            "say of one when it holds by itself",
        )


def _crossed(document: AgreementDocument) -> Iterator[tuple[str, str, str]]:
    """Yield (the word to look for, what is wrong, what to do) for every name that names nothing."""
    parties = [party.party_id for party in document.parties]
    lines = [line.line_id for line in document.lines]
    zones = [zone.zone_id for zone in document.zones]
    clauses = [clause.clause_id for clause in document.clauses]
    excepts = [clause.clause_id for clause in document.clauses if clause.kind == "except"]
    classes = [each.object_class for each in document.object_classes]
    weapons = [each.weapon_class for each in document.weapon_classes]
    bearers = parties + [body.body_id for body in document.bodies]
    powers = {clause.clause_id: clause.power.does for clause in document.clauses if clause.power}
    named: list[tuple[str, str, str, list[str]]] = []
    if document.line_of_contact:
        named.append(("line_of_contact", "line", document.line_of_contact, lines))
    for line in document.lines:
        named += [(f"lines.{line.line_id}", "party", each, parties) for each in (line.left, line.right) if each]
    for zone in document.zones:
        at = f"zones.{zone.zone_id}"
        named += [(at, "line", each, lines) for each in (*(zone.between or ()), zone.line) if each]
        named += [(at, "object class", zone.objects, classes)] if zone.objects else []
    for clause in document.clauses:
        at = f"clauses.{clause.clause_id}"
        named += [(at, "party or body", each, bearers) for each in clause.bearers]
        named += [(at, "act", each, list(ACT_CODES)) for each in clause.acts]
        named += [(at, "aspect", each, list(ASPECT_CODES)) for each in clause.aspects]
        named += [(at, "object class", each, classes) for each in clause.objects]
        named += [(at, "weapon class", each, weapons) for each in clause.weapons]
        named += [(at, "clause of kind except", each, excepts) for each in clause.exceptions]
        named += [(at, "zone", clause.zone, zones)] if clause.zone else []
        named += _terms(
            clause, at, {"party or body": bearers, "clause": clauses, "zone": zones, "weapon class": weapons}, powers
        )
    for reading in document.readings:
        at = f"readings.{reading.party_id}"
        named.append((at, "party or body", reading.party_id, bearers))
        for own in reading.replaces:
            named.append((at, "clause", own.clause_id, clauses))
            named += [(at, "zone", own.zone, zones)] if own.zone else []
            named += [(at, "act", each, list(ACT_CODES)) for each in own.acts or ()]
            named += [(at, "object class", each, classes) for each in own.objects or ()]
    for at, kind, name, there in named:
        if name not in there:
            yield name, f"{at}: no such {kind}: {name!r}", f"take one of {there}"
    clocks = [
        ("", document.time_zone),
        *((f"readings.{r.party_id}.", r.time_zone) for r in document.readings if r.time_zone),
    ]
    for at, clock in clocks:
        try:
            when.zone(clock)
        except TrucewatchError as error:
            yield clock, f"{at}time_zone: {error}", "use an IANA name such as Europe/Kyiv"


def _of_no_kind(document: AgreementDocument) -> Iterator[tuple[str, str, str]]:
    """Yield (the word to look for, what is wrong, what to do) for every number that is no kind of clause."""
    numbers = {kind.number for kind in KINDS}
    for clause in document.clauses:
        for number in sorted(set(clause.clause_kinds) - numbers):
            what = f"clauses.{clause.clause_id}: no such kind of clause: {number}"
            yield clause.clause_id, what, f"take numbers from {min(numbers)} to {max(numbers)}, see the reference"


def _terms(
    clause: Clause, at: str, there: Mapping[str, list[str]], powers: Mapping[str, str]
) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield (where, kind, name, what there is) for what a clause's duty and power name, and the powers it depends on."""
    for key, does in (("only_within", "authorise"), ("unless", "authorise"), ("upon", "verify")):
        if name := getattr(clause, key):
            yield at, f"power to {does}", name, [power for power, kind in powers.items() if kind == does]
    if clause.power:
        yield from ((at, "party or body", each, there["party or body"]) for each in clause.power.by)
        yield from ((at, "clause", each, there["clause"]) for each in clause.power.of)
    if clause.duty:
        yield from ((at, "step", each, list(STEP_CODES)) for each in clause.duty.shown_by)
        yield from ((at, "act", each, list(FUSED_CODES)) for each in clause.duty.against)
        for stage in clause.duty.stages:
            yield from ((at, "zone", each, there["zone"]) for each in (stage.zone,) if each)
            yield from ((at, "weapon class", each, there["weapon class"]) for each in stage.weapons)


def _features(
    file: str | None, beside: Callable[[str], bytes], at: str, problems: list[Problem]
) -> tuple[tuple[Feature, ...], str]:
    """Return the features of a file beside the document, and its name; `at` says where the document names it."""
    if file is None:
        return (), at
    try:
        return read_features(beside(file), name=file), file
    except DocumentError as error:
        problems += error.problems
    except TrucewatchError as error:
        problems += [Problem(at, f"{p.what}: {p.where}", p.to_do) for p in error.problems]
    return (), file


def _lines(
    document: AgreementDocument, found: tuple[tuple[Feature, ...], str], name: str, problems: list[Problem]
) -> Mapping[str, Line]:
    """Return the lines with their geometry."""
    lines = {}
    where = found[1] if document.lines_file else name
    for line in document.lines:
        drawn = [f for f in found[0] if f.properties.get("line_id") == line.line_id and f.geometry.geom_type in _LINES]
        if len(drawn) != 1:
            what = f"{'no line' if not drawn else 'more than one line'} with line_id {line.line_id!r}"
            problems.append(Problem(where, what, "draw it once, as a LineString"))
            continue
        feature = drawn[0]
        approximate = bool(feature.properties.get("approximate", True))
        lines[line.line_id] = Line(
            line.line_id, line.name, line.date, line.note, approximate, feature.geometry, line.names
        )
    return lines


def _by_key(
    found: tuple[tuple[Feature, ...], str], key: str, kinds: tuple[str, ...], problems: list[Problem]
) -> Mapping[str, shapely.Geometry]:
    """Return geometries by a property of their features; several with one value are taken together."""
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


def _impossible(agreement: Agreement, name: str, text: str) -> list[Problem]:
    """Return the zones that cannot be derived and the times that cannot be; what is absent is told elsewhere."""
    document = agreement.document
    told = _tried(
        [(zone.zone_id, f"zones.{zone.zone_id}", partial(agreement.area_of, zone)) for zone in document.zones],
        name,
        text,
    )
    if not told and document.lines:
        word = document.line_of_contact or document.lines[0].line_id
        told = _tried([(word, "line_of_contact", lambda: agreement.sides)], name, text)
    moments = [("entry_into_force", "entry_into_force", document.entry_into_force)]
    for clause in document.clauses:
        moments += [
            (clause.clause_id, f"clauses.{clause.clause_id}.span", at) for at in (clause.span.start, clause.span.end)
        ]
    try:
        clock = agreement.zone_info
        own = [(each, when.zone(each.time_zone) if each.time_zone else clock) for each in document.readings]
    except TrucewatchError:
        return told  # which is told elsewhere
    timed = [(word, at, moment, clock) for word, at, moment in moments]
    timed += [(each.party_id, f"readings.{each.party_id}", each.entry_into_force, its) for each, its in own]
    times = _tried(
        [(word, at, partial(when.to_utc, local, its)) for word, at, local, its in timed if local], name, text
    )
    if times:
        return told + times
    spans = [
        (clause.clause_id, f"clauses.{clause.clause_id}.span", partial(agreement.clause_spans, clause, reading))
        for reading in agreement.reading_ids
        for clause in agreement.clauses_under(reading)
    ]
    return told + list(dict.fromkeys(_tried(spans, name, text)))


def _tried(attempts: Iterable[tuple[str, str, Callable[[], object]]], name: str, text: str) -> list[Problem]:
    """Make every attempt (the word to look for, the key path, what to do); return why those that failed did."""
    found = []
    for word, at, attempt in attempts:
        where = f"{name}{line_of(text, word)}: {at}"
        try:
            attempt()
        except KeyError:
            continue  # it names what is not there
        except TrucewatchError as error:
            told = ((f"{p.what}: {p.where}" if p.where else p.what, p.to_do or "correct it") for p in error.problems)
            found += [Problem(where, what, to_do) for what, to_do in told]
        except OverflowError:
            found.append(Problem(where, "a time beyond the calendar", "correct the time or the duration"))
    return found
