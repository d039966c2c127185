"""The daily table of patrols and cameras, as the annexed table of the OSCE mission: post, range and bearings, means."""

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch import place
from trucewatch.simulate.document import Patrols
from trucewatch.simulate.draws import Floats, Integers
from trucewatch.simulate.line import Line
from trucewatch.simulate.native.written import Breakage
from trucewatch.simulate.nearest import nearest
from trucewatch.simulate.watch import posts_of

BREAKAGES: tuple[Breakage, ...] = (
    Breakage("Event location", "2-4km QNE"),
    Breakage("No.", "many"),
    Breakage("Description", "Parade"),
    Breakage("Date, Time", "29-Mar-2026, 00:30"),
    Breakage("Latitude", "٤٧.٥"),
    Breakage("Event location", "far away"),
)
_PARTS = ((0, "Night"), (6, "Morning"), (12, "Afternoon"), (18, "Evening"))
_WORDS = {  # the monitors have no word for a strike by drone or missile: they hear an explosion
    "shelling": "Shelling", "explosion": "Explosion", "drone_strike": "Explosion", "missile_strike": "Explosion",
    "controlled_detonation": "Controlled detonation", "burst": "Burst", "shot": "Shot",
    "illumination_flare": "Illumination flare", "uav_flight": "UAV", "heavy_weapon": "Heavy weapon",
    "denial_of_access": "Denial of access",
}  # fmt: skip


def write_patrol(
    source: Patrols, rows: pl.DataFrame, line: Line, settlements: pl.DataFrame, time_zone: str, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.Series]:
    """Return seen rows as the columns of the table, all text, and their ids, in the order of `rows`."""
    size = rows.height
    lon, lat = posts_of(source.posts, line)
    of_settlements = (settlements["lon_deg"].to_numpy(), settlements["lat_deg"].to_numpy())
    names = settlements["name"].gather(nearest(*of_settlements, lon, lat)[0])
    post = rows["post"].to_numpy()
    native = pl.DataFrame({
        "SMM position": names.gather(post), "Event location": _sector(rows, lon[post], lat[post]),
        "Means": np.where(rng.random(size) < 0.5, "Camera", "Patrol"), "No.": _number(rows["count"].to_numpy(), rng),
        "Observation": np.where(rng.random(size) < 0.6, "Heard", "Saw"),
        "Description": _description(rows["act"], rng), "Weapon": _weapon(rows),
        "Date, Time": _time(rows["at_utc"], source.part_of_day, time_zone, rng),
        "Latitude": pl.Series(lat[post].round(4)).cast(pl.String),
        "Longitude": pl.Series(lon[post].round(4)).cast(pl.String),
    })  # fmt: skip
    return native, native.select(pl.concat_str(pl.all(), separator="|").alias("native_id")).to_series()


def _time(at_utc: pl.Series, part_of_day: float, time_zone: str, rng: np.random.Generator) -> pl.Series:
    """Write the local minute, or for a share of the rows the part of the day."""
    local = at_utc.dt.convert_time_zone(time_zone).dt.replace_time_zone(None)
    part = np.array([word for _, word in _PARTS])[local.dt.hour().to_numpy() // 6]
    clock = pl.select(
        pl.when(pl.Series(rng.random(len(local)) < part_of_day, dtype=pl.Boolean))
        .then(pl.Series(part, dtype=pl.String))
        .otherwise(local.dt.strftime("%H:%M"))
    ).to_series()
    return local.dt.strftime("%d-%b-%Y, ") + clock


def _description(act: pl.Series, rng: np.random.Generator) -> pl.Series:
    """Write what was heard or seen; of half the explosions which end of the shot it was."""
    words = act.replace_strict(_WORDS, default="Explosion", return_dtype=pl.String)
    ends = np.array(["", "", "Outgoing ", "Impact "])[rng.integers(0, 4, len(act))]
    explosion = words == "Explosion"
    return pl.select(pl.when(explosion).then(pl.Series(ends) + words.str.to_lowercase()).otherwise(words)).to_series()


def _weapon(rows: pl.DataFrame) -> pl.Series:
    """Write the weapon where the act was made out; who hears only an explosion knows none."""
    known = pl.when(pl.col("act").is_in(["shelling", "burst", "shot", "heavy_weapon"])).then("weapon")
    return rows.select(pl.coalesce(known, pl.lit("N/K")).alias("weapon")).to_series()


def _sector(rows: pl.DataFrame, lon: Floats, lat: Floats) -> pl.Series:
    """Write where it was: "2-4km ESE", with the neighbouring wind where the bearing lies between two."""
    east = (rows["lon_deg"].to_numpy() - lon) * np.cos(np.radians(lat)) * place.METRES_PER_DEGREE
    north = (rows["lat_deg"].to_numpy() - lat) * place.METRES_PER_DEGREE
    away_km = np.hypot(east, north) / 1000
    winds = np.degrees(np.arctan2(east, north)) / 22.5
    first = np.rint(winds)
    second = first + np.where(winds > first, 1, -1)
    both = np.abs(winds - first) > 0.3
    near = np.maximum(np.floor(away_km * 0.75), 0).astype(np.int64)
    far = np.maximum(np.ceil(away_km * 1.25), near + 1).astype(np.int64)
    names: npt.NDArray[np.str_] = np.array(place.WINDS)
    one, two = (names[w.astype(np.int64) % 16] for w in (first, second))
    text = pl.Series(near).cast(pl.String) + "-" + pl.Series(far).cast(pl.String) + "km " + pl.Series(one)
    return text + pl.Series(np.where(both, np.char.add(" and ", two), ""))


def _number(count: Integers, rng: np.random.Generator) -> pl.Series:
    """Write a number as observers do: exact when small, "about 20" or "at least 12" when large."""
    rounded = np.where(count >= 20, np.round(count / 10) * 10, count).astype(np.int64)
    words = np.select([count < 8, rng.random(len(count)) < 0.5], ["", "about "], "at least ")
    rounded = np.where(words == "at least ", np.minimum(rounded, count), rounded)
    return pl.Series(words) + pl.Series(rounded).cast(pl.String)
