"""How it came about: what each source delivered, what was set aside, what was withheld, method and versions."""

from typing import Any

import polars as pl

from trucewatch.release import Released
from trucewatch.report.counts import sources as delivered
from trucewatch.report.facts import ReportFacts
from trucewatch.words import Words


def sources(released: Released, facts: ReportFacts, words: Words) -> dict[str, Any]:
    """Return the sources, what was set aside, and licences."""
    rows = []
    for row in delivered(released, facts).iter_rows(named=True):
        manifest = facts.manifests[row["source_id"]]
        silent = ""
        if not row["rows_in"]:
            silent = words.say("No delivery. Its silence says nothing.")
        elif row["today"] == 0:
            silent = words.say("Silent in this period. That is no sign of calm.")
        rows.append(
            {
                "title": manifest.title,
                "silent": silent,
                "rows_in": words.number(row["rows_in"] or 0),
                "aside": words.number(row["set_aside"] or 0),
                "today": "–" if row["today"] is None else words.number(row["today"]),
                "sees": ", ".join(words.name("act", act) for act in manifest.sees.acts)
                + (f". {manifest.sees.note}" if manifest.sees.note else ""),
            }
        )
    aside = released.tables.get("set_aside")
    broken = []
    if aside is not None:
        grouped = aside.sort("line").group_by("source_id", "rule", maintain_order=True).agg(
            pl.len().alias("n"), pl.first("line"), pl.first("column"), pl.first("value")
        )  # fmt: skip
        for row in grouped.sort("source_id", "rule").iter_rows(named=True):
            first = words.say("line {line}", line=row["line"])
            first += f", {row['column']} “{(row['value'] or '')[:60]}”" if row["column"] else ""
            broken.append(
                {
                    "source": row["source_id"],
                    "rule": words.name("rule", row["rule"]),
                    "n": words.number(row["n"]),
                    "first": first,
                }
            )
    licences = [
        f"{m.title}: {m.licence.name}. {m.licence.attribution}" for m in facts.manifests.values()
    ]  # fmt: skip
    withheld = [f"{words.name('withheld', why)}: {words.number(n)}" for why, n in released.withheld.items()]
    return {"sources": rows, "aside": broken, "licences": licences, "withheld": withheld}


def method(released: Released, facts: ReportFacts, words: Words) -> dict[str, Any]:
    """Return how it was made: method, versions, the words."""
    said = [
        words.say(
            "Observations of all sources are fused into incidents by a likelihood of place, time and kind, with each source’s own "
            "errors and false reports learned from the data. Each incident is set against each clause: a position is an ellipse, "
            "so being inside a zone is a probability. Probabilities are the machine’s; people decide."
        ),
        facts.mission_note,
        facts.agreement.document.note,
    ]
    kept = ("contrary", "would_be_contrary", "undetermined", "outside_scope", "not_in_force")
    meaning = {
        "contrary": "the act, its place and its time fall under the clause, with a probability over the clause’s threshold.",
        "would_be_contrary": "the same, under a text that was never in force.",
        "undetermined": "it cannot be told; the reasons say why.",
        "outside_scope": "the clause does not speak of such an act, place or time.",
        "not_in_force": "the text did not hold at that time.",
    }
    glossary = [
        (words.say("incident"), words.say("one real event, fused from the observations of one or several sources.")),
        *((words.name("conformity", word), words.say(meaning[word])) for word in kept
          if (word != "would_be_contrary") or facts.is_back_test),
    ]  # fmt: skip
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    foot = words.say(
        "Made by {versions} for {audience}.", versions=versions, audience=words.name("audience", released.audience)
    )
    return {"method": [text for text in said if text], "glossary": glossary, "foot": foot}
