"""Take in one delivery: every row stands in a table, or is set aside, repeated or superseded. None is lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import TrucewatchError
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.rows import set_aside

Reader = Callable[[Delivery, Given], Taken]
CONTEXT: Final = tuple(table for table in tables.IDS if table != "observations")
"""What sources report besides acts."""


def content(table: str) -> tuple[str, ...]:
    """Return the columns that make the content of a row: two rows that agree in them are the same."""
    return tuple(name for name in tables.dtypes(table) if name != "delivery_id")


@dataclass(frozen=True)
class TakenIn:
    """Tables made from one delivery, every rule checked, and `delivery`, the one row of its account.

    `context`: tables `alerts`, `claims`, `statements`; the empty ones too.
    """

    observations: pl.DataFrame
    set_aside: pl.DataFrame
    sightings: pl.DataFrame
    delivery: pl.DataFrame
    withdrawn: pl.DataFrame
    context: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class _Kept:
    """Rows of one table that keep its rules, those set aside, and how many were repeated and superseded."""

    rows: pl.DataFrame
    set_aside: pl.DataFrame
    repeated: int
    superseded: int


def take_in(delivery: Delivery, read: Reader, given: Given) -> TakenIn:
    """Read a delivery and check what the reader made of it.

    A row that breaks a rule of the table is set aside with that rule. Of rows with one native id, equal ones are repeated;
    where the content differs, the later supersedes the earlier. Raises DeliveryError when the delivery cannot be read,
    TrucewatchError when the reader lost or invented a row.
    """
    taken = read(delivery, given)
    if taken.rows_in != taken.accounted:
        raise TrucewatchError(
            f"the reader of {delivery.source_id} accounts for {taken.accounted} rows, and the file has {taken.rows_in}",
            where=delivery.name,
            to_do="this is a fault of the reader: report it",
        )
    read_rows = {"observations": taken.observations} | dict(taken.context)
    if unknown := sorted(set(read_rows) - set(tables.IDS)):
        raise TrucewatchError(
            f"the reader of {delivery.source_id} makes tables that readers do not make: {unknown}",
            where=delivery.name,
            to_do=f"take one of {sorted(tables.IDS)}",
        )
    kept = {table: _kept(delivery, table, frame) for table, frame in read_rows.items()}
    observations = kept.pop("observations")
    sightings = taken.sightings.filter(pl.col("observation_id").is_in(observations.rows["observation_id"].implode()))
    every = [observations, *kept.values()]
    aside = pl.concat([tables.conform(taken.set_aside, "set_aside"), *(each.set_aside for each in every)])
    context = {table: kept[table].rows if table in kept else tables.empty(table) for table in CONTEXT}
    return TakenIn(
        observations.rows,
        aside,
        tables.conform(sightings, "sightings"),
        _account(delivery, taken, every, aside.height),
        _withdrawn(delivery, taken.withdrawn),
        context,
    )


def _kept(delivery: Delivery, table: str, rows: pl.DataFrame) -> _Kept:
    """Return what stands of the rows that a reader made for `table`, named and checked."""
    named = rows.with_columns(
        pl.lit(delivery.delivery_id).alias("delivery_id"),
        pl.lit(delivery.source_id).alias("source_id"),
        pl.concat_str(pl.lit(f"{delivery.source_id}:"), "native_id").alias(tables.IDS[table]),
    )
    once, repeated, superseded = _one_of_each(named, table)
    good, broken = _by_the_rules(once, table, delivery)
    return _Kept(good, broken, repeated, superseded)


def _one_of_each(rows: pl.DataFrame, table: str) -> tuple[pl.DataFrame, int, int]:
    """Return the last row of each native id, how many were repeated and how many superseded."""
    if rows["native_id"].n_unique() == rows.height:
        return rows, 0, 0
    same = [name for name in rows.columns if name in content(table)]
    different = rows.unique(same, keep="last", maintain_order=True)
    last = different.unique("native_id", keep="last", maintain_order=True)
    return last, rows.height - different.height, different.height - last.height


def _by_the_rules(rows: pl.DataFrame, table: str, delivery: Delivery) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that keep the rules of the table, and the others set aside with the first rule each broke."""
    columns, key = tables.dtypes(table), tables.IDS[table]
    lines = rows["line"] if "line" in rows.columns else pl.Series([1] * rows.height, dtype=pl.Int64)
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in columns.items() if name not in rows.columns]
    fitted = rows.with_columns(absent).select(*columns).cast(pl.Schema(columns))
    good, broken = tables.sort_by_rules(fitted, table)
    if not broken.height:
        return good, tables.empty("set_aside")
    lined = broken.join(pl.DataFrame({key: fitted[key], "line": lines}), on=key, maintain_order="left")
    return good, set_aside(delivery, lined.select("line", "rule", pl.col("column").replace("", None)))


def _withdrawn(delivery: Delivery, native_ids: tuple[str, ...]) -> pl.DataFrame:
    """Return table `withdrawn` for what the delivery takes back."""
    names = [f"{delivery.source_id}:{native_id}" for native_id in native_ids]
    frame = pl.DataFrame({"observation_id": names}, schema={"observation_id": pl.String})
    return tables.conform(frame.with_columns(delivery_id=pl.lit(delivery.delivery_id)), "withdrawn")


def _account(delivery: Delivery, taken: Taken, kept: Sequence[_Kept], aside: int) -> pl.DataFrame:
    """Return the one row of table `deliveries`; its rule checks that every row is accounted for. Observations come first."""
    row = {
        "delivery_id": delivery.delivery_id,
        "source_id": delivery.source_id,
        "name": delivery.name,
        "sha256": delivery.sha256,
        "bytes": len(delivery.data),
        "received_utc": delivery.received_utc,
        "rows_in": taken.rows_in,
        "observations": kept[0].rows.height,
        "context": sum(each.rows.height for each in kept[1:]),
        "set_aside": aside,
        "repeated": taken.repeated + sum(each.repeated for each in kept),
        "superseded": taken.superseded + sum(each.superseded for each in kept),
        "withdrawn": len(taken.withdrawn),
    }
    return tables.conform(pl.DataFrame([row], schema=tables.dtypes("deliveries")), "deliveries")
