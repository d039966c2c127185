"""One more busy day: 25,000 observations on thirty days already taken in, from original files to the finished report.

Bar: at most 10 s and 1.5 GB with a warm cache of compiled code. Five sources deliver a CSV a day each, read by the source
`table` with a mapping document.
"""

import datetime as dt
import json
import shutil
import tempfile
from pathlib import Path

import polars as pl

from benchmarks import worlds
from benchmarks.timed import TRUCEWATCH, Took, timed

FIRST_DAY = dt.date(2025, 3, 1)
DAYS = 31
A_DAY = 25_000
MAPPING = """\
formats = ["%Y-%m-%dT%H:%M:%S%.fZ"]
[columns]
native_id = "id"
start = "at"
longitude = "lon"
latitude = "lat"
error_major = "sigma_m"
time_error_s = "sigma_s"
act = "act"
count_low = "count"
[acts]
{acts}
[manifest]
source_id = "{source}"
title = "{source}"
publisher = "a simulated world"
formats = ["csv"]
delivery = "increment"
audience = "internal"
[manifest.licence]
name = "own"
attribution = "simulated"
republish = "derived"
[manifest.accuracy]
position_error_m = 1000
time_error_s = 60
[manifest.sees]
acts = {seen}
"""
MISSION = """\
mission_id = "load"
title = "A busy line, simulated"
agreement = "agreements/us-proposal-2025/agreement.toml"
time_zone = "UTC"
cut_off = "00:00"
regions = "regions.geojson"
basemap = "basemap.geojson"
supposed_start = 2025-03-01T00:00:00
supposed_end = 2025-05-01T00:00:00
first_report_day = 2025-03-01
"""


def main() -> None:
    """Take in thirty days, then one more, warm and cold, and print what that took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        days = write(folder)
        for data in days[:-1]:
            shutil.move(data, folder / "data")
        first = _run(folder, folder / "out", day=DAYS - 2)
        print(f"   {DAYS - 1} days at once: {first.seconds:.1f} s, {first.peak_mb:.0f} MB")
        for other in ("out-learns", "out-cold"):
            shutil.copytree(folder / "out", folder / other)
        shutil.move(days[-1], folder / "data")
        warm = _run(folder, folder / "out", day=DAYS - 1)
        told = json.loads(warm.out)
        print(f"   rows in the window: {told['observations_of_the_window']}, rows taken in: {told['rows_in']}")
        learns = _run(folder, folder / "out-learns", "--learn", day=DAYS - 1)
        for what, took in (("with the source model that stands", warm), ("learning anew", learns)):
            print(f"   one more day, warm, {what}: {took.seconds:.1f} s, {took.cpu_s:.1f} s of the processor, "
                  f"{took.peak_mb:.0f} MB (bar: 10 s, 1,500 MB)")  # fmt: skip
            print(f"   by stage: {json.loads(took.out)['seconds']}")
        compiled = {"NUMBA_CACHE_DIR": str(folder / "numba")}
        cold = _run(folder, folder / "out-cold", day=DAYS - 1, environment=compiled)
        print(f"   one more day, cold: {cold.seconds:.1f} s, {cold.peak_mb:.0f} MB")


def _run(folder: Path, out: Path, *more: str, day: int, environment: dict[str, str] | None = None) -> Took:
    files = [str(folder / "mission.toml"), "--data", str(folder / "data"), "--out", str(out)]
    reported = str(FIRST_DAY + dt.timedelta(days=day))
    return timed(
        [TRUCEWATCH, "run", *files, "--day", reported, *more, "--json"], folder=folder, environment=environment
    )


def write(folder: Path, *, days: int = DAYS, a_day: int = A_DAY) -> list[Path]:
    """Write the mission, and every day of the world as a folder of original files; return these."""
    world = worlds.make(days * a_day, "load", folder / "world", seed=1)
    observations = pl.read_parquet(world / "observations.parquet")
    shutil.copytree("agreements/us-proposal-2025", folder / "agreements/us-proposal-2025")
    for name in ("regions.geojson", "basemap.geojson"):
        shutil.copy(Path("missions/ukraine-2023") / name, folder)
    acts = sorted(observations["act"].unique())
    sources = sorted(observations["source_id"].unique())
    mission = MISSION
    for source in sources:
        words = "\n".join(f'"{act}" = "{act}"' for act in acts)
        (folder / f"{source}.toml").write_text(MAPPING.format(source=source, acts=words, seen=json.dumps(acts)))
        mission += (
            f'[[sources]]\nsource = "table"\nfiles = ["*/{source}.csv"]\noptions = {{ mapping = "{source}.toml" }}\n'
        )
    (folder / "mission.toml").write_text(mission)
    (folder / "data").mkdir()
    rows = observations.select(
        "source_id",
        pl.col("observation_id").alias("id"),
        pl.col("start_utc").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").alias("at"),
        pl.col("lon_deg").alias("lon"),
        pl.col("lat_deg").alias("lat"),
        pl.col("error_major_m").alias("sigma_m"),
        pl.col("time_error_s").alias("sigma_s"),
        "act",
        pl.col("count_low").alias("count"),
        (pl.col("start_utc").dt.date() - FIRST_DAY).dt.total_days().clip(0, days - 1).alias("day"),
    )
    made = []
    for (number,), part in rows.group_by("day", maintain_order=True):
        day = folder / "waiting" / f"day-{number:02d}"
        day.mkdir(parents=True)
        for source in sources:
            part.filter(pl.col("source_id") == source).drop("source_id", "day").write_csv(day / f"{source}.csv")
        made.append(day)
    return made
