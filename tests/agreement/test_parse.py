"""An agreement is refused with every problem at once: file, line or key, what is wrong, what to do."""

import pytest

from trucewatch.agreement import json_schema, parse_agreement, problems_of
from trucewatch.errors import DocumentError, Problem
from trucewatch.store import beside


def problems(small, replaced=None, files=None) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as caught:
        small(replaced, files)
    assert all(p.where and p.what and p.to_do for p in caught.value.problems)
    return caught.value.problems


def test_the_small_agreement_is_good(small):
    agreement = small()
    assert set(agreement.lines) == {"new_line", "old_line"}
    assert agreement.lines["new_line"].approximate
    assert not agreement.lines["old_line"].approximate
    assert len(agreement.objects["plants"].geoms) == 2, "objects of one class are taken together"


def test_every_problem_of_the_keys_is_told_at_once(small):
    found = problems(
        small,
        {
            'standing = "in_force"': 'standing = "signed"',
            'colour = "#4a6f8a"': 'colour = "red"',
            "start_by_day = 2": "start_by_day = 20",
            "distance_km = 5": "distance_km = nan",
            'number = "3"': 'number = "3"\nnubmer = "3"',
        },
    )
    places = [p.where.split(": ")[1] for p in found]
    assert sorted(places) == [
        "clauses[1]", "clauses[2].nubmer", "parties[0].style.colour", "standing", "zones[4].distance_km",
    ]  # fmt: skip


def test_every_name_that_names_nothing_is_told_at_once(small):
    found = problems(
        small,
        {
            'acts = ["heavy_weapon"]': 'acts = ["heavy_wepon"]\naspects = ["landing"]\nobjects = ["dams"]',
            'bearers = ["west"]': 'bearers = ["south"]',
            'weapons = ["mlrs"]': 'weapons = ["tanks"]',
            'exceptions = ["return_fire"]': 'exceptions = ["self_defence"]',
            'zone = "between_them"': 'zone = "nowhere"',
            '["new_line", "old_line"]': '["new_line", "older_line"]',
            "Europe/Kyiv": "Europe/Nowhere",
        },
    )
    told = {p.what.split(": ")[-1].strip("'"): p for p in found}
    assert set(told) >= {
        "heavy_wepon", "landing", "dams", "south", "tanks", "self_defence", "nowhere", "older_line",
    }  # fmt: skip
    assert told["south"].where == "small.toml:86"
    assert told["south"].to_do == "take one of ['east', 'west']"
    assert any(p.what.startswith("time_zone") and p.where == "small.toml:6" for p in found)
    assert len(found) == 9


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('party_id = "west"\nname', 'party_id = "east"\nname', "party or body 'east' stands twice"),
        ('zone_id = "town"', 'zone_id = "strip"', "zone 'strip' stands twice"),
        ('clause_id = "return_fire"', 'clause_id = "ceasefire"', "clause 'ceasefire' stands twice"),
        ('line_id = "old_line"', 'line_id = "new_line"', "line 'new_line' stands twice"),
        (
            'note = "from the old line" }]',
            'note = "" }, { clause_id = "ceasefire" }]',
            "in the reading of east, clause 'ceasefire' stands twice",
        ),
        (
            "[[readings]]",
            '[[readings]]\nparty_id = "east"\nnote = "another"\n\n[[readings]]',
            "the reading of 'east' stands twice",
        ),
    ],
)
def test_what_stands_twice_is_told(small, old, new, what):
    assert what in [p.what for p in problems(small, {old: new})]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('citation = "Invented"', 'citation = "Invented"\nauthor = "x"', "Extra inputs"),
        ("distance_km = 5", "", "distance_km belongs to a zone of a line or of objects"),
        ('feature = "town_area"', 'feature = "town_area"\ndistance_km = 5', "distance_km belongs"),
        ('feature = "town_area"', 'feature = "town_area"\nline = "new_line"', "exactly one of"),
        ('feature = "town_area"', "", "exactly one of"),
        ('feature = "town_area"', 'feature = "town_area"\nside = "left"', "side belongs to a zone of a line"),
        ('acts = ["weapon_use"]\nzone', "zone", "names its acts"),
        ("entry_into_force = 2024-03-15T00:00:00\n", "", "has an entry_into_force"),
        ("distance_km = 5", "distance_km = -5", "greater than 0"),
        ("distance_km = 5", "distance_km = inf", "finite"),
        ("duration_days = 30", "duration_days = -1", "greater than or equal to 0"),
        ('agreement_id = "small"', 'agreement_id = "../small"', "match pattern"),
    ],
)
def test_keys_that_do_not_fit_together_are_refused(small, old, new, what):
    assert [what in p.what for p in problems(small, {old: new})] == [True]


@pytest.mark.parametrize(
    ("span", "what"),
    [
        ("{ start = 2024-04-02T00:00:00, end = 2024-04-01T00:00:00 }", "ends before it starts"),
        ("{ start = 2024-04-01T00:00:00, end = 2024-04-01T00:00:00 }", "ends before it starts"),
        ("{ from_day = 5, to_day = 5 }", "ends before it starts"),
        ("{ start = 2024-04-01T00:00:00, to_day = 9 }", "absolute or relative, not both"),
        ("{ start = 2024-04-01T00:00:00Z }", "without a zone"),
        ("{ daily_from = 08:00:00 }", "belong together"),
        ("{ start = 2024-03-31T03:30:00 }", "skipped this hour"),
        ("{ daily_from = 08:00:00, daily_to = 10:00:00, to_day = 500 }", "more than 400 days"),
    ],
)
def test_contradictory_spans_are_refused(small, span, what):
    found = problems(small, {'exceptions = ["return_fire"]': f"span = {span}"})
    assert [what in p.what for p in found] == [True]
    assert "clauses" in found[0].where


@pytest.mark.parametrize(
    ("moment", "what"),
    [
        ("2024-03-15T00:00:00Z", "without a time zone"),
        ("2024-03-31T03:30:00", "skipped this hour"),
        ("0001-01-01T00:00:00", "beyond the calendar"),
        ("9999-12-25T00:00:00", "beyond the calendar"),
    ],
)
def test_an_entry_into_force_that_cannot_be_is_refused(small, moment, what):
    found = problems(small, {"entry_into_force = 2024-03-15T00:00:00": f"entry_into_force = {moment}"})
    assert any(what in p.what for p in found)


@pytest.mark.parametrize("reference", ["../secret.geojson", "/etc/passwd", "a/../../b", "c:\\x", "lines\\x", ""])
def test_a_reference_that_leaves_the_folder_is_refused_where_it_stands(tmp_path, small_text, reference):
    text = small_text.replace('"lines.geojson"', repr(reference))
    found = problems_of(text.encode(), name="small.toml", beside=beside(tmp_path))
    (about_lines,) = [p for p in found if p.where == "small.toml:10: lines_file"]
    assert "must stay beside its document" in about_lines.what


def test_absent_files_and_geometry_are_told_together(small):
    found = problems(
        small,
        {'"zones.geojson"': '"absent.geojson"', 'object_class = "plants"': 'object_class = "dams"'},
        {"lines.geojson": b'{"type": "FeatureCollection", "features": []}'},
    )
    assert {(p.where, p.what) for p in found} >= {
        ("small.toml:11: zones_file", "no such file beside the document: absent.geojson"),
        ("lines.geojson", "no line with line_id 'new_line'"),
        ("lines.geojson", "no line with line_id 'old_line'"),
        ("small.toml: zones.town", "no polygon 'town_area'"),
    }


@pytest.mark.parametrize("file", ["lines.geojson", "zones.geojson", "objects.geojson"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"[", b"[NaN, "),
        (b'{"type": "FeatureCollection"', b'{"type": "x", "type": "FeatureCollection"'),
        (b"", b"\xff"),
    ],
    ids=["nan", "key-twice", "encoding"],
)
def test_a_bad_file_of_geometry_is_named(small, small_files, file, old, new):
    found = problems(small, files={file: small_files[file].replace(old, new, 1)})
    assert file in [p.where for p in found]


@pytest.mark.parametrize(
    ("properties", "kind", "what"),
    [
        ({"line_id": ["new_line"]}, "LineString", "no line with line_id 'new_line'"),
        ({"line_id": "new_line"}, "Point", "no line with line_id 'new_line'"),
    ],
)
def test_a_line_that_is_none_is_absent(small, drawn, properties, kind, what):
    coordinates = [37, 47] if kind == "Point" else [[37, 47], [37, 48]]
    assert what in [p.what for p in problems(small, files={"lines.geojson": drawn((kind, coordinates, properties))})]


def test_a_line_drawn_twice_is_refused(small, drawn):
    line = ("LineString", [[37, 47], [37, 48]], {"line_id": "new_line"})
    old = ("LineString", [[37.5, 47], [37.5, 48]], {"line_id": "old_line"})
    found = problems(small, files={"lines.geojson": drawn(line, line, old)})
    assert [p.what for p in found] == ["more than one line with line_id 'new_line'"]


def test_zones_that_cannot_be_derived_are_told_with_their_place(small, drawn):
    crossing = ("LineString", [[36.9, 47.2], [37.6, 47.8]], {"line_id": "old_line"})
    turning = ("LineString", [[37, 47], [37.5, 47.5], [36.5, 47.5], [37.2, 47], [37, 48]], {"line_id": "new_line"})
    found = problems(small, files={"lines.geojson": drawn(turning, crossing)})
    assert {p.where for p in found} == {"small.toml:50: zones.west_of_it", "small.toml:57: zones.between_them"}


def test_a_feature_without_its_code_is_refused(small, drawn):
    found = problems(small, files={"zones.geojson": drawn(("Point", [37, 47], {"feature": "town_area"}))})
    assert tuple(p.where for p in found) == ("zones.geojson: features[0]", "small.toml: zones.town")


def test_a_document_without_files_is_told_what_it_lacks(small):
    names = {f'{key}_file = "{key}.geojson"\n': "" for key in ("lines", "zones", "objects")}
    found = problems(small, names)
    assert {p.where for p in found} == {"small.toml", "small.toml: zones.town", "small.toml: zones.at_plants"}


def test_hostile_names_stay_on_one_line(small):
    (found,) = problems(small, {'bearers = ["west"]': 'bearers = ["we\\u001b[2J\\nst"]'})
    assert "\n" not in str(found)
    assert "\x1b" not in str(found)


def test_problems_of_tells_what_parse_raises(small_text, tmp_path):
    found = problems_of(b"title = 3", name="x.toml", beside=beside(tmp_path))
    with pytest.raises(DocumentError) as caught:
        parse_agreement(b"title = 3", name="x.toml", beside=beside(tmp_path))
    assert found == caught.value.problems
    assert len(found) > 5


def test_the_schema_names_every_key_and_refuses_others():
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert {"standing", "clauses", "readings", "zones"} <= set(schema["properties"])


@pytest.mark.parametrize(
    ("replaced", "what"),
    [
        ({'exceptions = ["return_fire"]': 'exceptions = ["ceasefire"]'}, "a clause depends on itself"),
        (
            {'exceptions = ["return_fire"]': 'exceptions = ["withdrawal"]'},
            "no such clause of kind except: 'withdrawal'",
        ),
        ({'exceptions = ["return_fire"]': 'unless = "ceasefire"'}, "a clause depends on itself"),
        (
            {
                'exceptions = ["return_fire"]': 'unless = "withdrawal"',
                "complete_by_day = 14": 'complete_by_day = 14\nupon = "ceasefire"',
            },
            "clauses lean on each other in a circle: ",
        ),
        (
            {
                "complete_by_day = 14": 'complete_by_day = 14\nduty = { shown_by = ["withdrawal"], against = ["withdrawal"] }'
            },
            "the same act shows it and speaks against it: ['withdrawal']",
        ),
        (
            {
                "complete_by_day = 14": 'complete_by_day = 14\nduty = { shown_by = ["withdrawal"], at_least = 3, at_most = 2 }'
            },
            "at least 3 are owed, and at most 2 allowed",
        ),
        (
            {
                "complete_by_day = 14": 'complete_by_day = 14\ncaps = [{ of = "men", at_most = 2 }, { of = "men", at_most = 3 }]'
            },
            "two caps of the same thing",
        ),
    ],
)
def test_a_clause_that_contradicts_itself_is_refused(small, replaced, what):
    assert any(what in problem.what for problem in problems(small, replaced))
