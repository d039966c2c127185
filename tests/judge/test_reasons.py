"""Reasons say what the finding rests on, and name every doubt."""

import datetime as dt

import polars as pl
import pytest

from trucewatch.judge import REASONS, judge

NOON = dt.datetime(2023, 6, 10, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
FIRE = 'kind = "prohibit"\nacts = ["weapon_use"]\n'
STRIP = FIRE + 'zone = "strip"\n'
GUNS = 'kind = "oblige"\nacts = ["heavy_weapon"]\nweapons = ["howitzers"]\n'
GRID = 'kind = "prohibit"\nacts = ["explosion"]\nobjects = ["power_plant"]\n'
BOTH = 'kind = "prohibit"\nacts = ["explosion"]\nobjects = ["power_plant"]\nweapons = ["howitzers"]\n'
BOMBS = 'kind = "prohibit"\nacts = ["shelling"]\n'
GUN = {"act": "heavy_weapon"}
SURE = ["act_of_clause", "everywhere", "inside_span"]


@pytest.mark.parametrize(
    ("clause", "row", "reasons"),
    [
        (FIRE, {}, SURE),
        (STRIP, {}, ["act_of_clause", "inside_zone", "inside_span"]),
        (STRIP, {"lon_deg": 0.5}, ["act_of_clause", "edge_of_zone", "inside_span"]),
        (FIRE, {"real_probability": 0.9}, [*SURE, "may_be_clutter"]),
        (FIRE, {"independent_sources": 1}, [*SURE, "one_source_only"]),
        (FIRE, {"real_probability": 0.2}, [*SURE, "may_be_clutter", "below_threshold"]),
        (BOMBS, {}, ["act_unspecific", "everywhere", "inside_span", "below_threshold"]),
        (FIRE, {"act": "fire"}, ["act_may_have_other_cause", "everywhere", "inside_span", "below_threshold"]),
        (
            FIRE,
            {"start_utc": NOON - 12 * DAY, "end_utc": NOON - 2 * DAY},
            ["act_of_clause", "everywhere", "edge_of_span"],
        ),
        (FIRE, {"start_utc": NOON - 20 * DAY, "end_utc": NOON - 20 * DAY}, ["before_entry_into_force"]),
        (FIRE, {"start_utc": NOON + 40 * DAY, "end_utc": NOON + 40 * DAY}, ["after_expiry"]),
        (GUNS, GUN | {"weapon": "howitzer"}, SURE),
        (GUNS, GUN, [*SURE, "weapon_unknown"]),
        # a word that names no class of the text tells as little as none
        (GUNS, GUN | {"weapon": "artillery (undetermined type)"}, [*SURE, "weapon_unknown"]),
        (GRID, {"object": "power_plant"}, SURE),
        (GRID, {}, [*SURE, "object_unknown"]),
        (BOTH, {"object": "power_plant"}, [*SURE, "weapon_unknown"]),
        (BOTH, {"weapon": "howitzer"}, [*SURE, "object_unknown"]),
        (BOTH, {}, [*SURE, "object_unknown", "weapon_unknown", "below_threshold"]),
    ],
)
def test_the_reasons_of_one_finding(text, incidents, clause, row, reasons):
    assert judge(incidents(row), text({"clause": clause})).findings["reasons"].to_list() == [reasons]


def test_a_text_never_in_force_is_the_only_reason(text, incidents):
    found = judge(incidents({}), text({"clause": STRIP}, standing="proposed", force=""))
    assert found.findings["reasons"].to_list() == [["never_in_force"]]


def test_reasons_keep_their_order_and_are_known(text, incidents):
    rows = [{"real_probability": p, "act": a, "independent_sources": n, "lon_deg": x}
            for p in (0.3, 1.0) for a in ("shot", "fire", "heavy_weapon") for n in (1, 2) for x in (0.0, 0.5)]  # fmt: skip
    found = judge(incidents(*rows), text({"fire": FIRE, "strip": STRIP, "guns": GUNS})).findings
    rank = {code: n for n, code in enumerate(REASONS)}
    for codes in found["reasons"].to_list():
        assert codes == sorted(codes, key=rank.__getitem__)
    untold = found.filter(pl.col("conformity") == "undetermined")["reasons"].to_list()
    assert untold
    doubts = {"below_threshold", "object_unknown", "weapon_unknown"}
    assert all(doubts & set(codes) for codes in untold)
