"""How far a source's own errors are true: the factors by which its stated errors in place and time are multiplied.

Within a cluster of several rows the event lies at x̂ ± V, so the expected square of a row's error is (z − x̂)² + V: its mean
over a source, in units of the stated variance, is the M-step for the square of the factor (Dempster, Laird & Rubin 1977), taken to
its fixed point for the partition at hand. A
factor is used only beyond `BELIEVED`, so that a source which tells the truth is taken at its word.
"""

from typing import Final

import numpy as np

from trucewatch.fuse.piles import POSITION, Piles
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.place import Floats

BELIEVED: Final = (0.75, 1.33)
WIDEST: Final = 4.0
PRIOR_ROWS: Final = 50.0
ROUNDS: Final = 20
STRIDE: Final = 1.5  # of the logarithm of a factor: what wrong errors left out of the clusters is not in it yet
LEAST_SPAN_S: Final = 6 * 3600.0


def corrected(
    rows: Rows, cluster: Ints, scales: tuple[Floats, Floats], rounded: tuple[Ints, Ints]
) -> tuple[Floats, Floats]:
    """Return new factors in place and time, both (S,), from `rows` as scaled by the old ones and a partition (n,).

    `rounded`: the sources that tell places of a list, and those that tell spans. Two rows that are rounded alike agree better
    than either knows, so their factors do not sink below 1.
    """
    in_space, in_time = (scale * of**STRIDE for scale, of in zip(scales, _factors(rows, cluster), strict=True))
    in_space, in_time = (np.clip(scale, 1 / WIDEST, WIDEST) for scale in (in_space, in_time))
    for scale, sources in zip((in_space, in_time), rounded, strict=True):
        scale[sources] = np.maximum(scale[sources], 1.0)
    return in_space, in_time


def rounded_sources(rows: Rows, piles: Piles) -> tuple[Ints, Ints]:
    """Return the sources that tell places of a list, and those whose times are mostly spans of hours, wider than their errors."""
    at_places = [s for s, name in enumerate(rows.source_ids) if (name, POSITION, "") in piles]
    spans = (rows.span_s >= LEAST_SPAN_S) & (rows.span_s > rows.error_s)
    share = np.bincount(rows.source, weights=spans, minlength=len(rows.source_ids)) / np.bincount(rows.source)
    return np.array(at_places, dtype=np.int64), np.flatnonzero(share > 0.5)


def believed(scale: Floats) -> Floats:
    """Return the scale, 1 where it is near 1.

    >>> believed(np.array([0.9, 1.9])).tolist()
    [1.0, 1.9]
    """
    return np.where((scale > BELIEVED[0]) & (scale < BELIEVED[1]), 1.0, scale)


def _factors(rows: Rows, cluster: Ints) -> tuple[Floats, Floats]:
    """Return the factors in place and time by which each source's present errors are wrong, from the clusters of several rows."""
    _, first, of, size = np.unique(cluster, return_index=True, return_inverse=True, return_counts=True)
    several = np.flatnonzero(size[of] > 1)
    of_several, source, n_sources = of[several], rows.source[several], len(rows.source_ids)
    counts = np.bincount(source, minlength=n_sources) + PRIOR_ROWS

    def factor(away: list[Floats], precision: Floats) -> Floats:
        """Return (S,) the root of the mean of ((z − x̂)² + V) · precision, over the axes, at its fixed point."""
        scale = np.ones(n_sources)
        for _ in range(ROUNDS):
            now = precision / scale[source] ** 2
            total = np.bincount(of_several, weights=now, minlength=len(first))[of_several]
            expected = np.zeros(len(source))
            for z in away:
                middle = np.bincount(of_several, weights=now * z, minlength=len(first))[of_several] / total
                expected += ((z - middle) ** 2 + 1 / total) * precision / len(away)
            square = np.bincount(source, weights=expected, minlength=n_sources) + PRIOR_ROWS
            scale = np.clip(np.sqrt(square / counts), 1 / WIDEST, WIDEST)
        return np.asarray(scale)

    a, b, c, d = rows.precision[several].T
    east, north, time = ((z - z[first][of])[several] for z in (rows.east_m, rows.north_m, rows.time_s))
    return factor([east, north], np.sqrt(a * b - c * c)), factor([time], d)
