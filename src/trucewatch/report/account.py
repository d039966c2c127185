"""How it came about: what each source delivered, what was set aside, what was withheld, method and versions."""

from typing import Final

import polars as pl

from trucewatch.release import Released
from trucewatch.report.blocks import Bullets, Cell, Heading, Paragraph, Section, Table, Terms, columns, row
from trucewatch.report.counts import sources as delivered
from trucewatch.report.facts import ReportFacts
from trucewatch.tables import empty
from trucewatch.words import Words, message

MEANING: Final = {
    "contrary": message(
        "the act, its place and its time fall under the clause, with a probability over the clause’s threshold."
    ),
    "would_be_contrary": message("the same, under a text that was never in force."),
    "undetermined": message("it cannot be told; the reasons say why."),
    "outside_scope": message("the clause does not speak of such an act, place or time."),
    "not_in_force": message("the text did not hold at that time."),
}


def sources(released: Released, facts: ReportFacts, words: Words) -> Section:
    """Return what the sources delivered, which were silent or otherwise than usual, what was set aside and withheld."""
    blocks: list[Table | Heading | Bullets] = [_delivered(released, facts, words)]
    if broken := _set_aside(released, facts, words):
        blocks.append(broken)
    if released.withheld:
        withheld = [f"{words.name('withheld', why)}: {words.number(n)}" for why, n in released.withheld.items()]
        blocks += [Heading(words.say("Withheld from this audience")), Bullets(tuple(withheld))]
    return Section("sources", words.say("Sources"), tuple(blocks))


def _delivered(released: Released, facts: ReportFacts, words: Words) -> Table:
    """Return the table of what each source delivered."""
    rows = []
    for source in delivered(released, facts).iter_rows(named=True):
        manifest = facts.manifests[source["source_id"]]
        silent = ""
        if not source["rows_in"]:
            silent = words.say("No delivery. Its silence says nothing.")
        elif source["today"] == 0:
            silent = words.say("Silent in this period. That is no sign of calm.")
        elif usual := manifest.expected_rows_a_day:
            least, most = (bound * len(facts.days) for bound in usual)
            if source["today"] is not None and not least <= source["today"] <= most:
                silent = words.say(
                    "Changed: {least} to {most} are usual.", least=words.number(least), most=words.number(most)
                )
        sees = ", ".join(words.name("act", act) for act in manifest.sees.acts)
        rows.append(
            row(
                Cell(words.foreign(manifest.title), warning=silent),
                words.number(source["rows_in"] or 0),
                words.number(source["set_aside"] or 0),
                "–" if source["today"] is None else words.number(source["today"]),
                Cell(sees, below=words.foreign(manifest.sees.note)),
            )
        )
    numbers = (words.say("Rows in"), words.say("Set aside"), words.say("In this period"))
    return Table(
        words.say(
            "What each source delivered, all deliveries together. Rows in are observations, rows set aside, and rows that "
            "repeat or replace another."
        ),
        columns(words.say("Source"), *numbers, numbers=3) + columns(words.say("What it can see")),
        tuple(rows),
    )


def _set_aside(released: Released, facts: ReportFacts, words: Words) -> Table | None:
    """Return the table of rules that rows broke, or None where none did."""
    aside = released.tables.get("set_aside")
    if aside is None or aside.is_empty():
        return None
    grouped = aside.sort("line").group_by("source_id", "rule", maintain_order=True).agg(
        pl.len().alias("n"), pl.first("line"), pl.first("column"), pl.first("value")
    )  # fmt: skip
    rows = []
    for rule in grouped.sort("source_id", "rule").iter_rows(named=True):
        first = words.say("line {line}", line=rule["line"])
        if rule["column"]:
            value = (rule["value"] or "")[:60]
            first = words.say("{line}, {column} “{value}”", line=first, column=rule["column"], value=value)
        source = facts.source_title(rule["source_id"], words)
        rows.append(row(source, words.name("rule", rule["rule"]), words.number(rule["n"]), first))
    return Table(
        words.say("Rows set aside, by the rule they broke. None is dropped: set_aside.csv lists them."),
        columns(words.say("Source"), words.say("Rule"), words.say("Rows"), numbers=1) + columns(words.say("First")),
        tuple(rows),
    )


def method(released: Released, facts: ReportFacts, words: Words) -> Section:
    """Return how it was made: method, notes, the words, licences and attributions."""
    said = [
        words.say(
            "Observations of all sources are fused into incidents by a likelihood of place, time and kind, with each source’s own "
            "errors and false reports learned from the data. Each incident is set against each clause: a position is an ellipse, "
            "so being inside a zone is a probability. Probabilities are the machine’s; people decide."
        ),
        _learned(released, words),
        words.foreign(facts.mission_note),
        words.foreign(facts.agreement.document.note),
    ]
    glossary = [
        (words.say("incident"), words.say("one real event, fused from the observations of one or several sources.")),
        *((words.name("conformity", word), words.say(meaning)) for word, meaning in MEANING.items()
          if (word != "would_be_contrary") or facts.is_back_test),
    ]  # fmt: skip
    paragraphs = [Paragraph(text) for text in said if text]
    licences = [f"{m.title}: {m.licence.name}. {m.licence.attribution}" for m in facts.manifests.values()]
    owed = (Heading(words.say("Licences and attributions")), Bullets(tuple(map(words.foreign, licences)), "small"))
    return Section("method", words.say("How this was made"), (*paragraphs, Terms(tuple(glossary)), *owed))


def _learned(released: Released, words: Words) -> str:
    """Return with which version of the source model it was made; "" where that is not told."""
    told = released.tables.get("basis", empty("basis")).filter(pl.col("what") == "source_model")
    if told.is_empty():
        return ""
    model = told.row(0, named=True)
    return words.say(
        "Source model: version {version}, learned from the window of {day}; observations in it: {n}.",
        version=words.number(model["version"]), day=words.day(model["day"]), n=words.number(model["observations"]),
    )  # fmt: skip
