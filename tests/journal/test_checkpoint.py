"""Checkpoints: one that the world's witnesses signed, and what is none."""

import base64
import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.errors import JournalError, UsageError
from trucewatch.journal.checkpoint import (
    Checkpoint,
    cosign,
    cosigned_at,
    parse_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from trucewatch.journal.merkle import leaf_hash
from trucewatch.journal.note import COSIGNATURE, ED25519, VerifierKey, parse_vkey

KEY, WITNESS = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
AT = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)
ROOT = leaf_hash(b"")
# A checkpoint of a public log of certificates with a witness' cosignature of 23 May 2026, as the tests of the Python package
# tlog-scales carry it with both keys.
REAL = """arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""  # noqa: E501
LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
WITNESSES = [
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
]
# The example of c2sp.org/tlog-checkpoint and tlog-cosignature, which prints no keys: its form is what can be tested.
EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""


def vkey(key, name, kind):
    return VerifierKey(name, kind, key.public_key().public_bytes_raw())


def made(size=7, root=ROOT):
    return sign_checkpoint("river-line/abc", size, root, KEY)


def test_a_checkpoint_of_the_world_holds_with_the_cosignatures_of_its_witnesses():
    found = parse_checkpoint(REAL.encode())
    assert found.data == REAL.encode()
    assert (found.origin, found.size) == ("arche2025h1.staging.ct.transparency.dev", 1_432_088_532)
    verify_checkpoint(found, parse_vkey(LOG))
    for each in WITNESSES:
        (at_utc,) = cosigned_at(found, parse_vkey(each))
        assert at_utc == dt.datetime(2026, 5, 23, 21, 50, 24, tzinfo=dt.UTC)


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_checkpoint_of_the_world_that_was_changed_holds_no_more(line):
    lines = REAL.split("\n")
    lines[line] = {0: lines[0], 1: "1432088531", 2: base64.b64encode(ROOT).decode()}[line] + "x" * (line == 0)
    found = parse_checkpoint("\n".join(lines).encode())
    with pytest.raises(JournalError):
        verify_checkpoint(found, parse_vkey(LOG))
    for each in WITNESSES:
        with pytest.raises(JournalError, match="does not hold"):
            cosigned_at(found, parse_vkey(each))


def test_the_example_of_the_specification_is_read():
    found = parse_checkpoint(EXAMPLE.encode())
    assert found.data == EXAMPLE.encode()
    assert found.text == "\n".join(EXAMPLE.split("\n")[:3]) + "\n"
    assert found.signatures[1].key_hash.hex() == "8d66cf3f"
    assert (
        int.from_bytes(found.signatures[1].signature[:8], "big") == 1_679_315_147
    )  # the time that the text of it tells


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32), st.datetimes(dt.datetime(1970, 1, 1)))
def test_what_log_and_witness_sign_holds(size, root, at):
    at_utc = at.replace(tzinfo=dt.UTC)
    signed = made(size, root)
    both = signed.with_signatures([cosign(signed, "w.example", WITNESS, at_utc)])
    read = parse_checkpoint(both.data)
    assert read == both
    verify_checkpoint(read, vkey(KEY, "river-line/abc", ED25519))
    assert cosigned_at(read, vkey(WITNESS, "w.example", COSIGNATURE)) == (at_utc.replace(microsecond=0),)
    assert cosigned_at(signed, vkey(WITNESS, "w.example", COSIGNATURE)) == ()


def test_a_cosignature_is_over_time_and_text():
    signed = made()
    line = cosign(signed, "w.example", WITNESS, AT)
    assert int.from_bytes(line.signature[:8], "big") == int(AT.timestamp())
    message = f"cosignature/v1\ntime {int(AT.timestamp())}\n{signed.text}".encode()
    WITNESS.public_key().verify(line.signature[8:], message)


def test_a_line_more_is_signed_too():
    extended = Checkpoint("river-line/abc", 7, ROOT, ("more",))
    assert parse_checkpoint(extended.with_signatures(made().signatures).data).extension == ("more",)
    with pytest.raises(JournalError, match="does not hold"):
        verify_checkpoint(extended.with_signatures(made().signatures), vkey(KEY, "river-line/abc", ED25519))


def test_of_another_log_or_by_another_key_is_named():
    with pytest.raises(JournalError, match="of another log: river-line/abc"):
        verify_checkpoint(made(), vkey(KEY, "river-line/xyz", ED25519))
    with pytest.raises(JournalError, match="not signed by river-line/abc"):
        verify_checkpoint(made(), vkey(WITNESS, "river-line/abc", ED25519))
    with pytest.raises(UsageError):
        verify_checkpoint(made(), vkey(KEY, "river-line/abc", COSIGNATURE))
    with pytest.raises(UsageError):
        cosigned_at(made(), vkey(KEY, "river-line/abc", ED25519))


def test_a_cosignature_at_another_time_does_not_hold():
    line = cosign(made(), "w.example", WITNESS, AT)
    late = type(line)(line.name, line.key_hash, (int(AT.timestamp()) + 1).to_bytes(8, "big") + line.signature[8:])
    with pytest.raises(JournalError, match=r"w\.example does not hold"):
        cosigned_at(made().with_signatures([late]), vkey(WITNESS, "w.example", COSIGNATURE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n7\n", "\n07\n"), ("\n7\n", "\n-7\n"), ("\n7\n", "\n+7\n"), ("\n7\n", "\n 7\n"), ("\n7\n", "\n7.0\n"),
        ("\n7\n", "\n٧\n"), ("\n7\n", "\n" + "9" * 20 + "\n"), ("\n7\n", "\n"), ("\n7\n", "\n\n7\n"), ("=\n\n", "\n\n"),
        ("=\n\n", "A=\n\n"), ("river-line/abc\n7", "7"),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(old, new):
    data = made().data.decode()
    assert old in data
    with pytest.raises(JournalError):
        parse_checkpoint(data.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("origin", "size", "root"), [("", 1, ROOT), ("a\nb", 1, ROOT), ("a", -1, ROOT), ("a", 1, b"short")]
)
def test_what_cannot_be_a_checkpoint_is_not_signed(origin, size, root):
    with pytest.raises(UsageError):
        sign_checkpoint(origin, size, root, KEY)


def test_no_time_is_no_cosignature():
    with pytest.raises(UsageError):
        cosign(made(), "w.example", WITNESS, dt.datetime(1969, 1, 1, tzinfo=dt.UTC))
