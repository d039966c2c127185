"""In which region of the mission an incident lies."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl
import shapely

from trucewatch import tables
from trucewatch.judge.chance import in_area

LEAST: Final = 0.05  # a region with a smaller chance is not listed


def locate(incidents: pl.DataFrame, regions: Mapping[str, shapely.Geometry]) -> pl.DataFrame:
    """Return table `places`: each incident's chance to lie in each region, "" for outside all of them.

    `regions`: areas in degrees by region_id, which do not overlap. Chances below .05 are left out.
    """
    ids = incidents["incident_id"]
    frames = [tables.empty("places")]
    outside = np.ones(incidents.height)
    for region_id, area in regions.items():
        chance = in_area(incidents, area)
        outside -= chance
        frames.append(_listed(ids, region_id, chance))
    frames.append(_listed(ids, "", np.clip(outside, 0.0, 1.0)))
    return tables.conform(pl.concat(frames).sort("incident_id", "region_id"), "places")


def _listed(ids: pl.Series, region_id: str, chance: np.ndarray) -> pl.DataFrame:
    """Return the rows of one region."""
    return pl.DataFrame(
        {"incident_id": ids, "region_id": pl.repeat(region_id, len(ids), eager=True), "probability": chance}
    ).filter(pl.col("probability") >= LEAST)
