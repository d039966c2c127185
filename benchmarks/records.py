"""Real records: the duplicate clusters of VIINA, and MELTT's own example. TRUCEWATCH_DATA names the folder of the data."""

import datetime as dt
import itertools
import os
import tempfile
from collections import Counter
from pathlib import Path

import polars as pl

from benchmarks.timed import TRUCEWATCH, timed
from trucewatch import tables
from trucewatch.fuse import fuse, learn
from trucewatch.mission.documents import manifests

MELTT = (140, 34)  # unique records and matches, MELTT 0.4.2


def main() -> None:
    """Print what became of each."""
    data = Path(os.environ.get("TRUCEWATCH_DATA", "../shared/data"))
    viina(data / "viina")
    meltt(data / "meltt_sim")


def viina(folder: Path) -> None:
    """Print how many of the listed clusters came into one incident, and why the others did not."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "rows.parquet"
        command = [
            TRUCEWATCH,
            "observe",
            str(folder / "viina_1pd_subset_2022.csv"),
            "--source",
            "viina",
            "-o",
            str(out),
        ]
        timed(command, folder=Path(name))
        rows = pl.read_parquet(out)
    known = {"viina": manifests()["viina"]}
    model = learn(rows, known)
    fused = fuse(rows, model, manifests=known)
    repeat = model.filter(pl.col("quantity") == "repeat_probability")["value"].item()
    of = rows.join(fused.members, on="observation_id").select(
        "native_id", "incident_id", "lon_deg", "lat_deg", "start_utc"
    )
    by_id = {row["native_id"].split("/")[0]: row for row in of.iter_rows(named=True)}
    listed = pl.read_csv(folder / "viina_2022_exact_duplicate_clusters.csv", infer_schema_length=0)
    why: Counter[str] = Counter()
    for members in listed["MemberEventIDs"].str.split("|"):
        found = [by_id[name] for name in members if name in by_id]
        if len(found) < 2:
            why["fewer than two rows taken in"] += 1
        elif len({row["incident_id"] for row in found}) == 1:
            why["found"] += 1
        elif len({row["incident_id"] for row in found}) < len(found):
            why["found in part"] += 1
        elif len({(row["lon_deg"], row["lat_deg"]) for row in found}) > 1:
            why["another place"] += 1
        elif len({row["start_utc"] for row in found}) > 1:
            why["another day"] += 1
        else:
            why["same place and day, held apart"] += 1
    print(f"   VIINA: {listed.height} clusters: {dict(why)}; repeat_probability {repeat:.2f}")
    print(f"   of {rows.height} rows {fused.incidents.height} incidents")


def meltt(folder: Path) -> None:
    """Print how many records of the three sources were matched."""
    parts = [pl.read_csv(folder / f"crash_data{n}.csv", infer_schema_length=0) for n in (1, 2, 3)]
    rows = pl.concat(parts).with_columns(pl.col("date", "enddate").str.to_date().cast(pl.Datetime("us", "UTC")))
    observations = rows.select(
        pl.format("{}/{}", "dataset", "event").alias("observation_id"),
        pl.col("dataset").alias("source_id"),
        pl.lit("explosion").alias("act"),
        pl.col("date").alias("start_utc"),
        (pl.col("enddate") + dt.timedelta(days=1)).alias("end_utc"),
        pl.lit(0.0).alias("time_error_s"),
        pl.col("longitude").cast(pl.Float64).alias("lon_deg"),
        pl.col("latitude").cast(pl.Float64).alias("lat_deg"),
        pl.lit(1000.0).alias("error_major_m"),
        pl.lit(1000.0).alias("error_minor_m"),
        pl.lit(0.0).alias("error_azimuth_deg"),
    )
    fused = fuse(tables.conform(observations, "observations"), learn(observations))
    lists = fused.incidents.filter(pl.col("observations") > 1)["source_ids"].to_list()
    between = Counter("+".join(name[-1] for name in of) for of in lists)
    pairs = sum(len(list(itertools.combinations(of, 2))) for of in lists)
    unique, matches = MELTT
    print(
        f"   MELTT's example: {observations.height} records, {fused.incidents.height} incidents ({unique} unique by MELTT),"
    )
    print(f"   {len(lists)} of several sources ({matches} matches by MELTT), by source {dict(between)}, {pairs} pairs")
