"""Blocks, one after the other: read, sampled, put together across their edges, told. No more is held than hangs together.

A block goes through these states, each when all that it needs is there:

1. *read*: its rows are at hand, and which of them are echoes;
2. *sampled*: with all that it may reach read too, its sweeps are run or what they told is remembered;
3. *joined*: with all that it may reach sampled, its pairs are whole (half of a pair across an edge comes from either side), and
   what is linked is one component;
4. *decided*: with all its components whole, each component that begins in it is cut into incidents (`decide`), which are told;
5. *told*: with all that it may reach decided, its pairs and its draws are told. Then what lies before its reach is forgotten.

What a component becomes follows from its own rows alone, so each state of a block is the same wherever the flow began.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.fuse.before import Before, Earlier
from trucewatch.fuse.blocks import Part, Reach, Told, work
from trucewatch.fuse.components import are_whole, link, rooted_in, roots_of
from trucewatch.fuse.decide import Pairs, halves_joined, joined, partition
from trucewatch.fuse.density import instants
from trucewatch.fuse.draws import contents, settle, sums_of, uncertain
from trucewatch.fuse.held import Held
from trucewatch.fuse.judged import Heeded, Judged
from trucewatch.fuse.lanes import Lanes
from trucewatch.fuse.model import Model
from trucewatch.fuse.originals import Originals, rooted, with_echoes, with_originals
from trucewatch.fuse.reading import Reading
from trucewatch.fuse.rows import Ints
from trucewatch.fuse.sampling import DRAWS
from trucewatch.fuse.settings import FuseSettings
from trucewatch.fuse.shelf import SETTLED, Keys
from trucewatch.fuse.tell import Decided, Uncertain
from trucewatch.fuse.weights import weights_of
from trucewatch.manifest import Manifest
from trucewatch.spread import Spread

LANES: Final[Mapping[str, npt.DTypeLike]] = {
    # as it was read, and whom it tells again, with what probability
    "key": np.uint64, "source": np.int16, "block": np.int32, "at": np.int64, "of": np.int64, "heard_p": np.float64,
    # what its block's sweeps told of it, and the least and greatest rows that it hangs together with
    "real": np.float32, "root": np.int64, "last": np.int64,
    # its incident's first row, the row that it stands for, what the incident holds, when all that hangs together began and ended
    "cluster": np.int64, "stands": np.int64, "content": np.uint64, "first_us": np.int64, "last_us": np.int64, "fixed": np.bool_,
}  # fmt: skip
"""What is kept of each row while it is at hand, by name. Besides `moments`, and by draw: `state`, where its own block put it;
`final`, where it went; `held`, what the cluster that begins there holds."""

STOOD: Final = ("content", "first_us", "last_us")


class Flow:
    """The flow through the blocks of `held`; it is run once."""

    def __init__(
        self,
        held: Held,
        model: Model,
        spread: Spread,
        *,
        seed: int,
        settings: FuseSettings,
        judged: Judged | None = None,
        manifests: Mapping[str, Manifest] | None = None,
        before: Before | None = None,
    ) -> None:
        self._before, self._first = before, before.first if before else 0
        self._extents, self._model, self._spread, self._manifests = held.extents, model, spread, manifests
        self._seed, self._settings, self._weights = seed, settings, weights_of(model)
        self.reach = Reach(held.extents, model.widest_s, model.echoes)
        self._heeded = Heeded(judged or Judged())
        self._reading = Reading(held, model, self.reach, self._heeded, first=self._first)
        self.sampled = self._joined = self.decided = self.told = self._first
        self._pairs: dict[int, list[Pairs]] = {}
        self._stood: dict[
            int, pl.DataFrame
        ] = {}  # of blocks of which nothing is other than it was told, as far as is known
        self._halves: dict[int, list[tuple[Ints, Ints, np.ndarray]]] = {}
        drawn = min(DRAWS, settings.sweeps)
        wide = {
            "moments": (np.float32, 7),
            "state": (np.int32, drawn),
            "final": (np.int32, drawn),
            "held": (np.uint64, drawn),
        }
        kinds = {name: (kind, 0) for name, kind in LANES.items()} | wide
        self._lanes = Lanes(kinds, start=self._reading.span(self._first)[0] if held.extents else 0)

    def run(self) -> Iterator[tuple[int, Decided | Uncertain]]:
        """Go through the blocks; return what is to be told of each, by its number."""
        decided, told = (self._before.decided, self._before.told) if self._before else (0, 0)
        for which, found in self._told_of_blocks():
            self._take_in(which, found)
            self.sampled = which + 1
            while self._joined < self.sampled and self.reach.last(self._joined) < self.sampled:
                self._join(self._joined)
                self._joined += 1
            while self.decided < self._joined and self._is_whole(self.decided):
                if self.decided >= decided:
                    incidents = self._decide(self.decided)
                    if not (self._before and self._before.has_stood(self.decided)):
                        yield self.decided, incidents
                self.decided += 1
            while self.told < self.decided and self.reach.last(self.told) < self.decided:
                uncertain = self._tell(self.told)
                if self.told >= told and self._is_other(self.told):
                    yield self.told, uncertain
                self.told += 1
                self._forget()
            if self._before and self._before.is_over(self):
                return

    # -- sampled

    def _told_of_blocks(self) -> Iterator[tuple[int, Told]]:
        """Return what the sweeps of each block tell, in order; what is remembered is not sampled again."""
        blocks, before = range(self._first, len(self._extents)), self._before
        if not before:
            yield from enumerate(self._spread.map(work, map(self._part, blocks)))
            return
        known, running = dict[int, Told](), deque[int]()

        def unknown() -> Iterator[Part]:
            for which in before.asked:
                part = self._part(which)
                told = before.known(which, part)
                if told is None:
                    running.append(which)
                    yield part
                else:
                    known[which] = told

        results, asked = self._spread.map(work, unknown()), set(before.asked)
        for which in blocks:
            while which in asked and which not in known:
                told = next(results, None)
                if told is not None:
                    known[running[0]] = told
                    before.ran(running.popleft(), told)
            yield which, known.pop(which) if which in asked else before.recall(which)

    def _part(self, b: int) -> Part:
        return self._reading.part(b, self._weights, self._seed, self._settings)

    def _take_in(self, b: int, told: Told) -> None:
        """Take in what the sweeps of a block told."""
        read, (low, high) = self._reading.block(b), self._reading.span(b)
        n, own = high - low, np.arange(low, high)
        name = np.concatenate([read.kept + low, self._reading.found(b, told.outside)])
        state = np.tile(own[:, None].astype(np.int32), (1, len(told.draws)))
        state[read.kept] = name[told.draws].T
        real, moments = np.zeros(n, np.float32), np.zeros((n, 7), np.float32)
        real[read.kept], moments[read.kept] = told.real, told.moments
        self._heeded.take_in(read.frame["observation_id"], low)
        self._lanes.add(n, {
            "key": read.rows.key, "source": read.rows.source, "block": b, "at": instants(read.frame), "of": read.of,
            "heard_p": read.heard_p, "real": real, "root": own, "last": own, "cluster": -1, "stands": own, "content": 0,
            "first_us": 0, "last_us": 0, "fixed": False, "moments": moments, "state": state, "final": -1, "held": 0,
        })  # fmt: skip
        if self._before:
            self._let_stand(b, self._before.stood(b, read.rows.key))
        pairs, one, other = told.pairs, name[told.one], name[told.other]
        self._pairs[b] = [
            Pairs(name[pairs.one].astype(np.int32), name[pairs.other].astype(np.int32), pairs.probability)
        ]
        first = np.minimum(self._reading.blocks_of(other), b)
        for x in np.unique(first[other >= 0]).tolist():
            mine = (first == x) & (other >= 0)
            self._halves.setdefault(x, []).append((one[mine], other[mine], told.half[mine]))

    def _let_stand(self, b: int, stood: pl.DataFrame | None) -> None:
        """Take those rows of block b for decided whose incidents begin before all that is decided anew."""
        if stood is None or not self._before:
            return
        if not self._before.changed(b):
            self._stood[b] = stood
        own = np.arange(*self._reading.span(b))
        told = {name: stood[name].to_numpy() for name in STOOD}
        standing = told["first_us"] < self._extents[self._before.decided].block.start
        self._lanes.put(own[standing], {name: each[standing] for name, each in {"cluster": own, **told}.items()})

    def _is_other(self, b: int) -> bool:
        """Say whether something near a block is other than it was told."""
        return any(x not in self._stood for x in range(max(self.reach.first(b), self._first), self.reach.last(b) + 1))

    @property
    def others(self) -> list[int]:
        """The blocks so far of which something is other than it was told."""
        return [x for x in range(self._first, self.sampled) if x not in self._stood]

    # -- joined

    def _join(self, b: int) -> None:
        """Make the pairs whose first row lies in block b whole, and link what is likely, what people said, and echoes."""
        low, high = self._reading.span(b)
        halves = self._halves.pop(b, [])
        if halves:
            one, other, half = (np.concatenate(each) for each in zip(*halves, strict=True))
            self._pairs[b].append(halves_joined(one.astype(np.int32), other.astype(np.int32), half))
        same = self._heeded.same
        said = np.concatenate([same, self._heeded.different])
        self._pairs[b] = [pairs.without(said) for pairs in self._pairs[b]]
        for pair in same[(same[:, 1] >= low) & (same[:, 1] < high)]:  # with a row before it, or of two here
            one, other = pair[:1], pair[1:]
            first = int(self._reading.blocks_of(one)[0])
            self._pairs[first].append(Pairs(one.astype(np.int32), other.astype(np.int32), np.ones(1, np.float32)))
            self._link(one, other)
        for pairs in self._pairs[b]:
            likely = pairs.probability > self._model.link
            self._link(pairs.one[likely], pairs.other[likely])
        of = self._lanes.between("of", low, high)
        echo = np.flatnonzero(of != np.arange(low, high))
        self._link(of[echo], echo + low)

    def _link(self, one: np.ndarray, other: np.ndarray) -> None:
        root, last = self._lanes.whole("root"), self._lanes.whole("last")
        link(root, last, self._lanes.base, one.astype(np.int64), other.astype(np.int64))

    # -- decided

    def _is_whole(self, b: int) -> bool:
        """Say whether all that hangs together with a block's rows is joined."""
        base, (low, high), joined = self._lanes.base, self._reading.span(b), self._reading.span(self._joined - 1)[1]
        root, last, cluster = (self._lanes.whole(name) for name in ("root", "last", "cluster"))
        if not are_whole(root, last, cluster, base, low, high, joined):
            return False
        waiting = self._heeded.waiting(joined)
        waiting = waiting[waiting >= base]
        own = np.flatnonzero(cluster[low - base : high - base] < 0) + low
        return not (len(waiting) and np.isin(roots_of(root, base, own), roots_of(root, base, waiting)).any())

    def _decide(self, b: int) -> Decided:
        """Cut the components that begin in block b into incidents."""
        base, (low, high), end = self._lanes.base, self._reading.span(b), self._reading.span(self._joined - 1)[1]
        root = self._lanes.whole("root")
        rows, mixed = rooted_in(root, self._lanes.whole("cluster"), base, low, high, end)
        if len(mixed):
            raise Earlier(mixed)
        of = rooted(np.searchsorted(rows, self._lanes.at("of", rows)))
        same, different = (_places(rows, each) for each in (self._heeded.same, self._heeded.different))
        source, link = self._lanes.at("source", rows), self._model.link
        parts = partition(self._among(rows), len(rows), source, self._weights.repeats, link, same, different)[of]
        begin = roots_of(root, base, rows)
        self._lanes.put(rows, {
            "cluster": rows[parts], "stands": rows[of],
            "fixed": np.isin(parts, parts[np.unique(np.concatenate([same, different]))]),
            "content": sums_of(parts, self._lanes.at("key", rows), of == np.arange(len(rows))),
            "first_us": self._lanes.at("at", begin), "last_us": self._lanes.at("at", self._lanes.at("last", begin)),
        })  # fmt: skip
        self._compare(rows)
        real, moments = (self._lanes.at(name, rows[of]) for name in ("real", "moments"))
        return Decided(*self._reading.at(rows, b), of, parts, real, moments, self._model, self._manifests)

    def _compare(self, rows: Ints) -> None:
        """Note the blocks of which some of these rows became other than it was told."""
        blocks = self._reading.blocks_of(rows)
        for x in [x for x in np.unique(blocks).tolist() if x in self._stood]:
            own = rows[blocks == x]
            stood = self._stood[x][own - self._reading.span(x)[0]]
            if any((self._lanes.at(name, own) != stood[name].to_numpy()).any() for name in STOOD):
                del self._stood[x]

    def _among(self, rows: Ints) -> Pairs:
        """Return the pairs among some rows, by their places in these."""
        place = np.full(int(rows[-1] - rows[0]) + 1 if len(rows) else 0, -1, dtype=np.int32)
        place[rows - rows[:1]] = np.arange(len(rows))
        found = []
        for x in np.unique(self._reading.blocks_of(rows)).tolist():
            for pairs in self._pairs[x]:
                inside = (pairs.one >= rows[0]) & (pairs.other <= rows[-1])
                one, other = place[pairs.one[inside] - rows[0]], place[pairs.other[inside] - rows[0]]
                mine = (one >= 0) & (other >= 0)
                found.append(Pairs(one[mine], other[mine], pairs.probability[inside][mine]))
        return joined(found)

    # -- told

    def _tell(self, b: int) -> Uncertain:
        """Return the pairs and the draws of a block."""
        base, (low, high), end = self._lanes.base, self._reading.span(b), self._reading.span(self.reach.last(b))[1]
        names = ("state", "final", "block", "source", "fixed", "cluster", "key")
        state, final, block, source, fixed, cluster, key = (self._lanes.between(name, low, end) for name in names)
        settle(state, final, low, high - low, block, source, self._weights.repeats, fixed, cluster)
        is_kept = self._lanes.between("of", low, end) == np.arange(low, end)
        self._lanes.between("held", low, high)[:] = contents(final, low, high - low, key, is_kept)
        held, content = self._lanes.between("held", base, high), self._lanes.between("content", low, high)
        told = uncertain(final[: high - low], held, base, content, fixed[: high - low])
        rows = np.flatnonzero(told & is_kept[: high - low]) + low
        pairs = joined(self._pairs[b])
        if self._model.echoes:
            stands = self._lanes.between("stands", base, self._reading.span(self.decided - 1)[1])
            echo = np.flatnonzero((stands != np.arange(base, base + len(stands))) & np.isin(stands, rows)) + base
            pairs, rows = self._heard_too(pairs, stands, (low, high)), np.concatenate([rows, echo])
        first = self._lanes.at("final", self._lanes.at("stands", rows)) - np.int32(base)
        ids = self._reading.ids(range(int(self._reading.blocks_of(np.array([base]))[0]), self.decided))
        settled = pl.DataFrame({name: self._lanes.between(name, low, high).copy() for name in SETTLED})
        return Uncertain(ids, pairs.moved(-base), rows - base, first, settled)

    def _heard_too(self, pairs: Pairs, stands: Ints, span: tuple[int, int]) -> Pairs:
        """Return pairs with those of echoes: of what the pairs lead to, and of originals in rows from `span` until.

        `stands`: whom each row tells again, from the first on that is at hand.
        """
        base, whole = self._lanes.base, np.arange(len(stands))
        chance = self._lanes.between("heard_p", base, base + len(stands))
        every = Originals(np.where(stands >= base, stands - base, whole), chance)
        both = np.column_stack([pairs.one, pairs.other]).astype(np.int64) - base
        found, likely = with_echoes(both, pairs.probability.astype(np.float64), every)
        mine = (stands >= span[0]) & (stands < span[1])
        more, likely_too = with_originals(Originals(np.where(mine, stands - base, whole), chance))
        one, other = (np.concatenate([found, more]) + base).T.astype(np.int32)
        return Pairs(one, other, np.concatenate([likely, likely_too]).astype(np.float32))

    def _forget(self) -> None:
        """Forget what lies before all that is still to be told may reach."""
        if self.told == len(self._extents):
            return
        base = self._reading.span(max(self._first, self.reach.first(self.told)))[0]
        self._lanes.forget(base)
        self._reading.forget(base)
        for x in [x for x in self._pairs if x < self.told]:
            del self._pairs[x]

    # -- asked of a flow through some blocks

    def begins(self, rows: Ints) -> Ints:
        """Return the instants, µs, at which what hangs together with some rows begins."""
        return self._lanes.at("first_us", rows)

    def decided_in(self, b: int) -> tuple[npt.NDArray[np.bool_], Keys]:
        """Say of the rows of a block which are decided, and return their keys."""
        low, high = self._reading.span(b)
        return self._lanes.between("cluster", low, high) >= 0, self._lanes.between("key", low, high)


def _places(rows: Ints, pairs: Ints) -> Ints:
    """Return the pairs whose rows both are among some, by their places in these."""
    return np.searchsorted(rows, pairs[np.isin(pairs, rows).all(axis=1)])
