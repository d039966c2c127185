"""An agreement is executed: when it is in force, when each clause holds, where, and under whose reading."""

import datetime as dt
import itertools
import json
import pathlib

import numpy as np
import pyproj
import pytest
import shapely

from trucewatch.agreement import OPEN_END, Agreement, parse_agreement, problems_of
from trucewatch.errors import DocumentError
from trucewatch.store import beside, read_bytes
from trucewatch.when import Span

AGREEMENTS = pathlib.Path(__file__).parents[2] / "agreements"
GEOD = pyproj.Geod(ellps="WGS84")


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


def real(name: str) -> Agreement:
    folder = AGREEMENTS / name
    return parse_agreement(read_bytes(folder / "agreement.toml"), name=name, beside=beside(folder))


def clause(agreement: Agreement, clause_id: str, reading: str = "text"):
    return next(each for each in agreement.clauses_under(reading) if each.clause_id == clause_id)


START, END = utc(2024, 3, 14, 22), utc(2024, 4, 13, 21)  # midnight in Kyiv, and thirty local days later: in summer


@pytest.mark.parametrize(
    ("replaced", "expected"),
    [
        ({}, Span(START, END)),
        ({"duration_days = 30\n": ""}, Span(START, OPEN_END)),
        ({'extension = "by agreement of both"\n': ""}, Span(START, END)),
        ({'standing = "in_force"': 'standing = "agreed"'}, Span(START, END)),
        ({'standing = "in_force"': 'standing = "unilateral"'}, Span(START, END)),
        ({'standing = "in_force"': 'standing = "expired"'}, Span(START, END)),
        ({'standing = "in_force"': 'standing = "proposed"'}, None),
        ({'standing = "in_force"': 'standing = "accepted_by"'}, None),
        ({'standing = "in_force"': 'standing = "agreed"', "entry_into_force = 2024-03-15T00:00:00\n": ""}, None),
    ],
)
def test_when_the_text_is_in_force(small, replaced, expected):
    """A way to extend it does not extend it; a text nobody signed is never in force, whatever its date."""
    assert small(replaced).in_force() == expected


def test_a_reading_may_count_from_another_start(small):
    agreement = small()
    assert agreement.in_force("east") == Span(utc(2024, 3, 15, 22), utc(2024, 4, 14, 21))
    with pytest.raises(KeyError):
        agreement.in_force("south")


def test_a_reading_may_count_by_another_clock(small):
    """Thirty days of a country whose clocks do not change, from the midnight of its own."""
    agreement = small({'note = "East': 'time_zone = "Europe/Moscow"\nnote = "East'})
    assert agreement.in_force("east") == Span(utc(2024, 3, 15, 21), utc(2024, 4, 14, 21))
    assert agreement.in_force() == Span(START, END)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("{}", (START, END)),
        ("{ from_day = 2 }", (utc(2024, 3, 16, 22), END)),
        ("{ to_day = 2 }", (START, utc(2024, 3, 16, 22))),
        ("{ from_day = 2, to_day = 2.5 }", (utc(2024, 3, 16, 22), utc(2024, 3, 17, 10))),
        ("{ start = 2024-03-20T12:00:00 }", (utc(2024, 3, 20, 10), END)),
        ("{ end = 2024-04-01T12:00:00 }", (START, utc(2024, 4, 1, 9))),
        ("{ from_day = 40, to_day = 60 }", (utc(2024, 4, 23, 21), utc(2024, 5, 13, 21))),
    ],
)
def test_when_a_clause_holds(small, span, expected):
    agreement = small({'exceptions = ["return_fire"]': f"span = {span}"})
    assert agreement.clause_spans(clause(agreement, "ceasefire")) == (Span(*expected),)


def test_a_clause_that_would_begin_after_the_end_of_the_text_holds_never(small):
    agreement = small({'exceptions = ["return_fire"]': "span = { from_day = 30 }"})
    assert agreement.clause_spans(clause(agreement, "ceasefire")) == ()


def test_a_duty_to_withdraw_holds_from_the_day_it_must_be_complete(small):
    agreement = small()
    (span,) = agreement.clause_spans(clause(agreement, "withdrawal"))
    assert span == Span(START + dt.timedelta(days=14), END)


def test_a_reading_moves_what_is_counted_from_its_own_start(small):
    agreement = small()
    (span,) = agreement.clause_spans(clause(agreement, "withdrawal", "east"), "east")
    assert span.start_utc == utc(2024, 3, 29, 22)


def test_hours_of_the_day_follow_the_local_clock(small):
    agreement = small({'exceptions = ["return_fire"]': "span = { daily_from = 22:00:00, daily_to = 06:00:00 }"})
    spans = agreement.clause_spans(clause(agreement, "ceasefire"))
    assert spans[0] == Span(START, utc(2024, 3, 15, 4)), "the first night begins with the text"
    assert spans[1] == Span(utc(2024, 3, 15, 20), utc(2024, 3, 16, 4))
    change = next(each for each in spans if each.start_utc == utc(2024, 3, 30, 20))
    assert change.duration == dt.timedelta(hours=7), "an hour of this night was skipped"
    assert spans[-1] == Span(utc(2024, 4, 13, 19), END)
    assert all(a.end_utc <= b.start_utc for a, b in itertools.pairwise(spans))


def test_hours_that_the_clocks_skipped_begin_when_they_go_on(small):
    agreement = small({'exceptions = ["return_fire"]': "span = { daily_from = 03:30:00, daily_to = 05:00:00 }"})
    spans = agreement.clause_spans(clause(agreement, "ceasefire"))
    assert Span(utc(2024, 3, 31, 1), utc(2024, 3, 31, 2)) in spans
    assert len(spans) == 30


def test_a_text_never_in_force_holds_only_as_supposed(small):
    agreement = small({'standing = "in_force"': 'standing = "proposed"'})
    ceasefire, withdrawal = (clause(agreement, name) for name in ("ceasefire", "withdrawal"))
    supposed = Span(utc(2024, 5, 1), utc(2024, 8, 1))
    assert agreement.clause_spans(ceasefire) == ()
    assert agreement.clause_spans(ceasefire, supposed=supposed) == (supposed,), "longer than the text's own duration"
    assert agreement.clause_spans(withdrawal, supposed=supposed) == (Span(utc(2024, 5, 15), utc(2024, 8, 1)),)


def test_a_text_in_force_is_not_moved_by_what_is_supposed(small):
    agreement = small()
    supposed = Span(utc(2030, 1, 1), utc(2031, 1, 1))
    assert agreement.clause_spans(clause(agreement, "ceasefire"), supposed=supposed) == (Span(START, END),)


def test_a_reading_replaces_only_what_it_says(small):
    agreement = small()
    assert agreement.reading_ids == ("text", "east")
    text, east = agreement.clauses_under("text"), agreement.clauses_under("east")
    assert [each.clause_id for each in text] == [each.clause_id for each in east]
    assert (text[0].zone, east[0].zone) == ("strip", "between_them")
    assert east[0].model_copy(update={"zone": "strip"}) == text[0]
    assert east[1:] == text[1:]


def test_zones_are_where_they_are_drawn_or_derived(small):
    agreement = small()
    at = {zone.zone_id: agreement.zone_geometry(zone.zone_id) for zone in agreement.document.zones}
    assert at["town"].equals(shapely.box(37, 47, 38, 48))
    assert at["between_them"].contains(shapely.Point(37.25, 47.5))
    assert not at["west_of_it"].contains(shapely.Point(37.15, 47.5))
    assert at["west_of_it"].contains(shapely.Point(37.05, 47.5))
    assert at["west_of_it"].difference(at["strip"]).area < 1e-6 * at["strip"].area
    assert at["at_plants"].contains(shapely.MultiPoint([[36.5, 47.5], [36.0, 47.5]]))


@pytest.mark.parametrize("name", ["minsk-package-2015", "us-proposal-2025", "demo-line"])
def test_the_agreements_of_the_project_are_good(name):
    folder = AGREEMENTS / name
    assert problems_of(read_bytes(folder / "agreement.toml"), name=name, beside=beside(folder)) == ()
    assert all(each.text and each.citation for each in real(name).document.clauses)


def test_the_package_of_measures_is_in_force_from_midnight_in_kyiv():
    minsk = real("minsk-package-2015")
    assert minsk.in_force() == Span(utc(2015, 2, 14, 22), OPEN_END)
    assert [each.number for each in minsk.document.clauses if each.number != "2"] == ["1", *map(str, range(3, 14))]
    (ceasefire,) = minsk.clause_spans(clause(minsk, "ceasefire"))
    assert ceasefire.start_utc == utc(2015, 2, 14, 22)


@pytest.mark.parametrize(("weapons", "width_km"), [("artillery_100mm", 50), ("mlrs", 70), ("heavy_mlrs", 140)])
def test_the_zones_of_the_package_are_as_wide_as_it_says(weapons, width_km):
    """Half on either side: for Ukrainian troops of the de facto line, for the formations of that of September 2014."""
    minsk = real("minsk-package-2015")
    halves = {
        party: (clause(minsk, f"withdraw_{weapons}_{party}"), line, side)
        for party, line, side in (("ukraine", "de_facto_line", -90), ("formations", "memorandum_line", 90))
    }
    for party, (duty, line, side) in halves.items():
        assert duty.bearers == (party,)
        assert (duty.start_by_day, duty.complete_by_day) == (2, 14)
        area, drawn = minsk.zone_geometry(duty.zone), minsk.lines[line].geometry
        middle = drawn.interpolate(0.55, normalized=True)
        ahead = drawn.interpolate(0.551, normalized=True)
        azimuth = GEOD.inv(middle.x, middle.y, ahead.x, ahead.y)[0] + side
        way = [shapely.Point(GEOD.fwd(middle.x, middle.y, azimuth, km * 1000)[:2]) for km in range(1, 100)]
        assert all(area.contains(point) == (_km(drawn, point) < width_km / 2) for point in way)
        assert not area.contains(shapely.Point(GEOD.fwd(middle.x, middle.y, azimuth + 180, 3000)[:2]))
        (span,) = minsk.clause_spans(duty)
        assert span.start_utc == utc(2015, 2, 28, 22)


def _km(line: shapely.Geometry, point: shapely.Point) -> float:
    """Return the geodesic distance from a line to a point."""
    lon, lat = shapely.get_coordinates(shapely.segmentize(line, 0.005)).T
    return GEOD.inv(lon, lat, np.full_like(lon, point.x), np.full_like(lat, point.y))[2].min() / 1000


def test_the_proposal_of_2025_was_never_in_force():
    proposal = real("us-proposal-2025")
    assert proposal.in_force() is None
    assert proposal.reading_ids == ("text",)
    ceasefire = clause(proposal, "ceasefire")
    assert (ceasefire.domains, ceasefire.zone) == ((), None), "the text names no domain and no zone"
    assert proposal.clause_spans(ceasefire) == ()
    assert proposal.document.duration_days == 30
    supposed = Span(utc(2023, 4, 30, 21), utc(2023, 7, 31, 21))
    assert proposal.clause_spans(ceasefire, supposed=supposed) == (supposed,)


def test_finer_geometry_of_the_user_takes_the_place_of_the_drawn(data_dir):
    """The two oblasts of the Ministry in place of those drawn by hand; nothing else changes."""
    folder = AGREEMENTS / "minsk-package-2015"
    oblasts = json.loads(read_bytes(data_dir / "boundaries/oblast_minregion_2020.geojson"))
    two = [each for each in oblasts["features"] if each["properties"]["ADMIN_1"].startswith(("Донецька", "Луганська"))]
    fine = json.dumps(
        {**oblasts, "features": [each | {"properties": {"feature": "two_oblasts"}} for each in two]}
    ).encode()
    finer = parse_agreement(
        read_bytes(folder / "agreement.toml"),
        name="minsk",
        beside=lambda name: fine if name == "zones.geojson" else read_bytes(folder / name),
    )
    drawn = real("minsk-package-2015")
    ours, theirs = (each.zone_geometry("certain_areas") for each in (drawn, finer))
    assert len(shapely.get_coordinates(theirs)) > 50 * len(shapely.get_coordinates(ours))
    assert ours.intersection(theirs).area / ours.union(theirs).area > 0.85
    assert finer.zone_geometry("mlrs_ukraine").equals(drawn.zone_geometry("mlrs_ukraine"))


def test_the_clock_of_a_reading_is_a_time_zone(small):
    with pytest.raises(DocumentError, match=r"readings.east.time_zone: .*no such time zone"):
        small({'note = "East': 'time_zone = "Europe/Nowhere"\nnote = "East'})


def test_an_hour_that_the_clock_of_a_reading_skipped_is_told(small):
    skipped = {
        "2024-03-16T00:00:00": "2024-03-10T02:30:00",
        'note = "East': 'time_zone = "America/New_York"\nnote = "East',
    }
    with pytest.raises(DocumentError, match=r"readings.east: .*America/New_York skipped this hour"):
        small(skipped)
