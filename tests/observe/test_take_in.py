"""Taking in: what a reader made is checked, and every row has one fate."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch import observe, tables
from trucewatch.errors import DeliveryError, TrucewatchError
from trucewatch.observe.rows import set_aside

AT = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)
DELIVERY = observe.Delivery("file.csv", b"bytes", AT, "diary")


def rows(*ids: tuple[str, int], **changed: object) -> pl.DataFrame:
    """What a reader makes of rows (native id, deaths), from line 2 on."""
    usual = {
        "act": "explosion", "start_utc": AT, "end_utc": AT, "time_error_s": 0.0, "lon_deg": 37.8, "lat_deg": 48.0,
        "error_major_m": 9.0, "error_minor_m": 9.0, "error_azimuth_deg": 0.0,
    } | changed  # fmt: skip
    made = [{"line": n, "native_id": name, "deaths_low": deaths, **usual} for n, (name, deaths) in enumerate(ids, 2)]
    return pl.DataFrame(
        made, schema_overrides={"start_utc": pl.Datetime("us", "UTC"), "end_utc": pl.Datetime("us", "UTC")}
    )


def take_in(sample, observations: pl.DataFrame, *, rows_in: int | None = None, **told: object) -> observe.TakenIn:
    aside = told.pop("set_aside", tables.empty("set_aside"))
    made = observe.Taken(
        observations.height + aside.height if rows_in is None else rows_in, observations, aside, **told
    )
    return observe.take_in(DELIVERY, lambda _delivery, _given: made, sample("table").given())


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=9))
def test_every_row_stands_or_is_repeated_or_superseded_and_the_last_stands(sample, pairs):
    taken = take_in(sample, rows(*pairs))
    account = taken.delivery.row(0, named=True)
    assert dict(taken.observations.select("native_id", "deaths_low").iter_rows()) == dict(pairs)
    assert account["repeated"] == len(pairs) - len(set(pairs))
    assert account["superseded"] == len(set(pairs)) - len(dict(pairs))


def test_the_account_and_the_ids_name_the_delivery(sample):
    told = {"line": [3], "rule": ["a_rule"], "column": ["column"], "value": ["x"]}
    aside = set_aside(DELIVERY, pl.DataFrame(told))
    taken = take_in(sample, rows(("a", 1)), set_aside=aside, withdrawn=("z",))
    account = taken.delivery.row(0, named=True)
    assert account["sha256"] == DELIVERY.sha256
    assert account["delivery_id"] == f"diary-{DELIVERY.sha256[:16]}"
    assert (account["bytes"], account["received_utc"], account["rows_in"], account["withdrawn"]) == (5, AT, 2, 1)
    seen = taken.observations.select("observation_id", "source_id", "delivery_id").row(0)
    assert seen == ("diary:a", "diary", DELIVERY.delivery_id)
    assert taken.set_aside["delivery_id"].to_list() == [DELIVERY.delivery_id]
    assert taken.withdrawn.rows() == [(DELIVERY.delivery_id, "diary:z")]


@pytest.mark.parametrize("rows_in", [0, 1, 3])
def test_a_reader_that_loses_or_invents_a_row_is_at_fault(sample, rows_in):
    with pytest.raises(TrucewatchError, match="accounts for") as caught:
        take_in(sample, rows(("a", 1), ("b", 1)), rows_in=rows_in)
    assert not isinstance(caught.value, DeliveryError)  # not the file's fault


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"lat_deg": 91.0}, "max", "lat_deg"),
        ({"lon_deg": float("nan")}, "max", "lon_deg"),
        ({"error_major_m": float("inf")}, "max", "error_major_m"),
        ({"error_minor_m": 10.0}, "axes_in_order", None),
        ({"end_utc": AT - dt.timedelta(seconds=1)}, "span_in_order", None),
        ({"deaths_high": 0}, "deaths_in_order", None),
        ({"act": "parade"}, "check__one_of_the_codes", "act"),
        ({"start_utc": None}, "nullability", "start_utc"),
    ],
)
def test_a_row_that_breaks_a_rule_of_the_table_is_set_aside_with_it(sample, changed, rule, column):
    taken = take_in(
        sample, pl.concat([rows(("a", 1)), rows(("b", 1), ("c", 1), **changed)[1:]], how="diagonal_relaxed")
    )
    assert taken.observations["native_id"].to_list() == ["a"]
    ((line, said, broken),) = taken.set_aside.select("line", "rule", "column").rows()
    assert (line, broken) == (3, column)
    assert said == rule


def test_sightings_of_rows_set_aside_go_with_them(sample):
    sightings = pl.DataFrame(
        {
            "observation_id": ["diary:a", "diary:b"],
            "observer_lon_deg": 37.0,
            "observer_lat_deg": 48.0,
            "near_m": 0.0,
            "far_m": 1.0,
        }
    ).with_columns(sector_half_width_deg=pl.lit(180.0))
    frame = rows(("a", 1), ("b", 1)).with_columns(lat_deg=pl.Series([48.0, 99.0]))
    assert take_in(sample, frame, sightings=sightings).sightings["observation_id"].to_list() == ["diary:a"]


def warnings(*told: tuple[str, int], **changed: object) -> pl.DataFrame:
    """What a reader makes of alerts (native id, hours of its length), from line 2 on."""
    made = [
        {
            "line": line, "native_id": name, "kind": "air_raid", "area": "North", "start_utc": AT,
            "end_utc": AT + dt.timedelta(hours=hours), "end_is_invented": False,
        } | changed
        for line, (name, hours) in enumerate(told, 2)
    ]  # fmt: skip
    instants = dict.fromkeys(("start_utc", "end_utc"), pl.Datetime("us", "UTC"))
    return pl.DataFrame(made, schema_overrides=instants)


def take_in_context(sample, rows_in: int, observations: pl.DataFrame | None = None, **context: pl.DataFrame):
    seen = tables.empty("observations") if observations is None else observations
    return take_in(sample, seen, rows_in=rows_in, context=context)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=9))
def test_every_row_of_context_stands_or_is_repeated_or_superseded_and_the_last_stands(sample, pairs):
    taken = take_in_context(sample, len(pairs), alerts=warnings(*pairs))
    account = taken.delivery.row(0, named=True)
    hours = pl.col("end_utc").sub(pl.col("start_utc")).dt.total_hours()
    assert dict(taken.context["alerts"].select("native_id", hours).iter_rows()) == dict(pairs)
    assert account["context"] == len(dict(pairs))
    assert account["repeated"] == len(pairs) - len(set(pairs))
    assert account["superseded"] == len(set(pairs)) - len(dict(pairs))


def test_context_is_named_and_stands_beside_observations_of_the_same_id(sample):
    taken = take_in_context(sample, 3, rows(("a", 1), ("b", 1)), alerts=warnings(("a", 1)))
    assert taken.delivery.select("rows_in", "observations", "context", "repeated").row(0) == (3, 2, 1, 0)
    told = taken.context["alerts"].select("alert_id", "source_id", "delivery_id").row(0)
    assert told == ("diary:a", "diary", DELIVERY.delivery_id)
    assert set(taken.context) == {"alerts", "claims", "statements"}
    assert all(tables.conform(frame, table).equals(frame) for table, frame in taken.context.items())


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"kind": "drill"}, "check__one_of_the_codes", "kind"),
        ({"area": ""}, "min_length", "area"),
        ({"area": None}, "nullability", "area"),
        ({"end_utc": AT - dt.timedelta(seconds=1)}, "span_in_order", None),
        ({"audience": "everybody"}, "check__one_of_the_codes", "audience"),
    ],
)
def test_a_row_of_context_that_breaks_a_rule_of_its_table_is_set_aside_with_it(sample, changed, rule, column):
    frame = pl.concat([warnings(("a", 1)), warnings(("b", 1), ("c", 1), **changed)[1:]], how="diagonal_relaxed")
    taken = take_in_context(sample, 2, alerts=frame)
    assert taken.context["alerts"]["native_id"].to_list() == ["a"]
    assert taken.set_aside.select("line", "rule", "column").rows() == [(3, rule, column)]
    assert taken.delivery.select("context", "set_aside").row(0) == (1, 1)


@pytest.mark.parametrize("rows_in", [0, 2])
def test_a_reader_that_loses_or_invents_a_row_of_context_is_at_fault(sample, rows_in):
    with pytest.raises(TrucewatchError, match="accounts for 1 rows"):
        take_in_context(sample, rows_in, alerts=warnings(("a", 1)))


@pytest.mark.parametrize("table", ["incidents", "set_aside", "alert"])
def test_a_table_that_readers_do_not_make_is_refused(sample, table):
    with pytest.raises(TrucewatchError, match=f"do not make.*{table}") as caught:
        take_in_context(sample, 1, **{table: warnings(("a", 1))})
    assert not isinstance(caught.value, DeliveryError)


def test_a_native_id_may_be_taken_back_whatever_its_table(sample):
    made = observe.Taken(
        1,
        tables.empty("observations"),
        tables.empty("set_aside"),
        withdrawn=("z",),
        context={"alerts": warnings(("a", 1))},
    )
    taken = observe.take_in(DELIVERY, lambda _delivery, _given: made, sample("table").given())
    assert taken.withdrawn.rows() == [(DELIVERY.delivery_id, "diary:z")]
    assert taken.delivery["withdrawn"].item() == 1
