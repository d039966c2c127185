"""The queue: what lies near the threshold, harms civilians or runs out of time comes first, and is claimed by one person."""

import datetime as dt

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.verify import queue
from trucewatch.verify.bodies import time_told
from verify.book import PARTIES, START

NOW = START + dt.timedelta(hours=1)


def conform(name, rows):
    if not rows:
        return tables.empty(name)
    given = {column: kind for column, kind in tables.dtypes(name).items() if any(column in row for row in rows)}
    return tables.conform(pl.DataFrame(rows, schema=given), name)


def frames(pairs=()):
    """Four incidents of two observations each: far from the threshold, on it, with thirty civilians harmed, of a grave kind."""
    chances = {"far": 0.02, "near": 0.6, "harm": 0.02, "grave": 0.02}
    incident = {
        "act_probability": 1.0, "start_utc": START, "end_utc": START, "time_error_s": 1.0, "lon_deg": 1.0, "lat_deg": 1.0,
        "error_major_m": 9.0, "error_minor_m": 9.0, "error_azimuth_deg": 0.0, "real_probability": 1.0, "observations": 2,
        "independent_sources": 1, "source_ids": ["s"],
    }  # fmt: skip
    told = {"harm": {"civilians_high": 30}, "grave": {"act": "violence_against_civilians"}}
    finding = {
        "clause_id": "ceasefire", "reading": "text", "conformity": "undetermined", "actor": "unknown", "actor_probability": 1.0,
        "actor_basis": "none", "exception": "none_claimed", "reasons": [],
    }  # fmt: skip
    return {
        "incidents": conform(
            "incidents", [incident | {"incident_id": name, "act": "explosion"} | told.get(name, {}) for name in chances]
        ),
        "members": conform(
            "members", [{"incident_id": name, "observation_id": f"{name}-{n}"} for name in chances for n in (1, 2)]
        ),
        "pairs": conform("pairs", [{"observation_a": a, "observation_b": b, "probability": p} for a, b, p in pairs]),
        "findings": conform(
            "findings",
            [finding | {"incident_id": name, "contrary_probability": chance} for name, chance in chances.items()],
        ),
        "duties": tables.empty("duties"),
    }


def ask(book, now=NOW, **told):
    return queue(frames(**told), book.standing, thresholds={"ceasefire": 0.6}, now=now)


def test_what_matters_comes_first(book):
    asked = ask(book)
    assert asked["subject"].to_list() == ["near", "harm", "grave", "far"]
    assert asked["near"].to_list() == pytest.approx([1, 0, 0, 0])
    assert asked["harm"].to_list() == pytest.approx([0, 1, 0.5, 0])
    assert set(asked["kind"]) == {"incident"}


def test_a_clock_that_runs_out_comes_first(book):
    body = {
        "findings": ["far|ceasefire"],
        "parties": list(PARTIES),
        "hours": 48,
        "text": "",
        "reason": "a preliminary finding",
    }
    book.approve("ruth", book.add("rhea", "notice", body))
    clocks = [
        ask(book, book.at_utc + dt.timedelta(hours=hours)).row(by_predicate=pl.col("subject") == "far", named=True)[
            "clock"
        ]
        for hours in (0, 42, 48, 72, 48 + 49)
    ]
    assert clocks == pytest.approx([6 / 54, 0.5, 1, 1, 0], abs=1e-3)


def test_pairs_that_fusion_is_unsure_of_are_asked(book):
    pairs = [("far-1", "far-2", 0.99), ("grave-1", "harm-1", 0.45), ("far-1", "near-1", 0.75)]
    asked = ask(book, pairs=pairs).filter(pl.col("kind") == "pair")
    assert asked["task"].to_list() == ["pair:grave-1|harm-1", "pair:far-1|near-1"]
    assert asked["harm"].to_list() == pytest.approx([1, 0])
    book.approve("victor", book.decide("vera", "same", observations=["grave-1", "harm-1"]))
    assert "pair:grave-1|harm-1" not in set(ask(book, pairs=pairs)["task"])


def test_what_waits_for_a_second_person_comes_before_all_and_goes_once_decided(book):
    decision = book.decide("vera", subject="far", observations=["far-1", "far-2"])
    first = ask(book).row(0, named=True)
    assert (first["kind"], first["subject"], first["observations"]) == ("approval", decision, ["far-1", "far-2"])
    book.approve("victor", decision)
    assert set(ask(book)["subject"]) == {"near", "harm", "grave"}


def test_contradictions_are_asked_again(book):
    for who, second, word in (("vera", "victor", "confirmed"), ("victor", "vera", "rejected")):
        book.approve(second, book.decide(who, word, subject="far", observations=["far-1", "far-2"]))
    for who, second, word in (("vera", "victor", "same"), ("victor", "vera", "different")):
        book.approve(second, book.decide(who, word, observations=["far-1", "near-1"]))
    asked = ask(book).filter(pl.col("kind") == "contradiction")
    assert set(asked["task"]) == {"incident:far", "pair:far-1|near-1"}


def test_a_claim_is_shown_until_it_ends(book):
    until = book.at_utc + dt.timedelta(minutes=10)
    book.add("vera", "claim", {"task": "incident:far", "until_utc": time_told(until)})
    row = ask(book, until - dt.timedelta(minutes=1)).row(by_predicate=pl.col("subject") == "far", named=True)
    assert (row["claimed_by"], row["claimed_until_utc"]) == ("vera", until)
    assert ask(book, until)["claimed_by"].null_count() == 4
