"""Exact words: who, when, what they do under a clause, where they hold; a paraphrase is none."""

import pytest

from trucewatch.errors import DeliveryError
from trucewatch.tables.reported import DOES


def one(sample, **values: str) -> dict[str, object]:
    """The only statement of a file of one row."""
    some = sample("statements")
    return some.taken(some.csv(some.changed(0, **values)[:1])).row(0, named=True)


def rules(sample, **values: str) -> list[tuple[int, str, str | None]]:
    """What is said of the second row, a window with a circle, when it is changed."""
    some = sample("statements")
    taken = some.take_in(some.csv(some.changed(1, **values)))
    return taken.set_aside.select("line", "rule", "column").rows()


def test_a_window_has_its_circle_its_span_and_its_purpose(sample):
    row = sample("statements").taken(sample("statements").csv()).row(1, named=True)
    assert (row["lon_deg"], row["lat_deg"], row["radius_m"], row["place"]) == (37.9, 48.1, 1500.0, "Mill")
    assert (row["does"], row["clause_id"], row["purpose"]) == ("authorise", "7", "repair of a water pipe")
    times = [f"{row[name]:%Y-%m-%d %H:%M}" for name in ("said_utc", "from_utc", "until_utc")]
    assert times == ["2026-04-08 09:00", "2026-04-09 05:00", "2026-04-09 13:00"]
    assert row["text"] == 'The window is "approved".'


def test_a_paraphrase_is_set_aside_and_named(sample):
    assert rules(sample, exact="no") == [(3, "words_are_a_paraphrase", "exact")]


@pytest.mark.parametrize("exact", ["", "Yes", "y", "maybe"])
def test_whether_words_are_exact_is_said(sample, exact):
    assert rules(sample, exact=exact) == [(3, "exact_is_neither_yes_nor_no", "exact")]


@pytest.mark.parametrize("does", DOES)
def test_every_act_of_words_is_taken(sample, does):
    assert one(sample, does=does, about="s0")["does"] == does


def test_words_that_only_say_something_touch_no_clause(sample):
    row = one(sample, does="", clause="", speaks_for="", language="")
    assert [row[name] for name in ("does", "clause_id", "speaks_for", "language")] == [None] * 4


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"id": ""}, "id_is_absent", "id"),
        ({"speaker": ""}, "speaker_is_absent", "speaker"),
        ({"words": ""}, "words_is_absent", "words"),
        ({"citation": ""}, "citation_is_absent", "citation"),
        ({"does": "declares_war"}, "does_unknown", "does"),
        ({"clause": ""}, "an_act_touches_a_clause", None),
        ({"does": "accept_exception"}, "a_decision_is_about_a_statement", None),
        ({"from": "tomorrow"}, "from_is_no_time", "from"),
        ({"until": "for ever"}, "until_is_no_time", "until"),
        ({"until": "2026-04-08"}, "span_in_order", None),
        ({"radius_m": "0"}, "radius_is_no_length", "radius_m"),
        ({"radius_m": "1,5"}, "radius_is_no_length", "radius_m"),
        ({"radius_m": ""}, "a_circle_is_whole", None),
        ({"lon": "", "lat": ""}, "a_circle_is_whole", None),
        ({"lon": ""}, "longitude_is_no_number", "lon"),
        ({"language": "English"}, "language_is_no_code", "language"),
        ({"language": "EN"}, "language_is_no_code", "language"),
    ],
)
def test_what_breaks_a_rule_is_set_aside(sample, changed, rule, column):
    assert rules(sample, **changed) == [(3, rule, column)]


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("said", "2026-04-08", "2026-04-08 20:59"),
        ("from", "2026-04-08", "2026-04-07 21:00"),
        ("until", "2026-04-08", "2026-04-08 21:00"),
        ("until", "2026-04-08 10:00Z", "2026-04-08 10:00"),
    ],
)
def test_a_day_begins_for_from_and_ends_for_said_and_until(sample, column, value, told):
    assert f"{one(sample, **{column: value})[f'{column}_utc']:%Y-%m-%d %H:%M}" == told


@pytest.mark.parametrize("words", ['=cmd|"/C calc"!A0', "<script>alert(1)</script>", "рядок\nще рядок", "\u202eevil"])
def test_words_are_kept_to_the_letter(sample, words):
    assert one(sample, words=words)["text"] == words


def test_a_row_told_in_confidence_says_so(sample):
    some = sample("statements")
    rows = tuple((*row, told) for row, told in zip(some.rows, ("coalition", "", "", "all"), strict=True))
    taken = some.take_in(some.csv(rows, (*some.columns, "audience")))
    assert taken.context["statements"]["audience"].to_list() == ["coalition", "public", "public"]
    assert taken.set_aside.select("line", "column").rows() == [(5, "audience")]


def test_an_unknown_option_is_refused(sample):
    with pytest.raises(DeliveryError, match="use sheet"):
        sample("statements").take_in(sample("statements").csv(), options={"page": "1"})
