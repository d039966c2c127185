"""Whose keys the journal knows: a span, a revocation, and what was signed before it."""

import datetime as dt

import pytest

from journal_made import ANA, BEGIN, BORYS, FOUNDER, Made, begun, public, secret, told
from trucewatch.errors import JournalError
from trucewatch.journal import key_id
from trucewatch.journal.keyring import Keyring


def folded(made: Made) -> Keyring:
    keyring = Keyring()
    for position, entry in enumerate(made.entries):
        keyring.author(entry)
        keyring = keyring.after(entry, position)
    return keyring


def test_each_key_is_known_from_the_entry_that_adds_it():
    keyring = folded(begun())
    assert set(keyring.keys) == {key_id(public(key)) for key in (FOUNDER, ANA, BORYS)}
    assert all(key.revoked_at is None for key in keyring.keys.values())


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (lambda made: made.deliver(secret(99), 1), "does not know"),
        (lambda made: made.add_key(secret(99), by=secret(99)), "does not know"),
        (lambda made: made.deliver(ANA, 1, BEGIN - dt.timedelta(seconds=1)), "outside the span"),
        (lambda made: (made.add_key(secret(9), until=BEGIN), made.deliver(secret(9), 1)), "outside the span"),
        (lambda made: (made.revoke(ANA, made.now), made.deliver(ANA, 1)), "that entry 3 revoked"),
        (lambda made: (made.revoke(ANA, made.now), made.deliver(ANA, 1, BEGIN)), "that entry 3 revoked"),
        (lambda made: (made.revoke(ANA, made.now), made.add_key(ANA), made.deliver(ANA, 1)), "that entry 3 revoked"),
        (lambda made: made.revoke(secret(99), made.now), "revokes a key that"),
        (
            lambda made: made.write("key_added", FOUNDER, public_key="AB" * 32, from_utc=told(BEGIN), until_utc=None),
            "small hex",
        ),
        (
            lambda made: made.write("key_added", FOUNDER, public_key="xy" * 32, from_utc=told(BEGIN), until_utc=None),
            "small hex",
        ),
        (
            lambda made: made.write("key_added", FOUNDER, public_key="ab" * 32, from_utc="today", until_utc=None),
            "not a time",
        ),
        (
            lambda made: made.write("key_added", FOUNDER, public_key="ab" * 32, from_utc=told(BEGIN)[:-1], until_utc=1),
            "not a time",
        ),
    ],
)
def test_who_may_not_sign_is_told(write, why):
    made = begun()
    write(made)
    with pytest.raises(JournalError, match=why):
        folded(made)


@pytest.mark.parametrize("first", [lambda made: made.deliver(ANA, 1), lambda made: made.add_key(ANA, by=BORYS)])
def test_the_first_entry_adds_the_key_of_its_author(first):
    made = Made()
    first(made)
    with pytest.raises(JournalError):
        folded(made)


def test_revocation_does_not_unmake_what_was_signed_before():
    made = begun()
    made.deliver(ANA, 1)
    made.revoke(ANA, BEGIN)
    keyring = folded(made)
    assert keyring.keys[key_id(public(ANA))].revoked_at == 4
    assert keyring.keys[key_id(public(ANA))].revoked_from == BEGIN
    made.revoke(ANA, made.now)
    assert folded(made) == keyring, "a key is revoked once"


def test_a_key_that_is_added_again_may_sign_in_either_span():
    made = begun()
    made.add_key(secret(9), until=BEGIN + dt.timedelta(minutes=1))
    made.add_key(secret(9))
    made.deliver(secret(9), 1)
    assert len(folded(made).keys[key_id(public(secret(9)))].spans) == 2
