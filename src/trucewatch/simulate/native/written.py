"""What a writer gives, and how it becomes files: one a mission day or one for all, with broken and repeated rows."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from trucewatch.simulate.document import Watcher


@dataclass(frozen=True, slots=True)
class Breakage:
    """One way to break a row so that a reader must set it aside: `column` gets `value`."""

    column: str
    value: str


@dataclass(frozen=True)
class Written:
    """Rows in a source's own form, in the order of time.

    `native`: its columns, all text; `native_id`: the id that its reader gives each row; `reader` and `options` are what
    the mission document says of it; `beside`: files that the options refer to, by reference; `breakages`: ways to break
    a row, each sure to be set aside; `id_column`: the column that must stay unique, when the source has one.
    """

    native: pl.DataFrame
    native_id: pl.Series
    reader: str
    breakages: tuple[Breakage, ...]
    options: dict[str, str] = field(default_factory=dict)
    beside: dict[str, bytes] = field(default_factory=dict)
    id_column: str | None = None


TRUTH_COLUMNS = {
    "source_id": pl.String(), "file": pl.String(), "line": pl.Int64(), "native_id": pl.String(),
    "event_id": pl.String(), "fate": pl.String(),
}  # fmt: skip


def lay_out(
    written: Written, event_id: pl.Series, file: pl.Series, *, source: Watcher, rng: np.random.Generator
) -> tuple[dict[str, bytes], pl.DataFrame]:
    """Return the CSV files of a source, by name, and the truth of their rows.

    `event_id` (null for clutter) and `file` (name of the file each row goes to) have the height of `written.native`.
    The truth says of each row: source_id, file, line (from 1, the header is 1), native_id, event_id, fate
    (`observation`, `repeated`: equal to another of the file, `set_aside`: broken on purpose).
    """
    rows = written.native.with_columns(
        written.native_id.alias("_native_id"), event_id.alias("_event_id"), file.alias("_file"),
        pl.lit("observation").alias("_fate"), pl.int_range(pl.len()).cast(pl.Float64).alias("_order"),
    )  # fmt: skip
    again = rows.filter(pl.Series(rng.random(rows.height) < source.duplicates, dtype=pl.Boolean))
    again = again.with_columns(pl.col("_order") + 0.5)
    rows = pl.concat([rows, again]).sort("_order", maintain_order=True)
    first = pl.struct(
        "_file", *written.native.columns
    ).is_first_distinct()  # two events may read the same to the letter
    rows = rows.with_columns(pl.when(first).then("_fate").otherwise(pl.lit("repeated")).alias("_fate"))
    rows = pl.concat([rows, _broken(written, rows, rng, source.bad_rows)]).sort("_order", maintain_order=True)
    files, truths = {}, [pl.DataFrame(schema=TRUTH_COLUMNS)]
    for (name,), part in rows.partition_by("_file", as_dict=True, maintain_order=True).items():
        files[str(name)] = part.select(written.native.columns).write_csv().encode("utf-8")
        truths.append(part.select(
            pl.lit(source.source_id).alias("source_id"), pl.col("_file").alias("file"),
            (pl.int_range(pl.len(), dtype=pl.Int64) + 2).alias("line"), pl.col("_native_id").alias("native_id"),
            pl.col("_event_id").alias("event_id"), pl.col("_fate").alias("fate"),
        ))  # fmt: skip
    return files, pl.concat(truths)


def _broken(written: Written, rows: pl.DataFrame, rng: np.random.Generator, number: int) -> pl.DataFrame:
    """Return copies of rows with one field each broken; they have no event, and an id of their own."""
    if not rows.height or not number:
        return rows.clear()
    parts = []
    for n, at in enumerate(rng.integers(0, rows.height, number)):
        breakage = written.breakages[n % len(written.breakages)]
        row = rows.slice(int(at), 1).with_columns(
            pl.lit(breakage.value).alias(breakage.column), pl.lit("set_aside").alias("_fate"),
            pl.lit(None, dtype=pl.String).alias("_native_id"), pl.lit(None, dtype=pl.String).alias("_event_id"),
            pl.col("_order") + 0.25,
        )  # fmt: skip
        if written.id_column and written.id_column != breakage.column:
            row = row.with_columns(pl.lit(f"broken-{n + 1}").alias(written.id_column))
        parts.append(row)
    return pl.concat(parts)
