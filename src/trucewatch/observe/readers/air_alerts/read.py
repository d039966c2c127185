"""Read air-raid alerts in Ukraine: the official file and the volunteers' file. Each row is a warning, never an act.

The rules:
- `started_at`, `finished_at` carry their offset ("2022-03-15 16:10:34+00:00"); one without is set aside. An empty `finished_at` is
  an alert that goes on.
- Official: `level` says which of `oblast`, `raion`, `hromada` the alert is for, and the columns must fit it. The area is the name
  from small to large: "Umanskyi raion, Cherkaska oblast". Volunteers: the area is `region`.
- Volunteers' rows with `naive` True have an end that was made up (start + 30 min): marked `end_is_invented`.
- There is no id: file, area and start are it. An alert that gets its end later is the same alert.
- Which file it is follows from its columns. Each file is a snapshot, so a mission that uses both names two sources, one of them
  with `options = { file = "volunteer" }`, which is the source `air_alerts_volunteer`.

Source: README of the Ukrainian air raid sirens dataset.
"""

from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import DeliveryError
from trucewatch.manifest import Manifest
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import local_datetime
from trucewatch.observe.rows import Rule, columns_of, read_rows, sort_out

OFFICIAL: Final = ("oblast", "raion", "hromada", "level", "started_at", "finished_at", "source")
VOLUNTEER: Final = ("region", "started_at", "finished_at", "naive")
FILES: Final = {"official": OFFICIAL, "volunteer": VOLUNTEER}
TIMES: Final = ("%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%.f%z")


def manifest_of(given: Given) -> Manifest:
    """Return the manifest: that of a source of its own for the volunteers' file, where the mission names that file."""
    if _wanted(given) != "volunteer":
        return given.manifest
    return given.manifest.model_copy(
        update={"source_id": "air_alerts_volunteer", "title": f"{given.manifest.title}: volunteers"}
    )


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one delivery of either file."""
    columns = columns_of(delivery.data)
    file = _wanted(given) or ("volunteer" if columns & {"region", "naive"} else "official")
    rows = read_rows(delivery, required=FILES[file])
    frame = rows.frame.with_columns(
        local_datetime("started_at", TIMES).alias("start_utc"), local_datetime("finished_at", TIMES).alias("end_utc")
    )
    if file == "official":
        parts = [pl.col(name) for name in ("hromada", "raion", "oblast")]
        frame = frame.with_columns(
            pl.concat_str(parts, separator=", ", ignore_nulls=True).alias("area"), pl.lit(value=False).alias("made_up")
        )
    else:
        frame = frame.with_columns(pl.col("region").alias("area"), (pl.col("naive") == "True").alias("made_up"))
    good, aside = sort_out(frame, _rules(file), delivery=delivery)
    alerts = good.select(
        "line",
        pl.format("{}|{}|{}", pl.lit(file), "area", pl.col("start_utc").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).alias(
            "native_id"
        ),
        pl.lit("air_raid").alias("kind"),
        "area",
        "start_utc",
        "end_utc",
        (pl.col("made_up") & pl.col("end_utc").is_not_null()).alias("end_is_invented"),
        pl.lit(given.manifest.audience).alias("audience"),
    )
    return Taken(
        rows.rows_in,
        tables.empty("observations"),
        pl.concat([tables.empty("set_aside"), rows.set_aside, aside]),
        context={"alerts": alerts},
    )


def _wanted(given: Given) -> str | None:
    """Return the file that the mission names, or None. Raises DeliveryError for another option."""
    if set(given.options) - {"file"} or given.options.get("file", "official") not in FILES:
        what = f"options that air_alerts does not know: {dict(given.options)}"
        raise DeliveryError(what, where="air_alerts", to_do=f'say options = {{ file = "..." }}, one of {sorted(FILES)}')
    return given.options.get("file")


def _rules(file: str) -> list[Rule]:
    """Return what a row must keep."""
    times = [
        Rule("time_is_none", "started_at", pl.col("start_utc").is_not_null()),
        Rule("end_is_no_time", "finished_at", pl.col("finished_at").is_null() | pl.col("end_utc").is_not_null()),
        Rule(
            "ends_before_it_starts",
            "finished_at",
            pl.col("end_utc").is_null() | (pl.col("start_utc") <= pl.col("end_utc")),
        ),
    ]
    if file == "volunteer":
        return [
            *times,
            Rule("area_is_absent", "region", pl.col("region").is_not_null()),
            Rule("naive_is_neither_true_nor_false", "naive", pl.col("naive").is_in(["True", "False"])),
        ]
    raion, hromada = pl.col("raion").is_not_null(), pl.col("hromada").is_not_null()
    fits = {"oblast": ~raion & ~hromada, "raion": raion & ~hromada, "hromada": raion & hromada}
    return [
        *times,
        Rule("area_is_absent", "oblast", pl.col("oblast").is_not_null()),
        Rule("level_unknown", "level", pl.col("level").is_in(list(fits))),
        Rule(
            "level_does_not_fit",
            "level",
            pl.coalesce(pl.when(pl.col("level") == name).then(fit) for name, fit in fits.items()),
        ),
        Rule("source_is_not_official", "source", pl.col("source") == "official"),
    ]
