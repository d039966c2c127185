import dataclasses
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from trucewatch import place
from trucewatch.simulate import Scenario
from trucewatch.simulate.events import make_events
from trucewatch.simulate.watch import posts_of, watch

Parse = Callable[[dict[str, str]], Scenario]


def _seen(scenario: Scenario, at: int, seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    events, seen = make_events(scenario, seed), {}
    for source in scenario.document.sources[: at + 1]:
        seen[source.source_id] = watch(scenario, source, events, seen, seed)
    return events, seen[scenario.document.sources[at].source_id]


def test_detects_its_share_with_its_errors(small: Parse) -> None:
    events, seen = _seen(
        small({"days = 4": "days = 60", "detects = { shelling = 0.3 }": "detects = { shelling = 0.3 }"}), 3
    )
    own = seen.filter(pl.col("event_id").is_not_null() & (pl.col("delay_h") == 0))
    assert own.height / events.filter(pl.col("act") == "shelling").height == pytest.approx(0.3, abs=0.03)
    j = own.join(events, on="event_id", suffix="_true")
    north = (j["lat_deg"] - j["lat_deg_true"]).to_numpy() * place.METRES_PER_DEGREE
    late = (j["at_utc"] - j["at_utc_true"]).dt.total_seconds().to_numpy()
    assert north.std() == pytest.approx(2000, rel=0.1)
    assert late.std() == pytest.approx(3600, rel=0.1)


def test_sees_less_far_from_its_posts(small: Parse) -> None:
    scenario = small(
        {
            "days = 4": "days = 60",
            'reach_km = 10 }\n\n[[sources]]\nsource_id = "aco': 'reach_km = 3 }\n\n[[sources]]\nsource_id = "aco',
        }
    )
    events, seen = _seen(scenario, 0)
    shelling = events.filter(pl.col("act") == "shelling")
    lon, lat = posts_of(scenario.document.sources[0].posts, scenario.line)
    away = np.min(
        [
            place.distance_m(*(shelling[c].to_numpy() for c in ("lon_deg", "lat_deg")), x, y)
            for x, y in zip(lon, lat, strict=True)
        ],
        axis=0,
    )
    told = shelling["event_id"].is_in(seen["event_id"].drop_nulls().implode()).to_numpy()
    assert told[away < 1500].mean() > 0.6
    assert told[away > 9000].mean() < 0.05


def test_takes_one_act_for_another(small: Parse) -> None:
    events, seen = _seen(small({"days = 4": "days = 60"}), 0)
    of_shelling = seen.join(events.filter(pl.col("act") == "shelling").select("event_id"), on="event_id")
    assert (of_shelling["act"] == "explosion").mean() == pytest.approx(0.5, abs=0.05)


def test_is_silent_in_an_outage(small: Parse) -> None:
    _, seen = _seen(small({}), 1)
    silent = pl.col("at_utc").is_between(
        pl.datetime(2026, 3, 28, 7, time_zone="UTC"), pl.datetime(2026, 3, 28, 12, 59, time_zone="UTC")
    )
    assert seen.filter(silent).height == 0
    assert seen.height > 50


def test_copies_what_another_reported(small: Parse) -> None:
    scenario = small({"days = 4": "days = 60"})
    events = make_events(scenario, 1)
    theirs = watch(scenario, scenario.document.sources[0], events, {}, 1)
    seen = watch(scenario, scenario.document.sources[3], events, {"patrol": theirs}, 1)
    copied = seen.filter(pl.col("delay_h") > 0)
    assert copied.height / theirs.height == pytest.approx(0.2, abs=0.03)
    assert copied.join(theirs, on=["lon_deg", "lat_deg", "at_utc"]).height == copied.height


def test_another_source_changes_nothing(small: Parse) -> None:
    scenario = small({})
    fewer = dataclasses.replace(
        scenario, document=scenario.document.model_copy(update={"sources": scenario.document.sources[1:2]})
    )
    assert _seen(scenario, 1)[1].equals(_seen(fewer, 0)[1])
