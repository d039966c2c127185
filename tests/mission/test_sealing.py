"""The log signs what follows from all that it signed, and nothing else, whatever backup was restored."""

import datetime as dt
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.errors import JournalError, StoreError
from trucewatch.journal import (
    COSIGNATURE,
    ED25519,
    Trust,
    VerifierKey,
    Witness,
    answer,
    cosign,
    verify_checkpoint,
    verify_copy,
)
from trucewatch.mission import sealing
from trucewatch.mission.record import LOG_KEY, open_record, private_key

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PAPER = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
WITNESS = VerifierKey("paper.example", COSIGNATURE, PAPER.public_key().public_bytes_raw())


def opened(folder, database=None):
    return open_record(folder / "store", "river", now=NOW, database=database)


def grow(record, *words):
    record.record.append([record.sign("remark", NOW, {"text": word}) for word in words])


def trust(record):
    public = private_key(record.store.keys / LOG_KEY).public_key().public_bytes_raw()
    witness = Witness(WITNESS, "A newspaper", is_guarantor=False)
    return Trust(VerifierKey(record.origin, ED25519, public), (witness,))


def test_a_checkpoint_is_signed_once_for_each_size(tmp_path):
    with opened(tmp_path) as record:
        first = sealing.seal(record)
        assert sealing.seal(record) == first
        verify_checkpoint(first, trust(record).log)
        grow(record, "one", "two")
        assert sealing.seal(record).size == 3
        assert [each.size for each in sealing.checkpoints(record)] == [1, 3]


def test_an_older_backup_cannot_sign_another_history(tmp_path):
    with opened(tmp_path) as record:
        sealing.seal(record)
    shutil.copytree(tmp_path / "store", tmp_path / "backup")
    with opened(tmp_path) as record:
        grow(record, "what was said")
        sealing.seal(record)
    shutil.rmtree(tmp_path / "store")
    shutil.move(tmp_path / "backup", tmp_path / "store")
    with opened(tmp_path) as record:
        for words in ((), ("another word",), ("and a third",)):
            grow(record, *words)
            with pytest.raises(StoreError, match="not what the log signed before"):
                sealing.seal(record)


def test_a_witness_is_asked_from_what_it_saw_and_its_word_is_kept(tmp_path, address):
    with opened(tmp_path, address) as record:
        with pytest.raises(JournalError, match="no checkpoint yet"):
            sealing.request(record, WITNESS)
        sealing.seal(record)
        seen = None
        for words in ((), ("one",), ("two", "three")):
            grow(record, *words)
            sealing.seal(record)
            asked = sealing.request(record, WITNESS)
            assert asked.old_size == (seen.size if seen else 0)
            given = answer(
                asked.data, logs={record.origin: (trust(record).log,)}, seen=lambda _, last=seen: last, name="paper.example",
                key=PAPER, at_utc=NOW,
            )  # fmt: skip
            seen = given.keep
            assert sealing.take_cosignatures(record, given.body, trust(record), where="x") == {
                "A newspaper": record.record.size
            }
        assert sealing.request(record, WITNESS, old_size=1).old_size == 1
        with pytest.raises(JournalError, match="the witness saw 9 entries"):
            sealing.request(record, WITNESS, old_size=9)
        verified = verify_copy(sealing.copy_of_record(record), trust(record))
        assert (verified.problems, verified.lacks, verified.independently) == ((), (), 4)


def test_a_cosignature_of_a_stranger_or_of_another_checkpoint_is_refused(tmp_path):
    with opened(tmp_path) as record:
        signed = sealing.seal(record)
        stranger = cosign(signed, "other.example", PAPER, NOW)
        with pytest.raises(JournalError, match=r"x line 1: no witness of the mission: other\.example"):
            sealing.take_cosignatures(record, str(stranger), trust(record), where="x")
        grow(record, "one")
        other = cosign(sealing.seal(record), "paper.example", PAPER, NOW)
        wrong = type(other)(other.name, other.key_hash, other.signature[:-1] + b"x")
        with pytest.raises(JournalError, match="holds for no checkpoint"):
            sealing.take_cosignatures(record, str(wrong), trust(record), where="x")
        with pytest.raises(JournalError, match="x line 2: not a signature line"):
            sealing.take_cosignatures(record, str(other) + "more\n", trust(record), where="x")
