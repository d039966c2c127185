"""Bytes are what they were, or an error; what was redacted nobody reads again."""

import pytest

from trucewatch.errors import MissingError, StoreError
from trucewatch.store import Redacted
from trucewatch.store.locker import Locker


@pytest.fixture
def locker(tmp_path):
    return Locker(tmp_path / "locker", tmp_path / "keys")


def test_the_same_bytes_are_kept_once(locker):
    name = locker.keep(b"bytes")
    assert locker.keep(b"bytes") == name
    assert locker.get(name) == b"bytes"
    assert [path.name for path in locker.folder.iterdir()] == [name]


def test_changed_bytes_are_told(locker):
    name = locker.keep(b"bytes")
    (locker.folder / name).write_bytes(b"Bytes")
    with pytest.raises(StoreError, match="not those"):
        locker.get(name)
    (locker.folder / name).unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        locker.get(name)


def test_what_belongs_to_a_subject_is_sealed_and_its_name_is_not_told(locker, tmp_path):
    subject = locker.new_subject(b"A. Witness")
    name = locker.keep(b"I live in the third house", subject=subject)
    assert locker.get(name, subject=subject) == b"I live in the third house"
    lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"third house" not in lying
    assert b"Witness" not in lying
    assert locker.is_of(subject, b"A. Witness")
    assert not locker.is_of(subject, b"B. Witness")
    assert locker.new_subject(b"A. Witness") != subject, "a salt of its own"
    assert (tmp_path / "keys" / subject).stat().st_mode & 0o077 == 0


def test_a_key_opens_what_is_its_own(locker):
    one, two = locker.new_subject(b"one"), locker.new_subject(b"two")
    name = locker.keep(b"of one", subject=one)
    with pytest.raises(StoreError, match="another key"):
        locker.get(name, subject=two)


def test_what_was_redacted_is_gone_for_good_and_says_so(locker, tmp_path):
    one, two = locker.new_subject(b"one"), locker.new_subject(b"two")
    names = {subject: locker.keep(b"words", subject=subject) for subject in (one, two)}
    key = (tmp_path / "keys" / one).read_bytes()
    locker.redact(one)
    locker.redact(one)
    for ask in (lambda: locker.get(names[one], subject=one), lambda: locker.is_of(one, b"one")):
        with pytest.raises(Redacted):
            ask()
    assert locker.is_redacted(one)
    assert not locker.is_redacted(two)
    assert locker.get(names[two], subject=two) == b"words"
    lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert key[:32] not in lying


def test_a_locker_without_its_keys_says_what_is_missing(locker, tmp_path):
    subject = locker.new_subject(b"one")
    name = locker.keep(b"words", subject=subject)
    (tmp_path / "keys" / subject).unlink()
    with pytest.raises(MissingError, match="key of this subject"):
        locker.get(name, subject=subject)
