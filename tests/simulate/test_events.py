from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from trucewatch.simulate import Scenario, World
from trucewatch.simulate.events import make_events, span

Parse = Callable[[dict[str, str]], Scenario]


def test_events_lie_in_the_world_and_in_order(world: World, small: Parse) -> None:
    whole = span(small({}))
    at = world.events["at_utc"]
    assert at.is_sorted()
    assert at.min() >= whole.start_utc
    assert at.max() < whole.end_utc
    assert world.events["event_id"].n_unique() == world.events.height


def test_the_world_has_an_hour_less_when_clocks_go_forward(small: Parse) -> None:
    assert span(small({})).duration.total_seconds() == 4 * 86_400 - 3600


def test_rates_are_as_the_scenario_says(small: Parse) -> None:
    events = make_events(small({"days = 4": "days = 400", "per_day = 60": "per_day = 20"}), 1)
    step = pl.datetime(2026, 3, 29, 12, time_zone="UTC")
    before = events.filter((pl.col("act") == "shelling") & (pl.col("at_utc") < step))
    after = events.filter((pl.col("act") == "shelling") & (pl.col("at_utc") >= step))
    assert before.height / (2 + 16.5 / 24) == pytest.approx(20, rel=0.35)
    assert after.height / 397.4 == pytest.approx(5, rel=0.12)
    weapons = events.filter(pl.col("act") == "heavy_weapon")
    assert weapons.height / 400 == pytest.approx(12, rel=0.08)  # steady: no course


def test_a_share_of_events_follows_another(small: Parse) -> None:
    events = make_events(small({"days = 4": "days = 300"}), 2)
    assert events["follows"].mean() == pytest.approx(0.3, abs=0.02)


def test_distance_and_side(small: Parse, world: World) -> None:
    apart = world.events.filter((pl.col("act") == "heavy_weapon") & ~pl.col("follows"))["left_m"].abs()
    assert apart.min() > 1000  # 3 km from their own stretch; a bend may bring another one nearer
    assert apart.max() < 30_100
    near = make_events(small({"days = 4": "days = 200"}), 3).filter(pl.col("act") == "shelling")
    assert 2300 < float(np.sqrt((near["left_m"] ** 2).mean())) < 3600
    east = world.events.filter(pl.col("side") == "east")
    assert (east["left_m"] > 0).all()


def test_local_hours_weigh(small: Parse) -> None:
    evening = "hours = [" + ", ".join("1" if h == 20 else "0" for h in range(24)) + "]"
    scenario = small({"[rhythm]": f"[rhythm]\n{evening}", "share = 0.3, distance": "share = 0.0, distance"})
    hours = make_events(scenario, 1)["at_utc"].dt.convert_time_zone("Atlantic/Azores").dt.hour()
    assert hours.unique().to_list() == [20]


def test_other_acts_change_nothing(small: Parse) -> None:
    one = make_events(small({}), 5).filter(pl.col("act") == "shelling")
    more = small(
        {'[[acts]]\nact = "heavy': '[[acts]]\nact = "shot"\nper_day = 30\nspread_km = 2\n\n[[acts]]\nact = "heavy'}
    )
    assert make_events(more, 5).filter(pl.col("act") == "shelling").equals(one)
