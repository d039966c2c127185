"""Two copies of one journal: does the log show everyone the same face?

The rules:

- Two copies agree where the shorter one is the beginning of the longer one.
- Where they differ at an entry, and in each a checkpoint that the log signed stands over that entry and holds for the copy, the log
  has two faces. The two checkpoints and one of the copies prove it to anyone; without a copy, the log is asked for the proof that
  one follows from the other, which it cannot give.
- Where only one of them has such a checkpoint, the other is not vouched for there: it may have been changed by who keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trucewatch.errors import JournalError, Problem
from trucewatch.journal.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from trucewatch.journal.copy import CHECKPOINTS, ENTRIES, Copy, checkpoint_name, line_of, lines_of
from trucewatch.journal.held import unfit
from trucewatch.journal.merkle import Tree, leaf_hash
from trucewatch.journal.note import VerifierKey


@dataclass(frozen=True)
class Compared:
    """How many entries two copies share from the first on, of how many; `proof`: two checkpoints that cannot follow."""

    shared: int
    entries: tuple[int, int]
    problems: tuple[Problem, ...]
    proof: tuple[Checkpoint, ...]


def compare(one: Copy, two: Copy, log: VerifierKey, *, names: tuple[str, str] = ("one", "two")) -> Compared:
    """Return where two copies of the log of that key agree, and what proves that they are not copies of one log.

    What each copy is by itself, `verify_copy` says. Raises JournalError when lines cannot be read.
    """
    leaves = tuple([leaf_hash(line) for line in lines_of(copy.entries, where=ENTRIES)] for copy in (one, two))
    sizes = (len(leaves[0]), len(leaves[1]))
    shared = next((n for n, pair in enumerate(zip(*leaves, strict=False)) if pair[0] != pair[1]), min(sizes))
    if shared == min(sizes):
        return Compared(shared, sizes, (), ())
    what = f"the copies differ: {names[0]} has {leaves[0][shared].hex()}, {names[1]} has {leaves[1][shared].hex()}"
    problems = [Problem(line_of(shared), what)]
    over = [_over(copy, tree, log, shared) for copy, tree in zip((one, two), leaves, strict=True)]
    proof = tuple(each for each in over if each)
    if len(proof) == 2:
        files = " and ".join(
            f"{name}/{CHECKPOINTS}{checkpoint_name(each.size)}" for name, each in zip(names, proof, strict=True)
        )
        problems.append(
            Problem(files, "two faces: the log signed both, and they do not follow from one another", "keep both")
        )
        return Compared(shared, sizes, tuple(problems), proof)
    for name, found in zip(names, over, strict=True):
        if found is None:
            what = (
                f"no checkpoint that the log signed stands over entry {shared} and holds: nobody vouches for it there"
            )
            problems.append(Problem(name, what, "ask who keeps it"))
    return Compared(shared, sizes, tuple(problems), ())


def _over(copy: Copy, leaves: Sequence[bytes], log: VerifierKey, entry: int) -> Checkpoint | None:
    """Return the smallest checkpoint over an entry that the log signed and that holds for the copy."""
    tree = Tree(leaves)
    for _, data in sorted(copy.checkpoints.items()):
        try:
            checkpoint = parse_checkpoint(data)
            verify_checkpoint(checkpoint, log)
        except JournalError:
            continue
        if entry < checkpoint.size <= len(tree) and not unfit(tree, [checkpoint]):
            return checkpoint
    return None
