"""Stretches of arrays that are too long to hold: rows are added at their end and forgotten at their front.

Rows keep the numbers that they have in the whole.
"""

from collections.abc import Mapping
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
        """Forget the rows before `until`; now and then those after it take their room."""
        gone, left = until - self._start, self.end - until
        if gone > len(self._held) // 2 and gone >= left:
            self._held[:left] = self._held[gone : gone + left]
            self._start = until


class Lanes:
    """Lanes of the same rows by name; `kinds` says what each holds and how wide it is, `base` is the first row that is needed."""

    def __init__(self, kinds: Mapping[str, tuple[npt.DTypeLike, int]], *, start: int) -> None:
        self._lanes = {name: Lane(dtype, width, start=start) for name, (dtype, width) in kinds.items()}
        self.base = self.end = start

    def add(self, rows: int, values: Mapping[str, npt.ArrayLike]) -> None:
        """Add `rows` rows at the end: of each lane an array of them, or one number for all."""
        for name, lane in self._lanes.items():
            lane.add(values[name], rows)
        self.end += rows

    def between(self, name: str, low: int, high: int) -> npt.NDArray[Any]:
        """Return rows `low` until `high` of a lane, to read and to write."""
        return self._lanes[name].between(low, high)

    def whole(self, name: str) -> npt.NDArray[Any]:
        """Return all rows of a lane from `base` on, to read and to write."""
        return self.between(name, self.base, self.end)

    def at(self, name: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """Return what a lane holds at some rows."""
        return self.whole(name)[rows - self.base]

    def put(self, rows: npt.NDArray[np.int64], values: Mapping[str, npt.NDArray[Any]]) -> None:
        """Put values at some rows, by lane."""
        for name, each in values.items():
            self.whole(name)[rows - self.base] = each

    def forget(self, until: int) -> None:
        """Forget the rows before `until`."""
        self.base = until
        for lane in self._lanes.values():
            lane.forget(until)
