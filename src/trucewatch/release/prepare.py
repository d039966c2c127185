"""Every product passes through here: `prepare` gives the tables that an audience may see, and nothing else does."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from trucewatch import place, tables
from trucewatch.errors import ReleaseRefused
from trucewatch.manifest import Manifest
from trucewatch.release.further import open_corrections, open_duties, open_remarks, with_their_incident
from trucewatch.release.groups import GROUPED, grouped, kind_of
from trucewatch.release.policy import AUDIENCES, KNOWN, OUTSIDE, SENSITIVE_ACTS
from trucewatch.release.settings import ReleaseSettings

_TOKEN: Final = object()
_CELL_RADIUS_M: Final = {3: 76_000.0, 4: 29_000.0, 5: 11_000.0, 6: 4_100.0}  # from the middle to the farthest corner
_ERROR_STEP_M: Final = 1_000.0  # a finer error would tell the sector of an observer
_PROBABILITY_STEP: Final = 0.05  # a finer chance would tell how far from a zone's edge an incident lies


@dataclass(frozen=True)
class Released:
    """Tables that an audience may see. Only `prepare` makes one; the report takes nothing else."""

    token: InitVar[object]
    audience: str
    made_utc: datetime
    tables: Mapping[str, pl.DataFrame]
    withheld: Mapping[str, int]

    def __post_init__(self, token: object) -> None:
        if token is not _TOKEN:
            raise ReleaseRefused("tables reach a product only through release.prepare", where="Released")

    @property
    def is_draft(self) -> bool:
        """Whether it is an internal draft, which nobody has released."""
        return self.audience == "internal"


def prepare(
    frames: Mapping[str, pl.DataFrame],
    *,
    audience: str,
    now: datetime,
    manifests: Mapping[str, Manifest],
    settings: ReleaseSettings | None = None,
    settlements: pl.DataFrame | None = None,
    published: Mapping[str, pl.DataFrame] | None = None,
) -> Released:
    """Return what `audience` may see of the tables `frames`, at the instant `now` (UTC).

    `settlements`: name, lon_deg, lat_deg; positions go to the nearest, or to the middle of their cell where none is near.
    `published`: the tables of the last release to this audience, from which this one cannot be subtracted (`groups`).
    Raises ReleaseRefused for an audience, table or source that is not known: what is not listed does not pass.
    """
    settings = settings or ReleaseSettings()
    if now.utcoffset() is None:
        raise ReleaseRefused("an instant without a time zone", where="now", to_do="give it in UTC")
    if audience not in AUDIENCES:
        raise ReleaseRefused(f"no such audience: {audience!r}", where="audience", to_do=f"take one of {AUDIENCES}")
    if unknown := sorted(set(frames) - KNOWN):
        raise ReleaseRefused(f"unknown tables: {unknown}", where="release", to_do="declare them among the tables")
    checked = {name: tables.conform(frame, name) for name, frame in frames.items()}
    if audience == "internal":
        return Released(_TOKEN, audience, now, checked, {})
    _know_all_sources(checked, manifests)
    withheld: dict[str, int] = {}
    incidents = _open_incidents(checked, audience, now.astimezone(UTC), manifests, settings, withheld)
    left = {name: frame for name, frame in checked.items() if name in OUTSIDE}
    withheld["table_not_for_audience"] = len(checked) - len(left)
    left["incidents"] = plain = _masked(incidents, settings, settlements)
    if audience in GROUPED:
        told = grouped(plain, checked["incidents"]["incident_id"], left, published or {}, settings)
        left, plain = left | told.beside | {"incidents": told.incidents}, told.plain
        withheld["too_few"] = told.too_few
    for name in {"changes", "verdicts", "replies"} & set(left):
        left[name] = with_their_incident(left[name], plain)
    by_word = {"remarks": open_remarks, "corrections": open_corrections}
    left |= {name: opened(left[name], audience=audience) for name, opened in by_word.items() if name in left}
    if "duties" in left:
        newest = now.astimezone(UTC) - timedelta(hours=settings.delay_hours(audience))
        evidence = checked.get("evidence", tables.empty("evidence"))
        left["duties"] = open_duties(
            left["duties"], evidence, audience=audience, newest=newest, manifests=dict(manifests)
        )
    for name in {"findings", "places", "sides"} & set(left):
        left[name] = _coarse(left[name].join(left["incidents"], on="incident_id", how="semi"))
    if "tallies" in left:
        judged = left["incidents"].filter(
            ~pl.col("act").is_in(list(kind_of(settings))) | pl.lit(audience not in GROUPED)
        )
        left["tallies"] = _tallied(left["tallies"], left["findings"], judged.height)
    if "deliveries" in left:
        named = pl.col("source_id").is_in(list(_named(left["incidents"], audience, manifests)))
        counted = left["deliveries"].filter(named).group_by("source_id").agg(pl.col(OUTSIDE["deliveries"][1:]).sum())
        left["deliveries"] = counted.sort("source_id")
    if audience in GROUPED:
        withheld, left = _in_steps(withheld, left, settings.k)
    left = {name: frame.select(OUTSIDE[name]) for name, frame in left.items()}
    return Released(_TOKEN, audience, now, left, {reason: n for reason, n in withheld.items() if n})


def _in_steps(
    withheld: Mapping[str, int], left: dict[str, pl.DataFrame], k: int
) -> tuple[dict[str, int], dict[str, pl.DataFrame]]:
    """Return the counts of rows that stayed inside in steps of k, downwards: one row more or less is not told."""
    steps = {reason: n if reason == "table_not_for_audience" else n // k * k for reason, n in withheld.items()}
    if "deliveries" in left:
        counts = pl.col(OUTSIDE["deliveries"][1:])
        left = left | {"deliveries": left["deliveries"].with_columns(counts // k * k)}
    return steps, left


def _named(incidents: pl.DataFrame, audience: str, manifests: Mapping[str, Manifest]) -> set[str]:
    """Return the sources that may be named: those open to the audience, and those whose reports it is shown."""
    rank = AUDIENCES.index(audience)
    is_open = {name for name, manifest in manifests.items() if AUDIENCES.index(manifest.audience) >= rank}
    return is_open | set(incidents["source_ids"].explode().drop_nulls())


def _coarse(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table with its probabilities in steps of `_PROBABILITY_STEP`."""
    told = [name for name in ("probability", "contrary_probability") if name in frame.columns]
    return frame.with_columns(((pl.col(told) / _PROBABILITY_STEP).round() * _PROBABILITY_STEP).round(2))


def _tallied(tallies: pl.DataFrame, findings: pl.DataFrame, incidents: int) -> pl.DataFrame:
    """Return the tallies of the `incidents` that leave: their findings counted anew, the rest outside scope."""
    told = findings.group_by("clause_id", "reading", "conformity").agg(pl.len().cast(pl.Int64).alias("incidents"))
    stored = told.group_by("clause_id", "reading").agg(pl.col("incidents").sum())
    outside = (
        tallies.select("clause_id", "reading")
        .unique()
        .join(stored, on=["clause_id", "reading"], how="left")
        .with_columns(
            pl.lit("outside_scope").alias("conformity"),
            (incidents - pl.col("incidents").fill_null(0)).alias("incidents"),
        )
    )
    counted = pl.concat([told, outside.select(told.columns)]).filter(pl.col("incidents") > 0)
    return counted.sort("clause_id", "reading", "conformity")


def _know_all_sources(frames: Mapping[str, pl.DataFrame], manifests: Mapping[str, Manifest]) -> None:
    """Refuse when what decides is absent, or a source has no manifest: nobody knows what its licence allows."""
    needed = {"incidents", "members", "observations"}
    if "incidents" not in frames or not needed <= set(frames):
        raise ReleaseRefused(
            "what leaves the mission is decided row by row", where="release", to_do=f"give the tables {sorted(needed)}"
        )
    if "tallies" in frames and "findings" not in frames:
        what = "tallies are counted anew from the findings that leave"
        raise ReleaseRefused(what, where="release", to_do="give the table findings")
    sources = {
        *frames["observations"]["source_id"],
        *frames["incidents"]["source_ids"].explode().drop_nulls(),
        *(frames["deliveries"]["source_id"] if "deliveries" in frames else ()),
    }
    if unknown := sorted(sources - set(manifests)):
        raise ReleaseRefused(
            f"no manifest of {unknown}", where="release", to_do="what their licences allow is not known"
        )


def _open_incidents(
    frames: Mapping[str, pl.DataFrame],
    audience: str,
    now: datetime,
    manifests: Mapping[str, Manifest],
    settings: ReleaseSettings,
    withheld: dict[str, int],
) -> pl.DataFrame:
    """Return the incidents that may leave, and count in `withheld` why others may not."""
    rank = {name: n for n, name in enumerate(AUDIENCES)}
    of_source = {name: manifest.audience for name, manifest in manifests.items()}
    row_audience = pl.col("audience").fill_null(pl.col("source_id").replace_strict(of_source, default="internal"))
    rows = frames["members"].join(frames["observations"], on="observation_id", how="left")
    rests_on = rows.group_by("incident_id").agg(
        (row_audience.replace_strict(rank, default=0, return_dtype=pl.Int64) >= rank[audience]).all().alias("_open"),
        pl.col("source_id").unique().alias("_sources"),
        (pl.col("aspect").eq_missing("outgoing") | pl.col("act").eq_missing("muzzle_flash")).any().alias("_origin"),
        pl.col("act").is_in(SENSITIVE_ACTS).any().alias("_weapon"),
    )
    shut = [name for name, manifest in manifests.items() if manifest.licence.republish == "none"]
    allowed = pl.col("_sources").list.set_difference(pl.lit(shut, dtype=pl.List(pl.String))).list.len() > 0
    newest = now - timedelta(hours=settings.delay_hours(audience))
    certain_by = pl.col("end_utc") + pl.duration(microseconds=(3e6 * pl.col("time_error_s")).cast(pl.Int64))
    outgoing = pl.col("aspect").eq_missing("outgoing") | pl.col("act").eq("muzzle_flash")
    table = frames["incidents"].join(rests_on, on="incident_id", how="left")
    for reason, keep in (
        ("too_recent", certain_by <= newest),
        ("audience_of_rows", pl.col("_open")),
        ("licence_of_source", allowed),
        ("weapons_sighting", ~(pl.col("act").is_in(SENSITIVE_ACTS) | pl.col("_weapon"))),
        ("origin_of_fire", ~(outgoing | pl.col("_origin"))),
    ):
        remaining = table.filter(keep.fill_null(value=False))
        withheld[reason] = table.height - remaining.height
        table = remaining
    return table.drop("_open", "_sources", "_origin", "_weapon")


def _masked(incidents: pl.DataFrame, settings: ReleaseSettings, settlements: pl.DataFrame | None) -> pl.DataFrame:
    """Return incidents at settlement level: the same point is always masked the same way, and its error covers the move."""
    if incidents.is_empty():
        return incidents
    lon, lat = incidents["lon_deg"].to_numpy(), incidents["lat_deg"].to_numpy()
    new_lon, new_lat, radius = _cells(lon, lat, settings.cell_resolution)
    if settlements is not None and settlements.height:
        at_lon, at_lat = settlements["lon_deg"].to_numpy(), settlements["lat_deg"].to_numpy()
        nearest = cKDTree(_on_sphere(at_lon, at_lat)).query(_on_sphere(lon, lat))[1]
        near = place.distance_m(lon, lat, at_lon[nearest], at_lat[nearest]) <= settings.settlement_reach_m
        new_lon, new_lat = np.where(near, at_lon[nearest], new_lon), np.where(near, at_lat[nearest], new_lat)
        radius = np.where(near, settings.settlement_reach_m, radius)
    error = np.ceil(np.hypot(incidents["error_major_m"].to_numpy(), radius) / _ERROR_STEP_M) * _ERROR_STEP_M
    hour = pl.duration(hours=1)
    return incidents.with_columns(
        pl.Series("lon_deg", new_lon),
        pl.Series("lat_deg", new_lat),
        pl.Series("error_major_m", error),
        pl.Series("error_minor_m", error),
        pl.lit(0.0).alias("error_azimuth_deg"),
        pl.col("start_utc").dt.truncate("1h"),
        pl.col("end_utc").dt.truncate("1h") + hour,
    )


def _cells(lon: place.Floats, lat: place.Floats, resolution: int) -> tuple[place.Floats, place.Floats, place.Floats]:
    """Return the middle of each position's cell and the cell's radius, metres."""
    middles = place.cell_middles(place.cells(lon, lat, resolution))
    return middles[:, 0], middles[:, 1], np.full(len(lon), _CELL_RADIUS_M[resolution])


def _on_sphere(lon: place.Floats, lat: place.Floats) -> place.Floats:
    """Return unit vectors, shape (n, 3)."""
    x, y = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
