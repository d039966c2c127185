"""The truth: what happened, where, when, by whom.

Events are a Poisson process: the rate of an act is its daily rate times the weights of the local hour and weekday and
the factor of the course, along the line by the hot spots, across it by the act. A share of them are followers of
another (Neyman & Scott 1958, clustered points: parents are Poisson, each has a Poisson number of offspring).
"""

import datetime as dt
from itertools import pairwise

import numpy as np
import polars as pl

from trucewatch import place, when
from trucewatch.simulate.document import ActRate, Rhythm
from trucewatch.simulate.draws import Floats, Integers, pick, stream
from trucewatch.simulate.line import Line
from trucewatch.simulate.scenario import Scenario

_SLOT_US = 600_000_000  # ten minutes: the rate is constant within
EVENT_COLUMNS = {
    "event_id": pl.String(), "act": pl.String(), "lon_deg": pl.Float64(), "lat_deg": pl.Float64(),
    "at_utc": pl.Datetime("us", "UTC"), "left_m": pl.Float64(), "side": pl.String(), "party": pl.String(),
    "count": pl.Int64(), "weapon": pl.String(), "deaths": pl.Int64(), "follows": pl.Boolean(),
}  # fmt: skip


def span(scenario: Scenario) -> when.Span:
    """Return the time of the world: from the start of its first mission day to the end of its last."""
    d, zone = scenario.document, when.zone(scenario.document.time_zone)
    last = d.start + dt.timedelta(days=d.days - 1)
    return when.Span(
        when.mission_day(d.start, zone, d.mission.cut_off).start_utc,
        when.mission_day(last, zone, d.mission.cut_off).end_utc,
    )


def make_events(scenario: Scenario, seed: int) -> pl.DataFrame:
    """Return the events of a world, in order of time.

    Columns: event_id, act, lon_deg, lat_deg, at_utc, left_m (metres to the left of the line; right: negative), side
    (the party that holds the ground there), party (who did it), count (single detonations, shots …), weapon, deaths,
    follows (an aftershock of another).
    """
    world = span(scenario)
    times = _Times(scenario.document.rhythm, scenario.document.time_zone, world)
    parts = [_of_act(scenario, rate, times, seed) for rate in scenario.document.acts]
    return pl.concat([pl.DataFrame(schema=EVENT_COLUMNS), *parts]).sort("at_utc", "event_id")


class _Times:
    """The rate in ten-minute slots over the world, by local clock."""

    def __init__(self, rhythm: Rhythm, time_zone: str, world: when.Span) -> None:
        self.start_us, self.end_us = (int(t.timestamp() * 1_000_000) for t in (world.start_utc, world.end_utc))
        starts = np.arange(self.start_us, self.end_us, _SLOT_US)
        local = pl.Series(starts).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(time_zone)
        hours, weekdays = np.array(rhythm.hours), np.array(rhythm.weekdays)
        share = (np.minimum(starts + _SLOT_US, self.end_us) - starts) / 86_400e6
        self.steady = share * (hours / hours.mean())[local.dt.hour().to_numpy()]
        week = (weekdays / weekdays.mean())[local.dt.weekday().to_numpy() - 1]
        self.moving = self.steady * week * _course(rhythm, time_zone, starts)
        self.starts = starts

    def draw(self, rng: np.random.Generator, per_day: float, steady: bool) -> Integers:
        """Return the instants, microseconds since 1970, of a Poisson process of `per_day`."""
        days = self.steady if steady else self.moving
        number = rng.poisson(per_day * days.sum())
        slot = rng.choice(len(days), number, p=days / days.sum()) if number else np.empty(0, np.int64)
        return np.asarray(np.minimum(self.starts[slot] + rng.integers(0, _SLOT_US, number), self.end_us - 1), np.int64)


def _course(rhythm: Rhythm, time_zone: str, starts: Integers) -> Floats:
    """Return the factor of the course at each instant; two turns at the same time are a step."""
    if not rhythm.course:
        return np.ones(len(starts))
    zone = when.zone(time_zone)
    at = np.array([when.to_utc(turn.at, zone).start_utc.timestamp() * 1e6 for turn in rhythm.course])
    factors = np.array([turn.factor for turn in rhythm.course])
    value: Floats = np.full(len(starts), factors[0])
    for (a, b), (fa, fb) in zip(pairwise(at), pairwise(factors), strict=True):
        inside = (starts >= a) & (starts < b)
        value[inside] = fa + (fb - fa) * (starts[inside] - a) / (b - a) if b > a else fb
    value[starts >= at[-1]] = factors[-1]
    return value


def _of_act(scenario: Scenario, rate: ActRate, times: _Times, seed: int) -> pl.DataFrame:
    rng = stream(seed, f"events/{rate.act}")
    rhythm, line, sides = scenario.document.rhythm, scenario.line, scenario.document.line.sides
    at_us = times.draw(rng, rate.per_day * (1 - rhythm.follow.share), rate.steady)
    left_m = _across(rate, rng, len(at_us))
    lon, lat = line.at(_along(rhythm, line, rng, len(at_us)), left_m)
    party = pick(rng, rate.party_shares or dict.fromkeys(sides, 1.0), len(at_us))
    parent = _parents(rhythm, rng, len(at_us))
    far = rng.normal(0, rhythm.follow.distance_km * 1000 / np.sqrt(2), (2, len(parent)))
    late = (rng.exponential(rhythm.follow.delay_h * 3600e6, len(parent))).astype(np.int64)
    follow_lon, follow_lat = place.offset(lon[parent], lat[parent], far[0], far[1])
    at_us = np.concatenate((at_us, at_us[parent] + late))
    lon, lat = np.concatenate((lon, follow_lon)), np.concatenate((lat, follow_lat))
    size = len(at_us)
    signed = line.left_m(lon, lat)
    weapon = pick(rng, rate.weapons, size).tolist() if rate.weapons else [None] * size
    made = {
        "event_id": [f"{rate.act}-{n:06d}" for n in range(size)], "act": [rate.act] * size,
        "lon_deg": lon.round(6), "lat_deg": lat.round(6), "at_utc": pl.Series(at_us).cast(EVENT_COLUMNS["at_utc"]),
        "left_m": signed, "side": np.where(signed > 0, *sides), "party": np.concatenate((party, party[parent])),
        "count": rng.geometric(1 / rate.count_mean, size), "weapon": weapon,
        "deaths": rng.poisson(rate.deaths_mean, size), "follows": np.arange(size) >= size - len(parent),
    }  # fmt: skip
    return pl.DataFrame(made, schema=EVENT_COLUMNS).filter(pl.col("at_utc").cast(pl.Int64) < times.end_us)


def _across(rate: ActRate, rng: np.random.Generator, size: int) -> Floats:
    """Return the metres to the left of the line."""
    if rate.spread_km is not None:
        return np.asarray(rng.normal(0, rate.spread_km * 1000, size))
    near, far = rate.between_km or (0.0, 1.0)
    return np.asarray(rng.uniform(near * 1000, far * 1000, size) * rng.choice([-1.0, 1.0], size))


def _along(rhythm: Rhythm, line: Line, rng: np.random.Generator, size: int) -> Floats:
    """Return the metres along the line: a mixture of the hot spots and of the whole line."""
    length = line.length_m
    shares = [spot.share for spot in rhythm.hot_spots]
    where = rng.choice(len(shares) + 1, size, p=[*shares, max(0.0, 1 - sum(shares))])
    centre = np.array([spot.at_km * 1000 for spot in rhythm.hot_spots] + [0.0])[where]
    width = np.array([spot.width_km * 1000 for spot in rhythm.hot_spots] + [0.0])[where]
    anywhere, near = rng.uniform(0, length, size), centre + width * rng.normal(0, 1, size)
    along = np.where(where == len(shares), anywhere, near)
    return np.asarray(np.abs(length - np.abs(length - along)) % length)  # reflected at both ends


def _parents(rhythm: Rhythm, rng: np.random.Generator, size: int) -> Integers:
    """Return the parent of each follower, so that `follow.share` of all events are followers."""
    share = rhythm.follow.share
    return np.repeat(np.arange(size), rng.poisson(share / (1 - share), size))
