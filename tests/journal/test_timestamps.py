"""Time-stamps: a real authority on this machine, made with openssl, stamps checkpoints; no network."""

import datetime as dt
import os
import pathlib
import shutil
import subprocess
from dataclasses import replace

import pytest

from journal_made import TRUST, journal_of
from trucewatch.cli.main import main
from trucewatch.errors import JournalError
from trucewatch.journal import timestamp_request, timestamped_at, verify_copy
from trucewatch.store import write_files

MADE = journal_of(count=10, first=5)
SETTINGS = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Test
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[stamping]
serial = ./serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
"""


class Authority:
    """A root and a time-stamping authority below it, in a folder."""

    def __init__(self, folder: pathlib.Path, openssl: str) -> None:
        self.folder, self.openssl = folder, openssl
        (folder / "settings").write_text(SETTINGS)
        (folder / "serial").write_text("01\n")
        key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config settings"
        self.run(f"req -x509 {key} -keyout ca.key -out ca.pem -days 30 -subj /CN=Root{folder.name} -extensions ca")
        self.run(f"req {key} -keyout tsa.key -out tsa.csr -subj /CN=Authority")
        self.run(
            "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile settings -extensions tsa -out tsa.pem"
        )
        self.roots = (folder / "ca.pem").read_bytes()

    def run(self, words: str) -> None:
        subprocess.run([self.openssl, *words.split()], cwd=self.folder, check=True, capture_output=True)

    def stamp(self, query: bytes) -> bytes:
        (self.folder / "q.tsq").write_bytes(query)
        self.run(
            "ts -reply -config settings -section stamping -queryfile q.tsq -signer tsa.pem -inkey tsa.key -out r.tsr"
        )
        return (self.folder / "r.tsr").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    openssl = shutil.which("openssl")
    if openssl is None:
        assert not os.environ.get("TRUCEWATCH_ALL"), "no openssl here, and TRUCEWATCH_ALL forbids the skip"
        pytest.skip("no openssl here: it is a system package, and plays the authority")
    return Authority(tmp_path_factory.mktemp("authority"), openssl)


def test_a_checkpoint_is_stamped(authority):
    checkpoint = MADE.checkpoints[-1]
    response = authority.stamp(timestamp_request(checkpoint))
    at_utc = timestamped_at(response, checkpoint, authority.roots)
    assert abs(at_utc - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    alone = replace(checkpoint, signatures=checkpoint.signatures[:1])
    assert timestamp_request(alone) == timestamp_request(checkpoint), "cosignatures may come later"
    assert timestamped_at(response, alone, authority.roots) == at_utc


def test_a_stamp_of_another_checkpoint_or_authority_does_not_hold(authority, tmp_path):
    response = authority.stamp(timestamp_request(MADE.checkpoints[-1]))
    with pytest.raises(JournalError, match="does not hold"):
        timestamped_at(response, MADE.checkpoints[0], authority.roots)
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", authority.openssl)
    with pytest.raises(JournalError, match="does not hold"):
        timestamped_at(response, MADE.checkpoints[-1], other.roots)
    with pytest.raises(JournalError, match="no certificates"):
        timestamped_at(response, MADE.checkpoints[-1], b"nothing")
    for wrong in (b"", b"no response", response[:-1], response[: len(response) // 2]):
        with pytest.raises(JournalError, match="does not hold"):
            timestamped_at(wrong, MADE.checkpoints[-1], authority.roots)


def test_a_changed_byte_in_a_response_is_refused_or_tells_the_same_time(authority):
    """Some bytes of a response are under no signature; none that is changes the time or the checkpoint."""
    response = authority.stamp(timestamp_request(MADE.checkpoints[-1]))
    told = timestamped_at(response, MADE.checkpoints[-1], authority.roots)
    held = 0
    for place, byte in enumerate(response):
        wrong = response[:place] + bytes([byte ^ (1 << place % 8)]) + response[place + 1 :]
        try:
            assert timestamped_at(wrong, MADE.checkpoints[-1], authority.roots) == told
            held += 1
        except JournalError:
            pass
    assert held < len(response) / 10


def test_the_stamps_of_a_copy_are_checked_where_a_root_is_given(authority):
    response = authority.stamp(timestamp_request(MADE.checkpoints[-1]))
    copy = replace(MADE.copy(), timestamps={"000000000010.tsr": response})
    verified = verify_copy(copy, TRUST, roots=authority.roots)
    assert (verified.problems, verified.lacks, list(verified.stamped)) == ((), (), [10])
    assert [lack.what for lack in verify_copy(copy, TRUST).lacks] == [
        "not looked at: no certificate of their authority"
    ]
    for name, what in (("000000000005.tsr", "does not hold"), ("000000000009.tsr", "of no checkpoint")):
        (problem,) = verify_copy(replace(copy, timestamps={name: response}), TRUST, roots=authority.roots).problems
        assert (problem.where, what in problem.what) == (f"timestamps/{name}", True)


def test_a_copy_is_stamped_by_commands(authority, tmp_path, capsys):
    write_files(tmp_path / "copy", MADE.copy().files)
    (tmp_path / "ca.pem").write_bytes(authority.roots)
    assert main(["journal", "timestamp", str(tmp_path / "copy"), "--out", str(tmp_path / "q.tsq")]) == 0
    (tmp_path / "r.tsr").write_bytes(authority.stamp((tmp_path / "q.tsq").read_bytes()))
    roots = ["--roots", str(tmp_path / "ca.pem")]
    assert main(["journal", "timestamp", str(tmp_path / "copy"), "--response", str(tmp_path / "r.tsr"), *roots]) == 0
    keys = [
        "--log",
        str(TRUST.log),
        "--witness",
        str(TRUST.witnesses[1].key),
        "--guarantor",
        str(TRUST.witnesses[0].key),
    ]
    capsys.readouterr()
    assert main(["journal", "verify", str(tmp_path / "copy"), *keys, *roots]) == 0
    assert "10 20" in capsys.readouterr().out
    assert main(["journal", "timestamp", str(tmp_path / "copy")]) == 2
