"""Taking in as the tests of faults do it: small deliveries by number, and what must hold of a store whatever happened."""

import datetime as dt
import json
import pathlib

import polars as pl

from trucewatch import tables, when
from trucewatch.journal import parse_entry
from trucewatch.mission.intake import reading_of, take_in_one
from trucewatch.mission.load import SourceInUse
from trucewatch.mission.record import MissionRecord, open_record
from trucewatch.observe import Delivery, source
from trucewatch.store import Reading, Store

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MAPPING = b"""\
formats = ["%Y-%m-%dT%H:%M:%S"]
[columns]
native_id = "id"
start = "at"
longitude = "lon"
latitude = "lat"
act = "act"
count_low = "count"
[acts]
explosion = "explosion"
[manifest]
source_id = "posts"
title = "Posts"
publisher = "a test"
formats = ["csv"]
delivery = "increment"
audience = "internal"
[manifest.licence]
name = "own"
attribution = "a test"
republish = "derived"
[manifest.accuracy]
position_error_m = 1000
time_error_s = 60
[manifest.sees]
acts = ["explosion"]
"""


def posts() -> SourceInUse:
    """Return the source that delivers."""
    found = source("table")
    given = found.given(when.zone("UTC"), options={"mapping": "posts.toml"}, beside=lambda _: MAPPING, box=None)
    return SourceInUse("posts", found.read, given, ("*.csv",), "r")


def delivery(number: int) -> Delivery:
    """Return delivery `number`: a row of its own, and one with an id that many others revise."""
    at = dt.datetime(2026, 2, 1) + dt.timedelta(minutes=13 * number)
    rows = [
        f"own-{number},{at.isoformat()},37.5,48,explosion,1",
        f"shared-{number % 37},{at.isoformat()},37,48,explosion,{number}",
    ]
    data = "\n".join(["id,at,lon,lat,act,count", *rows, ""]).encode()
    return Delivery(name=f"{number:06d}.csv", data=data, received_utc=NOW, source_id="posts")


def rows_of(numbers: range) -> pl.DataFrame:
    """Return what the deliveries of these numbers say, two rows each, as the reader reads it; made at once, which is quick."""
    every = [(number, name) for number in numbers for name in (f"own-{number}", f"shared-{number % 37}")]
    at = [dt.datetime(2026, 2, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=13 * number) for number, _ in every]
    told = {"number": [one for one, _ in every], "native_id": [name for _, name in every], "start_utc": at}
    is_own = pl.col("native_id").str.starts_with("own")
    made = pl.DataFrame(told).select(
        pl.concat_str(pl.lit("posts:"), "native_id").alias("observation_id"),
        "start_utc",
        "native_id",
        pl.lit("posts").alias("source_id"),
        pl.lit("explosion").alias("act"),
        (pl.col("start_utc") + pl.duration(seconds=1)).alias("end_utc"),
        pl.lit(60.0).alias("time_error_s"),
        pl.when(is_own).then(37.5).otherwise(37.0).alias("lon_deg"),
        pl.lit(48.0).alias("lat_deg"),
        *(pl.lit(1000.0).alias(name) for name in ("error_major_m", "error_minor_m")),
        pl.lit(0.0).alias("error_azimuth_deg"),
        pl.when(is_own).then(1).otherwise("number").alias("count_low"),
        pl.lit("reported").alias("sense"),
        pl.lit("internal").alias("audience"),
        pl.Series("delivery_id", [delivery(number).delivery_id for number, _ in every]),
    )
    return _whole(made)


def _whole(made: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of `observations`, those absent as null; ids may stand twice."""
    columns = tables.dtypes("observations")
    absent = [pl.lit(None, dtype=kind).alias(name) for name, kind in columns.items() if name not in made.columns]
    return made.with_columns(absent).select(*columns)


def opened(folder: pathlib.Path, address: str | None = None, store: Store | None = None) -> MissionRecord:
    """Open the record of the tests."""
    return open_record(folder, "faults", now=NOW, database=address, store=store)


def take(record: MissionRecord, number: int, *, using: SourceInUse | None = None, readings: dict | None = None) -> str:
    """Take in delivery `number` and return its id; it is acknowledged by that."""
    known: dict[tuple[str, str], Reading] = {} if readings is None else readings
    return take_in_one(using or posts(), delivery(number), record, known)[0]


def wrongs(record: MissionRecord, acknowledged: set[int]) -> list[str]:
    """Return what is lost, there twice, or there by half."""
    store, wrong = record.store, []
    rows = store.database.read("SELECT position, data FROM entries ORDER BY position")
    entries = [parse_entry(bytes(data)) for _, data in rows]
    if [place for place, _ in rows] != list(range(len(rows))):
        wrong.append("positions have gaps")
    told = [str(entry.body["delivery_id"]) for entry in entries if entry.kind == "delivery"]
    kept = {one.delivery_id: one for one in store.index.deliveries()}
    readings = store.index.readings()
    if len(told) != len(set(told)):
        wrong.append("a delivery is in the journal twice")
    if set(told) != set(kept) or set(kept) != {one for one, _ in readings}:
        wrong.append("journal, index and readings do not name the same deliveries")
    ids = {number: delivery(number).delivery_id for number in acknowledged}
    wrong += [f"delivery {number} was acknowledged and is lost" for number, one in ids.items() if one not in kept]
    for entry in entries:
        if entry.kind == "delivery":
            one = kept[str(entry.body["delivery_id"])]
            data = store.locker.get(one.sha256)
            if one.sha256 != entry.body["sha256"] or len(data) != entry.body["bytes"]:
                wrong.append(f"{one.delivery_id}: bytes and entry differ")
    source = posts()
    for way, reading in readings.items():
        rows_kept = store.objects.get(reading.objects["observations"]).height
        if rows_kept != reading.account["observations"] or way[1] != reading_of(source, kept[way[0]].name):
            wrong.append(f"{way}: half")
    return wrong


def acknowledged_in(path: pathlib.Path) -> set[int]:
    """Return the numbers that a taker wrote to `path`, each after it was acknowledged."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {int(json.loads(line)) for line in lines if line.strip().isdigit()}
