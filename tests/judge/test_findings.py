"""Findings follow from the text, its force, and the incident's own errors; the same for everybody."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch import tables
from trucewatch.acts import FUSED_CODES
from trucewatch.errors import UsageError
from trucewatch.judge import JudgeSettings, judge
from trucewatch.place import offset
from trucewatch.when import Span

NOON = dt.datetime(2023, 6, 10, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
FIRE = 'kind = "prohibit"\nacts = ["weapon_use"]\n'
STRIP = FIRE + 'zone = "strip"\n'
MINES = 'kind = "permit"\nacts = ["controlled_detonation"]\n'
GUNS = 'kind = "oblige"\nacts = ["heavy_weapon"]\nweapons = ["howitzers"]\nzone = "strip"\n'
GRID = 'kind = "prohibit"\nacts = ["explosion"]\nobjects = ["power_plant"]\n'
POWER = 'kind = "power"\njudged_by_people = "a recorded act"\n'
ALL = {"fire": FIRE, "strip": STRIP, "mines": MINES, "guns": GUNS, "grid": GRID, "power": POWER}
JUDGED = ("fire", "strip", "mines", "guns", "grid")
WIDER = '\n[[readings]]\nparty_id = "{party}"\nnote = "a wider zone"\nreplaces = [{{ clause_id = "strip", zone = "wide" }}]\n'
NEVER = {"standing": "proposed", "force": ""}
MANY = settings(max_examples=12)

rows = st.fixed_dictionaries(
    {
        "act": st.sampled_from(FUSED_CODES),
        "act_probability": st.floats(0.2, 1),
        "real_probability": st.floats(0, 1),
        "lon_deg": st.floats(-3, 3),
        "lat_deg": st.floats(-4, 4),
        "error_major_m": st.sampled_from([300.0, 5_000.0, 80_000.0]),
        "error_minor_m": st.sampled_from([1.0, 300.0]),
        "error_azimuth_deg": st.floats(0, 180),
        "time_error_s": st.sampled_from([0.0, 60.0, 86_400.0]),
        "weapon": st.sampled_from([None, "howitzer 122mm", "mortar 82mm", "N/K"]),
        "object": st.sampled_from([None, "power_plant", "house"]),
        "reported_party": st.sampled_from([None, "east", "west"]),
        "days": st.floats(-20, 40),
        "hours": st.floats(0, 48),
    }
).map(
    lambda row: {
        **{name: value for name, value in row.items() if name not in ("days", "hours")},
        "start_utc": NOON + row["days"] * DAY,
        "end_utc": NOON + row["days"] * DAY + row["hours"] * DAY / 24,
    }
)
many_rows = st.lists(rows, min_size=1, max_size=20)


def one(found: pl.DataFrame, clause: str, reading: str = "text") -> dict:
    return found.row(by_predicate=(pl.col("clause_id") == clause) & (pl.col("reading") == reading), named=True)


@pytest.mark.parametrize(
    ("clause", "row", "conformity"),
    [
        ("fire", {}, "contrary"),
        ("fire", {"act": "shelling"}, "contrary"),
        ("fire", {"act": "fire"}, "undetermined"),
        ("fire", {"real_probability": 0.3}, "undetermined"),
        ("fire", {"start_utc": NOON - 20 * DAY, "end_utc": NOON - 20 * DAY}, "not_in_force"),
        ("fire", {"start_utc": NOON + 40 * DAY, "end_utc": NOON + 40 * DAY}, "not_in_force"),
        ("strip", {"lon_deg": 0.5, "error_major_m": 9_000.0, "real_probability": 0.9}, "undetermined"),
        ("mines", {"act": "controlled_detonation"}, "compatible"),
        ("guns", {"act": "heavy_weapon", "weapon": "Howitzer 122mm"}, "contrary"),
        ("guns", {"act": "heavy_weapon", "weapon": "N/K", "real_probability": 0.9}, "undetermined"),
        ("grid", {"object": "power_plant"}, "contrary"),
    ],
)
def test_the_conformity_of_one_incident(text, incidents, clause, row, conformity):
    assert one(judge(incidents(row), text(ALL)).findings, clause)["conformity"] == conformity


@pytest.mark.parametrize(
    ("clause", "row"),
    [
        ("fire", {"act": "uav_flight"}),
        ("strip", {"lon_deg": 2.0}),
        ("guns", {"act": "heavy_weapon", "weapon": "mortar 82mm"}),
        ("guns", {"act": "explosion"}),
        ("grid", {"object": "house"}),
        ("mines", {}),
    ],
)
def test_what_a_clause_does_not_speak_of_is_counted_and_not_stored(text, incidents, clause, row):
    judged = judge(incidents(row), text({clause: ALL[clause]}))
    assert judged.findings.is_empty()
    assert judged.tallies.rows() == [(clause, "text", "outside_scope", 1)]


@MANY
@given(many_rows)
def test_nothing_is_contrary_under_a_text_never_in_force(text, incidents, given_rows):
    judged = judge(incidents(*given_rows), text(ALL, WIDER.format(party="east"), **NEVER))
    assert set(judged.findings["conformity"]) <= {"not_in_force"}
    assert set(judged.tallies["conformity"]) <= {"not_in_force", "outside_scope"}
    assert set(judged.findings["contrary_probability"]) <= {0.0}
    assert all(codes == ["never_in_force"] for codes in judged.findings["reasons"].to_list())


@MANY
@given(many_rows)
def test_a_back_test_says_would_be_and_only_within_the_supposed_span(text, incidents, given_rows):
    supposed = Span(NOON - DAY, NOON + DAY)
    frame = incidents(*given_rows)
    found = judge(frame, text(ALL, **NEVER), supposed=supposed).findings
    assert set(found["conformity"]) <= {"would_be_contrary", "compatible", "undetermined"}
    told = found.filter(pl.col("conformity") == "would_be_contrary").join(frame, on="incident_id")
    near = pl.col("time_error_s") * 5 * pl.duration(seconds=1)
    assert told.filter(
        (pl.col("end_utc") + near < supposed.start_utc) | (pl.col("start_utc") - near > supposed.end_utc)
    ).is_empty()


@MANY
@given(many_rows)
def test_nothing_is_contrary_before_entry_into_force_or_after_the_end(text, incidents, given_rows):
    first, last = dt.datetime(2023, 6, 1, tzinfo=dt.UTC), dt.datetime(2023, 7, 1, tzinfo=dt.UTC)
    frame = incidents(*given_rows)
    found = judge(frame, text(ALL)).findings.join(frame, on="incident_id")
    near = pl.col("time_error_s") * 5 * pl.duration(seconds=1)
    outside = found.filter((pl.col("end_utc") + near < first) | (pl.col("start_utc") - near > last))
    assert set(outside["conformity"]) <= {"not_in_force"}


@pytest.mark.parametrize("days", [-15, 25])
def test_a_clause_with_dates_of_its_own_holds_only_while_the_text_is_in_force(text, incidents, days):
    longer = FIRE + "span = { start = 2023-05-01T00:00:00, end = 2023-08-01T00:00:00 }\n"
    half_in = {"start_utc": NOON + (days - 6) * DAY, "end_utc": NOON + (days + 14) * DAY}
    finding = one(judge(incidents(half_in), text({"fire": longer})).findings, "fire")
    same = one(judge(incidents(half_in), text({"fire": FIRE})).findings, "fire")
    assert 0.05 < finding["contrary_probability"] == same["contrary_probability"] < 0.5
    assert finding["conformity"] == "undetermined"


def test_a_supposed_span_is_refused_for_a_text_that_was_in_force(text, incidents):
    with pytest.raises(UsageError):
        judge(incidents({}), text(ALL), supposed=Span(NOON - DAY, NOON + DAY))


@MANY
@given(many_rows)
def test_the_same_rule_for_every_party(text, incidents, given_rows):
    other = {"east": "west", "west": "east", None: None}
    mirrored = [row | {"reported_party": other[row["reported_party"]]} for row in given_rows]
    bound = {name: 'bearers = ["{party}"]\n' + body for name, body in ALL.items()}

    def judged(party: str, frame: pl.DataFrame) -> pl.DataFrame:
        own = text({name: body.format(party=party) for name, body in bound.items()}, WIDER.format(party=party))
        named = pl.col("reading").replace(party, "own")
        return judge(frame, own).findings.with_columns(named).sort("clause_id", "reading", "incident_id")

    assert judged("east", incidents(*given_rows)).equals(judged("west", incidents(*mirrored)))


def test_a_reading_of_the_same_words_gives_the_same_findings(text, incidents):
    readings = WIDER.format(party="east") + WIDER.format(party="west")
    frame = incidents(*({"lon_deg": lon, "error_major_m": 9_000.0} for lon in np.linspace(-2, 2, 40)))
    found = judge(frame, text(ALL, readings)).findings
    east, west, words = (found.filter(pl.col("reading") == name).drop("reading") for name in ("east", "west", "text"))
    assert east.equals(west)
    strip = pl.col("clause_id") == "strip"
    assert east.filter(~strip).equals(words.filter(~strip))
    assert east.filter(strip).height > words.filter(strip).height


@MANY
@given(many_rows)
def test_nobody_is_named_and_nobody_has_claimed_an_exception(text, incidents, given_rows):
    frame = incidents(*given_rows)
    found = judge(frame, text(ALL)).findings
    assert set(found["actor"]) <= {"unknown"}
    assert set(found["actor_probability"]) <= {1.0}
    assert set(found["exception"]) <= {"none_claimed"}
    told = found.join(frame.select("incident_id", "reported_party"), on="incident_id")
    reported = told["reported_party"].is_not_null()
    assert told.filter(reported)["actor_basis"].to_list() == ["reported"] * reported.sum()
    assert told.filter(~reported)["actor_basis"].to_list() == ["none"] * (~reported).sum()


@MANY
@given(many_rows)
def test_tallies_add_up_to_incidents_times_clauses_times_readings(text, incidents, given_rows):
    judged = judge(incidents(*given_rows), text(ALL, WIDER.format(party="east")))
    each = judged.tallies.group_by("clause_id", "reading").agg(pl.col("incidents").sum())
    assert set(each.select("clause_id", "reading").rows()) == {(c, r) for c in JUDGED for r in ("text", "east")}
    assert set(each["incidents"]) == {len(given_rows)}
    keys = ["clause_id", "reading", "conformity"]
    stored = judged.findings.group_by(keys).agg(pl.len().cast(pl.Int64).alias("incidents")).sort(keys)
    assert stored.equals(judged.tallies.filter(pl.col("conformity") != "outside_scope").sort(keys))


def test_without_incidents_there_is_nothing_to_count(text):
    judged = judge(tables.empty("incidents"), text(ALL))
    assert (judged.findings.height, judged.tallies.height) == (0, 0)


@pytest.mark.parametrize(
    ("lon", "real", "act"), [(0.49, 0.9, 0.8), (0.52, 1.0, 1.0), (0.40, 0.7, 1.0), (-0.55, 1.0, 0.9)]
)
def test_the_probability_is_the_chance_that_a_simulation_counts(text, incidents, lon, real, act):
    row = {
        "lon_deg": lon, "lat_deg": 1.0, "error_major_m": 12_000.0, "error_minor_m": 3_000.0, "error_azimuth_deg": 70.0,
        "real_probability": real, "act": "shelling", "act_probability": act,
        "start_utc": dt.datetime(2023, 5, 31, 21, tzinfo=dt.UTC), "end_utc": dt.datetime(2023, 6, 1, 9, tzinfo=dt.UTC),
        "time_error_s": 3600.0,
    }  # fmt: skip
    bombs = 'kind = "prohibit"\nacts = ["shelling"]\nzone = "strip"\n'
    got = one(judge(incidents(row), text({"bombs": bombs})).findings, "bombs")["contrary_probability"]
    rng, n = np.random.default_rng(5), 200_000
    along, across, angle = rng.normal(0, 12_000, n), rng.normal(0, 3_000, n), np.radians(70.0)
    east, north = along * np.sin(angle) + across * np.cos(angle), along * np.cos(angle) - across * np.sin(angle)
    x, _ = offset(np.full(n, lon), np.full(n, 1.0), east, north)
    hours = rng.uniform(-3, 9, n) + rng.normal(0, 1, n)
    hit = (np.abs(x) <= 0.5) & (hours >= 0) & (rng.random(n) < real) & (rng.random(n) < act)
    assert got == pytest.approx(hit.mean(), abs=0.02)


def test_a_told_finding_carries_its_chance_and_an_open_one_carries_none(text, incidents):
    found = judge(
        incidents({"real_probability": 0.8}, {"real_probability": 0.3}, {"act": "fire"}), text({"fire": FIRE})
    )
    assert found.findings.select("conformity", "probability", "contrary_probability").rows() == [
        ("contrary", 0.8, 0.8), ("undetermined", None, 0.3), ("undetermined", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_the_threshold_is_the_clause_s_own(text, incidents, threshold):
    chances = np.linspace(0.06, 1.0, 48)
    agreement = text({"fire": FIRE + f"evidence_threshold = {threshold}\n"})
    found = judge(incidents(*({"real_probability": p} for p in chances)), agreement).findings
    told = dict(found.select("incident_id", "conformity").rows())
    assert list(told.values()) == ["contrary" if p >= threshold else "undetermined" for p in chances]


def test_the_scope_probability_parts_outside_from_undetermined(text, incidents):
    told = [{"act": "uav_flight", "probability": 0.8}, {"act": "shelling", "probability": 0.2}]
    frame = incidents({"act": "uav_flight", "act_probability": 0.8, "act_posterior": told})
    bombs = {"bombs": 'kind = "prohibit"\nacts = ["shelling"]\n'}
    for least, stored in ((0.19, 1), (0.21, 0)):
        assert judge(frame, text(bombs), settings=JudgeSettings(scope_probability=least)).findings.height == stored
