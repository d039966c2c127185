"""What a source keeps telling without an event: fires of 2023 over Ukraine, day by day, before and after, and beside VIINA.

TRUCEWATCH_DATA names the folder of the data. `--plot` draws docs/images/clutter.png.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.timed import TRUCEWATCH, timed
from trucewatch.fuse import fuse, learn
from trucewatch.mission.documents import manifests

FILES = {"firms": "fire_nrt_SV-C2_ukraine_2023-02-24_2023-07-31.csv", "viina": "viina_1pd_subset_2023.csv"}
MANY_DAYS = 30
PLOT = Path(__file__).parents[1] / "docs/images/clutter.png"
Floats = npt.NDArray[np.float64]


def main() -> None:
    """Print the table."""
    measured()


def among(arguments: list[str]) -> int:
    """Print the table, and draw the series where `--plot` is among the arguments."""
    days = measured()
    if "--plot" in arguments:
        plot(days)
    return 0


def measured() -> pl.DataFrame:
    """Print what became of fires, and return a row a day: rows before, what is real of them, and the reports of VIINA."""
    data = Path(os.environ.get("TRUCEWATCH_DATA", "../shared/data"))
    fires, reports = (taken(data / source / name, source) for source, name in FILES.items())
    at = pl.col("start_utc")
    reports = reports.filter(at.is_between(*fires.select(at.min().alias("low"), at.max().alias("high")).row(0)))
    told = with_cells(fires)
    for name, rows in {"fires alone": fires, "with VIINA": pl.concat([fires, reports])}.items():
        known = manifests()
        model = learn(rows, known)
        real = real_of(rows, model)
        told = told.join(real.rename({"real": name}), on="observation_id")
        share = told.group_by(pl.col("days") >= MANY_DAYS).agg(
            pl.len(), pl.col(name).mean(), pl.struct("x", "y").n_unique()
        )
        for is_many, number, mean, cells in share.sort("days", descending=True).rows():
            where = f"cells of .01° on {MANY_DAYS} days or more" if is_many else "other cells"
            print(
                f"   {name}: {cells} {where}, {number} rows, {number / told.height:.1%}: mean real_probability {mean:.3f}"
            )
        lasting = model.filter(pl.col("quantity") == "lasting_share").select("source_id", "value").rows()
        cells, weeks = (
            model.filter(pl.col("quantity") == f"{what}_per_km2_day").height for what in ("clutter", "season")
        )
        shares = {source: round(share, 3) for source, share in lasting}
        print(f"   {name}: {cells} cells and {weeks} weeks of squares with clutter · lasting_share {shares}")
    return compared(told.with_columns(real=pl.col("fires alone")), reports)


def compared(told: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Print how fires go with reports, by day and by place, and return the days."""
    by_day = told.group_by("day").agg(pl.len().alias("rows"), pl.col("real").sum())
    noon = pl.col("start_utc") + pl.duration(
        hours=12
    )  # VIINA tells a local date, from 21:00 or 22:00 of the day before
    told_by_viina = reports.group_by(noon.dt.date().alias("day")).agg(viina=pl.len())
    ends = told.select(pl.col("day").min().alias("low"), pl.col("day").max().alias("high")).row(0)
    days = pl.DataFrame({"day": pl.date_range(*ends, eager=True)}).join(by_day, on="day", how="left")
    days = days.join(told_by_viina, on="day", how="left").with_columns(pl.col("viina").fill_null(0)).sort("day")
    seen = days.drop_nulls("rows")
    half = [(pl.col(f"{axis}_deg") * 2).floor().cast(pl.Int64).alias(axis) for axis in ("lon", "lat")]
    places = (
        told.group_by(half).agg(pl.len().alias("rows"), pl.col("real").sum())
        .join(reports.group_by(half).agg(viina=pl.len()), on=["lon", "lat"], how="full", coalesce=True)
        .fill_null(0)
    )  # fmt: skip
    for what, frame in {"day": seen, "cell of ½°": places}.items():
        pairs = [(ranks(frame[name].to_numpy()), ranks(frame["viina"].to_numpy())) for name in ("rows", "real")]
        before, after = (float(np.corrcoef(*pair)[0, 1]) for pair in pairs)
        print(f"   by {what}: rank correlation with VIINA {before:+.2f} before, {after:+.2f} after")
    weeks = seen.group_by(pl.col("day").dt.truncate("1w")).agg(pl.col("rows", "real", "viina").sum()).sort("day")
    print("   week of: rows · real · VIINA")
    for day, rows, real, viina in weeks.rows():
        print(f"   {day}: {rows} · {real:.0f} · {viina}")
    return days


def ranks(values: npt.NDArray[np.generic]) -> Floats:
    """Return the ranks of values, of equal ones the mean."""
    return pl.Series(values).rank().to_numpy()


def real_of(rows: pl.DataFrame, model: pl.DataFrame) -> pl.DataFrame:
    """Return observation_id and `real`, the probability that its incident is an act."""
    fused = fuse(rows, model, manifests=manifests())
    both = fused.members.join(fused.incidents.select("incident_id", "real_probability"), on="incident_id")
    return both.select("observation_id", pl.col("real_probability").alias("real"))


def with_cells(fires: pl.DataFrame) -> pl.DataFrame:
    """Return fires with their day and cell of .01°, and on how many days their cell burns."""
    x, y = (((pl.col(name) * 100).floor()).cast(pl.Int64) for name in ("lon_deg", "lat_deg"))
    told = fires.select(
        "observation_id", "lon_deg", "lat_deg", pl.col("start_utc").dt.date().alias("day"), x.alias("x"), y.alias("y")
    )
    return told.with_columns(pl.col("day").n_unique().over("x", "y").alias("days"))


def taken(path: Path, source: str) -> pl.DataFrame:
    """Return the observations of a file of a source."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "rows.parquet"
        timed([TRUCEWATCH, "observe", str(path), "--source", source, "-o", str(out)], folder=Path(name))
        return pl.read_parquet(out)


def plot(days: pl.DataFrame) -> None:
    """Draw fires a day before and after, and beneath them the reports of VIINA."""
    from matplotlib.dates import DateFormatter, MonthLocator
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    day = days["day"].to_numpy()
    before, after = (days[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in ("rows", "real"))
    above.fill_between(day, after, before, step="mid", color="#E69F00", alpha=0.55, linewidth=0, label="clutter")
    above.step(day, before, where="mid", color="#8A5A00", linewidth=0.9, label="fires reported")
    above.fill_between(
        day,
        0,
        after,
        step="mid",
        color="#0072B2",
        alpha=0.9,
        linewidth=0,
        label="of these acts (sum of real_probability)",
    )
    above.set(ylabel="fires a day", ylim=(0, None))
    above.legend(loc="upper left", frameon=False)
    above.set_title("Fires seen by VIIRS over Ukraine, 2023 (gaps: days without a row)", fontsize=10, loc="left")
    below.bar(day, days["viina"].to_numpy(), width=1.0, color="#555555")
    below.set(ylabel="VIINA\nreports a day")
    below.xaxis.set_major_locator(MonthLocator())
    below.xaxis.set_major_formatter(DateFormatter("%-d %b"))
    for axes in (above, below):
        axes.grid(visible=True, alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, dpi=110)


if __name__ == "__main__":
    sys.exit(among(sys.argv[1:]))
