"""Proofs that stand alone: the form of the reference implementation, and that only the right entry is proved."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.errors import JournalError, UsageError
from trucewatch.journal.checkpoint import sign_checkpoint
from trucewatch.journal.merkle import Tree, leaf_hash
from trucewatch.journal.note import ED25519, VerifierKey
from trucewatch.journal.proof import Proof, parse_proof, prove, verify_proof

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = VerifierKey("river-line/abc", ED25519, KEY.public_key().public_bytes_raw())
ONE, TWO = (hashlib.sha256(word).digest() for word in (b"hash1", b"hash2"))
B64 = [base64.b64encode(part).decode() for part in (ONE, TWO)]


def log_of(count):
    tree = Tree(leaf_hash(bytes([n])) for n in range(count))
    return tree, sign_checkpoint("river-line/abc", count, tree.root(), KEY)


@pytest.mark.parametrize(
    ("proof", "head"),
    [
        ((5, (ONE, TWO), b""), f"c2sp.org/tlog-proof@v1\nindex 5\n{B64[0]}\n{B64[1]}\n\n"),
        ((10, (ONE,), b"extra information"),
         f"c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n{B64[0]}\n\n"),
        ((0, (), b""), "c2sp.org/tlog-proof@v1\nindex 0\n\n"),
    ],
)  # fmt: skip
def test_the_form_is_that_of_the_reference(proof, head):
    """github.com/transparency-dev/formats, proof/tlog_proof_test.go, TestMarshal; the checkpoint below is ours."""
    _, checkpoint = log_of(3)
    made = Proof(proof[0], proof[1], checkpoint, proof[2])
    assert made.data == head.encode() + checkpoint.data
    assert parse_proof(made.data) == made


@pytest.mark.parametrize(
    "head",
    [
        "wrong-header\nindex 0\n", "c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0\n", "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\nindex notanumber\n", "c2sp.org/tlog-proof@v1\nindex -5\n", "c2sp.org/tlog-proof@v1\nindex 0\n!!\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + base64.b64encode(bytes(64)).decode() + "\n", "c2sp.org/tlog-proof@v1\nindex 00\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + "a" * 65 * 1024 + "\n", "c2sp.org/tlog-proof@v1\nindex 0\n" + f"{B64[0]}\n" * 64,
        "c2sp.org/tlog-proof@v1\nindex\n", "c2sp.org/tlog-proof@v1\nindex 0 \n", "\u2014\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n",
    ],
)  # fmt: skip
def test_what_is_no_proof_is_refused(head):
    """The same file's TestUnmarshalErrors, and a few more."""
    _, checkpoint = log_of(1)
    with pytest.raises(JournalError):
        parse_proof(head.encode() + b"\n" + checkpoint.data)
    with pytest.raises(JournalError):
        parse_proof(head.encode())


@given(st.integers(1, 40), st.data())
def test_every_entry_is_proved_and_no_other(count, data):
    tree, checkpoint = log_of(count)
    index, other = (data.draw(st.integers(0, count - 1)) for _ in range(2))
    proof = parse_proof(prove(tree, index, checkpoint).data)
    verify_proof(proof, leaf_hash(bytes([index])), LOG)
    if other != index:
        with pytest.raises(JournalError):
            verify_proof(proof, leaf_hash(bytes([other])), LOG)
        with pytest.raises(JournalError):
            verify_proof(Proof(other, proof.hashes, checkpoint), leaf_hash(bytes([index])), LOG)


def test_a_proof_under_a_checkpoint_that_the_log_did_not_sign_is_refused():
    tree, checkpoint = log_of(5)
    forged = prove(tree, 2, sign_checkpoint("river-line/abc", 5, tree.root(), Ed25519PrivateKey.generate()))
    with pytest.raises(JournalError, match="not signed by"):
        verify_proof(forged, leaf_hash(bytes([2])), LOG)
    with pytest.raises(UsageError):
        prove(tree, 5, checkpoint)
