"""What is learned without labels is near the truth."""

import polars as pl
import pytest

from fuse.conftest import SOURCES, world
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
