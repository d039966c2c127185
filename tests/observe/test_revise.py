"""What stands after several deliveries: a snapshot replaces, an increment adds; an id never changes."""

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch import observe, tables

AT = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)


def table(content: dict[str, int], delivery: int = 0) -> pl.DataFrame:
    """Observations of these native ids, each with its number of deaths as content."""
    rows = [
        {
            "observation_id": f"s:{name}", "source_id": "s", "native_id": name, "act": "explosion", "start_utc": AT,
            "end_utc": AT, "time_error_s": 0.0, "lon_deg": 37.8, "lat_deg": 48.0,
            "error_major_m": 9.0, "error_minor_m": 9.0, "error_azimuth_deg": 0.0,
            "deaths_low": deaths, "deaths_high": deaths, "delivery_id": f"s-{delivery}",
        }
        for name, deaths in content.items()
    ]  # fmt: skip
    return (
        tables.conform(pl.DataFrame(rows, schema_overrides=tables.dtypes("observations")), "observations")
        if rows
        else tables.empty("observations")
    )


def content(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame.select("native_id", "deaths_low").iter_rows())


DELIVERIES = st.lists(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 2)), max_size=4)


@settings(max_examples=60)
@given(DELIVERIES)
def test_the_last_snapshot_stands(deliveries):
    standing = observe.current([table(d, n) for n, d in enumerate(deliveries)], snapshot=True)
    assert content(standing) == (deliveries[-1] if deliveries else {})


@settings(max_examples=60)
@given(DELIVERIES)
def test_increments_add_and_revise(deliveries):
    standing = observe.current([table(d, n) for n, d in enumerate(deliveries)], snapshot=False)
    expected = {name: deaths for delivery in deliveries for name, deaths in delivery.items()}
    assert content(standing) == expected
    assert tables.conform(standing, "observations").height == len(expected)


@settings(max_examples=60)
@given(DELIVERIES.filter(lambda d: len(d) >= 2), st.booleans())
def test_a_change_counts_every_row_once(deliveries, snapshot):
    before, after = deliveries[:2]
    told = observe.change(table(before, 1), table(after, 2), snapshot=snapshot)
    both = before.keys() & after.keys()
    same = sum(before[name] == after[name] for name in both)
    assert told == observe.Change(
        new=len(after) - len(both),
        revised=len(both) - same,
        unchanged=same,
        withdrawn=len(before) - len(both) if snapshot else 0,
    )


@settings(max_examples=120)
@given(
    st.lists(
        st.tuples(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)), st.sets(st.sampled_from("abc"))),
        max_size=4,
    )
)
def test_what_a_delivery_takes_back_is_gone_until_a_later_one_brings_it_again(deliveries):
    expected: dict[str, int] = {}
    for brought, back in deliveries:
        expected = {name: deaths for name, deaths in (expected | brought).items() if name not in back}
    back = [
        pl.DataFrame(
            [{"delivery_id": f"s-{n}", "observation_id": f"s:{name}"} for name in gone],
            schema=tables.dtypes("withdrawn"),
        )
        for n, (_, gone) in enumerate(deliveries)
    ]
    rows = [table(brought, n) for n, (brought, _) in enumerate(deliveries)]
    assert content(observe.current(rows, snapshot=False, withdrawn=back)) == expected


def alerts(content: dict[str, int], delivery: int = 0) -> pl.DataFrame:
    """Alerts of these native ids, each with its number of hours as content."""
    rows = [
        {
            "alert_id": f"s:{name}", "source_id": "s", "native_id": name, "kind": "air_raid", "area": "North", "start_utc": AT,
            "end_utc": AT + dt.timedelta(hours=hours), "end_is_invented": False, "delivery_id": f"s-{delivery}",
        }
        for name, hours in content.items()
    ]  # fmt: skip
    return (
        tables.conform(pl.DataFrame(rows, schema_overrides=tables.dtypes("alerts")), "alerts")
        if rows
        else tables.empty("alerts")
    )


@settings(max_examples=120)
@given(
    st.lists(
        st.tuples(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)), st.sets(st.sampled_from("abc"))),
        max_size=4,
    ),
    st.booleans(),
)
def test_context_stands_replaced_revised_and_taken_back_as_observations_do(deliveries, snapshot):
    expected: dict[str, int] = {}
    for brought, back in deliveries:
        expected = {name: hours for name, hours in ({} if snapshot else expected | brought).items() if name not in back}
        expected |= {name: hours for name, hours in brought.items() if snapshot and name not in back}
    back = [
        pl.DataFrame(
            [{"delivery_id": f"s-{n}", "observation_id": f"s:{name}"} for name in gone],
            schema=tables.dtypes("withdrawn"),
        )
        for n, (_, gone) in enumerate(deliveries)
    ]
    rows = [alerts(brought, n) for n, (brought, _) in enumerate(deliveries)]
    standing = observe.current(rows, snapshot=snapshot, withdrawn=back, table="alerts")
    hours = pl.col("end_utc").sub(pl.col("start_utc")).dt.total_hours()
    assert dict(standing.select("native_id", hours).iter_rows()) == expected
    assert tables.conform(standing, "alerts").equals(standing)
