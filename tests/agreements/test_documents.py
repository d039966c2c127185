"""Every agreement of the project is whole: it parses, says where it comes from, and claims no kind that it does not hold."""

import pathlib
import re

import pytest

from trucewatch.agreement import KINDS
from trucewatch.agreement.geojson import read_features

FOLDERS = sorted(path.parent for path in (pathlib.Path(__file__).parents[2] / "agreements").glob("*/agreement.toml"))
NAMES = [folder.name for folder in FOLDERS]
REAL = [name for name in NAMES if name != "demo-line"]
FIRST_MONTH = (
    1, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 31, 40, 41, 46, 47, 50,
)  # fmt: skip


def test_the_agreements_are_these():
    assert NAMES == [
        "additional-measures-2020", "demo-line", "disengagement-2016", "easter-truce-2025", "energy-moratorium-2025",
        "hodeidah-2018", "kumanovo-1999", "lebanon-2024", "may-truce-2025", "minsk-addendum-2015", "minsk-memorandum-2014",
        "minsk-package-2015", "sudan-jeddah-2023", "undof-1974", "us-proposal-2025",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_document_says_what_it_is_and_where_it_comes_from(real, name):
    document = real(name).document
    assert document.agreement_id == name
    assert document.citation
    assert document.standing_basis in ("published", "reported", "reconstructed")
    assert all(clause.text and clause.citation for clause in document.clauses)
    assert all(reading.citation for reading in document.readings)


@pytest.mark.parametrize("name", REAL)
def test_names_imply_no_opinion_on_status_and_every_party_is_named_in_its_own_language(real, name):
    agreement = real(name)
    note = pathlib.Path(FOLDERS[NAMES.index(name)], "README.md").read_text(encoding="utf-8")
    assert "imply no opinion on status" in agreement.document.note
    assert "imply no opinion on the status" in " ".join(note.split()) or "imply no opinion on status" in note
    local = {
        "Europe/Kyiv": {"uk", "ru"},
        "Asia/Beirut": {"ar", "he"},
        "Asia/Damascus": {"ar", "he"},
        "Europe/Belgrade": {"sr", "sq"},
    }
    languages = local.get(agreement.document.time_zone, {"ar"})
    document = agreement.document
    named = [*agreement.parties, *document.bodies, *document.lines, *document.zones]
    lacking = [each.name for each in named if not languages <= set(each.names)]
    assert not lacking


@pytest.mark.parametrize("name", REAL)
def test_colours_say_nothing_and_a_second_party_has_a_dash(real, name):
    parties = real(name).parties
    assert {party.style.colour for party in parties} <= {"#0072b2", "#e69f00"}
    assert len({party.style.dash for party in parties}) == len(parties)


@pytest.mark.parametrize("name", NAMES)
def test_no_document_speaks_of_violations_in_words_of_ours(real, name):
    own = " ".join(
        f"{clause.name} {' '.join(clause.conditions)} {clause.judged_by_people}"
        for clause in real(name).document.clauses
    )
    paraphrased = " ".join(c.text for c in real(name).document.clauses if c.words_are == "paraphrased")
    assert not re.search(r"violat|breach", f"{own} {paraphrased} {real(name).document.note}", re.IGNORECASE)


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_every_geometry_is_valid_named_and_marked_as_drawn_by_hand(folder):
    for path in folder.glob("*.geojson"):
        for feature in read_features(path.read_bytes(), name=path.name):
            assert feature.geometry.is_valid
            assert feature.properties.get("approximate") is True
            assert feature.properties.get("name")
            assert feature.properties.get("note")


@pytest.mark.parametrize("name", NAMES)
def test_every_zone_is_an_area(real, name):
    agreement = real(name)
    areas = {zone.zone_id: agreement.zone_geometry(zone.zone_id) for zone in agreement.document.zones}
    assert all(area.is_valid and area.area > 0 for area in areas.values())


@pytest.mark.parametrize("number", FIRST_MONTH)
def test_every_kind_of_the_first_month_is_executed_in_an_example(real, number):
    """Some clause of the kind is set against incidents, owed as a duty, given as a power, or claimed as an exception."""
    judged = next(kind.judged_by for kind in KINDS if kind.number == number)
    clauses = [each for name in REAL for each in real(name).document.clauses if number in each.clause_kinds]
    has = {
        "incidents": any(c.machine_judged and c.acts and c.kind in ("prohibit", "oblige", "permit") for c in clauses),
        "duty": any(c.duty for c in clauses),
        "power": any(c.power or c.upon or c.only_within or c.unless for c in clauses),
        "exception": any(c.kind == "except" for c in clauses),
        "dates": any(c.machine_judged for c in clauses),
    }
    assert [how for how in judged if not has[how]] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_clause_is_executed_or_says_why_people_judge_it(real, name):
    for clause in real(name).document.clauses:
        executed = bool(clause.acts or clause.duty or clause.power)
        assert executed != bool(clause.judged_by_people), clause.clause_id
