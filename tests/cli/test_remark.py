"""An officer signs a remark, and the report shows it."""

import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trucewatch.cli.main import main

ROOT = pathlib.Path(__file__).parents[2]


def call(tmp_path, key: bytes, words: bytes = b"The wind was strong."):
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "words.txt").write_bytes(words)
    return main(
        [
            "remark", str(tmp_path / "words.txt"), "--mission", str(ROOT / "missions/donbas-minsk.toml"), "--day", "2015-06-03",
            "--author", "A. Officer", "--key", str(tmp_path / "key.pem"), "--out", str(tmp_path / "signed.json"), "--json",
        ]
    )  # fmt: skip


def test_a_remark_is_signed_with_the_officers_key(tmp_path, capsys):
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert call(tmp_path, pem) == 0
    told = json.loads(capsys.readouterr().out)
    signed = json.loads((tmp_path / "signed.json").read_text())
    assert signed["text"] == "The wind was strong."
    assert signed["mission_id"] == "donbas-minsk"
    assert len(told["key"]) == 32


def test_another_key_or_text_that_is_no_text_is_refused(tmp_path, capsys):
    assert call(tmp_path, b"no key") == 2
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert call(tmp_path, pem, b"\xff") == 2
    assert not (tmp_path / "signed.json").exists()
    assert "not UTF-8" in capsys.readouterr().err
