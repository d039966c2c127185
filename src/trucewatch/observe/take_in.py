"""Take in one delivery: every row becomes an observation, or is set aside, repeated or superseded. None is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import TrucewatchError
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.rows import set_aside

Reader = Callable[[Delivery, Given], Taken]

CONTENT: Final = tuple(name for name in tables.dtypes("observations") if name != "delivery_id")
"""The columns that make the content of an observation: two rows that agree in them are the same."""


@dataclass(frozen=True)
class TakenIn:
    """Tables made from one delivery, every rule checked, and `delivery`, the one row of its account."""

    observations: pl.DataFrame
    set_aside: pl.DataFrame
    sightings: pl.DataFrame
    delivery: pl.DataFrame
    withdrawn: pl.DataFrame


def take_in(delivery: Delivery, read: Reader, given: Given) -> TakenIn:
    """Read a delivery and check what the reader made of it.

    A row that breaks a rule of the table is set aside with that rule. Of rows with one native id, equal ones are repeated;
    where the content differs, the later supersedes the earlier. Raises DeliveryError when the delivery cannot be read,
    TrucewatchError when the reader lost or invented a row.
    """
    taken = read(delivery, given)
    if taken.rows_in != taken.observations.height + taken.set_aside.height + taken.repeated + taken.superseded:
        raise TrucewatchError(
            f"the reader of {delivery.source_id} accounts for other rows than the {taken.rows_in} of the file",
            where=delivery.name,
            to_do="this is a fault of the reader: report it",
        )
    rows = taken.observations.with_columns(
        pl.lit(delivery.delivery_id).alias("delivery_id"),
        pl.lit(delivery.source_id).alias("source_id"),
        pl.concat_str(pl.lit(f"{delivery.source_id}:"), "native_id").alias("observation_id"),
    )
    once, repeated, superseded = _one_of_each(rows)
    good, broken = _by_the_rules(once, delivery)
    sightings = taken.sightings.filter(pl.col("observation_id").is_in(good["observation_id"].implode()))
    aside = pl.concat([tables.conform(taken.set_aside, "set_aside"), broken])
    account = _account(
        delivery, taken, good.height, aside.height, taken.repeated + repeated, taken.superseded + superseded
    )
    return TakenIn(good, aside, tables.conform(sightings, "sightings"), account, _withdrawn(delivery, taken.withdrawn))


def _one_of_each(rows: pl.DataFrame) -> tuple[pl.DataFrame, int, int]:
    """Return the last row of each native id, how many were repeated and how many superseded."""
    if rows["native_id"].n_unique() == rows.height:
        return rows, 0, 0
    content = [name for name in rows.columns if name in CONTENT]
    different = rows.unique(content, keep="last", maintain_order=True)
    last = different.unique("native_id", keep="last", maintain_order=True)
    return last, rows.height - different.height, different.height - last.height


def _by_the_rules(rows: pl.DataFrame, delivery: Delivery) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that keep the rules of the table, and the others set aside with the first rule each broke."""
    columns = tables.dtypes("observations")
    lines = rows["line"] if "line" in rows.columns else pl.Series([1] * rows.height, dtype=pl.Int64)
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in columns.items() if name not in rows.columns]
    fitted = rows.with_columns(absent).select(*columns).cast(pl.Schema(columns))
    good, broken = tables.sort_by_rules(fitted, "observations")
    if not broken.height:
        return good, tables.empty("set_aside")
    lined = broken.join(pl.DataFrame({"observation_id": fitted["observation_id"], "line": lines}), on="observation_id")
    parts = [
        set_aside(delivery, part["line"], rule, column or None)
        for (rule, column), part in lined.group_by("rule", "column", maintain_order=True)
    ]
    return good, pl.concat(parts)


def _withdrawn(delivery: Delivery, native_ids: tuple[str, ...]) -> pl.DataFrame:
    """Return table `withdrawn` for what the delivery takes back."""
    names = [f"{delivery.source_id}:{native_id}" for native_id in native_ids]
    frame = pl.DataFrame({"observation_id": names}, schema={"observation_id": pl.String})
    return tables.conform(frame.with_columns(delivery_id=pl.lit(delivery.delivery_id)), "withdrawn")


def _account(
    delivery: Delivery, taken: Taken, observations: int, aside: int, repeated: int, superseded: int
) -> pl.DataFrame:
    """Return the one row of table `deliveries`; its rule checks that every row is accounted for."""
    row = {
        "delivery_id": delivery.delivery_id,
        "source_id": delivery.source_id,
        "name": delivery.name,
        "sha256": delivery.sha256,
        "bytes": len(delivery.data),
        "received_utc": delivery.received_utc,
        "rows_in": taken.rows_in,
        "observations": observations,
        "set_aside": aside,
        "repeated": repeated,
        "superseded": superseded,
        "withdrawn": len(taken.withdrawn),
    }
    return tables.conform(pl.DataFrame([row], schema=tables.dtypes("deliveries")), "deliveries")
