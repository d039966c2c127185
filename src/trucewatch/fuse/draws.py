"""Table `draws`: whole partitions from the posterior, for the rows whose incident is not certain.

Any count's uncertainty follows from them: count in each draw, and look at how the counts spread. An incident that people
decided on stands in each draw as they decided it.
"""

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.fuse.rows import Ints, Rows

MIX = np.uint64(0x9E3779B97F4A7C15)


def draws_of(rows: Rows, states: Ints, cluster: Ints, decided: Ints) -> pl.DataFrame:
    """Return table `draws` from sampled partitions `states`, (d, n); rows that are everywhere as in `cluster`, (n,), are left out.

    `decided`: rows on which people decided. In a draw an incident has the least observation_id of its rows for its name.
    """
    n = len(cluster)
    ids = rows.frame["observation_id"]
    rank = ids.rank("ordinal").to_numpy().astype(np.int64) - 1
    fixed = np.isin(cluster, cluster[decided])
    named = np.stack([_least(np.where(fixed, n + cluster, state), rank) for state in (cluster, *states)])
    uncertain = np.zeros(n, dtype=bool)
    for state in named[1:]:
        uncertain |= _content(state, rank) != _content(named[0], rank)
    told = np.flatnonzero(uncertain)
    by_rank = ids.sort()
    frame = pl.DataFrame(
        {
            "draw": np.repeat(np.arange(1, len(named)), len(told)),
            "observation_id": pl.concat([ids.gather(told)] * (len(named) - 1)) if len(named) > 1 else ids.clear(),
            "incident_id": by_rank.gather(named[1:, told].ravel()),
        }
    )
    return tables.conform(frame.sort("draw", "observation_id"), "draws")


def _least(labels: Ints, rank: Ints) -> Ints:
    """Return for each row the least rank of an id in its cluster."""
    _, of = np.unique(labels, return_inverse=True)
    least = np.full(int(of.max()) + 1, len(rank))
    np.minimum.at(least, of, rank)
    return np.asarray(least[of])


def _content(least: Ints, rank: Ints) -> np.ndarray:
    """Return for each row a number that tells which rows its cluster holds (a sum of hashes, whatever their order)."""
    mixed = (rank.astype(np.uint64) + np.uint64(1)) * MIX
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    total = np.zeros(len(least), dtype=np.uint64)
    np.add.at(total, least, mixed)
    return np.asarray(total[least])
