"""What people decided and what parties replied, beside what the machine computed. Corrections lead the report.

The rule, in plain sentences.
1. A machine's result and a person's stand side by side; neither overwrites the other.
2. Decisions that contradict each other, wait for a second person or were overruled are told as such; so is every dissent.
3. A preliminary finding went to all parties at once with the same hours; each reply stands beside it in the party's own words, and
   so does that a party has not replied, which is no admission. Hours end days after the incident: a reply that came since the last
   report is printed with its finding in the next, whatever the day of the incident.
4. Whoever reads sees whether one person decided alone, and what of the rule of two people the mission relaxed.
5. Other audiences see the word in force on incidents that they are shown, without names and reasons.
"""

import datetime as dt
from dataclasses import replace
from typing import Any, Final

import polars as pl

from trucewatch import tables
from trucewatch.release import Released
from trucewatch.report.blocks import Block, Bullets, Cell, Heading, Paragraph, Quote, Row, Section, Table, columns, row
from trucewatch.report.counts import Day
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import clause_title, incident_cells, local, region_names, with_foremost_word
from trucewatch.when import mission_day
from trucewatch.words import Words

MOST: Final = 40


def corrected(released: Released, facts: ReportFacts, words: Words) -> Section:
    """Return the corrections by people since the last report: what is read first."""
    told = released.tables.get("corrections", tables.empty("corrections"))
    mine = told.filter(pl.col("in_force_utc").is_between(_since(facts), released.made_utc))
    blocks: list[Block] = []
    for each in mine.sort("in_force_utc", maintain_order=True).iter_rows(named=True):
        at = words.moment(local(each["in_force_utc"], facts))
        blocks.append(Quote(words.foreign(each["what"]), by=words.say("Corrected on {time}", time=at)))
        if "reason" in each:
            by = _names((each["proposed_by"], *each["approved_by"]))
            said = words.say("Reason: {reason} Decided by {names}.", reason=words.foreign(each["reason"]), names=by)
            blocks.append(Paragraph(said, note=True))
    return Section("corrected", words.say("Corrections by people"), tuple(blocks))


def decided(released: Released, day: Day, facts: ReportFacts, words: Words) -> Section:
    """Return what people decided beside what the machine found: on incidents of the period, and what is new of earlier ones."""
    told = released.tables.get("verdicts", tables.empty("verdicts"))
    shown = with_foremost_word(_with_earlier(told, released, day, facts))
    mine = told.join(shown, on="incident_id", how="inner", maintain_order="left")
    blocks: list[Block] = [_side_by_side(mine, facts, words)] if mine.height else []
    if "dissent" in told.columns:
        dissents = [
            f"{words.name('decision', each['decision'])} ({each['subject']}): {words.foreign(said)}"
            for each in told.join(shown, on="incident_id", how="semi", maintain_order="left").iter_rows(named=True)
            for said in each["dissent"]
        ]
        if dissents:
            blocks += [Heading(words.say("Dissent")), Bullets(tuple(dissents))]
    torn = released.tables.get("contradictions", tables.empty("contradictions"))
    if torn.height:
        said = words.count(
            "{n} decision that two observations are the same or different contradicts others; none of those is obeyed.",
            "{n} decisions that two observations are the same or different contradict each other; none of those is obeyed.",
            torn.height,
        )
        blocks.append(Paragraph(said))
    if facts.relaxed and blocks:
        blocks.append(Paragraph(relaxed(facts, words), note=True))
    return Section("decided", words.say("What people decided"), tuple(blocks))


def _with_earlier(told: pl.DataFrame, released: Released, day: Day, facts: ReportFacts) -> Day:
    """Return the day with the incidents of the period before, or of no sure time, on which people said something since."""
    if "at_utc" not in told.columns:  # other audiences see the word in force on what they are shown
        return day
    said = pl.max_horizontal("at_utc", "in_force_utc").is_between(_since(facts), released.made_utc)
    names = told.filter(said)["incident_id"].drop_nulls().implode()
    earlier = pl.concat([day.before, day.perhaps]).filter(pl.col("incident_id").is_in(names))
    findings = released.tables.get("findings", tables.empty("findings"))
    return replace(day, now=pl.concat([day.now, earlier]), findings=findings)


def relaxed(facts: ReportFacts, words: Words) -> str:
    """Return what of the rule of two people the mission relaxed; "" for nothing."""
    if not facts.relaxed:
        return ""
    told = ", ".join(words.name("relaxed", code) for code in facts.relaxed)
    return words.say("This mission has relaxed the rule that two people of two states decide: {list}.", list=told)


def _side_by_side(mine: pl.DataFrame, facts: ReportFacts, words: Words) -> Table:
    names = region_names(facts, words)
    caption = words.say("The machine’s result and people’s, side by side. Neither overwrites the other.")
    if mine.height > MOST:
        caption = f"{caption} " + words.say("The first {n} are listed.", n=words.number(MOST))
    return Table(
        caption,
        columns(
            words.say("When (local)"), words.say("Where"), words.say("What"), words.say("Machine"), words.say("People")
        ),
        tuple(_decision(each, names, facts, words) for each in mine.head(MOST).iter_rows(named=True)),
    )


def _decision(each: dict[str, Any], names: Any, facts: ReportFacts, words: Words) -> Row:
    time, at, what, _ = incident_cells(each, names, facts, words)
    machine = Cell(
        words.name("conformity", each["conformity"]),
        below=words.say("real with {chance}", chance=words.probability(each["real_probability"])),
    )
    word = words.name("decision", each["decision"])
    alone = words.say("by one person alone, as the mission allows") if each["alone"] else ""
    if "status" not in each:
        return row(time, at, what, machine, Cell(word, strong=True, below=alone))
    by = _names(
        tuple(
            f"{name} ({state})" if state else name
            for name, state in zip((each["proposed_by"], *each["approved_by"]), each["states"], strict=True)
        )
    )
    warning = "" if each["status"] in ("in_force", "noted") else words.name("verdict_status", each["status"])
    changes = words.foreign(", ".join(each["changes"]))
    below = " · ".join(part for part in (by, alone, changes, words.foreign(each["reason"])) if part)
    return row(time, at, what, machine, Cell(word, strong=each["status"] == "in_force", below=below, warning=warning))


def replied(released: Released, day: Day, facts: ReportFacts, words: Words) -> Section:
    """Return the preliminary findings on incidents of the period, and those to which a party replied since the last report.

    Each has what every party replied.
    """
    told = released.tables.get("replies", tables.empty("replies"))
    lately = told.filter(pl.col("at_utc").is_between(_since(facts), released.made_utc))["finding"].implode()
    told = told.filter(pl.col("finding").is_in(lately) | pl.col("incident_id").is_in(day.now["incident_id"].implode()))
    blocks: list[Block] = []
    names = region_names(facts, words)
    parties = {party.party_id: words.given(party.name, party.names) for party in facts.agreement.parties}
    clauses = {clause.clause_id: clause for clause in facts.agreement.document.clauses}
    known = pl.concat([day.now, day.before, day.perhaps]).join(told, on="incident_id", how="semi")
    rows = {each["incident_id"]: each for each in known.iter_rows(named=True)}
    last = None
    for each in told.iter_rows(named=True):
        if each["finding"] != last:
            last = each["finding"]
            of = rows.get(each["incident_id"])
            time, at, what = incident_cells(of, names, facts, words)[:3] if of else (each["incident_id"], "", "")
            clause = clauses.get(each["clause_id"] or "")
            blocks.append(Heading(" · ".join(part for part in (time, at, what) if part)))
            blocks.append(Paragraph(_sent(each, clause_title(clause, words) if clause else "", facts, words)))
        name = parties.get(each["party"], each["party"])
        if each["at_utc"] is None:
            blocks.append(Paragraph(words.say("{name} has not replied. That is no admission.", name=name)))
            continue
        by = f"{name}, {words.moment(local(each['at_utc'], facts))}"
        late = words.say("{by}, after the hours had ended", by=by)
        blocks.append(Quote(words.foreign(each["text"]), by=late if each["is_late"] else by))
    return Section("replies", words.say("Preliminary findings and replies"), tuple(blocks))


def _since(facts: ReportFacts) -> dt.datetime:
    """Return from when on people's words are new: what came after the day of the last report, or in the period."""
    if facts.last_day is None:
        return facts.period.start_utc
    return min(facts.period.start_utc, mission_day(facts.last_day, facts.time_zone, facts.cut_off).end_utc)


def _sent(each: dict[str, Any], clause: str, facts: ReportFacts, words: Words) -> str:
    if each["sent_utc"] is None:
        return words.say("Clause {clause}. No notice is recorded.", clause=clause or "–")
    return words.say(
        "Clause {clause}. Sent to all parties at the same time, {time}; each had {hours} hours to reply.",
        clause=clause or "–",
        time=words.moment(local(each["sent_utc"], facts)),
        hours=words.number(each["hours"]),
    )


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names)
