"""A stretch of an array that is too long to hold: rows are added at its end and forgotten at its front.

Rows keep the numbers that they have in the whole.
"""

from typing import Any

import numpy as np
import numpy.typing as npt


class Lane:
    """Rows of `width` numbers each (plain numbers, where it is 0), from row `start` on."""

    def __init__(self, dtype: npt.DTypeLike, width: int = 0, *, start: int = 0) -> None:
        self._shape = (width,) if width else ()
        self._held: npt.NDArray[Any] = np.empty((0, *self._shape), dtype)
        self._start, self.end = start, start

    def add(self, values: npt.ArrayLike, rows: int) -> None:
        """Add `rows` rows at the end: an array of them, or one number for all."""
        have = self.end - self._start
        if have + rows > len(self._held):
            grown = np.empty((max(2 * len(self._held), have + rows), *self._shape), self._held.dtype)
            grown[:have] = self._held[:have]
            self._held = grown
        self._held[have : have + rows] = values
        self.end += rows

    def between(self, low: int, high: int) -> npt.NDArray[Any]:
        """Return rows `low` until `high`, to read and to write.

        >>> lane = Lane(np.int64, start=5)
        >>> lane.add([1, 2, 3], 3)
        >>> lane.between(6, 8).tolist()
        [2, 3]
        """
        return self._held[low - self._start : high - self._start]

    def forget(self, until: int) -> None:
        """Forget the rows before `until`; room is given back now and then."""
        gone = until - self._start
        if gone > len(self._held) // 2:
            self._held = self._held[gone : self.end - self._start].copy()
            self._start = until
