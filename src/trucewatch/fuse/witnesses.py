"""What other sources tell where one keeps telling something: is that clutter, or do acts recur there?

Of D days a source reported from cell k on n_k. A day is one of company where another source tells something as near as both their
errors let expect (two sigmas). Of n_k days with a report x have company, of the D − n_k others y. Where this source tells something
that passes, days are of company at a rate e, those of its reports at a rate c; at the median of the places where others tell
something, at a rate f. Then

    clutter   x + y ~ a third beta-binomial(D; 20 e, 20 (1 − e)), a third likewise with f, a third binomial with any rate below the
              greater of e and f: others tell there, whether it burns or not, what they tell around any place, or less
    acts      a third x + y ~ beta-binomial(D; ½, ½): others tell there whatever it is; a third x and y apart,
              beta-binomial(n_k; ½, ½) and (D − n_k; ½, ½); a third at the usual rates, (n_k; ½, ½ (1 − c) / c) and likewise with e

and, before others are asked, `CLUTTER` of what lasts is clutter: acts that are told at one spot of a kilometre on a third of all
days, year in, year out, by one source alone, are rarer than furnaces. A place where others report far more than at the median of
theirs is not called clutter, whatever it is. A source that tells places of a list is not asked, for those recur. A fire bears out
no other fire (decision 0003): a second satellite sees the same furnaces.
"""

from typing import Final

import numpy as np
import polars as pl
import scipy

from trucewatch.fuse.clutter_cells import COLUMNS, FINEST, Ints, Told, cells_of, value_at
from trucewatch.fuse.density import DAY_S, instants, mixed
from trucewatch.place import METRES_PER_DEGREE, Floats

WIDEST_M: Final = 10_000.0  # a source that knows places to worse is no company
FIRE: Final = "fire"
CLUTTER: Final = 0.9
PLACES_ASKED: Final = 300
REACH: Final = 2.0  # sigmas
LIKE_ELSEWHERE: Final = 20.0


def witnesses(every: pl.DataFrame, source: str) -> pl.DataFrame:
    """Return the rows of other sources that bear out what a source tells, given all rows."""
    mine = pl.col("source_id") == source
    only_fires = every.filter(mine).select((pl.col("act") == FIRE).all()).item()
    return every.filter(~mine, pl.col("act") != FIRE) if only_fires else every.filter(~mine)


def no_acts(told: Told, asked: Ints, plain: Ints, others: pl.DataFrame, level: int, sigma: float) -> Floats:
    """Return the probability that what lasts in cells `asked` is clutter and not acts. `plain`: cells where it passes."""
    if others.is_empty():
        return np.full(len(asked), CLUTTER)
    theirs = np.unique(cells_of(others, level))
    places = [told.name[asked], *(_some(names) for names in (told.name[plain], theirs))]
    (x, y), (on, off), (also, too) = (_company(told, each, others, level, sigma) for each in places)
    n, whole = told.days[asked], len(told.whole)
    e = float((on + off).sum() / max(len(on) * whole, 1))
    f = float(np.median(also + too) / whole)
    c = float(on.sum() / max(value_at(told.name, told.days.astype(np.float64), places[1]).sum(), 1))
    usual = [float(np.clip(rate, 1e-3, 1 - 1e-3)) for rate in (e, f)]
    elsewhere = [
        beta_binomial(x + y, whole, LIKE_ELSEWHERE * rate, LIKE_ELSEWHERE * (1 - rate), ways=False) for rate in usual
    ]
    ends = (x + y + 1, whole - x - y + 1)
    less = (
        scipy.special.betaln(*ends)
        + np.log(np.maximum(scipy.special.betainc(*ends, max(usual)), 1e-300))
        - np.log(max(usual))
    )
    some = scipy.special.logsumexp(
        [_free(x + y, whole), _free(x, n) + _free(y, whole - n), _usual(x, n, c) + _usual(y, whole - n, e)], axis=0
    )
    log_acts = some - np.log(3)
    log_clutter = scipy.special.logsumexp([*elsewhere, less], axis=0) - np.log(3)
    return np.asarray(scipy.special.expit(np.log(CLUTTER / (1 - CLUTTER)) + log_clutter - log_acts))


def _some(names: Ints) -> Ints:
    """Return at most `PLACES_ASKED` of some names, which they are follows from them alone."""
    return names[np.argsort(mixed(names), kind="stable")[:PLACES_ASKED]]


def _free(x: Ints, n: Ints | int) -> Floats:
    """Return the log probability of one order of x days of company of n, whatever their rate."""
    return beta_binomial(x, n, 0.5, 0.5, ways=False)


def _usual(x: Ints, n: Ints | int, rate: float) -> Floats:
    """Return the same where the rate is about a usual one."""
    rate = min(max(rate, 1e-3), 0.5)
    return beta_binomial(x, n, 0.5, 0.5 * (1 - rate) / rate, ways=False)


def _company(told: Told, names: Ints, others: pl.DataFrame, level: int, sigma: float) -> tuple[Ints, Ints]:
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
    place[value_at(told.name, np.ones(len(told.name)), names) == 0] = len(told.name)
    edges = np.searchsorted(told.of, [place, place + 1])
    mine = [set(told.day[low:high].tolist()) for low, high in edges.T]
    burnt = np.array([len(one & other) for one, other in zip(mine, near, strict=True)], dtype=np.int64)
    both = np.array([len(active & other) for other in near], dtype=np.int64)
    return burnt, both - burnt


def beta_binomial(n: Ints | int, of: Ints | int, a: float, b: float, *, ways: bool = True) -> Floats:
    """Return the log probability of n of so many; of one order of them without `ways`."""
    log = scipy.special.betaln(n + a, of - n + b) - scipy.special.betaln(a, b)
    if ways:
        log = log + (scipy.special.gammaln(of + 1) - scipy.special.gammaln(n + 1) - scipy.special.gammaln(of - n + 1))
    return np.asarray(log)
