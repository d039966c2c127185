"""What each source delivered: a source of warnings, claims or statements alone is not silent while it tells them."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from trucewatch import observe, tables
from trucewatch.release import prepare
from trucewatch.report import counts

HOUR = dt.timedelta(hours=1)
A_CLAIM = {
    "claimant": "red", "accused": None, "area": None, "number_low": 1, "number_high": 1, "unit": "incidents", "definition": None,
    "clause_id": None, "text": None, "citation": "c",
}  # fmt: skip
A_STATEMENT = {"speaker": "red", "text": "words", "citation": "c"}
AN_ALERT = {"kind": "air_raid", "area": "North", "end_is_invented": False}


def rows(table: str, **values: object) -> dict[str, pl.DataFrame]:
    """A frame of one row of a table."""
    base = {"alerts": AN_ALERT, "claims": A_CLAIM, "statements": A_STATEMENT}[table]
    row = dict.fromkeys(tables.dtypes(table)) | base | {tables.IDS[table]: "x", "source_id": "told"} | values
    return {table: pl.DataFrame([row], schema=tables.dtypes(table))}


@pytest.fixture
def told(facts):
    """A function: how many rows of the period a source of one row of a table told, and when it told last."""
    period = facts.period
    manifest = observe.source("air_alerts").manifest.model_copy(update={"source_id": "told"})
    ours = replace(facts, manifests={"told": manifest})

    def of(table: str, **values: object) -> tuple[int, object]:
        frames = {name: tables.empty(name) for name in ("observations", "deliveries")} | rows(table, **values)
        released = prepare(frames, audience="internal", now=period.end_utc, manifests=ours.manifests)
        return counts.sources(released, ours).select("today", "last_utc").row(0)

    return of


def test_an_alert_counts_as_long_as_it_holds(told, facts):
    start, end = facts.period.start_utc, facts.period.end_utc
    assert told("alerts", start_utc=start - HOUR, end_utc=start + HOUR) == (1, start + HOUR)
    assert told("alerts", start_utc=start - 2 * HOUR, end_utc=start - HOUR) == (0, start - HOUR)
    assert told("alerts", start_utc=start + HOUR, end_utc=None) == (1, start + HOUR)
    assert told("alerts", start_utc=end, end_utc=end + HOUR) == (0, None)


def test_a_claim_counts_when_it_was_said_not_when_it_happened(told, facts):
    start = facts.period.start_utc
    before = {"start_utc": start - 9 * HOUR, "end_utc": start - HOUR}
    assert told("claims", said_utc=start + HOUR, **before) == (1, start + HOUR)
    assert told("claims", said_utc=None, **before) == (0, start - HOUR)


def test_a_statement_counts_when_it_was_said(told, facts):
    start = facts.period.start_utc
    assert told("statements", said_utc=start + HOUR) == (1, start + HOUR)
    assert told("statements", said_utc=start - HOUR) == (0, start - HOUR)
