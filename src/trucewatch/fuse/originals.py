"""Which rows are echoes, of which row, given who echoes whom; what is fused of the others then holds for all.

A row is an echo of the row with the greatest odds, C/n_i · R N over what else would bring a row there, where its probability is
above a half; it then joins its original's incident, and place, time, act and detection count once.
"""

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from trucewatch.fuse.rows import Ints, Rows
from trucewatch.place import Floats

REACH: Final = 4.0


@dataclass(frozen=True)
class Echo:
    """A share of the rows of a source that echo another's: `jitter_m` (each axis), `delay_s` later, give or take `spread_s`."""

    share: float
    jitter_m: float
    delay_s: float
    spread_s: float


Echoes = dict[tuple[str, str], Echo]  # by the source that copies and the one that is copied


@dataclass(frozen=True)
class Originals:
    """Of n rows: the row that each stands for, (n,), itself where it is no echo, and the probability of that."""

    of: Ints
    probability: Floats

    @property
    def kept(self) -> Ints:
        """The rows that are no echoes."""
        return np.flatnonzero(self.of == np.arange(len(self.of)))


def originals(rows: Rows, echoes: Echoes, shares: Floats) -> Originals:
    """Return which of all rows are echoes of which: an echo of an echo stands for the row that began it.

    `shares`, (S,): of all rows that each source tells, echoes among them; what is an echo does not follow from how many are here.
    """
    told = heard(rows, (0, len(rows)), echoes, shares, np.zeros(len(rows), dtype=bool))
    return Originals(rooted(told.of), told.probability)


def heard(
    rows: Rows, core: tuple[int, int], echoes: Echoes, shares: Floats, decided: npt.NDArray[np.bool_]
) -> Originals:
    """Return for the rows of `core` (from, until) which of all rows each tells again, itself where none; not yet followed on.

    On rows that people `decided`, (n,), nothing is taken for an echo. Where sources copy each other in a circle, only what lies
    earlier is told again, so that following on comes to an end.
    """
    low, high = core
    n = len(rows.source)
    if not echoes:
        return Originals(np.arange(low, high), np.ones(high - low))
    of, odds, whole = np.arange(n), np.zeros(n), np.zeros(n)
    names = {name: s for s, name in enumerate(rows.source_ids)}
    arrays = (rows.u_m, rows.north_m, rows.cos_lat, rows.time_s, rows.sigma_m, rows.sigma_s, rows.log_density)
    own = np.zeros(n, dtype=bool)
    own[low:high] = True
    for (copying, copied), echo in sorted(echoes.items()):
        if copying in names and copied in names:
            share = float(shares[names[copying]])
            theirs = np.flatnonzero((rows.source == names[copied]) & ~decided)
            mine = np.flatnonzero((rows.source == names[copying]) & ~decided & own)
            copies = echo.share * share / max(shares[names[copied]], 1e-9)
            numbers = np.array([copies, share, echo.jitter_m, echo.delay_s, echo.spread_s])
            _heard(arrays, mine, theirs, numbers, _in_circle(copying, copied, echoes), of, odds, whole)
    probability = odds / (1 + whole)
    of = np.where(probability > 0.5, of, np.arange(n))[low:high]
    return Originals(of, np.where(of == np.arange(low, high), 1.0, probability[low:high]))


def rooted(of: Ints) -> Ints:
    """Return where following on from each row ends.

    >>> rooted(np.array([0, 0, 1, 3])).tolist()
    [0, 0, 0, 3]
    """
    while (of[of] != of).any():
        of = of[of]
    return of


def _in_circle(copying: str, copied: str, echoes: Echoes) -> bool:
    """Say whether what is copied copies, by whatever way, what copies it."""
    reached, waiting = set[str](), [copied]
    while waiting:
        source = waiting.pop()
        if source not in reached:
            reached.add(source)
            waiting += [of for (by, of) in echoes if by == source]
    return copying in reached


def with_echoes(pairs: Ints, probability: Floats, told: Originals) -> tuple[Ints, Floats]:
    """Return pairs of all rows from those of the rows kept (numbered among all): an echo shares what its original is linked to.

    Pairs of an original that is not among these rows are none of theirs.
    """
    echo = np.flatnonzero(told.of != np.arange(len(told.of)))
    if not len(echo):
        return pairs, probability
    by_original = echo[np.argsort(told.of[echo], kind="stable")]
    start = np.searchsorted(told.of[by_original], np.arange(len(told.of) + 1))
    heard_of = np.diff(start) > 0
    found, chance = [pairs], [probability]
    touched = heard_of[pairs].any(axis=1)
    for (a, b), p in zip(pairs[touched], probability[touched], strict=True):
        one, other = ([x, *by_original[start[x] : start[x + 1]]] for x in (a, b))
        new = np.array([(x, y) for x in one for y in other][1:])
        found.append(new)
        chance.append(p * told.probability[new[:, 0]] * told.probability[new[:, 1]])
    both = np.sort(np.concatenate(found), axis=1)
    order = np.lexsort((both[:, 1], both[:, 0]))
    return both[order], np.concatenate(chance)[order]


def with_originals(told: Originals) -> tuple[Ints, Floats]:
    """Return the pairs of echoes with their originals and with each other, and their probabilities."""
    echo = np.flatnonzero(told.of != np.arange(len(told.of)))
    by_original = echo[np.argsort(told.of[echo], kind="stable")]
    start = np.searchsorted(told.of[by_original], np.arange(len(told.of) + 1))
    found, chance = [np.sort(np.column_stack([told.of[echo], echo]), axis=1)], [told.probability[echo]]
    for x in np.flatnonzero(np.diff(start) > 1):
        mine = by_original[start[x] : start[x + 1]]
        new = mine[np.column_stack(np.triu_indices(len(mine), 1))]
        found.append(new)
        chance.append(told.probability[new[:, 0]] * told.probability[new[:, 1]])
    return np.concatenate(found), np.concatenate(chance)


@numba.njit(cache=True)
def _heard(arrays, mine, theirs, numbers, earlier, of, odds, whole):  # type: ignore[no-untyped-def]
    """Fill for each row of `mine` the row of `theirs` that it echoes likeliest, with its odds and the sum of all odds.

    With `earlier` only rows that come before it count.
    """
    u, north, cos_lat, time, sigma_m, sigma_s, log_density = arrays
    copies, share, jitter, delay, spread = numbers
    times = time[theirs]
    for j in mine:
        chance = share * np.exp(log_density[j])
        at = np.searchsorted(times, time[j] - delay - REACH * spread)
        while at < len(times) and times[at] <= time[j] - delay + REACH * spread:
            i = theirs[at]
            at += 1
            d2 = ((u[j] - u[i]) * 0.5 * (cos_lat[i] + cos_lat[j])) ** 2 + (north[j] - north[i]) ** 2
            if i == j or d2 > (REACH * jitter) ** 2 or (earlier and i > j):
                continue
            lag = time[j] - time[i]
            v, w = sigma_m[i] ** 2 + sigma_m[j] ** 2, sigma_s[i] ** 2 + sigma_s[j] ** 2
            event = np.exp(-0.5 * (d2 / v + lag**2 / w)) / (v * np.sqrt(w))
            echo = np.exp(-0.5 * (d2 / jitter**2 + ((lag - delay) / spread) ** 2)) / (jitter**2 * spread)
            other = chance * (2 * np.pi) ** 1.5 + event
            ratio = copies * echo / other
            whole[j] += ratio
            if ratio > odds[j]:
                odds[j], of[j] = ratio, i
