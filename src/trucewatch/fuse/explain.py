"""Why some observations are one incident: what place, time, act and source of each contributed, as terms that add up.

The rows of an incident are taken one after the other, the most precise first. With each the log weight of the cluster grows, less
that of the row alone: log w(K_k) − log w(K_{k−1}) − log w({i_k}), and all of these add up to log w(K) − Σ log w({i}), the log
odds of one event against each row alone. Each is split as the weight is:

    place    log N(position; of the others, Σ)  −  log of the rows per m² and day that lie there anyway
    time     log N(time; of the others, τ²)  −  log of that day's share, per day
    act      log Σ_a π Π C over the rows until this  −  the same until the last  −  log of how often the source names it
    source   log p / (1 − p) of the source, or log r where it repeats, against that the row is alone, an event or clutter
    company  −log(1 + ratio): how much likelier two events lie so near each other than their density tells

Where errors have tails, place and time are summed over the scales of all these rows, time given place.

A row that repeats another (an echo) contributes nothing, by definition.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from trucewatch.errors import UsageError
from trucewatch.fuse.density import DAY_S, log_rate, squares
from trucewatch.fuse.held import known_rows, prepared
from trucewatch.fuse.model import from_table
from trucewatch.fuse.originals import originals
from trucewatch.fuse.rows import Rows, of_acts
from trucewatch.fuse.tails import squares_of
from trucewatch.fuse.weights import Weights, heavier, log_event_share, weights_of
from trucewatch.place import Floats

TERMS = ("place", "time", "act", "source", "company")
MOST_SCALED = 1_000


def explain(
    observations: pl.DataFrame, source_model: pl.DataFrame, members: pl.DataFrame, incident_id: str
) -> pl.DataFrame:
    """Return a row for each member of an incident, the most precise first: observation_id, source_id, act, the terms, `total`.

    `observations` are all that were fused, for their density counts. Raises UsageError for an incident that is not among `members`.
    """
    mine = members.filter(pl.col("incident_id") == incident_id)["observation_id"]
    if mine.is_empty():
        raise UsageError(
            f"no such incident: {incident_id!r}", where="members", to_do="take an id of the table incidents"
        )
    model = from_table(source_model)
    frame = prepared(of_acts(observations), model.piles)
    every = known_rows(frame, model)
    at = np.flatnonzero(frame["observation_id"].is_in(mine.to_list()).to_numpy())
    heard = originals(every, model.echoes, model.told_share)
    echo = heard.of[at] != at
    order = np.lexsort((at, every.sigma_m[at], echo))
    at, echo = at[order], echo[order]
    rows, told = every.take(at), frame[at]
    in_space = log_rate(model.background, squares(told)) + np.log(DAY_S)
    terms = _terms(rows, weights_of(model), in_space, int((~echo).sum()))
    table = told.select("observation_id", "source_id", "act").with_columns(
        *(pl.Series(name, terms[:, k]) for k, name in enumerate(TERMS)), pl.Series("total", terms.sum(axis=1))
    )
    return table.with_columns(pl.Series("echo", echo))


def _terms(rows: Rows, weights: Weights, in_space: Floats, number: int) -> Floats:
    """Return (n, 5) the terms of `rows`, the first `number` of them no echoes. `in_space`: log rows per m² and day at each."""
    out = np.zeros((len(rows), len(TERMS)))
    acts, by_scales = weights.act_share.copy(), [_Scaled(0.0, np.zeros((3, 3)), np.zeros(3))]
    heavy = heavier(rows, weights)
    log_event = log_event_share(rows, weights, heavy)
    for k in range(number):
        s, o = int(rows.source[k]), int(rows.act[k])
        named = weights.naming[s, o]
        before, acts = float(acts.sum()), acts * named
        out[k, 2] = np.log(acts.sum() / before) - np.log(named @ weights.act_share)
        again = s in rows.source[:k]
        out[k, 3] = (
            (weights.again if again else weights.first)[s] - weights.alone[s, o] + np.log(named @ weights.act_share)
        ) - heavy[k]
        if k and (rows.source[:k] == rows.source[0]).all():  # what one source tells again may be clutter
            out[k, 3] += (log_event[0] if k > 1 else 0.0) - (log_event[0] if s == rows.source[0] else 0.0)
        east = (rows.u_m[k] - rows.u_m[0]) * 0.5 * (rows.cos_lat[k] + rows.cos_lat[0])
        z = np.array([east, rows.north_m[k] - rows.north_m[0], rows.time_s[k] - rows.time_s[0]])
        v_e, v_n, v_en, v_t = rows.variance[k]
        own = np.array([[v_e, v_en, 0], [v_en, v_n, 0], [0, 0, v_t]])
        by_scales, place, time = _with_row(by_scales, z, own, weights.tails[s % len(weights.tails)])
        if k:
            out[k, 0] = place - in_space[k]
            out[k, 1] = time - (rows.log_density[k] - in_space[k])
            out[k, 4] = _company(rows, weights, k)
        else:
            out[k, 3] += weights.unseen
    return out


@dataclass(frozen=True)
class _Scaled:
    """What some rows say of the event if their errors have certain scales; `weighted`: precision (3, 3) times the mean."""

    log_weight: float
    precision: Floats
    weighted: Floats


def _with_row(by_scales: list[_Scaled], z: Floats, own: Floats, shares: Floats) -> tuple[list[_Scaled], float, float]:
    """Return what is said with a row at `z` (3,) too, whose stated covariance is `own`; the log density of its place, and of its
    time given its place, both 0 for the first row. Of what is said, the `MOST_SCALED` likeliest are kept.
    """
    found, places, whole, first = [], [], [], not by_scales[0].precision.any()
    squares = squares_of(shares[None])
    for before in by_scales:
        for a, b in np.argwhere(shares > 0).tolist():
            scale = np.sqrt([squares[a], squares[a], squares[b]])
            mine = own * np.outer(scale, scale)
            log_weight, place, time = before.log_weight + float(np.log(shares[a, b])), 0.0, 0.0
            if not first:
                spread = np.linalg.inv(before.precision)
                away, both = z - spread @ before.weighted, spread + mine
                place, time = _log_normal(away[:2], both[:2, :2]), _log_normal(away[2:], both[2:, 2:])
            places.append(log_weight + place)
            whole.append(log_weight + place + time)
            added = before.weighted + np.linalg.solve(mine, z)
            found.append(_Scaled(whole[-1], before.precision + np.linalg.inv(mine), added))
    of_place, of_all = float(np.logaddexp.reduce(places)), float(np.logaddexp.reduce(whole))
    found.sort(key=lambda each: -each.log_weight)
    kept = [replace(each, log_weight=each.log_weight - of_all) for each in found[:MOST_SCALED]]
    return kept, of_place, of_all - of_place


def _log_normal(away: Floats, variance: Floats) -> float:
    """Return the log density of a Gaussian around zero."""
    form = float(away @ np.linalg.solve(variance, away))
    return -0.5 * (form + float(np.linalg.slogdet(2 * np.pi * variance)[1]))


def _company(rows: Rows, weights: Weights, k: int) -> float:
    """Return −log(1 + ratio) of row k beside the most precise row, the first."""
    east = (rows.u_m[k] - rows.u_m[0]) * 0.5 * (rows.cos_lat[k] + rows.cos_lat[0])
    d2, t2 = east**2 + (rows.north_m[k] - rows.north_m[0]) ** 2, (rows.time_s[k] - rows.time_s[0]) ** 2
    v = rows.sigma_m[k] ** 2 + rows.sigma_m[0] ** 2 + weights.company[1]
    w = rows.variance[k, 3] + rows.variance[0, 3] + weights.company[2]
    near = np.exp(-0.5 * (d2 / v + t2 / w) - rows.log_density[0]) / (v * np.sqrt(w))
    real = weights.real[rows.source[k]] * weights.real[rows.source[0]]
    return -float(np.log1p(weights.company[0] * near * real))
