"""A delivery is named by its bytes; what a reader made of it is counted in one way."""

import datetime as dt
import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch import observe, tables, when
from trucewatch.errors import MissingError
from trucewatch.observe.delivery import Delivery, Taken

RECEIVED = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)


@given(st.binary(max_size=200))
def test_a_delivery_is_named_by_its_source_and_its_bytes(data):
    delivery = Delivery("a.csv", data, RECEIVED, "firms")
    assert delivery.sha256 == hashlib.sha256(data).hexdigest()
    assert delivery.delivery_id == f"firms-{delivery.sha256[:16]}"
    later = Delivery("b.csv", data, RECEIVED + dt.timedelta(days=1), "firms")
    assert later.delivery_id == delivery.delivery_id  # neither its name nor its hour makes it another
    assert Delivery("a.csv", data, RECEIVED, "ucdp_ged").delivery_id != delivery.delivery_id


def test_a_file_that_the_mission_does_not_give_is_missing():
    some = observe.source("firms").given(when.zone("Europe/Kyiv"), options={})
    with pytest.raises(MissingError, match=r"places\.csv"):
        some.beside("places.csv")


@given(st.lists(st.integers(0, 9), min_size=5, max_size=5))
def test_what_a_reader_made_is_counted_whole(numbers):
    acts, alerts, aside, repeated, superseded = numbers
    taken = Taken(
        0, pl.DataFrame({"native_id": ["a"] * acts}), pl.DataFrame({"line": [1] * aside}), repeated, superseded,
        context={"alerts": pl.DataFrame({"native_id": ["a"] * alerts}), "claims": tables.empty("claims")},
    )  # fmt: skip
    assert taken.accounted == sum(numbers)
