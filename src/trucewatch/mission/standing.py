"""What stands after all deliveries: revised rows once, withdrawn rows not, kept by mission day.

A delivery may say again, revise or withdraw what another said; only the rows it names, and those that only the delivery before it
named, can stand otherwise than before. So of the days only those are written anew that hold such a row, before or after. What
stands follows from the deliveries and their order alone: derived in one step or in many, it is the same bytes.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import polars as pl

from trucewatch import tables
from trucewatch.mission.days import LONG, day_key, evidence, middle, window
from trucewatch.mission.document import Mission
from trucewatch.observe import current
from trucewatch.store import Objects, Reading

REPORTED: Final = tuple(tables.IDS)
BY_DAY: Final = ("observations", "sightings")
BY_SOURCE: Final = ("alerts", "claims", "statements", "set_aside", "withdrawn")
KEPT: Final = (*REPORTED, "set_aside", "sightings", "withdrawn", "deliveries")
ROWS_AT_ONCE: Final = 2_000_000
Way = tuple[str, str]
"""A delivery and the name of its reading."""


@dataclass(frozen=True)
class Standing:
    """The objects of what stands.

    `of`: the deliveries of each source in their order. `parts`: by table the objects, by mission day (BY_DAY) or by source
    (BY_SOURCE). `shown`: for each day the objects of its observations and of those that are evidence for a duty; `acts`: which.
    `clock`: by which days are told apart.
    """

    clock: str = ""
    of: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, str]] = field(
        default_factory=lambda: {table: {} for table in (*BY_DAY, *BY_SOURCE)}
    )
    acts: tuple[str, ...] = ()
    shown: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of_manifest(cls, told: Mapping[str, Any]) -> "Standing":
        """Return the standing that a generation names."""
        return cls(
            clock=told["clock"],
            of={source: tuple((way[0], way[1]) for way in ways) for source, ways in told["of"].items()},
            parts=told["parts"],
            acts=tuple(told["acts"]),
            shown={day: (pair[0], pair[1]) for day, pair in told["shown"].items()},
        )

    def manifest(self) -> dict[str, Any]:
        """Return it as a generation names it."""
        return {"clock": self.clock, "of": self.of, "parts": self.parts, "acts": self.acts, "shown": self.shown}

    def window(self, objects: Objects, mission: Mission, day: dt.date, days: int) -> pl.DataFrame:
        """Return the observations that may lie within the `days` mission days that end with `day`."""
        every = [day - dt.timedelta(days=back) for back in range(-1, days + 1)]
        keys = [LONG, *(one.isoformat() for one in reversed(every))]
        return window(self._joined(objects, "observations", keys), mission.day(day), days)

    def table(self, objects: Objects, table: str) -> pl.DataFrame:
        """Return a whole table of what stands."""
        return self._joined(objects, table, sorted(self.parts[table]) if table in BY_DAY else self.of)

    def evidence(self, objects: Objects) -> pl.DataFrame:
        """Return the observations of all days that are evidence for a duty."""
        names = [self.shown[day][1] for day in sorted(self.shown)]
        return pl.concat([tables.empty("evidence"), *(objects.get(name) for name in names if name)])

    def last_middle(self, objects: Objects, now: dt.datetime) -> dt.datetime | None:
        """Return the latest middle of an observation wholly before `now`."""
        found: list[dt.datetime] = []
        for key in sorted(self.parts["observations"], reverse=True):
            rows = objects.get(self.parts["observations"][key], columns=["start_utc", "end_utc"])
            last = rows.filter(pl.col("end_utc") <= now).select(middle()).to_series().max()
            if isinstance(last, dt.datetime):
                found.append(last)
                if key != LONG:  # "long" is sorted after all days, so comes first here
                    break
        return max(found, default=None)

    def _joined(self, objects: Objects, table: str, keys: Iterable[str]) -> pl.DataFrame:
        parts = self.parts[table]
        return pl.concat([tables.empty(table), *(objects.get(parts[key]) for key in keys if key in parts)])


def stand(
    objects: Objects,
    before: Standing,
    wanted: Mapping[str, Sequence[Way]],
    *,
    readings: Mapping[Way, Reading],
    snapshots: frozenset[str],
    mission: Mission,
) -> Standing:
    """Return what stands after the deliveries `wanted` of each source, given what stood after those before.

    `readings`: what was made of each delivery; `snapshots`: the sources of which a delivery replaces all before.
    """
    clock = f"{mission.time_zone} {mission.cut_off.isoformat()}"
    standing = before if before.clock == clock else Standing(clock=clock)
    for of in _in_parts(standing, wanted, readings):
        changed = [source for source in {**standing.of, **of} if standing.of.get(source, ()) != of.get(source, ())]
        if not changed and list(standing.of) == list(of):
            continue
        turns = [
            _turn(objects, readings, standing.of.get(source, ()), of.get(source, ()), is_snapshot=source in snapshots)
            for source in changed
        ]
        parts = {table: dict(standing.parts[table]) for table in standing.parts}
        _by_day(objects, parts, turns, mission)
        for source in changed:
            _by_source(objects, parts, readings, source, of.get(source, ()), is_snapshot=source in snapshots)
        standing = replace(standing, of=of, parts=parts)
    return standing


def show(objects: Objects, standing: Standing, acts: tuple[str, ...]) -> Standing:
    """Return the standing with the evidence of each day; of days that did not change it is not looked for again."""
    known = standing.shown if acts == standing.acts else {}
    shown = {}
    for day, name in standing.parts["observations"].items():
        if day in known and known[day][0] == name:
            shown[day] = known[day]
            continue
        rows = evidence(objects.get(name), acts)
        shown[day] = (name, objects.put({"evidence": rows})["evidence"] if rows.height else "")
    return replace(standing, acts=acts, shown=shown)


@dataclass(frozen=True)
class _Turn:
    """What of a source may stand otherwise than before: ids, and the rows and sightings of those ids that stand now."""

    touched: pl.DataFrame
    rows: pl.DataFrame
    sightings: pl.DataFrame


def _in_parts(
    before: Standing, wanted: Mapping[str, Sequence[Way]], readings: Mapping[Way, Reading]
) -> Iterator[dict[str, tuple[Way, ...]]]:
    """Yield the deliveries wanted, at first only the earlier ones where there are more new rows than memory should hold."""
    whole = {source: tuple(ways) for source, ways in wanted.items()}
    known = {way for ways in before.of.values() for way in ways}
    so_far: dict[str, tuple[Way, ...]] = dict(before.of)
    if all(whole.get(source, ())[: len(ways)] == ways for source, ways in before.of.items()):
        rows = 0
        for source, ways in whole.items():
            for number, way in enumerate(ways, start=1):
                rows += 0 if way in known else int(readings[way].account["observations"])
                if rows > ROWS_AT_ONCE:
                    so_far, rows = {**so_far, source: ways[:number]}, 0
                    yield so_far
            so_far = {**so_far, source: ways}
    yield whole


def _turn(
    objects: Objects,
    readings: Mapping[Way, Reading],
    before: Sequence[Way],
    after: Sequence[Way],
    *,
    is_snapshot: bool,
) -> _Turn:
    """Return what changes when the deliveries of a source were `before` and are `after`."""

    def got(way: Way, table: str) -> pl.DataFrame:
        return _got(objects, readings, way, table)

    if is_snapshot:
        gone = before[-1:] if set(before) & set(after) else before  # read otherwise now, so perhaps no snapshot then
        changed, needed = {*gone, *after[-1:]}, after[-1:]
    else:
        changed, needed = _changed(before, after)
    named = [
        got(way, table).select("observation_id") for way in sorted(changed) for table in ("observations", "withdrawn")
    ]
    touched = pl.concat([tables.empty("withdrawn").select("observation_id"), *named]).unique()
    only_touched = changed.issuperset(needed)
    frames = {
        table: [
            frame if only_touched else frame.join(touched, on="observation_id", how="semi", maintain_order="left")
            for frame in (got(way, table) for way in needed)
        ]
        for table in ("observations", "withdrawn")
    }
    rows = current(frames["observations"], snapshot=is_snapshot, withdrawn=frames["withdrawn"])
    sightings = [got(way, "sightings").with_columns(delivery_id=pl.lit(way[0])) for way in needed]
    return _Turn(touched, rows, _sightings(sightings, rows))


def _changed(before: Sequence[Way], after: Sequence[Way]) -> tuple[set[Way], Sequence[Way]]:
    """Return the deliveries of an increment source that came, went or moved, and those that must be asked for what stands.

    Whatever came before the first change was overruled by it, unless something went or moved.
    """
    first = next(
        (n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
        min(len(before), len(after)),
    )
    old, new = before[first:], after[first:]
    both = set(old) & set(new)
    moved = [way for way in old if way in both] != [way for way in new if way in both]
    changed = set(old) | set(new) if moved else set(old) ^ set(new)
    return changed, after if moved or set(old) - both else new


def _sightings(parts: Sequence[pl.DataFrame], rows: pl.DataFrame) -> pl.DataFrame:
    """Return the sightings of the rows that stand, each from the delivery that brought its row."""
    if not any(part.height for part in parts):
        return tables.empty("sightings")
    every = pl.concat([part for part in parts if part.height])
    return every.join(rows, on=["observation_id", "delivery_id"], how="semi").drop("delivery_id")


def _by_day(objects: Objects, parts: dict[str, dict[str, str]], turns: Sequence[_Turn], mission: Mission) -> None:
    """Write anew the days that hold a row that may stand otherwise."""
    if not turns:
        return
    touched = pl.concat([turn.touched for turn in turns])
    rows = pl.concat([turn.rows for turn in turns]).with_columns(day_key(mission).alias("day"))
    days = rows.select("observation_id", "day")
    sightings = pl.concat([turn.sightings for turn in turns]).join(days, on="observation_id", how="inner")
    stale = _days_with(objects, parts["observations"], touched)
    for table, new in (("observations", rows), ("sightings", sightings)):
        fresh = {str(key[0]): part.drop("day") for key, part in new.partition_by("day", as_dict=True).items()}
        for day in sorted({*fresh, *(stale & set(parts[table]))}):
            kept = [fresh[day]] if day in fresh else []
            if day in parts[table]:
                old = objects.get(parts[table][day])
                kept.append(old.join(touched, on="observation_id", how="anti") if day in stale else old)
            made = pl.concat([part.select(tables.dtypes(table).keys()) for part in kept]).sort("observation_id")
            parts[table].pop(day, None)
            if made.height:
                parts[table][day] = objects.put({table: made})[table]


def _days_with(objects: Objects, days: Mapping[str, str], touched: pl.DataFrame) -> set[str]:
    """Return the days that hold one of these ids."""
    if touched.is_empty() or not days:
        return set()
    day_of = {str(objects.path(name)): day for day, name in days.items()}
    ids = pl.scan_parquet(list(day_of), include_file_paths="path").select("observation_id", "path")
    found = ids.join(touched.lazy(), on="observation_id", how="semi").select(pl.col("path").unique()).collect()
    return {day_of[path] for path in found["path"]}


def _by_source(
    objects: Objects,
    parts: dict[str, dict[str, str]],
    readings: Mapping[Way, Reading],
    source: str,
    ways: Sequence[Way],
    *,
    is_snapshot: bool,
) -> None:
    """Write anew the tables of a source that are not kept by day."""
    got = {table: [_got(objects, readings, way, table) for way in ways] for table in BY_SOURCE}
    for table, frames in got.items():
        if table in REPORTED:
            made = current(frames, snapshot=is_snapshot, withdrawn=got["withdrawn"], table=table)
        else:
            made = pl.concat([tables.empty(table), *frames])
        parts[table].pop(source, None)
        if made.height:
            parts[table][source] = objects.put({table: made})[table]


def _got(objects: Objects, readings: Mapping[Way, Reading], way: Way, table: str) -> pl.DataFrame:
    """Return a table of a delivery; one without rows is not kept."""
    name = readings[way].objects.get(table)
    return objects.get(name) if name else tables.empty(table)
