"""Self-defence is claimed by a party and decided by the body that the text names, never found by a machine."""

import datetime as dt

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.judge import judge

NOON = dt.datetime(2023, 6, 10, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
FIRE = 'kind = "prohibit"\nacts = ["weapon_use"]\nexceptions = ["defence"]\ndecided_by = "the commission"\n'
OTHER = 'kind = "prohibit"\nacts = ["weapon_use"]\n'
DEFENCE = 'kind = "except"\n'


def said(*rows: dict[str, object]) -> pl.DataFrame:
    """Return statements; the first is a claim of the hour around noon unless a row says otherwise."""
    base = {
        "source_id": "statements", "speaker": "somebody", "said_utc": NOON + 3 * HOUR, "text": "We returned fire.",
        "citation": "a paper",
    }  # fmt: skip
    whole = [base | {"statement_id": f"s{n}", "native_id": f"n{n}"} | row for n, row in enumerate(rows)]
    given = {name: kind for name, kind in tables.dtypes("statements").items() if any(name in row for row in whole)}
    return tables.conform(pl.DataFrame(whole, schema=given), "statements")


CLAIM = {
    "does": "claim_exception", "clause_id": "defence", "speaks_for": "east", "from_utc": NOON - HOUR, "until_utc": NOON + HOUR,
}  # fmt: skip
ACCEPT = {"does": "accept_exception", "speaks_for": "the commission", "about": "n0", "said_utc": NOON + 9 * HOUR}
REJECT = ACCEPT | {"does": "reject_exception", "said_utc": NOON + 10 * HOUR}


@pytest.fixture
def exception(text, incidents):
    """Return a function that gives the exception of the clause `fire` for one explosion, and its conformity."""

    def look(statements, **row):
        clauses = {"fire": FIRE, "other": OTHER, "defence": DEFENCE}
        found = judge(incidents(row), text(clauses), statements=statements).findings
        told = dict(found.select("clause_id", "exception").iter_rows())
        assert told["other"] == "none_claimed"  # no exception is reserved against it
        assert set(found["conformity"]) == {"contrary"}  # a claim never changes what the machine assessed
        return told["fire"]

    return look


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "none_claimed"),
        ([CLAIM], "claimed"),
        ([CLAIM, ACCEPT], "accepted"),
        ([CLAIM, REJECT], "rejected"),
        ([CLAIM, ACCEPT, REJECT], "rejected"),
        ([CLAIM, ACCEPT | {"speaks_for": "west"}], "claimed"),
        ([CLAIM, ACCEPT | {"about": "n9"}], "claimed"),
        ([CLAIM | {"clause_id": "fire"}], "none_claimed"),
        ([CLAIM | {"does": None}], "none_claimed"),
        ([CLAIM | {"from_utc": NOON + HOUR, "until_utc": NOON + 2 * HOUR}], "none_claimed"),
        ([CLAIM | {"lon_deg": 0.0, "lat_deg": 0.0, "radius_m": 5_000.0}], "claimed"),
        ([CLAIM | {"lon_deg": 1.0, "lat_deg": 0.0, "radius_m": 5_000.0}], "none_claimed"),
        ([CLAIM, CLAIM, REJECT], "claimed"),
    ],
)  # fmt: skip
def test_what_is_claimed_and_who_decides(exception, rows, expected):
    assert exception(said(*rows)) == expected if rows else exception(None) == expected


def test_a_claim_without_a_span_claims_nothing(exception):
    assert exception(said(CLAIM | {"from_utc": None, "until_utc": None})) == "none_claimed"
