"""Entries held against checkpoints: are they what the log signed, and where they are not, which of them differ?

The rules:

- The ids of a copy are the log's when they give the root of each checkpoint, and cover the largest. Then each entry that is not
  the one of its id is named (`differences.py`).
- Where the ids are not the log's but the entries are, the ids are wrong: each line is named.
- Where neither is, what can be said is between which two checkpoints something differs.
- More entries under a checkpoint than the copy holds: its tail was removed. Entries under no checkpoint: nobody vouches for them.
"""

from collections.abc import Iterator, Sequence

from trucewatch.errors import Problem
from trucewatch.journal.checkpoint import Checkpoint
from trucewatch.journal.copy import CHECKPOINTS, ENTRIES, IDS, checkpoint_name
from trucewatch.journal.differences import MOST, differences, repeated
from trucewatch.journal.merkle import Tree


def held(
    leaves: Sequence[bytes], told: tuple[Tree, Sequence[bytes]] | None, signed: Sequence[Checkpoint]
) -> Iterator[Problem]:
    """Yield what shows that the entries with these `leaves` are not those of the checkpoints that the log signed.

    `told`: the tree over the ids of the copy, and the ids; None where they cannot be read.
    """
    yield from _end(len(leaves), signed)
    if told and signed and not unfit(told[0], signed) and max(each.size for each in signed) <= len(told[0]):
        tree, ids = told
        yield from repeated(leaves) if leaves == ids else differences(leaves, ids)
        return
    tree = Tree(leaves)
    wrong = unfit(tree, signed)
    for each in wrong:
        since = max((other.size for other in signed if other.size < each.size and other not in wrong), default=0)
        what = f"the log signed another root of {each.size} entries: one or more from {since} to {each.size - 1} differ"
        yield Problem(CHECKPOINTS + checkpoint_name(each.size), what, "ask the log for these entries, and keep both")
    yield from repeated(leaves)
    if told:
        yield from _of_ids(leaves, told[1])


def unfit(tree: Tree, signed: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return the checkpoints over no more entries than the tree has whose root is not that of the tree."""
    return [each for each in signed if each.size <= len(tree) and tree.root(each.size) != each.root]


def _end(count: int, signed: Sequence[Checkpoint]) -> Iterator[Problem]:
    largest = max((each.size for each in signed), default=None)
    if largest is None:
        yield Problem(CHECKPOINTS, "no checkpoint that the log signed: nobody vouches for the copy", "ask for one")
    elif largest > count:
        what = f"the tail was removed: the log signed {largest} entries, the copy holds {count}"
        yield Problem(ENTRIES, what, "ask for the whole")
    elif largest < count:
        what = f"entries {largest} to {count - 1} stand under no checkpoint: nobody vouches for them"
        yield Problem(ENTRIES, what, "ask for a checkpoint over all")


def _of_ids(leaves: Sequence[bytes], ids: Sequence[bytes]) -> Iterator[Problem]:
    """Name the ids that are not those of the entries."""
    if len(leaves) != len(ids):
        yield Problem(IDS, f"{len(ids)} ids of {len(leaves)} entries", "ask for the copy again")
    wrong = [number for number, (leaf, told) in enumerate(zip(leaves, ids, strict=False)) if leaf != told]
    for number in wrong[:MOST]:
        yield Problem(
            f"{IDS} line {number + 1}", f"not the id of the entry in that line, which is {leaves[number].hex()}"
        )
