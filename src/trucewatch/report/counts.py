"""The numbers of a report: which incidents belong to the period, and how many of what where."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.release import Released
from trucewatch.report.facts import ReportFacts
from trucewatch.when import Span

WIDEST_H: Final = 48.0  # an incident whose time is known to less than this is listed apart


@dataclass(frozen=True, eq=False)  # each day is itself: what is made of it may be kept
class Day:
    """Incidents with `region_id` (the likeliest): of the period, of the one before, and of a time too wide to say."""

    now: pl.DataFrame
    before: pl.DataFrame
    perhaps: pl.DataFrame
    findings: pl.DataFrame  # of `now`, with the columns of incidents


def day_of(released: Released, facts: ReportFacts) -> Day:
    """Return the incidents and findings of the reported period.

    An incident belongs to the period that holds the middle of its span. Where span and error together are wider than two
    days, and it may have been in the period, it is listed apart and counted in neither.
    """
    incidents = released.tables.get("incidents", tables.empty("incidents"))
    places = released.tables.get("places", tables.empty("places"))
    likeliest = places.sort("probability", "region_id", descending=[True, False]).unique("incident_id", keep="first")
    located = incidents.join(likeliest.select("incident_id", "region_id"), on="incident_id", how="left")
    located = located.with_columns(pl.col("region_id").fill_null(""))
    width_h = (pl.col("end_utc") - pl.col("start_utc")).dt.total_seconds() / 3600 + pl.col("time_error_s") / 1800
    middle = pl.col("start_utc") + (pl.col("end_utc") - pl.col("start_utc")) / 2
    sharp = located.filter(width_h <= WIDEST_H)
    now = sharp.filter(_within(middle, facts.period)).sort("start_utc", "incident_id")
    touches = (pl.col("start_utc") < facts.period.end_utc) & (pl.col("end_utc") > facts.period.start_utc)
    findings = released.tables.get("findings", tables.empty("findings"))
    return Day(
        now=now,
        before=sharp.filter(_within(middle, facts.period_before)),
        perhaps=located.filter((width_h > WIDEST_H) & touches).sort("start_utc", "incident_id"),
        findings=findings.join(now, on="incident_id", how="inner"),
    )


def _within(instant: pl.Expr, period: Span) -> pl.Expr:
    """Say whether an instant lies in a period."""
    return (instant >= period.start_utc) & (instant < period.end_utc)


def by_region_and_act(day: Day) -> pl.DataFrame:
    """Return region_id, act, incidents, before: one row for each pair that occurs."""
    parts = [
        frame.group_by("region_id", "act").agg(pl.len().cast(pl.Int64).alias(name))
        for frame, name in ((day.now, "incidents"), (day.before, "before"))
    ]
    joined = parts[0].join(parts[1], on=["region_id", "act"], how="full", coalesce=True)
    return joined.with_columns(pl.col("incidents", "before").fill_null(0)).sort("region_id", "act")


def by_clause(day: Day) -> pl.DataFrame:
    """Return clause_id, reading, conformity, incidents of the period; outside scope is what is left."""
    counted = day.findings.group_by("clause_id", "reading", "conformity").agg(
        pl.len().cast(pl.Int64).alias("incidents")
    )
    return counted.sort("clause_id", "reading", "conformity")


def sources(released: Released, facts: ReportFacts) -> pl.DataFrame:
    """Return source_id, rows_in, observations, set_aside, last_utc, today: what each source of the mission delivered.

    `today` counts warnings, claims and statements too: a source that tells nothing else is not silent while it tells them.
    """
    deliveries = released.tables.get("deliveries", tables.empty("deliveries"))
    counted = deliveries.group_by("source_id").agg(pl.col("rows_in", "observations", "set_aside").sum())
    known = pl.DataFrame({"source_id": sorted(facts.manifests)}, schema={"source_id": pl.String})
    table = known.join(counted, on="source_id", how="left")
    observations = released.tables.get("observations")
    if observations is None:
        return table.with_columns(last_utc=pl.lit(None, pl.Datetime("us", "UTC")), today=pl.lit(None, pl.Int64))
    told = pl.concat([observations.select("source_id", "start_utc", "end_utc"), *_context(released)])
    there = told.filter(pl.col("start_utc") < facts.period.end_utc)
    last = there.group_by("source_id").agg(
        pl.col("end_utc").max().alias("last_utc"),
        ((pl.col("end_utc") >= facts.period.start_utc).sum()).cast(pl.Int64).alias("today"),
    )
    return table.join(last, on="source_id", how="left").with_columns(pl.col("today").fill_null(0)).sort("source_id")


def _context(released: Released) -> list[pl.DataFrame]:
    """Return source_id, start_utc, end_utc of what was told besides acts: how long an alert held, when words were said."""
    said = pl.coalesce("said_utc", "end_utc")
    spans = {
        "alerts": (pl.col("start_utc"), pl.coalesce("end_utc", "start_utc")),
        "claims": (said, said),
        "statements": (pl.col("said_utc"), pl.col("said_utc")),
    }
    return [
        released.tables[table].select("source_id", start.alias("start_utc"), end.alias("end_utc"))
        for table, (start, end) in spans.items()
        if table in released.tables
    ]
