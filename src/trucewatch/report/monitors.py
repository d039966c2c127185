"""What was done to the monitors, and where they were not let through."""

from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.acts import kinds_of
from trucewatch.release import Released
from trucewatch.report.blocks import Cell, Paragraph, Section, Table, columns, row
from trucewatch.report.counts import Day
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import listed
from trucewatch.report.whose import name_of
from trucewatch.words import Words

AGAINST_MONITORS: Final = (*kinds_of("threat_to_monitors"), *kinds_of("jamming"))
RESTRICTIONS: Final = kinds_of("access_restriction")


def against_monitors(day: Day, facts: ReportFacts, words: Words) -> Section:
    """Return the incidents against monitors, jamming included."""
    title = words.say("Incidents against monitors, and jamming")
    found = day.now.filter(pl.col("act").is_in(AGAINST_MONITORS))
    if found.is_empty():
        return Section("monitors", title, ())
    caption = words.say("Threats to monitors and jamming of their equipment in this period.")
    return Section("monitors", title, (listed(found, caption, facts, words),))


def access(released: Released, day: Day, facts: ReportFacts, words: Words) -> Section:
    """Return the restrictions of access, by the side of the line on which they lie."""
    title = words.say("Restrictions of access")
    found = day.now.filter(pl.col("act").is_in(RESTRICTIONS))
    if found.is_empty():
        return Section("access", title, ())
    sides = released.tables.get("sides", tables.empty("sides"))
    placed = with_side(found, sides)
    acts = [act for act in RESTRICTIONS if act in set(placed["act"])]
    number = {(side, act): n for side, act, n in placed.group_by("side", "act").len().iter_rows()}
    every = words.say("All")
    rows = []
    for side in (*facts.agreement.party_ids, ""):
        counts = [number.get((side, act), 0) for act in acts]
        if side or any(counts):
            name = name_of(facts.agreement, side, words) if side else words.say("neither side, or not known")
            rows.append(row(Cell(name), *(words.number(n) for n in (*counts, sum(counts)))))
    table = Table(
        words.say("Restrictions in this period, by the side of the line on which they lie and their kind."),
        columns(words.say("Side"), *(words.name("act", act) for act in acts), every, numbers=len(acts) + 1),
        tuple(rows),
    )
    note = words.say(
        "The side of the line says where it was, not who did it. Where monitors do not go, nothing is restricted."
    )
    caption = words.say("Each restriction of this period.")
    return Section("access", title, (table, Paragraph(note, note=True), listed(found, caption, facts, words)))


def with_side(incidents: pl.DataFrame, sides: pl.DataFrame) -> pl.DataFrame:
    """Return incidents with `side`, the likeliest of table `sides` if it is likelier than not; "" where it cannot be told."""
    likeliest = sides.filter(pl.col("probability") > 0.5).unique("incident_id", keep="first", maintain_order=True)
    joined = incidents.join(
        likeliest.select("incident_id", "side"), on="incident_id", how="left", maintain_order="left"
    )
    return joined.with_columns(pl.col("side").fill_null(""))
