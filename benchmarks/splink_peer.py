"""splink (Fellegi & Sunter) as a peer that is given every advantage: m of the true pairs, the true prior, the best threshold.

Places and times are compared in units of what both rows state of their errors together; each source is a table without duplicates.
"""

import logging
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks import truth

Z: Final = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
THRESHOLDS: Final = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
FARTHEST_KM: Final = 100.0
LATEST_DAYS: Final = 3
PAIRS_FOR_U: Final = 2_000_000
Labels = npt.NDArray[np.int64]


def tries(world: truth.World) -> Iterator[tuple[str, Any]]:
    """Return what to try: a threshold, and what makes labels by it."""
    for threshold in THRESHOLDS:
        yield f"m of the truth, one per source, above {threshold:g}", partial(_labels, world, threshold)


def _labels(world: truth.World, threshold: float) -> Labels:
    linker, pairs = _predicted(world)
    sources = sorted(world.observations["source_id"].unique())
    found = linker.clustering.cluster_using_single_best_links(
        pairs, duplicate_free_datasets=sources, threshold_match_probability=threshold
    )
    clusters = pl.from_pandas(found.as_pandas_dataframe()).select(observation_id="unique_id", cluster="cluster_id")
    both = world.observations.select("observation_id").join(
        clusters, on="observation_id", how="left", maintain_order="left"
    )
    names = pl.coalesce("cluster", "observation_id").rank("dense").cast(pl.Int64)
    return both.select(names).to_series().to_numpy()


def _predicted(world: truth.World) -> Any:
    """Return a linker with m, u and prior, and its pairs."""
    import splink.comparison_level_library as levels
    from splink import DuckDBAPI, Linker, SettingsCreator
    from splink.comparison_library import CustomComparison

    logging.getLogger("splink").setLevel(logging.ERROR)
    rows = _rows(world)
    place = "(pow(x_l - x_r, 2) + pow(y_l - y_r, 2)) / (pow(sigma_l, 2) + pow(sigma_r, 2))"
    time = "pow(hours_l - hours_r, 2) / (pow(tau_l, 2) + pow(tau_r, 2))"
    compared = [
        CustomComparison([levels.CustomLevel(f"{what} < {z * z}") for z in Z] + [levels.ElseLevel()], name)
        for name, what in (("place", place), ("time", time))
    ]
    compared.append(CustomComparison([levels.CustomLevel("act_l = act_r"), levels.ElseLevel()], "act"))
    near = f"abs(l.x - r.x) < {FARTHEST_KM} and abs(l.y - r.y) < {FARTHEST_KM}"
    later = [f"l.day = r.day + {days} and {near}" for days in range(-LATEST_DAYS, LATEST_DAYS + 1)]
    sizes = rows.group_by("source_id").len()["len"].to_numpy().astype(np.float64)
    of_event = rows.group_by("event_id").len()["len"].to_numpy()
    prior = float((of_event * (of_event - 1) / 2).sum() / ((sizes.sum() ** 2 - (sizes**2).sum()) / 2))
    settings = SettingsCreator(
        link_type="link_only", comparisons=compared, blocking_rules_to_generate_predictions=later,
        probability_two_random_records_match=prior, retain_intermediate_calculation_columns=False,
    )  # fmt: skip
    database = DuckDBAPI()
    tables = [
        database.register(part.to_pandas(), dataset_display_name=str(name))
        for (name,), part in rows.partition_by("source_id", as_dict=True).items()
    ]
    linker = Linker(tables, settings, log_level=logging.ERROR)
    linker.training.estimate_m_from_label_column("event_id")
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS_FOR_U, seed=1)
    return linker, linker.inference.predict(threshold_match_probability=min(THRESHOLDS))


def _rows(world: truth.World) -> pl.DataFrame:
    """Return what is compared: km, hours, their errors, the act; and the event, for m."""
    rows = world.observations.join(world.truth.select("observation_id", "event_id"), on="observation_id")
    lat = rows["lat_deg"].to_numpy()
    middle = (rows["start_utc"].dt.epoch("us").to_numpy() + rows["end_utc"].dt.epoch("us").to_numpy()) / 2
    span_s = (rows["end_utc"] - rows["start_utc"]).dt.total_microseconds().to_numpy() / 1e6
    hours = (middle - middle.min()) / 3600e6
    axes = (rows[f"error_{axis}_m"].to_numpy() for axis in ("major", "minor"))
    return rows.select("source_id", "act", "event_id", unique_id="observation_id").with_columns(
        x=pl.Series((rows["lon_deg"].to_numpy() - 31) * truth.EARTH_M / 1000 * np.cos(np.radians(lat.mean()))),
        y=pl.Series((lat - 48) * truth.EARTH_M / 1000), sigma=pl.Series(np.sqrt(np.multiply(*axes)) / 1000),
        hours=pl.Series(hours), day=pl.Series((hours // 24).astype(np.int64)),
        tau=pl.Series(np.maximum(np.hypot(rows["time_error_s"].to_numpy(), span_s / np.sqrt(12)), 1.0) / 3600),
    )  # fmt: skip
