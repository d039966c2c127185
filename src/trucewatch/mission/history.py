"""What the sources told before the window of a report: where a source keeps telling what is no event is learned from it.

It is no table of its own. A version of the source model names the objects of the mission days that stood when it was learned, so
that it costs no further bytes, is learned again from the same rows, and goes with them where they are redacted. It holds the last
days up to that of the report, until they have `MOST_ROWS` rows; whole days of all sources, since who was silent counts too.
"""

import datetime as dt
import hashlib
from typing import Final

import polars as pl

from trucewatch import fuse, tables
from trucewatch.mission.compute import Computed
from trucewatch.mission.days import LONG
from trucewatch.mission.standing import Standing
from trucewatch.store import Objects

MOST_ROWS: Final = 500_000
COLUMNS: Final = ["source_id", "act", "start_utc", "end_utc", "lon_deg", "lat_deg", "error_major_m"]


def keep_history(standing: Standing, last: dt.date, objects: Objects) -> str:
    """Return the name of a manifest of the days of history of a report whose last day is `last`."""
    of_day = standing.parts["observations"]
    named, rows = list[str](), 0
    for day in sorted((day for day in of_day if day != LONG and day <= last.isoformat()), reverse=True):
        rows += objects.rows(of_day[day])
        if rows > MOST_ROWS and named:
            break
        named.append(of_day[day])
    return objects.put_manifest({"observations": named})


def history(name: str, objects: Objects) -> Computed:
    """Return table `history`; without rows where a version names none. Raises Redacted where a day of it was redacted."""
    named = objects.get_manifest(name)["observations"] if name else []
    kinds = tables.dtypes("observations")
    nothing = pl.DataFrame(schema={column: kinds[column] for column in COLUMNS})
    rows = fuse.of_acts(pl.concat([nothing, *(objects.get(day, columns=COLUMNS).select(COLUMNS) for day in named)]))
    return Computed({"history": rows.rechunk()}, {"history": hashlib.sha256(repr(named).encode()).hexdigest()})
