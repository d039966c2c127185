"""Worlds that break the model's assumptions, made from the generator's: each function takes a world and returns another."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from benchmarks.truth import EARTH_M, World

Random = np.random.Generator
STATED = ("error_major_m", "error_minor_m", "time_error_s")


def _errors(world: World) -> tuple[Any, Any, Any, Any]:
    """Return the row numbers of real rows and their errors: degrees east and north, microseconds."""
    rows = world.observations.join(world.truth, on="observation_id", how="left", maintain_order="left")
    both = (
        rows.with_row_index("_n")
        .filter("is_real")
        .join(world.events, on="event_id", maintain_order="left", suffix="_true")
    )
    late = (both["start_utc"] - both["at_utc"]).dt.total_microseconds()
    east, north = both["lon_deg"] - both["lon_deg_true"], both["lat_deg"] - both["lat_deg_true"]
    return both["_n"].to_numpy(), east.to_numpy(), north.to_numpy(), late.to_numpy()


def _moved(world: World, n: Any, east: Any, north: Any, late: Any) -> World:
    """Return the world with rows `n` moved by degrees and microseconds."""
    shift = np.zeros((3, world.observations.height))
    shift[:, n] = east, north, late
    lag = pl.Series(shift[2].astype(np.int64)).cast(pl.Duration("us"))
    rows = world.observations.with_columns(
        pl.col("lon_deg") + pl.Series(shift[0]), pl.col("lat_deg") + pl.Series(shift[1]),
        pl.col("start_utc") + lag, pl.col("end_utc") + lag,
    )  # fmt: skip
    return replace(world, observations=rows)


def as_it_is(world: World, random: Random) -> World:  # noqa: ARG001
    """Nothing is broken."""
    return world


def student(world: World, random: Random) -> World:
    """Errors have Student's distribution with three degrees of freedom: σ is stated, √3 σ is true, and some lie far out."""
    n, *errors = _errors(world)
    root = np.sqrt(3 / random.chisquare(3, (2, len(n))))
    by = (root[0], root[0], root[1])
    return _moved(world, n, *(error * (factor - 1) for error, factor in zip(errors, by, strict=True)))


def wide_tenth(world: World, random: Random) -> World:
    """Every tenth row of a source has an error five times as wide as it says."""
    n, *errors = _errors(world)
    wide = random.random(len(n)) < 0.1
    return _moved(world, n[wide], *(4 * error[wide] for error in errors))


def stated_by(**factors: float) -> Callable[[World, Random], World]:
    """Return a breakage: sources state so many times their errors."""

    def misstated(world: World, random: Random) -> World:  # noqa: ARG001
        factor = pl.col("source_id").replace_strict(factors, default=1.0, return_dtype=pl.Float64)
        return replace(world, observations=world.observations.with_columns(pl.col(*STATED) * factor))

    return misstated


def snapped(*sources: str) -> Callable[[World, Random], World]:
    """Return a breakage: positions of these sources (all, where none is named) are those of the nearest of 600 towns."""

    def at_towns(world: World, random: Random) -> World:
        rows = world.observations
        near = world.events.sample(600, seed=int(random.integers(2**31))).select("lon_deg", "lat_deg").to_numpy()
        towns = near + random.normal(0, 0.1, near.shape)
        stretch = np.array([np.cos(np.radians(48.5)), 1.0])
        mine = np.ones(rows.height, dtype=bool) if not sources else rows["source_id"].is_in(list(sources)).to_numpy()
        at = rows.select("lon_deg", "lat_deg").to_numpy().copy()
        at[mine] = towns[cKDTree(towns * stretch).query(at[mine] * stretch)[1]]
        return replace(world, observations=rows.with_columns(lon_deg=pl.Series(at[:, 0]), lat_deg=pl.Series(at[:, 1])))

    return at_towns


def dated(*sources: str, spans: bool = True) -> Callable[[World, Random], World]:
    """Return a breakage: these sources tell the date only, as a span of a day, or as midnight with their stated error."""

    def without_hours(world: World, random: Random) -> World:  # noqa: ARG001
        mine = pl.col("source_id").is_in(list(sources)) if sources else pl.lit(value=True)
        day = pl.col("start_utc").dt.truncate("1d")
        start, end = pl.when(mine).then(day), pl.when(mine).then(day + pl.duration(days=1 if spans else 0))
        error = pl.when(mine & pl.lit(spans)).then(0.0).otherwise("time_error_s")
        return replace(world, observations=world.observations.with_columns(
            start_utc=start.otherwise("start_utc"), end_utc=end.otherwise("end_utc"), time_error_s=error))  # fmt: skip

    return without_hours


def _added(world: World, rows: pl.DataFrame, mark: str) -> World:
    """Return the world with further `rows`, named after those that they were made from; each tells of the same event."""
    named = rows.with_columns(pl.col("observation_id") + mark)
    truth = world.truth.join(rows.select("observation_id"), on="observation_id", how="semi")
    return replace(
        world, observations=pl.concat([world.observations, named]),
        truth=pl.concat([world.truth, truth.with_columns(pl.col("observation_id") + mark)]),
    )  # fmt: skip


def _jittered(rows: pl.DataFrame, random: Random, metres: Any, seconds: Any) -> pl.DataFrame:
    """Return `rows` moved by Gaussian metres (each axis) and by `seconds`."""
    north, east = random.normal(0, 1, (2, rows.height)) * metres / EARTH_M
    lag = pl.Series((seconds * 1e6).astype(np.int64)).cast(pl.Duration("us"))
    return rows.with_columns(
        pl.col("lon_deg") + pl.Series(east / np.cos(np.radians(rows["lat_deg"].to_numpy()))),
        pl.col("lat_deg") + pl.Series(north), pl.col("start_utc") + lag, pl.col("end_utc") + lag,
    )  # fmt: skip


def repeated(source: str, share: float, *, anew: bool) -> Callable[[World, Random], World]:
    """Return a breakage: `source` reports a share of its events twice, with a new error (`anew`) or a little moved."""

    def twice(world: World, random: Random) -> World:
        real = world.observations.join(world.truth.filter("is_real"), on="observation_id", how="semi")
        mine = real.filter(pl.col("source_id") == source).sample(fraction=share, seed=int(random.integers(2**31)))
        if not anew:
            late = random.exponential(600.0, mine.height)
            return _added(world, _jittered(mine, random, 100.0, late), "-again")
        both = mine.join(world.truth, on="observation_id", maintain_order="left").join(
            world.events, on="event_id", maintain_order="left", suffix="_true"
        )
        fresh = both.with_columns(lon_deg="lon_deg_true", lat_deg="lat_deg_true", start_utc="at_utc", end_utc="at_utc")
        fresh = fresh.select(mine.columns)
        seconds = random.normal(0, 1, mine.height) * mine["time_error_s"].to_numpy()
        return _added(world, _jittered(fresh, random, mine["error_major_m"].to_numpy(), seconds), "-again")

    return twice


def copied(by: str, source: str, share: float) -> Callable[[World, Random], World]:
    """Return a breakage: `by` also tells a share of what `source` told, some hours later, moved by about 500 m, as its own."""

    def copies(world: World, random: Random) -> World:
        own = world.observations.filter(pl.col("source_id") == by).row(0, named=True)
        first = world.observations.filter(pl.col("source_id") == source)
        mine = first.sample(fraction=share, seed=int(random.integers(2**31)))
        late = random.exponential(2 * 3600.0, mine.height)
        told = _jittered(mine, random, 500.0, late).with_columns(
            pl.lit(by).alias("source_id"), *(pl.lit(own[name]).alias(name) for name in STATED)
        )
        return _added(world, told, f"-by-{by}")

    return copies


def bursts(world: World, random: Random) -> World:
    """A third of the events happen in a dozen bursts, each within about 10 km and two hours."""
    n, *_ = _errors(world)
    events = world.events
    chosen = np.flatnonzero(random.random(events.height) < 1 / 3)
    centre = random.choice(events.height, 12)
    burst = centre[random.integers(0, len(centre), len(chosen))]
    lon, lat = (events[name].to_numpy().copy() for name in ("lon_deg", "lat_deg"))
    at = events["at_utc"].dt.epoch("us").to_numpy().copy()
    before = lon.copy(), lat.copy(), at.copy()
    east, north = random.normal(0, 10_000 / EARTH_M, (2, len(chosen)))
    lon[chosen], lat[chosen] = before[0][burst] + east / np.cos(np.radians(before[1][burst])), before[1][burst] + north
    at[chosen] = before[2][burst] + random.uniform(-3600e6, 3600e6, len(chosen)).astype(np.int64)
    of_row = world.observations.join(world.truth, on="observation_id", how="left", maintain_order="left")[
        "event_id"
    ].to_numpy()
    event = of_row[n]
    moved = _moved(world, n, *((new - old)[event] for new, old in zip((lon, lat, at), before, strict=True)))
    when = pl.Series(at).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return replace(moved, events=events.with_columns(lon_deg=pl.Series(lon), lat_deg=pl.Series(lat), at_utc=when))


def outages(world: World, random: Random) -> World:
    """Each source is silent for a third of the time, in stretches of a day or so, each source its own."""
    rows, kept = world.observations, []
    first = rows["start_utc"].min()
    assert isinstance(first, dt.datetime)
    stretch = ((rows["start_utc"] - first).dt.total_seconds() // (30 * 3600)).to_numpy()
    for source in sorted(rows["source_id"].unique()):
        silent = random.random(int(stretch.max()) + 1) < 1 / 3
        kept.append(rows.filter((pl.col("source_id") == source) & ~pl.Series(silent[stretch])))
    left = pl.concat(kept)
    return replace(world, observations=left, truth=world.truth.join(left, on="observation_id", how="semi"))


def _clutter(world: World, source: str, lon: Any, lat: Any, at_us: Any, event: Any) -> World:
    """Return the world with further rows of `source` at true places and instants, of objects `event` that are no events."""
    known = world.observations.filter(pl.col("source_id") == source)
    when = pl.Series(at_us.astype(np.int64)).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    row = known.select(pl.exclude("lon_deg", "lat_deg", "start_utc", "end_utc", "observation_id").first())
    rows = pl.DataFrame({
        "observation_id": [f"{source}-clutter-{n}" for n in range(len(lon))],
        "lon_deg": lon, "lat_deg": lat, "start_utc": when, "end_utc": when,
    }).join(row, how="cross").with_columns(act=known["act"].sample(len(lon), with_replacement=True, seed=1))  # fmt: skip
    events = pl.Series("event_id", event + world.truth["event_id"].to_numpy().max() + 1)
    truth = rows.select("observation_id", events, pl.lit(False).alias("is_real"))
    return replace(
        world, observations=pl.concat([world.observations, rows.select(world.observations.columns)]),
        truth=pl.concat([world.truth, truth.cast(world.truth.schema)]),
    )  # fmt: skip


def furnaces(source: str, number: int) -> Callable[[World, Random], World]:
    """Return a breakage: `source` sees so many furnaces anywhere, each on .3 to .9 of the days, at a moment of its own."""

    def burning(world: World, random: Random) -> World:
        at = world.observations["start_utc"].dt.epoch("us").to_numpy()
        sigma = float(world.observations.filter(pl.col("source_id") == source)["error_major_m"].median() or 0.0)  # type: ignore[arg-type]
        days = int((at.max() - at.min()) // 86_400_000_000)
        burns = random.random((days, number)) < random.uniform(0.3, 0.9, number)
        day, which = np.nonzero(burns)
        place = np.c_[random.uniform(22, 40, number), random.uniform(44, 52, number)][which]
        east, north = random.normal(0, sigma, (2, len(day))) / EARTH_M
        lat = place[:, 1] + north
        moment = at.min() + (day + random.random(len(day))) * 86_400e6
        return _clutter(
            world,
            source,
            place[:, 0] + east / np.cos(np.radians(lat)),
            lat,
            moment,
            np.arange(len(day), dtype=np.int64),
        )

    return burning


def burning_season(source: str, rows_a_day: float) -> Callable[[World, Random], World]:
    """Return a breakage: in nine days of the second and third week `source` sees so many burning fields a day, anywhere."""

    def burning(world: World, random: Random) -> World:
        start = world.observations["start_utc"].dt.epoch("us").to_numpy().min()
        number = random.poisson(9 * rows_a_day)
        moment = start + random.uniform(9, 18, number) * 86_400e6
        at = random.uniform(22, 40, number), random.uniform(44, 52, number)
        return _clutter(world, source, *at, moment, np.arange(number, dtype=np.int64))

    return burning


def several(*broken: Callable[[World, Random], World]) -> Callable[[World, Random], World]:
    """Return a breakage that does one after the other."""

    def together(world: World, random: Random) -> World:
        for each in broken:
            world = each(world, random)
        return world

    return together


EVERY: Final = ("patrol", "acoustic", "satfire", "eventdb", "public")
BREAKAGES: Final[dict[str, Callable[[World, Random], World]]] = {
    "as it is": as_it_is,
    "Student errors": student,
    "a tenth five times as wide": wide_tenth,
    "errors stated half": stated_by(**dict.fromkeys(EVERY, 0.5)),
    "errors stated double": stated_by(**dict.fromkeys(EVERY, 2.0)),
    "two sources at towns": snapped("eventdb", "patrol"),
    "all at towns": snapped(),
    "dates of two sources": dated("eventdb", "public"),
    "dates of all": dated(),
    "midnight for dates": dated("eventdb", "patrol", spans=False),
    "eventdb repeats anew": repeated("eventdb", 0.4, anew=True),
    "acoustic repeats nearby": repeated("acoustic", 0.4, anew=False),
    "public copies eventdb": copied("public", "eventdb", 0.5),
    "satfire copies patrol": copied("satfire", "patrol", 0.8),
    "bursts": bursts,
    "outages": outages,
    "satfire sees furnaces": furnaces("satfire", 40),
    "satfire in a burning season": burning_season("satfire", 150),
    "much at once": several(
        student, snapped("public"), dated("eventdb"), repeated("acoustic", 0.3, anew=False),
        copied("public", "eventdb", 0.3), outages,
    ),
}  # fmt: skip
