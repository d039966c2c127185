"""Findings by clause and reading, what may have happened, and what is not judged."""

from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.agreement import TEXT_READING
from trucewatch.release import Released
from trucewatch.report import svg
from trucewatch.report.blocks import Cell, Column, Heading, Paragraph, Quote, Row, Section, Table, columns, row
from trucewatch.report.counts import Day, by_clause
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import clause_title, incident_cells, region_names
from trucewatch.report.whose import reader
from trucewatch.words import Words

FOREMOST: Final = 14  # rows of a clause on the page; the rest is in findings.csv
FOREMOST_IN_ALL: Final = 42
PERHAPS: Final = 20


def findings(released: Released, day: Day, facts: ReportFacts, words: Words) -> Section:
    """Return the table of clauses by reading, and the foremost findings of each clause of the text."""
    note = words.say(
        "A finding is an assessment with a probability, not a verdict: it names no actor. Who acted is unknown unless a body "
        "with a mandate decides. Exceptions such as self-defence count only when they are claimed."
    )
    alone = words.say(
        "* Where a single source tells of an incident, the probability that it is real rests on a starting assumption about that "
        "source, which no other source has put to the test. It is then a guide, not a measurement."
    )
    blocks = (
        Paragraph(note, note=True),
        Paragraph(alone, note=True),
        _by_clause(released, day, facts, words),
        *_foremost(day, facts, words),
    )
    return Section("findings", words.say("Findings by clause"), blocks)


def _by_clause(released: Released, day: Day, facts: ReportFacts, words: Words) -> Table:
    """Return the table of clauses by reading; readings that come to the same are one row."""
    counted = {(c, r, w): n for c, r, w, n in by_clause(day).iter_rows()}
    used = [word for word in svg.ORDER if word == "outside_scope" or any(w == word for _, _, w in counted)]
    machine = judged_by_machine(released)
    rows = []
    for clause in facts.agreement.clauses_under(TEXT_READING):
        if clause.clause_id not in machine:
            continue
        same: dict[tuple[int, ...], list[str]] = {}
        for reading in facts.agreement.reading_ids:
            stored = {word: counted.get((clause.clause_id, reading, word), 0) for word in used}
            stored["outside_scope"] = day.now.height - sum(stored.values())
            same.setdefault(tuple(stored.values()), []).append(reader(facts.agreement, reading, words))
        for numbers, readings in same.items():
            every = len(readings) == len(facts.agreement.reading_ids) > 1
            read_by = words.say("every reading") if every else ", ".join(readings)
            rows.append(row(clause_title(clause, words), read_by, *(words.number(n) for n in numbers)))
    named = [words.name("conformity", word) for word in used]
    return Table(
        words.say("Incidents of this period by clause and reading. Each reading is judged by the same rule."),
        columns(words.say("Clause"), words.say("Reading"), *named, numbers=len(named)),
        tuple(rows),
    )


def judged_by_machine(released: Released) -> set[str]:
    """Return the clauses that the machine judges under at least one reading, by the table of who judges what."""
    scope = released.tables.get("scope", tables.empty("scope"))
    return set(scope.filter(pl.col("judged_by") == "machine")["clause_id"])


def _foremost(day: Day, facts: ReportFacts, words: Words) -> list[Heading | Quote | Table]:
    """Return for each clause its words and its foremost findings: civilian deaths first, then probability."""
    blocks: list[Heading | Quote | Table] = []
    left = FOREMOST_IN_ALL
    for clause in facts.agreement.clauses_under(TEXT_READING):
        mine = day.findings.filter((pl.col("clause_id") == clause.clause_id) & (pl.col("reading") == TEXT_READING))
        if mine.is_empty() or left <= 0:
            continue
        foremost = mine.sort(
            pl.col("deaths_low").fill_null(0), pl.col("contrary_probability").fill_null(-1.0), "independent_sources", "incident_id",
            descending=[True, True, True, False],
        ).head(min(FOREMOST, left))  # fmt: skip
        left -= foremost.height
        title = words.say("Clause {title}", title=clause_title(clause, words))
        blocks += [Heading(title), Quote(words.foreign(clause.text)), _foremost_of(foremost, mine.height, facts, words)]
    return blocks


def _foremost_of(foremost: pl.DataFrame, of: int, facts: ReportFacts, words: Words) -> Table:
    """Return the table of the foremost findings of one clause, `of` so many."""
    names = region_names(facts, words)
    rows: list[Row] = []
    for finding in foremost.iter_rows(named=True):
        time, place, what, sources = incident_cells(finding, names, facts, words)
        chance = words.probability(finding["contrary_probability"])
        reasons = ", ".join(words.name("reason", code) for code in finding["reasons"])
        said = Cell(words.name("conformity", finding["conformity"]), strong=True, below=reasons)
        alone = "*" if finding["independent_sources"] == 1 else ""
        rows.append(row(time, place, what, Cell(chance, beside=alone), said, sources))
    return Table(
        words.count("{n} finding.", "The foremost of {n} findings; all are in findings.csv.", of),
        (
            *columns(words.say("When (local)"), words.say("Where"), words.say("What")),
            Column(words.say("Probability"), number=True),
            *columns(words.say("Finding and reasons"), words.say("Sources")),
        ),
        tuple(rows),
    )


def perhaps(day: Day, facts: ReportFacts, words: Words) -> Section:
    """Return what may have happened in this period."""
    title = words.say("May have happened in this period")
    if day.perhaps.is_empty():
        return Section("perhaps", title, ())
    names = region_names(facts, words)
    shown = day.perhaps.head(PERHAPS).iter_rows(named=True)
    note = words.count("{n} incident.", "{n} incidents, the first of them here.", day.perhaps.height)
    table = Table(
        words.say("Incidents whose time is not known to within two days; counted in neither period."),
        columns(words.say("Between"), words.say("Where"), words.say("What"), words.say("Sources")),
        tuple(row(*incident_cells(incident, names, facts, words)) for incident in shown),
    )
    return Section("perhaps", title, (Paragraph(note), table))


def not_judged(released: Released, facts: ReportFacts, words: Words) -> Section:
    """Return what is not judged, and why."""
    scope = released.tables.get("scope", tables.empty("scope"))
    scope = scope.filter((pl.col("judged_by") != "machine") & (pl.col("reading") == TEXT_READING))
    why = dict(scope.select("clause_id", "reason").iter_rows())
    rows = [
        row(
            clause_title(clause, words),
            words.foreign(clause.text),
            Cell(words.name("reason", why[clause.clause_id] or ""), below=words.foreign(clause.judged_by_people)),
        )
        for clause in facts.agreement.clauses_under(TEXT_READING)
        if clause.clause_id in why
    ]
    table = Table(
        words.say("Clauses that are not judged here. That nothing is said of a clause does not mean that it is kept."),
        columns(words.say("Clause"), words.say("What it says"), words.say("Why not")),
        tuple(rows),
    )
    return Section("not-judged", words.say("What this report cannot judge"), (table,) if rows else ())
