"""Warnings: the area, the level, the end that was made up, the two files."""

import pytest

from trucewatch import observe
from trucewatch.errors import DeliveryError

VOLUNTEER = ("region", "started_at", "finished_at", "naive")
MADE_UP = ("Kyiv City", "2023-06-10 16:36:22+00:00", "2023-06-10 17:06:22+00:00", "True")
TOLD = ("Kyiv City", "2023-06-11 16:36:22+00:00", "2023-06-11 17:06:22+00:00", "False")


def test_an_area_is_named_from_small_to_large_and_nothing_is_an_observation(sample):
    taken = sample("air_alerts").take_in(sample("air_alerts").csv())
    alerts = taken.context["alerts"]
    assert alerts["area"].to_list() == [
        "North oblast", "Mill hromada, Oak raion, North oblast", "Oak raion, North oblast", "South oblast",
    ]  # fmt: skip
    assert taken.observations.is_empty()
    assert alerts["native_id"][0] == "official|North oblast|2023-06-10T01:10:34Z"
    assert (alerts["end_is_invented"].any(), alerts["end_utc"].is_null().to_list()) == (
        False,
        [False, False, False, True],
    )


def test_an_invented_end_is_marked_and_a_told_one_of_half_an_hour_is_not(sample):
    some = sample("air_alerts")
    alerts = some.taken(some.csv((MADE_UP, TOLD), VOLUNTEER))
    assert alerts.select("area", "end_is_invented").rows() == [("Kyiv City", True), ("Kyiv City", False)]
    assert alerts["native_id"][0] == "volunteer|Kyiv City|2023-06-10T16:36:22Z"


def test_an_alert_that_gets_its_end_later_is_the_same_alert(sample):
    some = sample("air_alerts")
    before = some.taken(some.csv())
    after = some.taken(some.csv(some.changed(3, finished_at="2023-06-11 02:00:00+00:00")))
    assert before["alert_id"].equals(after["alert_id"])
    assert observe.current([before, after], snapshot=True, table="alerts").equals(after)


def test_an_offset_is_believed(sample):
    some = sample("air_alerts")
    one, other = (
        some.taken(some.csv(some.changed(0, started_at=time)[:1])).drop("delivery_id")
        for time in ("2023-06-10 01:10:34+00:00", "2023-06-10 04:10:34+03:00")
    )
    assert one.equals(other)


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"started_at": "2023-06-10 01:10:34"}, "time_is_none", "started_at"),
        ({"finished_at": "soon"}, "end_is_no_time", "finished_at"),
        ({"finished_at": "2023-06-09 01:10:34+00:00"}, "ends_before_it_starts", "finished_at"),
        ({"oblast": ""}, "area_is_absent", "oblast"),
        ({"level": "city"}, "level_unknown", "level"),
        ({"level": ""}, "level_unknown", "level"),
        ({"level": "raion"}, "level_does_not_fit", "level"),
        ({"raion": ""}, "level_does_not_fit", "level"),
        ({"source": "volunteer"}, "source_is_not_official", "source"),
    ],
)
def test_what_breaks_a_rule_of_the_official_file_is_set_aside(sample, changed, rule, column):
    some = sample("air_alerts")
    taken = some.take_in(some.csv(some.changed(1, **changed)))
    assert taken.set_aside.select("line", "rule", "column").rows() == [(3, rule, column)]


@pytest.mark.parametrize(
    ("at", "value", "rule"), [(0, "", "area_is_absent"), (3, "yes", "naive_is_neither_true_nor_false")]
)
def test_what_breaks_a_rule_of_the_volunteers_file_is_set_aside(sample, at, value, rule):
    some = sample("air_alerts")
    row = (*MADE_UP[:at], value, *MADE_UP[at + 1 :])
    assert some.take_in(some.csv((row, TOLD), VOLUNTEER)).set_aside.select("line", "rule").rows() == [(2, rule)]


def test_the_volunteers_file_can_be_a_source_of_its_own(sample):
    source = observe.source("air_alerts")
    given = source.given(sample("air_alerts").given().time_zone, options={"file": "volunteer"})
    assert given.manifest.source_id == "air_alerts_volunteer"
    assert given.manifest.title != source.manifest.title  # a report names both
    assert sample("air_alerts").given(options={"file": "official"}).manifest.source_id == "air_alerts"


@pytest.mark.parametrize(("file", "other"), [("official", "volunteer"), ("volunteer", "official")])
def test_a_file_named_and_another_given_is_refused(sample, file, other):
    some = sample("air_alerts")
    data = some.csv() if other == "official" else some.csv((TOLD,), VOLUNTEER)
    with pytest.raises(DeliveryError, match="column"):
        some.take_in(data, options={"file": file})


@pytest.mark.parametrize("options", [{"file": "both"}, {"maker": "official"}])
def test_an_unknown_option_is_refused(sample, options):
    with pytest.raises(DeliveryError, match="does not know"):
        sample("air_alerts").take_in(sample("air_alerts").csv(), options=options)
