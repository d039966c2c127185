"""An agreement in plain words: what it says, where and when each clause holds, in what readings differ, who judges what."""

import datetime as dt
from collections.abc import Iterator, Sequence

from trucewatch.agreement import OPEN_END, TEXT_READING, Agreement, Clause
from trucewatch.report import svg
from trucewatch.report.blocks import (
    Block,
    Figure,
    Heading,
    Paragraph,
    Quote,
    Report,
    Section,
    Table,
    Terms,
    columns,
    row,
)
from trucewatch.report.whose import name_of, reader
from trucewatch.when import Span
from trucewatch.words import Words


def explain(
    agreement: Agreement, words: Words, *, reading: str = TEXT_READING, only_differences: bool = False
) -> Report:
    """Return the agreement in plain words, its clauses as `reading` has them.

    Raises KeyError when no party reads it so. With `only_differences`, only in what the readings differ.
    """
    agreement.clauses_under(reading)
    whole = (
        _text(agreement, words),
        _map(agreement, words),
        _judged(agreement, words),
        _clauses(agreement, reading, words),
    )
    sections = (*(() if only_differences else whole), _differences(agreement, words))
    document = agreement.document
    basis = words.name("basis", document.standing_basis)
    return Report(
        language=words.language,
        title=agreement.title,
        mission_title=words.say("An agreement in plain words"),
        period=words.say("{standing} ({basis})", standing=words.name("standing", agreement.standing), basis=basis),
        made=words.say("Read as: {reading}", reading=reader(agreement, reading, words)),
        stamps=(),
        banner="",
        running=agreement.title,
        sections=sections,
        foot=document.citation,
        skip=words.say("Skip to the text"),
        page_of=words.say("Page {page} of {pages}", page="{page}", pages="{pages}"),
    )


def _text(agreement: Agreement, words: Words) -> Section:
    """Return what the text is, whose, and when it was in force."""
    document = agreement.document
    pairs = [
        (words.say("Published in"), document.citation),
        (words.say("Parties"), ", ".join(name_of(agreement, party, words) for party in agreement.party_ids)),
        (words.say("Bodies"), ", ".join(body.name for body in document.bodies)),
        (words.say("Accepted by"), ", ".join(name_of(agreement, party, words) for party in document.accepted_by)),
        (words.say("In force"), _force(agreement, TEXT_READING, words)),
        (words.say("Extension"), document.extension),
        (words.say("Note"), document.note),
    ]
    return Section("text", words.say("The text"), (Terms(tuple((term, said) for term, said in pairs if said)),))


def _map(agreement: Agreement, words: Words) -> Section:
    """Return the lines and zones of the text as a map; no block where it draws none."""
    title = words.say("Where it holds")
    drawn = svg.draw_agreement(agreement, words)
    if not drawn:
        return Section(
            "map", title, (Paragraph(words.say("The text draws no line and no zone: it holds everywhere.")),)
        )
    approximate = any(line.approximate for line in agreement.lines.values())
    note = words.say("Lines and zones are approximate, drawn by hand.") if approximate else ""
    key = tuple(
        (svg.line_swatch(n), words.given(line.name, line.names)) for n, line in enumerate(agreement.lines.values())
    )
    zones = tuple(
        row(str(n), words.given(zone.name, zone.names), words.number(round(agreement.zone_area_km2(zone.zone_id))))
        for n, zone in enumerate(agreement.document.zones, start=1)
    )
    figure = Figure(drawn, words.say("Map of the lines and zones of {title}", title=agreement.title), key, note)
    if not zones:
        return Section("map", title, (figure,))
    table = Table(
        words.say("Zones and their areas"),
        columns(words.say("No."), words.say("Zone"), words.say("km²"), numbers=1),
        zones,
    )
    return Section("map", title, (figure, table))


def _judged(agreement: Agreement, words: Words) -> Section:
    """Return who judges which clause."""
    rows = tuple(
        row(_title(clause, words), words.name("kind", clause.kind), _judge(clause, words))
        for clause in agreement.clauses_under(TEXT_READING)
    )
    head = columns(words.say("Clause"), words.say("It"), words.say("Judged"))
    return Section("judged", words.say("Who judges what"), (Table(words.say("Clauses of the text"), head, rows),))


def _judge(clause: Clause, words: Words) -> str:
    """Return who judges a clause, and from what."""
    if clause.power:
        return words.say("by people: it takes effect only by a recorded act")
    if clause.kind == "except":
        return words.say("by people: it is claimed by a party, and decided by the body that the text names")
    if not clause.machine_judged:
        return words.say("by people: {why}", why=clause.judged_by_people)
    by_duty, by_acts = clause.duty is not None, bool(clause.acts)
    said = {
        (True, True): words.say("by the machine, from incidents and from evidence by its deadline"),
        (True, False): words.say("by the machine, from evidence by its deadline"),
        (False, True): words.say("by the machine, from incidents"),
        (False, False): words.say("by people: no act shows it"),
    }
    return said[by_duty, by_acts]


def _clauses(agreement: Agreement, reading: str, words: Words) -> Section:
    """Return every clause in plain words."""
    blocks: list[Block] = []
    for clause in agreement.clauses_under(reading):
        quoted = clause.words_are == "quoted"  # a paraphrase is in words of ours, and stands in no quotation marks
        cited = f"{clause.text} ({clause.citation})" if clause.citation else clause.text
        said = Quote(clause.text, clause.citation) if quoted else Paragraph(cited)
        blocks += [Heading(_title(clause, words)), said]
        blocks.append(Terms(tuple(_terms(agreement, clause, reading, words))))
    return Section("clauses", words.say("Clause by clause"), tuple(blocks))


def _terms(agreement: Agreement, clause: Clause, reading: str, words: Words) -> Iterator[tuple[str, str]]:
    """Yield what a clause says, part by part; what it leaves open is said where that could be misread."""
    zones = {zone.zone_id: zone.name for zone in agreement.document.zones}
    quoted = words.say("the text’s own words") if clause.words_are == "quoted" else words.say("paraphrased")
    yield words.say("It"), f"{words.name('kind', clause.kind)} ({quoted})"
    bearers = clause.bearers or agreement.party_ids
    yield words.say("Binds"), ", ".join(name_of(agreement, bearer, words) for bearer in bearers)
    classes = {each.object_class: each.name for each in agreement.document.object_classes}
    everywhere = words.say("everywhere") if clause.acts else ""
    said = (
        (words.say("Acts"), ", ".join(words.name("act", act) for act in clause.acts)),
        (words.say("Domains"), ", ".join(words.name("domain", domain) for domain in clause.domains)),
        (words.say("Objects"), ", ".join(classes[each] for each in clause.objects)),
        (words.say("Weapons"), ", ".join(agreement.weapon_classes[each].name for each in clause.weapons)),
        (words.say("Where"), zones[clause.zone] if clause.zone else everywhere),
    )
    yield from ((term, told) for term, told in said if told)
    yield words.say("When"), _spans(agreement, clause, reading, words)
    yield from _owed(agreement, clause, reading, words)
    yield from _powers(agreement, clause, words)
    if clause.conditions:
        yield words.say("On condition of"), "; ".join(clause.conditions)
    if clause.decided_by:
        yield words.say("Decided by"), name_of(agreement, clause.decided_by, words)
    yield words.say("Judged"), _judge(clause, words)


def _powers(agreement: Agreement, clause: Clause, words: Words) -> Iterator[tuple[str, str]]:
    """Yield who may exercise a power, and on which powers and exceptions a clause depends."""
    titles = {each.clause_id: _title(each, words) for each in agreement.document.clauses}
    if power := clause.power:
        who = ", ".join(name_of(agreement, each, words) for each in power.by or agreement.party_ids)
        alone = words.say("{who}, by a recorded act", who=who)
        everybody = words.say("{who}, all of them, by recorded acts", who=who)
        yield words.say("May be exercised by"), everybody if power.consent == "all" else alone
        if power.trigger:
            yield words.say("When the text lets it"), power.trigger
    for term, depends in (
        (words.say("Only within what is authorised under"), clause.only_within),
        (words.say("But not what is authorised under"), clause.unless),
        (words.say("From what is verified under"), clause.upon),
    ):
        if depends:
            yield term, titles[depends]
    if clause.exceptions:
        yield words.say("Exceptions that may be claimed"), ", ".join(titles[each] for each in clause.exceptions)


def _owed(agreement: Agreement, clause: Clause, reading: str, words: Words) -> Iterator[tuple[str, str]]:
    """Yield what a clause asks for, and by when."""
    force = agreement.in_force(reading)
    if clause.start_by_day is not None and force:
        begin = agreement.days_after(force.start_utc, clause.start_by_day, reading)
        yield words.say("To begin by"), _moment(agreement, begin, words)
    if force and (complete := agreement.complete_by(clause, force.start_utc, reading)):
        yield words.say("To be complete by"), _moment(agreement, complete, words)
    if not clause.duty:
        return
    yield words.say("Shown by"), ", ".join(words.name("act", act) for act in clause.duty.shown_by)
    if clause.duty.against:
        yield words.say("Contradicted by"), ", ".join(words.name("act", act) for act in clause.duty.against)
    for stage in clause.duty.stages:
        by = _moment(agreement, agreement.days_after(force.start_utc, stage.by_day, reading), words) if force else ""
        yield words.say("Stage: {name}", name=stage.name), words.say("by {moment}", moment=by) if by else "–"
    if clause.duty.every_days:
        yield words.say("To return"), words.say("every {days} days", days=words.number(clause.duty.every_days))


def _differences(agreement: Agreement, words: Words) -> Section:
    """Return in what the readings differ, part by part, beside the text."""
    title = words.say("In what readings differ")
    readings = agreement.reading_ids
    if len(readings) == 1:
        return Section(
            "readings", title, (Paragraph(words.say("No party is known to read it otherwise than the text.")),)
        )
    names = [reader(agreement, reading, words) for reading in readings]
    rows = [
        (words.say("In force"), [_force(agreement, reading, words) for reading in readings]),
        *(each for clause in agreement.document.clauses for each in _parts(agreement, clause, readings, words)),
    ]
    differ = tuple(row(part, *said) for part, said in rows if len(set(said)) > 1)
    table = Table(
        words.say("What differs between readings. Each is judged by the same rule, side by side."),
        columns(words.say("Part"), *names),
        differ,
        empty=words.say("Nothing that a machine judges differs."),
    )
    notes = tuple(  # of the readings, in words of ours: no quotations
        (name_of(agreement, own.party_id, words), own.note + (f" ({own.citation})" if own.citation else ""))
        for own in agreement.document.readings
    )
    return Section("readings", title, (table, Terms(notes)))


def _parts(
    agreement: Agreement, clause: Clause, readings: Sequence[str], words: Words
) -> Iterator[tuple[str, list[str]]]:
    """Yield the parts of a clause in which readings may differ, each as every reading has it."""
    title = _title(clause, words)
    zones = {zone.zone_id: zone.name for zone in agreement.document.zones}
    classes = {each.object_class: each.name for each in agreement.document.object_classes}
    mine = [next(c for c in agreement.clauses_under(r) if c.clause_id == clause.clause_id) for r in readings]
    where = [words.say("everywhere")] * len(mine)
    for n, each in enumerate(mine):
        if each.zone:
            km2 = words.number(round(agreement.zone_area_km2(each.zone)))
            where[n] = words.say("{zone} ({km2} km²)", zone=zones[each.zone], km2=km2)
    yield words.say("{clause}: where", clause=title), where
    acts = [", ".join(words.name("act", act) for act in each.acts) or "–" for each in mine]
    yield words.say("{clause}: acts", clause=title), acts
    objects = [", ".join(classes[name] for name in each.objects) or words.say("any") for each in mine]
    yield words.say("{clause}: objects", clause=title), objects
    if any(_of_its_own(agreement, each, reading) for each, reading in zip(mine, readings, strict=True)):
        when = [_spans(agreement, each, reading, words) for each, reading in zip(mine, readings, strict=True)]
        yield words.say("{clause}: when", clause=title), when


def _of_its_own(agreement: Agreement, clause: Clause, reading: str) -> bool:
    """Say whether a clause holds at other times than the text."""
    force = agreement.in_force(reading)
    return agreement.clause_spans(clause, reading) != ((force,) if force else ())


def _title(clause: Clause, words: Words) -> str:
    """Return number and name of a clause."""
    name = clause.name or clause.clause_id.replace("_", " ")
    return words.say("Clause {number}: {name}", number=clause.number, name=name)


def _force(agreement: Agreement, reading: str, words: Words) -> str:
    """Return when the text was in force under a reading."""
    force = agreement.in_force(reading)
    return _span(agreement, force, words) if force else words.say("never")


def _spans(agreement: Agreement, clause: Clause, reading: str, words: Words) -> str:
    """Return when a clause holds under a reading; of many spans the first."""
    spans = agreement.clause_spans(clause, reading)
    if not spans:
        return words.say("never, as nothing was recorded") if clause.only_within or clause.upon else words.say("never")
    first = _span(agreement, spans[0], words)
    return (
        first
        if len(spans) == 1
        else words.say("{first}, and {n} times more", first=first, n=words.number(len(spans) - 1))
    )


def _span(agreement: Agreement, span: Span, words: Words) -> str:
    """Return a span in local time and UTC."""
    start = _moment(agreement, span.start_utc, words)
    if span.end_utc >= OPEN_END:
        return words.say("from {start}, without an end", start=start)
    return words.say("from {start} to {end}", start=start, end=_moment(agreement, span.end_utc, words))


def _moment(agreement: Agreement, instant: dt.datetime, words: Words) -> str:
    """Return an instant in the local time of the text, and in UTC."""
    local = words.moment(instant.astimezone(agreement.zone_info))
    zone = agreement.zone_info.key.replace("_", " ")
    return words.say("{local} ({zone}; {utc} UTC)", local=local, zone=zone, utc=words.moment(instant))
