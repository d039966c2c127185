"""What the texts say, one fact each: instants, deadlines, distances, numbers, and in what readings differ."""

import datetime as dt

import numpy as np
import polars as pl
import pyproj
import pytest
import shapely

from trucewatch import tables
from trucewatch.agreement import OPEN_END, Agreement, Clause, Standing
from trucewatch.when import Span

GEOD = pyproj.Geod(ellps="WGS84")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def clause(agreement: Agreement, clause_id: str, reading: str = "text") -> Clause:
    return next(each for each in agreement.clauses_under(reading) if each.clause_id == clause_id)


def km(line: shapely.Geometry, point: shapely.Point) -> float:
    """Return the geodesic distance from a line to a point."""
    lon, lat = shapely.get_coordinates(shapely.segmentize(line, 0.002)).T
    return float(GEOD.inv(lon, lat, np.full_like(lon, point.x), np.full_like(lat, point.y))[2].min()) / 1000


def across(line: shapely.Geometry, at: float, side: int, reach_km: int) -> list[tuple[float, shapely.Point]]:
    """Return points on one side of a line (-1 left, 1 right), each with its distance from the line in kilometres."""
    middle, ahead = (line.interpolate(share, normalized=True) for share in (at, at + 0.001))
    azimuth = GEOD.inv(middle.x, middle.y, ahead.x, ahead.y)[0] + side * 90
    found = [shapely.Point(GEOD.fwd(middle.x, middle.y, azimuth, n * 500.0 + 250)[:2]) for n in range(2 * reach_km)]
    return [(km(line, point), point) for point in found]


def days_from_start(agreement: Agreement, clause_id: str) -> dict[str, float]:
    duty = clause(agreement, clause_id).duty
    assert duty
    return {stage.stage: stage.by_day for stage in duty.stages}


@pytest.mark.parametrize(
    ("name", "reading", "start", "end"),
    [
        ("easter-truce-2025", "text", "2025-04-19T15:00", "2025-04-20T21:00"),
        ("may-truce-2025", "text", "2025-05-07T21:00", "2025-05-10T21:00"),
        ("additional-measures-2020", "text", "2020-07-26T21:01", None),
        ("lebanon-2024", "text", "2024-11-27T02:00", None),
        ("sudan-jeddah-2023", "text", "2023-05-22T19:45", "2023-05-29T19:45"),
        ("hodeidah-2018", "text", "2018-12-12T21:00", None),
        ("hodeidah-2018", "united_nations", "2018-12-17T21:00", None),
        ("energy-moratorium-2025", "russia", "2025-03-17T21:00", "2025-04-16T21:00"),
        ("energy-moratorium-2025", "united_states", "2025-03-18T04:00", "2025-04-17T04:00"),
        ("energy-moratorium-2025", "ukraine", "2025-03-24T22:00", "2025-04-23T21:00"),
        ("kumanovo-1999", "text", "1999-06-08T22:00", None),
        ("minsk-memorandum-2014", "text", "2014-09-19T21:00", None),
    ],
)
def test_from_when_and_until_when_a_text_is_in_force(real, name, reading, start, end):
    assert real(name).in_force(reading) == Span(utc(start), utc(end) if end else OPEN_END)


def test_the_energy_moratorium_has_no_text_and_three_readings(real):
    energy = real("energy-moratorium-2025")
    assert energy.in_force() is None
    assert energy.reading_ids == ("text", "russia", "united_states", "ukraine")
    five = {"oil_refinery", "pipeline_storage", "electricity", "nuclear_plant", "hydro_dam"}
    objects = {reading: set(clause(energy, "energy_strikes", reading).objects) for reading in energy.reading_ids[1:]}
    assert objects == {"russia": five, "united_states": five | {"other_infrastructure"}, "ukraine": five}
    release = clause(energy, "release").power
    assert release
    assert (release.does, release.by, release.consent) == ("release", (), "any"), "a right of either, never automatic"


def test_the_truces_of_2025_bind_whom_they_say(real):
    """Easter was answered in kind; that of May was refused, and binds the side that declared it."""
    assert real("easter-truce-2025").standing == real("may-truce-2025").standing == Standing.UNILATERAL
    assert clause(real("easter-truce-2025"), "silence").bearers == ()
    assert clause(real("may-truce-2025"), "silence").bearers == ("russia",)


def test_return_fire_is_bound_to_its_conditions(real):
    measures = real("additional-measures-2020")
    rule = clause(measures, "return_fire")
    assert rule.kind == "except"
    assert clause(measures, "no_fire").exceptions == ("return_fire",)
    told = " ".join(rule.conditions)
    assert all(
        word in told for word in ("offensive action", "order of the leadership", "co-ordination mechanism failed")
    )


def test_the_parties_of_lebanon_are_the_two_states(real):
    lebanon = real("lebanon-2024")
    assert lebanon.party_ids == ("israel", "lebanon")
    assert clause(lebanon, "armed_groups").bearers == ("lebanon",)
    offensive = clause(lebanon, "no_offensive_operations")
    assert (offensive.bearers, set(offensive.domains)) == (("israel",), {"land", "air", "sea"})
    assert clause(lebanon, "self_defence").conditions == ("in accordance with international law",)


@pytest.mark.parametrize(
    ("by", "until", "deadline"),
    [
        (None, None, "2025-01-26T02:00"),
        ("united_states", "2025-02-18T00:00", "2025-02-18T00:00"),
        ("israel", "2025-02-18T00:00", "2025-01-26T02:00"),
        ("lebanon", "2025-02-18T00:00", "2025-01-26T02:00"),
    ],
)
def test_sixty_days_to_withdraw_are_extended_only_by_a_recorded_act(real, by, until, deadline):
    lebanon = real("lebanon-2024")
    said = {
        "statement_id": "s", "source_id": "record", "speaker": by, "speaks_for": by, "said_utc": utc("2025-01-26T01:00"),
        "does": "extend", "clause_id": "extension", "until_utc": utc(until or "2025-02-18T00:00"), "text": "Words.",
        "citation": "a record",
    }  # fmt: skip
    known = {name: kind for name, kind in tables.dtypes("statements").items() if name in said}
    acted = lebanon.with_acts(tables.conform(pl.DataFrame([said] if by else [], schema=known), "statements"))
    withdrawal = clause(acted, "withdrawal")
    assert withdrawal.complete_by_day == 60
    assert acted.complete_by(withdrawal, acted.in_force().start_utc) == utc(deadline)
    assert acted.in_force() == lebanon.in_force(), "the text itself has no end"


def test_kosovo_is_vacated_on_days_1_6_9_and_11(real):
    kumanovo = real("kumanovo-1999")
    assert days_from_start(kumanovo, "phased_withdrawal") == {"zone_3_first": 1, "zone_1": 6, "zone_2": 9, "zone_3": 11}
    assert clause(kumanovo, "phased_withdrawal").bearers == ("fry",)
    stages = clause(kumanovo, "phased_withdrawal").duty.stages
    assert [stage.zone for stage in stages] == ["zone_3", "zone_1", "zone_2", "zone_3"]


@pytest.mark.parametrize(("zone", "distance_km"), [("ground_safety_zone", 5), ("air_safety_zone", 25)])
@pytest.mark.parametrize("at", [0.2, 0.45, 0.8])
def test_the_safety_zones_reach_so_far_beyond_the_boundary(real, zone, distance_km, at):
    kumanovo = real("kumanovo-1999")
    area, line = kumanovo.zone_geometry(zone), kumanovo.lines["province_boundary"].geometry
    kosovo = kumanovo.zone_geometry("kosovo")
    for distance, point in across(line, at, -1, distance_km + 3):
        if abs(distance - distance_km) > 0.1 and not kosovo.contains(point):
            assert area.contains(point) == (distance < distance_km), distance
    assert area.intersection(kosovo).area < 0.01 * kosovo.area, "they lie beyond it"


def test_the_three_zones_of_kosovo_are_the_whole_of_it_and_do_not_overlap(real):
    kumanovo = real("kumanovo-1999")
    parts = [kumanovo.zone_geometry(f"zone_{n}") for n in (1, 2, 3)]
    whole = kumanovo.zone_geometry("kosovo")
    assert shapely.union_all(parts).area == pytest.approx(whole.area, rel=0.005)
    assert sum(part.area for part in parts) == pytest.approx(whole.area, rel=0.005)
    south, west, north = (part.centroid for part in parts)
    assert south.y < north.y
    assert west.x < min(south.x, north.x)


@pytest.mark.parametrize(("side", "line", "hand"), [("israel", "line_a", 1), ("syria", "line_b", -1)])
@pytest.mark.parametrize("at", [0.3, 0.6])
def test_the_limits_of_forces_on_the_golan(real, side, line, hand, at):
    """0 to 10 km: two brigades, 6,000 men, 75 tanks, 36 guns; 10 to 20 km: 162 guns; no missiles within 25 km."""
    undof = real("undof-1974")
    drawn = undof.lines[line].geometry
    reach = {"tanks_10": (0, 10), "guns_20": (10, 20), "long_guns_20": (10, 20), "missiles_25": (0, 25)}
    for name, (near, far) in reach.items():
        area = undof.zone_geometry(clause(undof, f"{name}_{side}").zone)
        for distance, point in across(drawn, at, hand, 28):
            if min(abs(distance - near), abs(distance - far)) > 0.2:
                assert area.contains(point) == (near < distance < far), (name, distance)
    assert not any(
        undof.zone_geometry(f"limited_25_{side}").contains(point) for _, point in across(drawn, at, -hand, 3)
    ), "nothing is limited on the other side of the line"


@pytest.mark.parametrize("side", ["israel", "syria"])
def test_the_numbers_of_the_golan(real, side):
    undof = real("undof-1974")
    limits = [clause(undof, f"{name}_{side}") for name in ("tanks_10", "guns_10", "men_10", "guns_20")]
    caps = {cap.of: cap.at_most for each in limits for cap in each.caps}
    assert caps == {
        "tanks": 75, "guns of short range, 122 mm": 36, "brigades": 2, "men": 6000, "guns with a range of up to 20 km": 162,
    }  # fmt: skip
    most = {name: clause(undof, f"{name}_{side}").duty.at_most for name in ("tanks_10", "guns_10", "guns_20")}
    assert most == {"tanks_10": 75, "guns_10": 36, "guns_20": 162}
    assert {each.bearers for each in limits} == {(side,)}


def test_the_area_of_separation_is_as_long_and_wide_as_it_is_known(real):
    """Over 75 km long; some hundred metres wide in the south, about 10 km in the middle."""
    undof = real("undof-1974")
    line_a, line_b = (undof.lines[name].geometry for name in ("line_a", "line_b"))
    assert 70 < GEOD.geometry_length(line_a) / 1000 < 90
    widths = [km(line_a, shapely.Point(xy)) for xy in shapely.get_coordinates(line_b)]
    assert 7 < max(widths) < 12.5
    assert min(widths) < 0.6
    assert undof.zone_geometry("area_of_separation").contains(shapely.Point(35.825, 33.125)), "Quneitra lies in it"


def test_hodeidah_is_redeployed_in_14_and_21_days_from_either_start(real):
    hodeidah = real("hodeidah-2018")
    assert hodeidah.reading_ids == ("text", "united_nations")
    assert days_from_start(hodeidah, "redeployment") == {"first_phase": 14, "full": 21}
    ends = {
        reading: (hodeidah.in_force(reading).start_utc + dt.timedelta(days=21)).astimezone(hodeidah.zone_info).date()
        for reading in hodeidah.reading_ids
    }
    assert ends == {"text": dt.date(2019, 1, 3), "united_nations": dt.date(2019, 1, 8)}
    assert clause(hodeidah, "weekly_report").duty.every_days == 7


def test_the_light_calibres_go_15_km_back_in_41_days(real):
    addendum = real("minsk-addendum-2015")
    by_day = days_from_start(addendum, "withdrawal")
    assert {stage: day for stage, day in by_day.items() if stage.startswith("luhansk")} == dict.fromkeys(
        ("luhansk_tanks", "luhansk_guns", "luhansk_mortars"), 2 + 15
    )
    assert {day for stage, day in by_day.items() if stage.startswith("elsewhere")} == {2 + 15 + 24}
    assert clause(addendum, "withdrawal").start_by_day == 2
    strip, luhansk, rest = (addendum.zone_geometry(zone) for zone in ("strip", "luhansk", "elsewhere"))
    assert shapely.union(luhansk, rest).area == pytest.approx(strip.area, rel=0.01)
    assert luhansk.intersection(rest).area < 0.001 * strip.area
    line = addendum.lines["de_facto_line"].geometry
    for side in (-1, 1):
        for distance, point in across(line, 0.4, side, 18):
            assert abs(distance - 15) < 0.2 or strip.contains(point) == (distance < 15)


def test_the_security_zone_of_the_memorandum_is_30_km_wide(real):
    memorandum = real("minsk-memorandum-2014")
    line, zone = memorandum.lines["memorandum_line"].geometry, memorandum.zone_geometry("security_zone")
    for side in (-1, 1):
        for distance, point in across(line, 0.3, side, 18):
            assert abs(distance - 15) < 0.2 or zone.contains(point) == (distance < 15)
    assert clause(memorandum, "monitors_deployed").complete_by_day == 1
    assert clause(memorandum, "withdraw_over_100mm").complete_by_day == 1


def test_the_areas_of_disengagement_are_three_squares_of_2_km(real):
    areas = real("disengagement-2016")
    assert [zone.zone_id for zone in areas.document.zones] == ["stanytsia_luhanska", "zolote", "petrivske"]
    for zone in areas.document.zones:
        area = abs(GEOD.geometry_area_perimeter(areas.zone_geometry(zone.zone_id))[0]) / 1e6
        assert area == pytest.approx(4, rel=0.02)
        rule = clause(areas, f"empty_{zone.zone_id}")
        assert [cap.at_most for cap in rule.caps] == [0]
        assert rule.upon == f"verified_{zone.zone_id}"


def test_the_package_asks_for_the_release_of_all_five_days_after_withdrawal(real):
    minsk = real("minsk-package-2015")
    assert clause(minsk, "release_all_for_all").complete_by_day == 14 + 5
    assert minsk.document.line_of_contact == "de_facto_line"
    assert set(minsk.sides) == {"ukraine", "formations"}
    donetsk, kramatorsk = shapely.Point(37.8, 48.0), shapely.Point(37.56, 48.74)
    assert minsk.sides["formations"].contains(donetsk)
    assert minsk.sides["ukraine"].contains(kramatorsk)
