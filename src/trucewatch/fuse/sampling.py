"""Run the sweeps: candidates, chains, averages."""

from dataclasses import dataclass

import numpy as np

from trucewatch.fuse import kernels
from trucewatch.fuse.model import Model
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.place import Floats

Known = tuple[float, Floats, Floats, Floats, Floats]


@dataclass(frozen=True)
class Candidates:
    """Pairs that may be one event, i < j in canonical order, with their log odds on their own."""

    pairs: Ints  # (m, 2)
    log_odds: Floats  # (m,)


@dataclass(frozen=True)
class Averages:
    """What the kept sweeps say: `pair` (m,) probability of each candidate pair, `real` (n,) of each row, and the last state."""

    pair: Floats
    real: Floats
    cluster: Ints


class Engine:
    """The model and the rows, laid out for the kernels."""

    def __init__(self, rows: Rows, model: Model) -> None:
        self.rows, self.model = rows, model
        p = np.clip(model.detection, 1e-4, 1 - 1e-4)
        repeat = np.clip(model.repeat, 0, 0.95)
        self.known: Known = (
            float(np.log(model.events) + np.log1p(-p).sum()),
            np.log(p) - np.log1p(-p) + np.log1p(-repeat),
            np.log(np.maximum(repeat, 1e-12)),
            model.act_share,
            model.confusion,
        )
        self.xyt = np.column_stack([rows.east_m, rows.north_m, rows.time_s])
        self.arrays = (
            self.xyt, rows.precision, rows.log_norm, rows.sigma_m, rows.source, rows.act, rows.log_density, self.known,
        )  # fmt: skip
        self.repeats = model.repeat > 0
        seen = rows.source
        acts = np.einsum("a,sao->so", model.act_share, model.confusion)[seen, rows.act]
        event = self.known[0] + self.known[1][seen] + rows.log_density + np.log(np.maximum(acts, 1e-300))
        clutter = np.log(np.maximum(model.clutter * model.counts, 1e-6))[seen] + rows.log_density
        clutter = clutter + np.log(np.maximum(model.observed_share[seen, rows.act], 1e-300))
        self.alone = np.logaddexp(event, clutter)
        self.event_share = np.exp(event - self.alone)

    def candidates(self) -> Candidates:
        """Return the pairs whose own log odds are not hopeless."""
        found = [np.empty((0, 2), dtype=np.int64)]
        odds = [np.empty(0)]
        classes = self._classes()
        for x, (source_a, a_rows) in enumerate(classes):
            for source_b, b_rows in classes[x:]:
                same = a_rows is b_rows
                if source_a == source_b and not self.repeats[source_a]:
                    continue
                pairs = self._pairs_within(a_rows, b_rows, same)
                log_odds = kernels.pair_log_odds(pairs, self.alone, *self.arrays)
                kept = log_odds > kernels.LEAST_LOG_ODDS
                found.append(np.sort(pairs[kept], axis=1))
                odds.append(log_odds[kept])
        pairs, log_odds = np.concatenate(found), np.concatenate(odds)
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        return Candidates(pairs[order], log_odds[order])

    def run(self, candidates: Candidates, *, seed: int, burn_in: int, sweeps: int) -> Averages:
        """Do `burn_in` + `sweeps` sweeps from all alone, and average the conditionals of the latter."""
        n = len(self.rows.source)
        start, to, edge_of = _neighbours(candidates.pairs, candidates.log_odds, n)
        cluster, head = np.arange(n), np.arange(n)
        follow, score = np.full(n, -1), np.zeros(n)
        pair_sum, real_sum = np.zeros(len(to)), np.zeros(n)
        for number in range(burn_in + sweeps):
            kernels.sweep(
                number, seed, number >= burn_in, start, to, self.alone, self.event_share, self.repeats,
                cluster, head, follow, score, pair_sum, real_sum, *self.arrays,
            )  # fmt: skip
        pair = np.zeros(len(candidates.pairs))
        np.add.at(pair, edge_of, pair_sum / (2 * sweeps))
        return Averages(np.clip(pair, 0, 1), np.clip(real_sum / sweeps, 0, 1), cluster)

    def _classes(self) -> list[tuple[int, Ints]]:
        """Return rows of one source and like errors together, so that one wide error does not widen all searches."""
        rows = self.rows
        label = np.column_stack(
            [rows.source, np.floor(np.log2(rows.sigma_m) / 2), np.floor(np.log2(rows.sigma_s) / 2)]
        ).astype(np.int64)
        kinds, of = np.unique(label, axis=0, return_inverse=True)
        return [(int(kind[0]), np.flatnonzero(of.ravel() == k)) for k, kind in enumerate(kinds)]

    def _pairs_within(self, a_rows: Ints, b_rows: Ints, same: bool) -> Ints:
        """Return the pairs of two classes within the gate."""
        rows = self.rows
        room = 4 * (len(a_rows) + len(b_rows)) + 64
        while True:
            out = np.empty((room, 2), dtype=np.int64)
            count = kernels.pairs_within(
                a_rows, b_rows, same, rows.time_s, rows.sigma_s, rows.sigma_m, self.xyt, out
            )  # fmt: skip
            if count <= room:
                return out[:count]
            room = count


def _neighbours(pairs: Ints, log_odds: Floats, n: int) -> tuple[Ints, Ints, Ints]:
    """Return (start, to, pair) of each row's candidates, both ways, the likeliest first."""
    one = np.concatenate([pairs[:, 0], pairs[:, 1]])
    other = np.concatenate([pairs[:, 1], pairs[:, 0]])
    number = np.tile(np.arange(len(pairs)), 2)
    order = np.lexsort((other, -log_odds[number], one))
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(one, minlength=n), out=start[1:])
    return start, other[order], number[order]
