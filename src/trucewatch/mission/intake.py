"""Take in what was delivered: every file of every source once, then what stands as of now."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from trucewatch import tables
from trucewatch.acts import kinds_of
from trucewatch.errors import DeliveryError, MissingError
from trucewatch.mission.document import Mission
from trucewatch.mission.load import Loaded, SourceInUse
from trucewatch.mission.stages import Stages
from trucewatch.observe import Delivery, current, take_in
from trucewatch.store import Shelf, read_bytes
from trucewatch.when import Span

REPORTED = tuple(tables.IDS)
DAYS_COUNTED = 7
KEPT = (*REPORTED, "set_aside", "sightings", "withdrawn", "deliveries")


@dataclass(frozen=True)
class Intake:
    """Tables of `KEPT` as they stand after all deliveries, and what could not be read at all."""

    tables: dict[str, pl.DataFrame]
    refused: tuple[DeliveryError, ...]


def take_in_all(loaded: Loaded, data: Path, shelf: Shelf, *, now: datetime, stages: Stages) -> Intake:
    """Take in all files of the mission below `data`; what is on the shelf already is not read again.

    A file that cannot be read at all is refused and named; the others go on. Of files with the same bytes the last counts,
    as it would for a snapshot that returns to what it was; the others are named. Raises MissingError when no file of any
    source is there, DeliveryError when every file was refused.
    """
    data = data.resolve()
    waiting = [(source, path) for source in loaded.sources for path in _files(source, data)]
    if not waiting:
        wanted = [pattern for source in loaded.sources for pattern in source.files]
        raise MissingError(f"no file of any source: {wanted}", where=str(data), to_do="name the right data folder")
    taken: dict[str, dict[str, tuple[str, str]]] = {}
    refused = []
    with stages.stage("observe", sum(path.stat().st_size for _, path in waiting), "bytes") as advance:
        for source, path in waiting:
            try:
                name = path.relative_to(data).as_posix()
                delivery_id, reading = _take_in(source, path, name, shelf, now)
                deliveries = taken.setdefault(source.source_id, {})
                if again := deliveries.pop(delivery_id, None):
                    refused.append(DeliveryError("the same bytes came again", where=again[0], to_do=f"see {name}"))
                deliveries[delivery_id] = (name, reading)
            except DeliveryError as error:
                refused.append(error)
            advance(path.stat().st_size)
    if not taken:
        raise refused[0]
    return Intake(_standing(loaded, taken, shelf), tuple(refused))


def _files(source: SourceInUse, data: Path) -> list[Path]:
    """Return the files of a source below `data`, in order of their names; none that a link leads out to."""
    root = data
    found = {path for pattern in source.files for path in root.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.resolve().is_relative_to(root))


def _take_in(source: SourceInUse, path: Path, name: str, shelf: Shelf, now: datetime) -> tuple[str, str]:
    """Take in one file unless it stands on the shelf; return where it stands."""
    delivery = Delivery(name=name, data=read_bytes(path), received_utc=now, source_id=source.source_id)
    reading = hashlib.sha256(f"{source.reading}|{name}".encode()).hexdigest()[:8]
    if not shelf.has(delivery.delivery_id, reading):
        taken = take_in(delivery, source.read, source.given)
        shelf.keep(delivery.sha256, delivery.data)
        frames = {
            "observations": taken.observations,
            **taken.context,
            "set_aside": taken.set_aside,
            "sightings": taken.sightings,
            "withdrawn": taken.withdrawn,
            "deliveries": taken.delivery,
        }
        shelf.put(delivery.delivery_id, reading, frames)
    return delivery.delivery_id, reading


def _standing(loaded: Loaded, taken: dict[str, dict[str, tuple[str, str]]], shelf: Shelf) -> dict[str, pl.DataFrame]:
    """Return the tables as they stand after all deliveries: revised rows once, withdrawn rows not."""
    frames: dict[str, list[pl.DataFrame]] = {table: [tables.empty(table)] for table in KEPT}
    for source_id, deliveries in taken.items():
        keys = [(delivery_id, reading) for delivery_id, (_, reading) in deliveries.items()]
        got = {table: [shelf.get(*key, table) for key in keys] for table in KEPT}
        snapshot = loaded.manifests[source_id].delivery == "snapshot"
        standing = {
            table: current(got.pop(table), snapshot=snapshot, withdrawn=got["withdrawn"], table=table)
            for table in REPORTED
        }
        for table, rows in standing.items():
            frames[table].append(rows)
        sightings = pl.concat(got.pop("sightings")).unique("observation_id", keep="last", maintain_order=True)
        stands = standing["observations"]
        frames["sightings"].append(sightings.join(stands, on="observation_id", how="semi", maintain_order="left"))
        for table, parts in got.items():
            frames[table] += parts
    return {table: pl.concat(parts) for table, parts in frames.items()}


def window(observations: pl.DataFrame, day: Span, days: int) -> pl.DataFrame:
    """Return the observations that may lie within the `days` mission days that end with `day`.

    A row counts when its span, widened by two sigmas, touches the window.
    """
    start, end = day.end_utc - days * (day.end_utc - day.start_utc), day.end_utc
    margin = pl.duration(microseconds=(2 * pl.col("time_error_s") * 1e6).clip(0, 1e17).cast(pl.Int64))
    touches = (pl.col("end_utc") + margin >= start) & (pl.col("start_utc") - margin < end)
    return observations.filter(touches)


def mission_days(
    observations: pl.DataFrame, mission: Mission, *, until: dt.date, days: int = DAYS_COUNTED
) -> pl.Series:
    """Return the mission day that holds the middle of each row's span; null beyond the `days` that end with `until`."""
    half = (pl.col("end_utc") - pl.col("start_utc")).dt.total_microseconds() // 2
    middle = observations.select((pl.col("start_utc") + pl.duration(microseconds=half)).alias("at"))
    day = pl.lit(None, dtype=pl.Date)
    for back in range(days):
        date = until - dt.timedelta(days=back)
        span = mission.day(date)
        day = pl.when((pl.col("at") >= span.start_utc) & (pl.col("at") < span.end_utc)).then(date).otherwise(day)
    return middle.select(day.alias("day")).to_series()


def evidence(observations: pl.DataFrame, acts: tuple[str, ...]) -> pl.DataFrame:
    """Return the observations whose act is evidence for or against a duty, or a kind of one that is."""
    kinds = [kind for act in acts for kind in kinds_of(act)]
    return observations.filter(pl.col("act").is_in(kinds))
