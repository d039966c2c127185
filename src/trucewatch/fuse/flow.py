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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.fuse.blocks import Part, Reach, Told, part_of, work
from trucewatch.fuse.components import are_whole, link, root_of, rooted_in, roots_of
from trucewatch.fuse.decide import Pairs, halves_joined, joined, partition
from trucewatch.fuse.density import instants, levels_of
from trucewatch.fuse.draws import contents, settle, sums_of, uncertain
from trucewatch.fuse.held import Held, known_rows
from trucewatch.fuse.lanes import Lane
from trucewatch.fuse.model import Model
from trucewatch.fuse.originals import Originals, heard, rooted, with_echoes, with_originals
from trucewatch.fuse.rows import Ints, Rows, together
from trucewatch.fuse.sampling import DRAWS
from trucewatch.fuse.settings import FuseSettings
from trucewatch.fuse.shelf import SETTLED, Keys
from trucewatch.fuse.tell import Decided, Uncertain
from trucewatch.fuse.weights import weights_of
from trucewatch.manifest import Manifest
from trucewatch.spread import Spread

NOBODY: Final = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True)
class Judged:
    """People's "same" and "different" that are obeyed, each pair in order of id."""

    same: tuple[tuple[str, str], ...] = ()
    different: tuple[tuple[str, str], ...] = ()

    @property
    def ids(self) -> list[str]:
        """All observations on which people decided."""
        return sorted({one for pair in (*self.same, *self.different) for one in pair})


class Before(Protocol):
    """What was told before of blocks, for a flow through some of them: those that can change, and what these hang together with.

    `first`: where the flow begins; `decided`, `told`: the first blocks that are decided and told anew, those before have stood;
    `asked`: the blocks, in order, of which the sweeps may tell something else now.
    """

    first: int
    decided: int
    told: int
    asked: Sequence[int]

    def known(self, which: int, part: Part) -> Told | None:
        """Return what the sweeps of a block told, if they were asked just this."""
        ...

    def recall(self, which: int) -> Told:
        """Return what the sweeps of a block told that is not asked anew."""
        ...

    def ran(self, which: int, told: Told) -> None:
        """Remember what a block's sweeps told."""
        ...

    def stood(self, which: int, key: Keys) -> pl.DataFrame | None:
        """Return what became before of the rows of a block with these keys, as `shelf.SETTLED`; None where nothing stood."""
        ...

    def is_over(self, flow: "Flow") -> bool:
        """Say whether all that is still to come stands as it was told."""
        ...


class Earlier(Exception):  # noqa: N818
    """An incident that stood hangs together with rows that changed: the flow must begin to decide where that incident does."""

    def __init__(self, rows: Ints) -> None:
        super().__init__(rows)
        self.rows = rows


@dataclass
class _Read:
    """A block whose rows are at hand. `of` (n,): the row that each tells again, itself for those that are `kept`."""

    frame: pl.DataFrame
    rows: Rows
    of: Ints
    heard_p: np.ndarray
    kept: Ints


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
        self.before = before
        self.first = before.first if before else 0
        self.held, self.model, self.spread, self.manifests = held, model, spread, manifests
        self.judged = judged or Judged()
        self.seed, self.settings, self.weights = seed, settings, weights_of(model)
        self.levels = levels_of(model.background, *held.counts)
        self.reach = Reach(held.extents, model.time_scale, model.echoes)
        self.start = np.concatenate([[0], np.cumsum([extent.rows for extent in held.extents])]).astype(np.int64)
        self.sampled = self.joined = self.decided = self.told = self.first
        self._rows: dict[int, tuple[pl.DataFrame, Rows]] = {}
        self._read: dict[int, _Read] = {}
        self._pairs: dict[int, list[Pairs]] = {}
        self._halves: dict[int, list[tuple[Ints, Ints, np.ndarray]]] = {}
        self._number: dict[str, int] = {}
        drawn = min(DRAWS, settings.sweeps)
        kinds: dict[str, tuple[npt.DTypeLike, int]] = {
            "key": (np.uint64, 0), "source": (np.int16, 0), "block": (np.int32, 0), "of": (np.int64, 0), "heard_p": (np.float64, 0),
            "real": (np.float32, 0), "moments": (np.float32, 7), "state": (np.int32, drawn), "root": (np.int64, 0),
            "last": (np.int64, 0), "cluster": (np.int64, 0), "stands": (np.int64, 0), "content": (np.uint64, 0), "at": (np.int64, 0), "first_us": (np.int64, 0), "last_us": (np.int64, 0),
            "fixed": (np.bool_, 0), "final": (np.int32, drawn), "held": (np.uint64, drawn),
        }  # fmt: skip
        start = int(self.start[self.first])
        self._lanes = {name: Lane(dtype, width, start=start) for name, (dtype, width) in kinds.items()}

    def run(self) -> Iterator[tuple[int, Decided | Uncertain]]:
        """Go through the blocks; return what is to be told of each, by its number."""
        decided, told = (self.before.decided, self.before.told) if self.before else (0, 0)
        for which, found in self._told_of_blocks():
            self._take_in(which, found)
            self.sampled = which + 1
            while self.joined < self.sampled and self.reach.last(self.joined) < self.sampled:
                self._join(self.joined)
                self.joined += 1
            while self.decided < self.joined and self._is_whole(self.decided):
                if self.decided >= decided:
                    yield self.decided, self._decide(self.decided)
                self.decided += 1
            while self.told < self.decided and self.reach.last(self.told) < self.decided:
                uncertain = self._tell(self.told)
                if self.told >= told:
                    yield self.told, uncertain
                self.told += 1
                self._forget()
            if self.before and self.before.is_over(self):
                return

    def _told_of_blocks(self) -> Iterator[tuple[int, Told]]:
        """Return what the sweeps of each block tell, in order; what is remembered is not sampled again."""
        blocks, before = range(self.first, len(self.held.extents)), self.before
        if not before:
            yield from enumerate(self.spread.map(work, map(self._part, blocks)))
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

        results, asked = self.spread.map(work, unknown()), set(before.asked)
        for which in blocks:
            while which in asked and which not in known:
                told = next(results, None)
                if told is not None:
                    known[running[0]] = told
                    before.ran(running.popleft(), told)
            yield which, known.pop(which) if which in asked else before.recall(which)

    def _span(self, b: int) -> tuple[int, int]:
        """Return from and until which row a block goes."""
        return int(self.start[b]), int(self.start[b + 1])

    def _blocks_of(self, rows: Ints) -> Ints:
        """Return the block of each row."""
        return np.asarray(np.searchsorted(self.start, rows, side="right") - 1)

    def _lane(self, name: str, low: int, high: int) -> np.ndarray:
        return self._lanes[name].between(low, high)

    # -- read

    def _frame(self, b: int) -> tuple[pl.DataFrame, Rows]:
        """Return a block's observations, and as arrays."""
        if b not in self._rows:
            frame = self.held.frame(b)
            self._rows[b] = frame, known_rows(frame, self.model, self.levels)
        return self._rows[b]

    def _reading(self, b: int) -> _Read:
        """Return a block with its echoes told."""
        if b not in self._read:
            frame, rows = self._frame(b)
            low, high = self._span(b)
            if self.model.echoes:
                near = self.reach.around(b)
                first = int(self.start[near[0]])
                every = together([self._frame(x)[1] for x in near])
                told = heard(
                    every, (low - first, high - first), self.model.echoes, self.model.told_share,
                    self._are_decided(pl.concat([self._frame(x)[0]["observation_id"] for x in near])),
                )  # fmt: skip
                of, probability = told.of + first, told.probability
            else:
                of, probability = np.arange(low, high), np.ones(high - low)
            self._read[b] = _Read(frame, rows, of, probability, np.flatnonzero(of == np.arange(low, high)))
        return self._read[b]

    def _are_decided(self, ids: pl.Series) -> np.ndarray:
        """Say of each id whether people decided on it."""
        return ids.is_in(self.judged.ids).to_numpy() if self.judged.ids else np.zeros(len(ids), dtype=bool)

    def _part(self, b: int) -> Part:
        """Return what a worker needs to sample a block."""
        near = {}
        for x in self.reach.around(b):
            read = self._reading(x)
            near[x] = read.rows if len(read.kept) == len(read.rows) else read.rows.take(read.kept)
        return part_of(near, b, self.weights, self.seed, self.settings.burn_in, self.settings.sweeps)

    # -- sampled

    def _take_in(self, b: int, told: Told) -> None:
        """Take in what the sweeps of a block told."""
        read = self._reading(b)
        low, high = self._span(b)
        n, own = high - low, np.arange(low, high)
        name = np.concatenate([read.kept + low, self._found(b, told.outside)])
        state = np.tile(own[:, None].astype(np.int32), (1, len(told.draws)))
        state[read.kept] = name[told.draws].T
        real, moments = np.zeros(n, np.float32), np.zeros((n, 7), np.float32)
        real[read.kept], moments[read.kept] = told.real, told.moments
        ids = read.frame["observation_id"]
        for k in np.flatnonzero(self._are_decided(ids)):
            self._number[ids[int(k)]] = low + int(k)
        added = {
            "key": read.rows.key, "source": read.rows.source, "block": b, "of": read.of, "heard_p": read.heard_p, "real": real,
            "moments": moments, "state": state, "root": own, "last": own, "cluster": -1, "stands": own, "content": 0,
            "fixed": False, "final": -1, "held": 0, "at": instants(read.frame), "first_us": 0, "last_us": 0,
        }  # fmt: skip
        for lane, values in added.items():
            self._lanes[lane].add(values, n)
        if self.before:
            self._let_stand(b, own, self.before.stood(b, read.rows.key))
        pairs = Pairs(
            name[told.pairs.one].astype(np.int32), name[told.pairs.other].astype(np.int32), told.pairs.probability
        )
        self._pairs[b] = [pairs]
        one, other = name[told.one], name[told.other]
        first = np.minimum(self._blocks_of(other), b)
        for x in np.unique(first[other >= 0]).tolist():
            mine = (first == x) & (other >= 0)
            self._halves.setdefault(x, []).append((one[mine], other[mine], told.half[mine]))

    def _let_stand(self, b: int, own: Ints, stood: pl.DataFrame | None) -> None:
        """Take rows of block b for decided whose incidents begin before all that is decided anew."""
        if stood is None or not self.before:
            return
        told = {name: stood[name].to_numpy() for name in ("content", "first_us", "last_us")}
        standing = told["first_us"] < self.held.extents[self.before.decided].block.start
        values = {"cluster": own, **told}
        for name, each in values.items():
            self._lane(name, *self._span(b))[standing] = each[standing]

    def _found(self, b: int, keys: np.ndarray) -> Ints:
        """Return the numbers of rows in blocks around b by their keys; -1 for those before the flow."""
        near = range(max(self.first, self.reach.first(b)), self.reach.last(b) + 1)
        key = np.concatenate([self._frame(x)[1].key for x in near])
        order = np.argsort(key)
        at = np.minimum(np.searchsorted(key[order], keys), len(key) - 1)
        found = order[at]
        return np.where(key[found] == keys, found + int(self.start[near[0]]), -1)

    # -- joined

    def _join(self, b: int) -> None:
        """Make the pairs whose first row lies in block b whole, and link what is likely, what people said, and echoes."""
        low, high = self._span(b)
        none = (NOBODY[:, 0], NOBODY[:, 0], np.empty(0, np.float32))
        halves = zip(*self._halves.pop(b, [none]), strict=True)
        one, other, half = (np.concatenate(each) for each in halves)
        across = halves_joined(one.astype(np.int32), other.astype(np.int32), half.astype(np.float32))
        own = self._pairs[b]
        own.append(across)
        numbers = [self._numbers(pairs) for pairs in (self.judged.same, self.judged.different)]
        own[:] = [pairs.without(np.concatenate(numbers)) for pairs in own]
        for pair in numbers[0]:  # what people said of a row here and one before it, or of two here
            if low <= pair[1] < high:
                first = self._pairs[int(self._blocks_of(pair[:1])[0])]
                first.append(Pairs(pair[:1].astype(np.int32), pair[1:].astype(np.int32), np.ones(1, np.float32)))
                self._link(pair[:1], pair[1:])
        for pairs in own:
            likely = pairs.probability > self.model.link
            self._link(pairs.one[likely], pairs.other[likely])
        of = self._lane("of", low, high)
        echo = np.flatnonzero(of != np.arange(low, high))
        self._link(of[echo], echo + low)

    def _numbers(self, pairs: Iterable[tuple[str, str]]) -> Ints:
        """Return the numbers of pairs of rows, (k, 2), the lesser first, as far as both were taken in."""
        known = [
            sorted((self._number[a], self._number[b])) for a, b in pairs if a in self._number and b in self._number
        ]
        return np.array(known, dtype=np.int64).reshape(-1, 2)

    def _link(self, one: np.ndarray, other: np.ndarray) -> None:
        base, end = self._base, self._lanes["root"].end
        link(
            self._lane("root", base, end),
            self._lane("last", base, end),
            base,
            one.astype(np.int64),
            other.astype(np.int64),
        )

    @property
    def _base(self) -> int:
        """The first row that is still at hand."""
        told = min(self.told, len(self.held.extents) - 1)
        return int(self.start[max(self.first, self.reach.first(told))])

    # -- decided

    def _is_whole(self, b: int) -> bool:
        """Say whether all that hangs together with a block's rows is joined."""
        base, end, (low, high) = self._base, self._lanes["root"].end, self._span(b)
        root, last, cluster = (self._lane(name, base, end) for name in ("root", "last", "cluster"))
        joined = int(self.start[self.joined])
        if not are_whole(root, last, cluster, base, low, high, joined):
            return False
        waiting = (
            {self._number[one] for pair in self.judged.same for one in pair if one in self._number}
            if self.judged.same
            else ()
        )
        alone = [w for w in waiting if not self._has_met(w, joined)]
        open_ = {int(root_of(root, base, w)) for w in alone if w >= base}
        return not any(
            cluster[i - base] < 0 and int(root_of(root, base, i)) in open_ for i in (range(low, high) if open_ else ())
        )

    def _has_met(self, row: int, joined: int) -> bool:
        """Say whether all rows that people called the same as one are joined."""
        mates = [pair for pair in self.judged.same if row in (self._number.get(pair[0]), self._number.get(pair[1]))]
        return all(self._number.get(one, joined) < joined for pair in mates for one in pair)

    def _decide(self, b: int) -> Decided:
        """Cut the components that begin in block b into incidents."""
        base, (low, high), end = self._base, self._span(b), int(self.start[self.joined])
        root, cluster = (self._lane(name, base, self._lanes["root"].end) for name in ("root", "cluster"))
        rows, mixed = rooted_in(root, cluster, base, low, high, end)
        if len(mixed):
            raise Earlier(mixed)
        of = rooted(np.searchsorted(rows, self._at("of", rows)))
        pairs = self._among(rows)
        same, different = (self._places(rows, each) for each in (self.judged.same, self.judged.different))
        parts = partition(
            pairs, len(rows), self._at("source", rows), self.weights.repeats, self.model.link, same, different
        )[of]
        judged = np.isin(parts, parts[np.unique(np.concatenate([same, different]))])
        begin = roots_of(root, base, rows)
        last = self._lane("last", base, end)[begin - base]
        for name, values in {
            "cluster": rows[parts], "stands": rows[of], "fixed": judged,
            "content": sums_of(parts, self._at("key", rows), of == np.arange(len(rows))),
            "first_us": self._at("at", begin), "last_us": self._at("at", last),
        }.items():  # fmt: skip
            self._lane(name, base, self._lanes[name].end)[rows - base] = values
        blocks = self._blocks_of(rows)
        spans = [(x, rows[blocks == x] - int(self.start[x])) for x in np.unique(blocks).tolist()]
        return Decided(
            pl.concat([self._rows[x][0][at] for x, at in spans]), together([self._rows[x][1].take(at) for x, at in spans]),
            of, parts, self._at("real", rows[of]), self._at("moments", rows[of]), self.model, self.manifests,
        )  # fmt: skip

    def _at(self, name: str, rows: Ints) -> np.ndarray:
        """Return what a lane holds at some rows."""
        base = self._base
        return np.asarray(self._lane(name, base, self._lanes[name].end)[rows - base])

    def _among(self, rows: Ints) -> Pairs:
        """Return the pairs among some rows, by their places in these."""
        place = np.full(int(rows[-1] - rows[0]) + 1 if len(rows) else 0, -1, dtype=np.int32)
        place[rows - rows[:1]] = np.arange(len(rows))
        found = []
        for x in np.unique(self._blocks_of(rows)).tolist():
            for pairs in self._pairs[x]:
                inside = (pairs.one >= rows[0]) & (pairs.other <= rows[-1])
                one, other = place[pairs.one[inside] - rows[0]], place[pairs.other[inside] - rows[0]]
                mine = (one >= 0) & (other >= 0)
                found.append(Pairs(one[mine], other[mine], pairs.probability[inside][mine]))
        return joined(found)

    def _places(self, rows: Ints, pairs: Iterable[tuple[str, str]]) -> Ints:
        """Return the pairs of people whose rows both are among some rows, by their places in these."""
        numbers = self._numbers(pairs)
        here = np.isin(numbers, rows).all(axis=1)
        return np.searchsorted(rows, numbers[here])

    # -- told

    def _tell(self, b: int) -> Uncertain:
        """Return the pairs and the draws of a block."""
        (low, high), end, base = self._span(b), self._span(self.reach.last(b))[1], self._base
        near = {
            name: self._lane(name, low, end)
            for name in ("state", "final", "block", "source", "fixed", "cluster", "key")
        }
        settle(
            near["state"],
            near["final"],
            low,
            high - low,
            near["block"],
            near["source"],
            self.weights.repeats,
            near["fixed"],
            near["cluster"],
        )
        is_kept = self._lane("of", low, end) == np.arange(low, end)
        self._lane("held", low, high)[:] = contents(near["final"], low, high - low, near["key"], is_kept)
        final, fixed = near["final"][: high - low], near["fixed"][: high - low]
        told = uncertain(final, self._lane("held", base, high), base, self._lane("content", low, high), fixed)
        rows = np.flatnonzero(told & is_kept[: high - low]) + low
        stands, whole = (
            self._lane("stands", base, int(self.start[self.decided])),
            np.arange(base, int(self.start[self.decided])),
        )
        pairs = joined(self._pairs[b])
        if self.model.echoes:
            echo = np.flatnonzero((stands != whole) & np.isin(stands, rows)) + base
            pairs = self._heard_too(pairs, stands, base, (low, high))
            rows = np.concatenate([rows, echo])
        first = self._at("final", self._at("stands", rows)) - np.int32(base)
        ids = pl.concat(
            [self._rows[x][0]["observation_id"] for x in range(int(self._blocks_of(np.array([base]))[0]), self.decided)]
        )
        settled = pl.DataFrame({name: self._lane(name, low, high).copy() for name in SETTLED})
        return Uncertain(ids, pairs.moved(-base), rows - base, first, settled)

    def begins(self, rows: Ints) -> Ints:
        """Return the instants, µs, at which what hangs together with some rows begins."""
        return self._at("first_us", rows)

    def decided_in(self, b: int) -> tuple[npt.NDArray[np.bool_], Keys]:
        """Say of the rows of a block which are decided, and return their keys."""
        low, high = self._span(b)
        return self._lane("cluster", low, high) >= 0, self._lane("key", low, high)

    def _heard_too(self, pairs: Pairs, stands: Ints, base: int, span: tuple[int, int]) -> Pairs:
        """Return pairs with those of echoes: of what the pairs lead to, and of originals in rows from `span` until."""
        whole, chance = np.arange(len(stands)), self._lane("heard_p", base, base + len(stands))
        every = Originals(np.where(stands >= base, stands - base, whole), chance)
        both = np.column_stack([pairs.one, pairs.other]).astype(np.int64) - base
        found, likely = with_echoes(both, pairs.probability.astype(np.float64), every)
        mine = (stands >= span[0]) & (stands < span[1])
        more, likely_too = with_originals(Originals(np.where(mine, stands - base, whole), chance))
        one, other = (np.concatenate([found, more]) + base).T.astype(np.int32)
        return Pairs(one, other, np.concatenate([likely, likely_too]).astype(np.float32))

    def _forget(self) -> None:
        """Forget what lies before all that is still to be told may reach."""
        if self.told == len(self.held.extents):
            return
        base = self._base
        for lane in self._lanes.values():
            lane.forget(base)
        for kept in (self._rows, self._read):
            for x in [x for x in kept if self.start[x] < base]:
                del kept[x]
        for x in [x for x in self._pairs if x < self.told]:
            del self._pairs[x]
