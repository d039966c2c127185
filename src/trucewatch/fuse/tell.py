"""What is told of a block, as tables. Each is made apart from all others, and from what was decided alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.fuse.decide import LEAST_PAIR, Pairs
from trucewatch.fuse.draws import draws_of
from trucewatch.fuse.gate import Int32s
from trucewatch.fuse.incidents import incidents_of, members_of
from trucewatch.fuse.model import Model
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.fuse.sampling import Float32s
from trucewatch.manifest import Manifest

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Decided:
    """Incidents that begin in a block, with all their rows: `cluster` (n,) the first row of each; `original` as in `Originals`."""

    frame: pl.DataFrame
    rows: Rows
    original: Ints
    cluster: Int32s
    real: Float32s
    moments: Float32s
    model: Model
    manifests: Mapping[str, Manifest] | None

    def tables(self) -> Tables:
        """Return `members` and `incidents`; none where all that hangs together with the block began earlier."""
        if self.frame.is_empty():
            return {name: tables.empty(name) for name in ("members", "incidents")}
        members = members_of(self.frame["observation_id"], self.cluster)
        incidents = incidents_of(
            self.frame,
            self.rows,
            self.original,
            self.cluster,
            self.real,
            self.moments,
            self.model,
            members,
            self.manifests,
        )
        return {"members": members, "incidents": incidents}


@dataclass(frozen=True)
class Uncertain:
    """Pairs whose first row lies in a block, and draws of its rows that are not certain; `ids`: of all rows
    at hand. `settled`: see `shelf.SETTLED`.
    """

    ids: pl.Series
    pairs: Pairs
    rows: Ints
    first: Int32s
    settled: pl.DataFrame

    def tables(self) -> Tables:
        """Return `pairs` and `draws`, and `settled`, which is for whoever goes on from there."""
        draws = draws_of(self.ids, self.rows, self.first)
        return {"pairs": _pairs_of(self.ids, self.pairs), "draws": draws, "settled": self.settled}


def tables_of(of: tuple[int, Decided | Uncertain]) -> tuple[int, Tables]:
    """Return the number of a block and the tables that are told of it."""
    return of[0], of[1].tables()


def _pairs_of(ids: pl.Series, pairs: Pairs) -> pl.DataFrame:
    """Return table `pairs`, by id."""
    kept = pairs.probability >= LEAST_PAIR
    one, other = ids.gather(pairs.one[kept]), ids.gather(pairs.other[kept])
    frame = pl.DataFrame({"one": one, "other": other, "probability": pairs.probability[kept].astype(np.float64)})
    low, high = pl.min_horizontal("one", "other"), pl.max_horizontal("one", "other")
    listed = frame.select(low.alias("observation_a"), high.alias("observation_b"), "probability")
    return listed.sort("observation_a", "observation_b")
