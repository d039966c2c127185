"""Fused onto what was there before, late and revised rows too: the same as from scratch, and only what can change is done again."""

import numpy as np
import polars as pl
import pytest

from fuse.test_blocks import SMALL
from trucewatch import tables
from trucewatch.fuse import blocks, fuse
from trucewatch.fuse.held import Runs, run_of
from trucewatch.fuse.memory import read_again, written
from trucewatch.fuse.model import from_table
from trucewatch.fuse.onto import onto
from trucewatch.fuse.shelf import NOWHERE
from trucewatch.spread import Here

KEYS = {"members": ["observation_id"], "incidents": ["incident_id"], "draws": ["draw", "observation_id"]}
KEYS["pairs"] = ["observation_a", "observation_b"]


class InMemory:
    """A shelf that holds all; it counts what is read and put."""

    def __init__(self):
        self.stands, self.coming, self.rows, self.known, self.aliases = {}, {}, {}, None, None
        self.touched = set()

    def standing(self):
        return self.known

    def where(self, keys):
        return np.array([self.rows.get(int(key), NOWHERE) for key in keys], dtype=np.int64)

    def get(self, table, block):
        self.touched.add(block)
        return self.stands[table, block]

    def told(self, block):
        return read_again(self.coming.get(("told", block)) or self.get("told", block))

    def put(self, table, block, frame):
        self.coming[table, block] = frame

    def put_told(self, block, told):
        self.put("told", block, written(told))

    def drop(self, table, block):
        del self.coming[table, block]

    def again(self, table, block):
        return self.coming[table, block]

    def stand(self, standing, rows, aliases):
        self.stands = {key: each for key, each in (self.stands | self.coming).items() if key[1] in standing.asked}
        self.coming, self.known, self.aliases = {}, standing, aliases
        self.rows |= dict(zip(rows[0].tolist(), rows[1].tolist(), strict=True))

    def table(self, name):
        frames = [frame for (table, _), frame in self.stands.items() if table == name]
        return pl.concat(frames).sort(KEYS.get(name, ["observation_id"]))


def add(shelf, rows, model, **more):
    model = from_table(model)
    shelf.touched = set()
    return onto(Runs([run_of(rows, model)], model), shelf, model, spread=Here(1), **more)


def same_as_scratch(shelf, rows, model):
    """Say whether the tables are those of all rows at once, but for the ids of incidents."""
    scratch = fuse(rows, model, spread=Here(1))
    for name in ("pairs", "draws"):
        assert shelf.table(name).equals(getattr(scratch, name).sort(KEYS[name])), name
    names = shelf.table("members").join(scratch.members, on="observation_id").drop("observation_id").unique()
    assert names["incident_id"].is_unique().all()
    assert names["incident_id_right"].is_unique().all()
    assert names.height == scratch.incidents.height == shelf.table("incidents").height
    renamed = scratch.incidents.join(names, left_on="incident_id", right_on="incident_id_right")
    renamed = renamed.with_columns(incident_id="incident_id_right").select(scratch.incidents.columns)
    assert shelf.table("incidents").equals(renamed.sort("incident_id"))
    kept = shelf.table("observations")
    assert kept.equals(tables.conform(rows, "observations").sort("observation_id"))


def steps(rows: pl.DataFrame):
    """Return batch after batch, with all rows there then: a first part, the last days, a late row, rows that were revised."""
    ordered = rows.sort("start_utc", "observation_id")
    late, last = ordered[300:302], ordered.tail(150)
    first = pl.concat([ordered[:300], ordered[302:-150]])
    revised = ordered[[700, 1500, 310]].with_columns(lat_deg=pl.col("lat_deg") + 0.05)
    moved = ordered[[50]].with_columns(pl.col("start_utc", "end_utc") + pl.duration(days=5))
    now = None
    for batch in (first, last, late, revised, moved):
        now = batch if now is None else pl.concat([now.join(batch, on="observation_id", how="anti"), batch])
        yield batch, now


@pytest.mark.parametrize("most", [SMALL // 4, SMALL, 20_000])
def test_it_is_what_all_at_once_would_be_and_little_is_sampled(made, monkeypatch, most):
    monkeypatch.setattr(blocks, "MOST_ROWS", most)
    model, shelf, done = made[2], InMemory(), []
    for batch, now in steps(made[0]):
        done.append(add(shelf, batch, model))
        same_as_scratch(shelf, now, model)
    assert done[0].blocks_sampled == done[0].blocks_decided == done[0].blocks
    if most < SMALL:
        spots = (1, 1, 3, 2)  # in time, where rows come, are revised, or go
        most = [6 * spot + 2 for spot in spots]  # a row may reach three blocks before and after its own, each of a day
        assert all(0 < each.blocks_sampled <= n < each.blocks for each, n in zip(done[1:], most, strict=True))
