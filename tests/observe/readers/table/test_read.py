"""Any table: a time as precise as its format, an error as wide as the row or the manifest says, a word known or set aside."""

import datetime as dt

import pytest

from trucewatch.errors import DeliveryError, DocumentError

ERRORS = """\
error_major = "major"
error_minor = "minor"
error_azimuth_deg = "axis"
time_error_s = "slack"
[manifest]
"""


def taken(sample, columns: str, *rows: str, replaced: dict[str, str] | None = None, **given):
    """Rows of text with ";" between fields, read by the sample's mapping with parts of it replaced."""
    some = sample("table")
    text = some.files["m.toml"].decode()
    for old, new in (replaced or {}).items():
        assert old in text
        text = text.replace(old, new)
    data = some.csv(tuple(tuple(row.split(";")) for row in rows), tuple(columns.split(";")))
    return some.take_in(data, beside={"m.toml": text.encode()}.__getitem__, **given)


PLAIN = "no;when;lon;lat;blasts;words"


@pytest.mark.parametrize(
    ("form", "written", "start", "end"),
    [
        ("%d.%m.%Y", "10.06.2023", "06-09 21:00:00", "06-10 21:00:00"),
        ("%d.%m.%Y", "26.03.2023", "03-25 22:00:00", "03-26 21:00:00"),  # a day of 23 hours
        ("%d.%m.%Y %H:%M", "10.06.2023 10:15", "06-10 07:15:00", "06-10 07:16:00"),
        ("%d.%m.%Y %I:%M %p", "10.06.2023 10:15 PM", "06-10 19:15:00", "06-10 19:16:00"),
        ("%Y-%m-%d %H:%M:%S", "2023-06-10 10:15:30", "06-10 07:15:30", "06-10 07:15:31"),
        ("%Y-%m-%dT%H:%M:%SZ", "2023-06-10T10:15:30Z", "06-10 10:15:30", "06-10 10:15:31"),
        ("%Y-%m-%dT%H:%M:%S%z", "2023-06-10T10:15:30+02:00", "06-10 08:15:30", "06-10 08:15:31"),
        ("%d.%m.%Y %H:%M", "29.10.2023 03:30", "10-29 00:30:00", "10-29 01:31:00"),  # an hour that is there twice
        ("%d.%m.%Y %H:%M", "26.03.2023 02:59", "03-26 00:59:00", "03-26 01:00:00"),
    ],
)
def test_a_time_is_as_precise_as_its_format(sample, form, written, start, end):
    replaced = {'["%d.%m.%Y %H:%M", "%d.%m.%Y"]': f'["{form}"]'}
    row = taken(sample, PLAIN, f"a;{written};37.8;48;;", replaced=replaced).observations.row(0, named=True)
    assert (f"{row['start_utc']:%m-%d %H:%M:%S}", f"{row['end_utc']:%m-%d %H:%M:%S}") == (start, end)


@pytest.mark.parametrize(("form", "month"), [("%d/%m/%Y", 10), ("%m/%d/%Y", 6)], ids=["day first", "month first"])
def test_the_order_of_day_and_month_is_what_the_format_says(sample, form, month):
    replaced = {'["%d.%m.%Y %H:%M", "%d.%m.%Y"]': f'["{form}"]'}
    rows = taken(sample, PLAIN, "a;06/10/2023;37.8;48;;", "b;13/13/2023;37.8;48;;", replaced=replaced)
    assert rows.observations["end_utc"].item().month == month
    assert rows.set_aside.select("line", "rule").rows() == [(3, "time_is_none")]


def test_a_midnight_shown_as_a_day_in_a_workbook_is_a_day(sample):
    some = sample("table")
    text = some.files["m.toml"].replace(b'"%d.%m.%Y %H:%M", "%d.%m.%Y"', b'"%Y-%m-%d %H:%M:%S", "%Y-%m-%d"')
    data = some.xlsx(("a", dt.date(2023, 6, 10), 37.8, 48.0, 3, "words", None))
    row = some.take_in(data, beside={"m.toml": text}.__getitem__).observations.row(0, named=True)
    assert row["end_utc"] - row["start_utc"] == dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("major", "minor", "axis", "told"),
    [
        ("500", "200", "30", (500, 200, 30)),
        ("200", "500", "30", (500, 200, 120)),
        ("500", "", "210", (500, 500, 30)),
        ("500", "200", "", (500, 200, 0)),
        ("", "", "", (1000, 1000, 0)),
    ],
)
def test_the_error_is_the_rows_or_else_the_manifests(sample, major, minor, axis, told):
    columns = "no;when;lon;lat;blasts;words;major;minor;axis;slack"
    row = f"a;10.06.2023;37.8;48;;;{major};{minor};{axis};"
    seen = taken(sample, columns, row, replaced={"[manifest]\n": ERRORS}).observations.row(0, named=True)
    assert tuple(seen[f"error_{name}"] for name in ("major_m", "minor_m", "azimuth_deg")) == told
    assert seen["time_error_s"] == 600


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("major", "0", "error_is_not_positive"),
        ("major", "-5", "error_is_not_positive"),
        ("minor", "nan", "error_is_not_positive"),
        ("axis", "north", "not_a_number"),
        ("slack", "-1", "not_a_count"),
        ("blasts", "-1", "not_a_count"),
        ("blasts", "1_0", "not_a_count"),
        ("blasts", "2.5", "not_a_count"),
        ("no", "", "native_id_is_absent"),
    ],
)
def test_what_breaks_a_rule_is_set_aside(sample, column, value, rule):
    columns = ["no", "when", "lon", "lat", "blasts", "words", "major", "minor", "axis", "slack"]
    row = dict(zip(columns, ["a", "10.06.2023", "37.8", "48", "3", "", "500", "200", "30", "9"], strict=True))
    result = taken(
        sample, ";".join(columns), ";".join((row | {column: value}).values()), replaced={"[manifest]\n": ERRORS}
    )
    assert result.set_aside.select("line", "rule", "column").rows() == [(2, rule, column)]


def test_an_unusual_unit_comma_and_separator(sample):
    replaced = {
        "[manifest]\n": ERRORS,
        'act = "explosion"\n': 'act = "explosion"\ndecimal_comma = true\nseparator = ";"\nerror_unit_m = 1000\n',
    }
    some = sample("table")
    text = some.files["m.toml"].decode()
    for old, new in replaced.items():
        text = text.replace(old, new, 1)
    data = "no;when;lon;lat;blasts;words;major;minor;axis;slack\na;10.06.2023;37,8;48,25;;;1,5;0,5;12,5;0,25\n"
    seen = some.take_in(data.encode(), beside={"m.toml": text.encode()}.__getitem__).observations.row(0, named=True)
    names = ("lon_deg", "lat_deg", "error_major_m", "error_minor_m", "error_azimuth_deg", "time_error_s")
    assert tuple(seen[name] for name in names) == (37.8, 48.25, 1500, 500, 12.5, 0.25)


@pytest.mark.parametrize(("word", "act"), [("boom", "explosion"), ("BOOM", "explosion"), ("salvo", "shelling")])
def test_a_word_for_an_act(sample, word, act):
    replaced = {
        'act = "explosion"\n': "",
        "[manifest]\n": 'act = "kind"\n[acts]\nBoom = "explosion"\nsalvo = "shelling"\n[manifest]\n',
    }
    result = taken(
        sample, PLAIN + ";kind", f"a;10.06.2023;37.8;48;;;{word}", "b;10.06.2023;37.8;48;;;x", replaced=replaced
    )
    assert result.observations["act"].to_list() == [act]
    assert result.set_aside.select("line", "rule", "column", "value").rows() == [(3, "act_not_mapped", "kind", "x")]


def test_an_end_before_the_start_is_set_aside(sample):
    replaced = {'start = "when"\n': 'start = "when"\nend = "until"\n'}
    rows = ("a;12.06.2023;37.8;48;;;10.06.2023", "b;10.06.2023;37.8;48;;;12.06.2023", "c;10.06.2023;37.8;48;;;")
    result = taken(sample, PLAIN + ";until", *rows, replaced=replaced)
    assert result.set_aside.select("line", "rule").sort("line").rows() == [
        (2, "ends_before_it_starts"),
        (4, "time_is_none"),
    ]
    span = result.observations.select("start_utc", "end_utc").row(0)
    assert span[1] - span[0] == dt.timedelta(days=3)


@pytest.mark.parametrize("options", [{}, {"mapping": "m.toml", "sheet": "One"}, {"map": "m.toml"}])
def test_a_table_takes_one_option(sample, options):
    with pytest.raises(DeliveryError, match="takes one option, mapping"):
        taken(sample, PLAIN, "a;10.06.2023;37.8;48;;", options=options)


def test_a_wrong_mapping_is_refused_before_any_row(sample):
    with pytest.raises(DocumentError, match=r"m\.toml"):
        taken(sample, PLAIN, "a;10.06.2023;37.8;48;;", replaced={'latitude = "lat"': ""})
