"""Errors with heavy tails: some rows err by more than their source states, and of which row that holds is not known.

A row's error is a mixture of Gaussians (Andrews & Mallows 1974): with share q_s[a, b] that in place is a times, and that in time b
times, what its source states and the learned factors correct, both of `SCALES`. Place and time have scales of their own: a report
that errs far in one may do so in the other, or not, as the shares say.
"""

from math import erf, sqrt
from typing import Final

import numpy as np

from trucewatch.place import Floats

SCALES: Final = np.array([1.0, 2.5, 6.0])
NO_TAILS: Final = np.ones((1, 1, 1))
QUANTITY: Final = "tail_share"
LEAST_SHARE: Final = 0.005
NINE_TENTHS: Final = 0.9
SIGMAS_OF_NINE_TENTHS: Final = 1.6448536
HALVINGS: Final = 40


def has_tails(tails: Floats) -> bool:
    """Say whether any source has tails. `tails`: shares (S, K, K), or (1, 1, 1) where none has."""
    return bool(tails.shape[1] > 1)


def pruned(tails: Floats) -> Floats:
    """Return shares (S, K, K) without those below `LEAST_SHARE`, which add little but reach far."""
    kept = np.where(tails >= LEAST_SHARE, tails, 0.0)
    return np.asarray(kept / kept.sum(axis=(1, 2), keepdims=True))


def squares_of(tails: Floats) -> Floats:
    """Return (K,) the squares of the scales of `tails`."""
    return np.asarray(SCALES[: tails.shape[1]] ** 2)


def widest_in_time(tails: Floats) -> tuple[float, ...]:
    """Return the widest scale in time that each source has; nothing where none has tails.

    >>> widest_in_time(np.eye(3)[None] / 3)
    (6.0,)
    """
    return tuple(((tails.sum(axis=1) > 0) * SCALES).max(axis=1).tolist()) if has_tails(tails) else ()


def squares_of_one(tails: Floats) -> Floats:
    """Return (S, 2) for a row by itself the square of the scale that a Gaussian needs to hold nine tenths in place, and in time.

    >>> squares_of_one(np.diag([0.9, 0.0, 0.1])[None]).round(2).tolist()
    [[1.9, 1.72]]
    """
    out = np.ones((len(tails), 2))
    for s, shares in enumerate(tails):
        for axis, share in enumerate((shares.sum(axis=1), shares.sum(axis=0))):
            low, high = SCALES[0], SCALES[-1]
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                low, high = (middle, high) if _held(share, middle / SCALES, axis) < NINE_TENTHS else (low, middle)
            out[s, axis] = low**2
    return out


def _held(share: Floats, reach: Floats, axis: int) -> float:
    """Return what share of errors lies within `reach` (K,) times the reach of nine tenths of each scale; `axis` 0 is place."""
    if axis == 0:
        return float(share @ -np.expm1(np.log1p(-NINE_TENTHS) * reach**2))
    return float(share @ np.array([erf(SIGMAS_OF_NINE_TENTHS * each / sqrt(2)) for each in reach]))


def scales_of_two(tails: Floats, s: int, t: int) -> list[tuple[float, tuple[float, float], tuple[float, float]]]:
    """Return how often two rows of sources s and t have which scales: (share, both in place, both in time)."""
    if not has_tails(tails):
        return [(1.0, (1.0, 1.0), (1.0, 1.0))]
    one, other = (np.argwhere(tails[source] > 0).tolist() for source in (s, t))
    return [
        (float(tails[s, a, b] * tails[t, x, y]), (SCALES[a], SCALES[x]), (SCALES[b], SCALES[y]))
        for a, b in one
        for x, y in other
    ]


def tail_lines(tails: Floats, source_ids: tuple[str, ...]) -> list[tuple[str, str, str, float]]:
    """Return (source, quantity, `of`, value) of the shares of sources that have tails; `of` are the scales in place and time."""
    if not has_tails(tails):
        return []
    return [
        (name, QUANTITY, _named(a, b), float(tails[s, a, b]))
        for s, name in enumerate(source_ids)
        if tails[s, 0, 0] < 1
        for a, b in np.argwhere(tails[s] > 0).tolist()
    ]


def tails_in(lines: list[tuple[str, str, str, float]], source_ids: tuple[str, ...]) -> Floats:
    """Return the shares that `lines` (source, quantity, `of`, value) of a `source_model` tell."""
    told = {(source, of): value for source, quantity, of, value in lines if quantity == QUANTITY}
    if not told:
        return NO_TAILS
    tails, n = np.zeros((len(source_ids), len(SCALES), len(SCALES))), len(SCALES)
    known = {source for source, _ in told}
    for s, name in enumerate(source_ids):
        if name in known:
            tails[s] = [[told.get((name, _named(a, b)), 0.0) for b in range(n)] for a in range(n)]
        else:
            tails[s, 0, 0] = 1.0
    return tails


def _named(a: int, b: int) -> str:
    """Return what `of` says of two scales: those in place and in time."""
    return f"{SCALES[a]:g} {SCALES[b]:g}"
