"""UCDP: a coarse place is a wide ellipse, a coarse day a long span, a range of deaths never tighter than told."""

import datetime as dt

import pytest


def one(sample, **values):
    """The only observation of a file of one row."""
    some = sample("ucdp_ged")
    return some.take_in(some.csv(some.changed(0, **values)[:1])).observations.row(0, named=True)


def span(told) -> tuple[str, str]:
    return tuple(f"{told[name]:%m-%d %H:%M}" for name in ("start_utc", "end_utc"))


@pytest.mark.parametrize(
    ("first", "last", "date_prec", "told"),
    [
        ("2019-05-02", "2019-05-02", "1", ("05-01 21:00", "05-02 21:00")),
        ("2019-05-02", "2019-05-04", "1", ("05-01 21:00", "05-04 21:00")),
        ("2019-05-02", "2019-05-02", "2", ("04-29 21:00", "05-05 21:00")),
        ("2019-05-02", "2019-05-03", "3", ("04-29 21:00", "05-06 21:00")),
        ("2019-05-01", "2019-05-31", "4", ("04-30 21:00", "05-31 21:00")),
        ("2019-03-31", "2019-03-31", "1", ("03-30 22:00", "03-31 21:00")),  # a day of 23 hours
        ("2019-10-27", "2019-10-27", "1", ("10-26 21:00", "10-27 22:00")),  # and one of 25
    ],
)
def test_spans_are_whole_local_days_as_wide_as_the_precision(sample, first, last, date_prec, told):
    assert span(one(sample, date_start=first, date_end=last, date_prec=date_prec)) == told


def test_a_year_is_a_year(sample):
    told = one(sample, date_prec="5")
    assert told["end_utc"] - told["start_utc"] >= dt.timedelta(days=365)


@pytest.mark.parametrize(
    "written",
    ["2019-05-02", "2019-05-02 00:00:00.000", "2019-05-02T00:00:00", "5/2/2019 12:00:00 AM", "05/02/2019 00:00"],
)
def test_every_way_to_write_a_day(sample, written):
    assert span(one(sample, date_start=written, date_end=written)) == ("05-01 21:00", "05-02 21:00")


@pytest.mark.parametrize(
    ("where_prec", "least_m"),
    [("1", 2000), ("2", 12_500), ("3", 20_000), ("4", 60_000), ("5", 60_000), ("6", 300_000), ("7", 150_000)],
)
def test_ellipses_are_as_wide_as_the_precision(sample, where_prec, least_m):
    told = one(sample, where_prec=where_prec)
    assert told["error_major_m"] == told["error_minor_m"] == least_m


@pytest.mark.parametrize(
    ("low", "best", "high", "told"),
    [("1", "2", "3", (1, 3)), ("0", "0", "0", (0, 0)), ("1", "5", "3", (1, 5)), ("4", "2", "3", (2, 4))],
)
def test_deaths_are_the_widest_range_of_the_three(sample, low, best, high, told):
    row = one(sample, low=low, best=best, high=high)
    assert (row["deaths_low"], row["deaths_high"]) == told


@pytest.mark.parametrize(
    ("kind", "act", "party"),
    [("1", "armed_clash", None), ("2", "armed_clash", None), ("3", "violence_against_civilians", "Government of A")],
)
def test_a_fight_names_no_actor(sample, kind, act, party):
    told = one(sample, type_of_violence=kind)
    assert (told["act"], told["reported_party"]) == (act, party)


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("id", "", "id_is_no_integer"),
        ("id", "UKR-1", "id_is_no_integer"),
        ("date_end", "2019-05-01", "ends_before_it_starts"),
        ("date_end", "18/02/2020", "end_is_no_date"),
        ("where_prec", "8", "where_prec_unknown"),
        ("where_prec", "", "where_prec_unknown"),
        ("date_prec", "0", "date_prec_unknown"),
        ("type_of_violence", "4", "type_of_violence_unknown"),
        ("best", "-1", "deaths_are_no_number"),
        ("high", "about 3", "deaths_are_no_number"),
        ("low", "1_0", "deaths_are_no_number"),
    ],
)
def test_what_breaks_a_rule_is_set_aside(sample, column, value, rule):
    some = sample("ucdp_ged")
    taken = some.take_in(some.csv(some.changed(0, **{column: value})))
    assert taken.set_aside.select("line", "rule", "column").rows() == [(2, rule, column)]


def test_a_row_of_hxl_tags_is_no_data(sample):
    some = sample("ucdp_ged")
    tags = ("#id", "", "", "", "", "#geo+lat", "#geo+lon", *[""] * (len(some.columns) - 7))
    tagged = some.take_in(some.csv((tags, *some.rows)))
    assert (tagged.observations.height, tagged.set_aside.height) == (len(some.rows), 0)
    later = some.take_in(some.csv((*some.rows, tags)))
    assert later.set_aside.select("line", "rule").rows() == [(6, "id_is_no_integer")]


def test_a_row_of_no_tags_is_data(sample):
    some = sample("ucdp_ged")
    taken = some.take_in(some.csv((("",) * len(some.columns), *some.rows)))
    assert taken.set_aside.select("line", "rule").rows() == [(2, "id_is_no_integer")]


def test_cp1252_is_read_where_it_is_not_utf8(sample):
    some = sample("ucdp_ged")
    data = some.csv(some.changed(0, source_headline="‘Two’ – killed")[:1]).decode().encode("cp1252")
    assert some.take_in(data).observations["text"].to_list() == ["‘Two’ – killed"]


def test_one_bad_byte_in_a_utf8_file_costs_one_row_and_no_other_word(sample):
    some = sample("ucdp_ged")
    rows = some.changed(0, source_headline="Бій XX")
    taken = some.take_in(some.csv(rows).replace(b"XX", b"\xd0"))
    assert taken.set_aside.select("line", "rule").rows() == [(2, "not_utf8")]
    assert "Місто" in taken.observations["text"].to_list()
