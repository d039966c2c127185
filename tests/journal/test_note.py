"""Signed notes: the vectors of the specification and of Go, and what no note may be."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.errors import JournalError, UsageError
from trucewatch.journal.note import (
    ED25519,
    Note,
    VerifierKey,
    parse_note,
    parse_signature,
    parse_vkey,
    sign_note,
    verify_note,
)

# golang.org/x/mod, sumdb/note/note_test.go: two keys, a text, and what each signs.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # of PRIVATE+KEY+PeterNeumann+c74f20a3+: kind and key
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
# c2sp.org/signed-note: the example of a verifier key, and the note that it signs.
EXAMPLE = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
POEM = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""  # of the same, without its key


@pytest.mark.parametrize("vkey", [PETER, ENOCH, EXAMPLE])
def test_a_vkey_is_read_and_written(vkey):
    assert str(parse_vkey(vkey)) == vkey


def test_no_part_of_a_vkey_and_no_other_letter_is_one():
    """As note_test.go does it."""
    pieces = {PETER[i:j] for i in range(len(PETER)) for j in range(i + 1, len(PETER) + 1)} - {PETER}
    turned = {PETER[:i] + chr(ord(PETER[i]) + 1) + PETER[i + 1 :] for i in range(len(PETER))}
    others = {
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    }
    for wrong in pieces | turned | others:
        with pytest.raises(JournalError):
            parse_vkey(wrong)


def test_peter_signs_what_go_says_that_he_signs():
    kind_and_secret = base64.b64decode(PETERS_SECRET)
    assert kind_and_secret[0] == ED25519
    key = Ed25519PrivateKey.from_private_bytes(kind_and_secret[1:])
    assert str(sign_note(TEXT, "PeterNeumann", key)) == BY_PETER


@pytest.mark.parametrize(
    ("data", "vkeys"),
    [
        (TEXT + "\n" + BY_PETER, [PETER]),
        (TEXT + "\n" + BY_PETER + BY_ENOCH, [PETER, ENOCH]),
        (TEXT + "\n" + BY_ENOCH + BY_PETER, [PETER]),
        (EXAMPLE_NOTE, [EXAMPLE]),
    ],
)
def test_the_notes_of_the_specification_hold(data, vkeys):
    note = parse_note(data.encode())
    assert note.data == data.encode()
    for vkey in vkeys:
        verify_note(note, parse_vkey(vkey))


def test_an_empty_line_in_a_text_does_not_end_it():
    note = parse_note(POEM.encode())
    assert note.text.count("\n") == 4
    assert (note.data, len(note.signatures)) == (POEM.encode(), 1)


def test_an_unknown_key_is_ignored_and_a_known_one_that_fails_refuses():
    note = parse_note((TEXT + "\n" + BY_PETER).encode())
    with pytest.raises(JournalError, match="not signed by EnochRoot"):
        verify_note(note, parse_vkey(ENOCH))
    for wrong in (TEXT.replace("is", "was"), TEXT + "\n"):
        with pytest.raises(JournalError, match="PeterNeumann does not hold"):
            verify_note(Note(wrong, note.signatures), parse_vkey(PETER))
    longer = BY_PETER[:60] + "ABCD" + BY_PETER[60:]
    with pytest.raises(JournalError, match="does not hold"):
        verify_note(parse_note((TEXT + "\n" + BY_PETER + longer).encode()), parse_vkey(PETER))


@pytest.mark.parametrize(
    "data",
    [
        TEXT, TEXT + "\n", TEXT + "\n" + BY_PETER[:-1], "\x01" + TEXT + "\n" + BY_PETER, TEXT + "\n" + BY_PETER + "More.\n",
        TEXT + "\n" + BY_PETER.replace("PeterNeumann", "Bad Name"), TEXT + "\n" + BY_PETER * 101,
        TEXT + "\n" + BY_PETER.replace("—", "-"), TEXT + "\n" + BY_PETER.replace("PeterNeumann", "a+b"),
        TEXT + "\n— PeterNeumann x08gow==\n", TEXT + "\n— PeterNeumann x08go\n", TEXT + "\n— \n", TEXT + "\n" + BY_PETER + "\n",
        TEXT + "\n" + BY_PETER.replace("\n", " \n"), TEXT + "\n— PeterNeumann x08go/Z=\n", "\n" + BY_PETER, "." * 1_000_001,
        TEXT + "\n" + BY_PETER.replace("Peter", "Peter\u2003"), TEXT.replace("\n", "\r\n") + "\n" + BY_PETER,
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(data):
    with pytest.raises(JournalError):
        parse_note(data.encode())
    with pytest.raises(JournalError):
        parse_note(b"\xff" + data.encode())


def test_what_is_wrong_is_named_with_its_line():
    with pytest.raises(JournalError, match=r"copy line 5: not a signature line"):
        parse_note((TEXT + "\n" + BY_PETER + "More.\n").encode(), where="copy")
    with pytest.raises(JournalError, match=r"copy line 2: a control character"):
        parse_note(f"a\n\tb\n\n{BY_PETER}".encode(), where="copy")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n")), st.binary(min_size=32, max_size=32))
def test_what_is_signed_holds_and_is_read_as_it_was(text, secret):
    key = Ed25519PrivateKey.from_private_bytes(secret)
    signer = VerifierKey("river.example", ED25519, key.public_key().public_bytes_raw())
    signature = sign_note(text + "\n", "river.example", key)
    note = parse_note(Note(text + "\n", (signature,)).data)
    assert (note.text, note.signatures) == (text + "\n", (signature,))
    verify_note(note, parse_vkey(str(signer)))
    assert parse_signature(str(signature)) == signature


@given(st.binary(max_size=80))
def test_what_is_read_is_written_the_same(data):
    try:
        note = parse_note(TEXT.encode() + b"\n" + BY_PETER.encode() + data)
    except JournalError:
        return
    assert note.data == TEXT.encode() + b"\n" + BY_PETER.encode() + data


@pytest.mark.parametrize(("name", "kind", "public"), [("", 1, bytes(32)), ("a b", 1, bytes(32)), ("a+b", 1, bytes(32)),
                                                      ("a\n", 1, bytes(32)), ("a", 2, bytes(32)), ("a", 1, bytes(31))])  # fmt: skip
def test_a_key_that_no_note_can_carry_is_refused(name, kind, public):
    with pytest.raises(UsageError):
        VerifierKey(name, kind, public)


@pytest.mark.parametrize("line", ["— a AAAA", "— a AAAAAAA=\n— b AAAAAAA=\n"])
def test_a_signature_is_one_line(line):
    with pytest.raises(JournalError):
        parse_signature(line)
