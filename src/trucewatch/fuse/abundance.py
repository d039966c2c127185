"""How many events there are, from the pairs of rows of two precise sources, without any partition.

Where events are dense, what sweeps say of detection, clutter and number of events lies on a ridge: with fewer events more rows
are taken for clutter, fewer are linked, and the next turn finds fewer events still. Pairs of two sources do not know that ridge.
Of E events, sources s and t see E p_s p_t both, and those rows lie within σ² = σ_s² + σ_t² and τ² = τ_s² + τ_t² of each other;
events that keep company add A pairs for each, farther apart. In bins of distance and lag their number is

    n(d, l) ~ Poisson( level_d · |l| + Q_st [ R(d; σ) N(l; τ) + A R(d; √(σ² + σ_f²)) N(l; √(τ² + τ_f²)) ] ),    Q_st = E p_s p_t,

with a level of its own for each ring of distance, and Q_st by expectation–maximisation (the second-order moment of a point process;
Diggle 2013, chapter 6). E is Σ Q / Σ p_s p_t over the pairs of sources that are `COMPACT`: so precise that chance brings less
than half a row into the reach of a row. Broad sources say nothing of it: there the level would have to be known too well.
"""

from typing import Final

import numpy as np

from trucewatch.fuse.company import Company
from trucewatch.fuse.echoes import counted, share_of_lags
from trucewatch.fuse.rows import Rows
from trucewatch.fuse.tails import NO_TAILS, scales_of_two
from trucewatch.place import Floats

COMPACT: Final = 0.5
RINGS: Final = np.linspace(0, 3, 13)
LAGS: Final = np.linspace(-4, 4, 33)
ROUNDS: Final = 200
LEAST_PAIRS: Final = 200.0  # below, chance tells the number of events to no better than a tenth


def events_from_pairs(
    rows: Rows, company: Company, detection: Floats, unfit: np.ndarray, tails: Floats = NO_TAILS
) -> float | None:
    """Return E, or none where precise sources share too little. `detection`, (S,); `unfit`: sources that are left out,
    since they repeat events or round places or times. `tails`: shares of wider errors."""
    n_sources, pairs, expected = len(rows.source_ids), 0.0, 0.0
    for s in range(n_sources):
        for t in range(s + 1, n_sources):
            if not (unfit[s] or unfit[t]):
                pairs_ = _of_events(rows, company, s, t, tails)
                pairs += pairs_
                expected += detection[s] * detection[t] if pairs_ else 0.0
    return pairs / expected if pairs >= LEAST_PAIRS else None


def _of_events(rows: Rows, company: Company, s: int, t: int, tails: Floats) -> float:
    """Return the number of events that two sources both saw; 0 where they are not compact."""
    one, other = np.flatnonzero(rows.source == s), np.flatnonzero(rows.source == t)
    if not len(one) or not len(other):
        return 0.0
    sigma, tau = (float(np.hypot(np.median(of[one]), np.median(of[other]))) for of in (rows.sigma_m, rows.sigma_s))
    by_chance = (
        len(other) / len(rows) * float(np.exp(rows.log_density[one]).mean()) * (2 * np.pi) ** 1.5 * sigma**2 * tau
    )
    lags = LAGS * (float(np.hypot(tau, company.sigma_s)) if company.events else tau)
    at = rows.time_s[one]
    whole = one[(at >= rows.time_s[0] + lags[-1]) & (at <= rows.time_s[-1] - lags[-1])]
    if by_chance > COMPACT or 2 * len(whole) < len(one):
        return 0.0
    counts = counted(rows.east_m, rows.north_m, rows.time_s, whole, other, RINGS * sigma, lags, False)
    apart = [[float(np.median(of[which])) for which in (one, other)] for of in (rows.sigma_m, rows.sigma_s)]
    shape = np.zeros((len(RINGS) - 1, len(lags) - 1))
    for share, a, b in scales_of_two(tails, s, t):
        for number, more_m, more_s in ((1.0, 0.0, 0.0), (company.events, company.sigma_m, company.sigma_s)):
            if number:
                far, late = (
                    float(np.hypot(np.hypot(by[0] * own[0], by[1] * own[1]), more))
                    for by, own, more in ((a, apart[0], more_m), (b, apart[1], more_s))
                )
                ring = -np.diff(np.exp(-0.5 * (RINGS / (far / sigma)) ** 2))
                shape += share * number * np.outer(ring, share_of_lags(lags, 0.0, late))
    width = np.diff(lags) / (lags[-1] - lags[0])
    level, number = counts.sum(axis=1), 0.2 * counts.sum()
    for _ in range(ROUNDS):
        ratio = counts / np.maximum(np.outer(level, width) + number * shape, 1e-12)
        level = np.maximum((np.outer(level, width) * ratio).sum(axis=1), 1e-9)
        number *= float((shape * ratio).sum() / shape.sum())
    return float(number * len(one) / len(whole))
