"""How a source sees the events: what it detects, its errors, clutter, confusion, repeats and copies.

A seen row is what the source believes, before it is written in the source's own form.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch import place, when
from trucewatch.simulate.document import Posts, Watcher
from trucewatch.simulate.draws import Floats, Integers, pick, stream
from trucewatch.simulate.events import span
from trucewatch.simulate.line import Line
from trucewatch.simulate.nearest import nearest
from trucewatch.simulate.scenario import Scenario

SEEN_COLUMNS = {
    "event_id": pl.String(), "act": pl.String(), "lon_deg": pl.Float64(), "lat_deg": pl.Float64(),
    "at_utc": pl.Datetime("us", "UTC"), "count": pl.Int64(), "weapon": pl.String(), "deaths": pl.Int64(),
    "party": pl.String(), "post": pl.Int64(), "delay_h": pl.Float64(),
}  # fmt: skip


def posts_of(posts: Posts, line: Line) -> tuple[Floats, Floats]:
    """Return lon_deg, lat_deg of the posts along the line, alternately to its left and right.

    >>> line = Line(np.array([0.0, 0.0]), np.array([0.0, 1.0]))
    >>> posts_of(Posts(every_km=50, back_km=5, reach_km=10), line)[1].round(2).tolist()
    [0.22, 0.67]
    """
    along = np.arange(posts.every_km / 2, line.length_m / 1000, posts.every_km) * 1000
    sign = np.where(np.arange(len(along)) % 2 == 0, 1.0, -1.0)
    return line.at(along, sign * posts.back_km * 1000)


def watch(
    scenario: Scenario, source: Watcher, events: pl.DataFrame, earlier: Mapping[str, pl.DataFrame], seed: int
) -> pl.DataFrame:
    """Return what `source` sees of `events`, in order of time; `earlier` are the seen rows of sources before it.

    Columns: event_id (null for clutter), act (as observed), lon_deg, lat_deg, at_utc (as observed), count, weapon,
    deaths, party, post (index of the nearest post; null without posts), delay_h (until it was reported).
    """
    seen = _detected(scenario, source, events, seed)
    again = stream(seed, f"sources/{source.source_id}/repeats").random(seen.height) < source.repeats
    rows = pl.concat([seen, seen.filter(pl.Series(again, dtype=pl.Boolean))])
    rows = _with_errors(source, rows, stream(seed, f"sources/{source.source_id}/errors"))
    copies = [_copied(source, earlier, at, seed) for at in range(len(source.copies))]
    rows = pl.concat([rows, _clutter(scenario, source, seed), *copies])
    rows = within(scenario, source, rows)
    if source.posts:
        rows = rows.with_columns(post=_nearest(source.posts, scenario.line, rows)[0])
    return rows.sort("at_utc", maintain_order=True)


def within(scenario: Scenario, source: Watcher, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows in the time of the world and outside the source's outages."""
    world, zone = span(scenario), when.zone(scenario.document.time_zone)
    rows = rows.filter(pl.col("at_utc").is_between(world.start_utc, world.end_utc, closed="left"))
    for outage in source.outages:
        start, end = (when.to_utc(at, zone).start_utc for at in (outage.start, outage.end))
        rows = rows.filter(~pl.col("at_utc").is_between(start, end, closed="left"))
    return rows


def _detected(scenario: Scenario, source: Watcher, events: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the events that the source detects, with the act that it takes them for."""
    rng = stream(seed, f"sources/{source.source_id}/detects")
    chance = events["act"].replace_strict(source.detects, default=0.0, return_dtype=pl.Float64).to_numpy()
    if source.posts:
        away = _nearest(source.posts, scenario.line, events)[1]
        chance = chance * np.exp(-0.5 * (away / (source.posts.reach_km * 1000)) ** 2)
    seen = events.filter(pl.Series(rng.random(events.height) < chance, dtype=pl.Boolean))
    taken_for = _confused(source, seen["act"].to_numpy(), rng)
    return seen.select(
        "event_id", pl.Series("act", taken_for, dtype=pl.String), "lon_deg", "lat_deg", "at_utc", "count", "weapon",
        "deaths", "party", pl.lit(None, dtype=pl.Int64).alias("post"), pl.lit(0.0).alias("delay_h"),
    )  # fmt: skip


def _confused(source: Watcher, acts: npt.NDArray[np.str_], rng: np.random.Generator) -> npt.NDArray[np.str_]:
    """Return the act that each true act is taken for."""
    draw, taken_for = rng.random(len(acts)), acts.astype(object)
    for act, others in source.confusion.items():
        below = 0.0
        for other, chance in others.items():
            taken_for[(acts == act) & (draw >= below) & (draw < below + chance)] = other
            below += chance
    return taken_for


def _with_errors(source: Watcher, rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    far = rng.normal(0, source.position_error_m, (2, rows.height))
    late = np.round(rng.normal(0, source.time_error_s * 1e6, rows.height)).astype(np.int64)
    lon, lat = place.offset(rows["lon_deg"].to_numpy(), rows["lat_deg"].to_numpy(), far[0], far[1])
    at = (pl.col("at_utc").cast(pl.Int64) + pl.Series(late)).cast(pl.Datetime("us", "UTC"))
    return rows.with_columns(lon_deg=pl.Series(lon), lat_deg=pl.Series(lat), at_utc=at)


def _clutter(scenario: Scenario, source: Watcher, seed: int) -> pl.DataFrame:
    """Return what the source reports of nothing: a Poisson process about the line."""
    rng = stream(seed, f"sources/{source.source_id}/clutter")
    world = span(scenario)
    size = rng.poisson(source.clutter_per_day * world.duration.total_seconds() / 86_400)
    if not size:
        return pl.DataFrame(schema=SEEN_COLUMNS)
    start, end = (int(t.timestamp() * 1e6) for t in (world.start_utc, world.end_utc))
    along = rng.uniform(0, scenario.line.length_m, size)
    if source.posts:  # what an observer takes for an act is near the observer
        step = source.posts.every_km * 1000
        along = np.minimum((np.floor(along / step) + 0.5) * step, scenario.line.length_m)
        along = np.clip(along + rng.normal(0, source.posts.reach_km * 500, size), 0, scenario.line.length_m)
    lon, lat = scenario.line.at(along, rng.normal(0, source.clutter_spread_km * 1000, size))
    return without_event(pick(rng, source.clutter_acts, size), lon, lat, rng.integers(start, end, size))


def without_event(act: npt.NDArray[np.str_], lon_deg: Floats, lat_deg: Floats, at_us: Integers) -> pl.DataFrame:
    """Return seen rows behind which there is no event; `at_us`: microseconds since 1970."""
    known = {
        "act": act,
        "lon_deg": lon_deg,
        "lat_deg": lat_deg,
        "at_utc": pl.Series(at_us).cast(pl.Datetime("us", "UTC")),
    }
    frame = pl.DataFrame(known, schema_overrides={"act": pl.String()})
    counted = frame.with_columns(count=pl.lit(1, pl.Int64), deaths=pl.lit(0, pl.Int64), delay_h=pl.lit(0.0))
    missing = [pl.lit(None, kind).alias(name) for name, kind in SEEN_COLUMNS.items() if name not in counted.columns]
    return counted.with_columns(missing).select(list(SEEN_COLUMNS))


def _copied(source: Watcher, earlier: Mapping[str, pl.DataFrame], at: int, seed: int) -> pl.DataFrame:
    """Return what the source takes over from another: the other's place, time and act, reported later."""
    copy = source.copies[at]
    rng = stream(seed, f"sources/{source.source_id}/copies/{copy.source_id}")
    theirs = earlier[copy.source_id].select(list(SEEN_COLUMNS))
    taken = theirs.filter(pl.Series(rng.random(theirs.height) < copy.share, dtype=pl.Boolean))
    late = rng.exponential(copy.delay_h, taken.height)
    return taken.with_columns(delay_h=pl.Series(late), post=pl.lit(None, dtype=pl.Int64))


def _nearest(posts: Posts, line: Line, rows: pl.DataFrame) -> tuple[Integers, Floats]:
    """Return the index of the nearest post and its distance in metres."""
    return nearest(*posts_of(posts, line), rows["lon_deg"].to_numpy(), rows["lat_deg"].to_numpy())
