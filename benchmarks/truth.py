"""What a fusion is worth against the truth of a world: accuracy, calibration, and whether incidents are honest."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.fuse import Fused

EARTH_M = 111_195.0
NINE_TENTHS = 0.9


@dataclass(frozen=True)
class World:
    """Table `observations`; observation_id, event_id, is_real; event_id, lon_deg, lat_deg, at_utc; true numbers of the sources."""

    observations: pl.DataFrame
    truth: pl.DataFrame
    events: pl.DataFrame
    sources: dict[str, dict[str, float]]


def read(folder: Path) -> World:
    """Return the world that the generator wrote to `folder`."""
    rows, truth, events = (pl.read_parquet(folder / f"{name}.parquet") for name in ("observations", "truth", "events"))
    return World(rows, truth, events, json.loads((folder / "truth.json").read_text()))


def f1_of(truth: pl.DataFrame, members: pl.DataFrame) -> tuple[float, float, float]:
    """Return pairwise F1, precision and recall."""
    known = truth.join(members, on="observation_id")

    def pairs(*by: str) -> float:
        return float(known.group_by(*by).len().select((pl.col("len") * (pl.col("len") - 1) // 2).sum()).item())

    both, linked, true = pairs("event_id", "incident_id"), pairs("incident_id"), pairs("event_id")
    return 2 * both / max(linked + true, 1), both / max(linked, 1), both / max(true, 1)


def marks(world: World, fused: Fused) -> dict[str, float]:
    """Return the marks of a fusion: those of the scorer, and those of incidents (see `honesty`)."""
    truth = world.truth.select("observation_id", "event_id")
    f1, precision, recall = f1_of(truth, fused.members)
    known = fused.pairs
    both = truth.join(fused.members, on="observation_id")
    for side in ("a", "b"):
        of_side = both.rename({name: f"{name.removesuffix('_id')}_{side}" for name in both.columns})
        known = known.join(of_side, on=f"observation_{side}")
    p = known["probability"].to_numpy()
    same = (known["event_a"] == known["event_b"]).to_numpy()
    linked = (known["incident_a"] == known["incident_b"]).to_numpy()
    sizes = fused.members.group_by("incident_id").len()["len"].to_numpy()
    whole = float((sizes * (sizes - 1) // 2).sum())
    return {
        "f1": f1, "precision": precision, "recall": recall,
        "expected_f1": 2 * float(p[linked].sum()) / max(whole + float(p.sum()), 1e-12),
        "calibration_error": calibration_error(p[p >= 0.02], same[p >= 0.02]),
        **honesty(world, fused),
    }  # fmt: skip


def calibration_error(p: npt.NDArray[np.float64], true: npt.NDArray[np.bool_]) -> float:
    """Return the expected calibration error in ten bins."""
    bins = np.clip((p * 10).astype(int), 0, 9)
    return float(sum(
        abs(p[bins == b].mean() - true[bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any()
    ))  # fmt: skip


def honesty(world: World, fused: Fused) -> dict[str, float]:
    """Return how often the 90 % ellipse and span of an incident hold the event of most of its observations (the most precise
    decides a tie), for incidents of several and of one, where that event is real; how far `real_probability` is calibrated.
    """
    stated = world.observations.select("observation_id", "error_major_m")
    rows = fused.members.join(world.truth, on="observation_id").join(stated, on="observation_id")
    by_event = rows.group_by("incident_id", "event_id", "is_real").agg(
        pl.len().alias("votes"), pl.col("error_major_m").min()
    )
    ranked = by_event.sort("votes", "error_major_m", "event_id", descending=[True, False, False])
    told = ranked.group_by("incident_id", maintain_order=True).first().drop("error_major_m")
    incidents = fused.incidents.join(told, on="incident_id")
    real = incidents["real_probability"].to_numpy(), incidents["is_real"].to_numpy()
    several, one = (incidents.filter(pl.col("observations") > 1), incidents.filter(pl.col("observations") == 1))
    ellipse, span = _held(several, world.events)
    alone_ellipse, alone_span = _held(one, world.events)
    return {
        "ellipse": ellipse, "span": span, "ellipse_of_one": alone_ellipse, "span_of_one": alone_span,
        "real_calibration": calibration_error(*real),
    }  # fmt: skip


def _held(incidents: pl.DataFrame, events: pl.DataFrame) -> tuple[float, float]:
    """Return the share of 90 % ellipses and of 90 % spans that hold the event `event_id` of an incident."""
    where = events.select("event_id", pl.col("lon_deg", "lat_deg").name.suffix("_true"), "at_utc")
    known = incidents.join(where, on="event_id")
    if known.is_empty():
        return float("nan"), float("nan")
    north = (known["lat_deg_true"] - known["lat_deg"]).to_numpy() * EARTH_M
    east = (
        (known["lon_deg_true"] - known["lon_deg"]).to_numpy()
        * EARTH_M
        * np.cos(np.radians(known["lat_deg"].to_numpy()))
    )
    azimuth = np.radians(known["error_azimuth_deg"].to_numpy())
    along, across = east * np.sin(azimuth) + north * np.cos(azimuth), east * np.cos(azimuth) - north * np.sin(azimuth)
    square = (along / known["error_major_m"].to_numpy()) ** 2 + (
        across / np.maximum(known["error_minor_m"].to_numpy(), 1.0)
    ) ** 2
    start, end, at = (known[name].dt.epoch("us").to_numpy() / 1e6 for name in ("start_utc", "end_utc", "at_utc"))
    half, sigma = (end - start) / 2, known["time_error_s"].to_numpy()
    deviation = np.sqrt(half**2 / 3 + sigma**2)
    reach = np.where(half > 3 * sigma, NINE_TENTHS * half, 1.6449 * deviation)
    late = np.abs(at - (start + end) / 2)
    return float((square <= -2 * np.log(1 - NINE_TENTHS)).mean()), float((late <= reach).mean())
