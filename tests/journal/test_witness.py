"""A witness cosigns what follows from all that it saw, and names why it refuses the rest."""

import base64
import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.errors import JournalError
from trucewatch.journal.checkpoint import cosigned_at, parse_checkpoint, sign_checkpoint
from trucewatch.journal.merkle import Tree, leaf_hash
from trucewatch.journal.note import COSIGNATURE, ED25519, VerifierKey, parse_signature
from trucewatch.journal.witness import Request, answer, parse_request

KEY, WITNESS, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
AT = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)
ORIGIN = "river-line/abc"
LOG = VerifierKey(ORIGIN, ED25519, KEY.public_key().public_bytes_raw())
NAME = "witness.example/w1"
TREE = Tree(leaf_hash(bytes([n])) for n in range(20))
FORKED = Tree(leaf_hash(bytes([n or 99])) for n in range(20))
# github.com/FiloSottile/torchwood, cmd/litewitness/testdata/multi-cosigs-ed25519.txt: a log's key, and a request that its witness
# answers with 200.
SIGSUM_KEY = "52c05edad1bf5feffa81354faae59a655d9a9a1a793ed2f62c39c26c0be2aecd"
SIGSUM = "sigsum.org/v1/tree/985ea163f5af026723561354f51f2ebcdcf2af809ce254ccfb64aa9aadd80f90"
SIGSUM_REQUEST = f"""old 0

{SIGSUM}
1
KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

— {SIGSUM} 7BKT0gOfNZ1J0So9unY3BZtm2YkPIoNYM/dce0Z2avJDs8dxN6ts9bOSwwrVrbjm6P9K3ZxpK6jJngOG6YvGGzV/lwo=
"""
# The example of c2sp.org/tlog-witness, which prints no keys: its form is what can be tested.
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""
ANSWERED = """— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==
— witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==
— witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==
"""  # noqa: E501


def checkpoint(size, tree=TREE, key=KEY, origin=ORIGIN):
    return sign_checkpoint(origin, size, tree.root(size), key)


def request(old, size, tree=TREE, **changed):
    return Request(old, tree.consistency_proof(old, size) if old else (), checkpoint(size, tree, **changed)).data


def ask(data, last=None, logs=None):
    known = {ORIGIN: (LOG,)} if logs is None else logs
    return answer(data, logs=known, seen=lambda _: last, name=NAME, key=WITNESS, at_utc=AT)


@given(st.integers(0, 20), st.integers(0, 20))
def test_what_follows_is_cosigned(one, two):
    old, size = sorted((one, two))
    last = checkpoint(old) if old else None
    given_answer = ask(request(old, size), last)
    assert (given_answer.status, given_answer.evidence) == (200, ())
    assert given_answer.keep == checkpoint(size)
    cosigned = checkpoint(size).with_signatures([parse_signature(given_answer.body)])
    witness = VerifierKey(NAME, COSIGNATURE, WITNESS.public_key().public_bytes_raw())
    assert cosigned_at(parse_checkpoint(cosigned.data), witness) == (AT,)


def test_the_example_of_the_specification_is_read():
    asked = parse_request(EXAMPLE.encode())
    assert asked.data == EXAMPLE.encode()
    assert (asked.old_size, len(asked.hashes), asked.checkpoint.size) == (20852014, 4, 20852163)
    lines = [parse_signature(line) for line in ANSWERED.splitlines(keepends=True)]
    assert "".join(map(str, lines)) == ANSWERED
    assert [len(line.signature) for line in lines] == [72, 72, 72]


def test_the_request_of_another_log_is_understood():
    key = VerifierKey(SIGSUM, ED25519, bytes.fromhex(SIGSUM_KEY))
    assert parse_request(SIGSUM_REQUEST.encode()).data == SIGSUM_REQUEST.encode()
    assert ask(SIGSUM_REQUEST.encode(), logs={SIGSUM: (key,)}).status == 200
    assert ask(SIGSUM_REQUEST.encode().replace(b"KgAA", b"KgAB"), logs={SIGSUM: (key,)}).status == 403


@pytest.mark.parametrize(
    ("data", "last", "status", "why"),
    [
        (request(5, 9, origin="other/log"), checkpoint(5), 404, "unknown log: other/log"),
        (request(5, 9, key=OTHER), checkpoint(5), 403, "not signed by the log"),
        (Request(9, (), checkpoint(5)).data, checkpoint(9), 400, "a smaller tree: 5 entries after 9"),
        (request(4, 9), checkpoint(5), 409, "has 5 entries, not 4"),
        (request(0, 9), checkpoint(5), 409, "has 5 entries, not 0"),
        (request(5, 9), None, 409, "has 0 entries, not 5"),
        (request(0, 4), checkpoint(5), 409, "has 5 entries, not 0"),
        (request(5, 5, FORKED), checkpoint(5), 409, "two roots of one size: 5 entries"),
        (request(0, 5, FORKED), checkpoint(5), 409, "two roots of one size: 5 entries"),
        (request(5, 9, FORKED), checkpoint(5), 422, "not shown to follow"),
        (Request(5, (), checkpoint(9)).data, checkpoint(5), 422, "the proof is too short"),
        (Request(0, TREE.consistency_proof(5, 9), checkpoint(9)).data, None, 422, "the proof is too long"),
        (Request(5, TREE.consistency_proof(5, 9), checkpoint(5)).data, checkpoint(5), 422, "the proof is too long"),
        (b"", None, 400, "begins with `old`"),
        (b"old 05\n\n" + checkpoint(5).data, None, 400, "begins with `old`"),
        (b"old 5 \n\n" + checkpoint(5).data, None, 400, "begins with `old`"),
        (b"old 0\nAAAA\n\n" + checkpoint(5).data, None, 400, "32 bytes each"),
        (b"old 0\n" + base64.b64encode(bytes(32)) * 1 + b"\n" + checkpoint(5).data, None, 400, "not at most 63"),
        (b"old 0\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n" + checkpoint(5).data, None, 400, "at most 63"),
        (b"old 0\n\n" + checkpoint(5).data[:-1], None, 400, "not a signed note"),
        (b"old 0\n\n" + b"." * 1_000_001, None, 400, "longer than"),
        ("öld 0\n\n".encode(), None, 400, "not ASCII"),
    ],
)  # fmt: skip
def test_what_does_not_follow_is_refused_and_told_why(data, last, status, why):
    refused = ask(data, last)
    assert (refused.status, refused.keep) == (status, None)
    assert why in refused.why
    assert "—" not in refused.body, "no refusal carries a signature"
    if status == 409:
        assert (refused.body, refused.content_type) == (f"{last.size if last else 0}\n", "text/x.tlog.size")


@pytest.mark.parametrize(("data", "size"), [(request(5, 5, FORKED), 5), (request(5, 9, FORKED), 9)])
def test_a_checkpoint_that_the_log_signed_against_its_own_is_evidence(data, size):
    assert ask(data, checkpoint(5)).evidence == (checkpoint(5), checkpoint(size, FORKED))
    assert ask(request(4, 9), checkpoint(5)).evidence == ()


@given(st.binary(max_size=40))
def test_what_is_no_request_is_refused(data):
    with pytest.raises(JournalError):
        parse_request(data)
