"""What is learned without labels is near the truth."""

import numpy as np
import polars as pl
import pytest

from fuse.conftest import SOURCES, START, world
from trucewatch import tables
from trucewatch.errors import UsageError
from trucewatch.fuse import fuse, learn


def test_detection_and_clutter_come_out(made):
    _, _, model, _ = made
    learned = {(s, q): v for s, q, a, _, _, v in model.rows() if a == ""}
    for name, (detection, _, _, clutter, _) in SOURCES.items():
        assert learned[name, "detection_probability"] == pytest.approx(detection, abs=0.08)
        assert learned[name, "clutter_share"] == pytest.approx(clutter, abs=0.12)


@pytest.mark.parametrize("sources", [["sound"], ["sound", "patrol"]])
def test_few_sources_are_learned_too(sources):
    rows = world(60)[0].filter(pl.col("source_id").is_in(sources))
    model = learn(rows)
    assert model["value"].is_finite().all()
    assert fuse(rows, model).members.height == rows.height


def test_rows_at_one_point_and_instant_are_fused():
    rows = world(20)[0]
    same = rows.with_columns(pl.lit(37.0).alias("lon_deg"), pl.lit(48.0).alias("lat_deg"), pl.lit(0.0).alias("time_error_s"),
                             pl.col("start_utc").first(), pl.col("start_utc").first().alias("end_utc"))  # fmt: skip
    assert fuse(same, learn(same)).members.height == rows.height


def test_nothing_cannot_teach():
    with pytest.raises(UsageError, match="nothing to learn"):
        learn(tables.empty("observations"))


def test_a_source_that_tells_events_twice_is_known_without_a_word():
    """A third of the database's events are told again, with an error of their own."""
    rows, truth = world(900, days=60.0)
    again = (
        rows.join(truth, on="observation_id").filter(pl.col("source_id") == "database").sample(fraction=1 / 3, seed=1)
    )
    north, east, late = np.random.default_rng(2).normal(
        0, [[5000.0 / 111_195], [5000.0 / 74_400], [20_000e6]], (3, again.height)
    )
    moment = START + pl.duration(microseconds=(pl.col("true_s") * 1e6 + pl.Series(late)).cast(pl.Int64))
    again = again.with_columns(
        pl.col("observation_id") + "-again", lat_deg=pl.col("true_lat") + pl.Series(north),
        lon_deg=pl.col("true_lon") + pl.Series(east), start_utc=moment, end_utc=moment,
    ).cast({"start_utc": rows["start_utc"].dtype, "end_utc": rows["end_utc"].dtype})  # fmt: skip
    model = learn(pl.concat([rows, again.select(rows.columns)]))
    repeats = dict(model.filter(quantity="repeat_probability").select("source_id", "value").rows())
    assert repeats.pop("database") == pytest.approx(1 / 4, abs=0.1)
    assert set(repeats.values()) == {0.0}
