"""Events keep company: one is followed by others nearby. How many, how near and how soon, learned without labels.

A source reports an event once, so two rows of one source are two events (or clutter), however near they are. If events came
independently, pairs of its rows at separation (d, t) would be as frequent as its density says; that they are more frequent
tells how many further events one event has around it. The excess is taken as Gaussian in space and time,

    ratio(i, j) = 1 + (1 − c_i)(1 − c_j) · A · N(d; σ_i² + σ_j² + σ_f²) · N(t; τ_i² + τ_j² + τ_f²) / (E g),

(the pair correlation of a cluster process, Diggle 2013, chapter 6), and A, σ_f, τ_f have the greatest Poisson likelihood of the
pairs within a window. For two rows of different sources the same ratio says how much likelier it is than the density alone
tells that two *different* events lie so near each other.
"""

from dataclasses import dataclass
from math import erf
from typing import Final

import numba
import numpy as np

from trucewatch.fuse.rows import Ints, Rows
from trucewatch.place import Floats

WINDOW_M: Final = 20_000.0
WINDOW_S: Final = 86_400.0
SCALES_M: Final = (1_000.0, 2_000.0, 4_000.0, 8_000.0)
SCALES_S: Final = (3_600.0, 7_200.0, 14_400.0, 28_800.0)
MOST_PAIRS: Final = 400_000
RINGS: Final = 5
NEIGHBOURS: Final = 50
ROUNDS: Final = 30
LEAST_GAIN: Final = 6.0  # log likelihood that three further numbers must gain: about one in 150 by chance


@dataclass(frozen=True)
class Company:
    """Around one event there are `events` further ones, with standard deviations `sigma_m` (each axis) and `sigma_s`."""

    events: float = 0.0
    sigma_m: float = SCALES_M[0]
    sigma_s: float = SCALES_S[0]


def company_terms(company: Company, events: float) -> Floats:
    """Return what the kernels need: A / (E (2π)^(3/2)), σ_f², τ_f². `events` is E for each row."""
    return np.array([company.events / (events * (2 * np.pi) ** 1.5), company.sigma_m**2, company.sigma_s**2])


def learn_company(rows: Rows, clutter: Floats, events: float, repeats: np.ndarray) -> Company:
    """Return the company that explains the pairs within each source best; none where it hardly explains more."""
    counts = np.bincount(rows.source, minlength=len(rows.source_ids))
    log_density = _log_density(rows)
    found = []
    for s in np.flatnonzero(~repeats & (counts >= 50)):
        mine = np.flatnonzero(rows.source == s)
        if np.median(rows.sigma_m[mine]) <= WINDOW_M / 2 and np.median(rows.sigma_s[mine]) <= WINDOW_S / 2:
            found.append(_pairs_of(rows, log_density, mine, float(1 - clutter[s]), events))
    found = [each for each in found if len(each[0])]
    if not found:
        return Company()
    best, most = Company(), LEAST_GAIN
    for sigma_m in SCALES_M:
        for sigma_s in SCALES_S:
            n, gain = _fit(found, sigma_m, sigma_s)
            if gain > most:
                best, most = Company(n, sigma_m, sigma_s), gain
    widest = best.sigma_m == SCALES_M[-1] or best.sigma_s == SCALES_S[-1]
    return Company() if widest else best  # what is as wide as the window is uneven density, not company


Found = tuple[Floats, Floats, float, float, float, float, float]


def _pairs_of(rows: Rows, log_density: Floats, mine: Ints, real: float, events: float) -> Found:
    """Return of one source: squared distances and lags of its pairs, log excess per unit, expected number, and errors."""
    volume = np.pi * WINDOW_M**2 * 2 * WINDOW_S
    expected = len(mine) * np.exp(log_density[mine]) * volume
    at = rows.time_s[
        mine
    ]  # the window of each row taken lies within the rows' own span, or short lags look more frequent
    from_rows = np.flatnonzero((at >= rows.time_s.min() + WINDOW_S) & (at <= rows.time_s.max() - WINDOW_S))
    from_rows = from_rows[:: max(1, int(np.ceil(expected[from_rows].sum() / MOST_PAIRS)))]
    pairs = _near(rows.east_m[mine], rows.north_m[mine], rows.time_s[mine], from_rows)
    i, j = mine[pairs[:, 0]], mine[pairs[:, 1]]
    d2 = (rows.east_m[i] - rows.east_m[j]) ** 2 + (rows.north_m[i] - rows.north_m[j]) ** 2
    t2 = (rows.time_s[i] - rows.time_s[j]) ** 2
    sigma, tau = float(np.median(rows.sigma_m[mine])), float(np.median(rows.sigma_s[mine]))
    per_pair = real * real / (events * np.exp(log_density[j]))
    mass = float(expected[from_rows].sum())
    per_event = real * real * len(mine) / events * len(from_rows)
    return d2, t2, per_pair, mass, per_event, sigma, tau


def _log_density(rows: Rows) -> Floats:
    """Return the log share of all rows per m² s at each row; finer than the map, for what is asked here is how they lie together.

    In space: 50 neighbours over their disc, or all within one sigma where that is wider. In time: rows of the day, smoothed
    over its neighbours. The row itself is left out of both.
    """
    from scipy.spatial import cKDTree  # a fifth of a second, and only learning needs it

    n = len(rows)
    k = min(NEIGHBOURS, n - 1)
    if k < 1:
        return np.full(n, -np.log(1e10 * 86_400.0))
    xy = np.column_stack([rows.east_m, rows.north_m])
    tree = cKDTree(xy)
    reach = np.asarray(tree.query(xy, k + 1)[0])[:, -1]
    radius = np.maximum(np.maximum(reach, rows.sigma_m), 100.0)
    inside = np.full(n, float(k))
    wide = np.flatnonzero(rows.sigma_m > reach)
    if len(wide):
        inside[wide] = tree.query_ball_point(xy[wide], radius[wide], return_length=True) - 1
    space = np.maximum(inside, 1.0) / (np.pi * radius**2 * n)
    day = ((rows.time_s - rows.time_s[0]) // 86_400).astype(np.int64)
    counts = np.bincount(day, minlength=int(day[-1]) + 1).astype(np.float64)
    smooth = np.convolve(np.pad(counts, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    share = (smooth[day] + 0.5) / (smooth.sum() + 0.5 * len(counts))
    return np.asarray(np.log(space) + np.log(share / 86_400))


def _fit(found: list[Found], sigma_m: float, sigma_s: float) -> tuple[float, float]:
    """Return A and the log likelihood that it gains, by expectation–maximisation.

    What is nearer in space at all times, as along a front, is no company: each source has a level of its own in each ring.
    """
    ratio, of, whole, masses = [], [], 0.0, []
    area = np.diff(np.linspace(0, 1, RINGS + 1) ** 2)
    for k, (d2, t2, per_pair, mass, per_event, sigma, tau) in enumerate(found):
        v, w = 2 * sigma**2 + sigma_m**2, 2 * tau**2 + sigma_s**2
        density = np.exp(-d2 / (2 * v) - t2 / (2 * w)) / (2 * np.pi * v) / np.sqrt(2 * np.pi * w)
        ratio.append(per_pair * density)
        of.append(k * RINGS + np.minimum((np.sqrt(d2) * RINGS / WINDOW_M).astype(np.int64), RINGS - 1))
        whole += per_event * (1 - np.exp(-(WINDOW_M**2) / (2 * v))) * erf(WINDOW_S / np.sqrt(2 * w))
        masses.append(mass * area)
    r, ring, mass_ = np.concatenate(ratio), np.concatenate(of), np.concatenate(masses)
    n, level = 0.3, np.maximum(np.bincount(ring, minlength=len(mass_)), 0.5) / mass_
    alone = float(np.log(level[ring]).sum() - len(r))
    for _ in range(ROUNDS):
        share = n * r / (level[ring] + n * r)
        n = float(share.sum()) / whole
        level = np.maximum(np.bincount(ring, weights=1 - share, minlength=len(mass_)), 0.5) / mass_
    return n, float(np.log(level[ring] + n * r).sum() - (level * mass_).sum() - n * whole) - alone


@numba.njit(cache=True)
def _near(east, north, time, from_rows):  # type: ignore[no-untyped-def]
    """Return ordered pairs (i of `from_rows`, j) of rows in order of time within the window."""
    out = np.empty((1024, 2), dtype=np.int64)
    count = 0
    for i in from_rows:
        low = np.searchsorted(time, time[i] - WINDOW_S)
        for j in range(low, len(time)):
            if time[j] > time[i] + WINDOW_S:
                break
            if j == i or (east[j] - east[i]) ** 2 + (north[j] - north[i]) ** 2 > WINDOW_M**2:
                continue
            if count == len(out):
                grown = np.empty((2 * count, 2), dtype=np.int64)
                grown[:count] = out
                out = grown
            out[count, 0], out[count, 1] = i, j
            count += 1
    return out[:count]
