"""Fused onto what was there before, late and revised rows too: the same as from scratch, and only what can change is sampled."""

import polars as pl
import pytest

from fuse.test_blocks import SMALL
from fuse.test_fuse import FRAMES
from trucewatch.fuse import Remembering, blocks, fuse
from trucewatch.spread import Here


class InMemory:
    def __init__(self):
        self.held = {}

    def get(self, name):
        return self.held.get(name)

    def put(self, name, data):
        self.held[name] = data


def later(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the rows before, with the last day, with a late row of the first days, with one revised, with one withdrawn."""
    ordered = rows.sort("start_utc", "observation_id")
    before, late = ordered.head(-150), ordered[300:301]
    first = pl.concat([before[:300], before[301:]])
    revised = ordered.with_row_index().with_columns(
        lat_deg=pl.when(pl.col("index") == 700).then(pl.col("lat_deg") + 0.05).otherwise("lat_deg")
    )
    withdrawn = ordered.filter(pl.col("observation_id") != ordered["observation_id"][1200])
    return [first, pl.concat([first, ordered.tail(150)]), ordered, revised.drop("index"), withdrawn, late]


@pytest.mark.parametrize("threads", [1, 2])
def test_it_is_what_all_at_once_would_be_and_little_is_sampled(made, monkeypatch, threads):
    monkeypatch.setattr(blocks, "MOST_ROWS", SMALL // 4)
    model, kept = made[2], InMemory()
    sampled = []
    for rows in later(made[0]):
        spread = Remembering(Here(threads), kept)
        again, scratch = fuse(rows, model, spread=spread), fuse(rows, model, spread=Here(1))
        assert all(getattr(again, name).equals(getattr(scratch, name)) for name in FRAMES)
        sampled.append((spread.sampled, len(spread.asked)))
    assert sampled[0][0] == sampled[0][1] > 20
    assert all(0 < some < asked / 2 for some, asked in sampled[1:-1])


def test_another_model_seed_or_number_of_sweeps_is_another_question(made):
    rows, model, kept = made[0].head(300), made[2], InMemory()
    fuse(rows, model, spread=Remembering(Here(1), kept))
    other = model.with_columns(value=pl.when(pl.col("quantity") == "clutter_share").then(0.3).otherwise("value"))
    for given in ({"source_model": other}, {"seed": 2}):
        spread = Remembering(Here(1), kept)
        fuse(rows, **({"source_model": model} | given), spread=spread)
        assert spread.sampled == len(spread.asked)
