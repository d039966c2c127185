"""The hot loops: Gibbs sweeps over the ways to put rows together.

A partition's weight is the product of its clusters' weights (see `model`). A sweep takes each row out in turn and puts it back
into a cluster of one of its candidates, or alone, with probability proportional to the weights. What is averaged are the
conditional probabilities themselves, not the draws, which halves the noise (Gelfand & Smith 1990).

A row moves more often than a draw from the weights w of all its targets would have it: to target j from where it is, k, with
probability w_j / (T − min(w_j, w_k)), T = Σ w. That leaves the same distribution in place and averages out sooner (Liu 1996,
Peskun's theorem).

Most edges are unlikely, and together they weigh little. They are looked at in every few sweeps only: a step over the likely edges
alone keeps the same distribution (it is a step within a part of it, and a row that is elsewhere stays there), and what the
others weigh is taken as it was when they were last looked at.

A cluster is kept as what its members say of the event together: mean and covariance (Kalman 1960), the product of how its acts
are named, its most precise row, and the company that its members keep with that one. One row more then weighs the density of its
distance from that mean, so that a step costs the same for small and large clusters. What a row is taken out of is made anew from
its members, so nothing drifts.

Clutter of a source that repeats is repeated like events: a cluster of several rows of that source alone weighs what it weighs as an
event, over the part of its most precise row's weight alone that is an event.

Random numbers are a hash of seed, sweep and the row's key (splitmix64), so nothing depends on the order of threads or of rows.
All stand in one file, since numba keeps what it compiled until a function's own file changes.
"""

import numba
import numpy as np

from trucewatch.fuse.compiled import BARE

U, N, T, COS, V_E, V_N, V_EN, V_T, BASE, AGAIN, RHO, SIGMA, REAL, STATED_T = range(14)  # columns of `row`
ACT_SUM, KIN, BEST, SIZE, ACTS = range(7, 12)  # columns of `state` after U, N, T and the four variances; acts come last
MOST_MEMBERS = 48
BIT_OF_SEVERAL = np.uint64(1 << 63)  # in `seen`, of all sources after the first 63, which have one each
LIKELY = float(np.exp(-3.0))  # odds of an edge that is looked at in each sweep
LIKELY_AT, ALL_AT, PENDING, PENDING_ALL = range(4)  # columns of `times`
ALONE, HIDDEN = -1, -2  # values of `held`
OF_SCALES = 1 << 32  # added to a sweep's number, names the random numbers of scales


@numba.njit(**BARE)
def uniform(seed, sweep, key):  # type: ignore[no-untyped-def]
    """Return a number in [0, 1) from a hash of three integers."""
    x = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(sweep) * np.uint64(0xBF58476D1CE4E5B9)
    x += np.uint64(key) * np.uint64(0x94D049BB133111EB)
    for _ in range(2):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return float(x >> np.uint64(11)) / 9007199254740992.0


@numba.njit(**BARE)
def _kin(row, i, best, company):  # type: ignore[no-untyped-def]
    """Return by how much two different events are likelier to lie so near each other than the density alone tells, plus 1."""
    e = (row[i, U] - row[best, U]) * 0.5 * (row[i, COS] + row[best, COS])
    n, t = row[i, N] - row[best, N], row[i, T] - row[best, T]
    v = row[i, SIGMA] ** 2 + row[best, SIGMA] ** 2 + company[1]
    w = row[i, STATED_T] + row[best, STATED_T] + company[2]
    near = np.exp(-0.5 * ((e * e + n * n) / v + t * t / w) - row[best, RHO]) / (v * np.sqrt(w))
    return 1.0 + company[0] * near * row[i, REAL] * row[best, REAL]


@numba.njit(**BARE)
def _finer(row, i, best):  # type: ignore[no-untyped-def]
    """Say whether row i is more precise than row `best`; of two equal ones the first is."""
    return row[i, SIGMA] < row[best, SIGMA] or (row[i, SIGMA] == row[best, SIGMA] and i < best)


@numba.njit(**BARE)
def _found(state, seen, c, i, row, bit, named, act_share):  # type: ignore[no-untyped-def]
    """Make cluster c of row i alone. `named` (n, A): how often its source names what it names, for each act."""
    state[c, 0], state[c, 1], state[c, 2] = row[i, U], row[i, N], row[i, T]
    for k in range(4):
        state[c, 3 + k] = row[i, V_E + k]
    total = 0.0
    for a in range(len(act_share)):
        state[c, ACTS + a] = act_share[a] * named[i, a]
        total += state[c, ACTS + a]
    state[c, ACT_SUM], state[c, KIN], state[c, BEST], state[c, SIZE] = total, 1.0, i, 1.0
    seen[c] = bit[i]


@numba.njit(**BARE)
def _kin_with(members, follow, state, c, i, row, company):  # type: ignore[no-untyped-def]
    """Return (kin, most precise row) of cluster c with row i; `members` is the first of its chain."""
    best = np.int64(state[c, BEST])
    if company[0] <= 0.0:
        return 1.0, (i if _finer(row, i, best) else best)
    if not _finer(row, i, best):
        return state[c, KIN] * _kin(row, i, best, company), best
    kin, m = 1.0, members
    while m >= 0:
        kin *= _kin(row, m, i, company)
        m = follow[m]
    return kin, i


@numba.njit(**BARE)
def _join(follow, state, seen, c, members, i, row, bit, named, company):  # type: ignore[no-untyped-def]
    """Add row i to cluster c, whose chain of members begins with `members`; the chain itself stays."""
    kin, best = _kin_with(members, follow, state, c, i, row, company)
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
    for a in range(named.shape[1]):
        state[c, ACTS + a] *= named[i, a]
        total += state[c, ACTS + a]
    state[c, ACT_SUM], state[c, KIN], state[c, BEST] = total, kin, best
    state[c, SIZE] += 1.0
    seen[c] |= bit[i]


@numba.njit(**BARE)
def _remade(head, follow, state, seen, c, row, bit, named, act_share, company):  # type: ignore[no-untyped-def]
    """Make cluster c anew of its members, from the last of the chain on; an empty one has size 0."""
    m, before = head[c], -1
    state[c, SIZE] = 0.0
    while m >= 0:
        if before < 0:
            _found(state, seen, c, m, row, bit, named, act_share)
        else:
            follow[before] = -1  # only the members before m count
            _join(follow, state, seen, c, head[c], m, row, bit, named, company)
            follow[before] = m
        before = m
        m = follow[m]


@numba.njit(**BARE)
def _take_out(head, follow, i, c):  # type: ignore[no-untyped-def]
    """Take row i out of the chain of cluster c."""
    m, before = head[c], -1
    while m != i:
        before, m = m, follow[m]
    if before < 0:
        head[c] = follow[i]
    else:
        follow[before] = follow[i]


@numba.njit(**BARE)
def _of_source(seen, c, head, follow, source):  # type: ignore[no-untyped-def]
    """Return the source of all members of cluster c; -1 where they are of several."""
    if seen[c] & (seen[c] - np.uint64(1)) != 0:
        return -1
    if seen[c] == BIT_OF_SEVERAL:
        m = head[c]
        while m >= 0:
            if source[m] != source[head[c]]:
                return -1
            m = follow[m]
    return np.int64(source[head[c]])


@numba.njit(**BARE)
def _weight(head, follow, state, seen, c, i, row, source, bit, named, event_share, company, odds):  # type: ignore[no-untyped-def]
    """Return the weight of row i in cluster c, against row i alone. `odds`: those of the pair, for a cluster of one row."""
    size = state[c, SIZE]
    if size == 1.0:
        return np.float64(odds)
    if size < 1.0 or size >= MOST_MEMBERS:
        return 0.0
    again = (seen[c] & bit[i]) != 0
    if again and bit[i] == BIT_OF_SEVERAL:
        again, m = False, head[c]
        while m >= 0:
            again |= source[m] == source[i]
            m = follow[m]
    if again and row[i, AGAIN] == -np.inf:
        return 0.0
    e, n, t = (row[i, U] - state[c, 0]) * row[i, COS], row[i, N] - state[c, 1], row[i, T] - state[c, 2]
    v_e, v_n, v_en = state[c, 3] + row[i, V_E], state[c, 4] + row[i, V_N], state[c, 5] + row[i, V_EN]
    v_t = state[c, 6] + row[i, V_T]
    det = v_e * v_n - v_en * v_en
    log = row[i, BASE] + (row[i, AGAIN] if again else 0.0)
    log -= 0.5 * ((v_n * e * e - 2 * v_en * e * n + v_e * n * n) / det + t * t / v_t)
    best = np.int64(state[c, BEST])
    finest = best
    if _finer(row, i, best):
        finest = i
        log += row[i, RHO] - row[best, RHO]
    if row[head[c], AGAIN] > -np.inf:
        of = _of_source(seen, c, head, follow, source)
        if of >= 0:  # what one source alone tells, again and again, may be clutter
            log += np.log(event_share[best])
            if of == source[i]:
                log -= np.log(event_share[finest])
    product = 0.0
    for a in range(named.shape[1]):
        product += state[c, ACTS + a] * named[i, a]
    out = np.exp(log) / np.sqrt(det * v_t) * product / state[c, ACT_SUM]
    if company[0] > 0.0:
        out *= state[c, KIN] / _kin_with(head[c], follow, state, c, i, row, company)[0]
    return out


@numba.njit(**BARE)
def lay_out(chains, given):  # type: ignore[no-untyped-def]
    """Chain the members of each cluster of a partition, and fill what is kept of it."""
    cluster, head, follow, free, seen, state = chains
    row, _, bit, named, _, act_share, company, _ = given
    for i in range(len(cluster)):
        follow[i] = head[cluster[i]]
        head[cluster[i]] = i
    for c in range(len(cluster)):
        _remade(head, follow, state, seen, c, row, bit, named, act_share, company)
        if head[c] < 0:
            free[free[-1]] = c
            free[-1] += 1


@numba.njit(**BARE)
def sweep(number, seed, keep, whole, now, edges, chains, reckoned, given, room):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915
    """Do one sweep in place, over all edges (`whole`) or over the likely ones; return `now`, the number of changes so far.

    `edges`: `start`, `middle`, `to`, `odds`, the candidates of each row (see `edges.parted`). `chains`: `cluster` of each row;
    `head`, `follow`, its members as a chain; `free`, labels without members, and last how many; `seen`, `state`, what is kept of
    each cluster. With `keep`, conditionals are added to `pair_sum`, `real_sum`, those of unlikely edges in whole sweeps only.

    What was reckoned for a row holds until a cluster that it may join, or its own, changes. `stamp`: when the cluster of a row
    changed last; `times` (n, 4): when its likely and all its edges were reckoned, and how often the conditionals of either count
    since they were added last. `weight_of`, `probability`: of each edge, the former at the first edge that leads to a cluster.
    `norms` (n, 4): weight of being alone and of the likely targets, and of the others; of each the part that is clutter, told again
    by one source. `held`: the edge that leads to where the
    row is, `ALONE`, or `HIDDEN` where no edge looked at does; where no likely one does, only whole sweeps move it. `room`: `mark`,
    `target`, `chance`, `slot`, to work in.
    """
    start, middle, to, odds = edges
    cluster, head, follow, free, seen, state = chains
    pair_sum, real_sum, weight_of, probability, norms, times, stamp, held = reckoned
    row, source, bit, named, event_share, act_share, company, key = given
    mark, target, chance, slot = room
    for i in range(len(cluster)):
        first, unlikely, last = start[i], middle[i], start[i + 1] if whole else middle[i]
        mine, since, since_all = cluster[i], times[i, LIKELY_AT], times[i, ALL_AT]
        oldest = since_all if whole else since
        stale = oldest < 0 or stamp[i] > oldest
        edge = first
        while not stale and edge < last:
            stale = stamp[to[edge]] > oldest
            edge += 1
        alone, taken_out = head[mine] == i and follow[i] < 0, False
        if stale:
            _add(
                i,
                first,
                unlikely,
                start[i + 1] if whole else unlikely,
                pair_sum,
                real_sum,
                probability,
                event_share,
                norms,
                times,
            )
            if not alone and stamp[i] > oldest:
                taken_out = True
                _take_out(head, follow, i, mine)
                _remade(head, follow, state, seen, mine, row, bit, named, act_share, company)
            targets, norm, rest, held[i] = 0, 1.0, 0.0, ALONE if alone else HIDDEN
            unreal, unreal_rest = 0.0, 0.0
            for edge in range(first, last):
                j = to[edge]
                c = cluster[j]
                if mark[c] == 0:
                    if stamp[j] > (since if edge < unlikely else since_all):
                        weight_of[edge] = _weight(
                            head, follow, state, seen, c, i, row, source, bit, named, event_share, company, odds[edge]
                        )
                    clutter = 0.0
                    if row[i, AGAIN] > -np.inf and _of_source(seen, c, head, follow, source) == source[i]:
                        best = np.int64(state[c, BEST])
                        clutter = weight_of[edge] * (1.0 - event_share[i if _finer(row, i, best) else best])
                    if edge < unlikely:
                        norm += weight_of[edge]
                        unreal += clutter
                    else:
                        rest += weight_of[edge]
                        unreal_rest += clutter
                    if c == mine:
                        held[i] = edge
                    target[targets], chance[targets] = c, weight_of[edge]
                    targets += 1
                    mark[c] = targets
                else:
                    weight_of[edge] = 0.0
                slot[edge - first] = mark[c] - 1
            for k in range(targets):
                mark[target[k]] = 0
            norms[i, 0], norms[i, 2], times[i, LIKELY_AT] = norm, unreal, now
            if whole:
                norms[i, 1], norms[i, 3], times[i, ALL_AT] = rest, unreal_rest, now
            share = 1.0 / (norm + norms[i, 1])
            for edge in range(first, last):
                probability[edge] = chance[slot[edge - first]] * share
        if keep:
            times[i, PENDING] += 1
            times[i, PENDING_ALL] += whole
        chosen = held[i]
        if whole or (chosen != HIDDEN and chosen < unlikely):
            total, here = norms[i, 0] + (norms[i, 1] if whole else 0.0), 1.0 if chosen == ALONE else 0.0
            if chosen >= 0:
                here = weight_of[chosen]
            draw = uniform(seed, number, key[i])
            if chosen != ALONE:
                draw -= 1.0 / (total - min(here, 1.0))
                chosen = ALONE if draw < 0 else chosen
            edge = first
            while draw >= 0 and edge < last:
                if weight_of[edge] > 0.0 and edge != held[i]:
                    draw -= weight_of[edge] / (total - min(here, weight_of[edge]))
                    chosen = edge if draw < 0 else chosen
                edge += 1
        if chosen == held[i] and not taken_out:
            continue
        if not taken_out:
            _take_out(head, follow, i, mine)
            _remade(head, follow, state, seen, mine, row, bit, named, act_share, company)
        goes = mine
        if chosen != held[i]:
            if chosen >= 0:
                goes = cluster[to[chosen]]
            else:  # others stay behind, so that of n labels one at least is free
                free[-1] -= 1
                goes = free[free[-1]]
            if head[mine] < 0:
                free[free[-1]] = mine
                free[-1] += 1
        if head[goes] >= 0:
            _join(follow, state, seen, goes, head[goes], i, row, bit, named, company)
        else:
            _found(state, seen, goes, i, row, bit, named, act_share)
        cluster[i] = goes
        follow[i] = head[goes]
        head[goes] = i
        if goes != mine:
            now += 1
            for c in (mine, goes):
                m = head[c]
                while m >= 0:
                    stamp[m] = now
                    m = follow[m]
            times[i, LIKELY_AT] = now  # what it left and what it joined are, without it, as they were
            if whole:
                times[i, ALL_AT] = now
            held[i] = chosen
    return now


@numba.njit(**BARE)
def _spread(state, c, i, row, stated, squares, density):  # type: ignore[no-untyped-def]
    """Fill `density` (2, K, K) at [0, k, 0] and [1, k, 0]: that of row i in place, and in time, by cluster c, if its errors are
    those stated times the root of `squares[k]`; but for powers of 2π.
    """
    e, n, t = (row[i, U] - state[c, 0]) * row[i, COS], row[i, N] - state[c, 1], row[i, T] - state[c, 2]
    for k in range(len(squares)):
        v_e, v_n = state[c, 3] + squares[k] * stated[i, 0], state[c, 4] + squares[k] * stated[i, 1]
        v_en, v_t = state[c, 5] + squares[k] * stated[i, 2], state[c, 6] + squares[k] * stated[i, 3]
        det = v_e * v_n - v_en * v_en
        density[0, k, 0] = np.exp(-0.5 * (v_n * e * e - 2 * v_en * e * n + v_e * n * n) / det) / np.sqrt(det)
        density[1, k, 0] = np.exp(-0.5 * t * t / v_t) / np.sqrt(v_t)


@numba.njit(**BARE)
def _spread_of_two(i, j, row, stated, squares, density):  # type: ignore[no-untyped-def]
    """Fill `density` (2, K, K) at [:, k, m], as above, for two rows by themselves, i with scale k and j with scale m."""
    e = (row[j, U] - row[i, U]) * 0.5 * (row[i, COS] + row[j, COS])
    n, t = row[j, N] - row[i, N], row[j, T] - row[i, T]
    for k in range(len(squares)):
        for m in range(len(squares)):
            v_e, v_n = (
                squares[k] * stated[i, 0] + squares[m] * stated[j, 0],
                squares[k] * stated[i, 1] + squares[m] * stated[j, 1],
            )
            v_en, v_t = (
                squares[k] * stated[i, 2] + squares[m] * stated[j, 2],
                squares[k] * stated[i, 3] + squares[m] * stated[j, 3],
            )
            det = v_e * v_n - v_en * v_en
            density[0, k, m] = np.exp(-0.5 * (v_n * e * e - 2 * v_en * e * n + v_e * n * n) / det) / np.sqrt(det)
            density[1, k, m] = np.exp(-0.5 * t * t / v_t) / np.sqrt(v_t)


@numba.njit(**BARE)
def _set_scales(i, in_space, in_time, row, stated):  # type: ignore[no-untyped-def]
    """Set the errors of row i to those stated times the roots of two numbers."""
    for k in range(3):
        row[i, V_E + k] = in_space * stated[i, k]
    row[i, V_T] = in_time * stated[i, 3]


@numba.njit(**BARE)
def _weight_of_tails(weight, s, shares, density, widest):  # type: ignore[no-untyped-def]
    """Return the weight of a row in a cluster, summed over its scales, from what it is with the widest; `s`: its source."""
    total = 0.0
    for a in range(widest + 1):
        for b in range(widest + 1):
            total += shares[s, a, b] * density[0, a, 0] * density[1, b, 0]
    most = density[0, widest, 0] * density[1, widest, 0]
    return weight * total / most if most > 0.0 else 0.0


@numba.njit(**BARE)
def _joint_of_two(s, s_j, a, b, shares, density):  # type: ignore[no-untyped-def]
    """Return how likely scales a, b of a row of source s are beside one row of source `s_j`, whatever the scales of that."""
    total = 0.0
    for x in range(shares.shape[1]):
        for y in range(shares.shape[1]):
            total += shares[s_j, x, y] * density[0, a, x] * density[1, b, y]
    return shares[s, a, b] * total


@numba.njit(**BARE)
def _picked(joint, draw):  # type: ignore[no-untyped-def]
    """Return the number of a cell of `joint` (K, K) drawn in proportion; `draw` in [0, 1)."""
    n, left, picked = joint.shape[1], 0.0, -1
    for k in range(n * n):
        left += draw * joint[k // n, k % n]
    for k in range(n * n):
        if joint[k // n, k % n] > 0.0 and (left >= 0.0 or picked < 0):
            picked = k
            left -= joint[k // n, k % n]
    return max(picked, 0)


@numba.njit(**BARE)
def _draw_scales(i, c, number, seed, keep, head, state, row, source, key, tails, single):  # type: ignore[no-untyped-def]
    """Draw the scales of row i, given cluster c without it; if that is one row (`single`), of both. Set their errors to them.

    With `keep`, the probabilities of the scales of row i are added to `scale_sum` (S, K, K).
    """
    stated, squares, shares, density, joint, scale_sum, _ = tails
    s, j, n, whole = source[i], head[c], len(squares), 0.0
    if single:
        _spread_of_two(i, j, row, stated, squares, density)
    else:
        _spread(state, c, i, row, stated, squares, density)
    for a in range(n):
        for b in range(n):
            if single:
                joint[a, b] = _joint_of_two(s, source[j], a, b, shares, density)
            else:
                joint[a, b] = shares[s, a, b] * density[0, a, 0] * density[1, b, 0]
            whole += joint[a, b]
    mine = _picked(joint, uniform(seed, number + OF_SCALES, key[i]))
    _set_scales(i, squares[mine // n], squares[mine % n], row, stated)
    for k in range(n * n):
        a, b = k // n, k % n
        if keep and whole > 0.0:
            scale_sum[s, a, b] += joint[a, b] / whole
        if single:
            joint[a, b] = shares[source[j], a, b] * density[0, mine // n, a] * density[1, mine % n, b]
    if single:
        theirs = _picked(joint, uniform(seed, number + 2 * OF_SCALES, key[i]))
        _set_scales(j, squares[theirs // n], squares[theirs % n], row, stated)


@numba.njit(**BARE)
def sweep_with_tails(number, seed, keep, whole, edges, chains, reckoned, given, tails, room):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915
    """Do one sweep in place, as `sweep` does, where errors have tails.

    Each row of a cluster of several has scales, in place and time, that its errors are multiplied with; a row alone has them summed
    out. A row that is taken out gives up its own, and a row that is then alone too; the weights of its targets are summed over
    them, and when it has moved, or stays, they are drawn given where it is. So nothing that was reckoned before holds.

    `tails`: `stated` (n, 4), the variances without scales; `squares` (K,) of the scales; `shares` (S, K, K), how often a source has
    which in place and time; `density`, `joint`, to work in; `scale_sum`, to which the probabilities of scales are added; `ones`
    (S, 2), the squares of the scales that stand for the errors of a row by itself.
    """
    start, middle, to, odds = edges
    cluster, head, follow, free, seen, state = chains
    pair_sum, real_sum, weight_of, _, norms, _, _, _ = reckoned
    row, source, bit, named, event_share, act_share, company, key = given
    stated, squares, shares, density, _, _, ones = tails
    mark, target, chance, slot = room
    widest = len(squares) - 1
    for i in range(len(cluster)):
        first, unlikely, last = start[i], middle[i], start[i + 1] if whole else middle[i]
        mine = cluster[i]
        alone = head[mine] == i and follow[i] < 0
        if not alone:
            _take_out(head, follow, i, mine)
            j = head[mine]
            if follow[j] < 0:
                _set_scales(j, ones[source[j], 0], ones[source[j], 1], row, stated)
            _remade(head, follow, state, seen, mine, row, bit, named, act_share, company)
        _set_scales(i, squares[widest], squares[widest], row, stated)
        targets, norm, rest, held = 0, 1.0, 0.0, ALONE if alone else HIDDEN
        unreal, unreal_rest = 0.0, 0.0
        for edge in range(first, last):
            j = to[edge]
            c = cluster[j]
            if mark[c] == 0:
                weight = _weight(
                    head, follow, state, seen, c, i, row, source, bit, named, event_share, company, odds[edge]
                )
                if weight > 0.0 and state[c, SIZE] > 1.0:
                    _spread(state, c, i, row, stated, squares, density)
                    weight = _weight_of_tails(weight, source[i], shares, density, widest)
                weight_of[edge], clutter = weight, 0.0
                if row[i, AGAIN] > -np.inf and _of_source(seen, c, head, follow, source) == source[i]:
                    best = np.int64(state[c, BEST])
                    clutter = weight * (1.0 - event_share[i if _finer(row, i, best) else best])
                if edge < unlikely:
                    norm += weight
                    unreal += clutter
                else:
                    rest += weight
                    unreal_rest += clutter
                if c == mine:
                    held = edge
                target[targets], chance[targets] = c, weight
                targets += 1
                mark[c] = targets
            else:
                weight_of[edge] = 0.0
            slot[edge - first] = mark[c] - 1
        for k in range(targets):
            mark[target[k]] = 0
        norms[i, 0], norms[i, 2] = norm, unreal
        if whole:
            norms[i, 1], norms[i, 3] = rest, unreal_rest
        share = 1.0 / (norm + norms[i, 1])
        if keep:
            for edge in range(first, last):
                pair_sum[edge] += chance[slot[edge - first]] * share
            real_sum[i] += 1.0 - (1.0 - event_share[i] + norms[i, 2] + norms[i, 3]) * share
        chosen = held
        if whole or (held != HIDDEN and held < unlikely):
            total, here = norms[i, 0] + (norms[i, 1] if whole else 0.0), 1.0 if held == ALONE else 0.0
            if held >= 0:
                here = weight_of[held]
            draw = uniform(seed, number, key[i])
            if held != ALONE:
                draw -= 1.0 / (total - min(here, 1.0))
                chosen = ALONE if draw < 0 else chosen
            edge = first
            while draw >= 0 and edge < last:
                if weight_of[edge] > 0.0 and edge != held:
                    draw -= weight_of[edge] / (total - min(here, weight_of[edge]))
                    chosen = edge if draw < 0 else chosen
                edge += 1
        goes = mine
        if chosen != held:
            if chosen >= 0:
                goes = cluster[to[chosen]]
            else:
                free[-1] -= 1
                goes = free[free[-1]]
            if alone:
                head[mine] = -1
                state[mine, SIZE] = 0.0
                free[free[-1]] = mine
                free[-1] += 1
        cluster[i] = goes
        if goes == mine and alone:
            _set_scales(i, ones[source[i], 0], ones[source[i], 1], row, stated)
            _found(state, seen, goes, i, row, bit, named, act_share)
            continue
        single = head[goes] >= 0 and follow[head[goes]] < 0
        if head[goes] < 0:
            _set_scales(i, ones[source[i], 0], ones[source[i], 1], row, stated)
            _found(state, seen, goes, i, row, bit, named, act_share)
        else:
            _draw_scales(i, goes, number, seed, keep, head, state, row, source, key, tails, single)
            if not single:
                _join(follow, state, seen, goes, head[goes], i, row, bit, named, company)
        follow[i] = head[goes]
        head[goes] = i
        if single:
            _remade(head, follow, state, seen, goes, row, bit, named, act_share, company)


@numba.njit(**BARE)
def add_rest(edges, reckoned, each):  # type: ignore[no-untyped-def]
    """Let the conditionals of unlikely edges count `each` times, for sweeps without them."""
    start, middle, _, _ = edges
    for i in range(len(middle)):
        for edge in range(middle[i], start[i + 1]):
            reckoned[0][edge] *= each


@numba.njit(**BARE)
def _add(i, first, unlikely, last, pair_sum, real_sum, probability, event_share, norms, times):  # type: ignore[no-untyped-def]
    """Add the conditionals of row i as often as they count: of its likely edges and, where `last` is beyond them, of the others."""
    if times[i, PENDING] > 0:
        for edge in range(first, unlikely):
            pair_sum[edge] += times[i, PENDING] * probability[edge]
        clutter = 1.0 - event_share[i] + norms[i, 2] + norms[i, 3]
        real_sum[i] += times[i, PENDING] * (1.0 - clutter / (norms[i, 0] + norms[i, 1]))
        times[i, PENDING] = 0
    if last > unlikely and times[i, PENDING_ALL] > 0:
        for edge in range(unlikely, last):
            pair_sum[edge] += times[i, PENDING_ALL] * probability[edge]
        times[i, PENDING_ALL] = 0


@numba.njit(**BARE)
def add_all(edges, reckoned, event_share, each):  # type: ignore[no-untyped-def]
    """Add the conditionals that were not added yet; those of unlikely edges count `each` times, for sweeps without them."""
    start, middle, _, _ = edges
    pair_sum, real_sum, _, probability, norms, times, _, _ = reckoned
    for i in range(len(real_sum)):
        _add(i, start[i], middle[i], start[i + 1], pair_sum, real_sum, probability, event_share, norms, times)
        for edge in range(middle[i], start[i + 1]):
            pair_sum[edge] *= each


@numba.njit(cache=True, nogil=True, error_model="numpy")
def firsts(cluster, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the first row of each row's cluster."""
    first = np.full(len(cluster), -1, dtype=np.int32)
    for i in range(len(cluster)):
        if first[cluster[i]] < 0:
            first[cluster[i]] = i
        out[i] = first[cluster[i]]


@numba.njit(**BARE)
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
