"""Whom a verification believes: keys that are apart, and one witness at least that guarantees nothing."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.documents import parse_toml
from trucewatch.errors import DocumentError, JournalError, UsageError
from trucewatch.journal.checkpoint import cosign, sign_checkpoint
from trucewatch.journal.entry import origin_of
from trucewatch.journal.note import COSIGNATURE, ED25519, VerifierKey
from trucewatch.journal.trust import JournalSettings, Trust, Witness, witnessed

KEY, ONE, TWO = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
PUBLIC = KEY.public_key().public_bytes_raw()
LOG = VerifierKey(origin_of("river-line", PUBLIC), ED25519, PUBLIC)
AT = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)


def witness(key, name, guarantor=False):
    return Witness(VerifierKey(name, COSIGNATURE, key.public_key().public_bytes_raw()), name.title(), guarantor)


STATE, PAPER = witness(ONE, "state.example", True), witness(TWO, "paper.example")
DOCUMENT = f"""log = "{LOG}"
[[witnesses]]
vkey = "{STATE.key}"
name = "A state"
guarantor = true
[[witnesses]]
vkey = "{PAPER.key}"
name = "A newspaper"
guarantor = false
"""


def settings_of(text):
    return parse_toml(text.encode(), JournalSettings, name="journal.toml")


def test_the_section_tells_whom_to_believe():
    trust = settings_of(DOCUMENT).trust()
    assert trust.origin == LOG.name
    assert [(each.name, each.is_guarantor) for each in trust.witnesses] == [("A state", True), ("A newspaper", False)]
    assert settings_of("").witnesses == ()
    with pytest.raises(UsageError, match="names no key of its log"):
        settings_of("").trust()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("guarantor = false", "guarantor = true", "at least one witness must be no guarantor"),
        ("guarantor = false", "", "guarantor"),
        ("A newspaper", "A state", "two witnesses have one name"),
        (str(PAPER.key), str(STATE.key), "a key of its own"),
        (str(PAPER.key), str(VerifierKey("other.example", COSIGNATURE, STATE.key.public_key)), "a key of its own"),
        (str(PAPER.key), str(VerifierKey("other.example", COSIGNATURE, PUBLIC)), "a key of its own"),
        (str(PAPER.key), str(LOG), "not the key of a witness"),
        (str(PAPER.key), str(PAPER.key)[:-4] + "AAAA", "the hash is not that"),
        (f'log = "{LOG}"', f'log = "{PAPER.key}"', "not the key of a log"),
        (f'log = "{LOG}"', 'log = "x"', "not a verifier key"),
        (f'log = "{LOG}"', "promise_hours = 0", "promise_hours"),
    ],
)
def test_keys_that_are_not_apart_are_refused(old, new, what):
    assert old in DOCUMENT
    with pytest.raises(DocumentError, match=what):
        settings_of(DOCUMENT.replace(old, new))


@pytest.mark.parametrize(
    ("log", "witnesses"),
    [
        (VerifierKey("river-line/abc", ED25519, PUBLIC), ()),
        (VerifierKey("other", ED25519, PUBLIC), ()),
        (VerifierKey(LOG.name, COSIGNATURE, PUBLIC), ()),
        (LOG, (PAPER, witness(TWO, "other.example"))),
        (LOG, (witness(KEY, "log.example"),)),
        (LOG, (Witness(VerifierKey("paper.example", ED25519, TWO.public_key().public_bytes_raw()), "Paper", False),)),
    ],
)
def test_what_cannot_be_a_log_and_its_witnesses_is_refused(log, witnesses):
    with pytest.raises(UsageError):
        Trust(log, witnesses)


def test_who_cosigned_is_told_with_the_first_time():
    signed = sign_checkpoint(LOG.name, 3, bytes(32), KEY)
    later = AT + dt.timedelta(hours=1)
    both = signed.with_signatures([cosign(signed, "paper.example", TWO, at_utc) for at_utc in (later, AT)])
    trust = Trust(LOG, (STATE, PAPER))
    assert [(seen.witness.name, seen.at_utc) for seen in witnessed(both, trust)] == [("Paper.Example", AT)]
    assert witnessed(signed, trust) == ()
    forged = signed.with_signatures([cosign(sign_checkpoint(LOG.name, 4, bytes(32), KEY), "paper.example", TWO, AT)])
    with pytest.raises(JournalError, match=r"paper\.example does not hold"):
        witnessed(forged, trust)
