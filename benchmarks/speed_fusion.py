"""Speed and memory of fusion with a given model, against the floor: to read and sort the same table. `speed [ROWS …] [--plot]`.

With `--plot` the world `load` is measured with ten million rows too.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks import worlds
from benchmarks.timed import TRUCEWATCH, Took, timed

SIZES = (200_000, 1_000_000)
SCENARIOS = ("easy", "medium", "load")
LARGEST = {"load": (10_000_000,)}
FLOOR = "import sys, polars as pl; f = pl.read_parquet(sys.argv[1]); f.sort('start_utc', 'lon_deg', 'lat_deg', 'observation_id')"
PLOT = Path(__file__).parents[1] / "docs/images/fusion-speed.png"


def main() -> None:
    """Print rows a second and peak memory for each scenario, at the usual sizes."""
    measure(SIZES, {})


def among(arguments: list[str]) -> int:
    """Measure the sizes that are named, and draw them where `--plot` is among the arguments."""
    sizes = tuple(int(float(each)) for each in arguments if each != "--plot") or SIZES
    found = measure(sizes, LARGEST if "--plot" in arguments else {})
    if "--plot" in arguments:
        plot(found)
    return 0


def measure(sizes: tuple[int, ...], more: Mapping[str, tuple[int, ...]]) -> dict[str, list[tuple[int, Took]]]:
    """Return for each scenario the sizes and what fusion took, start, reading and writing too. `more`: sizes of one."""
    found: dict[str, list[tuple[int, Took]]] = {}
    for scenario in SCENARIOS:
        model = b""
        for size in (*sizes, *more.get(scenario, ())):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                world = worlds.make(size, scenario, folder / "world", seed=31)
                rows = str(world / "observations.parquet")
                if not model:  # learned once, and kernels compiled
                    timed([TRUCEWATCH, "fuse", rows, "-o", str(folder / "small")], folder=folder)
                    model = (folder / "small/source_model.parquet").read_bytes()
                (folder / "model.parquet").write_bytes(model)
                given = ["--model", str(folder / "model.parquet"), "-o", str(folder / "fused")]
                took = timed([TRUCEWATCH, "fuse", rows, *given], folder=folder)
                floor = timed([sys.executable, "-c", FLOOR, rows], folder=folder)
            found.setdefault(scenario, []).append((size, took))
            print(
                f"   {scenario}, {size:,} rows: {size / took.seconds:,.0f} rows/s ({took.cpu_s / size * 1e6:.0f} µs of CPU a row)"
                f" · {took.peak_mb:,.0f} MB · floor {floor.seconds:.1f} s, {took.seconds / floor.seconds:.0f} times",
                flush=True,
            )
    return found


def plot(found: dict[str, list[tuple[int, Took]]]) -> None:
    """Draw time and memory against size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, unit in zip(figure.subplots(1, 2), ("seconds of processor", "peak memory, GB"), strict=True):
        for scenario, points in found.items():
            values = [took.cpu_s if unit.startswith("s") else took.peak_mb / 1024 for _, took in points]
            axes.plot([size / 1e6 for size, _ in points], values, marker="o", label=scenario)
        axes.set(xlabel="million rows", ylabel=unit, xlim=(0, None), ylim=(0, None))
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, dpi=110)
