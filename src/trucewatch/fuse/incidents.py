"""What an incident is, from its observations: where, when, what, how many, how sure. Nothing is made tighter than it is."""

import hashlib
from collections.abc import Mapping

import numba
import numpy as np
import polars as pl

from trucewatch import place, tables
from trucewatch.fuse.gate import Int32s
from trucewatch.fuse.model import NAMING_START, Model, prior_confusion
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.fuse.sampling import Float32s
from trucewatch.manifest import Manifest
from trucewatch.place import Floats

LEAST_ACT = 0.01
EQUALLY_LIKELY = 1e-6  # a difference of chances below which two acts are
AGREED = ("aspect", "weapon", "object", "reported_party")
RANGES = ("count", "deaths", "injured", "civilians")
TOLD = ("sense", *AGREED, *(f"{name}_{end}" for name in RANGES for end in ("low", "high")))


def members_of(ids: pl.Series, cluster: Int32s) -> pl.DataFrame:
    """Return table `members`; the incident's id is a hash of the sorted ids of its observations."""
    size = np.bincount(cluster, minlength=len(cluster))
    alone = size[cluster] == 1
    several = pl.DataFrame({"cluster": cluster[~alone], "id": ids.filter(pl.Series(~alone))})
    listed = several.sort("cluster", "id").group_by("cluster", maintain_order=True).agg(pl.col("id").str.join("\n"))
    contents = pl.concat([ids.filter(pl.Series(alone)), listed["id"]])
    names = pl.Series("incident_id", map(incident_id, contents), dtype=pl.String)
    place = np.empty(len(cluster), dtype=np.int32)
    place[np.concatenate([np.flatnonzero(alone), listed["cluster"].to_numpy()])] = np.arange(len(names), dtype=np.int32)
    return pl.DataFrame({"observation_id": ids, "incident_id": names.gather(place[cluster])})


def incident_id(content: str) -> str:
    """Return the id of an incident by the sorted ids of its observations, one a line.

    >>> incident_id("o1")
    '684c13b4a8c8f7c567'
    """
    return hashlib.blake2b(content.encode(), digest_size=9).hexdigest()


def incidents_of(
    frame: pl.DataFrame,
    rows: Rows,
    original: Ints,
    cluster: Int32s,
    real: Float32s,
    moments: Float32s,
    model: Model,
    members: pl.DataFrame,
    manifests: Mapping[str, Manifest] | None,
) -> pl.DataFrame:
    """Return table `incidents`, one row a cluster, in order of id.

    `frame`: the observations of `rows`; `original`: the row that each stands for, itself where it is no echo; `moments` as in
    `Sampled`.
    """
    labels = np.flatnonzero(cluster == np.arange(len(cluster)))  # the label is the smallest row
    labels = labels[members["incident_id"].gather(labels).arg_sort().to_numpy()]
    of = np.empty(len(cluster), np.int32)
    of[labels] = np.arange(len(labels), dtype=np.int32)
    of = of[cluster]
    own, origin = original == np.arange(len(original)), _origin(rows, manifests).gather(original)
    order = np.argsort(of, kind="stable")
    start = np.append(0, np.cumsum(np.bincount(of)))
    several = pl.Series(np.diff(start) > 1)
    first = frame[labels]
    placed, instant, sigma_s, wider_s2 = _where(rows, own, order, start, moments, first)
    alone_s = np.sqrt(np.maximum(_beyond_span(rows.take(labels), model) ** 2 + wider_s2, 0.0))
    most_real = np.maximum.reduceat(real[order], start[:-1]).astype(np.float64)
    names = members["incident_id"].gather(labels)
    table = pl.DataFrame({"incident_id": names, "real_probability": most_real}).with_columns(
        *placed,
        pl.when(several).then(instant).otherwise(first["start_utc"]).alias("start_utc"),
        pl.when(several).then(instant).otherwise(first["end_utc"]).alias("end_utc"),
        pl.when(several).then(sigma_s).otherwise(pl.Series(alone_s)).alias("time_error_s"),
        pl.Series("observations", np.diff(start)),
        *_what(rows, frame["act"], model, own, order, start),
        *_told(frame, first, labels, of, several, origin),
    )
    schema = tables.dtypes("incidents")
    return table.select(schema.keys()).cast(schema)  # type: ignore[arg-type]


def _told(
    frame: pl.DataFrame, first: pl.DataFrame, labels: Ints, of: Int32s, several: pl.Series, origin: pl.Series
) -> list[pl.Series]:
    """Return what the members tell, a value for each cluster; clusters of one row take its values as they are."""
    rows = pl.DataFrame({"of": of, "origin": origin}).with_columns(frame.select("source_id", *TOLD))
    rows = rows.filter(several.gather(of))
    by = rows.select("of").unique().sort("of")
    lists = {"source_ids": "source_id", "senses": "sense"}
    for name, column in lists.items():
        each = rows.select("of", column).drop_nulls().unique().sort("of", column).group_by("of", maintain_order=True)
        by = by.join(each.agg(pl.col(column).alias(name)), on="of", how="left", maintain_order="left")
    sources = (
        rows.select("of", "origin").unique().group_by("of").agg(pl.len().cast(pl.Int64).alias("independent_sources"))
    )
    by = by.join(sources, on="of", how="left", maintain_order="left")
    told = [column for column in AGREED if rows[column].null_count() < rows.height]
    ranges = [
        name
        for name in RANGES
        if rows[f"{name}_low"].null_count() < rows.height or rows[f"{name}_high"].null_count() < rows.height
    ]
    ends = [pl.col(f"{name}_low").min() for name in ranges] + [_open_top(f"{name}_high") for name in ranges]
    values = rows.group_by("of").agg(*map(_agreed, told), *ends)
    by = by.join(values, on="of", how="left", maintain_order="left")
    one = first.select(
        pl.Series("of", of[labels]), pl.concat_list("source_id").alias("source_ids"),
        pl.concat_list("sense").list.drop_nulls().alias("senses"), pl.lit(1, pl.Int64).alias("independent_sources"),
        *told, *(f"{name}_{end}" for end in ("low", "high") for name in ranges),
    )  # fmt: skip
    whole = pl.concat([one.filter(~several), by.select(one.columns).with_columns(pl.col("senses").fill_null([]))]).sort(
        "of"
    )
    absent = {f"{name}_{end}" for name in RANGES for end in ("low", "high")} | set(AGREED)
    nothing = [pl.lit(None).alias(name) for name in sorted(absent - set(whole.columns))]
    return whole.drop("of").with_columns(nothing).get_columns()


def _agreed(column: str) -> pl.Expr:
    """Return the value that all rows which tell one agree on, null where they do not."""
    return pl.when(pl.col(column).min() == pl.col(column).max()).then(pl.col(column).min()).alias(column)


def _open_top(column: str) -> pl.Expr:
    """Return the greatest value, null (open) where a row that tells the low leaves the high open."""
    low = column.replace("high", "low")
    is_open = (pl.col(low).is_not_null() & pl.col(column).is_null()).any()
    return pl.when(~is_open).then(pl.col(column).max()).alias(column)


def _origin(rows: Rows, manifests: Mapping[str, Manifest] | None) -> pl.Series:
    """Return for each row the source that it stands for: one that copies another is not a second source."""
    copies = {name: m.copies for name, m in (manifests or {}).items()}
    stands = [next((c for c in copies.get(name, ()) if c in rows.source_ids), name) for name in rows.source_ids]
    return pl.Series("origin", np.array([rows.source_ids.index(name) for name in stands])[rows.source])


def _where(
    rows: Rows, own: np.ndarray, order: Ints, start: Ints, moments: Float32s, first: pl.DataFrame
) -> tuple[list[pl.Series], pl.Series, pl.Series, Floats]:
    """Return position and ellipse, instant and its error, of each cluster: what its rows say together of one place and time.

    That a member may not belong changes the errors: by the mean square, over the draws, of how far the event of its most precise
    row lies from here, less the error that the members have as they are; that of time is returned too.
    """
    at, v, wider = _middle(
        order,
        start,
        own,
        rows.u_m,
        rows.north_m,
        rows.cos_lat,
        rows.time_s,
        rows.variance,
        rows.sigma_m,
        rows.span_s,
        moments,
        bool(rows.widest),
    )
    v_e, v_n, v_en, v_t = np.maximum(v + wider, [[1e-6, 1e-6, -np.inf, 1e-6]]).T
    major, minor, azimuth = place.ellipse(v_e, v_n, v_en)
    lon, lat = place.offset(first["lon_deg"].to_numpy(), first["lat_deg"].to_numpy(), at[:, 0], at[:, 1])
    begin, end = (first[name].dt.epoch("us").to_numpy() for name in ("start_utc", "end_utc"))
    instant = np.round(begin + (end - begin) / 2 + at[:, 2] * 1e6).astype(np.int64)
    series = {
        "lon_deg": lon, "lat_deg": np.clip(lat, -90, 90), "error_major_m": major,
        "error_minor_m": np.minimum(minor, major), "error_azimuth_deg": azimuth,
    }  # fmt: skip
    placed = [pl.Series(name, values) for name, values in series.items()]
    return placed, pl.Series(instant).cast(pl.Datetime("us", "UTC")), pl.Series(np.sqrt(v_t)), wider[:, 3]


def _beyond_span(rows: Rows, model: Model) -> Floats:
    """Return the one-sigma error of each row beyond its span: what a factor above 1 adds to the span is error too."""
    scale = model.time_scale[rows.source]
    return np.asarray(np.sqrt((scale * rows.error_s) ** 2 + (np.maximum(scale, 1) ** 2 - 1) * rows.span_s**2 / 12))


@numba.njit(cache=True, nogil=True)
def _middle(order, start, own, u, north, cos_lat, time, variance, sigma_m, span_s, moments, tails):  # type: ignore[no-untyped-def]
    """Return (n, 3) east, north, time of clusters from their first rows, (n, 4) variances and what doubt adds to them.

    Rows of a cluster at the very same point are of a list of places, and with the very same span of a list of days: together they
    tell as much as one of them. Echoes tell nothing. Members are taken in order. With `tails` a cluster lies where the
    event of its most precise row does on average over the draws, since it is not known which of its members err far.
    """
    n = len(start) - 1
    at, plain_at, v, plain, wider = np.zeros((n, 3)), np.zeros(3), np.empty((n, 4)), np.empty(4), np.empty((n, 4))
    for c in range(n):
        low, high = start[c], start[c + 1]
        base, best, told = order[low], -1, 0
        for k in range(low, high):
            i = order[k]
            if not own[i]:
                continue
            places, spans = 1.0, 1.0
            for m in range(low, high):
                j = order[m]
                if m != k and own[j]:
                    places += u[j] == u[i] and north[j] == north[i]
                    spans += span_s[i] > 0 and span_s[j] == span_s[i] and time[j] == time[i]
            e, y, t = (u[i] - u[base]) * cos_lat[base], north[i] - north[base], time[i] - time[base]
            one = variance[i]
            if told == 0:
                at[c, 0], at[c, 1], at[c, 2] = e, y, t
                plain_at[0], plain_at[1], plain_at[2] = e, y, t
                v[c, :3], v[c, 3], plain[:] = one[:3] * places, one[3] * spans, one
            else:
                _combine(at[c], v[c], e, y, t, one[0] * places, one[1] * places, one[2] * places, one[3] * spans)
                _combine(plain_at, plain, e, y, t, one[0], one[1], one[2], one[3])
            told += 1
            if best < 0 or sigma_m[i] < sigma_m[best]:
                best = i
        if tails and told > 1:
            at[c, 0] = (u[best] - u[base]) * cos_lat[base] + moments[best, 0]
            at[c, 1], at[c, 2] = (
                north[best] - north[base] + moments[best, 1],
                time[best] - time[base] + moments[best, 2],
            )
        e = at[c, 0] - (u[best] - u[base]) * cos_lat[base]
        y, t, m = at[c, 1] - (north[best] - north[base]), at[c, 2] - (time[best] - time[base]), moments[best]
        wider[c, 0] = m[3] - 2 * e * m[0] + e * e - plain[0]
        wider[c, 1] = m[4] - 2 * y * m[1] + y * y - plain[1]
        wider[c, 2] = m[5] - e * m[1] - y * m[0] + e * y - plain[2]
        wider[c, 3] = m[6] - 2 * t * m[2] + t * t - plain[3]
    return at, v, wider


@numba.njit(cache=True, nogil=True)
def _combine(at, v, e, y, t, w_e, w_n, w_en, w_t):  # type: ignore[no-untyped-def]
    """Add one observation of place and time to a mean and its variances (Kalman 1960)."""
    e, y, t = e - at[0], y - at[1], t - at[2]
    p_e, p_n, p_en, p_t = v[0], v[1], v[2], v[3]
    s_e, s_n, s_en, s_t = p_e + w_e, p_n + w_n, p_en + w_en, p_t + w_t
    det = s_e * s_n - s_en * s_en
    k_ee, k_en = (p_e * s_n - p_en * s_en) / det, (p_en * s_e - p_e * s_en) / det
    k_ne, k_nn, k_t = (p_en * s_n - p_n * s_en) / det, (p_n * s_e - p_en * s_en) / det, p_t / s_t
    at[0] += k_ee * e + k_en * y
    at[1] += k_ne * e + k_nn * y
    at[2] += k_t * t
    v[0], v[1] = p_e - k_ee * p_e - k_en * p_en, p_n - k_ne * p_en - k_nn * p_n
    v[2], v[3] = p_en - k_ee * p_en - k_en * p_n, p_t - k_t * p_t


def _what(rows: Rows, named: pl.Series, model: Model, own: np.ndarray, order: Ints, start: Ints) -> list[pl.Series]:
    """Return the act of each cluster, its probability and the posterior, from its rows that are no echoes.

    Of acts that are equally likely one that a row reports comes first: a source that always tells one act teaches nothing of its
    confusion. An act that the model never saw is taken, for the clusters that have it, as `prior_confusion` tells.
    """
    post = _posterior(order, start, own, rows.source, rows.act, model.confusion, model.act_share)
    acts, probability = np.array(model.acts, dtype=object), post.max(axis=1)
    reported = np.zeros((len(post), len(acts) + 1), dtype=bool)
    reported[np.repeat(np.arange(len(post)), np.diff(start)), rows.act[order]] = True
    rank = np.argsort(-(post + EQUALLY_LIKELY * reported[:, :-1]), axis=1, kind="stable")
    best = acts[rank[:, 0]]
    sorted_post = np.take_along_axis(post, rank, axis=1)
    lasting = sorted_post >= LEAST_ACT
    codes = pl.Series(rank[lasting].astype(np.int32)).replace_strict(
        dict(enumerate(model.acts)), return_dtype=pl.String
    )
    structs = pl.DataFrame({"act": codes, "probability": sorted_post[lasting]}).to_struct("posterior")
    row = np.repeat(np.arange(len(start) - 1), lasting.sum(axis=1))
    listed = (
        pl.DataFrame({"row": row, "posterior": structs})
        .group_by("row", maintain_order=True)
        .agg("posterior")["posterior"]
    )
    strange = np.flatnonzero(np.bitwise_or.reduceat(rows.act[order] == len(model.acts), start[:-1]))
    if len(strange):
        told = {
            int(c): _strange(
                named.gather(order[start[c] : start[c + 1]]), rows.source[order[start[c] : start[c + 1]]], model
            )
            for c in strange
        }
        listed = pl.Series([told.get(c, each) for c, each in enumerate(listed.to_list())], dtype=listed.dtype)
        for c, lines in told.items():
            best[c], probability[c] = lines[0]["act"], lines[0]["probability"]
    return [
        pl.Series("act", best.tolist(), dtype=pl.String), pl.Series("act_probability", probability), listed.alias("act_posterior")
    ]  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _posterior(order, start, own, source, act, confusion, act_share):  # type: ignore[no-untyped-def]
    """Return (n, A) the probability of each act for clusters."""
    post = np.empty((len(start) - 1, len(act_share)))
    for c in range(len(post)):
        post[c] = act_share
        for k in range(start[c], start[c + 1]):
            i = order[k]
            if own[i] and act[i] < len(act_share):
                for a in range(len(act_share)):
                    post[c, a] *= max(confusion[source[i], a, act[i]], 1e-12)
                post[c] /= post[c].sum()
        post[c] /= post[c].sum()
    return post


def _strange(named: pl.Series, source: np.ndarray, model: Model) -> list[dict[str, object]]:
    """Return the posterior of one cluster with an act that the model never saw, most probable first."""
    acts = tuple(sorted({*model.acts, *named}))
    at = [acts.index(act) for act in model.acts]
    observed, share = np.full((len(model.source_ids), len(acts)), 1e-3), np.full(len(acts), 1e-3)
    observed[:, at], share[at] = np.maximum(model.observed_share, 1e-3), model.act_share
    confusion = prior_confusion(observed, acts, np.tile(NAMING_START, (len(observed), 1)))
    post: Floats = share / share.sum()
    for act, s in zip(named, source, strict=True):
        post = post * confusion[s, :, acts.index(act)]
        post = post / post.sum()
    lines = sorted(zip(post.tolist(), acts, strict=True), key=lambda line: (-line[0], line[1]))
    return [{"act": act, "probability": p} for p, act in lines if p >= LEAST_ACT]
