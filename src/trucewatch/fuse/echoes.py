"""Echoes: rows that tell again what another row told. A source copies another, or sends one report twice.

An echo is no second witness. Two sources that see one event err apart, so their rows lie σ² = σ_s² + σ_t² from each other; a copy
lies at a jitter from its original, far less than that, and follows it at a delay. For each two sources (and each with itself)
the pairs of their rows are counted in bins of distance and lag, and three kinds of pairs are told apart by their shape:

    n(d, l) ~ Poisson( level_d · |l|  +  Σ_λ Q_λ R(d; λ_d σ) N(l; λ_t τ)  +  A · |d| N(l; τ_c)  +  C R(d; j) N(l − μ; ν) ),

pairs by chance (a level of its own for each ring of distance, flat in lag), pairs of one event (with errors that may be
misstated by any factor from a third to three, in place and time), pairs of events that keep company, and echoes: R is
Rayleigh's distribution.
Echoes are believed where they gain `LEAST_GAIN` in log likelihood, most of them lie in bins that hold more of them than of all
else, and those are `LEAST_SHARE` of the rows. The one that comes later is the copy; where neither does, the one with the wider
errors. Where two sources are rounded alike, to places of a list or to dates, echoes cannot be told.
"""

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import scipy

from trucewatch.fuse.originals import Echo, Echoes, originals
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.place import Floats

RINGS: Final = np.array([0, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1, 1.25, 1.5])  # of σ
LAGS_S: Final = np.array(
    [0, 10, 30, 60, 180, 600, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 172_800, 345_600.0]
)
FACTORS: Final = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)
JITTERS: Final = (1 / 100, 1 / 50, 1 / 25, 1 / 12, 1 / 6)
FINER: Final = (0.6, 0.75, 1.3)
LONGEST_S: Final = 129_600.0
STARTS: Final = ((0.0, 30.0), (600.0, 600.0), (3600.0, 3600.0), (14_400.0, 10_000.0))
COMPANY_S: Final = 10_800.0
DAY_S: Final = 86_400.0
MOST_PAIRS: Final = 100_000
ROUNDS: Final = 60
LEAST_GAIN: Final = 20.0
NEAR_RINGS: Final = (
    6  # up to half of σ: nearly all echoes lie there, and what more lies there than is told without them
)
LEAST_SHARE: Final = 0.03
LEAST_PURE: Final = 0.6
LEAST_ROWS: Final = 50


@dataclass(frozen=True)
class _Told:
    """That one source copies another, by their numbers, and the log likelihood that it gains."""

    copying: int
    copied: int
    echo: Echo
    gain: float


def learn_echoes(rows: Rows, rounded: tuple[Ints, Ints]) -> Echoes:
    """Return who echoes whom. `rounded`: the sources that tell places of a list, and those that tell spans of time.

    The surest is taken first and its echoes are left out, since a copy lies near to all that its original lies near to.
    """
    shares = np.bincount(rows.source, minlength=len(rows.source_ids)) / len(rows)
    kept, found, known = rows, dict[tuple[str, str], Echo](), dict[tuple[int, int], _Told | None]()
    while True:
        counts = np.bincount(kept.source, minlength=len(rows.source_ids))
        many = [int(s) for s in np.flatnonzero(counts >= LEAST_ROWS)]
        for s, t in ((s, t) for s in many for t in many if s <= t):
            if (s, t) not in known:
                alike = any(s in sources and t in sources for sources in rounded)
                known[s, t] = None if alike else _between(kept, s, t)
        told = max((each for each in known.values() if each), key=lambda each: each.gain, default=None)
        if not told:
            return found
        found[rows.source_ids[told.copying], rows.source_ids[told.copied]] = told.echo
        kept = rows.take(originals(rows, found, shares).kept)
        done = (min(told.copying, told.copied), max(told.copying, told.copied))
        known = {pair: of for pair, of in known.items() if told.copying not in pair} | {done: None}


def _between(rows: Rows, s: int, t: int) -> _Told | None:
    """Return which of two sources copies which, and how; none where neither does."""
    one, other = np.flatnonzero(rows.source == s), np.flatnonzero(rows.source == t)
    sigma, tau = (float(np.hypot(np.median(of[one]), np.median(of[other]))) for of in (rows.sigma_m, rows.sigma_s))
    lag = LAGS_S[: np.searchsorted(LAGS_S, max(3 * tau, DAY_S)) + 1]
    density = (
        np.exp(rows.log_density[one]).mean() * len(other) / len(rows) * np.pi * (RINGS[-1] * sigma) ** 2 * 2 * lag[-1]
    )
    step = max(1, int(np.ceil(density * len(one) / MOST_PAIRS)))
    lags = np.concatenate([-lag[:0:-1], lag])
    counts = counted(rows.east_m, rows.north_m, rows.time_s, one[::step], other, RINGS * sigma, lags, s == t)
    least = LEAST_SHARE * min(len(one), len(other)) / step
    fitted = _fitted(counts, sigma, tau, lags, least)
    if fitted is None or fitted[0] < least:
        return None
    pairs, jitter, delay, spread, gain = fitted
    later = abs(delay) > spread / 4
    wider = np.median(rows.sigma_m[one]) > np.median(rows.sigma_m[other])
    reverse = s != t and (delay < 0 if later else bool(wider))
    copying, copied = (s, t) if reverse else (t, s)
    share = pairs * step / int((rows.source == copying).sum())
    return _Told(copying, copied, Echo(min(share, 1.0), jitter, -delay if reverse else delay, spread), gain)


@numba.njit(cache=True, nogil=True)
def counted(east, north, time, one, other, rings, lags, same):  # type: ignore[no-untyped-def]
    """Return the pairs of rows in bins of distance and lag, other after one; of one source with itself each pair once."""
    out = np.zeros((len(rings) - 1, len(lags) - 1))
    times, easts, norths = time[other], east[other], north[other]
    reach = rings[-1] ** 2 * 1.000001
    for i in one:
        first, last = np.searchsorted(times, time[i] + lags[0]), np.searchsorted(times, time[i] + lags[-1])
        for at in range(first, last):
            square = (easts[at] - east[i]) ** 2 + (norths[at] - north[i]) ** 2
            if square > reach or (same and other[at] <= i):
                continue
            d = np.sqrt(square)
            if d < rings[-1]:
                ring = np.searchsorted(rings, d, side="right") - 1
                out[ring, np.searchsorted(lags, times[at] - time[i], side="right") - 1] += 1
    return out


def _fitted(
    counts: Floats, sigma: float, tau: float, lags: Floats, least: float
) -> tuple[float, float, float, float, float] | None:
    """Return number, jitter, delay, spread and gain of the echoes among binned pairs; none where they hardly explain more."""
    if counts[:, : len(lags) // 2].sum() == 0:  # of one source with itself only lags from zero on are counted
        counts, lags = counts[:, len(lags) // 2 :], lags[len(lags) // 2 :]
    area, width = np.diff(RINGS**2), np.diff(lags)
    of_event = [np.outer(_ring(f), share_of_lags(lags, 0.0, g * tau)) for f in FACTORS for g in FACTORS]
    company = np.outer(area / area.sum(), share_of_lags(lags, 0.0, float(np.hypot(tau, COMPANY_S))))
    fixed = np.array([*of_event, company])
    fixed /= fixed.sum(axis=(1, 2), keepdims=True)
    level, masses, alone = _maximised(counts, width, fixed)
    more = counts - np.outer(level, width) - np.tensordot(masses, fixed, 1)
    if np.maximum(more[:NEAR_RINGS], 0).sum() < least:
        return None
    known, best, most = (level, masses, fixed), (0.0, 0.0, 0.0, 0.0), alone + LEAST_GAIN
    signs = (1, -1) if lags[0] < 0 else (1,)
    tried = [(f, sign * delay, spread) for f in JITTERS for delay, spread in STARTS for sign in signs]
    for trial in (0, 1):
        for factor, delay, spread in tried:
            likely, told = _with_echoes(counts, width, known, factor, delay, spread, lags)
            if likely > most and told[0] > 0 and max(abs(told[1]), told[2]) < LONGEST_S:
                best, most = (told[0], factor * sigma, *told[1:]), likely
        if not best[0]:
            return None
        tried = [(best[1] / sigma * by, *best[2:]) for by in FINER] if not trial else []
    return (*best, most - alone)


def _ring(factor: float) -> Floats:
    """Return the share of Rayleigh's distribution of scale `factor` (σ is 1) in each ring."""
    return -np.diff(np.exp(-0.5 * (RINGS / factor) ** 2))


def share_of_lags(lags: Floats, middle: float, sigma: float) -> Floats:
    """Return the share of a Gaussian in each bin of lag."""
    return np.diff(scipy.special.ndtr((lags - middle) / max(sigma, 1.0)))


def _maximised(counts: Floats, width: Floats, fixed: Floats) -> tuple[Floats, Floats, float]:
    """Return levels, masses and log likelihood without echoes, by expectation–maximisation."""
    masses = np.full(len(fixed), counts.sum() / len(fixed) / 10)
    level = np.maximum(counts.sum(axis=1), 0.5) / width.sum()
    rate = counts
    for _ in range(ROUNDS):
        rate = np.maximum(np.outer(level, width) + np.tensordot(masses, fixed, 1), 1e-12)
        ratio = counts / rate
        level = np.maximum((np.outer(level, width) * ratio).sum(axis=1), 1e-9) / width.sum()
        masses = masses * np.tensordot(fixed, ratio, 2)
    return level, masses, float((counts * np.log(rate) - rate).sum())


def _with_echoes(
    counts: Floats,
    width: Floats,
    known: tuple[Floats, Floats, Floats],
    factor: float,
    delay: float,
    spread: float,
    lags: Floats,
) -> tuple[float, tuple[float, float, float]]:
    """Return log likelihood, and number, delay and spread of echoes whose jitter is `factor` of σ."""
    level, masses, fixed = known
    number, middles = 0.05 * counts.sum(), (lags[1:] + lags[:-1]) / 2
    ring, rate, share = _ring(factor), counts, counts
    for _ in range(ROUNDS):
        of_echo = np.outer(ring, share_of_lags(lags, delay, spread))
        rate = np.maximum(np.outer(level, width) + np.tensordot(masses, fixed, 1) + number * of_echo, 1e-12)
        ratio = counts / rate
        level = np.maximum((np.outer(level, width) * ratio).sum(axis=1), 1e-9) / width.sum()
        masses = masses * np.tensordot(fixed, ratio, 2)
        share = number * of_echo * ratio
        number = float(share.sum())
        if number < 1:
            break
        by_lag = share.sum(axis=0) / number
        delay = float(by_lag @ middles)
        spread = float(np.sqrt(max(by_lag @ (middles - delay) ** 2, 5.0**2)))
    pure = float(share[share > 0.5 * counts].sum())
    return float((counts * np.log(rate) - rate).sum()), (number if pure > LEAST_PURE * number else 0.0, delay, spread)
