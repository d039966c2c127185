"""A party's counts: the number as it is said, the span, the unit, the citation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.errors import DeliveryError
from trucewatch.observe.readers.claims.read import UNITS


def one(sample, **values: str) -> dict[str, object]:
    """The only claim of a file of one row."""
    some = sample("claims")
    return some.taken(some.csv(some.changed(0, **values)[:1])).row(0, named=True)


def rules(sample, **values: str) -> list[tuple[int, str, str | None]]:
    """What is said of the second row when it is changed."""
    some = sample("claims")
    taken = some.take_in(some.csv(some.changed(1, **values)))
    assert taken.context["claims"].height == len(some.rows) - taken.set_aside.height
    return taken.set_aside.select("line", "rule", "column").rows()


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("60", (60, 60)),
        ("0", (0, 0)),
        ("about 60", (45, 75)),
        ("About 60", (45, 75)),
        ("around 10", (8, 12)),
        ("some 2", (1, 3)),
        ("c. 1", (0, 2)),
        ("at least 12", (12, None)),
        ("more than 12", (13, None)),
        ("over 12", (13, None)),
        ("up to 12", (0, 12)),
        ("10-15", (10, 15)),
        ("10 – 15", (10, 15)),
        ("about 10-15", (10, 15)),
        ("999999999", (999_999_999, 999_999_999)),
    ],
)
def test_a_number_is_kept_as_the_range_that_it_says(sample, number, told):
    row = one(sample, number=number)
    assert (row["number_low"], row["number_high"]) == told


@pytest.mark.parametrize(("low", "high", "told"), [("5", "9", (5, 9)), ("5", "", (5, None)), ("0", "0", (0, 0))])
def test_a_range_of_the_communique_stands_instead(sample, low, high, told):
    row = one(sample, number="", low=low, high=high)
    assert (row["number_low"], row["number_high"]) == told


@pytest.mark.parametrize(
    "number",
    [
        "",
        "many",
        "1,250",
        "1 250",
        "-3",
        "6.0",
        "１２",
        "١٢",
        "about",
        "about many",
        "at least 5-9",
        "up to 5-9",
        "60 cases",
        "=60",
        "1e3",
        "10-",
    ],
)
def test_what_is_no_number_is_set_aside(sample, number):
    assert rules(sample, number=number) == [(3, "number_unreadable", "number")]


@pytest.mark.parametrize(("low", "high"), [("5", "9"), ("", "9")])
def test_a_number_and_a_range_are_not_both_told(sample, low, high):
    assert rules(sample, number="7", low=low, high=high) == [(3, "number_unreadable", "number")]


def test_a_range_out_of_order_is_set_aside(sample):
    assert rules(sample, number="15-10") == [(3, "number_out_of_order", "number")]
    assert rules(sample, number="", low="9", high="5") == [(3, "number_out_of_order", "number")]


@settings(max_examples=40)
@given(st.integers(0, 10**9 - 1))
def test_about_is_never_narrower_than_exactly(sample, number):
    row = one(sample, number=f"about {number}")
    assert 0 <= row["number_low"] <= number < row["number_high"] <= number + max(number, 4) // 4 + 1


@pytest.mark.parametrize(
    ("span", "told"),
    [
        ({"from": "2026-04-08", "to": ""}, ("2026-04-07 21:00", "2026-04-08 21:00")),
        ({"from": "2026-04-01", "to": "2026-04-07"}, ("2026-03-31 21:00", "2026-04-07 21:00")),
        ({"from": "2026-04-08 18:00", "to": "2026-04-09 18:00"}, ("2026-04-08 15:00", "2026-04-09 15:00")),
        ({"from": "2026-04-08T18:00Z", "to": "2026-04-09"}, ("2026-04-08 18:00", "2026-04-09 21:00")),
        ({"from": "2026-10-25 02:00", "to": "2026-10-25 05:00"}, ("2026-10-24 23:00", "2026-10-25 03:00")),
    ],
)
def test_a_span_holds_all_that_was_counted(sample, span, told):
    row = one(sample, **span)
    assert (f"{row['start_utc']:%Y-%m-%d %H:%M}", f"{row['end_utc']:%Y-%m-%d %H:%M}") == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2026-04-09", "2026-04-09 20:59"),
        ("2026-04-09 18:00", "2026-04-09 15:00"),
        ("2026-04-09T18:00Z", "2026-04-09 18:00"),
    ],
)
def test_what_was_said_on_a_day_was_said_by_its_last_minute(sample, said, told):
    assert f"{one(sample, said=said)['said_utc']:%Y-%m-%d %H:%M}" == told


@pytest.mark.parametrize("unit", [*UNITS, "tube_artillery", "x1"])
def test_a_unit_is_a_code_known_or_not(sample, unit):
    assert one(sample, unit=unit)["unit"] == unit


def test_no_unit_is_unstated(sample):
    assert one(sample, unit="")["unit"] == "unstated"


@pytest.mark.parametrize("unit", ["Shelling cases", "обстріли", "=unit", "1st", "x" * 41])
def test_words_are_no_unit(sample, unit):
    assert rules(sample, unit=unit) == [(3, "unit_is_no_code", "unit")]


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"id": ""}, "id_is_absent", "id"),
        ({"claimant": ""}, "claimant_is_absent", "claimant"),
        ({"citation": ""}, "citation_is_absent", "citation"),
        ({"to": ""}, "end_is_none", "to"),  # its `from` is no day
        ({"to": "later"}, "end_is_none", "to"),
        ({"to": "2026-04-08"}, "ends_before_it_starts", "to"),
        ({"said": "in the evening"}, "said_is_no_time", "said"),
    ],
)
def test_what_breaks_a_rule_is_set_aside(sample, changed, rule, column):
    assert rules(sample, **changed) == [(3, rule, column)]


def test_who_is_accused_of_nothing_named_stays_nobody(sample):
    row = one(sample, accused="", area="", clause="", words="", definition="")
    assert [row[name] for name in ("accused", "area", "clause_id", "text", "definition")] == [None] * 5


def test_words_and_their_marks_are_kept_as_they_stand(sample):
    words = '=1+1 "обстріл"; <b>60</b>'
    assert one(sample, words=words)["text"] == words


def test_a_row_told_in_confidence_says_so(sample):
    some = sample("claims")
    rows = tuple((*row, told) for row, told in zip(some.rows, ("internal", "", "everybody", "parties"), strict=True))
    taken = some.take_in(some.csv(rows, (*some.columns, "audience")))
    assert taken.context["claims"]["audience"].to_list() == ["internal", "public", "parties"]
    assert taken.set_aside.select("line", "column").rows() == [(4, "audience")]


def test_an_unknown_option_is_refused(sample):
    with pytest.raises(DeliveryError, match="use sheet"):
        sample("claims").take_in(sample("claims").csv(), options={"page": "1"})
