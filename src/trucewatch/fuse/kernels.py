"""The hot loops: Gibbs sweeps over the ways to put rows together.

A partition's weight is the product of its clusters' weights (see `model`). A sweep takes each row out in turn and puts it back
into a cluster of one of its candidates, or alone, with probability proportional to the weights. What is averaged are the
conditional probabilities themselves, not the draws, which halves the noise (Gelfand & Smith 1990).

A cluster is kept as what its members say of the event together: mean and covariance (Kalman 1960), the product of how its acts
are named, and its most precise row. One row more then weighs the density of its distance from that mean, so that a step costs the
same for small and large clusters. What a row is taken out of is made anew from its members, so nothing drifts.

Most edges are unlikely, and together they weigh little. They are looked at in every few sweeps only: a step over the likely edges
alone keeps the same distribution (it is a Gibbs step within a part of it, and a row that is elsewhere stays there), and what the
others weigh is taken as it was when they were last looked at.

Random numbers are a hash of seed, sweep and the row's key (splitmix64), so nothing depends on the order of threads or of rows.
"""

import numba
import numpy as np

U, N, T, COS, V_E, V_N, V_EN, V_T, BASE, AGAIN, RHO, SIGMA = range(12)  # columns of `row`
ACT_SUM, KIN, M_BEST, M_SIZE = 7, 8, 9, 10  # further columns of `state`: U, N, T and the four variances come first
MOST_MEMBERS = 48
LIKELY = float(np.exp(-3.0))  # odds of an edge that is looked at in each sweep
LIKELY_AT, ALL_AT, CHANGED, PENDING = range(4)  # columns of `times`


@numba.njit(cache=True, nogil=True, error_model="numpy")
def uniform(seed, sweep, key):  # type: ignore[no-untyped-def]
    """Return a number in [0, 1) from a hash of three integers."""
    x = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(sweep) * np.uint64(0xBF58476D1CE4E5B9)
    x += np.uint64(key) * np.uint64(0x94D049BB133111EB)
    for _ in range(2):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return float(x >> np.uint64(11)) / 9007199254740992.0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def neighbours(one, other, odds, n):  # type: ignore[no-untyped-def]
    """Return (start, to, odds) of each row's candidates, both ways, in order."""
    start = np.zeros(n + 1, dtype=np.int64)
    for k in range(len(one)):
        start[one[k] + 1] += 1
        start[other[k] + 1] += 1
    start = np.cumsum(start)
    m = 2 * len(one)
    by_end, weight, at = np.empty((m, 2), dtype=np.int32), np.empty(m, dtype=np.float32), start[:-1].copy()
    for k in range(len(one)):  # first by the row at the far end, then, kept in that order, by the row itself
        for i, j in ((one[k], other[k]), (other[k], one[k])):
            by_end[at[j], 0], by_end[at[j], 1], weight[at[j]] = i, j, odds[k]
            at[j] += 1
    to, sorted_weight = np.empty(m, dtype=np.int32), np.empty(m, dtype=np.float32)
    at = start[:-1].copy()
    for k in range(m):
        i = by_end[k, 0]
        to[at[i]], sorted_weight[at[i]] = by_end[k, 1], weight[k]
        at[i] += 1
    return start, to, sorted_weight


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _kin(row, i, best, company, real_i, real_best):  # type: ignore[no-untyped-def]
    """Return by how much two different events are likelier to lie so near each other than the density alone tells, plus 1."""
    e = (row[i, U] - row[best, U]) * 0.5 * (row[i, COS] + row[best, COS])
    n, t = row[i, N] - row[best, N], row[i, T] - row[best, T]
    v = row[i, SIGMA] ** 2 + row[best, SIGMA] ** 2 + company[1]
    w = row[i, V_T] + row[best, V_T] + company[2]
    near = np.exp(-0.5 * ((e * e + n * n) / v + t * t / w) - row[best, RHO]) / (v * np.sqrt(w))
    return 1.0 + company[0] * near * real_i * real_best


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _finer(row, i, best):  # type: ignore[no-untyped-def]
    """Say whether row i is more precise than row `best`; of two equal ones the first is."""
    return row[i, SIGMA] < row[best, SIGMA] or (row[i, SIGMA] == row[best, SIGMA] and i < best)


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _found(state, acts, c, i, row, naming, s, o, act_share):  # type: ignore[no-untyped-def]
    """Make cluster c of row i alone."""
    state[c, 0], state[c, 1], state[c, 2] = row[i, U], row[i, N], row[i, T]
    for k in range(4):
        state[c, 3 + k] = row[i, V_E + k]
    total = 0.0
    for a in range(len(act_share)):
        acts[c, a] = act_share[a] * naming[s, o, a]
        total += acts[c, a]
    state[c, ACT_SUM], state[c, KIN], state[c, M_BEST], state[c, M_SIZE] = total, 1.0, i, 1.0


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _join(state, acts, c, i, row, naming, s, o, kin, best):  # type: ignore[no-untyped-def]
    """Add row i to cluster c, whose kin and most precise row are then `kin` and `best`."""
    e, n, t = (row[i, U] - state[c, 0]) * row[i, COS], row[i, N] - state[c, 1], row[i, T] - state[c, 2]
    p_e, p_n, p_en, p_t = state[c, 3], state[c, 4], state[c, 5], state[c, 6]
    s_e, s_n, s_en, s_t = p_e + row[i, V_E], p_n + row[i, V_N], p_en + row[i, V_EN], p_t + row[i, V_T]
    det = s_e * s_n - s_en * s_en
    k_ee, k_en = (p_e * s_n - p_en * s_en) / det, (p_en * s_e - p_e * s_en) / det
    k_ne, k_nn, k_t = (p_en * s_n - p_n * s_en) / det, (p_n * s_e - p_en * s_en) / det, p_t / s_t
    state[c, 0] += (k_ee * e + k_en * n) / row[i, COS]
    state[c, 1] += k_ne * e + k_nn * n
    state[c, 2] += k_t * t
    state[c, 3], state[c, 4] = p_e - k_ee * p_e - k_en * p_en, p_n - k_ne * p_en - k_nn * p_n
    state[c, 5], state[c, 6] = p_en - k_ee * p_en - k_en * p_n, p_t - k_t * p_t
    total = 0.0
    for a in range(acts.shape[1]):
        acts[c, a] *= naming[s, o, a]
        total += acts[c, a]
    state[c, ACT_SUM], state[c, KIN], state[c, M_BEST] = total, kin, best
    state[c, M_SIZE] += 1.0


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _kin_with(head, follow, state, c, i, row, source, company, real):  # type: ignore[no-untyped-def]
    """Return (kin, most precise row) of cluster c with row i."""
    best = np.int64(state[c, M_BEST])
    if company[0] <= 0.0:
        return 1.0, (i if _finer(row, i, best) else best)
    if not _finer(row, i, best):
        return state[c, KIN] * _kin(row, i, best, company, real[source[i]], real[source[best]]), best
    kin, m = 1.0, head[c]
    while m >= 0:
        kin *= _kin(row, m, i, company, real[source[m]], real[source[i]])
        m = follow[m]
    return kin, i


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _remade(head, follow, state, acts, c, row, source, act, naming, act_share, company, real):  # type: ignore[no-untyped-def]
    """Make cluster c anew of its members; an empty one has size 0."""
    m, before = head[c], -1
    state[c, M_SIZE] = 0.0
    while m >= 0:
        if before < 0:
            _found(state, acts, c, m, row, naming, source[m], act[m], act_share)
        else:
            follow[before] = -1  # only the members before m count
            kin, best = _kin_with(head, follow, state, c, m, row, source, company, real)
            follow[before] = m
            _join(state, acts, c, m, row, naming, source[m], act[m], kin, best)
        before = m
        m = follow[m]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def lay_out(cluster, head, follow, state, acts, row, source, act, weights):  # type: ignore[no-untyped-def]
    """Chain the members of each cluster of a partition into `head`, `follow`, and fill `state`, `acts`."""
    naming, act_share, company, real, _ = weights
    for i in range(len(cluster)):
        follow[i] = head[cluster[i]]
        head[cluster[i]] = i
    for c in range(len(cluster)):
        _remade(head, follow, state, acts, c, row, source, act, naming, act_share, company, real)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def likely(start, odds, least):  # type: ignore[no-untyped-def]
    """Return (start, edge): the edges of each row with odds above `least`, in order."""
    begin, kept = np.zeros(len(start), dtype=np.int64), np.empty(len(odds), dtype=np.int32)
    count = 0
    for i in range(len(start) - 1):
        for edge in range(start[i], start[i + 1]):
            if odds[edge] > least:
                kept[count] = edge
                count += 1
        begin[i + 1] = count
    return begin, kept[:count]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def sweep(  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915
    number, seed, keep, whole, start, begin, likely_edges, to, odds, event_share, cluster, head, follow, state, acts,
    pair_sum, real_sum, weight_of, probability, unlikely, norms, times, row, source, act, key, weights, mark, target, chance,
):  # fmt: skip
    """Do one Gibbs sweep in place, over all edges (`whole`) or over the likely ones.

    `start`, `to`, `odds`: candidates of each row (CSR); `begin`, `likely_edges`: which of them are likely. `cluster`: of each
    row; `head`, `follow`: its members as a chain. With `keep`, conditionals are added to `pair_sum`, `real_sum`.

    What was reckoned for a row holds until a cluster that it may join, or its own, changes: `times` (n, 4) says when its likely
    and all its edges were reckoned, when the cluster of that label changed, and how often the conditionals count since they were
    added last. `weight_of`, `probability`: of each edge, the former at the first edge that leads to a cluster; `unlikely`:
    probability of an edge to a cluster that no likely edge leads to, when all were looked at. `norms` (n, 3): weight of the
    likely targets and of being alone, of the others, and 1 where the row keeps company that no likely edge leads to.
    `mark`, `target`, `chance` are room to work in.
    """
    naming, act_share, company, real, repeats = weights
    now = times[len(cluster), CHANGED]
    for i in range(len(cluster)):
        mine = cluster[i]
        stale = (
            times[mine, CHANGED] > times[i, LIKELY_AT] or times[i, LIKELY_AT] < 0 or (whole and times[i, ALL_AT] < 0)
        )
        if not stale and whole:
            for edge in range(start[i], start[i + 1]):
                if times[cluster[to[edge]], CHANGED] > times[i, ALL_AT]:
                    stale = True
                    break
        elif not stale:
            for k in range(begin[i], begin[i + 1]):
                if times[cluster[to[likely_edges[k]]], CHANGED] > times[i, LIKELY_AT]:
                    stale = True
                    break
        alone, taken_out = head[mine] == i and follow[i] < 0, False
        if stale:
            _add(i, start, pair_sum, real_sum, probability, event_share, norms, times)
            since, since_all = times[i, LIKELY_AT], times[i, ALL_AT]
            if not alone and (times[mine, CHANGED] > since or (whole and times[mine, CHANGED] > since_all)):
                taken_out = True
                _take_out(head, follow, i, mine)
                _remade(head, follow, state, acts, mine, row, source, act, naming, act_share, company, real)
            found, norm = 0, 1.0
            for k in range(begin[i], begin[i + 1]):
                edge = likely_edges[k]
                c = cluster[to[edge]]
                if mark[c] == 0:
                    if times[c, CHANGED] > since:
                        weight_of[edge] = _weight(
                            head, follow, state, acts, c, i, row, source, act, naming, company, real, repeats, odds[edge],
                        )  # fmt: skip
                    norm += weight_of[edge]
                    target[found], chance[found] = c, weight_of[edge]
                    found += 1
                    mark[c] = found
                else:
                    weight_of[edge] = 0.0
            norms[i, 0] = norm
            norms[i, 2] = 1.0 if not alone and mark[mine] == 0 else 0.0
            if whole:
                rest, likely_found = 0.0, found
                for edge in range(start[i], start[i + 1]):
                    if odds[edge] > LIKELY:
                        continue
                    c = cluster[to[edge]]
                    if mark[c] == 0:
                        if times[c, CHANGED] > since_all:
                            weight_of[edge] = _weight(
                                head, follow, state, acts, c, i, row, source, act, naming, company, real, repeats, odds[edge],
                            )  # fmt: skip
                        rest += weight_of[edge]
                        target[found], chance[found] = c, weight_of[edge]
                        found += 1
                        mark[c] = found
                    else:
                        weight_of[edge] = 0.0
                norms[i, 1] = rest
                for edge in range(start[i], start[i + 1]):
                    at = mark[cluster[to[edge]]]
                    probability[edge] = chance[at - 1] / (norm + rest)
                    unlikely[edge] = probability[edge] if at > likely_found else 0.0
                times[i, ALL_AT] = now
            else:
                total = norm + norms[i, 1]
                for edge in range(start[i], start[i + 1]):
                    at = mark[cluster[to[edge]]]
                    probability[edge] = chance[at - 1] / total if at > 0 else unlikely[edge]
            for k in range(found):
                mark[target[k]] = 0
            times[i, LIKELY_AT] = now
        if keep:
            times[i, PENDING] += 1
        goes = mine
        if whole or norms[i, 2] == 0.0:
            goes = -1
            draw = uniform(seed, number, key[i]) * (norms[i, 0] + (norms[i, 1] if whole else 0.0))
            for k in range(begin[i], begin[i + 1]):
                draw -= weight_of[likely_edges[k]]
                if draw < 0:
                    goes = cluster[to[likely_edges[k]]]
                    break
            if draw >= 0 and whole and draw < norms[i, 1]:
                for edge in range(start[i], start[i + 1]):
                    if odds[edge] <= LIKELY:
                        draw -= weight_of[edge]
                        if draw < 0:
                            goes = cluster[to[edge]]
                            break
        if not taken_out:
            if goes == mine or (goes < 0 and alone):
                continue
            _take_out(head, follow, i, mine)
            _remade(head, follow, state, acts, mine, row, source, act, naming, act_share, company, real)
        if goes >= 0:
            kin, best = _kin_with(head, follow, state, goes, i, row, source, company, real)
            _join(state, acts, goes, i, row, naming, source[i], act[i], kin, best)
        else:
            goes = mine
            if head[goes] >= 0:  # others are still there: take a label without members
                goes = i if head[i] < 0 else _free(head, i)
            _found(state, acts, goes, i, row, naming, source[i], act[i], act_share)
        cluster[i] = goes
        follow[i] = head[goes]
        head[goes] = i
        if goes != mine:
            now += 1
            times[mine, CHANGED], times[goes, CHANGED] = now, now
            current = times[i, ALL_AT] == times[i, LIKELY_AT]
            times[i, LIKELY_AT] = now  # what it left and what it joined are, without it, as they were
            if current:
                times[i, ALL_AT] = now
            norms[i, 2] = 0.0
    times[len(cluster), CHANGED] = now


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _take_out(head, follow, i, c):  # type: ignore[no-untyped-def]
    """Take row i out of the chain of cluster c."""
    m, before = head[c], -1
    while m != i:
        before, m = m, follow[m]
    if before < 0:
        head[c] = follow[i]
    else:
        follow[before] = follow[i]


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _add(i, start, pair_sum, real_sum, probability, event_share, norms, times):  # type: ignore[no-untyped-def]
    """Add the conditionals of row i as often as they count."""
    if times[i, PENDING] > 0:
        for edge in range(start[i], start[i + 1]):
            pair_sum[edge] += times[i, PENDING] * probability[edge]
        real_sum[i] += times[i, PENDING] * (1.0 - (1.0 - event_share[i]) / (norms[i, 0] + norms[i, 1]))
        times[i, PENDING] = 0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def add_all(start, pair_sum, real_sum, probability, event_share, norms, times):  # type: ignore[no-untyped-def]
    """Add the conditionals that were not added yet."""
    for i in range(len(real_sum)):
        _add(i, start, pair_sum, real_sum, probability, event_share, norms, times)


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _weight(head, follow, state, acts, c, i, row, source, act, naming, company, real, repeats, odds):  # type: ignore[no-untyped-def]
    """Return the weight of row i in cluster c, against row i alone. `odds`: those of the pair, for a cluster of one row."""
    if state[c, M_SIZE] == 1.0:
        return odds
    if state[c, M_SIZE] < 1.0 or state[c, M_SIZE] >= MOST_MEMBERS:
        return 0.0
    s, again = source[i], False
    m = head[c]
    while m >= 0:
        again |= source[m] == s
        m = follow[m]
    if again and not repeats[s]:
        return 0.0
    e, n, t = (row[i, U] - state[c, 0]) * row[i, COS], row[i, N] - state[c, 1], row[i, T] - state[c, 2]
    v_e, v_n, v_en, v_t = (
        state[c, 3] + row[i, V_E],
        state[c, 4] + row[i, V_N],
        state[c, 5] + row[i, V_EN],
        state[c, 6] + row[i, V_T],
    )
    det = v_e * v_n - v_en * v_en
    log = row[i, BASE] + (row[i, AGAIN] if again else 0.0)
    log -= 0.5 * ((v_n * e * e - 2 * v_en * e * n + v_e * n * n) / det + t * t / v_t)
    best = np.int64(state[c, M_BEST])
    if _finer(row, i, best):
        log += row[i, RHO] - row[best, RHO]
    product = 0.0
    for a in range(acts.shape[1]):
        product += acts[c, a] * naming[s, act[i], a]
    weight = np.exp(log) / np.sqrt(det * v_t) * product / state[c, ACT_SUM]
    if company[0] > 0.0:
        weight *= state[c, KIN] / _kin_with(head, follow, state, c, i, row, source, company, real)[0]
    return weight


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _free(head, hint):  # type: ignore[no-untyped-def]
    """Return a label without members, looking on from `hint`; with n labels for n rows there always is one."""
    n = len(head)
    for step in range(n):
        c = (hint + step) % n
        if head[c] < 0:
            return c
    return -1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def firsts(cluster, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the first row of each row's cluster."""
    first = np.full(len(cluster), -1, dtype=np.int32)
    for i in range(len(cluster)):
        if first[cluster[i]] < 0:
            first[cluster[i]] = i
        out[i] = first[cluster[i]]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def add_moments(cluster, state, row, sums):  # type: ignore[no-untyped-def]
    """Add to `sums` (n, 7) where the event of each row lies by its cluster: east, north, time from the row, and mean squares."""
    for i in range(len(cluster)):
        c = cluster[i]
        e, n, t = (state[c, 0] - row[i, U]) * row[i, COS], state[c, 1] - row[i, N], state[c, 2] - row[i, T]
        sums[i, 0] += e
        sums[i, 1] += n
        sums[i, 2] += t
        sums[i, 3] += e * e + state[c, 3]
        sums[i, 4] += n * n + state[c, 4]
        sums[i, 5] += e * n + state[c, 5]
        sums[i, 6] += t * t + state[c, 6]
