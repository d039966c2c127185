"""An agreement in plain words: nothing of it is lost, and what differs between readings stands side by side."""

import pathlib
import re
from types import SimpleNamespace

import pytest
import shapely

from trucewatch.agreement import parse_agreement
from trucewatch.report import as_text, explain, page, svg
from trucewatch.store import beside
from trucewatch.words import Words

ROOT = pathlib.Path(__file__).parents[2] / "agreements"
EVERY = sorted(path.parent.name for path in ROOT.glob("*/agreement.toml"))


@pytest.fixture(scope="session")
def agreement_of():
    def load(name):
        folder = ROOT / name
        return parse_agreement((folder / "agreement.toml").read_bytes(), name=name, beside=beside(folder))

    return load


def unwrapped(text):
    return " ".join(text.split())


@pytest.mark.parametrize("name", EVERY)
def test_every_clause_is_told_with_its_words_and_who_judges_it(agreement_of, name):
    agreement = agreement_of(name)
    told = unwrapped(as_text(explain(agreement, Words())))
    for clause in agreement.document.clauses:
        assert unwrapped(clause.text) in told
    assert told.count("Judged: ") >= len(agreement.document.clauses)
    assert all(party.name in told for party in agreement.parties)


@pytest.mark.parametrize("name", EVERY)
def test_only_what_is_quoted_stands_in_quotation_marks(agreement_of, name):
    """A paraphrase and a note on a reading are words of ours, and are nobody else's."""
    agreement = agreement_of(name)
    told = explain(agreement, Words())
    quotes = [block.text for section in told.sections for block in section.blocks if block.kind == "quote"]
    assert quotes == [clause.text for clause in agreement.document.clauses if clause.words_are == "quoted"]


@pytest.mark.parametrize("name", EVERY)
def test_the_page_has_a_map_where_the_text_draws_one(agreement_of, name):
    agreement = agreement_of(name)
    html = page(explain(agreement, Words())).decode()
    assert ("<svg viewBox" in html) == bool(agreement.lines or agreement.document.zones)


def test_readings_stand_side_by_side_and_only_what_differs(agreement_of):
    demo = agreement_of("demo-line")
    told = explain(demo, Words(), only_differences=True)
    (section,) = told.sections
    table = section.blocks[0]
    assert [column.title for column in table.columns[1:]] == [
        "the text",
        *(p for p in ("Calder", "Merrow") if p in as_text(told)),
    ]
    assert table.rows
    assert all(len({cell.text for cell in row[1:]}) > 1 for row in table.rows)


def test_another_reading_has_its_own_zone(agreement_of):
    demo = agreement_of("demo-line")
    party = demo.reading_ids[1]
    own = demo.document.readings[0].replaces[0]
    zones = {zone.zone_id: zone.name for zone in demo.document.zones}
    told = as_text(explain(demo, Words(), reading=party)), as_text(explain(demo, Words()))
    told = [text[text.index("Clause by clause") : text.index("In what readings differ")] for text in told]
    assert zones[own.zone] in unwrapped(told[0])
    assert zones[own.zone] not in unwrapped(told[1])


def test_a_reading_that_nobody_has_is_refused(agreement_of):
    with pytest.raises(KeyError):
        explain(agreement_of("demo-line"), Words(), reading="nobody")


def test_each_zone_has_the_number_of_its_row_where_no_smaller_zone_covers_it(agreement_of):
    agreement = agreement_of("minsk-package-2015")
    drawn = svg.draw_agreement(agreement, Words("en"))
    numbers = re.findall(r'class="region">([^<]*)<', drawn)
    assert numbers == [str(n) for n, _ in enumerate(agreement.document.zones, start=1)]
    told = as_text(explain(agreement, Words("en")))
    assert all(zone.name in told for zone in agreement.document.zones)


def test_a_map_is_as_wide_as_what_it_shows(agreement_of):
    def size(name):
        drawn = svg.draw_agreement(agreement_of(name), Words("en"))
        return [float(part) for part in re.match(r'<svg viewBox="0 0 (\S+) (\S+)"', drawn).groups()]

    tall, wide = size("undof-1974"), size("kumanovo-1999")
    assert tall[1] == wide[1] == svg.TALLEST
    assert tall[0] < tall[1] < wide[0] < svg.WIDTH


def test_a_zone_on_both_sides_of_the_antimeridian_is_one_picture(agreement_of):
    here = agreement_of("undof-1974")

    def drawn(zone):
        return svg.draw_agreement(
            SimpleNamespace(document=here.document, title=here.title, lines={}, zone_geometry=lambda zone_id: zone),
            Words("en"),
        )

    cut = shapely.MultiPolygon([shapely.box(178, -17, 180, -16), shapely.box(-180, -17, -179, -16)])
    whole = shapely.MultiPolygon([shapely.box(18, -17, 20, -16), shapely.box(20, -17, 21, -16)])
    assert drawn(cut) == drawn(whole)
