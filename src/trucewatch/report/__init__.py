"""The daily report: a page, and the same for machines. It takes nothing but what release let through."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from trucewatch.release import Released
from trucewatch.report.blocks import OtherPage, Report
from trucewatch.report.changed import changes
from trucewatch.report.contents import contents
from trucewatch.report.counts import Day, day_of
from trucewatch.report.explain import explain
from trucewatch.report.exports import csv, geojson
from trucewatch.report.facts import Basemap, Region, ReportFacts
from trucewatch.report.geopackage import geopackage
from trucewatch.report.geoparquet import geoparquet
from trucewatch.report.incident import with_foremost_word
from trucewatch.report.layers import layers
from trucewatch.report.page import page
from trucewatch.report.pdf import pdf
from trucewatch.report.remarks import parse_remark, sign_remark
from trucewatch.report.text import as_text
from trucewatch.report.workbook import workbook
from trucewatch.words import OWN_NAMES, Words

__all__ = [
    "Basemap",
    "Region",
    "ReportFacts",
    "as_text",
    "changes",
    "explain",
    "page",
    "parse_remark",
    "render",
    "sign_remark",
]


def render(released: Released, facts: ReportFacts, *, languages: Sequence[str] = ("en",)) -> dict[str, bytes]:
    """Return the files of the report by name: `index.html`, `report.pdf`, and the same for machines.

    The first of `languages` is that of `index.html`; another has its own page and paper, `index.uk.html`, `report.uk.pdf`. What
    is for machines holds codes and numbers, the same in every language. The same tables and facts give the same bytes.
    """
    day = day_of(released, facts)
    reports = [contents(released, facts, day, Words(language)) for language in languages]
    report = reports[0]
    stamp = _stamp(released, facts)
    incidents = with_foremost_word(day)
    listed = {
        "incidents": incidents,
        "findings": _findings(released, day),
        **_accounts(released.tables),
    }
    return {
        **_said(reports, released.made_utc),
        "tables.xlsx": workbook(report, listed, stamp, released.made_utc),
        "incidents.geojson": geojson(day.now, day.findings, facts, released),
        "incidents.gpkg": geopackage(layers(incidents, facts, stamp), Words(report.language), stamp, released.made_utc),
        "incidents.parquet": geoparquet(incidents, stamp),
        **{f"{name}.csv": csv(frame.with_columns(pl.lit(stamp).alias("stamp"))) for name, frame in listed.items()},
    }


def _said(reports: Sequence[Report], made_utc: datetime) -> dict[str, bytes]:
    """Return page and paper of each language, each page with links to the others."""
    first = reports[0].language
    suffix = {report.language: "" if report.language == first else f".{report.language}" for report in reports}
    files: dict[str, bytes] = {}
    for report in reports:
        others = tuple(
            OtherPage(code, OWN_NAMES[code], f"index{end}.html")
            for code, end in suffix.items()
            if code != report.language
        )
        end = suffix[report.language]
        files[f"index{end}.html"] = page(replace(report, others=others))
        files[f"report{end}.pdf"] = pdf(report, made_utc)
    return files


def _stamp(released: Released, facts: ReportFacts) -> str:
    """Return what every row of an export says of itself."""
    standing = "back-test, text never in force" if facts.is_back_test else f"text {facts.agreement.standing}"
    return f"{'internal draft, not released' if released.is_draft else released.audience}; {standing}"


def _findings(released: Released, day: Day) -> pl.DataFrame:
    """Return the findings of the period with the columns of their own table."""
    columns = released.tables["findings"].columns if "findings" in released.tables else day.findings.columns
    return day.findings.select(columns)


def _accounts(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return what is written as it is: changes, duties, raw tallies, deliveries, rows set aside, who judges which clause."""
    return {
        name: tables[name]
        for name in ("changes", "duties", "raw_tallies", "deliveries", "set_aside", "scope")
        if name in tables
    }
