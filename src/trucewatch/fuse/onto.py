"""Observations fused onto what was fused before: only what can change is done again, and all is as from scratch.

The rule, in plain sentences.
1. A row that is new, or revised, or gone from where it was, touches its block; so does a block that is cut otherwise than before,
   and one on a day whose level is another.
2. What is touched, and what may reach it, is asked again; what was asked just the same is not sampled again (`memory`).
3. An incident can change if a row of it was asked again; so all incidents are decided again from the first block on in which one
   begins that has such a row, until the incidents that begin later are those that stood.
4. Pairs and draws are told again of all blocks that may reach those of which anything became other. Where that leads to an incident
   that began earlier and stood, the flow begins again there.
5. Ids last: those of the incidents that are told anew are matched with those that these blocks told before (`naming`).
"""

import hashlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.fuse.before import Earlier, Flows
from trucewatch.fuse.blocks import Block, Part, Reach, Told
from trucewatch.fuse.flow import Flow
from trucewatch.fuse.held import Runs
from trucewatch.fuse.joint import Joint
from trucewatch.fuse.memory import name_of
from trucewatch.fuse.model import Model
from trucewatch.fuse.naming import aliases_of, names_of
from trucewatch.fuse.settings import FuseSettings
from trucewatch.fuse.shelf import NOWHERE, Keys, Shelf, Standing
from trucewatch.fuse.tell import Decided, Uncertain, tables_of
from trucewatch.manifest import Manifest
from trucewatch.spread import Here, Spread

MEET: Final = 6  # steps of reach within which blocks are done in one flow
NEVER: Final = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Added:
    """How much there is (observations, blocks), and how much was done: blocks sampled, and blocks whose incidents were decided."""

    observations: int
    blocks: int
    blocks_sampled: int
    blocks_decided: int


def onto(
    coming: Runs,
    shelf: Shelf,
    model: Model,
    *,
    given: str = "",
    manifests: Mapping[str, Manifest] | None = None,
    seed: int = 1,
    settings: FuseSettings | None = None,
    spread: Spread | None = None,
) -> Added:
    """Fuse observations onto those on `shelf`, of which those of the same id are revised; what is there then is as from scratch.

    Only the ids of incidents are not: they last. `given`: a name of the model; under another name all is told again.
    """
    settings = settings or FuseSettings()
    given = hashlib.sha256(repr((given, seed, settings, sorted(manifests or {}))).encode()).hexdigest()
    standing = shelf.standing()
    key, at = (np.concatenate([getattr(run, name) for run in coming.runs]) for name in ("key", "at"))
    was = shelf.where(key)
    there = was != NOWHERE
    held = Joint(shelf, standing, coming, key[there], was[there])
    anew = standing is None or standing.given != given
    doing = _Doing(held, model, settings, seed, spread or Here(), manifests, anew=anew)
    doing.do_all()
    aliases, lasting = _named(held, sorted(doing.decided), standing)
    shelf.stand(Standing(given, held.bins, held.counts, doing.asked, lasting), (key, at), aliases)
    return Added(int(held.bins["rows"].sum()), len(held.extents), len(doing.ran), len(doing.decided))


class _Doing:
    """All that is done again: groups of blocks that can change, each by a flow of its own."""

    def __init__(
        self, held: Joint, model: Model, settings: FuseSettings, seed: int, spread: Spread,
        manifests: Mapping[str, Manifest] | None, *, anew: bool,
    ) -> None:  # fmt: skip
        self.held, self.shelf, self.model = held, held.shelf, model
        self.given = {"settings": settings, "seed": seed, "manifests": manifests}
        self.spread = spread
        self.reach = Reach(held.extents, model.widest_s, model.echoes)
        self.anew = anew
        self.asked = {extent.block: held.asked.get(extent.block, "") for extent in held.extents}
        self.decided: set[int] = set()
        self.ran: set[int] = set()

    def do_all(self) -> None:
        """Do all again that can change; with `anew` everything."""
        every = list(range(len(self.held.extents)))
        changed = every if self.anew else self.held.changed(self.model.background)
        touched = every if self.anew else self.held.touched(changed, self.reach, echoes=bool(self.model.echoes))
        waiting, done = _apart(touched, self.reach), list[tuple[list[int], range]]()
        while waiting:
            group = waiting.pop(0)
            told = self._do(group)
            if done and told.start < done[-1][1].stop:  # two that met after all are one
                waiting.insert(0, [*done.pop()[0], *group])
            else:
                done.append((group, told))

    def _do(self, group: list[int]) -> range:
        """Do one group again; return the blocks that were told."""
        first, told = min(self._begins(which) for which in group), self.reach.first(group[0])
        while True:
            again = _Again(self, group, first, told)
            flow = Flow(self.held, self.model, self.spread, before=again, **self.given)  # type: ignore[arg-type]
            put: list[tuple[str, Block]] = []
            try:
                deque(Here().map(partial(self._put, put), flow.run()), maxlen=0)
                if flow.others and (reached := self.reach.first(flow.others[0])) < told:
                    told = reached
                else:
                    self.decided.update(range(again.decided, min(flow.decided, again.stands)))
                    return range(min(first, told), flow.decided)
            except Earlier as found:
                first = min(first - 1, *(self.held.block_at(instant) for instant in flow.begins(found.rows)))
                told = min(told, self.reach.first(first))
            for name, block in put:
                self.shelf.drop(name, block)

    def _put(self, put: list[tuple[str, Block]], of: tuple[int, Decided | Uncertain]) -> None:
        """Put what is told of a block on the shelf, and what that was into `put`."""
        which, frames = tables_of(of)
        for name, frame in frames.items():
            block = self.held.extents[which].block
            put.append((name, block))
            self.shelf.put(name, block, frame)

    def _begins(self, which: int) -> int:
        """Return the first block in which an incident begins that has, or had, a row in block `which` or near before it."""
        first = which
        while first and self.reach.last(first - 1) >= which:
            first -= 1
        stood = [self.shelf.get("settled", old) for old in self.held.before(self.held.extents[which].block)]
        return min([first, *(self.held.block_at(each["first_us"].to_numpy().min()) for each in stood)])


class _Again:
    """What a flow through some blocks needs to know of what was told before: see `flow.Before`."""

    def __init__(self, doing: _Doing, asked: list[int], first: int, told: int) -> None:
        self._doing, self._held, self._shelf, reach = doing, doing.held, doing.shelf, doing.reach
        self.asked: Sequence[int] = asked
        self.decided = first
        self.told = told
        self.first = reach.first(min(first, told))
        olds = {old for which in asked for old in self._held.before(self._held.extents[which].block)}
        last = (self._shelf.get("settled", old)["last_us"].to_numpy().max() for old in sorted(olds))
        self._until = max([asked[-1], *map(self._held.block_at, last)])
        self.stands = len(self._held.extents)
        self._last: int | None = None

    def known(self, which: int, part: Part) -> Told | None:
        """Return what the sweeps of a block told, if they were asked just this."""
        block, name = self._held.extents[which].block, name_of(part)
        same = self._doing.asked[block] == name
        self._doing.asked[block] = name
        return self._shelf.told(block) if same else None

    def recall(self, which: int) -> Told:
        """Return what the sweeps of a block told that is not asked anew."""
        return self._shelf.told(self._held.extents[which].block)

    def ran(self, which: int, told: Told) -> None:
        """Remember what a block's sweeps told."""
        self._shelf.put_told(self._held.extents[which].block, told)
        self._doing.ran.add(which)

    def changed(self, which: int) -> bool:
        """Say whether the sweeps of a block, or who is an echo in it, may tell something else than before."""
        return self._doing.anew or which in self._doing.ran or (bool(self._doing.model.echoes) and which in self.asked)

    def stood(self, which: int, key: Keys) -> pl.DataFrame | None:
        """Return what became before of the rows of a block with these keys; None where nothing stood. Others never began."""
        found = [self._shelf.get("settled", old) for old in self._held.before(self._held.extents[which].block)]
        if not found:
            return None
        wanted = pl.DataFrame({"key": key}).join(pl.concat(found), on="key", how="left", maintain_order="left")
        return wanted.with_columns(pl.col("first_us").fill_null(NEVER), pl.col("content", "last_us").fill_null(0))

    def has_stood(self, which: int) -> bool:
        """Say whether the incidents that begin in a block that is decided anew are known to stand as they were told."""
        return which >= self.stands

    def is_over(self, flow: Flows) -> bool:
        """Say whether all that is still to come stands as it was told."""
        if self._last is None and self._until < flow.decided < flow.sampled and self._stands(flow):
            self.stands = flow.decided
            self._last = self._doing.reach.last(flow.others[-1]) if flow.others else -1
        return self._last is not None and flow.told > self._last

    def _stands(self, flow: Flows) -> bool:
        """Say whether the same rows as before belong to incidents that begin before the next block to be decided."""
        edge = self._held.extents[flow.decided].block.start
        for which in range(flow.decided, flow.sampled):
            is_decided, key = flow.decided_in(which)
            stood = self.stood(which, key)
            if stood is None or (is_decided != (stood["first_us"].to_numpy() < edge)).any():
                return False
        return True


def _apart(touched: list[int], reach: Reach) -> list[list[int]]:
    """Return groups of blocks that hardly meet."""
    groups: list[list[int]] = []
    for which in touched:
        near = which
        for _ in range(MEET):
            near = reach.first(near)
        if groups and near <= groups[-1][-1]:
            groups[-1].append(which)
        else:
            groups.append([which])
    return groups


def _named(held: Joint, decided: list[int], standing: Standing | None) -> tuple[pl.DataFrame, frozenset[str]]:
    """Give incidents decided anew their lasting ids; return table `aliases`, and all ids that are not those of content."""
    if standing is None or not decided:
        return tables.empty("aliases"), standing.lasting if standing else frozenset()
    shelf, blocks = held.shelf, [held.extents[which].block for which in decided]
    each = {block: shelf.again("members", block) for block in blocks}
    each = {block: own for block, own in each.items() if not _stood(held, block, own)}
    olds = sorted({old for block in each for old in held.before(block)})
    before = pl.concat([tables.empty("members"), *(shelf.get("members", old) for old in olds)])
    members = pl.concat([tables.empty("members"), *each.values()])
    names = names_of(members, before, standing.lasting)
    other = names.filter(pl.col("name") != pl.col("incident_id"))
    for block, own in each.items():
        if own["incident_id"].is_in(other["incident_id"].implode()).any():
            for table, frame in {"members": own, "incidents": shelf.again("incidents", block)}.items():
                named = frame.join(other, on="incident_id", how="left", maintain_order="left")
                shelf.put(table, block, named.with_columns(incident_id=pl.coalesce("name", "incident_id")).drop("name"))
    lasting = (standing.lasting - set(before["incident_id"])) | set(other["name"])
    named = members.join(names, on="incident_id").select("observation_id", incident_id="name")
    return aliases_of(named, before), frozenset(lasting)


def _stood(held: Joint, block: Block, members: pl.DataFrame) -> bool:
    """Say whether just these members of incidents that begin in a block were told before."""
    return held.before(block) == [block] and held.shelf.get("members", block).equals(members)
