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
    cluster: Ints,
    real: Floats,
    draws: Ints,
    model: Model,
    members: pl.DataFrame,
    manifests: Mapping[str, Manifest] | None,
) -> pl.DataFrame:
    """Return table `incidents`, one row a cluster."""
    labels, of = np.unique(cluster, return_inverse=True)
    size = np.bincount(of)
    where = _where(rows, of, labels, draws)
    what = _what(rows, model, of, len(labels))
    frame = rows.frame.with_columns(
        members["incident_id"], pl.Series("_of", of), pl.Series("_real", real), _origin(rows, manifests),
        pl.col("time_error_s") * pl.Series(model.time_scale[rows.source]),
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
    table = table.with_columns(
        pl.when(several).then("_at").otherwise("start_utc").alias("start_utc"),
        pl.when(several).then("_at").otherwise("end_utc").alias("end_utc"),
        pl.when(several).then("_sigma_s").otherwise("time_error_s").alias("time_error_s"),
    )
    return tables.conform(table.drop("_of", "_at", "_sigma_s").sort("incident_id"), "incidents")


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


def _where(rows: Rows, of: Ints, labels: Ints, draws: Ints) -> list[pl.Series]:
    """Return position, ellipse and instant of each cluster: the precision-weighted means of its rows.

    That a member may not belong widens the errors: to the error of the members as they are comes, over the draws, the square
    of how far the cluster of its most precise row lies from here.
    """
    n = len(labels)
    at, (v_e, v_n, v_en, v_t) = _middle(rows, of, n)
    size = np.bincount(of, minlength=n)
    order = np.lexsort((rows.sigma_m, of))
    anchor = order[np.searchsorted(of[order], np.arange(n))]
    widened = np.zeros((4, n))
    for state in draws:
        clusters, of_state = np.unique(state, return_inverse=True)
        there, variance = _middle(rows, of_state, len(clusters))
        e, north, t = (there[:, of_state[anchor]] - at) * (size > 1)
        widened += np.array([e * e, north * north, e * north, t * t]) + np.where(
            size > 1, variance[:, of_state[anchor]] - np.array([v_e, v_n, v_en, v_t]), 0.0
        )
    v_e, v_n, v_en, v_t = np.array([v_e, v_n, v_en, v_t]) + widened / max(len(draws), 1)
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
    ]  # fmt: skip


def _middle(rows: Rows, of: Ints, n: int) -> tuple[Floats, Floats]:
    """Return (3, n) east, north, time of clusters, and (4, n) variance of east, north, their covariance, variance of time."""
    first = np.full(n, len(of))
    np.minimum.at(first, of, np.arange(len(of)))
    base = np.array([rows.east_m[first], rows.north_m[first], rows.time_s[first]])
    e, north, t = np.array([rows.east_m, rows.north_m, rows.time_s]) - base[:, of]
    a, b, c, d = rows.precision.T
    p_e, p_n, p_en, p_t = (np.bincount(of, weights=w, minlength=n) for w in (a, b, c, d))
    h_e, h_n, h_t = (np.bincount(of, weights=w, minlength=n) for w in (a * e + c * north, c * e + b * north, d * t))
    det = p_e * p_n - p_en**2
    shift = np.array([(p_n * h_e - p_en * h_n) / det, (p_e * h_n - p_en * h_e) / det, h_t / p_t])
    return base + shift, np.array([p_n / det, p_e / det, -p_en / det, 1 / p_t])


def _what(rows: Rows, model: Model, of: Ints, n: int) -> list[pl.Series]:
    """Return the act of each cluster, its probability and the posterior."""
    log_post = np.tile(np.log(np.maximum(model.act_share, 1e-12)), (n, 1))
    np.add.at(log_post, of, np.log(np.maximum(model.confusion[rows.source, :, rows.act], 1e-12)))
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
