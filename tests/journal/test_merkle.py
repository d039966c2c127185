"""The tree: the known roots and proofs of the certificate-transparency tests, and what holds for every size."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.errors import JournalError, UsageError
from trucewatch.journal import EMPTY_ROOT, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion

# The vectors of github.com/transparency-dev/merkle, proof/verify_test.go and rfc6962/rfc6962_test.go (the tree that the
# certificate-transparency project has tested with from its beginning).
LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [  # (leaf from 1, size, proof)
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (3, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (2, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
CONSISTENCY = [  # (first size, size, proof)
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
    (6, 7, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
]  # fmt: skip
SOME = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")


def tree_of(leaves):
    return Tree(map(leaf_hash, leaves))


def plain_root(leaves):
    """The definition of RFC 6962, 2.1, word for word, to compare the tree with."""
    if len(leaves) < 2:
        return leaf_hash(leaves[0]) if leaves else hashlib.sha256().digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(plain_root(leaves[:half]), plain_root(leaves[half:]))


def test_hashes_of_the_specification():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_the_known_tree(size):
    assert tree_of(LEAVES).root(size).hex() == tree_of(LEAVES[:size]).root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("leaf", "size", "proof"), INCLUSION)
def test_inclusion_in_the_known_tree(leaf, size, proof):
    proof = [bytes.fromhex(part) for part in proof]
    assert list(tree_of(LEAVES).inclusion_proof(leaf - 1, size)) == proof
    root, hashed = bytes.fromhex(ROOTS[size - 1]), leaf_hash(LEAVES[leaf - 1])
    verify_inclusion(hashed, leaf - 1, size, proof, root)
    for index, many, made, wrong, top in [
        (leaf - 2, size, hashed, proof, root), (leaf, size, hashed, proof, root), ((leaf - 1) ^ 2, size, hashed, proof, root),
        (leaf - 1, size * 2, hashed, proof, root), (leaf - 1, size // 2, hashed, proof, root),
        (leaf - 1, size, b"WrongLeaf", proof, root), (leaf - 1, size, hashed, proof, EMPTY_ROOT),
        (leaf - 1, size, hashed, proof, SOME), (leaf - 1, size, hashed, [*proof, b""], root),
        (leaf - 1, size, hashed, [*proof, root], root), (leaf - 1, size, hashed, [b"", *proof], root),
        (leaf - 1, size, hashed, [root, *proof], root),
        *[(leaf - 1, size, hashed, proof[:-1], root) for _ in proof[:1]],
    ]:  # fmt: skip
        with pytest.raises(JournalError):
            verify_inclusion(made, index, many, wrong, top)


@pytest.mark.parametrize(("first", "size", "proof"), CONSISTENCY)
def test_consistency_in_the_known_tree(first, size, proof):
    proof = [bytes.fromhex(part) for part in proof]
    assert list(tree_of(LEAVES).consistency_proof(first, size)) == proof
    old, new = bytes.fromhex(ROOTS[first - 1]), bytes.fromhex(ROOTS[size - 1])
    verify_consistency(first, size, proof, old, new)
    wrong = [[*proof, b""], [*proof, old], [*proof, new], [b"", *proof], [old, *proof], [new, *proof]]
    if proof:
        wrong += [[], proof[:-1], [proof[0], *proof]]
        wrong += [[*proof[:n], bytes([part[0] ^ 16]) + part[1:], *proof[n + 1 :]] for n, part in enumerate(proof)]
        for one, two in [
            (first - 1, size),
            (first + 1, size),
            (first ^ 2, size),
            (first, size * 2),
            (first, size // 2),
        ]:
            with pytest.raises(JournalError):
                verify_consistency(one, two, proof, old, new)
        with pytest.raises(JournalError):
            verify_consistency(first, size, proof, new, old)
    for each in wrong:
        with pytest.raises(JournalError):
            verify_consistency(first, size, each, old, new)


@pytest.mark.parametrize(
    ("first", "size", "old", "new", "proof"),
    [
        (0, 0, SOME, EMPTY_ROOT, []), (1, 1, SOME, EMPTY_ROOT, []), (1, 0, SOME, EMPTY_ROOT, []), (2, 1, SOME, SOME, []),
        (1, 2, SOME, SOME, []), (0, 0, EMPTY_ROOT, EMPTY_ROOT, [EMPTY_ROOT]), (0, 1, EMPTY_ROOT, SOME, [SOME]),
        (1, 1, SOME, SOME, [SOME]), (3, 5, SOME, SOME, []),
    ],
)  # fmt: skip
def test_what_is_never_consistent(first, size, old, new, proof):
    with pytest.raises(JournalError):
        verify_consistency(first, size, proof, old, new)


@given(st.lists(st.binary(max_size=3), max_size=70), st.data())
def test_every_tree_proves_itself_and_no_other(leaves, data):
    tree = tree_of(leaves)
    assert tree.root() == plain_root(leaves)
    size = data.draw(st.integers(0, len(leaves)))
    first = data.draw(st.integers(0, size))
    assert tree.root(size) == plain_root(leaves[:size])
    verify_consistency(first, size, tree.consistency_proof(first, size), tree.root(first), tree.root(size))
    if size:
        index = data.draw(st.integers(0, size - 1))
        proof = tree.inclusion_proof(index, size)
        verify_inclusion(leaf_hash(leaves[index]), index, size, proof, tree.root(size))
        assert tree.leaf(index) == leaf_hash(leaves[index])
        with pytest.raises(JournalError):
            verify_inclusion(leaf_hash(leaves[index] + b"."), index, size, proof, tree.root(size))


@pytest.mark.parametrize(
    "call",
    [
        lambda tree: tree.root(9), lambda tree: tree.inclusion_proof(8), lambda tree: tree.inclusion_proof(5, 5),
        lambda tree: tree.consistency_proof(6, 5), lambda tree: tree.append(b"short"), lambda tree: tree.root(-1),
    ],
)  # fmt: skip
def test_what_the_tree_has_not_is_refused(call):
    with pytest.raises(UsageError):
        call(tree_of(LEAVES))
