"""A power takes effect by a recorded act, of one who may, in time; never by itself."""

import datetime as dt
import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch import tables
from trucewatch.agreement import parse_agreement, table_of
from trucewatch.agreement.powers import within, without
from trucewatch.when import Span

TEXT = """\
agreement_id = "small"
title = "A small text"
standing = "in_force"
standing_basis = "published"
citation = "written for a test"
time_zone = "UTC"
entry_into_force = 2024-03-01T00:00:00
duration_days = 30

[[parties]]
party_id = "east"
name = "East"
style = { colour = "#111111" }

[[parties]]
party_id = "west"
name = "West"
style = { colour = "#222222" }

[[bodies]]
body_id = "commission"
name = "The commission"

[[clauses]]
clause_id = "fire"
number = "1"
kind = "prohibit"
acts = ["weapon_use"]
text = "No fire."
words_are = "quoted"

[[clauses]]
clause_id = "flights"
number = "2"
kind = "prohibit"
acts = ["uav_flight"]
unless = "permission"
upon = "verified"
text = "No flights without permission, once the commission has verified the withdrawal."
words_are = "quoted"

[[clauses]]
clause_id = "repairs"
number = "3"
kind = "prohibit"
acts = ["weapon_use"]
only_within = "permission"
text = "Silence while repairs go on."
words_are = "quoted"

[[clauses]]
clause_id = "longer"
number = "4"
kind = "power"
power = { does = "extend", consent = "all", at_most_days = 60 }
text = "Extended by mutual consent, by sixty days at most."
words_are = "quoted"

[[clauses]]
clause_id = "pause"
number = "5"
kind = "power"
power = { does = "suspend", by = ["commission"], at_most_days = 3 }
text = "The commission may suspend it for three days."
words_are = "quoted"

[[clauses]]
clause_id = "free"
number = "6"
kind = "power"
power = { does = "release", trigger = "a material breach by the other" }
text = "Either may declare itself released."
words_are = "quoted"

[[clauses]]
clause_id = "verified"
number = "7"
kind = "power"
power = { does = "verify", by = ["commission"] }
text = "The commission verifies."
words_are = "quoted"

[[clauses]]
clause_id = "permission"
number = "8"
kind = "power"
power = { does = "authorise", by = ["commission"] }
text = "The commission may permit."
words_are = "quoted"
"""


def day(n: float) -> dt.datetime:
    """Return midnight UTC of day `n` of March 2024; 32 is the first of April."""
    return dt.datetime(2024, 3, 1, tzinfo=dt.UTC) + dt.timedelta(days=n - 1)


@pytest.fixture(scope="module")
def text():
    return parse_agreement(TEXT.encode(), name="agreement.toml", beside=lambda _: b"")


def said(*rows: dict[str, object]) -> pl.DataFrame:
    """Return table `statements`; each row tells does, clause_id, speaks_for, said_utc, and what else it has."""
    base = {"source_id": "statements", "speaker": "somebody", "text": "Words.", "citation": "a paper"}
    whole = [base | {"statement_id": f"s{n}", "native_id": str(n)} | row for n, row in enumerate(rows)]
    return tables.conform(pl.DataFrame(whole, schema_overrides=_types(whole), infer_schema_length=None), "statements")


def _types(rows):
    kinds = tables.dtypes("statements")
    return {name: kinds[name] for row in rows for name in row}


def act(
    does: str, clause: str, by: str | None, at: float, until: float | None = None, **more: object
) -> dict[str, object]:
    return {
        "does": does,
        "clause_id": clause,
        "speaks_for": by,
        "said_utc": day(at),
        "until_utc": until and day(until),
    } | more


def effects(text, *rows) -> list[str]:
    return [each.effect for each in text.with_acts(said(*rows)).acts]


def test_nothing_happens_by_itself(text):
    assert text.with_acts(tables.empty("statements")).in_force() == text.in_force() == Span(day(1), day(31))


def test_an_extension_needs_everybody(text):
    one, both = (
        [act("extend", "longer", "east", 20, 60)],
        [act("extend", "longer", p, 20 + n, 60) for n, p in enumerate(("east", "west"))],
    )
    assert effects(text, *one) == ["awaits_consent"]
    assert text.with_acts(said(*one)).in_force().end_utc == day(31)
    assert effects(text, *both) == ["in_effect", "in_effect"]
    assert text.with_acts(said(*both)).in_force().end_utc == day(60)


def test_consent_to_another_end_is_no_consent(text):
    assert (
        effects(text, act("extend", "longer", "east", 20, 60), act("extend", "longer", "west", 21, 61))
        == ["awaits_consent"] * 2
    )


@pytest.mark.parametrize(
    ("row", "effect"),
    [
        (act("extend", "longer", "east", 31, 60), "text_not_in_force"),
        (act("extend", "longer", "east", 0.5, 60), "text_not_in_force"),
        (act("extend", "longer", "east", 20, 92), "beyond_limit"),
        (act("extend", "longer", "east", 20, 91), "awaits_consent"),
        (act("extend", "longer", "east", 20), "without_end"),
        (act("extend", "longer", "commission", 20, 60), "not_entitled"),
        (act("extend", "longer", None, 20, 60), "not_entitled"),
        (act("release", "longer", "east", 20), "no_such_power"),
        (act("extend", "fire", "east", 20, 60), "no_such_power"),
        (act("extend", "nowhere", "east", 20, 60), "no_such_power"),
        (act("suspend", "pause", "east", 20, 21), "not_entitled"),
        (act("suspend", "pause", "commission", 20, 24), "beyond_limit"),
        (act("suspend", "pause", "commission", 20), "in_effect"),
        (act("release", "free", "west", 20), "in_effect"),
    ],
)  # fmt: skip
def test_what_takes_effect_and_what_does_not(text, row, effect):
    assert effects(text, row) == [effect]


def test_after_an_extension_the_text_can_be_extended_again(text):
    rows = [act("extend", "longer", p, at, until) for at, until in ((20, 60), (50, 80)) for p in ("east", "west")]
    assert text.with_acts(said(*rows)).in_force().end_utc == day(80)


def test_a_suspension_is_taken_out_and_ends_when_it_is_resumed(text):
    paused = text.with_acts(said(act("suspend", "pause", "commission", 10, 12)))
    assert paused.held() == (Span(day(1), day(10)), Span(day(12), day(31)))
    fire = paused.clauses_under("text")[0]
    assert paused.clause_spans(fire) == paused.held()
    early = text.with_acts(
        said(act("suspend", "pause", "commission", 10, 12), act("resume", "pause", "commission", 11))
    )
    assert early.held() == (Span(day(1), day(10)), Span(day(11), day(31)))


def test_an_act_never_holds_before_it_was_said(text):
    paused = text.with_acts(said(act("suspend", "pause", "commission", 10, 12, from_utc=day(9))))
    assert paused.held()[0].end_utc == day(10)


def test_release_frees_the_one_who_exercises_it_and_the_text_ends_when_all_are_free(text):
    one = text.with_acts(said(act("release", "free", "west", 10)))
    fire = one.clauses_under("text")[0]
    assert one.released(fire) == {"west": day(10)}
    assert one.in_force() == text.in_force()
    both = text.with_acts(said(act("release", "free", "west", 10), act("release", "free", "east", 15)))
    assert both.in_force().end_utc == day(15)


def test_a_clause_that_waits_for_a_verification_does_not_hold_without(text):
    flights = text.clauses_under("text")[1]
    assert text.clause_spans(flights) == ()
    verified = text.with_acts(said(act("verify", "verified", "commission", 7)))
    assert verified.clause_spans(flights) == (Span(day(7), day(31)),)


def test_a_local_clause_holds_only_in_its_windows(text):
    repairs = text.clauses_under("text")[2]
    assert text.clause_spans(repairs) == ()
    rows = [
        act("authorise", "permission", "commission", 5, until, from_utc=day(start))
        for start, until in ((6, 7), (6.5, 8), (40, 41))
    ]
    assert text.with_acts(said(*rows)).clause_spans(repairs) == (Span(day(6), day(8)),)


def test_the_table_of_powers_keeps_what_did_not_take_effect(text):
    rows = [
        act("extend", "longer", "east", 20, 60),
        act("authorise", "permission", "commission", 5, 6, lon_deg=37.0, lat_deg=48.0, radius_m=500.0),
    ]
    table = table_of(text.with_acts(said(*rows)).acts)
    assert table.select("statement_id", "effect", "radius_m").rows() == [
        ("s1", "in_effect", 500.0),
        ("s0", "awaits_consent", None),
    ]


spans = st.lists(
    st.tuples(st.integers(1, 60), st.integers(1, 9)).map(lambda p: Span(day(p[0]), day(p[0] + p[1]))), max_size=6
)


def covered(found, n):
    return any(span.start_utc <= day(n + 0.5) < span.end_utc for span in found)


@settings(max_examples=60)
@given(spans, spans)
def test_spans_without_and_within_others(first, second):
    first = list(within(first, [Span(day(-99), day(999))]))  # as spans that do not overlap
    for n in range(75):
        assert covered(without(first, second), n) == (covered(first, n) and not covered(second, n))
        assert covered(within(first, second), n) == (covered(first, n) and covered(second, n))
    for made in (without(first, second), within(first, second)):
        assert all(a.end_utc <= b.start_utc for a, b in itertools.pairwise(made))
