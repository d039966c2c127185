"""Read the table of claims that a mission's clerk fills from communiqués, as CSV or XLSX. Each row becomes a claim, no act.

Columns: `id`, `claimant`, `accused`, `said`, `from`, `to`, `area`, `number`, `low`, `high`, `unit`, `definition`, `clause`,
`words`, `citation`; `audience` may stand there too. `accused`, `said`, `to`, `area`, `low`, `high`, `definition`, `clause`,
`words` may be empty.

The rules:
- Times are "2026-04-09", "2026-04-09 18:00" or with an offset ("2026-04-09T18:00+03:00", "…Z"); without one they are local.
- The counted span runs from the beginning of `from` to `to`; a `to` that is a day runs to its end, and an empty one means the
  day of `from`. `said` on a day without an hour is taken as its last minute.
- `number` is "60" (exactly so many); "about 60" ("around", "some", "c."): a quarter either way, at least one; "at least 12": 12
  with no upper end; "more than 12" ("over"): 13 with none; "up to 12": 0 to 12; "10-15". Where a communiqué gives its own
  range, `low` and `high` stand instead of `number`; an empty `high` is open. Thousands are written without a separator.
- `unit` is a code of the counting rule: osce_smm (each explosion, projectile, muzzle flash, flare, burst and shot is one),
  incidents, shelling_cases, strikes, uav, missiles, persons_killed, persons_injured, unstated (also when empty); another code
  is kept as it stands, since a claimant may count as it likes, and words that are no code set the row aside.
- `words` are exact; a claim without them still needs its `citation`.
- `audience` narrows who may see the row. `sheet` is the one option: the sheet of a workbook.
"""

from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import DeliveryError
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import integer, is_day, iso_span
from trucewatch.observe.rows import Rule, read_rows, sort_out

COLUMNS: Final = (
    "id", "claimant", "accused", "said", "from", "to", "area", "number", "low", "high", "unit", "definition", "clause",
    "words", "citation",
)  # fmt: skip
UNITS: Final = (
    "osce_smm", "incidents", "shelling_cases", "strikes", "uav", "missiles", "persons_killed", "persons_injured", "unstated",
)  # fmt: skip
"""The counting rules that are known; other codes are kept."""
_CODE: Final = r"^[a-z][a-z0-9_]{0,39}$"
_NUMBER: Final = (
    r"^(?i:(about|around|some|c\.|at least|more than|over|up to)\s*)?([0-9]{1,9})(?:\s*[-–]\s*([0-9]{1,9}))?$"
)


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one table of claims; times without an offset are those of `given.time_zone`."""
    if unknown := set(given.options) - {"sheet"}:
        raise DeliveryError(f"unknown options {sorted(unknown)}", where=delivery.name, to_do="use sheet")
    rows = read_rows(delivery, required=COLUMNS, optional=("audience",), sheet=given.options.get("sheet"))
    low, high, readable = _number()
    frame = rows.frame.with_columns(
        *_times(given.time_zone.key),
        low.alias("number_low"),
        high.alias("number_high"),
        readable.alias("number_read"),
        pl.col("unit").fill_null("unstated"),
    )
    good, aside = sort_out(frame, _rules(), delivery=delivery)
    claims = good.select(
        "line", pl.col("id").alias("native_id"), "claimant", "accused", "said_utc", "start_utc", "end_utc", "area",
        "number_low", "number_high", "unit", "definition", pl.col("clause").alias("clause_id"), pl.col("words").alias("text"),
        "citation", pl.col("audience").fill_null(given.manifest.audience),
    )  # fmt: skip
    return Taken(
        rows.rows_in,
        tables.empty("observations"),
        pl.concat([tables.empty("set_aside"), rows.set_aside, aside]),
        context={"claims": claims},
    )


def _times(zone: str) -> list[pl.Expr]:
    """Return `start_utc`, `end_utc`, `said_utc`."""
    (first, first_end), (last, last_end), (said, said_end) = (iso_span(name, zone) for name in ("from", "to", "said"))
    alone = pl.when(is_day("from")).then(first_end)
    end = pl.when(pl.col("to").is_null()).then(alone).when(is_day("to")).then(last_end).otherwise(last)
    minute = pl.duration(minutes=1)
    return [
        first.alias("start_utc"),
        end.alias("end_utc"),
        pl.when(is_day("said")).then(said_end - minute).otherwise(said).alias("said_utc"),
    ]


def _number() -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return the least and the greatest number that a row says, and whether it says any; the greatest is null when open."""
    parts = pl.col("number").str.extract_groups(_NUMBER)
    word = parts.struct[0].str.to_lowercase().fill_null("")
    first, second = (parts.struct[n].cast(pl.Int64, strict=False) for n in (1, 2))
    slack = pl.max_horizontal(first.truediv(4).round(mode="half_to_even").cast(pl.Int64), 1)
    about = word.is_in(["about", "around", "some", "c."])
    low = (
        pl.when(word == "up to").then(0)
        .when(word.is_in(["more than", "over"])).then(first + 1)
        .when(about & second.is_null()).then(pl.max_horizontal(first - slack, 0))
        .otherwise(first)
    )  # fmt: skip
    high = (
        pl.when(word.is_in(["at least", "more than", "over"])).then(None)
        .when(about & second.is_null()).then(first + slack)
        .otherwise(pl.coalesce(second, first))
    )  # fmt: skip
    own = pl.col("low").is_not_null() | pl.col("high").is_not_null()
    least, most = integer("low"), integer("high")
    readable = pl.when(own).then(
        pl.col("number").is_null() & (least >= 0) & (pl.col("high").is_null() | (most >= 0))
    ).otherwise(first.is_not_null() & ((word == "") | about | second.is_null()))  # fmt: skip
    return pl.when(own).then(least).otherwise(low), pl.when(own).then(most).otherwise(high), readable


def _rules() -> list[Rule]:
    """Return what a row must keep."""
    ordered = pl.col("number_high").is_null() | (pl.col("number_low") <= pl.col("number_high"))
    return [
        Rule("id_is_absent", "id", pl.col("id").is_not_null()),
        Rule("claimant_is_absent", "claimant", pl.col("claimant").is_not_null()),
        Rule("time_is_none", "from", pl.col("start_utc").is_not_null()),
        Rule("end_is_none", "to", pl.col("end_utc").is_not_null()),
        Rule("ends_before_it_starts", "to", pl.col("start_utc") < pl.col("end_utc")),
        Rule("said_is_no_time", "said", pl.col("said").is_null() | pl.col("said_utc").is_not_null()),
        Rule("number_unreadable", "number", pl.col("number_read")),
        Rule("number_out_of_order", "number", ordered),
        Rule("unit_is_no_code", "unit", pl.col("unit").str.contains(_CODE)),
        Rule("citation_is_absent", "citation", pl.col("citation").is_not_null()),
    ]
