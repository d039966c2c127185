"""How well the truth was recovered.

A pair of observations is true when both tell of one event; a row of clutter is an event of its own. An event is found
when most members of an incident tell of it. A 90 % ellipse should hold the true place in 90 % of cases: it does when
the squared Mahalanobis distance is at most -2 ln(.1) = 4.605. Pairs are calibrated when those of probability p are true
in a share p of cases.
"""

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from trucewatch import place
from trucewatch.place import Floats

COVERAGE: Final = 0.9
_LEAST = 0.02  # pairs below are too many and too empty to count for calibration


def score(
    rows: pl.DataFrame,
    events: pl.DataFrame,
    observations: pl.DataFrame,
    *,
    members: pl.DataFrame,
    pairs: pl.DataFrame,
    incidents: pl.DataFrame,
    time_zone: str,
    cut_off: dt.time,
) -> dict[str, object]:
    """Return how well fusion recovered the truth of a simulated world.

    `rows`, `events`: the truth; the other tables are what was made of it. Only observations that are members count.
    Keys: `observations`, `events`, `events_seen` (told of by some observation), `events_found`, `incidents`,
    `pair_precision`, `pair_recall`, `pair_f1`, `found_share` (of the events seen), `act_share` (found with the right
    act), `ellipse_coverage` (should be .9), `calibration_error`, `calibration` (by decile: `pairs`, `probability`,
    `true_share`), `days` (by mission day: `events`, `events_seen`, `incidents`).
    """
    known = _joined(rows, observations, members)
    found = _found(known)
    placed = _placed(found, events, incidents)
    calibration, error = _calibration(known, pairs)
    return {
        "observations": known.height,
        "events": events.height,
        "events_seen": known["event_id"].drop_nulls().n_unique(),
        "events_found": found["event_id"].n_unique(),
        "incidents": known["incident_id"].n_unique(),
        **_pairwise(known),
        "found_share": _share(found["event_id"].n_unique(), known["event_id"].drop_nulls().n_unique()),
        "act_share": _mean(placed["right_act"]),
        "ellipse_coverage": _mean(placed["inside"]),
        "calibration_error": error,
        "calibration": calibration,
        "days": _days(known, events, incidents, time_zone, cut_off),
    }


def _joined(rows: pl.DataFrame, observations: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Return observation_id, incident_id, event_id (null for clutter), cluster (the event, or the row itself)."""
    truth = rows.filter(pl.col("fate") == "observation").select("source_id", "native_id", "event_id")
    known = observations.select("observation_id", "source_id", "native_id").join(members, on="observation_id")
    known = known.join(truth, on=["source_id", "native_id"], how="left", validate="m:1")
    own = pl.concat_str(pl.lit("clutter of "), "observation_id")
    return known.with_columns(pl.coalesce("event_id", own).alias("cluster"))


def _pairwise(known: pl.DataFrame) -> dict[str, float]:
    both = _pairs_within(known, "cluster", "incident_id")
    linked, true = _pairs_within(known, "incident_id"), _pairs_within(known, "cluster")
    precision, recall = _share(both, linked), _share(both, true)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"pair_precision": precision, "pair_recall": recall, "pair_f1": f1}


def _pairs_within(known: pl.DataFrame, *by: str) -> int:
    size = known.group_by(*by).len()["len"].cast(pl.Int64)
    return int((size * (size - 1) // 2).sum())


def _found(known: pl.DataFrame) -> pl.DataFrame:
    """Return incident_id, event_id: of the event that most members tell of; each event once, with its largest part."""
    share = (
        known.group_by("incident_id", "cluster", "event_id")
        .len()
        .sort("len", "cluster", "incident_id", descending=[True, False, False])
    )
    most = share.unique("incident_id", keep="first", maintain_order=True).drop_nulls("event_id")
    return most.unique("event_id", keep="first", maintain_order=True).select("incident_id", "event_id")


def _placed(found: pl.DataFrame, events: pl.DataFrame, incidents: pl.DataFrame) -> pl.DataFrame:
    """Return, for each event found, whether the 90 % ellipse holds its place (`inside`) and the act is right."""
    true = events.select("event_id", pl.col("lon_deg").alias("true_lon"), pl.col("lat_deg").alias("true_lat"),
                         pl.col("act").alias("true_act"))  # fmt: skip
    j = found.join(incidents, on="incident_id").join(true, on="event_id")
    numbers = {c: j[c].to_numpy() for c in ("lon_deg", "lat_deg", "true_lon", "true_lat")}
    east = (numbers["true_lon"] - numbers["lon_deg"]) * np.cos(np.radians(numbers["lat_deg"])) * place.METRES_PER_DEGREE
    north = (numbers["true_lat"] - numbers["lat_deg"]) * place.METRES_PER_DEGREE
    azimuth = np.radians(j["error_azimuth_deg"].to_numpy())
    along, across = east * np.sin(azimuth) + north * np.cos(azimuth), east * np.cos(azimuth) - north * np.sin(azimuth)
    squared: Floats = (along / j["error_major_m"].to_numpy()) ** 2 + (across / j["error_minor_m"].to_numpy()) ** 2
    return j.select(
        "incident_id", "event_id", (pl.col("act") == pl.col("true_act")).alias("right_act"),
        pl.Series("inside", squared <= -2 * np.log(1 - COVERAGE), dtype=pl.Boolean),
    )  # fmt: skip


def _calibration(known: pl.DataFrame, pairs: pl.DataFrame) -> tuple[list[dict[str, float]], float]:
    """Return the table by decile of probability, and the mean distance between probability and share of true pairs."""
    cluster = known.select("observation_id", "cluster")
    j = pairs.join(cluster, left_on="observation_a", right_on="observation_id")
    j = j.join(cluster, left_on="observation_b", right_on="observation_id", suffix="_b")
    j = j.filter(pl.col("probability") >= _LEAST).with_columns(
        same=pl.col("cluster") == pl.col("cluster_b"),
        decile=(pl.col("probability") * 10).floor().clip(0, 9).cast(pl.Int64),
    )
    table = j.group_by("decile").agg(
        pl.len().alias("pairs"), pl.col("probability").mean(), pl.col("same").mean().alias("true_share")
    ).sort("decile")  # fmt: skip
    away = ((table["probability"] - table["true_share"]).abs() * table["pairs"]).sum()
    return table.to_dicts(), _share(float(away), j.height)


def _days(
    known: pl.DataFrame, events: pl.DataFrame, incidents: pl.DataFrame, time_zone: str, cut_off: dt.time
) -> list[dict[str, object]]:
    """Return events, events seen, and incidents by mission day."""
    to_midnight = dt.timedelta(days=1) - dt.timedelta(hours=cut_off.hour, minutes=cut_off.minute)

    def day(column: str) -> pl.Expr:
        local = pl.col(column).dt.convert_time_zone(time_zone).dt.replace_time_zone(None)
        return (local + to_midnight).dt.date().alias("day")

    seen = events.join(known.select("event_id").unique(), on="event_id", how="semi")
    made = incidents.join(known.select("incident_id").unique(), on="incident_id", how="semi")
    middle = pl.col("start_utc") + (pl.col("end_utc") - pl.col("start_utc")) / 2
    counts = (
        events.group_by(day("at_utc")).len("events")
        .join(seen.group_by(day("at_utc")).len("events_seen"), on="day", how="left")
        .join(made.with_columns(middle.alias("middle")).group_by(day("middle")).len("incidents"), on="day", how="left")
    )  # fmt: skip
    return counts.fill_null(0).sort("day").with_columns(pl.col("day").cast(pl.String)).to_dicts()


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0


def _mean(values: pl.Series) -> float:
    mean = values.cast(pl.Float64).mean()
    return float(mean) if isinstance(mean, float) else 0.0
