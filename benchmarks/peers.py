"""Fusion beside its peers on the same data in one run: each peer with the setting that the truth says is best for it.

Ours has one setting for all and no truth. Pairwise F1, and its ratio to ours; seconds are of one run with that setting.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from benchmarks import splink_peer, truth, window_join, worlds
from trucewatch.fuse import fuse, learn

ROWS, SEED = 10_000, 301
KM = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
HOURS = (0.3, 1.0, 3.0, 6.0, 12.0)
Labels = npt.NDArray[np.int64]
Made = tuple[str, Callable[[], Labels]]


def main() -> None:
    """Print a table for each scenario."""
    for scenario in ("easy", "medium", "hard"):
        with tempfile.TemporaryDirectory() as name:
            world = truth.read(worlds.make(ROWS, scenario, Path(name), seed=SEED))
        start = time.perf_counter()
        fused = fuse(world.observations, learn(world.observations))
        ours = truth.f1_of(world.truth, fused.members)[0], time.perf_counter() - start
        print(f"   | {scenario} | F1 | of ours | s | setting |\n   |---|---|---|---|---|")
        print(f"   | trucewatch | {ours[0]:.3f} | 1.00 | {ours[1]:.1f} | none |", flush=True)
        for peer, settings in PEERS.items():
            best, took, setting = max(_tried(world, settings), key=lambda each: each[0])
            print(f"   | {peer} | {best:.3f} | {best / ours[0]:.2f} | {took:.1f} | {setting} |", flush=True)


def _tried(world: truth.World, settings: Callable[[truth.World], Iterator[Made]]) -> Iterator[tuple[float, float, str]]:
    """Return F1, seconds and setting of each try."""
    for setting, make in settings(world):
        start = time.perf_counter()
        labels = make()
        took = time.perf_counter() - start
        members = pl.DataFrame({"observation_id": world.observations["observation_id"], "incident_id": labels})
        yield truth.f1_of(world.truth, members)[0], took, setting


def _at(rows: pl.DataFrame) -> npt.NDArray[np.float64]:
    """Return km east and north, and hours."""
    lat = rows["lat_deg"].to_numpy()
    east = (rows["lon_deg"].to_numpy() - 31) * truth.EARTH_M / 1000 * np.cos(np.radians(lat.mean()))
    hours = (rows["start_utc"].dt.epoch("us").to_numpy() + rows["end_utc"].dt.epoch("us").to_numpy()) / 7200e6
    return np.column_stack([east, (lat - 48) * truth.EARTH_M / 1000, hours - hours.min()])


def _windows(world: truth.World) -> Iterator[Made]:
    for km, hours in product(window_join.KM, window_join.HOURS):
        yield f"{km:g} km, {hours:g} h", partial(_window, world.observations, km, hours)


def _window(rows: pl.DataFrame, km: float, hours: float) -> Labels:
    return window_join.members(rows, km, hours)["incident_id"].to_numpy()


def _dbscan(world: truth.World) -> Iterator[Made]:
    from sklearn.cluster import DBSCAN

    for km, hours in product(KM, HOURS):
        clusterer = DBSCAN(eps=1.0, min_samples=2)
        yield f"{km:g} km, {hours:g} h", partial(_clustered, clusterer, _at(world.observations) / [km, km, hours])


def _hdbscan(world: truth.World) -> Iterator[Made]:
    from sklearn.cluster import HDBSCAN

    for km_an_hour, method in product((0.5, 1.0, 2.0, 4.0), ("eom", "leaf")):
        clusterer = HDBSCAN(min_cluster_size=2, min_samples=1, cluster_selection_method=method, copy=True)
        yield (
            f"{km_an_hour:g} km an hour, {method}",
            partial(_clustered, clusterer, _at(world.observations) * [1, 1, km_an_hour]),
        )


def _clustered(clusterer: Any, at: npt.NDArray[np.float64]) -> Labels:
    """Return labels in which what is noise stands alone."""
    labels = clusterer.fit_predict(at)
    return np.asarray(np.where(labels < 0, labels.max() + 1 + np.arange(len(labels)), labels))


def _st_dbscan(world: truth.World) -> Iterator[Made]:
    """ST-DBSCAN (Birant & Kut 2007) with two rows to a core: components of pairs near in space and, apart from that, in time."""
    at = _at(world.observations)
    for km, hours in product(KM, HOURS):
        yield f"{km:g} km, {hours:g} h", partial(_components, at, km, hours)


def _components(at: npt.NDArray[np.float64], km: float, hours: float) -> Labels:
    """Return the connected components of rows within km and hours."""
    pairs = cKDTree(at / [km, km, hours]).query_pairs(2**0.5, output_type="ndarray")
    away = np.abs(at[pairs[:, 0]] - at[pairs[:, 1]])
    near = pairs[(np.hypot(away[:, 0], away[:, 1]) <= km) & (away[:, 2] <= hours)]
    graph = coo_matrix((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(at), len(at)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


PEERS: dict[str, Callable[[truth.World], Iterator[Made]]] = {
    "window join, best first": _windows, "DBSCAN": _dbscan, "HDBSCAN": _hdbscan, "ST-DBSCAN": _st_dbscan,
    "splink": splink_peer.tries,
}  # fmt: skip
