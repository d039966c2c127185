"""Clutter that keeps its place: what a source tells again and again from one spot, such as a furnace that burns every night.

Cells of .01° (twice as wide, and again, until three sigmas of the source fit into one), and the days D on which a source reported
anything at all. In cell k it reported on n_k of them, where the cells around let expect m_k: the mean of a cell without what lasts,
in that of eight squares of 3 by 3 cells (around the 3 by 3 in its middle) which told most; so a cell on a front is set against the
front. Cells without a report are not looked at, so both are cut off at zero:

    passing   n_k ~ negative binomial, mean m_k, shape a
    lasting   n_k ~ beta-binomial of D days, Beta(2, 6)

The shape and the shares of lasting cells (beside another such cell, since what burns is wider than a cell, and elsewhere) have the
greatest likelihood, by expectation–maximisation. Nothing lasts where that gains less than `LEAST_GAIN`, and no cell that is
neither told on a twelfth of the days nor beside one that is: a town under attack burns on as many days as that for a while.

What lasts need not be clutter: a town may be shelled every day. That is asked of the other sources (`witnesses`).

A cell is kept where the probability P of lasting clutter is above a half. Its rows, R_k on D days in an area |k|, less those that
pass, lie φ_k = R_k (1 − m_k / n_k) / (D |k|) thick. With ρ_k = R_k m_k / (n_k D |k|) for what passes, clutter has the odds
that follow from P where its intensity is P φ_k ρ_k / (ρ_k + (1 − P) φ_k): `clutter_per_km2_day` of the cell in `source_model`.
Into the eight cells around one that is told on a twelfth of the days falls what errors move there, σ / (√(2π) side) of φ_k to
each side, unless those were asked themselves.

Sources: Robbins 1956 and Efron 2010 (empirical Bayes, two groups); Skellam 1948 (beta-binomial).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy

from trucewatch.fuse.clutter_cells import AROUND, COLUMNS, FINEST, Ints, Told, area_m2, around_sum, cells_of, side_m
from trucewatch.fuse.density import DAY_S, instants
from trucewatch.fuse.witnesses import beta_binomial, no_acts, witnesses
from trucewatch.place import METRES_PER_DEGREE, Floats

WIDEST_LEVEL: Final = 3  # a source that knows places to 3 km or worse tells no spot
SIGMAS: Final = 3.0
LEAST_DAYS: Final = 14
LEAST_ROWS: Final = 50
LEAST_TOLD: Final = 3  # days
MOVED: Final = (2 * np.pi) ** -0.5  # for a cell one sigma wide, the share that an error moves beyond each of its sides
LEAST_GAIN: Final = 20.0
SHAPES: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0)
OFTEN: Final = (2.0, 6.0)  # the Beta of the share of days
LEAST_SHARE: Final = 1 / 12
ROUNDS: Final = 12
LEAST_EXPECTED: Final = 0.05  # days in nine cells


@dataclass(frozen=True)
class Lasting:
    """Cells of one source, .01° · 2^level wide, in order: `name` as `cells_of` makes it, and the log of the rows per m² s."""

    level: int
    name: Ints
    log_rate: Floats


Clutter = Mapping[str, Lasting]  # by source


def clutter_of(observations: pl.DataFrame, of_list: frozenset[str] = frozenset()) -> dict[str, Lasting]:
    """Return where sources keep telling what is no event, from all that they ever told.

    `of_list`: sources that tell places of a list.
    """
    found = {}
    for (source,), rows in sorted(observations.group_by("source_id"), key=lambda each: str(each[0])):
        lasting = _of_source(rows, observations) if rows.height >= LEAST_ROWS and source not in of_list else None
        if lasting is not None:
            found[str(source)] = lasting
    return found


def log_clutter(observations: pl.DataFrame, clutter: Clutter) -> Floats:
    """Return for each row the log of the rows per m² s that its source keeps telling there without an event; -inf for none."""
    out = np.full(observations.height, -np.inf)
    for source, lasting in clutter.items():
        mine = np.flatnonzero((observations["source_id"] == source).to_numpy())
        name = cells_of(observations[mine], lasting.level)
        at = np.minimum(np.searchsorted(lasting.name, name), len(lasting.name) - 1)
        out[mine] = np.where(lasting.name[at] == name, lasting.log_rate[at], -np.inf)
    return out


def _of_source(rows: pl.DataFrame, every: pl.DataFrame) -> Lasting | None:
    """Return the lasting clutter of the source of `rows`, none where nothing lasts; `every`: rows of all sources."""
    sigma = float(np.median(rows["error_major_m"].to_numpy()))
    level = max(0, int(np.ceil(np.log2(max(SIGMAS * sigma * 1e5 / METRES_PER_DEGREE / FINEST, 1e-9)))))
    day = instants(rows) // int(DAY_S * 1e6)
    whole = np.unique(day)
    if level > WIDEST_LEVEL or len(whole) < LEAST_DAYS:
        return None
    cell = cells_of(rows, level)
    name, number = np.unique(cell, return_counts=True)
    both = np.unique(np.searchsorted(name, cell) * (whole[-1] - whole[0] + 1) + day - whole[0])
    of, since = np.divmod(both, whole[-1] - whole[0] + 1)
    days = np.bincount(of, minlength=len(name))
    if days.max() < LEAST_SHARE * len(whole):
        return None
    told = Told(name, days, number, whole, of, since + whole[0])
    chance, expected = _lasting(told)
    often = ((chance > 0.5) & (days >= LEAST_SHARE * len(whole))).astype(np.float64)
    asked = np.flatnonzero((chance > 0.5) & (days >= LEAST_TOLD) & (around_sum(name, often, name) > 0))
    if not len(asked):
        return None
    others = witnesses(every, str(rows["source_id"][0]))
    chance[asked] *= no_acts(told, asked, np.flatnonzero(chance < 0.5), others, level, sigma)
    kept = asked[chance[asked] > 0.5]
    if not len(kept):
        return None
    pass_by = np.minimum(expected / days, 0.5)[kept]
    rate = number[kept] / (len(whole) * DAY_S * area_m2(name[kept], level))
    here = _Rates(name[kept], rate * (1 - pass_by), rate * pass_by, chance[kept])
    beside = _beside(here, often[kept] > 0, name[asked], MOVED * sigma / side_m(level))
    names = np.concatenate([here.name, beside.name])
    order = np.argsort(names)
    return Lasting(level, names[order], np.log(np.concatenate([here.believed, beside.believed]))[order])


@dataclass(frozen=True)
class _Rates:
    """Cells by `name` in order: rows per m² s of lasting clutter, `phi`, and of what passes, `rho`; the former's probability."""

    name: Ints
    phi: Floats
    rho: Floats
    chance: Floats

    @property
    def believed(self) -> Floats:
        """Return the rows per m² s that give lasting clutter its odds."""
        return self.chance * self.phi * self.rho / (self.rho + (1 - self.chance) * self.phi)


def _beside(here: _Rates, often: npt.NDArray[np.bool_], asked: Ints, edge: float) -> _Rates:
    """Return what falls into the cells around those told often, by error: `edge` of a cell to each side. None of those `asked`."""
    parts = []
    for column, line in AROUND:
        share = edge**2 if column and line else edge * (1 - 2 * edge)
        parts.append((here.name[often] + column * COLUMNS + line, share * here.phi[often]))
    names, phi = (np.concatenate(each) for each in zip(*parts, strict=True))
    name, first, of = np.unique(names, return_index=True, return_inverse=True)
    of_core = np.tile(np.flatnonzero(often), len(AROUND))[first]
    told = _Rates(
        name, np.asarray(np.bincount(of, weights=phi), dtype=np.float64), here.rho[of_core], here.chance[of_core]
    )
    free = ~np.isin(name, asked)
    return _Rates(*(getattr(told, each)[free] for each in ("name", "phi", "rho", "chance")))


def _lasting(told: Told) -> tuple[Floats, Floats]:
    """Return the probability that what a cell tells lasts, and the days that are expected of what passes."""
    n, whole = told.days, len(told.whole)
    log_lasting = beta_binomial(n, whole, *OFTEN) - np.log1p(-np.exp(beta_binomial(0, whole, *OFTEN)))
    chance, share, best = np.zeros(len(n)), np.array([0.01, 0.3]), -np.inf
    expected, alone = np.zeros(len(n)), -np.inf
    for turn in range(ROUNDS):
        passes: Floats = n * (1 - chance)
        around = [around_sum(told.name, passes, told.name + 3 * (x * COLUMNS + y)) for x, y in AROUND]
        expected = (np.max(around, axis=0) + LEAST_EXPECTED) / 9
        lasts = (chance > 0.5).astype(np.float64)
        beside = (around_sum(told.name, lasts, told.name) > lasts).astype(np.int64)
        likely = [(float(np.logaddexp(np.log1p(-share[beside]) + at, np.log(share[beside]) + log_lasting).sum()), at)
                  for at in (_passing(n, expected, shape) for shape in SHAPES)]  # fmt: skip
        best, log_passing = max(likely, key=lambda each: each[0])
        if not turn:
            alone = max(float(at.sum()) for _, at in likely)
        chance = scipy.special.expit(np.log(share[beside]) + log_lasting - np.log1p(-share[beside]) - log_passing)
        share = np.array([(chance[beside == k].sum() + 0.5) / ((beside == k).sum() + 1 + k * 9) for k in (0, 1)])
    return (chance if best > alone + LEAST_GAIN else np.zeros(len(n))), expected


def _passing(n: Ints, mean: Floats, shape: float) -> Floats:
    """Return the log probability of n ≥ 1 of a negative binomial."""
    log_none = shape * np.log(shape / (shape + mean))
    log = (
        scipy.special.gammaln(n + shape)
        - scipy.special.gammaln(shape)
        - scipy.special.gammaln(n + 1)
        + log_none
        + n * np.log(mean / (shape + mean))
    )
    return np.asarray(log - np.log(-np.expm1(log_none)))
