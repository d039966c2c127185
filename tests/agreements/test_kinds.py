"""Each kind of clause of the first month, executed: what the words of real texts make of an incident, of steps, of recorded acts.

The cases are rows of `findings.csv` and `duties.csv`; their expectations were written from the texts. `recorded` names acts of
`recorded.csv`; `seen` lists steps as "when where act party count weapon", the count - where a source tells none.
"""

import csv
import datetime as dt
import functools
import pathlib
from collections.abc import Callable, Iterable

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.agreement import KINDS
from trucewatch.judge import duties, judge
from trucewatch.when import Span

Case = dict[str, str]
FIRST_MONTH = (
    1, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 31, 40, 41, 46, 47, 50,
)  # fmt: skip
PLACES = {
    "donetsk": (37.8, 48.0),
    "west_10": (37.386, 47.94),  # some 10 km west of the line of contact, on the side of Ukrainian troops
    "west_30": (37.118, 47.94),
    "near_line": (37.6, 47.9),
    "donetsk_west": (37.65, 47.95),
    "kurakhove_north": (37.0, 48.3),
    "debaltseve": (38.42, 48.34),  # between the two lines of point 2 of the Package of Measures
    "south_of_it": (38.42, 48.05),  # 20 km from the line of September 2014, over 40 km from that of February 2015
    "luhansk_strip": (39.22, 48.8),
    "stanytsia": (39.459, 48.633),
    "zolote": (38.52, 48.69),
    "kyiv": (30.52, 50.45),
    "odesa": (30.73, 46.48),
    "beirut": (35.5, 33.89),
    "tyre": (35.2, 33.27),
    "off_tyre": (35.1, 33.3),
    "haifa": (34.99, 32.8),
    "quneitra": (35.825, 33.125),
    "golan_west": (35.75, 33.05),  # some 5 km west of Line A
    "damascus": (36.29, 33.51),
    "khartoum": (32.53, 15.58),
    "hodeidah": (42.97, 14.8),
    "podujevo_road": (21.3, 43.05),  # beyond the boundary of Kosovo, in the north-east
    "safety_zone": (21.24, 43.01),
    "prizren": (20.74, 42.21),
    "pristina_north": (21.1, 42.9),
}


def cases(name: str) -> list[Case]:
    with (pathlib.Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FINDINGS, DUTIES = cases("findings.csv"), cases("duties.csv")
RECORDED = {row["name"]: row for row in cases("recorded.csv")}


def told(case: Case) -> str:
    return f"{case['kind']}-{case['agreement']}-{case['clause']}-{case['expected']}"


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def split(text: str) -> list[str]:
    return [part for part in text.split("; ") if part]


def placed(at: str, place: str) -> dict[str, object]:
    """Return the columns of a row that say when and where, to 10 s and 200 m."""
    lon, lat = PLACES[place]
    return {
        "start_utc": utc(at), "end_utc": utc(at), "time_error_s": 10.0, "lon_deg": lon, "lat_deg": lat,
        "error_major_m": 200.0, "error_minor_m": 200.0, "error_azimuth_deg": 0.0,
    }  # fmt: skip


def frame(table: str, rows: Iterable[dict[str, object]]) -> pl.DataFrame:
    """Return a table of these rows; what they leave out and may be absent is null."""
    whole = list(rows)
    given = {name: kind for name, kind in tables.dtypes(table).items() if any(name in row for row in whole)}
    return tables.conform(pl.DataFrame(whole, schema=given), table) if whole else tables.empty(table)


def statements(names: str) -> pl.DataFrame:
    """Return table `statements` of recorded acts."""
    return frame("statements", [statement(RECORDED[name]) for name in split(names)])


def statement(row: Case) -> dict[str, object]:
    lon, lat = PLACES[row["place"]] if row["place"] else (None, None)
    return {
        "statement_id": row["name"], "source_id": "record", "native_id": row["name"], "speaker": row["by"],
        "speaks_for": row["by"], "said_utc": utc(row["said_utc"]), "does": row["does"], "clause_id": row["clause"],
        "about": row["about"] or None, "from_utc": utc(row["from_utc"]) if row["from_utc"] else None,
        "until_utc": utc(row["until_utc"]) if row["until_utc"] else None, "lon_deg": lon, "lat_deg": lat,
        "radius_m": float(row["radius_m"]) if row["radius_m"] else None, "text": "Words of the record.",
        "citation": "a record",
    }  # fmt: skip


def incident(case: Case) -> dict[str, object]:
    """Return a row of `incidents`: very likely real, seen by two sources."""
    return {
        "incident_id": f"case-{FINDINGS.index(case)}", "act": case["act"], "act_probability": 1.0, "real_probability": 0.95,
        "observations": 2, "independent_sources": 2, "source_ids": ["a", "b"], **placed(case["at_utc"], case["place"]),
        "object": case["object"] or None, "weapon": case["weapon"] or None,
    }  # fmt: skip


def observation(number: int, told: str) -> dict[str, object]:
    """Return a row of `observations` from "when where act party count weapon"."""
    at, place, act, party, count, weapon = [*told.split(), "-", "-"][:6]
    many = None if count == "-" else int(count)
    return {
        "observation_id": f"step-{number}", "source_id": "monitors", "act": act, **placed(at, place),
        "reported_party": None if party == "nobody" else party, "count_low": many, "count_high": many,
        "weapon": None if weapon == "-" else weapon.replace("_", " "),
    }  # fmt: skip


@pytest.fixture(scope="module")
def found_in(real) -> Callable[[str, str], pl.DataFrame]:
    """Return a function to the findings of all cases of one agreement with the same record, judged at once."""

    @functools.cache
    def judged(name: str, recorded: str) -> pl.DataFrame:
        mine = [case for case in FINDINGS if (case["agreement"], case["recorded"]) == (name, recorded)]
        return judge(frame("incidents", map(incident, mine)), real(name), statements=statements(recorded)).findings

    return judged


@pytest.mark.parametrize("case", FINDINGS, ids=told)
def test_what_an_incident_is_under_a_clause(found_in, case):
    found = found_in(case["agreement"], case["recorded"]).filter(
        (pl.col("incident_id") == f"case-{FINDINGS.index(case)}")
        & (pl.col("clause_id") == case["clause"])
        & (pl.col("reading") == case["reading"])
    )
    if case["expected"] == "outside_scope":
        assert found.is_empty(), "counted, not stored"
        return
    (row,) = found.iter_rows(named=True)
    assert (row["conformity"], row["exception"]) == (case["expected"], case["exception"])
    assert not case["reason"] or case["reason"] in row["reasons"]
    assert row["actor"] == "unknown"


@pytest.mark.parametrize("case", DUTIES, ids=told)
def test_what_was_seen_of_a_duty(real, case):
    """The first deadline of its kind counts; a duty without one is looked at in the period of the case."""
    as_of = utc(case["as_of_utc"])
    found = duties(
        frame("observations", [observation(n, told) for n, told in enumerate(split(case["seen"]))]),
        real(case["agreement"]),
        as_of=as_of,
        period=Span(utc(case["period_from_utc"]) if case["period_from_utc"] else as_of, as_of),
        statements=statements(case["recorded"]),
    ).filter(
        (pl.col("clause_id") == case["clause"])
        & (pl.col("bearer") == case["bearer"])
        & (pl.col("reading") == case["reading"])
        & (pl.col("due") == case["due"])
        & (pl.col("stage") == case["stage"])
    )
    row = found.sort("deadline_utc").row(0, named=True)
    assert row["status"] == case["expected"]
    assert not case["reason"] or case["reason"] in row["reasons"]
    assert case["expected"] != "met" or row["evidence"]


def test_every_kind_of_the_first_month_has_two_cases_that_differ():
    expected: dict[int, set[str]] = {}
    for case in (*FINDINGS, *DUTIES):
        expected.setdefault(int(case["kind"]), set()).add(f"{case['expected']} {case.get('exception', '')}")
    assert [kind for kind in FIRST_MONTH if len(expected.get(kind, ())) < 2] == []
    assert set(expected) <= {kind.number for kind in KINDS}


@pytest.mark.parametrize("case", [*FINDINGS, *DUTIES], ids=told)
def test_a_case_is_of_a_clause_of_its_kind(real, case):
    """The clause itself is of the kind, or an exception that may be claimed against it, or a power that touches it."""
    by_id = {each.clause_id: each for each in real(case["agreement"]).document.clauses}
    clause = by_id[case["clause"]]
    near = [
        clause,
        *(by_id[each] for each in (*clause.exceptions, clause.only_within, clause.unless, clause.upon) if each),
    ]
    near += [each for each in by_id.values() if each.power and clause.clause_id in each.power.of]
    assert any(int(case["kind"]) in each.clause_kinds for each in near)
