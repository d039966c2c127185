"""Run the sweeps: candidates, chains, averages."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from trucewatch.fuse import kernels
from trucewatch.fuse.company import company_terms
from trucewatch.fuse.model import Model
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.place import Floats

DRAWS: Final = 20
Known = tuple[float, Floats, Floats, Floats, Floats, Floats, Floats]


@dataclass(frozen=True)
class Candidates:
    """Pairs that may be one event, i < j in canonical order, with their log odds on their own."""

    pairs: Ints  # (m, 2)
    log_odds: Floats  # (m,)


@dataclass(frozen=True)
class Averages:
    """What the kept sweeps say: `pair` (m,) probability of each candidate pair, `real` (n,) of each row, the last state, and
    at most `DRAWS` states evenly spread over them, (d, n).
    """

    pair: Floats
    real: Floats
    cluster: Ints
    draws: Ints


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
            company_terms(model.company, model.events),
            1 - model.clutter,
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

    def candidates(self, gated: Ints) -> Candidates:
        """Return those of the pairs within the gate whose own log odds are not hopeless, in order."""
        log_odds = kernels.pair_log_odds(gated, self.alone, *self.arrays)
        kept = np.flatnonzero(log_odds > kernels.LEAST_LOG_ODDS)
        kept = kept[np.lexsort((gated[kept, 1], gated[kept, 0]))]
        return Candidates(gated[kept], log_odds[kept])

    def run(
        self, candidates: Candidates, *, seed: int, burn_in: int, sweeps: int, cluster: Ints | None = None
    ) -> Averages:
        """Do `burn_in` + `sweeps` sweeps from a partition `cluster`, (n,), or all alone; average the latter's conditionals."""
        n = len(self.rows.source)
        start, to, edge_of = _neighbours(candidates.pairs, candidates.log_odds, n)
        cluster = np.arange(n) if cluster is None else cluster.copy()
        head, follow, score = np.full(n, -1), np.full(n, -1), np.zeros(n)
        kernels.lay_out(cluster, head, follow, score, self.alone, *self.arrays)
        pair_sum, real_sum, draws = np.zeros(len(to)), np.zeros(n), []
        for number in range(burn_in + sweeps):
            kernels.sweep(
                number, seed, number >= burn_in, start, to, self.alone, self.event_share, self.repeats,
                cluster, head, follow, score, pair_sum, real_sum, *self.arrays,
            )  # fmt: skip
            kept = number - burn_in
            if kept >= 0 and kept * DRAWS // sweeps < (kept + 1) * DRAWS // sweeps:
                draws.append(cluster.astype(np.int32))
        pair = np.zeros(len(candidates.pairs))
        np.add.at(pair, edge_of, pair_sum / (2 * sweeps))
        return Averages(np.clip(pair, 0, 1), np.clip(real_sum / sweeps, 0, 1), cluster, np.array(draws))


def _neighbours(pairs: Ints, log_odds: Floats, n: int) -> tuple[Ints, Ints, Ints]:
    """Return (start, to, pair) of each row's candidates, both ways, the likeliest first."""
    one = np.concatenate([pairs[:, 0], pairs[:, 1]])
    other = np.concatenate([pairs[:, 1], pairs[:, 0]])
    number = np.tile(np.arange(len(pairs)), 2)
    order = np.lexsort((other, -log_odds[number], one))
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(one, minlength=n), out=start[1:])
    return start, other[order], number[order]
