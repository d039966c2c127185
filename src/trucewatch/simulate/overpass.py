"""How a satellite sees fires: what burns at an overpass under clear sky, and furnaces that burn always."""

import numpy as np
import polars as pl

from trucewatch import place
from trucewatch.simulate.document import Firms
from trucewatch.simulate.draws import Floats, Integers, stream
from trucewatch.simulate.events import span
from trucewatch.simulate.scenario import Scenario
from trucewatch.simulate.watch import SEEN_COLUMNS, without_event

_CLOUD_KM = 150.0  # the sky is clear or cloudy over stretches of this length


class Sky:
    """The overpasses of a world and where the sky was clear at each.

    `at_us`: instants of the overpasses, microseconds since 1970, ascending, shape (n,); `clear`: shape (n, stretches).
    """

    def __init__(self, scenario: Scenario, source: Firms, seed: int) -> None:
        world, rng = span(scenario), stream(seed, f"sources/{source.source_id}/sky")
        noon_h = 12 - float(np.mean(scenario.line.lon_deg)) / 15  # UTC of local solar noon
        days = np.arange(int(world.start_utc.timestamp() // 86_400) - 1, int(world.end_utc.timestamp() // 86_400) + 2)
        hours = np.array(source.overpass_solar_h) - 12 + noon_h
        at_h = (days[:, None] * 24 + hours[None, :] + rng.uniform(-0.8, 0.8, (len(days), len(hours)))).ravel()
        self.at_us: Integers = np.sort(np.round(at_h * 60).astype(np.int64)) * 60_000_000
        stretches = int(np.ceil(_length_km(scenario) / _CLOUD_KM)) + 1
        overcast = np.repeat(_daily_cloud(rng, source.cloud, len(days)), len(hours))
        self.clear = rng.random((len(self.at_us), stretches)) >= overcast[:, None]
        self._south = float(scenario.line.lat_deg.min())
        self._step = (float(scenario.line.lat_deg.max()) - self._south) / stretches or 1.0

    def is_clear(self, overpass: Integers, lat_deg: Floats) -> np.ndarray:
        """Say whether the sky was clear at each overpass (index) and latitude."""
        stretch = np.clip(((lat_deg - self._south) / self._step).astype(np.int64), 0, self.clear.shape[1] - 1)
        return np.asarray(self.clear[overpass, stretch])


def _length_km(scenario: Scenario) -> float:
    return float(scenario.line.length_m) / 1000


def _daily_cloud(rng: np.random.Generator, mean: float, days: int) -> Floats:
    """Return the share of cloud of each day: mostly nearly clear or nearly overcast, as in spring (Beta of mean)."""
    if mean in (0.0, 1.0):
        return np.full(days, mean)
    return rng.beta(1.2 * mean, 1.2 * (1 - mean), days)


def fires_seen(source: Firms, sky: Sky, rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the rows whose fire still burns at an overpass under clear sky, at the time of that overpass."""
    rng = stream(seed, f"sources/{source.source_id}/burns")
    at = rows["at_utc"].cast(pl.Int64).to_numpy()
    out = at + (rng.exponential(source.burns_h * 3600e6, rows.height)).astype(np.int64)
    following = np.searchsorted(sky.at_us, at)
    inside = following < len(sky.at_us)
    following = np.minimum(following, len(sky.at_us) - 1)
    seen = inside & (sky.at_us[following] < out) & sky.is_clear(following, rows["lat_deg"].to_numpy())
    when_seen = pl.Series("at_utc", sky.at_us[following]).cast(SEEN_COLUMNS["at_utc"])
    return rows.with_columns(when_seen).filter(pl.Series(seen, dtype=pl.Boolean))


def furnaces(scenario: Scenario, source: Firms, sky: Sky, seed: int) -> pl.DataFrame:
    """Return what the satellite sees of furnaces: the same places at most clear overpasses, no event behind."""
    rng = stream(seed, f"sources/{source.source_id}/furnaces")
    lon, lat = scenario.line.at(
        rng.uniform(0, scenario.line.length_m, source.furnaces), rng.normal(0, 50_000, source.furnaces)
    )
    which = np.repeat(np.arange(source.furnaces), len(sky.at_us))
    overpass = np.tile(np.arange(len(sky.at_us)), source.furnaces)
    seen = sky.is_clear(overpass, lat[which]) & (rng.random(len(which)) < 0.7)
    which, overpass = which[seen], overpass[seen]
    far = rng.normal(0, source.position_error_m, (2, len(which)))
    seen_lon, seen_lat = place.offset(lon[which], lat[which], far[0], far[1])
    return without_event(np.full(len(which), "fire"), seen_lon, seen_lat, sky.at_us[overpass])
