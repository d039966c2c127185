"""What is told apart from the rest: exercises, and what the mission saw itself from what others reported to it."""

from typing import Final

import polars as pl

from trucewatch.acts import kinds_of
from trucewatch.report.blocks import Cell, Paragraph, Section, Table, columns, row
from trucewatch.report.counts import Day
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import listed
from trucewatch.words import Words

EXERCISES: Final = (*kinds_of("live_fire_exercise"), *kinds_of("controlled_detonation"))
OBSERVED: Final = ("heard", "saw", "recorded")
MOST_ACTS: Final = 12


def exercises(day: Day, facts: ReportFacts, words: Words) -> Section:
    """Return live-fire exercises and controlled detonations of the period."""
    title = words.say("Live-fire exercises and controlled detonations")
    found = day.now.filter(pl.col("act").is_in(EXERCISES))
    if found.is_empty():
        return Section("exercises", title, ())
    caption = words.say(
        "Told apart, so that nobody takes them for an attack. Whether a clause forbids them, the findings say."
    )
    return Section("exercises", title, (listed(found, caption, facts, words),))


def by_sense(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return act, seen, detected, reported, untold: incidents by the best way in which any source observed them."""
    senses = pl.col("senses").fill_null([])
    seen = senses.list.set_intersection(pl.lit(list(OBSERVED), dtype=pl.List(pl.String))).list.len() > 0
    how = (
        pl.when(seen).then(pl.lit("seen"))
        .when(senses.list.contains("detected")).then(pl.lit("detected"))
        .when(senses.list.contains("reported")).then(pl.lit("reported"))
        .otherwise(pl.lit("untold"))
    )  # fmt: skip
    told = incidents.with_columns(how.alias("how"))
    kinds = ("seen", "detected", "reported", "untold")
    counted = told.group_by("act").agg((pl.col("how") == kind).sum().cast(pl.Int64).alias(kind) for kind in kinds)
    return counted.sort(pl.sum_horizontal(kinds), "act", descending=[True, False])


def seen_apart(day: Day, words: Words) -> Section:
    """Return how incidents came to be known: seen by monitors and their instruments, or only reported to them."""
    title = words.say("Seen by us, and reported to us")
    if day.now.is_empty():
        return Section("seen", title, ())
    counted = by_sense(day.now)
    kinds = counted.columns[1:]
    rows = [
        row(words.name("act", act), *(words.number(n) for n in numbers))
        for act, *numbers in counted.head(MOST_ACTS).iter_rows()
    ]
    if counted.height > MOST_ACTS:
        rest = counted.tail(-MOST_ACTS)
        rows.append(row(words.say("other acts"), *(words.number(int(rest[kind].sum())) for kind in kinds)))
    table = Table(
        words.say("Incidents of this period by the best way in which a source came to know of them."),
        columns(
            words.say("Act"),
            words.say("Seen, heard or recorded"),
            words.say("Detected by an instrument or from space"),
            words.say("Only reported"),
            words.say("Not told"),
            numbers=4,
        ),
        tuple(rows),
        foot=row(words.say("All"), *(Cell(words.number(int(counted[kind].sum()))) for kind in kinds)),
    )
    note = words.say("What is only reported was seen by nobody who answers to this mission.")
    return Section("seen", title, (table, Paragraph(note, note=True)))
