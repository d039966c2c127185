"""Findings by clause and reading, what may have happened, and what is not judged."""

from typing import Any, Final

import polars as pl

from trucewatch import tables
from trucewatch.agreement import TEXT_READING
from trucewatch.release import Released
from trucewatch.report import svg
from trucewatch.report.counts import Day, by_clause
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import clause_title, incident_cells, region_names
from trucewatch.words import Words

FOREMOST: Final = 14  # rows of a clause on the page; the rest is in findings.csv
FOREMOST_IN_ALL: Final = 42
PERHAPS: Final = 20


def findings(released: Released, day: Day, facts: ReportFacts, words: Words) -> dict[str, Any]:
    """Return the table of clauses by reading, and the foremost findings of each clause of the text."""
    counted = {(c, r, w): n for c, r, w, n in by_clause(day).iter_rows()}
    used = [word for word in svg.ORDER if word == "outside_scope" or any(w == word for _, _, w in counted)]
    machine = judged_by_machine(released)
    clauses = []
    for clause in facts.agreement.clauses_under(TEXT_READING):
        if clause.clause_id not in machine:
            continue
        same: dict[tuple[int, ...], list[str]] = {}
        for reading in facts.agreement.reading_ids:
            stored = {word: counted.get((clause.clause_id, reading, word), 0) for word in used}
            stored["outside_scope"] = day.now.height - sum(stored.values())
            same.setdefault(tuple(stored.values()), []).append(_reading(reading, facts, words))
        for numbers, readings in same.items():
            every = len(readings) == len(facts.agreement.reading_ids) > 1
            clauses.append(
                {
                    "clause": clause_title(clause, words),
                    "reading": words.say("every reading") if every else ", ".join(readings),
                    "counts": [words.number(n) for n in numbers],
                }
            )
    return {
        "findings_note": words.say(
            "A finding is an assessment with a probability, not a verdict: it names no actor. Who acted is unknown unless a body "
            "with a mandate decides. Exceptions such as self-defence count only when they are claimed."
        ),
        "clauses": clauses,
        "words_of_findings": [words.name("conformity", word) for word in used],
        "foremost": _foremost(day, facts, words),
    }


def judged_by_machine(released: Released) -> set[str]:
    """Return the clauses that the machine judges under at least one reading, by the table of who judges what."""
    scope = released.tables.get("scope", tables.empty("scope"))
    return set(scope.filter(pl.col("judged_by") == "machine")["clause_id"])


def _reading(reading: str, facts: ReportFacts, words: Words) -> str:
    names = {party.party_id: party.name for party in facts.agreement.parties}
    return words.say("the text") if reading == TEXT_READING else names.get(reading, reading)


def _foremost(day: Day, facts: ReportFacts, words: Words) -> list[dict[str, Any]]:
    """Return for each clause its foremost findings: civilian deaths first, then probability."""
    names, blocks, left = region_names(facts, words), [], FOREMOST_IN_ALL
    for clause in facts.agreement.clauses_under(TEXT_READING):
        mine = day.findings.filter((pl.col("clause_id") == clause.clause_id) & (pl.col("reading") == TEXT_READING))
        if mine.is_empty() or left <= 0:
            continue
        foremost = mine.sort(
            pl.col("deaths_low").fill_null(0), pl.col("contrary_probability").fill_null(-1.0), "independent_sources", "incident_id",
            descending=[True, True, True, False],
        ).head(min(FOREMOST, left))  # fmt: skip
        left -= foremost.height
        rows = [
            {
                **incident_cells(row, names, facts, words),
                "probability": words.probability(row["contrary_probability"]),
                "finding": words.name("conformity", row["conformity"]),
                "reasons": ", ".join(words.name("reason", code) for code in row["reasons"]),
            }
            for row in foremost.iter_rows(named=True)
        ]
        caption = words.count("{n} finding.", "The foremost of {n} findings; all are in findings.csv.", mine.height)
        title = words.say("Clause {title}", title=clause_title(clause, words))
        blocks.append({"title": title, "text": clause.text, "caption": caption, "rows": rows})
    return blocks


def limits(released: Released, facts: ReportFacts, day: Day, words: Words) -> dict[str, Any]:
    """Return what may have happened, and what is not judged and why."""
    names = region_names(facts, words)
    perhaps = [incident_cells(row, names, facts, words) for row in day.perhaps.head(PERHAPS).iter_rows(named=True)]
    scope = released.tables.get("scope", tables.empty("scope"))
    scope = scope.filter((pl.col("judged_by") != "machine") & (pl.col("reading") == TEXT_READING))
    why = dict(scope.select("clause_id", "reason").iter_rows())
    rows = [
        {
            "clause": clause_title(clause, words),
            "text": clause.text,
            "why": words.name("reason", why[clause.clause_id] or "")
            + (f": {clause.judged_by_people}" if clause.judged_by_people else ""),
        }
        for clause in facts.agreement.clauses_under(TEXT_READING)
        if clause.clause_id in why
    ]
    note = words.count("{n} incident.", "{n} incidents, the first of them here.", day.perhaps.height)
    return {"perhaps": perhaps, "perhaps_note": note, "not_judged": rows}
