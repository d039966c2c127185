"""The tables of the house: one module a table, each a schema with type, unit, meaning and rule of every column.

`conform` makes a frame fit a schema (or says what does not fit); `TABLES` names every table.
"""

import functools
from typing import Final

import dataframely as dy
import polars as pl

from trucewatch.errors import TableError
from trucewatch.tables.basis import Basis
from trucewatch.tables.changes import Changes
from trucewatch.tables.counted import RawTallies
from trucewatch.tables.decided import Corrections, Decisions, Queue, Replies, Verdicts
from trucewatch.tables.deliveries import Deliveries
from trucewatch.tables.duties import Duties
from trucewatch.tables.fused import Aliases, Contradictions, Draws, Former, Incidents, Members, Pairs, SourceModel
from trucewatch.tables.judged import Findings, Places, Scope, Sides, Tallies
from trucewatch.tables.observations import Evidence, Observations
from trucewatch.tables.powers import Powers
from trucewatch.tables.remarks import Remarks
from trucewatch.tables.reported import Alerts, Claims, Statements
from trucewatch.tables.set_aside import SetAside
from trucewatch.tables.sightings import Sightings
from trucewatch.tables.withdrawn import Withdrawn

AT_ONCE: Final = 100_000  # rows whose rules are checked together

TABLES: Final[dict[str, type[dy.Schema]]] = {
    "alerts": Alerts,
    "aliases": Aliases,
    "basis": Basis,
    "changes": Changes,
    "claims": Claims,
    "contradictions": Contradictions,
    "deliveries": Deliveries,
    "draws": Draws,
    "duties": Duties,
    "evidence": Evidence,
    "findings": Findings,
    "former": Former,
    "incidents": Incidents,
    "members": Members,
    "observations": Observations,
    "pairs": Pairs,
    "places": Places,
    "powers": Powers,
    "raw_tallies": RawTallies,
    "remarks": Remarks,
    "scope": Scope,
    "set_aside": SetAside,
    "sides": Sides,
    "sightings": Sightings,
    "source_model": SourceModel,
    "statements": Statements,
    "tallies": Tallies,
    "withdrawn": Withdrawn,
    "verdicts": Verdicts,
    "replies": Replies,
    "queue": Queue,
    "decisions": Decisions,
    "corrections": Corrections,
}

IDS: Final[dict[str, str]] = {
    "observations": "observation_id",
    "alerts": "alert_id",
    "claims": "claim_id",
    "statements": "statement_id",
}
"""The tables that readers make from the rows of a delivery, each with the column of its id."""

__all__ = [
    "IDS", "TABLES", "Alerts", "Aliases", "Basis", "Changes", "Claims", "Contradictions", "Corrections", "Decisions", "Deliveries",
    "Draws", "Duties", "Evidence", "Findings", "Former", "Incidents", "Members", "Observations", "Pairs", "Places", "Powers",
    "Queue", "RawTallies", "Remarks", "Replies", "Scope", "SetAside", "Sides", "Sightings", "SourceModel",
    "Statements", "Tallies", "Verdicts", "Withdrawn", "conform", "dtypes", "empty", "sort_by_rules",
]  # fmt: skip


def dtypes(table: str) -> dict[str, pl.DataType]:
    """Return the column names and types of `table`, in order."""
    return dict(_dtypes(TABLES[table]))


@functools.cache
def _dtypes(schema: type[dy.Schema]) -> dict[str, pl.DataType]:
    """Return the types of a schema, asked once: a delivery asks dozens of times."""
    return {name: column.dtype for name, column in schema.columns().items()}


def empty(table: str) -> pl.DataFrame:
    """Return `table` without rows.

    >>> empty("members").columns
    ['observation_id', 'incident_id']
    """
    return _empty(TABLES[table]).clone()


@functools.cache
def _empty(schema: type[dy.Schema]) -> pl.DataFrame:
    return pl.DataFrame(schema=_dtypes(schema))


def conform(frame: pl.DataFrame, table: str, *, where: str = "") -> pl.DataFrame:
    """Return `frame` with exactly the columns and types of `table`, every rule checked.

    Absent nullable columns are added as null, others are an error, as are surplus columns; integers and time units are
    cast, never text. Raises TableError, naming the column or rule, how many rows break it and the first of them.

    >>> conform(pl.DataFrame({"observation_id": ["a"], "incident_id": ["i"]}), "members").shape
    (1, 2)
    """
    schema = TABLES[table]
    at = where or table
    fitted = _fit(frame, table, at)
    if not fitted.height:  # no row, no rule: the schema would take milliseconds to say so
        return fitted
    if not _is_valid(fitted, schema):  # to filter at once would hold the table twice
        _, failure = schema.filter(fitted)
        rule, number = max(failure.counts().items(), key=lambda item: item[1])
        first = failure.invalid().row(0, named=True)
        shown = {k: v for k, v in first.items() if k in rule.split("|")[0]} or dict(list(first.items())[:2])
        raise TableError(
            f"{number} of {frame.height} rows break the rule {rule!r}, the first: {shown}",
            where=at, to_do=f"see the reference of the table {table}",
        )  # fmt: skip
    return fitted


def _is_valid(frame: pl.DataFrame, schema: type[dy.Schema]) -> bool:
    """Say whether a table keeps every rule, a part at a time: what the rules are checked with is as large as what is checked.

    Every rule but that of the primary key is one of a row by itself. Hashes of keys that all differ tell that the keys do.
    """
    if frame.height > AT_ONCE and (key := schema.primary_key()):
        hashes = frame.select(key).hash_rows().sort()
        if (hashes[1:] == hashes[:-1]).any():
            return schema.is_valid(frame)
        return all(schema.is_valid(part) for part in frame.iter_slices(AT_ONCE))
    return schema.is_valid(frame)


def sort_by_rules(frame: pl.DataFrame, table: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of `frame` that keep every rule of `table`, and the others with `rule` and `column`.

    `frame` must have the columns and types of the table. `rule` is the first that the row broke; `column` is the column
    it belongs to, "" for a rule of the whole row.
    """
    if not frame.height:
        return frame, frame.with_columns(rule=pl.lit("", pl.String), column=pl.lit("", pl.String))
    good, failure = TABLES[table].filter(frame)
    if not len(failure):
        return pl.DataFrame(good), frame.clear().with_columns(rule=pl.lit("", pl.String), column=pl.lit("", pl.String))
    details = failure.details()
    rules = [name for name in details.columns if name not in frame.columns]
    first = pl.coalesce([pl.when(pl.col(name) == "invalid").then(pl.lit(name)) for name in rules])
    broken = details.select(*frame.columns, first.alias("broken"))
    column, rule = (pl.col("broken").str.split("|").list.get(n, null_on_oob=True) for n in (0, 1))
    named = pl.when(rule.is_null()).then(pl.col("broken")).otherwise(rule)
    return pl.DataFrame(good), broken.with_columns(
        rule=named, column=pl.when(rule.is_null()).then(pl.lit("")).otherwise(column)
    ).drop("broken")


def _fit(frame: pl.DataFrame, table: str, at: str) -> pl.DataFrame:
    """Add absent nullable columns, order and cast; text is never cast to numbers."""
    none = _empty(TABLES[table])
    if not frame.height and frame.schema == none.schema and frame.columns == none.columns:
        return frame
    columns = TABLES[table].columns()
    if surplus := [name for name in frame.columns if name not in columns]:
        raise TableError(f"unknown columns {surplus}", where=at, to_do=f"leave them out; {table} has {list(columns)}")
    absent = [name for name, column in columns.items() if name not in frame.columns and not column.nullable]
    if absent:
        raise TableError(f"columns are absent: {absent}", where=at, to_do=f"{table} needs them")
    cast = []
    for name, column in columns.items():
        if name not in frame.columns:
            cast.append(pl.lit(None, dtype=column.dtype).alias(name))
            continue
        have, want = frame.schema[name], column.dtype
        if have not in (want, pl.Null) and (have == pl.String) != (want == pl.String) and have != pl.Categorical:
            raise TableError(f"column is {have}, not {want}", where=f"{at}.{name}", to_do="give it that type")
        cast.append(pl.col(name).cast(want))
    try:
        return frame.select(cast)
    except pl.exceptions.PolarsError as error:
        raise TableError(f"a column cannot be cast: {error}".splitlines()[0], where=at) from error
