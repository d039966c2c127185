"""Bad input: each its clear refusal or its row set aside, with line and rule; no other exception, and no row lost."""

import pytest

from trucewatch import observe
from trucewatch.errors import DeliveryError

SOURCES = observe.names()
each_source = pytest.mark.parametrize("name", SOURCES)


def refused(some, data: bytes, **changed) -> str:
    """The refusal of a file, which must say what, where and what to do."""
    with pytest.raises(DeliveryError) as caught:
        some.take_in(data, **changed)
    (problem,) = caught.value.problems
    assert problem.where.startswith("file.csv")
    assert problem.to_do
    return str(caught.value)


def aside(taken: observe.TakenIn) -> list[tuple[int, str, str | None]]:
    """Line, rule and column of the rows that were set aside."""
    return taken.set_aside.sort("line").select("line", "rule", "column").rows()


@each_source
@pytest.mark.parametrize("data", [b"", b"\n\n", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_refused(sample, name, data):
    assert "empty" in refused(sample(name), data)


@each_source
def test_a_header_without_rows_is_refused(sample, name):
    assert "no rows" in refused(sample(name), sample(name).csv(()))


@each_source
@pytest.mark.parametrize("other", SOURCES)
def test_the_file_of_another_source_is_refused(sample, name, other):
    if name != other:
        assert "column" in refused(sample(name), sample(other).csv())


@each_source
@pytest.mark.parametrize(
    "data", [b"{}", b"<html><body>404", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", b"PK\x03\x04", b"\x00" * 99]
)
def test_what_is_no_table_is_refused(sample, name, data):
    refused(sample(name), data)


@each_source
def test_a_missing_column_is_named(sample, name):
    some = sample(name)
    at = some.columns.index(some.time)
    rows = tuple(row[:at] + row[at + 1 :] for row in some.rows)
    assert some.time in refused(some, some.csv(rows, some.columns[:at] + some.columns[at + 1 :]))


@each_source
@pytest.mark.parametrize("extra", ["confirmed_false", "", "time zone"])
def test_an_extra_column_is_named(sample, name, extra):
    some = sample(name)
    said = refused(some, some.csv(tuple((*row, "x") for row in some.rows), (*some.columns, extra)))
    assert f"unknown columns: [{extra!r}]" in said


@each_source
def test_a_column_that_stands_twice_is_named(sample, name):
    some = sample(name)
    said = refused(some, some.csv(tuple((*row, "x") for row in some.rows), (*some.columns, some.time)))
    assert f"columns stand twice: [{some.time!r}]" in said


@each_source
@pytest.mark.parametrize(
    ("encoding", "word"), [("utf-16", "UTF-16"), ("utf-16-le", "missing|not one"), ("utf-32", "UTF-16")]
)
def test_wide_encodings_are_refused(sample, name, encoding, word):
    some = sample(name)
    text = some.csv().decode()
    said = refused(some, text.encode(encoding))
    assert any(part in said for part in word.split("|"))


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "ucdp_ged"])
@pytest.mark.parametrize("encoding", ["cp1251", "koi8-u", "cp866"])
def test_a_cyrillic_codepage_is_refused_with_its_first_line(sample, name, encoding):
    some = sample(name)
    text_column = {"firms": "version", "patrol": "SMM position", "table": "words"}[name]
    data = some.csv(some.changed(1, **{text_column: "Дубовий гай"})).decode().encode(encoding)
    assert "file.csv:3: not utf-8" in refused(some, data)


@each_source
def test_a_nul_byte_costs_its_own_row(sample, name):
    some = sample(name)
    lines = some.csv().splitlines(keepends=True)
    lines[2] = lines[2][:4] + b"\x00" + lines[2][4:]
    taken = some.take_in(b"".join(lines))
    assert aside(taken) == [(3, "nul_byte", None)]
    assert taken.observations.height == len(some.rows) - 1


@each_source
@pytest.mark.parametrize("quote", [b"", b'"'], ids=["bare", "quoted"])
def test_a_very_long_line_costs_its_own_row(sample, name, quote):
    some = sample(name)
    lines = some.csv().splitlines(keepends=True)
    lines.insert(2, quote + b"x" * 3_000_000 + quote + b"\n")
    taken = some.take_in(b"".join(lines))
    assert aside(taken) == [(3, "record_too_long", None)]
    assert taken.set_aside["value"].str.len_chars().max() <= 200
    assert taken.observations.height == len(some.rows)


@each_source
def test_a_very_long_line_in_an_open_quote_costs_its_own_row(sample, name):
    some = sample(name)
    lines = some.csv().splitlines(keepends=True)
    lines.insert(2, b'"' + b"x" * 3_000_000 + b"\n")
    assert [line for line, _, _ in aside(some.take_in(b"".join(lines)))] == [3]


@each_source
@pytest.mark.parametrize("line", [b"x\n", b",\n", b"," * 99 + b"\n", b" \n"])
def test_a_line_of_another_width_costs_its_own_row(sample, name, line):
    some = sample(name)
    lines = some.csv().splitlines(keepends=True)
    taken = some.take_in(b"".join([*lines[:2], line, *lines[2:]]))
    assert aside(taken) == [(3, "wrong_number_of_fields", None)]
    assert taken.observations.height == len(some.rows)


NO_NUMBERS = [
    "NaN",
    "nan",
    "inf",
    "-Infinity",
    "1e999",
    "٤٨.٠",
    "４８",
    "4_8.0",
    "48,0",
    "48°",
    "0x30",
    "=48",
    "48.0.0",
    "--48",
    "x",
]


@each_source
@pytest.mark.parametrize("which", ["latitude", "longitude"])
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_is_no_coordinate(sample, name, which, value):
    some = sample(name)
    taken = some.take_in(some.csv(some.changed(1, **{which: value})))
    assert aside(taken) == [(3, f"{which}_is_no_number", getattr(some, which))]
    assert taken.observations.height == len(some.rows) - 1


@each_source
@pytest.mark.parametrize(
    ("which", "value"),
    [("latitude", "90.001"), ("latitude", "-91"), ("latitude", "1e30"), ("longitude", "180.5"), ("longitude", "-1e3")],
)
def test_a_coordinate_off_the_earth_is_set_aside(sample, name, which, value):
    some = sample(name)
    taken = some.take_in(some.csv(some.changed(1, **{which: value})))
    rule = "post_not_on_earth" if name == "patrol" else f"{which}_out_of_range"
    assert [(line, said) for line, said, _ in aside(taken)] == [(3, rule)]


@each_source
def test_latitude_and_longitude_swapped_are_seen(sample, name):
    some = sample(name)
    lat, lon = (some.rows[1][some.columns.index(column)] for column in (some.latitude, some.longitude))
    data = some.csv(some.changed(1, latitude=lon, longitude=lat))
    assert [(line, rule) for line, rule, _ in aside(some.take_in(data))] == [(3, "latitude_and_longitude_swapped")]
    assert aside(some.take_in(data, box=None)) == []  # who does not know where the mission is cannot tell


@each_source
def test_null_island_is_no_place(sample, name):
    some = sample(name)
    taken = some.take_in(some.csv(some.changed(1, latitude="0", longitude="0.0")))
    assert [(line, rule) for line, rule, _ in aside(taken)] == [(3, "position_is_null_island")]


TIMES = {  # a value of the time column, by source
    "day that is not": {"firms": "2023-02-30", "ucdp_ged": "2019-02-29", "patrol": "31-Apr-2026, 10:00", "table": "31.06.2023"},
    "other order": {"firms": "24/02/2023", "ucdp_ged": "18/02/2019", "patrol": "03/09/2026, 10:00", "table": "06/10/2023 10:15"},
    "year of two digits": {"firms": "23-02-24", "ucdp_ged": "02/18/19 00:00", "patrol": "9/3/26, 10:00", "table": "10.06.23 10:15"},
    "Arabic digits": {"firms": "٢٠٢٣-٠٢-٢٤", "ucdp_ged": "٢٠١٩-٠٥-٠٢", "patrol": "٠٩-Mar-2026, 19:38", "table": "١٠.٠٦.٢٠٢٣ 10:15"},
    "underscore": {"firms": "2023-0_2-24", "ucdp_ged": "2019-0_5-02", "patrol": "09-Mar-2026, 1_9:38", "table": "10.0_6.2023"},
    "nothing": dict.fromkeys(("firms", "ucdp_ged", "patrol", "table"), ""),
    "words": dict.fromkeys(("firms", "ucdp_ged", "patrol", "table"), "yesterday"),
    "year 0": {"firms": "0000-01-01", "ucdp_ged": "0000-01-01", "patrol": "01-Jan-0000, 10:00", "table": "01.01.0000 10:00"},
    "far future": {"firms": "9999-12-31", "ucdp_ged": "9999-12-31", "patrol": "31-Dec-9999, 10:00", "table": "31.12.9999 10:00"},
}  # fmt: skip


@each_source
@pytest.mark.parametrize("kind", TIMES)
def test_a_time_that_is_none_is_set_aside(sample, name, kind):
    some = sample(name)
    taken = some.take_in(some.csv(some.changed(1, time=TIMES[kind][name])))
    rule, column = {"firms": ("time_is_none", "acq_time"), "ucdp_ged": ("start_is_no_date", some.time)}.get(
        name, ("time_is_none", some.time)
    )
    assert aside(taken) == [(3, rule, column)]


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("patrol", "29-Mar-2026, 03:30", "local_hour_skipped"),
        ("patrol", "29-Mar-2026, 02:30-03:30", "local_hour_skipped"),
        ("table", "26.03.2023 03:30", "time_is_none"),
    ],
)
def test_a_local_hour_that_does_not_exist_is_set_aside(sample, name, value, rule):
    some = sample(name)
    assert aside(some.take_in(some.csv(some.changed(1, time=value)))) == [(3, rule, some.time)]


def test_no_row_that_fits_the_formats_refuses_the_file(sample):
    some = sample("table")
    at = some.columns.index(some.time)
    rows = tuple((*row[:at], "06/10/2023", *row[at + 1 :]) for row in some.rows)
    said = refused(some, some.csv(rows))
    assert "06/10/2023" in said
    assert "order of day and month" in said


DIFFERENT = {"firms": {"frp": "99"}, "patrol": {}, "table": {"blasts": "99"}, "ucdp_ged": {"high": "99"}}
"""Other content under the same id; the id of a patrol's row is the whole row."""


@each_source
def test_an_equal_row_is_repeated_and_another_of_its_id_supersedes(sample, name):
    some = sample(name)
    first = some.rows[0]
    later = some.changed(0, **DIFFERENT[name])[0]
    taken = some.take_in(some.csv((*some.rows, first, later)))
    account = taken.delivery.row(0, named=True)
    told = (account["observations"], account["repeated"], account["superseded"])
    assert told == ((4, 2, 0) if later == first else (4, 1, 1))
    last = some.take_in(some.csv((later,))).observations.drop("delivery_id")
    assert taken.observations.drop("delivery_id").join(last, on=last.columns, how="semi", nulls_equal=True).height == 1


@pytest.mark.parametrize("name", [name for name in SOURCES if DIFFERENT[name]])
def test_the_last_of_an_id_stands_though_an_equal_row_came_first(sample, name):
    some = sample(name)
    first, middle = some.rows[0], some.changed(0, **DIFFERENT[name])[0]
    taken = some.take_in(some.csv((first, middle, first)))
    assert taken.delivery.select("observations", "repeated", "superseded").row(0) == (1, 1, 1)
    alone = some.take_in(some.csv((first,)))
    assert taken.observations.drop("delivery_id").equals(alone.observations.drop("delivery_id"))


FORMULA = '=cmd|"/C calc"!A0'


@pytest.mark.parametrize(
    ("name", "column"), [("patrol", "No."), ("table", "blasts"), ("ucdp_ged", "best"), ("firms", "frp")]
)
def test_a_formula_is_no_number(sample, name, column):
    some = sample(name)
    ((line, _, broken),) = aside(some.take_in(some.csv(some.changed(1, **{column: FORMULA}))))
    assert (line, broken) == (3, column)


@pytest.mark.parametrize(
    ("name", "column", "told"),
    [("table", "words", "text"), ("patrol", "Weapon", "weapon"), ("ucdp_ged", "side_a", "reported_party")],
)
def test_a_formula_in_a_text_stays_text(sample, name, column, told):
    some = sample(name)
    number = 3 if name == "ucdp_ged" else 1
    taken = some.take_in(some.csv(some.changed(number, **{column: FORMULA})))
    assert FORMULA in taken.observations[told].to_list()


@pytest.mark.parametrize("name", ["patrol", "table"])
def test_a_formula_of_a_workbook_sets_its_row_aside(sample, name):
    some = sample(name)
    rows = tuple(tuple(cell.lstrip("=") for cell in row) for row in some.rows)
    rows = (rows[0], ("=1+1", *rows[1][1:]), *rows[2:])
    assert aside(some.take_in(some.xlsx(*rows))) == [(3, "formula", some.columns[0])]


@each_source
def test_all_rows_bad_is_still_an_account(sample, name):
    some = sample(name)
    at = some.columns.index(some.latitude)
    taken = some.take_in(some.csv(tuple((*row[:at], "x", *row[at + 1 :]) for row in some.rows)))
    assert (taken.observations.height, taken.set_aside.height) == (0, len(some.rows))
    assert taken.set_aside["line"].to_list() == [2, 3, 4, 5]


@each_source
def test_the_value_that_broke_the_rule_is_kept_and_shortened(sample, name):
    some = sample(name)
    taken = some.take_in(some.csv(some.changed(1, latitude="x" * 500)))
    assert taken.set_aside["value"].item() == "x" * 200
