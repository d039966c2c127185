"""The model as numbers for the kernels: what a row, a pair of rows, and one row more in a cluster weigh.

With ρ the rows per m² s at a row (`Rows.log_density`), events lie E ρ / n thick there, and the clutter of source s c_s (n_s / n) ρ:
only shares of the rows enter, so that a row weighs the same in whatever part of a table it lies.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trucewatch.fuse.company import company_terms
from trucewatch.fuse.model import Model
from trucewatch.fuse.rows import Rows
from trucewatch.place import Floats

LOG_2PI_3_2 = 1.5 * np.log(2 * np.pi)
LEAST_SPREAD = 0.005  # of a source's rows, clutter that may lie anywhere
UNSEEN_ACT = 1e-3  # how often a source names an act that it never named before, whatever it was


@dataclass(frozen=True)
class Weights:
    """S sources, A acts; an observed act may also be one that the model does not know, number A."""

    unseen: float  # log of the events per row, seen by nobody
    naming: Floats  # (S, A + 1, A): how often source s names o when it was a
    act_share: Floats  # (A,)
    alone: Floats  # (S, A + 1): log weight of a row alone, less log ρ
    event_share: Floats  # (S, A + 1): the part of it that is an event
    clutter_act: Floats  # (S, A + 1): log of how often a row of clutter is named o and no further one follows
    first: Floats  # (S,): log of what a source adds to a cluster
    again: Floats  # (S,): log of what it adds with a further row
    pair: Floats  # (S, A + 1, S, A + 1): log odds of two rows, less what follows from place, time and ρ
    company: Floats  # (3,)
    real: Floats  # (S,): share of a source's rows that are events
    repeats: npt.NDArray[np.bool_]  # (S,)
    tails: Floats  # (S, K, K), or (1, 1, 1) for none: shares of scales in place and time


def weights_of(model: Model) -> Weights:
    """Return what the kernels need of the model."""
    rows = float((model.counts * (1 - model.lasting)).sum())  # ρ is made of these: what lasts is left out of it
    p = np.clip(model.detection, 1e-4, 1 - 1e-4)
    repeat = np.clip(model.repeat, 0, 0.95)
    first = np.log(p) - np.log1p(-p) + np.log1p(-repeat)
    again = np.log(np.maximum(repeat, 1e-12))
    unseen = np.log(model.events / rows) + np.log1p(-p).sum()
    n_sources, n_acts = model.observed_share.shape
    naming = np.full((n_sources, n_acts + 1, n_acts), UNSEEN_ACT)
    naming[:, :n_acts] = model.confusion.transpose(0, 2, 1)
    observed = np.column_stack([np.maximum(model.observed_share, 1e-12), np.full(n_sources, UNSEEN_ACT)])
    acts = naming @ model.act_share
    event = unseen + first[:, None] + np.log(np.maximum(acts, 1e-300))
    spread = np.maximum(model.clutter - model.lasting, LEAST_SPREAD)
    once = np.log1p(-repeat)[:, None]
    clutter_act = (
        np.log(observed) + 2 * once
    )  # 1 − r of the rows are what is told first, and 1 − r of that is not told again
    clutter = np.log(np.maximum(spread * model.counts / rows, 1e-12))[:, None] + clutter_act
    alone = np.logaddexp(event, clutter)
    both = np.log(np.maximum(np.einsum("a,soa,tpa->sotp", model.act_share, naming, naming), 1e-300))
    both = (both + both.transpose(2, 3, 0, 1)) / 2  # einsum does not multiply in the same order both ways
    own = first[:, None] - alone
    other = np.tile(own[:, :, None, None], (1, 1, n_sources, n_acts + 1)) + own[None, None]
    same = np.arange(n_sources)
    other[same, :, same, :] += (again - first)[:, None, None]
    return Weights(
        unseen=float(unseen),
        naming=np.ascontiguousarray(naming),
        act_share=model.act_share,
        alone=alone,
        event_share=np.exp(event - alone),
        clutter_act=clutter_act,
        first=first,
        again=again,
        pair=unseen + both + other - LOG_2PI_3_2,
        company=company_terms(model.company, model.events / rows),
        real=1 - model.clutter,
        repeats=model.repeat > 0,
        tails=model.tails,
    )


def heavier(rows: Rows, weights: Weights) -> Floats:
    """Return by how much the log weight of each row alone is greater for the clutter that its source keeps where it lies.

    log(1 + φ share / (ρ w)), with φ the rows of lasting clutter per m² s there (see `clutter`), and ρ w the weight without it.
    """
    out = np.zeros(len(rows))
    at = np.flatnonzero(np.isfinite(rows.log_clutter))
    s, o = rows.source[at], rows.act[at]
    out[at] = np.logaddexp(
        0.0, rows.log_clutter[at] + weights.clutter_act[s, o] - weights.alone[s, o] - rows.log_density[at]
    )
    return out


def log_event_share(rows: Rows, weights: Weights, heavy: Floats) -> Floats:
    """Return the log of the part of each row's weight alone that is an event. `heavy`: what `heavier` returns."""
    return np.asarray(np.log(weights.event_share[rows.source, rows.act]) - heavy)


def lasting_share(rows: Rows) -> Floats:
    """Return the share of each source's rows, (S,), that is clutter which lasts where they lie."""
    of_rows = np.exp(rows.log_clutter - np.logaddexp(rows.log_clutter, rows.log_density))
    n = len(rows.source_ids)
    whole = np.bincount(rows.source, weights=of_rows, minlength=n)
    return np.asarray(whole / np.maximum(np.bincount(rows.source, minlength=n), 1))
