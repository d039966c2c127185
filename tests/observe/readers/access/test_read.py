"""The mission's own log: what stopped the monitors, for how long, where, who; and where they were let through."""

import pytest

from trucewatch import acts
from trucewatch.errors import DeliveryError
from trucewatch.observe.readers.access.read import KINDS


def one(sample, **values: str) -> dict[str, object]:
    """The only observation of a file of one row."""
    some = sample("access")
    return some.taken(some.csv(some.changed(0, **values)[:1])).row(0, named=True)


def rules(sample, **values: str) -> list[tuple[int, str, str | None]]:
    """What is said of the second row when it is changed."""
    some = sample("access")
    taken = some.take_in(some.csv(some.changed(1, **values)))
    return taken.set_aside.select("line", "rule", "column").rows()


@pytest.mark.parametrize(("kind", "act"), list(KINDS.items()))
def test_a_kind_is_its_act_and_the_monitors_are_its_object(sample, kind, act):
    row = one(sample, kind=kind.capitalize())
    assert row["act"] == act
    granted = act == "access_granted"
    assert (row["object"], row["count_low"], row["count_high"]) == (
        (None, 1, 1) if granted else ("monitors", None, None)
    )
    assert (act in acts.STEP_CODES) == granted
    assert row["sense"] == ("recorded" if act == "jamming" else "saw")


def test_every_kind_of_restriction_has_its_word():
    assert set(acts.kinds_of("access_restriction")) | {"jamming", "threat_to_monitors", "access_granted"} == set(
        KINDS.values()
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ("07:00:00", "07:01:00")),
        ({"delay_min": "45"}, ("07:00:00", "07:45:00")),
        ({"delay_min": "0"}, ("07:00:00", "07:01:00")),
        ({"until": "2026-04-08 12:00"}, ("07:00:00", "09:00:00")),
        ({"until": "2026-04-08 12:00", "delay_min": "45"}, ("07:00:00", "09:00:00")),
        ({"when": "2026-04-08T10:00:30Z"}, ("10:00:30", "10:00:31")),
        ({"until": "2026-04-08"}, ("07:00:00", "21:00:00")),
    ],
)
def test_it_lasts_until_its_end_or_by_its_minutes_or_as_long_as_it_is_precise(sample, changed, told):
    row = one(sample, **changed)
    assert (f"{row['start_utc']:%H:%M:%S}", f"{row['end_utc']:%H:%M:%S}") == told


def test_what_was_worded_is_kept(sample):
    row = one(sample, delay_min="45")
    assert row["reported_party"] == "armed men of Merrow"
    assert row["text"] == (
        'place Oak checkpoint; delay_min 45; side held by Merrow; reason "no pass, no entry"; purpose patrol'
    )
    assert one(sample, place="", side="", reason="", purpose="")["text"] is None


@pytest.mark.parametrize(("error", "metres"), [("", 50), ("200", 200), ("5", 50)])
def test_a_position_is_as_good_as_told_and_no_finer_than_the_manifest(sample, error, metres):
    assert one(sample, error_m=error)["error_major_m"] == metres


def test_a_settlement_of_the_list_is_a_place(sample):
    row = one(sample, lon="", lat="", place="Ford")
    assert (row["lon_deg"], row["lat_deg"], row["error_minor_m"]) == (38.2, 48.4, 1500.0)
    assert one(sample, lon="", lat="", place="Ford", error_m="4000")["error_minor_m"] == 4000


@pytest.mark.parametrize("place", ["", "Weir", "Atlantis", "ford"])
def test_a_settlement_unknown_or_there_twice_is_no_place(sample, place):
    assert rules(sample, lon="", lat="", place=place) == [(3, "settlement_unknown_or_ambiguous", "place")]


def test_a_list_without_a_number_is_no_place(sample):
    assert rules(sample, lon="", lat="", place="Nowhere") == [(3, "longitude_is_no_number", "lon")]


def test_without_a_list_a_name_alone_is_no_place(sample):
    some = sample("access")
    taken = some.take_in(some.csv(some.changed(1, lon="", lat="", place="Ford")), options={})
    assert taken.set_aside.select("line", "rule").rows() == [(3, "latitude_is_no_number")]


def test_a_list_that_is_none_is_refused(sample):
    some = sample("access")
    with pytest.raises(DeliveryError, match="not a list of settlements"):
        some.take_in(some.csv(), beside=lambda name: b"a,b\n1,2\n")


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"id": ""}, "id_is_absent", "id"),
        ({"kind": ""}, "kind_unknown", "kind"),
        ({"kind": "refused"}, "kind_unknown", "kind"),
        ({"delay_min": "an hour"}, "delay_is_no_number", "delay_min"),
        ({"delay_min": "-5"}, "delay_is_no_number", "delay_min"),
        ({"delay_min": "99999999"}, "delay_is_no_number", "delay_min"),
        ({"error_m": "0"}, "error_is_not_positive", "error_m"),
        ({"until": "soon"}, "until_is_no_time", "until"),
        ({"until": "2026-04-07"}, "ends_before_it_starts", "until"),
    ],
)
def test_what_breaks_a_rule_is_set_aside(sample, changed, rule, column):
    assert rules(sample, **changed) == [(3, rule, column)]


def test_a_sense_that_is_told_is_kept_and_another_is_set_aside(sample):
    some = sample("access")
    rows = tuple((*row, told) for row, told in zip(some.rows, ("recorded", "saw", "", "smelt"), strict=True))
    taken = some.take_in(some.csv(rows, (*some.columns, "sense")))
    assert taken.observations["sense"].to_list() == ["recorded", "saw", "recorded"]
    assert taken.set_aside.select("line", "rule", "column").rows() == [(5, "sense_unknown", "sense")]


def test_an_unknown_option_is_refused(sample):
    with pytest.raises(DeliveryError, match="use sheet, gazetteer"):
        sample("access").take_in(sample("access").csv(), options={"posts": "p.csv"})
