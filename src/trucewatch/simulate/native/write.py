"""Which writer a source needs, and what the mission document says of it."""

import numpy as np
import polars as pl

from trucewatch.simulate.document import Acoustic, EventDatabase, Firms, Source
from trucewatch.simulate.native import acoustic, event_database, firms, patrol
from trucewatch.simulate.native.written import Breakage, Written
from trucewatch.simulate.scenario import Scenario


def write(scenario: Scenario, source: Source, rows: pl.DataFrame, rng: np.random.Generator) -> Written:
    """Return the rows that a source has seen in its own form."""
    if isinstance(source, Firms):
        native, ids = firms.write_firms(rows, rng)
        return Written(native, ids, "firms", firms.BREAKAGES)
    if isinstance(source, Acoustic):
        native, ids = acoustic.write_acoustic(source, rows, rng)
        return _table(source, native, ids, acoustic.BREAKAGES, acoustic.mapping(source), "event_no")
    if isinstance(source, EventDatabase):
        zone = scenario.document.time_zone
        native, ids = event_database.write_event_database(source, rows, scenario.settlements, zone, rng)
        return _table(source, native, ids, event_database.BREAKAGES, event_database.mapping(source), "event_id")
    d = scenario.document
    native, ids = patrol.write_patrol(source, rows, scenario.line, scenario.settlements, d.time_zone, rng)
    return Written(native, ids, "patrol", patrol.BREAKAGES)


def _table(
    source: Source, native: pl.DataFrame, ids: pl.Series, breakages: tuple[Breakage, ...], mapping: bytes, key: str
) -> Written:
    """Return what is read by the reader `table`, with its mapping document beside the mission."""
    reference = f"mappings/{source.source_id}.toml"
    return Written(native, ids, "table", breakages, {"mapping": reference}, {reference: mapping}, id_column=key)
