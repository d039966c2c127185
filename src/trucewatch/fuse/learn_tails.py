"""Which sources' errors have heavy tails, and how heavy: learned after all else, in turns of sweeps and counting.

Whether there are tails at all the pairs of rows say (see `far_pairs`); only then are they in the model, so that a world without
them pays nothing. From what the pairs say further turns begin: how often errors have which scale is the mean, over the sweeps, of
the probability given the row's cluster (the M-step of a mixture), and how wrong stated errors are follows as in `errors_stated`,
with each row's own scales.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from trucewatch.fuse.errors_stated import believed, corrected
from trucewatch.fuse.far_pairs import far_errors
from trucewatch.fuse.model import Model
from trucewatch.fuse.rows import Ints, Rows, rescaled
from trucewatch.fuse.sampling import Sampled, sample
from trucewatch.fuse.tails import pruned
from trucewatch.fuse.weights import weights_of

ROUNDS: Final = 6
SCALE_TURNS: Final = 4
SWEEPS: Final = 2
LAST_SWEEPS: Final = 6
BURN_IN: Final = 1
PRIOR_ROWS: Final = 200.0  # that what the pairs say of a source weighs as much as


def with_tails(
    stated: Rows, model: Model, cluster: Ints | None, rounded: tuple[Ints, Ints], unfit: np.ndarray, seed: int,
    maximised: Callable[[Rows, Model, Sampled], Model],
) -> tuple[Model, Sampled | None]:  # fmt: skip
    """Return the model with tails and the last sweeps; the model as it is where the errors of `stated` rows have none.

    `unfit`, (S,): sources whose pairs do not tell it, of which none are believed. `maximised`: what else is learned from sweeps.
    """
    found = far_errors(rescaled(stated, model.space_scale, model.time_scale), model, unfit)
    if found is None:
        return model, None
    space, time = found.factors
    model = replace(
        model, tails=pruned(found.shares), space_scale=model.space_scale * space, time_scale=model.time_scale * time
    )
    sampled: Sampled | None = None
    for turn in range(ROUNDS):
        rows = rescaled(stated, model.space_scale, model.time_scale)
        sweeps = LAST_SWEEPS if turn == ROUNDS - 1 else SWEEPS
        sampled = sample(rows, weights_of(model), seed=seed + turn, burn_in=BURN_IN, sweeps=sweeps, cluster=cluster)
        model, cluster = maximised(rows, model, sampled), sampled.cluster
        shares = np.where(unfit[:, None, None], 0.0, sampled.scales) + PRIOR_ROWS * found.shares
        model = replace(model, tails=pruned(shares / shares.sum(axis=(1, 2), keepdims=True)))
        if turn < SCALE_TURNS:
            in_place, in_time = sampled.wide.T**2
            now = replace(rows, variance=rows.variance * np.column_stack([in_place, in_place, in_place, in_time]))
            space, time = corrected(now, cluster, (model.space_scale, model.time_scale), rounded)
            if turn == SCALE_TURNS - 1:
                space, time = believed(space), believed(time)
            model = replace(model, space_scale=space, time_scale=time)
    return model, sampled
