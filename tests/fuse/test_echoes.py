"""A source that copies another, or reports twice, is found out; an echo joins its original's incident and is no second witness."""

import numpy as np
import polars as pl
import pytest

from fuse.test_fuse import FRAMES, marks
from trucewatch.fuse import fuse, learn


def again(rows: pl.DataFrame, truth: pl.DataFrame, of: str, by: str, *, metres: float, seconds: float, seed: int = 1):
    """Return rows and truth with half of the rows of `of` told again by `by`, moved and late."""
    rng = np.random.default_rng(seed)
    mine = rows.filter(pl.col("source_id") == of).sample(fraction=0.5, seed=seed)
    stated = (
        rows.filter(pl.col("source_id") == by)
        .select("error_major_m", "error_minor_m", "time_error_s")
        .row(0, named=True)
    )
    north, east = rng.normal(0, metres / 111_195, (2, mine.height))
    late = pl.duration(microseconds=pl.Series((rng.exponential(seconds, mine.height) * 1e6).astype(np.int64)))
    told = mine.with_columns(
        pl.col("observation_id") + "-again", pl.lit(by).alias("source_id"), *(pl.lit(v).alias(k) for k, v in stated.items()),
        pl.col("lon_deg") + pl.Series(east * 1.5), pl.col("lat_deg") + pl.Series(north),
        pl.col("start_utc") + late, pl.col("end_utc") + late,
    )  # fmt: skip
    known = truth.join(mine, on="observation_id", how="semi").with_columns(pl.col("observation_id") + "-again")
    return pl.concat([rows, told]), pl.concat([truth, known])


def shares(model: pl.DataFrame) -> dict[tuple[str, str], float]:
    return {(s, of): v for s, q, _, _, of, v in model.rows() if q == "echo_share"}


@pytest.fixture(scope="module")
def copied(made):
    rows, truth = again(made[0], made[1], "patrol", "database", metres=50, seconds=1800)
    model = learn(rows)
    return rows, truth, model, fuse(rows, model)


def test_a_copy_is_found(copied):
    rows, _, model, _ = copied
    by_source = rows["source_id"].value_counts()
    told = rows["observation_id"].str.ends_with("again").sum()
    share = told / by_source.filter(pl.col("source_id") == "database")["count"].item()
    assert shares(model) == {("database", "patrol"): pytest.approx(share, rel=0.2)}


def test_a_source_that_tells_a_report_twice_is_found(made):
    rows, truth = again(made[0], made[1], "sound", "sound", metres=20, seconds=300)
    model = learn(rows)
    assert shares(model) == {("sound", "sound"): pytest.approx(1 / 3, rel=0.2)}
    assert marks(truth, fuse(rows, model).members) > marks(made[1], made[3].members) - 0.01


def test_nobody_is_accused_in_a_true_world(made):
    assert shares(made[2]) == {}


def test_a_copy_is_no_second_source(copied):
    rows, truth, _, fused = copied
    of = dict(fused.members.iter_rows())
    echoes = [name for name in rows["observation_id"] if name.endswith("-again")]
    together = [name for name in echoes if of[name] == of[name.removesuffix("-again")]]
    assert len(together) > 0.95 * len(echoes)
    told = fused.incidents.filter((pl.col("observations") == 2) & (pl.col("source_ids").list.len() == 2))
    pairs = told.filter(pl.col("incident_id").is_in([of[name] for name in together]))
    assert pairs.height > 10
    assert (pairs["independent_sources"] == 1).all()
    assert marks(truth, fused.members) > 0.8


def test_a_copy_makes_an_incident_no_more_certain(copied, made):
    rows, _, model, fused = copied
    without = fuse(rows.filter(~pl.col("observation_id").str.ends_with("-again")), model)
    first = fused.incidents.join(
        fused.members.filter(pl.col("observation_id").str.ends_with("-again")), on="incident_id", how="semi"
    )
    assert first["error_major_m"].mean() > 0.95 * without.incidents["error_major_m"].min()
    assert first["error_major_m"].min() > 0.9 * without.incidents["error_major_m"].min()


def test_pairs_of_echoes_are_whole_and_no_order_changes_them(copied):
    rows, _, model, fused = copied
    assert fused.pairs.select("observation_a", "observation_b").is_unique().all()
    again_ = fuse(rows.reverse(), model)
    for name in FRAMES:
        frame = getattr(fused, name)
        assert getattr(again_, name).sort(frame.columns[:2]).equals(frame.sort(frame.columns[:2]))
    sure = fused.pairs.filter(pl.col("observation_b") == pl.col("observation_a") + "-again")
    assert (sure["probability"] > 0.5).all()


def test_people_may_say_that_an_echo_is_none(copied):
    rows, _, model, _ = copied
    name = next(name for name in rows["observation_id"] if name.endswith("-again"))
    decisions = pl.DataFrame(
        [(name, name.removesuffix("-again"), "different")],
        schema=["observation_a", "observation_b", "decision"],
        orient="row",
    )
    of = dict(fuse(rows, model, decisions=decisions).members.iter_rows())
    assert of[name] != of[name.removesuffix("-again")]
