"""Corrections: what is otherwise than the last report said.

The rule, in plain sentences.
1. Two incidents, one of the last report and one of now, are the same where they share an observation.
2. `late`: an incident now that shares no observation with any of then. `withdrawn`: one of then that shares none with any of now.
3. `merged`: one now that holds observations of several of then. `split`: one now whose incident of then is several now.
4. `revised`: one for one, with another act, time, place, number, harm, or number of independent sources. A time is another from
   a minute on, a place where it moved farther than its one-sigma error of now.
5. Only incidents that begin at or after `since` and have the middle of their span before `until` are compared: earlier ones have
   left the window of a run, later ones are the period's own.
"""

from datetime import datetime
from typing import Any, Final

import numpy as np
import polars as pl

from trucewatch import place, tables
from trucewatch.release import Released
from trucewatch.report.blocks import Block, Cell, Paragraph, Section, Table, columns, row
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import local, region_names
from trucewatch.tables.changes import CHANGES
from trucewatch.words import Words, message

PLAIN: Final = (
    "act", "count_low", "count_high", "deaths_low", "deaths_high", "injured_low", "injured_high", "civilians_low",
    "civilians_high", "independent_sources",
)  # fmt: skip
MOST: Final = 15
WHAT: Final = {
    "act": message("act"),
    "start_utc": message("time"),
    "end_utc": message("time"),
    "position": message("place"),
    "count_low": message("count"),
    "count_high": message("count"),
    "deaths_low": message("killed"),
    "deaths_high": message("killed"),
    "injured_low": message("injured"),
    "injured_high": message("injured"),
    "civilians_low": message("civilians"),
    "civilians_high": message("civilians"),
    "independent_sources": message("number of independent sources"),
}


def changes(
    before: dict[str, pl.DataFrame], after: dict[str, pl.DataFrame], *, since: datetime, until: datetime
) -> pl.DataFrame:
    """Return table `changes` from the tables incidents, members and places of the last report (`before`) and of now.

    >>> from datetime import UTC
    >>> from trucewatch.tables import empty
    >>> none = {name: empty(name) for name in ("incidents", "members", "places")}
    >>> day = datetime(2026, 3, 1, tzinfo=UTC)
    >>> changes(none, none, since=day, until=day.replace(day=2)).height
    0
    """
    old, new = (_placed(side, name) for side, name in ((before, "old"), (after, "incident_id")))
    links = (
        before["members"].rename({"incident_id": "old"})
        .join(after["members"], on="observation_id", how="inner")
        .select("old", "incident_id").unique()
    )  # fmt: skip
    into = links.group_by("old").len("_into")
    linked = (
        links.join(into, on="old").group_by("incident_id").agg(pl.col("old").sort().alias("was"), pl.col("_into").max())
    )
    now = new.filter(_compared(since, until)).join(linked, on="incident_id", how="left")
    now = now.with_columns(pl.col("was").fill_null([]), pl.col("_into").fill_null(0))
    first = now.with_columns(pl.col("was").list.first().alias("old")).join(old, on="old", how="left", suffix="_was")
    different = first.with_columns(_what(first))
    change = (
        pl.when(pl.col("was").list.len() == 0).then(pl.lit("late"))
        .when(pl.col("was").list.len() > 1).then(pl.lit("merged"))
        .when(pl.col("_into") > 1).then(pl.lit("split"))
        .otherwise(pl.lit("revised"))
    )  # fmt: skip
    told = different.with_columns(change.alias("change")).with_columns(
        pl.when(pl.col("change") == "late").then(pl.lit([], dtype=pl.List(pl.String))).otherwise("what").alias("what")
    )
    told = told.filter((pl.col("change") != "revised") | (pl.col("what").list.len() > 0))
    gone = old.filter(_compared(since, until)).join(links, on="old", how="anti")
    empty_list = pl.lit([], dtype=pl.List(pl.String))
    gone = gone.rename({"old": "incident_id"}).with_columns(
        pl.lit("withdrawn").alias("change"), empty_list.alias("was"), empty_list.alias("what")
    )
    names = list(tables.dtypes("changes"))
    whole = pl.concat([told.select(names), gone.select(names)]).sort("start_utc", "incident_id")
    return tables.conform(whole, "changes")


def _placed(side: dict[str, pl.DataFrame], key: str) -> pl.DataFrame:
    """Return the incidents of one side with their likeliest region, their id as column `key`."""
    likeliest = (
        side["places"].sort("probability", "region_id", descending=[True, False]).unique("incident_id", keep="first")
    )
    placed = side["incidents"].join(likeliest.select("incident_id", "region_id"), on="incident_id", how="left")
    return placed.rename({"incident_id": key})


def _compared(since: datetime, until: datetime) -> pl.Expr:
    """Say whether an incident begins at or after `since`, and the middle of its span lies before `until`."""
    middle = pl.col("start_utc") + (pl.col("end_utc") - pl.col("start_utc")) / 2
    return (pl.col("start_utc") >= since) & (middle < until)


def _what(pairs: pl.DataFrame) -> pl.Expr:
    """Return the list of what differs between an incident and the one of then, whose columns end in `_was`."""
    lon, lat, lon_was, lat_was = (
        pairs[name].to_numpy() for name in ("lon_deg", "lat_deg", "lon_deg_was", "lat_deg_was")
    )
    moved = np.nan_to_num(place.distance_m(lon, lat, lon_was, lat_was)) if pairs.height else np.zeros(0)
    far = pl.Series("moved", moved, dtype=pl.Float64) > pairs["error_major_m"]
    parts = [pl.when(pl.col(name).ne_missing(pl.col(f"{name}_was"))).then(pl.lit(name)) for name in PLAIN]
    parts += [
        pl.when((pl.col(name) - pl.col(f"{name}_was")).dt.total_seconds().abs() >= 60).then(pl.lit(name))
        for name in ("start_utc", "end_utc")
    ]
    parts.append(pl.when(far).then(pl.lit("position")))
    return pl.concat_list(parts).list.drop_nulls().alias("what")


def corrections(released: Released, facts: ReportFacts, words: Words) -> Section:
    """Return what changed since the last report: how many late, revised, withdrawn, and each, withdrawn ones first."""
    title = words.say("Corrections and changes")
    told = released.tables.get("changes")
    if told is None or (told.is_empty() and not released.is_draft):
        return Section("changes", title, ())
    if facts.last_day is None:
        said = words.say("No earlier report stands beside this one, so that changes cannot be told.")
        return Section("changes", title, (Paragraph(said),))
    if told.is_empty():
        return Section("changes", title, (Paragraph(words.say("Nothing that the last report said has changed.")),))
    number = dict(told.group_by("change").len().iter_rows())
    counted = Table(
        words.say(
            "Incidents before this period that the report of {day} did not have, had otherwise, or that no longer stand.",
            day=words.day(facts.last_day),
        ),
        columns(words.say("Change"), words.say("Number"), numbers=1),
        tuple(
            row(words.name("change", change), words.number(number[change])) for change in CHANGES if change in number
        ),
    )
    order = pl.col("change").replace_strict({"withdrawn": 0, "revised": 1}, default=2, return_dtype=pl.Int64)
    shown = told.sort(order, "start_utc", "incident_id", descending=[False, True, False]).head(MOST)
    caption = words.say("Each of them, withdrawn ones first.")
    if told.height > MOST:
        caption = f"{caption} " + words.say("The first {n} are listed.", n=words.number(MOST))
    names = region_names(facts, words)
    each = Table(
        caption,
        columns(words.say("When (local)"), words.say("Where"), words.say("What"), words.say("Change")),
        tuple(_row(change, names, facts, words) for change in shown.iter_rows(named=True)),
    )
    blocks: tuple[Block, ...] = (counted, each)
    return Section("changes", title, blocks)


def _row(change: dict[str, Any], names: Any, facts: ReportFacts, words: Words) -> tuple[Cell, ...]:
    """Return the row of one change."""
    what = ", ".join(dict.fromkeys(words.say(WHAT[name]) for name in change["what"]))
    return row(
        words.moment(local(change["start_utc"], facts)),
        names.get(change["region_id"] or "", ""),
        words.name("act", change["act"]),
        Cell(words.name("change", change["change"]), strong=True, below=what),
    )
