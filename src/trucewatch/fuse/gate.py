"""Which rows are near enough to be one event at all: pairs within a gate that follows from their own errors.

Beyond `GATE` sigmas of the difference the likelihood is below e^-8 of its peak. Nothing of the model is used, so the pairs
are found once. Rows of one source and like errors form a class; each class is laid on a grid as wide as its reach, so that
one wide error does not widen all searches.
"""

from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from trucewatch.fuse.rows import Ints, Rows

GATE: Final = 4.0
SPREAD: Final = np.int64(1_000_003)  # cells of the grid are named column * SPREAD + row


def within_gate(rows: Rows, repeats: npt.NDArray[np.bool_]) -> Ints:
    """Return pairs of rows that may be one event, shape (m, 2), the lesser row first, in no order.

    `repeats`, shape (S,): whether a source reports an event more than once; pairs within other sources are none.
    """
    found = [np.empty((0, 2), dtype=np.int64)]
    classes = _classes(rows)
    for x, (source_a, a_rows) in enumerate(classes):
        for y, (source_b, b_rows) in enumerate(classes[x:]):
            if source_a != source_b or repeats[source_a]:
                found.append(_between(rows, a_rows, b_rows, y == 0))
    return np.concatenate(found)


def _classes(rows: Rows) -> list[tuple[int, Ints]]:
    """Return rows of one source whose errors are within a factor of four of each other, with the source."""
    label = np.column_stack(
        [rows.source, np.floor(np.log2(rows.sigma_m) / 2), np.floor(np.log2(rows.sigma_s) / 2)]
    ).astype(np.int64)
    kinds, of = np.unique(label, axis=0, return_inverse=True)
    return [(int(kind[0]), np.flatnonzero(of.ravel() == k)) for k, kind in enumerate(kinds)]


def _between(rows: Rows, a_rows: Ints, b_rows: Ints, same: bool) -> Ints:
    """Return the pairs of two classes within the gate; of one class with itself each pair once."""
    reach_m, reach_s = (
        GATE * float(np.hypot(sigma[a_rows].max(), sigma[b_rows].max())) for sigma in (rows.sigma_m, rows.sigma_s)
    )
    column, line = (np.floor(x / reach_m).astype(np.int64) for x in (rows.east_m, rows.north_m))
    cell = column * SPREAD + line
    b_rows = b_rows[np.lexsort((b_rows, rows.time_s[b_rows], cell[b_rows]))]
    names, first = np.unique(cell[b_rows], return_index=True)
    ends = np.append(first[1:], len(b_rows))
    out = np.empty((4 * (len(a_rows) + len(b_rows)) + 64, 2), dtype=np.int64)
    xyt = (rows.east_m, rows.north_m, rows.time_s)
    while True:
        count = _fill(a_rows, b_rows, same, cell, names, first, ends, reach_s, *xyt, rows.sigma_m, rows.sigma_s, out)
        if count <= len(out):
            return out[:count]
        out = np.empty((count, 2), dtype=np.int64)


@numba.njit(cache=True, nogil=True)
def _fill(a_rows, b_rows, same, cell, names, first, ends, reach_s, east, north, time, sigma_m, sigma_s, out):  # type: ignore[no-untyped-def]
    """Fill `out` with pairs and return their number; when `out` is too small they are still counted."""
    count = 0
    times = time[b_rows]
    for i in a_rows:
        for step in range(9):
            name = cell[i] + (step // 3 - 1) * SPREAD + (step % 3 - 1)
            at = np.searchsorted(names, name)
            if at == len(names) or names[at] != name:
                continue
            low, high = first[at], ends[at]
            low += np.searchsorted(times[low:high], time[i] - reach_s)
            while low < high and times[low] <= time[i] + reach_s:
                j = b_rows[low]
                low += 1
                if same and j <= i:
                    continue
                de, dn, dt = east[j] - east[i], north[j] - north[i], time[j] - time[i]
                far = (de * de + dn * dn) / (sigma_m[i] ** 2 + sigma_m[j] ** 2)
                late = dt * dt / (sigma_s[i] ** 2 + sigma_s[j] ** 2)
                if far + late > GATE * GATE:
                    continue
                if count < len(out):
                    out[count, 0], out[count, 1] = min(i, j), max(i, j)
                count += 1
    return count
