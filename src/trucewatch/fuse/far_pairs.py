"""Whether errors have heavy tails, and how heavy, from the pairs of rows of two sources, without any partition.

A partition tells little of tails: what lies far out is not in its cluster. The pairs of rows of sources s and t (see `abundance`),
counted in bins of distance d and lag l, both in sigmas of their difference, do tell. For precise sources their number is

    n(d, l) ~ Poisson( u_d |l| + Q_st [ Σ q_s[a, b] q_t[x, y] R(d; σ_ax) N(l; τ_by)
                                        + Σ_k A_k R(d; √(σ² + σ_k²)) N(l; √(τ² + τ_k²)) ] ),                        (6)

with u_d by chance, a level for each ring; Q_st events that both saw, whose errors have scales a, b (place, time) and x, y with the
shares q (see `tails`) and σ_ax² = f_s² a² σ_s² + f_t² x² σ_t², f the factors by which stated errors are wrong; and A_k events that
keep company with each, of widths σ_k, τ_k, which are the same for all sources: the pairs within one source, which are of different
events, have them too, with Q_ss = E p_s² / 2, and tell them from tails. All is found by expectation–maximisation over all pairs of
sources together; what lies beyond the bins is missing data (Dempster, Laird & Rubin 1977). Tails are believed where they gain
`LEAST_GAIN` in log likelihood.
"""

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import scipy.special

from trucewatch.fuse.model import Model
from trucewatch.fuse.rows import Rows
from trucewatch.fuse.tails import SCALES
from trucewatch.place import Floats

EDGES: Final = np.concatenate([np.arange(0, 4, 0.25), np.arange(4, 8, 0.5), np.arange(8, 13, 1.0)])  # sigmas
BEYOND: Final = np.array([16.0, 24.0, 40.0])
WIDTH: Final = np.diff(EDGES)
INSIDE: Final = len(WIDTH)
ALL_EDGES: Final = np.concatenate([EDGES, BEYOND])
SQUARES: Final = ((ALL_EDGES[1:] + ALL_EDGES[:-1]) / 2) ** 2
FAR_BINS: Final = 8  # of lag, by which the levels begin
LEAST_ROWS: Final = 100
MOST_BY_CHANCE: Final = 20.0  # rows in all bins around a row
ROUNDS: Final = 200
STRIDE: Final = 1.8  # of the logarithm of shares: a mixture is found slowly otherwise
PRIOR_PAIRS: Final = 50.0
START: Final = np.array([0.8, 0.15, 0.05])
LEAST_GAIN: Final = 4.0
MOST_WRONG: Final = 2.0  # factors beyond are no errors: events come in bursts that A does not fit
COMPANY_M: Final = np.array([2_000.0, 4_000.0, 8_000.0, 16_000.0])
COMPANY_S: Final = np.array([3_600.0, 14_400.0, 57_600.0])
START_COMPANY: Final = 0.01
LEAST: Final = 1e-6
SETTLED: Final = 1e-3  # what a turn gains in log likelihood, from which on it is the last
KEPT: Final = ("axd", "byl")


@dataclass(frozen=True)
class Counts:
    """Pairs of rows of two sources in bins of distance and lag, (bins, bins)."""

    s: int
    t: int
    counts: Floats
    of_s: tuple[float, float]  # share of the squared error, in place and time, that is that of s
    sigma_m: float  # of the difference
    sigma_s: float
    number: float  # Q, as far as is known


@dataclass(frozen=True)
class Errors:
    """Shares of scales (S, K, K), factors in place and time (S,), and the log likelihood of pairs."""

    shares: Floats
    factors: tuple[Floats, Floats]
    log_likelihood: float = 0.0


def far_errors(rows: Rows, model: Model, unfit: np.ndarray) -> Errors | None:
    """Return how the errors of `rows` are; none where tails do not explain the pairs clearly better than none.

    `unfit`, (S,): sources that are left out, and have no tails. A source of which too few pairs tell has those of all together.
    """
    n = len(rows.source_ids)
    pairs = counts_of_pairs(rows, model, unfit)
    if not any(pair.s != pair.t for pair in pairs):
        return None
    start = np.tile(np.outer(START, START), (n, 1, 1))
    plain, tailed = fitted(pairs, np.ones((n, 1, 1))), fitted(pairs, start)
    factors = np.concatenate([*plain.factors, *tailed.factors])
    sane = factors.max() <= MOST_WRONG and factors.min() >= 1 / MOST_WRONG
    if not sane or tailed.log_likelihood - plain.log_likelihood < LEAST_GAIN:
        return None
    tailed.shares[unfit] = 0.0
    tailed.shares[unfit, 0, 0] = 1.0
    return tailed


def counts_of_pairs(rows: Rows, model: Model, unfit: np.ndarray) -> list[Counts]:
    """Return the counts of each two sources, or one, that are fit and so precise that chance brings few rows into reach."""
    found, number = [], np.bincount(rows.source, minlength=len(rows.source_ids))
    fit = [int(s) for s in np.flatnonzero(~unfit & (number >= LEAST_ROWS))]
    at = [np.flatnonzero(rows.source == s) for s in range(len(number))]
    arrays, most = (rows.east_m, rows.north_m, rows.time_s, rows.variance, rows.sigma_s), EDGES[-1]
    for s, t in ((s, t) for s in fit for t in fit if s <= t):
        (m_s, m_t), (s_s, s_t) = ([float(np.median(of[at[x]])) for x in (s, t)] for of in (rows.sigma_m, rows.sigma_s))
        sigma, tau = float(np.hypot(m_s, m_t)), float(np.hypot(s_s, s_t))
        density = number[t] / len(rows) * float(np.exp(rows.log_density[at[s]]).mean())
        time = rows.time_s[at[s]]
        whole = at[s][(time >= rows.time_s[0] + most * tau) & (time <= rows.time_s[-1] - most * tau)]
        if density * np.pi * (most * sigma) ** 2 * 2 * most * tau > MOST_BY_CHANCE or 2 * len(whole) < len(at[s]):
            continue
        events = model.events * model.detection[s] * model.detection[t] * len(whole) / len(at[s])
        found.append(
            Counts(
                s, t, _counted(whole, at[t], EDGES, s == t, *arrays), ((m_s / sigma) ** 2, (s_s / tau) ** 2), sigma, tau,
                events / 2 if s == t else events,
            )
        )  # fmt: skip
    return found


@numba.njit(cache=True, nogil=True)
def _counted(one, other, edges, same, east, north, time, variance, sigma_s):  # type: ignore[no-untyped-def]
    """Return the pairs in bins of distance and of lag, either way, both in sigmas of their difference."""
    out, most, times = np.zeros((len(edges) - 1, len(edges) - 1)), edges[-1], time[other]
    widest = sigma_s[other].max()
    for i in one:
        reach = most * np.hypot(sigma_s[i], widest)
        for at in range(np.searchsorted(times, time[i] - reach), np.searchsorted(times, time[i] + reach)):
            j = other[at]
            lag = abs(time[j] - time[i]) / np.sqrt(variance[i, 3] + variance[j, 3])
            if lag >= most or (same and j <= i):
                continue
            v_e, v_n = variance[i, 0] + variance[j, 0], variance[i, 1] + variance[j, 1]
            v_en = variance[i, 2] + variance[j, 2]
            e, n = east[j] - east[i], north[j] - north[i]
            square = (v_n * e * e - 2 * v_en * e * n + v_e * n * n) / (v_e * v_n - v_en * v_en)
            if square < most * most:
                d = np.searchsorted(edges, np.sqrt(square), side="right") - 1
                out[d, np.searchsorted(edges, lag, side="right") - 1] += 1
    return out


def fitted(pairs: list[Counts], shares: Floats) -> Errors:
    """Return the errors for which the pairs are likeliest, from `shares` (S, K, K) on; with K = 1 they have no tails."""
    n = len(shares)
    factors = np.ones(n), np.ones(n)
    levels = [pair.counts[:, -FAR_BINS:].sum(axis=1) / WIDTH[-FAR_BINS:].sum() + LEAST for pair in pairs]
    numbers = np.array([pair.number for pair in pairs])
    company, log_likelihood = np.full((len(COMPANY_M), len(COMPANY_S)), START_COMPANY), 0.0
    for _ in range(ROUNDS):
        totals, squares, before, log_likelihood = np.zeros_like(shares), np.zeros((2, 2, n)), log_likelihood, 0.0
        near, known = np.zeros_like(company), numbers.copy()
        for which, pair in enumerate(pairs):
            found = _expected(pair, shares, factors, known[which], company, levels[which])
            log_likelihood += found.log_likelihood
            near += found.company
            levels[which] = found.level
            if pair.s != pair.t:
                numbers[which] = found.scales.sum()
                totals[pair.s] += found.scales.sum(axis=(2, 3))
                totals[pair.t] += found.scales.sum(axis=(0, 1))
                squares[:, :, pair.s] += found.squares[:, :, 0]
                squares[:, :, pair.t] += found.squares[:, :, 1]
        company = near / known.sum()
        new = totals + PRIOR_PAIRS * totals.sum(axis=0) / max(totals.sum(), LEAST)
        shares = shares * (new / new.sum(axis=(1, 2), keepdims=True) / np.maximum(shares, 1e-300)) ** STRIDE
        shares = shares / shares.sum(axis=(1, 2), keepdims=True)
        space, time = (
            np.sqrt((f**2 * total + PRIOR_PAIRS) / (count + PRIOR_PAIRS))
            for f, (total, count) in zip(factors, squares, strict=True)
        )
        factors = space, time
        if abs(log_likelihood - before) < SETTLED:
            break
    return Errors(shares, factors, log_likelihood)


@dataclass(frozen=True)
class _Expected:
    """What of the pairs of two sources is expected to be what.

    `level` (bins,) by chance; `company` of each width; `scales` (K, K, K, K), those of one event by their scales a, b, x, y;
    `squares` (2, 2, 2): in place and in time the sum of the squared errors, in units of those stated, of s and of t, and how many.
    """

    log_likelihood: float
    level: Floats
    company: Floats
    scales: Floats
    squares: Floats


def _expected(
    pair: Counts, shares: Floats, factors: tuple[Floats, Floats], number: float, company: Floats, level: Floats
) -> _Expected:
    """Return the expectations for two sources, or one, given all numbers."""
    far, late = 1 + (COMPANY_M / pair.sigma_m) ** 2, 1 + (COMPANY_S / pair.sigma_s) ** 2
    ring, lag = _rings(far[:, None])[:, 0, :INSIDE], _lags(late[:, None])[:, 0, :INSIDE]
    near = number * company[:, :, None, None] * ring[:, None, :, None] * lag[None, :, None, :]
    chance = np.outer(level, WIDTH)
    whole = chance + near.sum(axis=(0, 1))
    if pair.s == pair.t:
        scales, squares, ratio = np.zeros((1, 1, 1, 1)), np.zeros((2, 2, 2)), pair.counts / whole
    else:
        parts = [_parts(pair, factors, axis, shares.shape[1]) for axis in (0, 1)]
        of_scales = _rings(parts[0][0]), _lags(parts[1][0])
        share = number * shares[pair.s][:, :, None, None] * shares[pair.t][None, None]  # a, b, x, y
        signal = np.einsum("abxy,axd,byl->dl", share, *of_scales, optimize=True)
        whole = whole + signal[:INSIDE, :INSIDE]
        ratio = pair.counts / whole
        every = np.ones_like(signal)
        every[:INSIDE, :INSIDE] = ratio
        scales = share * np.einsum("axd,dl,byl->abxy", of_scales[0], every, of_scales[1], optimize=True)
        by = [
            np.einsum(f"abxy,axd,dl,byl->{kept}", share, of_scales[0], every, of_scales[1], optimize=True)
            for kept in KEPT
        ]
        squares = np.array([_squares(by[axis], *parts[axis], axis) for axis in (0, 1)])
    beyond = number * company * (1 - ring.sum(axis=1)[:, None] * lag.sum(axis=1)[None, :])
    return _Expected(
        float((pair.counts * np.log(whole) - whole).sum()),
        np.maximum((chance * ratio).sum(axis=1) / WIDTH.sum(), LEAST),
        (near * ratio).sum(axis=(2, 3)) + beyond,
        scales,
        squares,
    )


def _parts(pair: Counts, factors: tuple[Floats, Floats], axis: int, scales: int) -> tuple[Floats, Floats, Floats]:
    """Return the variance of a difference in place (axis 0) or time, (K, K), in sigmas, and what of it is of s and of t."""
    of_s = pair.of_s[axis] * (factors[axis][pair.s] * SCALES[:scales, None]) ** 2
    of_t = (1 - pair.of_s[axis]) * (factors[axis][pair.t] * SCALES[None, :scales]) ** 2
    whole = of_s + of_t
    return whole, of_s / whole, of_t / whole


def _squares(pairs: Floats, variance: Floats, of_s: Floats, of_t: Floats, axis: int) -> Floats:
    """Return (2, 2): the sum of the squared errors of s and of t in `pairs` (K, K, bins), in their own units, and how many."""
    count, mean = pairs.sum(axis=2), pairs @ SQUARES / (2 - axis)  # of one axis: place has two
    sums = [float((count * (1 - part) + part * mean / variance).sum()) for part in (of_s, of_t)]
    return np.array([sums, [count.sum()] * 2])


def _rings(variance: Floats) -> Floats:
    """Return how often a distance lies in each bin and beyond, for variances (K, K) of each axis: (K, K, bins)."""
    return np.asarray(-np.diff(np.exp(-0.5 * ALL_EDGES**2 / variance[:, :, None]), axis=2))


def _lags(variance: Floats) -> Floats:
    """Return how often a lag, either way, lies in each bin and beyond: (K, K, bins)."""
    return np.asarray(2 * np.diff(scipy.special.ndtr(ALL_EDGES / np.sqrt(variance[:, :, None])), axis=2))
