"""Being a witness: from files, and over HTTP for real."""

import http.client
import json
import subprocess
import sys
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trucewatch.cli.main import main
from trucewatch.journal import Request, Tree, cosigned_at, leaf_hash, parse_vkey, sign_checkpoint
from trucewatch.journal.note import parse_signature
from trucewatch.store import Witnessed

LOG, WITNESS = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
TREE = Tree(leaf_hash(bytes([n])) for n in range(20))
FORKED = Tree(leaf_hash(bytes([n or 99])) for n in range(20))


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def place(tmp_path, capsys):
    """Return a function to call the command with a folder of its own, the keys in it, and their vkeys."""
    (tmp_path / "log.pem").write_bytes(pem(LOG))
    (tmp_path / "witness.pem").write_bytes(pem(WITNESS))

    def told(*words):
        code = main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out or "{}")

    vkeys = {
        "log": told("journal", "vkey", tmp_path / "log.pem", "--mission-id", "river-line")[1]["vkey"],
        "witness": told("journal", "vkey", tmp_path / "witness.pem", "--witness", "paper.example")[1]["vkey"],
    }
    return tmp_path, told, vkeys


def request(origin, old, size, tree=TREE):
    proof = tree.consistency_proof(old, size) if old else ()
    return Request(old, proof, sign_checkpoint(origin, size, tree.root(size), LOG))


def options(folder, vkeys):
    return [
        "--state",
        folder / "state",
        "--key",
        folder / "witness.pem",
        "--name",
        "paper.example",
        "--log",
        vkeys["log"],
    ]


def test_a_folder_of_requests_is_answered_in_order(place):
    folder, told, vkeys = place
    origin = parse_vkey(vkeys["log"]).name
    (folder / "in").mkdir()
    asked = {
        "1": request(origin, 0, 7),
        "2": request(origin, 7, 12),
        "3": request(origin, 12, 15, FORKED),
        "4": request(origin, 12, 12),
    }
    for name, each in asked.items():
        (folder / "in" / f"{name}.request").write_bytes(each.data)
    code, answered = told("witness", folder / "in", *options(folder, vkeys), "--out", folder / "out")
    assert code == 9
    assert [line.split(":")[0] for line in answered.values()] == ["cosigned", "cosigned", "REFUSED (422)", "cosigned"]
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "1.cosignature",
        "2.cosignature",
        "4.cosignature",
    ]
    line = parse_signature((folder / "out" / "2.cosignature").read_text())
    cosigned = asked["2"].checkpoint.with_signatures([line])
    assert len(cosigned_at(cosigned, parse_vkey(vkeys["witness"]))) == 1
    assert told("journal", "evidence", folder / "state", "--out", folder / "kept")[1] == {
        "folder": str(folder / "kept"), "last": 1, "evidence": 2,
    }  # fmt: skip
    assert (folder / "kept/last-1.checkpoint").read_bytes() == asked["4"].checkpoint.data
    evidence = {path.read_bytes() for path in (folder / "kept").glob("evidence-*")}
    assert evidence == {asked["2"].checkpoint.data, asked["3"].checkpoint.data}
    assert told("journal", "evidence", folder / "none", "--out", folder / "kept")[0] == 7


def test_what_the_log_signed_against_itself_is_refused_by_one_who_saw_more(place):
    folder, told, vkeys = place
    origin = parse_vkey(vkeys["log"]).name
    for name, each in {"first": request(origin, 0, 7), "other": request(origin, 0, 7, FORKED)}.items():
        (folder / name).write_bytes(each.data)
    assert told("witness", folder / "first", *options(folder, vkeys))[0] == 0
    assert (folder / "first.cosignature").exists()
    code, answered = told("witness", folder / "other", *options(folder, vkeys))
    assert (code, answered[str(folder / "other")]) == (9, "REFUSED (409): two roots of one size: 7 entries")
    assert not (folder / "other.cosignature").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["witness", "--state", "s", "--key", "log.pem", "--name", "a", "--log", "{log}"],
        [
            "witness",
            "r",
            "--listen",
            "127.0.0.1:0",
            "--state",
            "s",
            "--key",
            "log.pem",
            "--name",
            "a",
            "--log",
            "{log}",
        ],
        ["witness", "--listen", "here", "--state", "s", "--key", "log.pem", "--name", "a", "--log", "{log}"],
        ["witness", "r", "--state", "s", "--key", "log.pem", "--name", "a b", "--log", "{log}"],
        ["journal", "vkey", "log.pem"],
        ["journal", "vkey", "log.pem", "--mission-id", "a", "--witness", "b"],
        ["journal", "vkey", "log.pem", "--witness", "a b"],
    ],
)
def test_a_wrong_call_is_told(place, monkeypatch, words):
    folder, told, vkeys = place
    monkeypatch.chdir(folder)
    assert told(*(word.replace("{log}", vkeys["log"]) for word in words))[0] == 2


@pytest.fixture
def served(place):
    """Return a function that posts to a witness which listens on this machine, and its folder and vkeys."""
    folder, _, vkeys = place
    command = [
        sys.executable,
        "-m",
        "trucewatch",
        "witness",
        *map(str, options(folder, vkeys)),
        "--listen",
        "127.0.0.1:0",
        "--json",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    address = json.loads(process.stdout.readline())["listening"]

    def post(data, path="/add-checkpoint", length=None):
        connection = http.client.HTTPConnection(address, timeout=30)
        connection.putrequest("POST", path)
        if length != "":
            connection.putheader("Content-Length", str(len(data)) if length is None else length)
        connection.endheaders(data)
        response = connection.getresponse()
        return response.status, response.getheader("Content-Type"), response.read().decode()

    yield post, folder, vkeys
    process.terminate()
    process.communicate(timeout=30)


def test_a_log_is_cosigned_over_http(served):
    post, folder, vkeys = served
    origin = parse_vkey(vkeys["log"]).name
    status, _, body = post(request(origin, 0, 7).data, "/w1/add-checkpoint")
    assert status == 200
    cosigned = request(origin, 0, 7).checkpoint.with_signatures([parse_signature(body)])
    assert len(cosigned_at(cosigned, parse_vkey(vkeys["witness"]))) == 1
    assert post(request(origin, 0, 12).data) == (409, "text/x.tlog.size", "7\n")
    assert post(request(origin, 7, 12, FORKED).data)[0] == 422
    assert post(request("river-line/other", 7, 12).data)[0] == 404
    assert post(b"nothing")[0] == 400
    assert post(b"", "/")[0] == 404
    assert post(b"", length="")[0] == 413
    assert post(b"", length="9" * 9)[0] == 413
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(post(request(origin, 7, 12).data)[0])) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [200, 409, 409, 409]
    with Witnessed(folder / "state").turn() as turn:
        assert turn.last(origin) == request(origin, 0, 12).checkpoint.data
