"""The tree over the entries of a journal, and the proofs that need only a few of its hashes.

The rules (RFC 6962, section 2.1; RFC 9162, section 2.1, tells the same in other words):

- The hash of a leaf is SHA-256 of a byte 0 and the leaf's data; of an inner node, of a byte 1 and its two children; of the
  empty tree, of nothing. The first byte keeps a node from being passed off as a leaf.
- A tree of n > 1 leaves is split at the largest power of two below n: left of it a full tree, right of it the rest.
- An inclusion proof (2.1.1) holds the hashes beside the path from a leaf to the root; a consistency proof (2.1.2) holds
  those from which both the root of the first m leaves and the root of all n follow. Proofs are checked as in RFC 9162,
  2.1.3.2 and 2.1.4.2: they have exactly the length that the sizes ask for, and nothing is left over.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from trucewatch.errors import JournalError, UsageError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf, 32 bytes (RFC 6962, 2.1).

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node from those of its children, 32 bytes each (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing Merkle tree. It keeps the hash of every full subtree: about 64 bytes a leaf.

    >>> tree = Tree([leaf_hash(b""), leaf_hash(b"\\x00")])
    >>> len(tree), tree.root().hex()[:16]
    (2, 'fac54203e7cc696c')
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        level = list(leaves)
        for leaf in level:
            _refuse_another_length(leaf)
        self._levels: list[bytearray] = [bytearray().join(level)]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)  # what has no pair belongs to no full subtree
            level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
            self._levels.append(bytearray().join(level))

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: bytes) -> int:
        """Add the hash of a leaf (`leaf_hash`) and return its index, from 0. Raises UsageError when it is not 32 bytes."""
        _refuse_another_length(leaf)
        level, index, height = self._levels[0], len(self), 0
        level += leaf
        while len(level) % (2 * HASH_BYTES) == 0:
            height += 1
            if height == len(self._levels):
                self._levels.append(bytearray())
            parent = hashlib.sha256(b"\x01" + level[-2 * HASH_BYTES :]).digest()
            level = self._levels[height]
            level += parent
        return index

    def leaf(self, index: int) -> bytes:
        """Return the hash of leaf `index`."""
        return self._at(0, index)

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the first `size` leaves, or of all. Raises UsageError when there are not so many."""
        size = self._checked(size)
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the hashes that prove leaf `index` in the tree of `size` leaves, from the leaf upwards (RFC 6962, 2.1.1)."""
        size = self._checked(size)
        if not 0 <= index < size:
            raise UsageError("no such leaf", where=f"leaf {index} of a tree of {size}")
        low, high, path = 0, size, []
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return tuple(reversed(path))

    def consistency_proof(self, first: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the hashes that prove the tree of `first` leaves to be the beginning of that of `size` (RFC 6962, 2.1.2)."""
        size = self._checked(size)
        if not 0 <= first <= size:
            raise UsageError("no such beginning", where=f"{first} leaves of a tree of {size}")
        if first in (0, size):
            return ()
        low, high, path = 0, size, []
        while first != high:
            middle = low + _split(high - low)
            if first <= middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        if low:  # the verifier knows the root of the first leaves only where they are one full subtree
            path.append(self._range(low, high))
        return tuple(reversed(path))

    def _checked(self, size: int | None) -> int:
        size = len(self) if size is None else size
        if not 0 <= size <= len(self):
            raise UsageError("the tree has not so many leaves", where=f"{size} of {len(self)}")
        return size

    def _at(self, height: int, index: int) -> bytes:
        return bytes(self._levels[height][index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def _range(self, low: int, high: int) -> bytes:
        """Return the root of leaves `low` to `high` (exclusive), a subtree of the tree."""
        count = high - low
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self._at(height, low >> height)
        middle = low + _split(count)
        return node_hash(self._range(low, middle), self._range(middle, high))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf of that hash stands at `index` in the tree of `size` leaves with this `root` (RFC 9162, 2.1.3.2).

    Raises JournalError when it does not follow from the proof.
    """
    where = f"inclusion of entry {index} in a tree of {size}"
    if not 0 <= index < size:
        raise JournalError("no such entry in a tree of that size", where=where)
    _whole(proof, where, leaf, root)
    made = leaf
    for beside, left in _beside(index, size - 1, proof, where):
        made = node_hash(beside, made) if left else node_hash(made, beside)
    if made != root:
        raise JournalError("the proof leads to another root", where=where, to_do="the entry is not in that tree")


def verify_consistency(first: int, size: int, proof: Sequence[bytes], first_root: bytes, root: bytes) -> None:
    """Check that the tree of `first` leaves is the beginning of that of `size` leaves (RFC 9162, 2.1.4.2).

    Raises JournalError when it does not follow from the proof: the journal may have been rewritten, or has two faces.
    """
    where = f"consistency of a tree of {first} with one of {size}"
    if not 0 <= first <= size:
        raise JournalError("the later tree is the smaller one", where=where, to_do="something was removed from the end")
    if first in (0, size):
        if proof:
            raise JournalError("the proof is too long", where=where)
        if (first == size and first_root != root) or (first == 0 and first_root != EMPTY_ROOT):
            raise JournalError("trees of one size have two roots", where=where, to_do="the journal shows two faces")
        return
    _whole(proof, where, first_root, root)
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        raise JournalError("the proof is too short", where=where)
    if _two_roots(first - 1, size - 1, path, where) != (first_root, root):
        to_do = "the journal was rewritten, or shows two faces"
        raise JournalError("the trees do not follow from one another", where=where, to_do=to_do)


def _two_roots(place: int, last: int, path: list[bytes], where: str) -> tuple[bytes, bytes]:
    """Return the roots of the earlier and the later tree that follow from `path` (RFC 9162, 2.1.4.2, steps 4 to 6)."""
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for beside, left in _beside(place, last, path[1:], where):
        old, new = (node_hash(beside, old), node_hash(beside, new)) if left else (old, node_hash(new, beside))
    return old, new


def _beside(place: int, last: int, path: Sequence[bytes], where: str) -> Iterator[tuple[bytes, bool]]:
    """Climb to the root from node `place` of a level whose last node is `last` (RFC 9162, 2.1.3.2, steps 4 and 5).

    Give each hash of `path` with whether it stands to the left. Raises JournalError where the path has not the length of the climb.
    """
    for beside in path:
        if last == 0:
            raise JournalError("the proof is too long", where=where)
        left = bool(place & 1) or place == last
        while left and place and not place & 1:
            place, last = place >> 1, last >> 1
        yield beside, left
        place, last = place >> 1, last >> 1
    if last:
        raise JournalError("the proof is too short", where=where)


def _whole(proof: Sequence[bytes], where: str, *others: bytes) -> None:
    """Refuse hashes of a wrong length."""
    if any(len(part) != HASH_BYTES for part in (*proof, *others)):
        raise JournalError("a hash is not 32 bytes long", where=where)


def _refuse_another_length(leaf: bytes) -> None:
    if len(leaf) != HASH_BYTES:
        raise UsageError("a leaf joins the tree by its hash of 32 bytes", where=f"{len(leaf)} bytes")


def _split(count: int) -> int:
    """Return the largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
