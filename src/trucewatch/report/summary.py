"""The summary in sentences: what happened, against what, how sure, and what cannot be said."""

import polars as pl

from trucewatch.agreement import TEXT_READING
from trucewatch.release import Released
from trucewatch.report.blocks import Bullets, Heading, Section
from trucewatch.report.counts import Day, sources
from trucewatch.report.facts import ReportFacts
from trucewatch.words import Words, plurals


def summary(released: Released, facts: ReportFacts, day: Day, words: Words) -> Section:
    """Return the sentences of the summary, the weightiest first, and what did not come in. None of them names an actor."""
    sentences = [_incidents(released, day, words), *_regions(day, facts, words)]
    sentences += _findings(day, facts, words)
    sentences += _harm(day, words)
    sentences += _limits(released, facts, day, words)
    blocks: list[Bullets | Heading] = [Bullets(tuple(sentence for sentence in sentences if sentence), "lead")]
    if facts.notes:
        blocks += [Heading(words.say("What did not come in")), Bullets(tuple(map(words.foreign, facts.notes)))]
    return Section("summary", words.say("Summary"), tuple(blocks))


def _incidents(released: Released, day: Day, words: Words) -> str:
    """Say how many incidents, how many before, how many seen by more than one source."""
    if day.now.is_empty() and released.withheld:
        return words.say(
            "No incident of this period may be shown to this audience, or not yet. That is not calm: what was withheld is "
            "counted below."
        )
    if day.now.is_empty():
        return words.say(
            "No incident was reported in this period ({before} in the one before). Without a measure of what could have been "
            "seen, that is not calm.",
            before=words.number(day.before.height),
        )
    several = day.now.filter(pl.col("independent_sources") > 1).height
    return words.say(
        "{now} in this period, {before} in the one before; {several} of them rest on more than one independent source.",
        now=words.count("{n} incident", "{n} incidents", day.now.height),
        before=words.number(day.before.height),
        several=words.number(several),
    )


def _regions(day: Day, facts: ReportFacts, words: Words) -> list[str]:
    """Say how many in each region, now and before."""
    names = {region.region_id: region.name for region in facts.regions} | {"": words.say("outside all regions")}
    now = dict(day.now.group_by("region_id").len().iter_rows())
    before = dict(day.before.group_by("region_id").len().iter_rows())
    told = [
        f"{name} {words.number(now.get(code, 0))} ({words.number(before.get(code, 0))})"
        for code, name in names.items()
        if now.get(code) or before.get(code)
    ]
    return [words.say("By region, with the period before in brackets: {list}.", list="; ".join(told))] if told else []


def _findings(day: Day, facts: ReportFacts, words: Words) -> list[str]:
    """Say what the text's clauses make of them."""
    text = day.findings.filter(pl.col("reading") == TEXT_READING)
    said = []
    back_test = facts.is_back_test
    word = "would_be_contrary" if back_test else "contrary"
    for clause in facts.agreement.clauses_under(TEXT_READING):
        mine = text.filter(pl.col("clause_id") == clause.clause_id)
        told, untold = (mine.filter(pl.col("conformity") == w).height for w in (word, "undetermined"))
        if told:
            one, many = (
                plurals("{n} incident would be contrary", "{n} incidents would be contrary")
                if back_test
                else plurals("{n} incident is assessed as contrary", "{n} incidents are assessed as contrary")
            )
            what = words.say("{count} to clause {number}", count=words.count(one, many, told), number=clause.number)
            more = words.say("{what}; {n} more cannot be told", what=what, n=words.number(untold)) if untold else what
            said.append(f"{more}.")
        elif untold:
            count = words.count("{n} incident", "{n} incidents", untold)
            said.append(words.say("Of clause {number}, {count} cannot be told.", number=clause.number, count=count))
    outside = text.filter(pl.col("conformity") == "not_in_force")["incident_id"].n_unique()
    if outside:
        count = words.count("{n} incident", "{n} incidents", outside)
        said.append(
            words.say(
                "The text was not in force at the time of {count}; they are contrary to nothing in it.", count=count
            )
        )
    return said


def _harm(day: Day, words: Words) -> list[str]:
    """Say what was reported of people killed, as a range."""
    low, high = int(day.now["deaths_low"].fill_null(0).sum()), day.now["deaths_high"]
    if not low and not high.fill_null(0).sum():
        return []
    most = words.say("an unknown number") if (high.is_null() & day.now["deaths_low"].is_not_null()).any() else words.number(
        int(high.fill_null(0).sum())
    )  # fmt: skip
    if most == words.number(low):
        reported = words.count("Sources report {n} person killed", "Sources report {n} people killed", low)
    else:
        reported = words.say("Sources report between {low} and {high} people killed", low=words.number(low), high=most)
    return [words.say("{reported}; the sources do not always tell civilians apart.", reported=reported)]


def _limits(released: Released, facts: ReportFacts, day: Day, words: Words) -> list[str]:
    """Say which sources were silent, what has no sharp time, and what was set aside."""
    said = []
    quiet = sources(released, facts).filter((pl.col("today") == 0) | pl.col("rows_in").is_null())
    if quiet.height:
        titles = ", ".join(facts.manifests[name].title for name in quiet["source_id"])
        said.append(
            words.say("Silent in this period: {titles}. Silence of a source is no sign of calm.", titles=titles)
        )
    if day.perhaps.height:
        count = words.count("{n} further incident", "{n} further incidents", day.perhaps.height)
        said.append(
            words.say("{count} may have happened in this period; their time is not known well enough.", count=count)
        )
    aside = released.tables.get("deliveries")
    rows = int(aside["set_aside"].sum()) if aside is not None else 0
    if rows:
        said.append(
            words.count("{n} row of the deliveries was set aside.", "{n} rows of the deliveries were set aside.", rows)
        )
    return said
