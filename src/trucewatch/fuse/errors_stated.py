"""How far a source's own errors are true: the factors by which its stated errors in place and time are multiplied.

Within a cluster of several rows the event lies at x̂ ± V, so the expected square of a row's error is (z − x̂)² + V: its mean
over a source, in units of the stated variance, is the M-step for the square of the factor (Dempster, Laird & Rubin 1977). A
factor is used only beyond `BELIEVED`, so that a source which tells the truth is taken at its word.
"""

from typing import Final

import numpy as np

from trucewatch.fuse.rows import Ints, Rows
from trucewatch.place import Floats

BELIEVED: Final = (0.75, 1.33)
WIDEST: Final = 4.0
PRIOR_ROWS: Final = 50.0
STRIDE: Final = (
    0.75  # of the logarithm of the square, rather than .5: expectation-maximisation is slow where V is large
)


def corrected(rows: Rows, cluster: Ints, space: Floats, time: Floats) -> tuple[Floats, Floats]:
    """Return new factors in place and time, both (S,), from `rows` as scaled by the old ones and a partition (n,)."""
    in_space, in_time = _squares(rows, cluster)
    return _step(space, in_space), _step(time, in_time)


def _step(scale: Floats, square: Floats) -> Floats:
    """Return the scale that follows from the mean squares in units of the present variance."""
    return np.clip(scale * square**STRIDE, 1 / WIDEST, WIDEST)


def believed(scale: Floats) -> Floats:
    """Return the scale, 1 where it is near 1.

    >>> believed(np.array([0.9, 1.9])).tolist()
    [1.0, 1.9]
    """
    return np.where((scale > BELIEVED[0]) & (scale < BELIEVED[1]), 1.0, scale)


def _squares(rows: Rows, cluster: Ints) -> tuple[Floats, Floats]:
    """Return the mean expected square of each source's error, in units of its variance, in place (an axis) and time."""
    _, first, of, size = np.unique(cluster, return_index=True, return_inverse=True, return_counts=True)
    several = np.flatnonzero(size[of] > 1)
    of_several, source = of[several], rows.source[several]
    counts = np.bincount(source, minlength=len(rows.source_ids)) + PRIOR_ROWS

    def mean(z: Floats, precision: Floats) -> Floats:
        """Return (S,) the mean of ((z − x̂)² + V) · precision."""
        away = (z - z[first][of])[several]
        total = np.bincount(of_several, weights=precision, minlength=len(first))[of_several]
        middle = np.bincount(of_several, weights=precision * away, minlength=len(first))[of_several] / total
        expected = ((away - middle) ** 2 + 1 / total) * precision
        return np.asarray((np.bincount(source, weights=expected, minlength=len(rows.source_ids)) + PRIOR_ROWS) / counts)

    a, b, c, d = rows.precision[several].T
    round_ = np.sqrt(a * b - c * c)
    return (mean(rows.east_m, round_) + mean(rows.north_m, round_)) / 2, mean(rows.time_s, d)
