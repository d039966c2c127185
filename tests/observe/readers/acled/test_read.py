"""ACLED: the day and how sure it is, the place, the act, the deaths, the actor; never republished."""

import datetime as dt

import pytest

from trucewatch import observe
from trucewatch.errors import DeliveryError
from trucewatch.observe.readers.acled.kinds import ACT_OF

OLD = (
    "id", "iso", "event_id_cnty", "event_date", "year", "time_precision", "event_type", "sub_event_type", "actor1",
    "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2", "interaction", "region", "country", "admin1", "admin2",
    "admin3", "location", "latitude", "longitude", "source_scale", "notes", "fatalities", "timestamp", "geo_precision",
    "source", "civilian_targeting", "disorder_type", "tags", "actor_dyad",
)  # fmt: skip


def one(sample, **values: str) -> dict[str, object]:
    """The only observation of a file of one row."""
    some = sample("acled")
    return some.take_in(some.csv(some.changed(0, **values)[:1])).observations.row(0, named=True)


def test_the_old_export_says_the_same(sample):
    some = sample("acled")
    old = tuple(
        tuple(dict(zip(some.columns, row, strict=True)).get(column, "7") for column in OLD) for row in some.rows
    )
    then, now = (some.take_in(data).observations.drop("delivery_id") for data in (some.csv(old, OLD), some.csv()))
    assert then.equals(now)


@pytest.mark.parametrize(
    "date", ["14 August 2023", "2023-08-14", "14/08/2023 00:00:00", "14/08/2023", "14-August-2023"]
)
def test_a_day_in_every_format(sample, date):
    told = one(sample, event_date=date)
    assert told["start_utc"] == dt.datetime(2023, 8, 13, 21, tzinfo=dt.UTC)
    assert told["end_utc"] - told["start_utc"] == dt.timedelta(days=1)


@pytest.mark.parametrize(("precision", "before", "days"), [("1", 0, 1), ("2", 3, 7), ("3", 15, 31)])
def test_a_date_is_as_wide_as_its_precision(sample, precision, before, days):
    told = one(sample, time_precision=precision)
    assert told["start_utc"] == dt.datetime(2023, 8, 13, 21, tzinfo=dt.UTC) - dt.timedelta(days=before)
    assert told["end_utc"] - told["start_utc"] == dt.timedelta(days=days)


@pytest.mark.parametrize(("precision", "metres"), [("1", 2e3), ("2", 2e4), ("3", 6e4)])
def test_a_place_is_as_wide_as_its_precision(sample, precision, metres):
    assert one(sample, geo_precision=precision)["error_minor_m"] == metres


@pytest.mark.parametrize(("kind", "sub", "act"), [(k, s, a) for k, subs in ACT_OF.items() for s, a in subs.items()])
def test_a_sub_event_type_is_its_act_or_is_set_aside(sample, kind, sub, act):
    some = sample("acled")
    taken = some.take_in(some.csv(some.changed(0, event_type=kind.upper(), sub_event_type=sub)[:1]))
    if act:
        assert taken.observations["act"].to_list() == [act]
    else:
        assert taken.set_aside.select("line", "rule", "column", "value").rows() == [
            (2, "no_act_of_the_list", "sub_event_type", sub)
        ]


@pytest.mark.parametrize(("fatalities", "told"), [("0", (0, None)), ("1", (1, 1)), ("250", (250, 250))])
def test_no_deaths_may_be_deaths_not_known(sample, fatalities, told):
    row = one(sample, fatalities=fatalities)
    assert (row["deaths_low"], row["deaths_high"]) == told


def test_a_battle_names_no_actor_and_the_rest_name_the_first_in_the_words_of_the_source(sample):
    assert one(sample)["reported_party"] is None
    strike = {"event_type": "Explosions/Remote violence", "sub_event_type": "Grenade"}
    assert one(sample, **strike, actor1="=Forces of A (2019-)")["reported_party"] == "=Forces of A (2019-)"


def test_civilian_targeting_is_the_object(sample):
    assert one(sample, civilian_targeting="Civilian targeting")["object"] == "civilians"
    assert one(sample)["object"] is None


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"event_id_cnty": ""}, "id_is_none", "event_id_cnty"),
        ({"event_id_cnty": "102"}, "id_is_none", "event_id_cnty"),
        ({"year": "2022"}, "year_does_not_fit", "year"),
        ({"time_precision": "4"}, "time_precision_unknown", "time_precision"),
        ({"geo_precision": "0"}, "geo_precision_unknown", "geo_precision"),
        ({"fatalities": "-1"}, "fatalities_are_no_number", "fatalities"),
        ({"fatalities": "some"}, "fatalities_are_no_number", "fatalities"),
        ({"civilian_targeting": "maybe"}, "civilian_targeting_unknown", "civilian_targeting"),
        ({"sub_event_type": "Parade"}, "sub_event_type_unknown", "sub_event_type"),
        ({"event_type": "Battles"}, "sub_event_type_unknown", "sub_event_type"),
    ],
)
def test_what_breaks_a_rule_is_set_aside(sample, changed, rule, column):
    some = sample("acled")
    taken = some.take_in(some.csv(some.changed(1, **changed)))
    assert taken.set_aside.select("line", "rule", "column").rows() == [(3, rule, column)]


def test_it_is_internal_and_never_republished():
    manifest = observe.source("acled").manifest
    assert (manifest.licence.republish, manifest.audience) == ("none", "internal")


def test_an_unknown_option_is_refused(sample):
    with pytest.raises(DeliveryError, match="use sheet"):
        sample("acled").take_in(sample("acled").csv(), options={"key": "secret"})
