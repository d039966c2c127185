"""Where it happened: the map with its key, and the counts by region and act."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import polars as pl

from trucewatch.report import svg
from trucewatch.report.blocks import Cell, Figure, Row, Section, Table, columns
from trucewatch.report.counts import Day, by_region_and_act
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import region_names, with_foremost_word
from trucewatch.words import Words

MOST_ACTS: Final = 6  # columns of the table of acts; the rest is one column
OTHER: Final = ""


def where(day: Day, facts: ReportFacts, words: Words) -> Section:
    """Return the map with its key, and the counts by region and act."""
    shown, marks = _drawn(day, facts)
    used = [word for word in svg.ORDER if word in set(shown["conformity"])]
    lines = [
        (svg.line_swatch(n), words.given(line.name, line.names))
        for n, line in enumerate(facts.agreement.lines.values())
    ]
    swatch = '<svg viewBox="0 0 30 18" aria-hidden="true"><ellipse cx="15" cy="9" rx="12" ry="7" {}/></svg>'
    key = [(swatch.format(svg.STYLES[word]), words.name("conformity", word)) for word in used]
    note = words.say("Ellipses hold the true place nine times in ten. Lines and regions are approximate.")
    if shown.height > svg.MOST_SHAPES:
        note = words.say(
            "The area of a disc is the number of incidents in its cell. Lines and regions are approximate."
        )
    if facts.basemap:
        note += " " + facts.basemap.viewpoint + "."
    figure = Figure(svg.draw(shown, facts, words, marks), svg.described(shown, words), tuple(lines + key), note)
    return Section("map", words.say("Where"), (figure, _counted(day, facts, words)))


@lru_cache(maxsize=1)
def _drawn(day: Day, facts: ReportFacts) -> tuple[pl.DataFrame, str]:
    """Return the incidents of the map and their marks: drawn once for all languages of a report."""
    shown = with_foremost_word(day)
    return shown, svg.marks(shown, facts)


def _counted(day: Day, facts: ReportFacts, words: Words) -> Table:
    """Return the table of regions by acts, each cell "now (before)", with the totals of both."""
    table = by_region_and_act(day)
    acts = table.group_by("act").agg(pl.col("incidents", "before").sum())
    acts = acts.sort(pl.col("incidents") + pl.col("before"), "act", descending=[True, False])
    shown = acts["act"].to_list()[:MOST_ACTS]
    if acts.height > MOST_ACTS:
        rest = pl.when(pl.col("act").is_in(shown)).then("act").otherwise(pl.lit(OTHER)).alias("act")
        table = table.with_columns(rest).group_by("region_id", "act").agg(pl.col("incidents", "before").sum())
        shown.append(OTHER)
    number = {(region, act): (now, before) for region, act, now, before in table.sort("region_id").iter_rows()}
    occurring = set(table["region_id"])
    rows = [
        (name, [number.get((code, act), (0, 0)) for act in shown])
        for code, name in region_names(facts, words).items()
        if code in occurring
    ]
    total = [(_sum(number, act, 0), _sum(number, act, 1)) for act in shown]
    named = [words.say("other acts") if act == OTHER else words.name("act", act) for act in shown]
    every = words.say("All")
    return Table(
        words.say(
            "Incidents by region and act in this period, and in the one before in brackets. Unit: incidents; one salvo is one "
            "incident with a count."
        ),
        columns(words.say("Region"), *named, every, numbers=len(named) + 1) if rows else (),
        tuple((Cell(name), *_cells(cells, words)) for name, cells in rows),
        foot=(Cell(every), *_cells(total, words)) if rows else (),
        empty=words.say("No incident in either period."),
    )


def _sum(number: Mapping[tuple[str, str], tuple[int, int]], act: str, part: int) -> int:
    """Return the incidents of an act over all regions: of this period (`part` 0) or of the one before (1)."""
    return sum(cells[part] for (_, of), cells in number.items() if of == act)


def _cells(pairs: list[tuple[int, int]], words: Words) -> Row:
    """Return cells "now (before)", their sum last."""
    both = [*pairs, (sum(now for now, _ in pairs), sum(before for _, before in pairs))]
    return tuple(Cell(words.number(now), beside=f"({words.number(before)})") for now, before in both)
