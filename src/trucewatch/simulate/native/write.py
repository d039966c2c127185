"""Which writer a source needs, and what the mission document says of it."""

import numpy as np
import polars as pl

from trucewatch.simulate.document import Acoustic, EventDatabase, Firms, Source
from trucewatch.simulate.native import acoustic, event_database, firms, patrol
from trucewatch.simulate.native.written import Written
from trucewatch.simulate.scenario import Scenario


def write(scenario: Scenario, source: Source, rows: pl.DataFrame, rng: np.random.Generator) -> Written:
    """Return the rows that a source has seen in its own form."""
    if isinstance(source, Firms):
        native, ids = firms.write_firms(rows, rng)
        return Written(native, ids, "firms", firms.BREAKAGES)
    if isinstance(source, Acoustic):
        native, ids = acoustic.write_acoustic(source, rows, rng)
        return Written(native, ids, "table", acoustic.BREAKAGES, id_column="event_no")
    if isinstance(source, EventDatabase):
        zone = scenario.document.time_zone
        native, ids = event_database.write_event_database(source, rows, scenario.settlements, zone, rng)
        return Written(native, ids, "table", event_database.BREAKAGES, id_column="event_id")
    d = scenario.document
    native, ids = patrol.write_patrol(source, rows, scenario.line, scenario.settlements, d.time_zone, rng)
    return Written(native, ids, "patrol", patrol.BREAKAGES)
