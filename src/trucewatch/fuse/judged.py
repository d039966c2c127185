"""What people decided of observations, while these still come."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.fuse.rows import Ints

Said = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Judged:
    """People's "same" and "different" that are obeyed, each pair in order of id."""

    same: Said = ()
    different: Said = ()

    @property
    def ids(self) -> list[str]:
        """All observations on which people decided."""
        return sorted({one for pair in (*self.same, *self.different) for one in pair})


class Heeded:
    """The numbers of the rows on which people decided, as far as these came."""

    def __init__(self, judged: Judged) -> None:
        self._ids = judged.ids
        self._place = {name: place for place, name in enumerate(self._ids)}
        self._number = np.full(len(self._ids), -1, dtype=np.int64)
        self._same, self._different = (self._places(said) for said in (judged.same, judged.different))

    def _places(self, said: Said) -> Ints:
        return np.array([[self._place[one] for one in pair] for pair in said], dtype=np.int64).reshape(-1, 2)

    def are_decided(self, ids: pl.Series) -> npt.NDArray[np.bool_]:
        """Say of each id whether people decided on it."""
        return ids.is_in(self._ids).to_numpy() if self._ids else np.zeros(len(ids), dtype=bool)

    def take_in(self, ids: pl.Series, low: int) -> None:
        """Take in rows by their ids, the first of which is number `low`."""
        for k in np.flatnonzero(self.are_decided(ids)).tolist():
            self._number[self._place[ids[k]]] = low + k

    @property
    def same(self) -> Ints:
        """Pairs of rows, (k, 2), the lesser first, that are one event, as far as both came."""
        return self._known(self._same)

    @property
    def different(self) -> Ints:
        """Pairs of rows, (k, 2), the lesser first, that are not one event, as far as both came."""
        return self._known(self._different)

    def _known(self, places: Ints) -> Ints:
        numbers = np.sort(self._number[places], axis=1)
        return numbers[(numbers >= 0).all(axis=1)]

    def waiting(self, until: int) -> Ints:
        """Return the rows that came, and are one event with some that do not lie before row `until`."""
        numbers = self._number[self._same]
        met = ((numbers >= 0) & (numbers < until)).all(axis=1)
        return np.unique(numbers[~met][numbers[~met] >= 0])
