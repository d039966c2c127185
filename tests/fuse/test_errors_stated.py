"""A source whose stated errors are wrong by a factor of two is found out; one that tells the truth is taken at its word."""

import polars as pl
import pytest

from fuse.test_fuse import marks
from trucewatch.fuse import fuse, learn

SCALES = ("position_error_scale", "time_error_scale")


def scales(model: pl.DataFrame) -> dict[tuple[str, str], float]:
    return {(s, q): v for s, q, _, _, _, v in model.rows() if q in SCALES}


def misstated(rows: pl.DataFrame, source: str, factor: float) -> pl.DataFrame:
    mine = pl.col("source_id") == source
    stated = ("error_major_m", "error_minor_m", "time_error_s")
    return rows.with_columns(pl.when(mine).then(pl.col(name) * factor).otherwise(pl.col(name)) for name in stated)


def test_true_errors_are_believed(made):
    assert set(scales(made[2]).values()) == {1.0}


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_wrong_errors_are_found_out(made, factor):
    observations, truth, _, fused = made
    wrong = misstated(observations, "database", factor)
    model = learn(wrong)
    assert scales(model)["database", "position_error_scale"] == pytest.approx(1 / factor, rel=0.25)
    assert scales(model)["database", "time_error_scale"] == pytest.approx(1 / factor, rel=0.25)
    believed = model.with_columns(value=pl.when(pl.col("quantity").is_in(SCALES)).then(1.0).otherwise("value"))
    found, blind = (marks(truth, fuse(wrong, each).members) for each in (model, believed))
    assert found > blind + 0.01
    assert found > marks(truth, fused.members) - 0.02


def test_the_ellipse_is_as_wide_as_the_error_is(made):
    observations, _, model, truly = made
    wrong = misstated(observations, "database", 0.5)
    told = pl.when((pl.col("source_id") == "database") & pl.col("quantity").is_in(SCALES)).then(2.0).otherwise("value")
    fused = fuse(wrong, model.with_columns(value=told))
    alone, known = (
        each.incidents.filter((pl.col("observations") == 1) & (pl.col("source_ids").list.first() == "database"))
        for each in (fused, truly)
    )
    for name in ("error_major_m", "time_error_s"):
        assert alone[name].mean() == pytest.approx(known[name].mean(), rel=0.03)
        assert alone[name].max() == pytest.approx(known[name].max(), rel=0.1)
