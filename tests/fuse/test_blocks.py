"""Blocks: the answer is the same to the bit for any order of rows, and here, over processes or over a cluster."""

import os
import signal

import numpy as np
import polars as pl
import pytest
from distributed import Client, LocalCluster

from fuse.conftest import world
from fuse.test_fuse import FRAMES, marks
from trucewatch.fuse import FuseSettings, blocks, fuse, learn
from trucewatch.fuse.blocks import Block, Reach, part_of, plan
from trucewatch.fuse.density import levels_of
from trucewatch.fuse.gate import candidates
from trucewatch.fuse.held import Runs, known_rows, run_of
from trucewatch.fuse.lanes import Lanes
from trucewatch.fuse.model import from_table
from trucewatch.fuse.rows import together
from trucewatch.fuse.weights import weights_of
from trucewatch.spread import Dask, Here, Processes

SMALL = 400


@pytest.fixture
def small_blocks(monkeypatch):
    """Cut blocks small, so that a small world has many."""
    monkeypatch.setattr(blocks, "MOST_ROWS", SMALL)


def same(one, other) -> bool:
    return all(getattr(one, name).equals(getattr(other, name)) for name in FRAMES)


@pytest.fixture
def cut(made, small_blocks):
    """Return observations, model, and what is fused with small blocks, in this process alone."""
    return made[0], made[2], fuse(made[0], made[2], spread=Here(1))


@pytest.mark.parametrize("seed", range(3))
def test_blocks_hold_each_row_once_and_are_as_small_as_they_may(seed, small_blocks):
    rng = np.random.default_rng(seed)
    at = np.sort(np.append(rng.integers(0, 10**14, 3000), np.repeat(rng.integers(0, 10**14), 500)))
    bins, rows = np.unique(at >> blocks.SHORTEST, return_counts=True)
    found = plan(bins << blocks.SHORTEST, rows)
    assert [low for _, low, _ in found] == [0, *(high for _, _, high in found[:-1])]
    assert found[-1][2] == len(bins)
    for block, low, high in found:
        assert block.start % (1 << block.length) == 0
        assert block.start <= bins[low] << blocks.SHORTEST <= bins[high - 1] << blocks.SHORTEST < block.end
        assert rows[low:high].sum() <= SMALL or block.length == blocks.SHORTEST
    coarser = {
        Block(b.start >> b.length + 1 << b.length + 1, b.length + 1) for b, _, _ in found if b.length < blocks.LONGEST
    }
    assert all(((at >= b.start) & (at < b.end)).sum() > SMALL for b in coarser)


def test_what_is_around_holds_all_candidates(made, small_blocks):
    model = from_table(made[2])
    held, weights = Runs([run_of(made[0], model)], model), weights_of(model)
    levels, reach = levels_of(model.background, *held.counts), Reach(held.extents, model.time_scale, {})
    near = {n: known_rows(held.frame(n), model, levels) for n in range(len(held.extents))}
    every = together(list(near.values()))
    pairs, low = candidates(every, weights), 0
    assert len(near) > 5
    for which, rows in near.items():
        part = part_of({n: near[n] for n in reach.around(which)}, which, weights, 1, 1, 1)
        high = low + len(rows)
        one_in = ((pairs.one >= low) & (pairs.one < high)) ^ ((pairs.other >= low) & (pairs.other < high))
        ends = np.concatenate([pairs.one[one_in], pairs.other[one_in]])
        outside = every.key[ends[(ends < low) | (ends >= high)]]
        assert np.isin(outside, np.delete(part.rows.key, np.arange(*part.core))).all()
        assert (part.rows.key[slice(*part.core)] == rows.key).all()
        low = high


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_of_rows_and_any_number_of_threads(cut, seed):
    observations, model, fused = cut
    assert same(fuse(observations.sample(fraction=1.0, shuffle=True, seed=seed), model, spread=Here(seed)), fused)


def test_over_processes(cut):
    observations, model, fused = cut
    assert same(fuse(observations, model, spread=Processes(2)), fused)


def test_over_a_cluster_that_loses_a_worker_in_the_middle(cut, tmp_path):
    observations, model, fused = cut
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
    )
    with cluster, Client(cluster, set_as_default=False) as client:
        pids = set(client.run(os.getpid).values())
        assert os.getpid() not in pids
        lost = min(pids)
        assert same(fuse(observations, model, spread=Losing(client, lost)), fused)
        assert lost not in client.run(os.getpid).values()


class Counting(Here):
    """A spread that counts the rows that it is given at a time."""

    def __init__(self):
        super().__init__()
        self.given = []

    def map(self, task, parts):
        def counted():
            for part in parts:
                self.given.append(len(part.rows))
                yield part

        yield from super().map(task, counted())


def test_no_more_is_held_than_hangs_together(monkeypatch):
    """Neither by whoever spreads the work nor by a worker, though all rows can be linked by a chain of others."""
    observations, held, add, spread = world(600, days=120.0)[0], [], Lanes.add, Counting()

    def counted(lanes, rows, values):
        add(lanes, rows, values)
        held.append(lanes.end - lanes.base)

    monkeypatch.setattr(blocks, "MOST_ROWS", 50)
    monkeypatch.setattr(Lanes, "add", counted)
    fused = fuse(observations, learn(observations), spread=spread)
    assert fused.members.height == observations.height > 1400
    assert max(held) < observations.height / 5
    assert max(spread.given) < observations.height / 5


class Losing(Dask):
    """A cluster of which a worker is killed after the second result."""

    def __init__(self, client, pid):
        super().__init__(client)
        self.pid = pid

    def map(self, task, parts):
        for number, result in enumerate(super().map(task, parts)):
            if number == 1:
                os.kill(self.pid, signal.SIGKILL)
            yield result


def test_small_blocks_cost_little(made, cut):
    truth = made[1]
    assert marks(truth, cut[2].members) > marks(truth, made[3].members) - 0.01
    long = fuse(made[0], made[2], settings=FuseSettings(burn_in=50, sweeps=400))
    assert marks(truth, cut[2].members) > marks(truth, long.members) - 0.015


def test_a_row_that_comes_changes_only_what_is_near(made, small_blocks):
    observations, model = made[0], made[2]
    first = observations.sort("start_utc").head(1)["observation_id"].item()
    with_, without = fuse(observations, model), fuse(observations.filter(pl.col("observation_id") != first), model)
    late = observations.sort("start_utc").tail(1000)["observation_id"]
    for table in ("members", "pairs"):
        key = "observation_id" if table == "members" else "observation_a"
        one, other = (
            getattr(each, table).filter(pl.col(key).is_in(late.to_list())).sort(pl.all()) for each in (with_, without)
        )
        assert one.equals(other)


def test_people_change_only_what_they_must(made, small_blocks):
    observations, _, model, _ = made
    fused = fuse(observations, model)
    pair = fused.pairs.sort("probability", "observation_a", "observation_b").row(-1)[:2]
    decisions = pl.DataFrame(
        [(*pair, "different")], schema=["observation_a", "observation_b", "decision"], orient="row"
    )
    told = fuse(observations, model, decisions=decisions)
    others = ~((pl.col("observation_a") == pair[0]) & (pl.col("observation_b") == pair[1]))
    assert told.pairs.equals(fused.pairs.filter(others))
    touched = fused.members.join(told.members, on=["observation_id", "incident_id"], how="anti")
    assert touched["incident_id"].n_unique() <= 3


def test_worlds_of_a_few_rows(small_blocks, made):
    rows = world(5, seed=9)[0]
    assert same(fuse(rows, made[2]), fuse(rows.reverse(), made[2]))
