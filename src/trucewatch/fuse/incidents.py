"""What an incident is, from its observations: where, when, what, how many, how sure. Nothing is made tighter than it is."""

import hashlib
from collections.abc import Mapping

import numpy as np
import polars as pl

from trucewatch import place, tables
from trucewatch.fuse.model import Model
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.manifest import Manifest
from trucewatch.place import Floats

LEAST_ACT = 0.01


def members_of(rows: Rows, cluster: Ints) -> pl.DataFrame:
    """Return table `members`; the incident's id is a hash of the sorted ids of its observations."""
    frame = pl.DataFrame({"observation_id": rows.frame["observation_id"], "cluster": cluster})
    listed = frame.group_by("cluster").agg(pl.col("observation_id").sort().str.join("\n").alias("content"))
    ids = [hashlib.blake2b(content.encode(), digest_size=9).hexdigest() for content in listed["content"]]
    named = listed.select("cluster", pl.Series("incident_id", ids))
    members = frame.join(named, on="cluster", how="left", maintain_order="left").select("observation_id", "incident_id")
    return tables.conform(members, "members")


def incidents_of(
    rows: Rows,
    original: Ints,
    cluster: Ints,
    real: Floats,
    draws: Ints,
    model: Model,
    members: pl.DataFrame,
    manifests: Mapping[str, Manifest] | None,
) -> pl.DataFrame:
    """Return table `incidents`, one row a cluster. `original`: the row that each stands for, itself where it is no echo."""
    labels, of = np.unique(cluster, return_inverse=True)
    size = np.bincount(of)
    own = original == np.arange(len(original))
    where = _where(rows, own, of, labels, draws)
    what = _what(rows, model, own, of, len(labels))
    frame = rows.frame.with_columns(
        members["incident_id"], pl.Series("_of", of), pl.Series("_real", real), _origin(rows, manifests).gather(original),
        pl.Series("time_error_s", _beyond_span(rows, model)),
    )  # fmt: skip
    facts = frame.group_by("_of").agg(
        pl.col("incident_id").first(),
        pl.len().cast(pl.Int64).alias("observations"),
        pl.col("_origin").n_unique().cast(pl.Int64).alias("independent_sources"),
        pl.col("source_id").unique().sort().alias("source_ids"),
        pl.col("_real").max().alias("real_probability"),
        pl.col("start_utc").first(), pl.col("end_utc").first(), pl.col("time_error_s").first(),
        _agreed("aspect"), _agreed("weapon"), _agreed("object"), _agreed("reported_party"),
        pl.col("count_low").min(), _open_top("count_high"),
        pl.col("deaths_low").min(), _open_top("deaths_high"),
        pl.col("injured_low").min(), _open_top("injured_high"),
        pl.col("civilians_low").min(), _open_top("civilians_high"),
        pl.col("sense").drop_nulls().unique().sort().alias("senses"),
    )  # fmt: skip
    table = facts.sort("_of").with_columns(*where, *what)
    several = pl.Series(size > 1)
    alone_s = (pl.col("time_error_s") ** 2 + pl.col("_wider_s2")).clip(0.0).sqrt()
    table = table.with_columns(
        pl.when(several).then("_at").otherwise("start_utc").alias("start_utc"),
        pl.when(several).then("_at").otherwise("end_utc").alias("end_utc"),
        pl.when(several).then("_sigma_s").otherwise(alone_s).alias("time_error_s"),
    )
    return tables.conform(table.drop("_of", "_at", "_sigma_s", "_wider_s2").sort("incident_id"), "incidents")


def _agreed(column: str) -> pl.Expr:
    """Return the value that all rows which tell one agree on, null where they do not."""
    told = pl.col(column).drop_nulls()
    return pl.when(told.n_unique() == 1).then(told.first()).alias(column)


def _open_top(column: str) -> pl.Expr:
    """Return the greatest value, null (open) where a row that tells the low leaves the high open."""
    low = column.replace("high", "low")
    is_open = (pl.col(low).is_not_null() & pl.col(column).is_null()).any()
    return pl.when(~is_open).then(pl.col(column).max()).alias(column)


def _origin(rows: Rows, manifests: Mapping[str, Manifest] | None) -> pl.Series:
    """Return for each row the source that it stands for: one that copies another is not a second source."""
    copies = {name: m.copies for name, m in (manifests or {}).items()}
    stands = {name: next((c for c in copies.get(name, ()) if c in rows.source_ids), name) for name in rows.source_ids}
    return rows.frame["source_id"].replace_strict(stands).alias("_origin")


def _where(rows: Rows, own: np.ndarray, of: Ints, labels: Ints, draws: Ints) -> list[pl.Series]:
    """Return position, ellipse and instant of each cluster: the precision-weighted means of its rows that are no echoes.

    That a member may not belong widens the errors: to the error of the members as they are comes, over the draws, the square
    of how far the cluster lies from here that most of the members are in (the most precise decides a tie).
    """
    n, alike = len(labels), (_alike(rows, "lon_deg", "lat_deg"), _alike(rows, "start_utc", "end_utc"))
    at, (v_e, v_n, v_en, v_t) = _middle(rows, own, alike, of, n)
    order = np.lexsort((rows.sigma_m, ~own, of))
    widened = np.zeros((4, n))
    for state in draws:
        clusters, of_state = np.unique(state, return_inverse=True)
        there, variance = _middle(rows, own, alike, of_state, len(clusters))
        most = of_state[_in_most(of, of_state, order)]
        e, north, t = there[:, most] - at
        widened += (
            np.array([e * e, north * north, e * north, t * t]) + variance[:, most] - np.array([v_e, v_n, v_en, v_t])
        )
    widened /= max(len(draws), 1)
    v_e, v_n, v_en, v_t = np.array([v_e, v_n, v_en, v_t]) + widened
    major, minor, azimuth = place.ellipse(v_e, v_n, v_en)
    frame = rows.frame[labels]  # the label is the smallest row
    shift = at - np.array([rows.east_m[labels], rows.north_m[labels], rows.time_s[labels]])
    lon, lat = place.offset(frame["lon_deg"].to_numpy(), frame["lat_deg"].to_numpy(), shift[0], shift[1])
    middle = (frame["start_utc"].dt.epoch("us").to_numpy() + frame["end_utc"].dt.epoch("us").to_numpy()) / 2
    instant = np.round(middle + shift[2] * 1e6).astype(np.int64)
    return [
        pl.Series("lon_deg", lon), pl.Series("lat_deg", np.clip(lat, -90, 90)),
        pl.Series("error_major_m", major), pl.Series("error_minor_m", np.minimum(minor, major)),
        pl.Series("error_azimuth_deg", azimuth),
        pl.Series("_at", instant).cast(pl.Datetime("us", "UTC")), pl.Series("_sigma_s", np.sqrt(v_t)),
        pl.Series("_wider_s2", widened[3]),
    ]  # fmt: skip


def _beyond_span(rows: Rows, model: Model) -> Floats:
    """Return the one-sigma error of each row beyond its span: what a factor above 1 adds to the span is error too."""
    error, scale = rows.frame["time_error_s"].to_numpy(), model.time_scale[rows.source]
    width = (rows.frame["end_utc"] - rows.frame["start_utc"]).dt.total_microseconds().to_numpy() / 1e6
    return np.asarray(np.sqrt((scale * error) ** 2 + (np.maximum(scale, 1) ** 2 - 1) * width**2 / 12))


def _in_most(of: Ints, of_state: Ints, order: Ints) -> Ints:
    """Return for each cluster its first row, in `order`, that lies with most of the cluster's rows in another partition."""
    both = of * (int(of_state.max()) + 1) + of_state
    _, name, votes = np.unique(both, return_inverse=True, return_counts=True)
    ranked = order[np.lexsort((-votes[name][order], of[order]))]
    return ranked[np.searchsorted(of[ranked], np.arange(int(of.max()) + 1))]


Alike = tuple[tuple[Ints, Ints], tuple[Ints, Ints]]


def _alike(rows: Rows, one: str, other: str) -> tuple[Ints, Ints]:
    """Return the rows that share both columns with another row, and a number for what they share; instants are no spans."""
    told = rows.frame.select(one, other).with_row_index("row")
    told = told.filter(pl.col(one) != pl.col(other)) if one == "start_utc" else told
    shared = told.filter(pl.struct(one, other).is_duplicated())
    code = shared.select(pl.struct(one, other).rank("dense")).to_series().to_numpy()
    return shared["row"].to_numpy().astype(np.int64), code.astype(np.int64)


def _together(of: Ints, rows: Ints, code: Ints) -> Floats:
    """Return for each row the number of rows of its cluster that are alike in what `code` numbers."""
    number = np.ones(len(of))
    if len(rows):
        _, name, count = np.unique(of[rows] * (int(code.max()) + 1) + code, return_inverse=True, return_counts=True)
        number[rows] = count[name]
    return number


def _middle(rows: Rows, own: np.ndarray, alike: Alike, of: Ints, n: int) -> tuple[Floats, Floats]:
    """Return (3, n) east, north, time of clusters, and (4, n) variance of east, north, their covariance, variance of time.

    Rows of a cluster at the very same point are of a list of places, and with the very same span of a list of days: together they
    tell as much as one of them. Echoes tell nothing.
    """
    first = np.full(n, len(of))
    np.minimum.at(first, of, np.arange(len(of)))
    base = np.array([rows.east_m[first], rows.north_m[first], rows.time_s[first]])
    e, north, t = np.array([rows.east_m, rows.north_m, rows.time_s]) - base[:, of]
    places, spans = (np.where(own, _together(of, *same), 1e12) for same in alike)
    a, b, c = rows.precision[:, :3].T / places
    d = rows.precision[:, 3] / spans
    p_e, p_n, p_en, p_t = (np.bincount(of, weights=w, minlength=n) for w in (a, b, c, d))
    h_e, h_n, h_t = (np.bincount(of, weights=w, minlength=n) for w in (a * e + c * north, c * e + b * north, d * t))
    det = p_e * p_n - p_en**2
    shift = np.array([(p_n * h_e - p_en * h_n) / det, (p_e * h_n - p_en * h_e) / det, h_t / p_t])
    return base + shift, np.array([p_n / det, p_e / det, -p_en / det, 1 / p_t])


def _what(rows: Rows, model: Model, own: np.ndarray, of: Ints, n: int) -> list[pl.Series]:
    """Return the act of each cluster, its probability and the posterior, from its rows that are no echoes."""
    log_post = np.tile(np.log(np.maximum(model.act_share, 1e-12)), (n, 1))
    np.add.at(log_post, of[own], np.log(np.maximum(model.confusion[rows.source[own], :, rows.act[own]], 1e-12)))
    post = np.exp(log_post - log_post.max(axis=1, keepdims=True))
    post /= post.sum(axis=1, keepdims=True)
    best = post.argmax(axis=1)
    order = np.argsort(-post, axis=1, kind="stable")
    struct = pl.DataFrame(
        {
            "row": np.repeat(np.arange(n), post.shape[1]),
            "act": np.array(rows.acts, dtype=object)[order.ravel()].tolist(),
            "probability": np.take_along_axis(post, order, axis=1).ravel(),
        }
    ).filter(pl.col("probability") >= LEAST_ACT)
    listed = struct.group_by("row", maintain_order=True).agg(pl.struct("act", "probability").alias("posterior"))
    return [
        pl.Series("act", np.array(rows.acts, dtype=object)[best].tolist(), dtype=pl.String),
        pl.Series("act_probability", post[np.arange(n), best]),
        listed["posterior"].alias("act_posterior"),
    ]
