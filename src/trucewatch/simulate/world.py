"""A whole world: its truth, and the mission that sees it, as files."""

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from trucewatch.simulate.document import Firms, Source
from trucewatch.simulate.draws import stream
from trucewatch.simulate.events import make_events
from trucewatch.simulate.mission import mission_document
from trucewatch.simulate.native.write import write
from trucewatch.simulate.native.written import TRUTH_COLUMNS, Written, lay_out
from trucewatch.simulate.overpass import Sky, fires_seen, furnaces
from trucewatch.simulate.scenario import Scenario
from trucewatch.simulate.watch import watch, within


@dataclass(frozen=True)
class World:
    """A world with known truth.

    `files`: all files of the mission by relative name: `mission.toml`, its agreement and geometry, `data/<source>/…`,
    `truth/events.parquet`, `truth/rows.parquet`. `events` and `rows` are the two tables of the truth: what happened,
    and which row of which file tells of it (event_id null for clutter).
    """

    files: Mapping[str, bytes]
    events: pl.DataFrame
    rows: pl.DataFrame


def simulate(scenario: Scenario, *, seed: int | None = None) -> World:
    """Return the world of a scenario; the same seed gives the same bytes. Without a seed, the scenario's own.

    Raises UsageError for a seed that is not one.
    """
    seed = scenario.document.seed if seed is None else seed
    events = make_events(scenario, seed)
    files: dict[str, bytes] = dict(scenario.files)
    seen: dict[str, pl.DataFrame] = {}
    truths, used = [pl.DataFrame(schema=TRUTH_COLUMNS)], {}
    for source in scenario.document.sources:
        seen[source.source_id] = rows = _seen(scenario, source, events, seen, seed)
        written = write(scenario, source, rows, stream(seed, f"sources/{source.source_id}/native"))
        of_source, truth = lay_out(
            written,
            rows["event_id"],
            _file_names(scenario, source, rows["at_utc"]),
            source=source,
            rng=stream(seed, f"sources/{source.source_id}/files"),
        )
        files |= {f"data/{name}": data for name, data in of_source.items()} | written.beside
        truths.append(truth)
        used[source.source_id] = written
    rows = pl.concat(truths)
    files["mission.toml"] = mission_document(scenario.document, _reading(used))
    files |= {"truth/events.parquet": _parquet(events), "truth/rows.parquet": _parquet(rows)}
    return World(dict(sorted(files.items())), events, rows)


def _seen(
    scenario: Scenario, source: Source, events: pl.DataFrame, earlier: Mapping[str, pl.DataFrame], seed: int
) -> pl.DataFrame:
    """Return what a source sees: a satellite only at its overpasses."""
    if not isinstance(source, Firms):
        return watch(scenario, source, events, earlier, seed)
    sky = Sky(scenario, source, seed)
    fires = fires_seen(source, sky, watch(scenario, source, events, earlier, seed), seed)
    rows = pl.concat([fires, furnaces(scenario, source, sky, seed)])
    return within(scenario, source, rows).sort("at_utc", "lon_deg", "lat_deg")


def _file_names(scenario: Scenario, source: Source, at_utc: pl.Series) -> pl.Series:
    """Return the file of each row: one for each mission day, or one for all."""
    folder = source.source_id
    if source.files == "all":
        return pl.Series([f"{folder}/{folder}.csv"] * len(at_utc), dtype=pl.String)
    cut_off = scenario.document.mission.cut_off
    until_midnight = dt.timedelta(days=1) - dt.timedelta(hours=cut_off.hour, minutes=cut_off.minute)
    local = at_utc.dt.convert_time_zone(scenario.document.time_zone).dt.replace_time_zone(None)
    return f"{folder}/" + (local + until_midnight).dt.strftime("%Y-%m-%d") + ".csv"


def _reading(used: Mapping[str, Written]) -> dict[str, tuple[str, dict[str, str]]]:
    return {source_id: (written.reader, written.options) for source_id, written in used.items()}


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1)
    return buffer.getvalue()
