"""An incident in words: when, where, what, and who told of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import polars as pl

from trucewatch.agreement import TEXT_READING, Clause
from trucewatch.report import svg
from trucewatch.report.blocks import Table, columns, row
from trucewatch.report.counts import Day
from trucewatch.report.facts import ReportFacts
from trucewatch.words import Words, message

MOST_LISTED: Final = 20
LATITUDE: Final = (message("{degrees}° N"), message("{degrees}° S"))
LONGITUDE: Final = (message("{degrees}° E"), message("{degrees}° W"))


def local(instant: datetime, facts: ReportFacts) -> datetime:
    """Return an instant on the mission’s clock."""
    return instant.astimezone(facts.time_zone)


def region_names(facts: ReportFacts, words: Words) -> Mapping[str, str]:
    """Return the name of each region, "" included."""
    return {region.region_id: words.foreign(region.name) for region in facts.regions} | {
        "": words.say("outside all regions")
    }


def clause_title(clause: Clause, words: Words) -> str:
    """Return the number and the name of a clause."""
    return words.foreign(f"{clause.number} · {clause.name or words.name('clause', clause.clause_id)}")


def with_foremost_word(day: Day) -> pl.DataFrame:
    """Return the incidents of the period with the foremost conformity that any clause of the text gives them."""
    rank = {word: n for n, word in enumerate(svg.ORDER)}
    text = day.findings.filter(pl.col("reading") == TEXT_READING)
    best = text.sort(pl.col("conformity").replace_strict(rank, default=99, return_dtype=pl.Int64)).unique(
        "incident_id", keep="first", maintain_order=True
    )
    joined = day.now.join(best.select("incident_id", "conformity"), on="incident_id", how="left")
    return joined.with_columns(pl.col("conformity").fill_null("outside_scope"))


def incident_cells(
    row: Mapping[str, Any], names: Mapping[str, str], facts: ReportFacts, words: Words
) -> tuple[str, str, str, str]:
    """Return time, place, what and sources of an incident as text."""
    start, end = local(row["start_utc"], facts), local(row["end_utc"], facts)
    time = words.moment(start)
    if (end - start).total_seconds() > 120:
        time = words.say("{start} – {end}", start=words.moment(start), end=words.moment(end))
    elif row["time_error_s"] >= 1800:
        time = words.say("{time} ± {hours} h", time=time, hours=words.number(round(row["time_error_s"] / 3600, 1)))
    km = row["error_major_m"] / 1000
    at = words.say(
        "{region}, {lat} {lon} ± {km} km",
        region=names.get(row["region_id"], ""),
        lat=_degrees(row["lat_deg"], LATITUDE, words), lon=_degrees(row["lon_deg"], LONGITUDE, words),
        km=words.number(round(km, 1) if km < 10 else round(km)),
    )  # fmt: skip
    what = words.name("act", row["act"])
    if row["act_probability"] < 0.95:
        what += f" ({words.probability(row['act_probability'])})"
    if row["count_low"] and row["count_low"] > 1:
        what = words.say("{what}, {n} or more", what=what, n=words.number(row["count_low"]))
    if row["deaths_low"]:
        what += "; " + words.count("at least {n} person killed", "at least {n} people killed", row["deaths_low"])
    titles = [facts.source_title(name, words) for name in row["source_ids"]]
    told = words.count("{n} observation", "{n} observations", row["observations"])
    return time, at, what, f"{', '.join(titles)} ({told})"


def listed(incidents: pl.DataFrame, caption: str, facts: ReportFacts, words: Words) -> Table:
    """Return a table of incidents, the first `MOST_LISTED` of them."""
    names = region_names(facts, words)
    if incidents.height > MOST_LISTED:
        more = words.say("The first {n} are listed.", n=words.number(MOST_LISTED))
        caption = f"{caption} {more}"
    return Table(
        caption,
        columns(words.say("When (local)"), words.say("Where"), words.say("What"), words.say("Sources")),
        tuple(
            row(*incident_cells(each, names, facts, words))
            for each in incidents.head(MOST_LISTED).iter_rows(named=True)
        ),
    )


def _degrees(value: float, hemispheres: tuple[str, str], words: Words) -> str:
    """Return a coordinate with its hemisphere.

    >>> _degrees(-30.206, LONGITUDE, Words()), _degrees(-30.206, LONGITUDE, Words("fr"))
    ('30.21° W', '30,21° O')
    """
    return words.say(hemispheres[value < 0], degrees=words.fixed(abs(value), 2))
