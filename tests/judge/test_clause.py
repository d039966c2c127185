"""What was authorised, suspended, left by a party, or done in another domain is told apart, with its reason."""

import datetime as dt

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.judge import judge

NOON = dt.datetime(2023, 6, 10, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
FIRE = 'kind = "prohibit"\nacts = ["weapon_use"]\n'
FLIGHTS = 'kind = "prohibit"\nacts = ["uav_flight"]\nunless = "permit"\n'
REPAIRS = 'kind = "prohibit"\nacts = ["weapon_use"]\nonly_within = "permit"\n'
PERMIT = 'kind = "power"\npower = { does = "authorise", by = ["west"] }\n'
PAUSE = 'kind = "power"\npower = { does = "suspend", by = ["west"] }\n'
FREE = 'kind = "power"\npower = { does = "release" }\n'
ALL = {"fire": FIRE, "flights": FLIGHTS, "repairs": REPAIRS, "permit": PERMIT, "pause": PAUSE, "free": FREE}
HERE = {"lon_deg": 0.0, "lat_deg": 0.0, "radius_m": 5_000.0}
THERE = {"lon_deg": 1.0, "lat_deg": 0.0, "radius_m": 5_000.0}


def said(
    does: str, clause: str, by: str = "west", start: float = -1, end: float | None = 1, **more: object
) -> pl.DataFrame:
    """Return one statement; `start` and `end` are days from noon of 10 June."""
    until = None if end is None else NOON + end * DAY
    row = {
        "statement_id": "s", "source_id": "x", "speaker": "somebody", "speaks_for": by, "said_utc": NOON + start * DAY,
        "does": does, "clause_id": clause, "until_utc": until, "text": "Words.", "citation": "a paper",
    } | more  # fmt: skip
    kinds = tables.dtypes("statements")
    return tables.conform(pl.DataFrame([row], schema={name: kinds[name] for name in row}), "statements")


@pytest.fixture
def told(text, incidents):
    """Return a function: (clause, statements, clauses, row) -> conformity and reasons; outside scope has no reasons."""

    def look(clause, statements=None, clauses=ALL, **row):
        judged = judge(incidents(row), text(clauses), statements=statements)
        found = judged.findings.filter(clause_id=clause)
        return (found["conformity"][0], set(found["reasons"][0])) if found.height else ("outside_scope", set())

    return look


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (None, "contrary"),
        (said("authorise", "permit"), "compatible"),
        (said("authorise", "permit", **HERE), "compatible"),
        (said("authorise", "permit", **THERE), "contrary"),
        (said("authorise", "permit", start=0.5, end=1), "contrary"),
        (said("authorise", "permit", by="east"), "contrary"),
    ],
)
def test_a_flight_is_compatible_where_it_was_permitted(told, statements, expected):
    conformity, reasons = told("flights", statements, act="uav_flight")
    assert conformity == expected
    assert ("authorised" in reasons) == (expected == "compatible")


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (None, "outside_scope"),
        (said("authorise", "permit"), "contrary"),
        (said("authorise", "permit", **HERE), "contrary"),
        (said("authorise", "permit", **THERE), "outside_scope"),
        (said("authorise", "permit", start=-2, end=-1), "outside_scope"),
    ],
)
def test_a_local_silence_holds_where_and_while_it_was_set(told, statements, expected):
    assert told("repairs", statements)[0] == expected


def test_while_the_text_is_suspended_nothing_is_contrary(told):
    assert told("fire", said("suspend", "pause"))[0] == "not_in_force"
    assert "text_suspended" in told("fire", said("suspend", "pause"))[1]
    assert told("fire", said("suspend", "pause", start=1, end=2))[0] == "contrary"


def test_after_one_party_was_released_nothing_can_be_told(told):
    conformity, reasons = told("fire", said("release", "free", end=None))
    assert conformity == "undetermined"
    assert {"a_party_is_released", "act_of_clause"} <= reasons
    assert "below_threshold" not in reasons
    assert told("fire", said("release", "free", start=1, end=None))[0] == "contrary"


@pytest.mark.parametrize(
    ("clause", "act", "expected"),
    [
        ('bearers = ["east"]\nacts = ["weapon_use"]\n', "explosion", "undetermined"),
        ('bearers = ["east", "west"]\nacts = ["weapon_use"]\n', "explosion", "contrary"),
        ('bearers = ["east"]\nacts = ["weapon_use"]\nzone = "strip"\n', "explosion", "undetermined"),
        ('bearers = ["east"]\nacts = ["heavy_weapon"]\nzone = "strip"\n', "heavy_weapon", "contrary"),
        ('bearers = ["east"]\nacts = ["heavy_weapon"]\n', "heavy_weapon", "undetermined"),
    ],
)
def test_a_clause_that_binds_one_side_is_told_only_by_the_place_of_a_presence(told, clause, act, expected):
    conformity, reasons = told("own", clauses={"own": 'kind = "prohibit"\n' + clause}, act=act, reported_party="east")
    assert conformity == expected
    assert ("bearer_not_told" in reasons) == (expected == "undetermined")


@pytest.mark.parametrize(
    ("domains", "act", "expected"),
    [
        ('["air"]', "air_strike", "contrary"),
        ('["air"]', "shelling", "outside_scope"),
        ('["land"]', "shelling", "contrary"),
        ('["land", "sea", "air"]', "explosion", "contrary"),
        ('["sea"]', "naval_attack", "contrary"),
    ],
)
def test_an_act_in_another_domain_is_outside_scope(told, domains, act, expected):
    clause = {"own": f'kind = "prohibit"\nacts = ["weapon_use"]\ndomains = {domains}\n'}
    assert told("own", clauses=clause, act=act)[0] == expected


def test_an_act_of_no_known_domain_says_so(told):
    clause = {"own": 'kind = "prohibit"\nacts = ["weapon_use"]\ndomains = ["air"]\nevidence_threshold = 0.6\n'}
    conformity, reasons = told("own", clauses=clause, act="explosion")
    assert conformity == "undetermined"
    assert "domain_unknown" in reasons


@pytest.mark.parametrize(("threshold", "expected"), [(0.5, "undetermined"), (0.4, "contrary")])
def test_a_class_that_nobody_told_is_not_enough(told, threshold, expected):
    clause = f'kind = "prohibit"\nacts = ["explosion"]\nobjects = ["power_plant"]\nevidence_threshold = {threshold}\n'
    conformity, reasons = told("own", clauses={"own": clause})
    assert conformity == expected
    assert "object_unknown" in reasons
    assert told("own", clauses={"own": clause}, object="power_plant")[0] == "contrary"


def test_an_act_may_be_recorded_while_any_reading_is_in_force(text, incidents):
    """The text has no start of its own; one reading has, and an extension moves its end."""
    start = "entry_into_force = 2023-06-01T00:00:00"
    readings = f'\n[[readings]]\nparty_id = "east"\nnote = "from June on"\n{start}\nduration_days = 5\n'
    longer = 'kind = "power"\npower = { does = "extend", by = ["east"] }\n'
    agreement = text({"fire": FIRE, "longer": longer}, readings, standing="agreed", force="")
    extended = said("extend", "longer", by="east", start=-6, end=9)
    before, after = (judge(incidents({}), agreement, statements=rows).findings for rows in (None, extended))
    assert dict(before.select("reading", "conformity").iter_rows())["east"] == "not_in_force"
    assert dict(after.filter(clause_id="fire").select("reading", "conformity").iter_rows())["east"] == "contrary"


def test_clauses_that_contradict_each_other_are_judged_side_by_side(told):
    """A text may forbid and permit the same: both are told, and neither is weighed against the other."""
    clauses = {"fire": FIRE, "may": 'kind = "permit"\nacts = ["weapon_use"]\n'}
    assert told("fire", clauses=clauses)[0] == "contrary"
    assert told("may", clauses=clauses)[0] == "compatible"


@pytest.mark.parametrize(
    ("aspect", "expected", "reason"),
    [
        ("outgoing", "contrary", "act_of_clause"),
        ("impact", "outside_scope", None),
        ("undetermined", "undetermined", "act_unspecific"),
        (None, "undetermined", "act_unspecific"),
    ],
)
def test_a_clause_of_one_aspect_is_judged_by_the_aspect_that_was_seen(told, aspect, expected, reason):
    conformity, reasons = told("fire", clauses={"fire": FIRE + 'aspects = ["outgoing"]\n'}, aspect=aspect)
    assert conformity == expected
    assert reason is None or reason in reasons
