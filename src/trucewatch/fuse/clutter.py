"""Clutter that keeps its place: what a source tells again and again from one spot, such as a furnace that burns every night.

Cells of .01° (twice as wide, and again, until three sigmas of the source fit into one), and the days D on which a source reported
anything at all. In cell k it reported on n_k of them, where the cells around let expect m_k: the mean of a cell without what lasts,
in that of eight squares of 3 by 3 cells (around the 3 by 3 in its middle) which told most; so a cell on a front is set against the
front. Cells without a report are not looked at, so both are cut off at zero:

    passing   n_k ~ negative binomial, mean m_k, shape a
    lasting   n_k ~ beta-binomial of D days, Beta(2, 6)                                                                      (1)

The shape and the shares of lasting cells (beside another such cell, since what burns is wider than a cell, and elsewhere) have the
greatest likelihood, by expectation–maximisation. Nothing lasts where that gains less than `LEAST_GAIN`, and no cell that is
neither told on a twelfth of the days nor beside one that is: a town under attack burns on as many days as that for a while.

What lasts need not be clutter: a town may be shelled every day. That is asked of the other sources. A day is one of company where
another source tells something as near as both their errors let expect (two sigmas). Of n_k days with a report x have company, of
the D − n_k others y. Where this source tells something that passes, days are of company at a rate e, those of its reports at a
rate c; where others tell something, days are of company at a rate f. Then

    clutter   x + y ~ a third beta-binomial(D; 20 e, 20 (1 − e)), a third likewise with f, a third binomial with any rate below the
              greater of e and f: others tell there, whether it burns or not, what they tell around any place, or less
    acts      x ~ half beta-binomial(n_k; ½, ½), half beta-binomial(n_k; ½, ½ (1 − c) / c), y likewise with e               (2)

and, before others are asked, `CLUTTER` of what lasts is clutter: acts that are told at one spot of a kilometre on a third of all
days, year in, year out, by one source alone, are rarer than furnaces. The first half of (2) keeps a place where others report far
more than elsewhere, whatever that is: it is not called clutter. A source that tells places of a list is not asked, for those recur.
A fire bears out no other fire (decision 0003): a second satellite sees the same furnaces.

A cell is kept where the probability P of lasting clutter is above a half. Its rows, R_k on D days in an area |k|, less those
that pass, lie φ_k = R_k (1 − m_k / n_k) / (D |k|) thick. With ρ_k = R_k m_k / (n_k D |k|) for what passes, clutter has the odds
that follow from P where its intensity is P φ_k ρ_k / (ρ_k + (1 − P) φ_k): `clutter_per_km2_day` of the cell in `source_model`.

Sources: Robbins 1956 and Efron 2010 (empirical Bayes, two groups); Skellam 1948 (beta-binomial).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import betainc, betaln, expit, gammaln, logsumexp

from trucewatch.fuse.density import DAY_S, instants, mixed
from trucewatch.place import METRES_PER_DEGREE, Floats

Ints = npt.NDArray[np.int64]
FINEST: Final = 1_000  # the side of a cell in units of 1e-5 degrees
WIDEST_LEVEL: Final = 3  # a source that knows places to 3 km or worse tells no spot
WIDEST_M: Final = 10_000.0  # and to worse than this no company
SIGMAS: Final = 3.0
LEAST_DAYS: Final = 14
LEAST_ROWS: Final = 50
LEAST_TOLD: Final = 3  # days
LEAST_GAIN: Final = 20.0
SHAPES: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0)
FIRE: Final = "fire"
OFTEN: Final = (2.0, 6.0)  # the Beta of the share of days
LEAST_SHARE: Final = 1 / 12
ROUNDS: Final = 12
LEAST_EXPECTED: Final = 0.05  # days in nine cells
CLUTTER: Final = 0.9
PLACES_ASKED: Final = 300
REACH: Final = 2.0  # sigmas
LIKE_ELSEWHERE: Final = 20.0
COLUMNS: Final = 1 << 32
AROUND: Final = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y)


@dataclass(frozen=True)
class Lasting:
    """Cells of one source, .01° · 2^level wide, in order: `name` as `_cells` makes it, and the log of the rows per m² s."""

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
        name = _cells(observations[mine], lasting.level)
        at = np.minimum(np.searchsorted(lasting.name, name), len(lasting.name) - 1)
        out[mine] = np.where(lasting.name[at] == name, lasting.log_rate[at], -np.inf)
    return out


def _cells(observations: pl.DataFrame, level: int) -> Ints:
    """Return the cell of each row: column · `COLUMNS` + line."""
    x, y = ((observations[name].to_numpy() * 1e5).round().astype(np.int64) for name in ("lon_deg", "lat_deg"))
    side = FINEST << level
    return np.asarray((x + 18_000_000) // side * COLUMNS + (y + 9_000_000) // side)


@dataclass(frozen=True)
class _Told:
    """What one source told in cells, by `name` in order: `days` (of `whole`) and `rows`; each cell and day once: `of`, `day`."""

    name: Ints
    days: Ints
    rows: Ints
    whole: Ints
    of: Ints
    day: Ints


def _of_source(rows: pl.DataFrame, every: pl.DataFrame) -> Lasting | None:
    """Return the lasting clutter of the source of `rows`, none where nothing lasts; `every`: rows of all sources."""
    sigma = float(np.median(rows["error_major_m"].to_numpy()))
    level = max(0, int(np.ceil(np.log2(max(SIGMAS * sigma * 1e5 / METRES_PER_DEGREE / FINEST, 1e-9)))))
    day = instants(rows) // int(DAY_S * 1e6)
    whole = np.unique(day)
    if level > WIDEST_LEVEL or len(whole) < LEAST_DAYS:
        return None
    cell = _cells(rows, level)
    name, number = np.unique(cell, return_counts=True)
    both = np.unique(np.searchsorted(name, cell) * (whole[-1] - whole[0] + 1) + day - whole[0])
    of, since = np.divmod(both, whole[-1] - whole[0] + 1)
    days = np.bincount(of, minlength=len(name))
    if days.max() < LEAST_SHARE * len(whole):
        return None
    told = _Told(name, days, number, whole, of, since + whole[0])
    chance, expected = _lasting(told)
    often = ((chance > 0.5) & (days >= LEAST_SHARE * len(whole))).astype(np.float64)
    asked = np.flatnonzero((chance > 0.5) & (days >= LEAST_TOLD) & (_within(name, often, name) > 0))
    if not len(asked):
        return None
    others = witnesses(every, str(rows["source_id"][0]))
    chance[asked] *= _no_acts(told, asked, np.flatnonzero(chance < 0.5), others, level, sigma)
    kept = asked[chance[asked] > 0.5]
    if not len(kept):
        return None
    pass_by = np.minimum(expected / days, 0.5)[kept]
    rate = number[kept] / (len(whole) * DAY_S * _area(name[kept], level))
    phi, rho, p = rate * (1 - pass_by), rate * pass_by, chance[kept]
    return Lasting(level, name[kept], np.log(p * phi * rho / (rho + (1 - p) * phi)))


def witnesses(every: pl.DataFrame, source: str) -> pl.DataFrame:
    """Return the rows of other sources that bear out what a source tells, given all rows."""
    mine = pl.col("source_id") == source
    only_fires = every.filter(mine).select((pl.col("act") == FIRE).all()).item()
    return every.filter(~mine, pl.col("act") != FIRE) if only_fires else every.filter(~mine)


def _area(name: Ints, level: int) -> Floats:
    """Return the m² of cells."""
    side = (FINEST << level) / 1e5
    lat = (name % COLUMNS + 0.5) * side - 90
    return np.asarray((side * METRES_PER_DEGREE) ** 2 * np.maximum(np.cos(np.radians(lat)), 1e-3))


def _at(name: Ints, value: Floats, wanted: Ints) -> Floats:
    """Return the value of each wanted name; 0 for one that is not there."""
    at = np.minimum(np.searchsorted(name, wanted), len(name) - 1)
    return np.where(name[at] == wanted, value[at], 0.0)


def _within(name: Ints, value: Floats, wanted: Ints) -> Floats:
    """Return the sum of `value` over each wanted cell and the eight around it."""
    total = np.zeros(len(wanted))
    for column, line in ((0, 0), *AROUND):
        total += _at(name, value, wanted + column * COLUMNS + line)
    return total


def _lasting(told: _Told) -> tuple[Floats, Floats]:
    """Return the probability that what a cell tells lasts, and the days that are expected of what passes, by (1)."""
    n, whole = told.days, len(told.whole)
    log_lasting = _beta_binomial(n, whole, *OFTEN) - np.log1p(-np.exp(_beta_binomial(0, whole, *OFTEN)))
    chance, share, best = np.zeros(len(n)), np.array([0.01, 0.3]), -np.inf
    expected, alone = np.zeros(len(n)), -np.inf
    for turn in range(ROUNDS):
        passes: Floats = n * (1 - chance)
        around = [_within(told.name, passes, told.name + 3 * (x * COLUMNS + y)) for x, y in AROUND]
        expected = (np.max(around, axis=0) + LEAST_EXPECTED) / 9
        lasts = (chance > 0.5).astype(np.float64)
        beside = (_within(told.name, lasts, told.name) > lasts).astype(np.int64)
        likely = [(float(np.logaddexp(np.log1p(-share[beside]) + at, np.log(share[beside]) + log_lasting).sum()), at)
                  for at in (_passing(n, expected, shape) for shape in SHAPES)]  # fmt: skip
        best, log_passing = max(likely, key=lambda each: each[0])
        if not turn:
            alone = max(float(at.sum()) for _, at in likely)
        chance = expit(np.log(share[beside]) + log_lasting - np.log1p(-share[beside]) - log_passing)
        share = np.array([(chance[beside == k].sum() + 0.5) / ((beside == k).sum() + 1 + k * 9) for k in (0, 1)])
    return (chance if best > alone + LEAST_GAIN else np.zeros(len(n))), expected


def _passing(n: Ints, mean: Floats, shape: float) -> Floats:
    """Return the log probability of n ≥ 1 of a negative binomial."""
    log_none = shape * np.log(shape / (shape + mean))
    log = gammaln(n + shape) - gammaln(shape) - gammaln(n + 1) + log_none + n * np.log(mean / (shape + mean))
    return np.asarray(log - np.log(-np.expm1(log_none)))


def _beta_binomial(n: Ints | int, of: Ints | int, a: float, b: float, *, ways: bool = True) -> Floats:
    """Return the log probability of n of so many; of one order of them without `ways`."""
    log = betaln(n + a, of - n + b) - betaln(a, b)
    return np.asarray(log + (gammaln(of + 1) - gammaln(n + 1) - gammaln(of - n + 1) if ways else 0.0))


def _no_acts(told: _Told, asked: Ints, plain: Ints, others: pl.DataFrame, level: int, sigma: float) -> Floats:
    """Return the probability that what lasts in cells `asked` is clutter and not acts, by (2). `plain`: cells where it passes."""
    if others.is_empty():
        return np.full(len(asked), CLUTTER)
    theirs = np.unique(_cells(others, level))
    places = [told.name[asked], *(_some(names) for names in (told.name[plain], theirs))]
    (x, y), (on, off), (also, too) = (_company(told, each, others, level, sigma) for each in places)
    n, whole = told.days[asked], len(told.whole)
    e = float((on + off).sum() / max(len(on) * whole, 1))
    f = float((also + too).sum() / max(len(also) * whole, 1))
    c = float(on.sum() / max(_at(told.name, told.days.astype(np.float64), places[1]).sum(), 1))
    usual = [float(np.clip(rate, 1e-3, 1 - 1e-3)) for rate in (e, f)]
    elsewhere = [
        _beta_binomial(x + y, whole, LIKE_ELSEWHERE * rate, LIKE_ELSEWHERE * (1 - rate), ways=False) for rate in usual
    ]
    ends = (x + y + 1, whole - x - y + 1)
    less = betaln(*ends) + np.log(betainc(*ends, max(usual))) - np.log(max(usual))
    log_acts = _any_rate(x, n, c) + _any_rate(y, whole - n, e)
    log_clutter = logsumexp([*elsewhere, less], axis=0) - np.log(3)
    return np.asarray(expit(np.log(CLUTTER / (1 - CLUTTER)) + log_clutter - log_acts))


def _some(names: Ints) -> Ints:
    """Return at most `PLACES_ASKED` of some names, which they are follows from them alone."""
    return names[np.argsort(mixed(names), kind="stable")[:PLACES_ASKED]]


def _any_rate(x: Ints, n: Ints, usual: float) -> Floats:
    """Return the log probability of one order of x days of company of n, whatever their rate, or one that is usual."""
    usual = min(max(usual, 1e-3), 0.5)
    each = [_beta_binomial(x, n, 0.5, b, ways=False) for b in (0.5, 0.5 * (1 - usual) / usual)]
    return np.asarray(logsumexp(each, axis=0) - np.log(2))


def _company(told: _Told, names: Ints, others: pl.DataFrame, level: int, sigma: float) -> tuple[Ints, Ints]:
    """Return for cells by name how many days with a report, and without one, another source tells something near."""
    from scipy.spatial import cKDTree  # a fifth of a second, and only learning needs it

    side = (FINEST << level) / 1e5
    if not len(names):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    lon, lat = (names // COLUMNS + 0.5) * side - 180, (names % COLUMNS + 0.5) * side - 90
    stretch = np.array([np.cos(np.radians(lat.mean())), 1.0]) * METRES_PER_DEGREE
    near: list[set[int]] = [set() for _ in names]
    for _, rows in others.group_by("source_id"):
        error = float(np.median(rows["error_major_m"].to_numpy()))
        if error > WIDEST_M:
            continue
        day = instants(rows) // int(DAY_S * 1e6)
        tree = cKDTree(rows.select("lon_deg", "lat_deg").to_numpy() * stretch)
        reach = np.hypot(REACH * np.hypot(sigma, error), side * METRES_PER_DEGREE / 2)
        for k, found in enumerate(tree.query_ball_point(np.column_stack([lon, lat]) * stretch, reach)):
            near[k].update(day[found].tolist())
    active = set(told.whole.tolist())
    place = np.searchsorted(told.name, names)
    place[_at(told.name, np.ones(len(told.name)), names) == 0] = len(told.name)
    edges = np.searchsorted(told.of, [place, place + 1])
    mine = [set(told.day[low:high].tolist()) for low, high in edges.T]
    burnt = np.array([len(one & other) for one, other in zip(mine, near, strict=True)], dtype=np.int64)
    both = np.array([len(active & other) for other in near], dtype=np.int64)
    return burnt, both - burnt
