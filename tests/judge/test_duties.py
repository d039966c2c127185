"""A duty is judged by its deadline from what was seen, and what nobody saw shows nothing."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch import tables
from trucewatch.judge import DUTY_REASONS, duties, duty_acts
from trucewatch.tables.duties import STATUSES
from trucewatch.when import Span

START = dt.datetime(2023, 6, 1, tzinfo=dt.UTC)
OWE = 'kind = "oblige"\nbearers = ["east"]\n'
GUNS = OWE + (
    'zone = "strip"\nweapons = ["howitzers"]\nstart_by_day = 2\ncomplete_by_day = 14\n'
    'duty = { shown_by = ["withdrawal"], against = ["heavy_weapon"], at_least = 10 }\n'
)
LISTS = OWE + 'complete_by_day = 5\nduty = { shown_by = ["list_handed_over"] }\n'
REPORTS = OWE + 'duty = { shown_by = ["report_submitted"], every_days = 7 }\n'
ACCESS = 'kind = "oblige"\nduty = { shown_by = ["access_granted"], against = ["access_restriction"] }\n'
CAPS = OWE + 'zone = "strip"\nduty = { shown_by = ["site_inspection"], at_most = 75, every_days = 14 }\n'
STAGES = OWE + (
    'weapons = ["howitzers"]\nduty = { shown_by = ["withdrawal"], stages = [\n'
    '  { stage = "first", name = "the strip", by_day = 1, zone = "strip" },\n'
    '  { stage = "second", name = "mortars", by_day = 6, zone = "wide", weapons = ["mortars"], at_least = 3 } ] }\n'
)
LONGER = 'kind = "power"\npower = { does = "extend", by = ["east", "west"], consent = "all", of = ["lists"] }\n'


def at(day: float) -> dt.datetime:
    return START + dt.timedelta(days=day)


def seen(*rows: dict[str, object]) -> pl.DataFrame:
    """Return observations at 0° 0° of the howitzers of the east; `day` of a row counts from entry into force."""
    base = {
        "source_id": "patrol", "time_error_s": 0.0, "lon_deg": 0.0, "lat_deg": 0.0, "error_major_m": 300.0,
        "error_minor_m": 300.0, "error_azimuth_deg": 0.0, "reported_party": "east", "weapon": "howitzer 122mm",
    }  # fmt: skip
    whole = []
    for n, row in enumerate(rows):
        own = {name: value for name, value in row.items() if name != "day"}
        when = at(row["day"])
        whole.append(base | {"observation_id": f"o{n}", "start_utc": when, "end_utc": when} | own)
    kinds = tables.dtypes("observations")
    return tables.conform(
        pl.DataFrame(whole, schema={n: t for n, t in kinds.items() if n in base or any(n in r for r in whole)}),
        "observations",
    )


def judged(agreement, rows, *, as_of=20.0, period=(19.0, 20.0), statements=None, **where):
    """Return the rows of one clause (keyword `due`, `stage`, `bearer` narrow them) as dictionaries."""
    found = duties(
        seen(*rows) if rows else tables.empty("observations"), agreement, as_of=at(as_of),
        period=Span(at(period[0]), at(period[1])), statements=statements,
    )  # fmt: skip
    for name, value in where.items():
        found = found.filter(pl.col(name) == value)
    return found.to_dicts()


GONE = {"act": "withdrawal", "day": 10, "count_low": 10}
NOT_GONE = GONE | {"count_low": 0, "count_high": 0}
STILL = {"act": "heavy_weapon", "day": 16}


@pytest.mark.parametrize(
    ("rows", "status", "shown", "reasons"),
    [
        ([], "not_verified", None, ["no_evidence"]),
        ([GONE], "met", 10, []),
        ([GONE | {"count_low": 6}, GONE | {"count_low": 4, "day": 12}], "met", 10, []),
        ([GONE | {"count_low": 6}], "partly_met", 6, ["fewer_than_owed"]),
        ([GONE, STILL], "partly_met", 10, ["acts_against_it"]),
        ([STILL], "not_met", None, ["acts_against_it"]),
        ([STILL | {"day": 12}], "not_verified", None, ["no_evidence"]),
        ([GONE | {"day": 15}], "not_verified", None, ["shown_late", "no_evidence"]),
        ([NOT_GONE], "not_verified", None, ["no_evidence"]),
        ([NOT_GONE | {"day": 15}], "not_met", None, ["said_not_done"]),
        ([NOT_GONE, GONE | {"day": 12}], "met", 10, []),
        ([GONE, NOT_GONE | {"day": 15}], "partly_met", 10, ["said_not_done"]),
        ([GONE | {"reported_party": "west"}], "not_verified", None, ["no_evidence"]),
        ([GONE | {"reported_party": None}], "met", 10, []),
        ([GONE | {"lon_deg": 2.0}], "not_verified", None, ["no_evidence"]),
        ([GONE | {"weapon": "mortar 82mm"}], "not_verified", None, ["no_evidence"]),
        ([GONE | {"act": "site_inspection"}], "not_verified", None, ["no_evidence"]),
        ([STILL | {"lon_deg": 2.0}], "not_verified", None, ["no_evidence"]),
        ([STILL | {"weapon": "mortar 82mm"}], "not_verified", None, ["no_evidence"]),
        ([GONE | {"day": -1}], "not_verified", None, ["no_evidence"]),
    ],
)  # fmt: skip
def test_a_withdrawal_by_its_deadline(text, rows, status, shown, reasons):
    (row,) = judged(text({"guns": GUNS}), rows, due="complete")
    assert (row["status"], row["shown"], row["reasons"]) == (status, shown, reasons)
    assert (row["deadline_utc"], row["required"], row["bearer"]) == (at(14), 10, "east")


def test_a_duty_to_begin_asks_for_any_step_by_then(text):
    begun = text({"guns": GUNS})
    assert judged(begun, [GONE | {"day": 1, "count_low": 1}], due="begin")[0]["status"] == "met"
    assert judged(begun, [GONE], due="begin")[0]["status"] == "not_verified"
    assert judged(begun, [], as_of=1.0, due="begin")[0]["status"] == "not_due"


def test_before_the_deadline_it_is_not_due_unless_it_is_met(text):
    guns = text({"guns": GUNS})
    assert judged(guns, [], as_of=13.0, due="complete")[0]["status"] == "not_due"
    assert judged(guns, [GONE | {"count_low": 3}], as_of=13.0, due="complete")[0]["status"] == "not_due"
    assert judged(guns, [GONE], as_of=13.0, due="complete")[0]["status"] == "met"


def test_of_two_words_within_a_period_the_last_counts(text):
    rows = [
        {"act": "report_submitted", "day": 2, "count_low": 0, "count_high": 0},
        {"act": "report_submitted", "day": 3},
    ]
    reports = text({"reports": REPORTS})
    assert judged(reports, rows)[0]["status"] == "met"
    assert judged(reports, rows[:1])[0]["status"] == "not_met"
    assert judged(reports, [rows[0] | {"day": 4}, rows[1]])[0]["status"] == "partly_met"


def test_a_step_that_shows_a_part_never_shows_that_all_was_done(text):
    part = text({"freed": OWE + 'complete_by_day = 5\nduty = { shown_by = ["detainees_released"], shows = "part" }\n'})
    (row,) = judged(part, [{"act": "detainees_released", "day": 3, "count_low": 52}])
    assert (row["status"], row["reasons"], row["shown"]) == ("partly_met", ["a_part_only"], 52)
    assert judged(part, [])[0]["status"] == "not_verified"


def test_a_list_handed_over(text):
    lists = text({"lists": LISTS})
    assert judged(lists, [{"act": "list_handed_over", "day": 4}])[0]["status"] == "met"
    assert judged(lists, [])[0]["status"] == "not_verified"


def test_a_recorded_extension_moves_the_deadline_and_one_sides_word_does_not(text):
    lists = text({"lists": LISTS, "longer": LONGER})
    late = [{"act": "list_handed_over", "day": 8}]
    rows = [
        {
            "statement_id": f"s{party}", "source_id": "x", "speaker": party, "speaks_for": party, "said_utc": at(3),
            "does": "extend", "clause_id": "longer", "until_utc": at(9), "text": "Nine days.", "citation": "a paper",
        }
        for party in ("east", "west")
    ]  # fmt: skip
    both, one = (tables.conform(pl.DataFrame(told), "statements") for told in (rows, rows[:1]))
    assert judged(lists, late)[0]["status"] == "not_verified"
    assert judged(lists, late, statements=one)[0]["status"] == "not_verified"
    (row,) = judged(lists, late, statements=both)
    assert (row["status"], row["deadline_utc"]) == ("met", at(9))


def test_a_duty_that_returns_has_a_deadline_each_time(text):
    rows = [
        {"act": "report_submitted", "day": 3},
        {"act": "report_submitted", "day": 15, "count_low": 0, "count_high": 0},
    ]
    found = judged(text({"reports": REPORTS}), rows, as_of=20.0)
    assert [(row["deadline_utc"], row["status"]) for row in found] == [
        (at(7), "met"), (at(14), "not_verified"), (at(21), "not_due"),
    ]  # fmt: skip
    assert judged(text({"reports": REPORTS}), rows, as_of=22.0)[2]["status"] == "not_met"


@pytest.mark.parametrize(
    ("acts", "statuses"),
    [
        ([], {"east": "not_verified", "west": "not_verified"}),
        ([("access_granted", "east")], {"east": "met", "west": "not_verified"}),
        ([("denial_of_access", "west")], {"east": "not_verified", "west": "not_met"}),
        ([("access_granted", "west"), ("delay_of_access", "west")], {"east": "not_verified", "west": "partly_met"}),
        ([("denial_of_access", None)], {"east": "not_verified", "west": "not_verified"}),
    ],
)  # fmt: skip
def test_a_standing_duty_is_looked_at_in_the_reported_period(text, acts, statuses):
    access = text({"access": ACCESS})
    rows = [{"act": act, "day": 19.5, "reported_party": party} for act, party in acts]
    assert {row["bearer"]: row["status"] for row in judged(access, rows)} == statuses
    assert {row["status"] for row in judged(access, [row | {"day": 18.5} for row in rows])} == {"not_verified"}


def test_no_more_than_a_cap_may_be_found(text):
    caps = text({"caps": CAPS})
    inspected = {"act": "site_inspection", "day": 10, "weapon": "tank", "count_low": 75, "count_high": 75}
    assert judged(caps, [inspected])[0]["status"] == "met"
    (row, _) = judged(caps, [inspected | {"count_low": 76, "count_high": 76}])
    assert (row["status"], row["reasons"]) == ("not_met", ["more_than_allowed"])
    assert judged(caps, [])[0]["status"] == "not_verified"


def test_stages_have_zones_weapons_and_deadlines_of_their_own(text):
    rows = [
        {"act": "withdrawal", "day": 0.5},
        {"act": "withdrawal", "day": 5, "weapon": "mortar 82mm", "lon_deg": 1.0, "count_low": 3},
    ]
    found = judged(text({"stages": STAGES}), rows)
    assert [(r["stage"], r["deadline_utc"], r["status"]) for r in found] == [
        ("first", at(1), "met"), ("second", at(6), "met"),
    ]  # fmt: skip
    assert [r["status"] for r in judged(text({"stages": STAGES}), rows[:1])] == ["met", "not_verified"]
    assert [r["status"] for r in judged(text({"stages": STAGES}), rows[1:])] == ["not_verified", "met"]


def test_nothing_is_owed_under_a_text_never_in_force(text):
    assert judged(text({"guns": GUNS, "lists": LISTS}, standing="proposed", force=""), [GONE]) == []


def test_the_acts_of_duties(text):
    agreement = text({"guns": GUNS, "access": ACCESS})
    assert duty_acts(agreement) == ("access_granted", "access_restriction", "heavy_weapon", "withdrawal")


rows = st.lists(
    st.fixed_dictionaries(
        {
            "act": st.sampled_from(
                ["withdrawal", "heavy_weapon", "list_handed_over", "report_submitted", "denial_of_access"]
            ),
            "day": st.floats(-2, 25),
            "count_low": st.sampled_from([None, 0, 4, 12]),
            "reported_party": st.sampled_from([None, "east", "west"]),
            "lon_deg": st.floats(-2, 2),
        }
    ).map(lambda row: row | {"count_high": row["count_low"]}),
    max_size=6,
)
EVERY = {"guns": GUNS, "lists": LISTS, "reports": REPORTS, "access": ACCESS, "caps": CAPS, "stages": STAGES}


@settings(max_examples=40)
@given(rows=rows, as_of=st.floats(0.5, 29), order=st.randoms(use_true_random=False))
def test_a_status_rests_on_its_evidence_and_on_no_order(text, rows, as_of, order):
    agreement = text(EVERY)
    period = (as_of - 0.5, as_of)
    found = judged(agreement, rows, as_of=as_of, period=period)
    for row in found:
        done, against = bool(row["evidence"]), bool(row["counter_evidence"])
        assert row["status"] in STATUSES
        assert (row["status"] == "not_verified") <= (not done and not against)
        assert (row["status"] == "met") <= (done and not against)
        assert (row["status"] == "not_met") <= (against and not done)
        assert (row["status"] == "not_due") <= (row["deadline_utc"] > at(as_of))
        assert [code for code in DUTY_REASONS if code in row["reasons"]] == row["reasons"]
    named = [row | {"observation_id": f"o{n}"} for n, row in enumerate(rows)]
    order.shuffle(named)
    assert judged(agreement, named, as_of=as_of, period=period) == found
