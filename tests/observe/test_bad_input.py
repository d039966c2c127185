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


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-u", "cp866"])
def test_a_cyrillic_codepage_is_refused_with_its_first_line(sample, worded, encoding):
    some = sample(worded)
    data = some.csv(some.changed(1, **{some.text: "Дубовий гай"})).decode().encode(encoding)
    assert "file.csv:3: not utf-8" in refused(some, data)


@each_source
def test_a_nul_byte_costs_its_own_row(sample, name):
    some = sample(name)
    lines = some.csv().splitlines(keepends=True)
    lines[2] = lines[2][:4] + b"\x00" + lines[2][4:]
    taken = some.take_in(b"".join(lines))
    assert aside(taken) == [(3, "nul_byte", None)]
    assert some.standing(taken).height == len(some.rows) - 1


@each_source
@pytest.mark.parametrize("quote", [b"", b'"'], ids=["bare", "quoted"])
def test_a_very_long_line_costs_its_own_row(sample, name, quote):
    some = sample(name)
    lines = some.csv().splitlines(keepends=True)
    lines.insert(2, quote + b"x" * 3_000_000 + quote + b"\n")
    taken = some.take_in(b"".join(lines))
    assert aside(taken) == [(3, "record_too_long", None)]
    assert taken.set_aside["value"].str.len_chars().max() <= 200
    assert some.standing(taken).height == len(some.rows)


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
    assert some.standing(taken).height == len(some.rows)


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


@pytest.mark.parametrize("which", ["latitude", "longitude"])
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_is_no_coordinate(sample, located, which, value):
    some = sample(located)
    taken = some.take_in(some.csv(some.changed(1, **{which: value})))
    assert aside(taken) == [(3, f"{which}_is_no_number", getattr(some, which))]
    assert some.standing(taken).height == len(some.rows) - 1


@pytest.mark.parametrize(
    ("which", "value"),
    [("latitude", "90.001"), ("latitude", "-91"), ("latitude", "1e30"), ("longitude", "180.5"), ("longitude", "-1e3")],
)
def test_a_coordinate_off_the_earth_is_set_aside(sample, located, which, value):
    some = sample(located)
    taken = some.take_in(some.csv(some.changed(1, **{which: value})))
    rule = "post_not_on_earth" if located == "patrol" else f"{which}_out_of_range"
    assert [(line, said) for line, said, _ in aside(taken)] == [(3, rule)]


def test_latitude_and_longitude_swapped_are_seen(sample, located):
    some = sample(located)
    lat, lon = (some.rows[1][some.columns.index(column)] for column in (some.latitude, some.longitude))
    data = some.csv(some.changed(1, latitude=lon, longitude=lat))
    assert [(line, rule) for line, rule, _ in aside(some.take_in(data))] == [(3, "latitude_and_longitude_swapped")]
    assert aside(some.take_in(data, box=None)) == []  # who does not know where the mission is cannot tell


def test_null_island_is_no_place(sample, located):
    some = sample(located)
    taken = some.take_in(some.csv(some.changed(1, latitude="0", longitude="0.0")))
    assert [(line, rule) for line, rule, _ in aside(taken)] == [(3, "position_is_null_island")]


NO_TIMES = (
    "day that is not", "other order", "year of two digits", "Arabic digits", "underscore", "year 0", "far future", "nothing",
    "words",
)  # fmt: skip


@each_source
@pytest.mark.parametrize("kind", NO_TIMES)
def test_a_time_that_is_none_is_set_aside(sample, name, kind):
    some = sample(name)
    value = {"nothing": "", "words": "yesterday"}.get(kind) if kind not in some.times else some.times[kind]
    assert value is not None, f"readers/{name}/sample.toml lacks times.{kind!r}"
    taken = some.take_in(some.csv(some.changed(1, time=value)))
    rule, column = some.no_time or ("time_is_none", some.time)
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


@each_source
def test_an_equal_row_is_repeated_and_another_of_its_id_supersedes(sample, name):
    some = sample(name)
    first = some.rows[0]
    later = some.changed(0, **some.different)[0]  # the id of a patrol's row is the whole row
    taken = some.take_in(some.csv((*some.rows, first, later)))
    account = taken.delivery.row(0, named=True)
    standing = some.standing(taken).drop("delivery_id")
    told = (standing.height, account["repeated"], account["superseded"])
    assert told == (len(some.rows), *((2, 0) if later == first else (1, 1)))
    last = some.taken(some.csv((later,))).drop("delivery_id")
    assert standing.join(last, on=last.columns, how="semi", nulls_equal=True).height == 1


def test_the_last_of_an_id_stands_though_an_equal_row_came_first(sample, revised):
    some = sample(revised)
    first, middle = some.rows[0], some.changed(0, **some.different)[0]
    taken = some.take_in(some.csv((first, middle, first)))
    assert taken.delivery.select("repeated", "superseded").row(0) == (1, 1)
    alone = some.taken(some.csv((first,)))
    assert some.standing(taken).drop("delivery_id").equals(alone.drop("delivery_id"))


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
    at = some.columns.index(some.latitude or some.time)
    taken = some.take_in(some.csv(tuple((*row[:at], "x", *row[at + 1 :]) for row in some.rows)))
    assert (some.standing(taken).height, taken.set_aside.height) == (0, len(some.rows))
    assert taken.set_aside["line"].to_list() == list(range(2, len(some.rows) + 2))


def test_the_value_that_broke_the_rule_is_kept_and_shortened(sample, located):
    some = sample(located)
    taken = some.take_in(some.csv(some.changed(1, latitude="x" * 500)))
    assert taken.set_aside["value"].item() == "x" * 200
