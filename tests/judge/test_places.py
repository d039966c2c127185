"""An incident lies in regions with chances that add up."""

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch import tables
from trucewatch.judge import locate
from trucewatch.judge.places import LEAST

REGIONS = {"west": shapely.box(-2, -2, 0, 2), "east": shapely.box(0, -2, 2, 2)}


def chances(frame: pl.DataFrame) -> dict[str, float]:
    return dict(frame.select("region_id", "probability").rows())


@pytest.mark.parametrize(
    ("lon", "expected"),
    [
        (-1.0, {"west": 1.0}),
        (0.0, {"west": 0.5, "east": 0.5}),
        (2.0, {"east": 0.5, "": 0.5}),
        (9.0, {"": 1.0}),
    ],
)
def test_where_an_incident_lies(incidents, lon, expected):
    found = locate(incidents({"lon_deg": lon}), REGIONS)
    assert chances(found) == pytest.approx(expected, abs=0.02)


def test_the_chance_of_a_region_is_what_a_simulation_counts(incidents):
    row = {
        "lon_deg": 0.05,
        "lat_deg": 0.0,
        "error_major_m": 8_000.0,
        "error_minor_m": 2_000.0,
        "error_azimuth_deg": 60.0,
    }
    rng, n = np.random.default_rng(4), 200_000
    east_m = rng.normal(0, 8_000, n) * np.sin(np.radians(60)) + rng.normal(0, 2_000, n) * np.cos(np.radians(60))
    counted = (0.05 + east_m / 111_195 > 0).mean()
    assert chances(locate(incidents(row), REGIONS)) == pytest.approx({"east": counted, "west": 1 - counted}, abs=0.02)


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.floats(-4, 4), st.floats(-4, 4), st.sampled_from([10.0, 5_000.0, 60_000.0])),
        min_size=1,
        max_size=20,
    )
)
def test_chances_add_up_to_one_but_for_what_is_too_small_to_list(incidents, told):
    frame = incidents(*({"lon_deg": x, "lat_deg": y, "error_major_m": e, "error_minor_m": e} for x, y, e in told))
    found = locate(frame, REGIONS)
    assert found["probability"].min() >= LEAST
    total = found.group_by("incident_id").agg(pl.col("probability").sum())
    assert total.height == frame.height
    assert total["probability"].max() <= 1 + 1e-9
    assert total["probability"].min() > 1 - len(REGIONS) * LEAST


def test_without_regions_all_is_outside_and_without_incidents_there_is_nothing(incidents):
    assert chances(locate(incidents({}), {})) == {"": 1.0}
    assert locate(tables.empty("incidents"), REGIONS).is_empty()
