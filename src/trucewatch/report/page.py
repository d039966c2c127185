"""The page: every section as plain values for the template. Sentences are made by `Words`, never in the template."""

from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import Any, Final

import jinja2
import polars as pl
from markupsafe import Markup

from trucewatch.agreement import TEXT_READING
from trucewatch.release import Released
from trucewatch.report import svg
from trucewatch.report.counts import Day, by_clause, by_region_and_act, sources
from trucewatch.report.facts import ReportFacts
from trucewatch.report.summary import summary
from trucewatch.words import Words, plain

FOREMOST: Final = 14  # rows of a clause on the page; the rest is in findings.csv
FOREMOST_IN_ALL: Final = 42
PERHAPS: Final = 20


def page(released: Released, facts: ReportFacts, day: Day, words: Words) -> bytes:
    """Return `index.html` of at most 60 kB gzipped."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.finalize = lambda value: (
        plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
    )
    source = resources.files("trucewatch.report").joinpath("templates")
    template = environment.from_string(source.joinpath("report.html.j2").read_text(encoding="utf-8"))
    style = Markup(source.joinpath("style.css").read_text(encoding="utf-8"))
    values = {
        **_head(released, facts, words),
        **_where(day, facts, words),
        **_findings(day, facts, words),
        **_limits(released, facts, day, words),
        **_sources(released, facts, words),
        **_method(released, facts, words),
        "summary": summary(released, facts, day, words),
    }
    return template.render(style=style, t=words.say, lang=words.language, **values).encode("utf-8")


def _local(instant: datetime, facts: ReportFacts) -> datetime:
    return instant.astimezone(facts.time_zone)


def _head(released: Released, facts: ReportFacts, words: Words) -> dict[str, Any]:
    """Return title, period, stamps and banner."""
    stamps = [(words.say("Internal draft – not released"), "draft")] if released.is_draft else [
        (words.say("For {audience}", audience=words.name("audience", released.audience)), "out")
    ]  # fmt: skip
    banner = ""
    if facts.supposed:
        stamps.append((words.say("Back-test – never in force"), "test"))
        banner = words.say(
            "Back-test. “{title}” was never in force. Its terms are set here against a time for which they were not agreed: "
            "findings say what would be contrary to them, had they held. Nothing here says that anybody broke an obligation.",
            title=facts.agreement.title,
        )
        start, end = (words.day(_local(t, facts)) for t in (facts.supposed.start_utc, facts.supposed.end_utc))
        banner += " " + words.say("They are applied from {start} to {end}.", start=start, end=end)
    start, end = (words.moment(_local(t, facts)) for t in (facts.period.start_utc, facts.period.end_utc))
    return {
        "title": words.say("Daily report {number}, {day}", number=words.number(facts.number), day=words.day(facts.day)),
        "mission_title": facts.mission_title,
        "period": words.say(
            "From {start} to {end} ({zone})", start=start, end=end, zone=facts.time_zone.key.replace("_", " ")
        ),
        "made": words.say(
            "{title}: {standing} ({basis}). As of {made} UTC.",
            title=facts.agreement.title,
            standing=words.name("standing", facts.agreement.standing),
            basis=words.name("basis", facts.agreement.document.standing_basis),
            made=words.moment(released.made_utc),
        ),
        "stamps": stamps,
        "banner": banner,
        "running": " · ".join(text for text, _ in stamps) + f" · {facts.mission_title}",
        "notes": list(facts.notes),
    }


def _where(day: Day, facts: ReportFacts, words: Words) -> dict[str, Any]:
    """Return the map with its key, and the counts by region and act."""
    shown = with_foremost_word(day)
    names = region_names(facts, words)
    used = [word for word in svg.ORDER if word in set(shown["conformity"])]
    lines = [
        (Markup(f'<svg viewBox="0 0 30 18" aria-hidden="true"><path d="M1 9h28" stroke="#1c1c1c" stroke-width="2"{dash}/></svg>'),
         line.name)
        for line, dash in zip(facts.agreement.lines.values(), ("", ' stroke-dasharray="9 4"'), strict=False)
    ]  # fmt: skip
    swatch = '<svg viewBox="0 0 30 18" aria-hidden="true"><ellipse cx="15" cy="9" rx="12" ry="7" {}/></svg>'
    key = [(Markup(swatch.format(svg.STYLES[word])), words.name("conformity", word)) for word in used]
    note = words.say("Ellipses hold the true place nine times in ten. Lines and regions are approximate.")
    if shown.height > svg.MOST_SHAPES:
        note = words.say(
            "The area of a disc is the number of incidents in its cell. Lines and regions are approximate."
        )
    if facts.basemap:
        note += " " + facts.basemap.viewpoint + "."
    rows = [
        {
            "region": names.get(region, region),
            "act": words.name("act", act),
            "now": words.number(now),
            "before": words.number(before),
        }
        for region, act, now, before in by_region_and_act(day).iter_rows()
    ]
    return {"map": Markup(svg.draw(shown, facts, words)), "key": lines + key, "map_note": note, "regions": rows}


def region_names(facts: ReportFacts, words: Words) -> Mapping[str, str]:
    """Return the name of each region, "" included."""
    return {region.region_id: region.name for region in facts.regions} | {"": words.say("outside all regions")}


def with_foremost_word(day: Day) -> pl.DataFrame:
    """Return the incidents of the period with the foremost conformity that any clause of the text gives them."""
    rank = {word: n for n, word in enumerate(svg.ORDER)}
    text = day.findings.filter(pl.col("reading") == TEXT_READING)
    best = text.sort(pl.col("conformity").replace_strict(rank, default=99, return_dtype=pl.Int64)).unique(
        "incident_id", keep="first", maintain_order=True
    )
    joined = day.now.join(best.select("incident_id", "conformity"), on="incident_id", how="left")
    return joined.with_columns(pl.col("conformity").fill_null("outside_scope"))


def _findings(day: Day, facts: ReportFacts, words: Words) -> dict[str, Any]:
    """Return the table of clauses by reading, and the foremost findings of each clause of the text."""
    counted = {(c, r, w): n for c, r, w, n in by_clause(day).iter_rows()}
    used = [word for word in svg.ORDER if word == "outside_scope" or any(w == word for _, _, w in counted)]
    clauses = []
    for clause in facts.agreement.clauses_under(TEXT_READING):
        if not (clause.machine_judged and clause.acts):
            continue
        for reading in facts.agreement.reading_ids:
            stored = {word: counted.get((clause.clause_id, reading, word), 0) for word in used}
            stored["outside_scope"] = day.now.height - sum(stored.values())
            clauses.append(
                {
                    "clause": f"{clause.number} · {words.name('clause', clause.clause_id)}",
                    "reading": _reading(reading, facts, words),
                    "counts": [words.number(stored[word]) for word in used],
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
        title = words.say("Clause {number}: {name}", number=clause.number, name=words.name("clause", clause.clause_id))
        blocks.append({"title": title, "text": clause.text, "caption": caption, "rows": rows})
    return blocks


def incident_cells(
    row: Mapping[str, Any], names: Mapping[str, str], facts: ReportFacts, words: Words
) -> dict[str, str]:
    """Return time, place, what and sources of an incident as text."""
    start, end = _local(row["start_utc"], facts), _local(row["end_utc"], facts)
    time = words.moment(start)
    if (end - start).total_seconds() > 120:
        time = words.say("{start} – {end}", start=words.moment(start), end=words.moment(end))
    elif row["time_error_s"] >= 1800:
        time += words.say(" ± {hours} h", hours=words.number(round(row["time_error_s"] / 3600, 1)))
    km = row["error_major_m"] / 1000
    at = words.say(
        "{region}, {lat}° N {lon}° E ± {km} km",
        region=names.get(row["region_id"], ""),
        lat=f"{row['lat_deg']:.2f}", lon=f"{row['lon_deg']:.2f}",
        km=words.number(round(km, 1) if km < 10 else round(km)),
    )  # fmt: skip
    what = words.name("act", row["act"])
    if row["act_probability"] < 0.95:
        what += f" ({words.probability(row['act_probability'])})"
    if row["count_low"] and row["count_low"] > 1:
        what += words.say(", {n} or more", n=words.number(row["count_low"]))
    if row["deaths_low"]:
        what += "; " + words.count("at least {n} person killed", "at least {n} people killed", row["deaths_low"])
    titles = [facts.manifests[name].title if name in facts.manifests else name for name in row["source_ids"]]
    told = words.count("{n} observation", "{n} observations", row["observations"])
    return {"time": time, "place": at, "what": what, "sources": f"{', '.join(titles)} ({told})"}


def _limits(released: Released, facts: ReportFacts, day: Day, words: Words) -> dict[str, Any]:
    """Return what may have happened, and what is not judged and why."""
    names = region_names(facts, words)
    perhaps = [incident_cells(row, names, facts, words) for row in day.perhaps.head(PERHAPS).iter_rows(named=True)]
    scope = released.tables.get("scope")
    why = {c: reason for c, reading, by, reason in scope.iter_rows() if by != "machine" and reading == TEXT_READING} if (
        scope is not None
    ) else {}  # fmt: skip
    rows = [
        {
            "clause": f"{clause.number} · {words.name('clause', clause.clause_id)}",
            "text": clause.text,
            "why": words.name("reason", why[clause.clause_id] or "")
            + (f": {clause.judged_by_people}" if clause.judged_by_people else ""),
        }
        for clause in facts.agreement.clauses_under(TEXT_READING)
        if clause.clause_id in why
    ]
    note = words.count("{n} incident.", "{n} incidents, the first of them here.", day.perhaps.height)
    return {"perhaps": perhaps, "perhaps_note": note, "not_judged": rows}


def _sources(released: Released, facts: ReportFacts, words: Words) -> dict[str, Any]:
    """Return the sources, what was set aside, and licences."""
    rows = []
    for row in sources(released, facts).iter_rows(named=True):
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


def _method(released: Released, facts: ReportFacts, words: Words) -> dict[str, Any]:
    """Return how it was made: method, versions, the words."""
    method = [
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
    return {"method": [text for text in method if text], "glossary": glossary, "foot": foot}
