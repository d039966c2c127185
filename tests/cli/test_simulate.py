"""`demo`, whole: what it learns of sources that hardly share an event stays near the truth that it simulated."""

import datetime as dt
import json

import polars as pl

from trucewatch import mission
from trucewatch.cli.main import main


def test_what_the_demo_learns_is_near_its_truth(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    loaded = mission.load(tmp_path / "world/mission.toml").mission
    day = dt.date.fromisoformat(told["day"])
    window = loaded.day(day - dt.timedelta(days=loaded.fuse.window_days - 1)).start_utc, loaded.day(day).end_utc
    happened = (
        pl.read_parquet(tmp_path / "world/truth/events.parquet").filter(pl.col("at_utc").is_between(*window)).height
    )
    model = pl.read_parquet(tmp_path / "tables/source_model.parquet")
    learned = model.filter(pl.col("quantity") == "events_per_row")["value"].item() * told["observations_of_the_window"]
    assert happened / 2 < learned < 2 * happened
    assert told["truth"]["calibration_error"] < 0.1
