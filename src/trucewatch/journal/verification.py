"""Is a copy of the journal the log that its witnesses saw? With the copy and verifier keys alone, and no trust in who keeps it.

The rules:

1. Each line of the copy is an entry, written in the one way that there is; no entry stands twice.
2. Each checkpoint is signed by the log, and each cosignature of a known witness holds. The first `size` entries give its root.
   So no byte of them was changed, none was moved, added or taken out since the log signed, and since each witness cosigned.
3. A checkpoint over more entries than the copy holds shows that its tail was removed. Entries that stand under no checkpoint are
   vouched for by nobody.
4. Two checkpoints that do not follow from one another show two faces of the log; given from elsewhere (`against`), one is enough.
5. Each entry is signed by a key that the journal knew then, valid then and not revoked before (`keyring.py`).
6. A witness is none of the journal's people. What no witness that is no guarantor has cosigned is told: there, the log alone
   vouches for its own order.

What this does not say: whether entries are true, and whether the people who signed were allowed to by the mission's rules.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from trucewatch.errors import JournalError, Problem
from trucewatch.journal.authors import Signature, Spread, check_authors, lost
from trucewatch.journal.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from trucewatch.journal.copy import CHECKPOINTS, ENTRIES, TIMESTAMPS, Copy, checkpoint_name, line_of, lines_of, tree_of
from trucewatch.journal.entry import Entry, key_id, parse_entry
from trucewatch.journal.held import held, unfit
from trucewatch.journal.keyring import Keyring
from trucewatch.journal.merkle import Tree, leaf_hash
from trucewatch.journal.timestamps import check_timestamps
from trucewatch.journal.trust import Seen, Trust, witnessed

T = TypeVar("T")


@dataclass(frozen=True)
class Sealed:
    """A checkpoint that the log signed, who of the witnesses `seen` it, and the names of unknown keys that signed it."""

    checkpoint: Checkpoint
    seen: tuple[Seen, ...] = ()
    strange: tuple[str, ...] = ()

    @property
    def is_independent(self) -> bool:
        """Say whether a witness that is no guarantor cosigned it."""
        return any(not each.witness.is_guarantor for each in self.seen)


@dataclass(frozen=True)
class Verified:
    """What a copy is: its `entries` by their number, the checkpoints that `seal` them, smallest first, and its `keyring`.

    `problems`: what shows that it is not the log, or not whole; none where it holds. `lacks`: what nobody vouches for.
    `stamped`: when the checkpoint over so many entries was time-stamped.
    """

    entries: int
    seals: tuple[Sealed, ...]
    keyring: Keyring
    problems: tuple[Problem, ...]
    lacks: tuple[Problem, ...]
    stamped: Mapping[int, dt.datetime] = field(default_factory=dict)

    @property
    def independently(self) -> int:
        """How many entries, from the first, stand under a checkpoint that a witness which is no guarantor cosigned."""
        return max((seal.checkpoint.size for seal in self.seals if seal.is_independent), default=0)

    @property
    def witnessed(self) -> dict[str, int]:
        """How many entries each witness saw."""
        return {seen.witness.name: seal.checkpoint.size for seal in self.seals for seen in seal.seen}


@dataclass
class Known:
    """What was verified before, for many verifications of copies that are nearly the same: it is not believed, only not repeated.

    For one trust. The same line is the same entry, the same ids are the same tree, a signature over the same bytes holds.
    """

    entries: dict[bytes, Entry] = field(default_factory=dict)
    ids: dict[bytes, tuple[Tree, Sequence[bytes]]] = field(default_factory=dict)
    seals: dict[bytes, Sealed] = field(default_factory=dict)
    signatures: set[Signature] = field(default_factory=set)


def verify_copy(
    copy: Copy,
    trust: Trust,
    *,
    against: Mapping[str, bytes] | None = None,
    roots: bytes | None = None,
    authors: bool = True,
    spread: Spread = map,
    known: Known | None = None,
) -> Verified:
    """Return what a copy is, with all that is wrong with it.

    `against`: signed checkpoints from elsewhere, by the names of their files. `roots`: certificates in PEM, whose authorities'
    time-stamps are believed; without them, time-stamps in the copy are not looked at. `authors`: whether each author's signature is
    checked, which takes most of the time. `spread`: how these checks are spread, as `map` of a pool of processes does it.
    """
    known = Known() if known is None else known
    problems: list[Problem] = []
    try:
        lines = lines_of(copy.entries, where=ENTRIES)
    except JournalError as error:
        problems += error.problems
        lines = copy.entries.split(b"\n")
    get = known.entries.get
    entries = [get(line) or _entry(line, number, known, problems) for number, line in enumerate(lines)]
    leaves = [entry.leaf if entry else leaf_hash(line) for entry, line in zip(entries, lines, strict=True)]
    seals = [
        seal for name, data in sorted(copy.checkpoints.items()) if (seal := _seal(name, data, trust, known, problems))
    ]
    told = _read(copy.ids, known.ids, lambda: _ids(copy.ids), problems)
    problems += held(leaves, told, [seal.checkpoint for seal in seals])
    problems += _against(leaves, against, trust, is_whole=not problems) if against else []
    keyring = Keyring()
    if authors:
        keyring, wrong = check_authors(entries, origin=trust.origin, spread=spread, held=known.signatures)
        problems += wrong
        problems += _strangers(trust, keyring)
    sealed = sorted(
        (seal for seal in seals if seal.checkpoint.size <= len(leaves)), key=lambda seal: seal.checkpoint.size
    )
    stamped: dict[int, dt.datetime] = {}
    if roots is not None and copy.timestamps:
        stamped, wrong = check_timestamps(copy.timestamps, [seal.checkpoint for seal in sealed], roots)
        problems += wrong
    verified = Verified(len(leaves), tuple(sealed), keyring, tuple(problems), (), stamped)
    unread = (
        [Problem(TIMESTAMPS, "not looked at: no certificate of their authority")]
        if roots is None and copy.timestamps
        else []
    )
    return replace(verified, lacks=(*_lacks(verified, trust), *lost(entries, keyring), *unread))


def _read(data: bytes, known: dict[bytes, T], read: Callable[[], T], problems: list[Problem]) -> T | None:
    """Return what `data` is, from what is known or read now; None and its problems where it is nothing."""
    found = known.get(data)
    if found is None:
        try:
            found = known[data] = read()
        except JournalError as error:
            problems += error.problems
    return found


def _entry(line: bytes, number: int, known: Known, problems: list[Problem]) -> Entry | None:
    return _read(line, known.entries, lambda: parse_entry(line, where=line_of(number)), problems)


def _ids(data: bytes) -> tuple[Tree, Sequence[bytes]]:
    tree = tree_of(data)
    return tree, [tree.leaf(index) for index in range(len(tree))]


def _seal(name: str, data: bytes, trust: Trust, known: Known, problems: list[Problem]) -> Sealed | None:
    where = CHECKPOINTS + name
    found = _read(data, known.seals, lambda: _sealed(data, trust, where), problems)
    if found and name != checkpoint_name(found.checkpoint.size):
        problems.append(Problem(where, f"not the name of a checkpoint over {found.checkpoint.size} entries"))
    return found


def _sealed(data: bytes, trust: Trust, where: str) -> Sealed:
    checkpoint = parse_checkpoint(data, where=where)
    verify_checkpoint(checkpoint, trust.log, where=where)
    seen = witnessed(checkpoint, trust, where=where)
    names = {(key.name, key.key_hash) for key in (trust.log, *(witness.key for witness in trust.witnesses))}
    strange = tuple(each.name for each in checkpoint.signatures if (each.name, each.key_hash) not in names)
    return Sealed(checkpoint, seen, strange)


def _against(
    leaves: Sequence[bytes], against: Mapping[str, bytes], trust: Trust, *, is_whole: bool
) -> Iterator[Problem]:
    """Yield what checkpoints from elsewhere contradict."""
    tree = Tree(leaves)
    for name, data in against.items():
        try:
            checkpoint = _sealed(data, trust, name).checkpoint
        except JournalError as error:
            yield from error.problems
            continue
        if checkpoint.size > len(tree):
            what = f"the tail was removed: the log signed {checkpoint.size} entries here, the copy holds {len(tree)}"
            yield Problem(name, what, "ask for the whole")
        elif unfit(tree, [checkpoint]):
            what = f"the log signed another root of {checkpoint.size} entries here"
            if is_whole:
                what = f"two faces: {what} than in the copy"
            yield Problem(name, what, "keep both: they prove it")


def _strangers(trust: Trust, keyring: Keyring) -> Iterator[Problem]:
    """Yield the witnesses that are people of the journal."""
    for witness in trust.witnesses:
        if key_id(witness.key.public_key) in keyring.keys:
            what = f"the witness {witness.name} signs with the key of a person of this journal"
            yield Problem(CHECKPOINTS, what, "name another witness")


def _lacks(verified: Verified, trust: Trust) -> Iterator[Problem]:
    """Yield what nobody, or nobody but the log and the guarantors, vouches for."""
    for seal in verified.seals:
        for name in seal.strange:
            yield Problem(CHECKPOINTS + checkpoint_name(seal.checkpoint.size), f"signed by an unknown key too: {name}")
    for witness in trust.witnesses:
        if witness.name not in verified.witnessed:
            yield Problem(CHECKPOINTS, f"no cosignature of the witness {witness.name}")
    if not verified.independently:
        what = "no checkpoint is cosigned by a witness that is no guarantor"
        yield Problem(CHECKPOINTS, what, "only the log, or guarantors, vouch for what is in the copy")
    elif verified.independently < verified.entries:
        what = f"entries {verified.independently} to {verified.entries - 1} are not yet cosigned by a witness that is no guarantor"
        yield Problem(CHECKPOINTS, what)
