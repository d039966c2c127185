"""What was reported of people killed and injured: what one source reports, apart from what several bear out.

The rule, in plain sentences.
1. An incident is corroborated when at least two sources that do not copy each other tell of it. It says nothing of the number.
2. Numbers are ranges, from the least to the most that any source of the incident gives. A most that nobody gives is open.
3. Sums are over incidents, so that one event told by two sources is counted once.
"""

from typing import Final

import polars as pl

from trucewatch.acts import kinds_of
from trucewatch.report.blocks import Block, Cell, Paragraph, Row, Section, Table, columns, row
from trucewatch.report.counts import Day
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import listed
from trucewatch.words import Words

HARMS: Final = ("deaths", "injured", "civilians")


def harmed(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return the incidents in which somebody is said to be killed or injured, or in which civilians were the target."""
    any_low = [pl.col(f"{harm}_{end}").fill_null(0) > 0 for harm in HARMS for end in ("low", "high")]
    return incidents.filter(pl.any_horizontal(*any_low, pl.col("act").is_in(kinds_of("violence_against_civilians"))))


def harm(day: Day, facts: ReportFacts, words: Words) -> Section:
    """Return the harm to people in the period: reported apart from corroborated."""
    title = words.say("Harm to people")
    found = harmed(day.now)
    if found.is_empty():
        said = words.say(
            "No source tells of people killed or injured in this period. That does not mean that nobody was."
        )
        return Section("harm", title, (Paragraph(said),))
    several = found.filter(pl.col("independent_sources") > 1)
    alone = found.filter(pl.col("independent_sources") <= 1)
    blocks: list[Block] = [
        Table(
            words.say(
                "People killed and injured, as the sources give them; sums over incidents. Civilians are counted only where "
                "a source tells them apart."
            ),
            columns(
                words.say("Basis"),
                words.say("Incidents"),
                words.say("Killed"),
                words.say("Injured"),
                words.say("Civilians among them"),
                numbers=4,
            ),
            (
                _sums(words.say("Corroborated: more than one independent source"), several, words),
                _sums(words.say("Reported by one source only"), alone, words),
            ),
        )
    ]
    foremost = [pl.col("deaths_low").fill_null(0), pl.col("injured_low").fill_null(0), "incident_id"]
    for part, caption in (
        (several, words.say("Corroborated by more than one independent source, most people killed first.")),
        (alone, words.say("Reported by one source only; not corroborated, most people killed first.")),
    ):
        if part.height:
            blocks.append(listed(part.sort(foremost, descending=[True, True, False]), caption, facts, words))
    return Section("harm", title, tuple(blocks))


def _sums(name: str, incidents: pl.DataFrame, words: Words) -> Row:
    """Return the row of one basis: incidents, and each harm as a range."""
    return row(Cell(name), words.number(incidents.height), *(_range(incidents, each, words) for each in HARMS))


def _range(incidents: pl.DataFrame, of: str, words: Words) -> str:
    """Return the sum of a harm as a range; "–" where no source gives a number."""
    low, high = incidents[f"{of}_low"], incidents[f"{of}_high"]
    if low.is_null().all() and high.is_null().all():
        return "–"
    least = int(low.fill_null(0).sum())
    if (high.is_null() & low.is_not_null()).any():
        return words.say("{n} or more", n=words.number(least))
    most = int(high.fill_null(0).sum())
    if most == least:
        return words.number(least)
    return f"{words.number(least)}–{words.number(most)}"
