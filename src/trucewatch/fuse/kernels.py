"""The hot loops: the weight of a cluster, and Gibbs sweeps over the ways to put rows together.

A partition's weight is the product of its clusters' weights (see `model`). A sweep takes each row out in turn and puts it back
into a cluster of one of its candidates, or alone, with probability proportional to the weights. What is averaged are the
conditional probabilities themselves, not the draws, which halves the noise (Gelfand & Smith 1990).

Random numbers are a hash of seed, sweep and row (splitmix64), so nothing depends on the order of threads or of rows.
"""

import numba
import numpy as np

from trucewatch.fuse.rows import Ints

MAX_MEMBERS = 48
LEAST_LOG_ODDS = -6.0  # a pair below this is no candidate: its own probability is under .25 %


@numba.njit(cache=True)
def uniform(seed: int, sweep: int, row: int) -> float:
    """Return a number in [0, 1) from a hash of three integers."""
    x = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(sweep) * np.uint64(0xBF58476D1CE4E5B9)
    x += np.uint64(row) * np.uint64(0x94D049BB133111EB)
    for _ in range(2):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return float(x >> np.uint64(11)) / 9007199254740992.0


@numba.njit(cache=True)
def log_weight(members, size, xyt, precision, log_norm, sigma, source, act, log_density, known):  # type: ignore[no-untyped-def]
    """Return log w(K) of the first `size` rows in `members`; `known` holds the model's logs and tables."""
    log_events_unseen, log_odds, log_repeat, act_share, confusion, company, real = known
    first = members[0]
    p_e = p_n = p_en = p_t = h_e = h_n = h_t = quad = norm = 0.0
    best = first
    total = log_events_unseen
    for k in range(size):
        i = members[k]
        e, n, t = xyt[i, 0] - xyt[first, 0], xyt[i, 1] - xyt[first, 1], xyt[i, 2] - xyt[first, 2]
        a, b, c, d = precision[i, 0], precision[i, 1], precision[i, 2], precision[i, 3]
        p_e += a
        p_n += b
        p_en += c
        p_t += d
        h_e += a * e + c * n
        h_n += c * e + b * n
        h_t += d * t
        quad += a * e * e + b * n * n + 2 * c * e * n + d * t * t
        norm += log_norm[i]
        if sigma[i] < sigma[best] or (sigma[i] == sigma[best] and i < best):
            best = i
        s = source[i]
        repeated = False
        for m in range(k):
            if source[members[m]] == s:
                repeated = True
                break
        total += log_repeat[s] if repeated else log_odds[s]
    det = p_e * p_n - p_en * p_en
    peak = (h_e * h_e * p_n - 2 * h_e * h_n * p_en + h_n * h_n * p_e) / det + h_t * h_t / p_t
    total += norm + 1.5 * np.log(2 * np.pi) - 0.5 * np.log(det * p_t) + 0.5 * (peak - quad)
    if company[0] > 0.0:
        for k in range(size):
            i = members[k]
            if i != best:
                e, n, t = xyt[i, 0] - xyt[best, 0], xyt[i, 1] - xyt[best, 1], xyt[i, 2] - xyt[best, 2]
                v = sigma[i] ** 2 + sigma[best] ** 2 + company[1]
                w = 1 / precision[i, 3] + 1 / precision[best, 3] + company[2]
                near = np.exp(-0.5 * ((e * e + n * n) / v + t * t / w) - log_density[best]) / (v * np.sqrt(w))
                total -= np.log1p(company[0] * near * real[source[i]] * real[source[best]])
    acts = 0.0
    for a_ in range(len(act_share)):
        product = act_share[a_]
        for k in range(size):
            product *= confusion[source[members[k]], a_, act[members[k]]]
        acts += product
    return total + log_density[best] + np.log(max(acts, 1e-300))


@numba.njit(cache=True)
def pair_log_odds(pairs, alone, xyt, precision, log_norm, sigma, source, act, log_density, known):  # type: ignore[no-untyped-def]
    """Return for each pair log w({i, j}) − log w({i}) − log w({j})."""
    odds = np.empty(len(pairs))
    members = np.empty(2, dtype=np.int64)
    for n in range(len(pairs)):
        members[0], members[1] = pairs[n, 0], pairs[n, 1]
        together = log_weight(members, 2, xyt, precision, log_norm, sigma, source, act, log_density, known)
        odds[n] = together - alone[members[0]] - alone[members[1]]
    return odds


@numba.njit(cache=True)
def lay_out(cluster, head, follow, score, alone, xyt, precision, log_norm, sigma, source, act, log_density, known):  # type: ignore[no-untyped-def]
    """Chain the members of each cluster of a partition into `head`, `follow`, and fill `score`."""
    for i in range(len(cluster)):
        follow[i] = head[cluster[i]]
        head[cluster[i]] = i
    members = np.empty(MAX_MEMBERS + 1, dtype=np.int64)
    for c in range(len(cluster)):
        size, m, total = 0, head[c], 0.0
        while m >= 0:
            members[size] = m
            total -= alone[m]
            size += 1
            m = follow[m]
        if size > 1:
            weight = log_weight(members, size, xyt, precision, log_norm, sigma, source, act, log_density, known)
            score[c] = total + weight


@numba.njit(cache=True)
def sweep(  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915
    number, seed, keep, start, to, alone, event_share, repeats, cluster, head, follow, score, pair_sum, real_sum,
    xyt, precision, log_norm, sigma, source, act, log_density, known,
):  # fmt: skip
    """Do one Gibbs sweep in place.

    `start`, `to`: candidates of each row (CSR). `cluster`: of each row; `head`, `follow`: its members as a chain; `score`:
    log weight of the cluster less that of its rows alone. With `keep`, conditionals are added to `pair_sum`, `real_sum`.
    """
    members = np.empty(MAX_MEMBERS + 1, dtype=np.int64)
    targets = np.empty(4096, dtype=np.int64)
    chance = np.empty(4096)
    joined = np.empty(4096)
    for i in range(len(cluster)):
        mine = cluster[i]
        size, before = 0, -1
        m = head[mine]
        while m >= 0:  # take row i out of its chain
            if m == i:
                if before >= 0:
                    follow[before] = follow[m]
                else:
                    head[mine] = follow[m]
            else:
                members[size] = m
                size += 1
                before = m
            m = follow[m]
        if size == 1:
            score[mine] = 0.0
        elif size > 1:
            total = log_weight(members, size, xyt, precision, log_norm, sigma, source, act, log_density, known)
            for k in range(size):
                total -= alone[members[k]]
            score[mine] = total
        found, top = 0, 0.0
        for edge in range(start[i], start[i + 1]):
            c = cluster[to[edge]]
            if c == mine and size == 0:
                continue
            again = False
            for k in range(found):
                if targets[k] == c:
                    again = True
                    break
            if again or found >= len(targets):
                continue
            members[0], count, allowed = i, 1, True
            m = head[c]
            while m >= 0:
                if count > MAX_MEMBERS - 1 or (source[m] == source[i] and not repeats[source[i]]):
                    allowed = False
                    break
                members[count] = m
                count += 1
                m = follow[m]
            if not allowed:
                continue
            gain = log_weight(members, count, xyt, precision, log_norm, sigma, source, act, log_density, known)
            gain -= alone[i]
            for k in range(1, count):
                gain -= alone[members[k]]
            targets[found], joined[found] = c, gain
            chance[found] = gain - score[c]
            top = max(top, chance[found])
            found += 1
        norm = np.exp(-top)
        for k in range(found):
            chance[k] = np.exp(chance[k] - top)
            norm += chance[k]
        if keep:
            real_sum[i] += 1.0 - np.exp(-top) / norm * (1.0 - event_share[i])
            for edge in range(start[i], start[i + 1]):
                c = cluster[to[edge]]
                for k in range(found):
                    if targets[k] == c:
                        pair_sum[edge] += chance[k] / norm
                        break
        draw = uniform(seed, number, i) * norm
        choice = -1
        for k in range(found):
            draw -= chance[k]
            if draw < 0:
                choice = k
                break
        if choice >= 0:
            c = targets[choice]
            score[c] = joined[choice]
        else:
            c = mine if size == 0 else i
            if head[c] >= 0:  # the label i is taken by others: swap with the label that row i leaves behind
                c = _free(head, i)
            score[c] = 0.0
        cluster[i] = c
        follow[i] = head[c]
        head[c] = i


@numba.njit(cache=True)
def _free(head: Ints, hint: int) -> int:
    """Return a label without members, looking on from `hint`; with n labels for n rows there always is one."""
    n = len(head)
    for step in range(n):
        c = (hint + step) % n
        if head[c] < 0:
            return c
    return -1
