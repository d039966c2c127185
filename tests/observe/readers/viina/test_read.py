"""News classed by a machine: the flags, the place, the day, the party, the warning."""

import datetime as dt
import io
import zipfile

import pytest

from trucewatch import when
from trucewatch.errors import DeliveryError
from trucewatch.observe.readers.viina.read import ACTS, FLAGS, NO_ACTS

NOTHING = dict.fromkeys(FLAGS, "0")
SELECTION = (
    "event_id_1pd", "date", "n_reports", "event_ids_matching", "sources_matching", "source_urls", "geonameid", "asciiname",
    "ADM1_NAME", "ADM2_NAME", "longitude", "latitude", "a_ukr_init", "a_ukr", "a_rus_init", "a_rus",
)  # fmt: skip
SELECTED = (
    "7", "20230610", "2", "8|9", "nv", "https://example.org/1", "700", "Mill", "North", "Oak", "37.9", "48.1", "", "1", "", "0",
)  # fmt: skip


def one(sample, *flags: str, **values: str) -> dict[str, object]:
    """The only observation of a file of one row with these flags."""
    some = sample("viina")
    told = NOTHING | dict.fromkeys(flags, "1") | values
    return some.take_in(some.csv(some.changed(0, **told)[:1])).observations.row(0, named=True)


@pytest.mark.parametrize(("flag", "act"), list(ACTS.items()))
def test_a_flag_is_its_act(sample, flag, act):
    assert one(sample, "t_mil_b", flag)["act"] == act


def test_of_several_flags_the_most_specific_is_the_act_and_all_are_kept(sample):
    told = one(sample, *reversed(list(ACTS)), "t_mil_b", "t_airalert_b")
    assert told["act"] == "shelling"
    assert all(flag in told["text"].split("; ")[2].split() for flag in (*ACTS, "t_mil_b", "t_airalert_b"))


@pytest.mark.parametrize("flag", [flag for flag in NO_ACTS if flag != "t_airalert_b"])
def test_a_row_of_no_act_is_set_aside_with_its_flags(sample, flag):
    some = sample("viina")
    taken = some.take_in(some.csv(some.changed(1, **(NOTHING | {flag: "1", "a_rus_b": "1"}))))
    assert taken.set_aside.select("line", "rule", "column", "value").rows() == [
        (3, "no_act_of_the_list", "t_*", f"{flag} a_rus_b")
    ]


def test_a_warning_alone_is_an_alert_of_the_day_with_an_invented_end(sample):
    some = sample("viina")
    taken = some.take_in(some.csv(some.changed(1, **(NOTHING | {"t_airalert_b": "1", "t_mil_b": "1"}))))
    assert (taken.observations.height, taken.set_aside.height) == (3, 0)
    (alert,) = taken.context["alerts"].iter_rows(named=True)
    assert (alert["alert_id"], alert["area"], alert["kind"]) == ("viina:12", "Mill, Oak raion, North", "air_raid")
    assert (alert["end_utc"] - alert["start_utc"], alert["end_is_invented"]) == (dt.timedelta(days=1), True)


def test_a_warning_of_no_named_place_is_named_by_its_position(sample):
    some = sample("viina")
    told = NOTHING | {"t_airalert_b": "1", "asciiname": "", "ADM1_NAME": "", "ADM2_NAME": ""}
    assert some.take_in(some.csv(some.changed(1, **told))).context["alerts"]["area"].to_list() == ["48.10 37.90"]


@pytest.mark.parametrize(
    ("date", "start", "hours"),
    [("20230610", "2023-06-09T21:00", 24), ("20230326", "2023-03-25T22:00", 23), ("20231029", "2023-10-28T21:00", 25)],
)
def test_a_day_is_a_day_in_kyiv_whatever_the_clock_of_the_mission(sample, date, start, hours):
    some = sample("viina")
    data = some.csv(some.changed(0, date=date)[:1])
    for zone in ("Europe/Kyiv", "Atlantic/Azores"):
        told = some.take_in(data, time_zone=when.zone(zone)).observations.row(0, named=True)
        assert f"{told['start_utc']:%Y-%m-%dT%H:%M}" == start
        assert told["end_utc"] - told["start_utc"] == dt.timedelta(hours=hours)


@pytest.mark.parametrize(
    ("precision", "metres"),
    [("STREET", 3e3), ("ADM3", 3e3), ("", 3e3), ("ADM2", 2e4), ("ADM1", 6e4), ("COUNTRY", 6e4), ("street", 6e4)],
)
def test_a_place_is_as_wide_as_its_precision_and_an_unknown_word_is_the_widest(sample, precision, metres):
    told = one(sample, "t_uav_b", GEO_PRECISION=precision)
    assert (told["error_major_m"], told["error_minor_m"]) == (metres, metres)
    assert f"GEO_PRECISION {precision};" in told["text"] or not precision


@pytest.mark.parametrize(
    ("flags", "party"),
    [
        (("a_rus_b",), "russia"),
        (("a_ukr_b",), "ukraine"),
        (("a_rus_b", "a_ukr_b"), None),
        ((), None),
        (("a_rus_b", "a_ukr_b", "a_ukr_init_b"), "ukraine"),
        (("a_ukr_b", "a_rus_init_b"), "russia"),
        (("a_rus_b", "a_rus_init_b", "a_ukr_init_b"), None),
        (("a_civ_b", "a_other_b"), None),
    ],
)
def test_a_party_is_named_only_where_the_source_names_one(sample, flags, party):
    assert one(sample, "t_artillery_b", *flags)["reported_party"] == party


def test_civilian_harm_and_a_hospital_are_kept(sample):
    told = one(sample, "t_hospital_b", "t_civcas_b")
    assert (told["civilians_low"], told["civilians_high"], told["object"]) == (1, None, "hospital")
    assert one(sample, "t_artillery_b", "t_hospital_b")["object"] is None  # what of it hit the hospital is not told
    assert one(sample, "t_artillery_b")["civilians_low"] is None


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("event_id_1pd", "", "id_is_no_integer"),
        ("event_id_1pd", "e7", "id_is_no_integer"),
        ("n_reports", "0", "not_a_count"),
        ("n_reports", "many", "not_a_count"),
        ("t_mil_b", "0.7", "flag_is_neither_0_nor_1"),
        ("a_rus_init_b", "TRUE", "flag_is_neither_0_nor_1"),
        ("date", "2023-06-10", "time_is_none"),
        ("date", "20230610.0", "time_is_none"),
    ],
)
def test_what_breaks_a_rule_is_set_aside(sample, column, value, rule):
    some = sample("viina")
    taken = some.take_in(some.csv(some.changed(1, **{column: value})))
    assert taken.set_aside.select("line", "rule", "column").rows() == [(3, rule, column)]


def test_a_selection_without_flags_tells_no_kind(sample):
    some = sample("viina")
    taken = some.take_in(some.csv((SELECTED,), SELECTION))
    told = taken.observations.row(0, named=True)
    assert (told["act"], told["native_id"], told["reported_party"], told["error_major_m"]) == (
        "weapon_use",
        "7",
        "ukraine",
        3e3,
    )
    assert told["text"] == "Mill, Oak, North; a_ukr_b; n_reports 2; nv; https://example.org/1"


def test_an_official_file_that_lacks_a_flag_is_refused(sample):
    some = sample("viina")
    at = some.columns.index("t_artillery_b")
    rows = tuple(row[:at] + row[at + 1 :] for row in some.rows)
    with pytest.raises(DeliveryError, match="t_artillery_b"):
        some.take_in(some.csv(rows, some.columns[:at] + some.columns[at + 1 :]))


def test_a_zip_says_what_its_file_says_and_stays_the_delivery(sample):
    some = sample("viina")
    data = some.csv(some.changed(1, n_reports="x"))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("event_1pd_latest_2023.csv", data)
    plain, packed = some.take_in(data), some.take_in(made.getvalue())
    assert packed.observations.drop("delivery_id").equals(plain.observations.drop("delivery_id"))
    assert set(packed.set_aside["delivery_id"]) == set(packed.delivery["delivery_id"])
    assert packed.delivery["delivery_id"].item() != plain.delivery["delivery_id"].item()


def test_a_row_that_is_none_is_of_the_zip_too(sample):
    some = sample("viina")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("year.csv", some.csv() + b"too,short\n")
    taken = some.take_in(made.getvalue())
    assert taken.set_aside.select("delivery_id", "rule").rows() == [
        (taken.delivery["delivery_id"].item(), "wrong_number_of_fields")
    ]


def test_options_are_refused(sample):
    with pytest.raises(DeliveryError, match="viina takes none"):
        sample("viina").take_in(sample("viina").csv(), options={"year": "2023"})
