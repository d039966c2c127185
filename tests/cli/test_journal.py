"""The journal by its commands: sealed, witnessed, exported, verified, compared, proved."""

import datetime as dt
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from journal_made import BEGIN, BORYS, LOG, ORIGIN, PAPER, STATE, TRUST, begun, journal_of, secret
from trucewatch.cli.main import main
from trucewatch.journal import (
    ED25519,
    Receipt,
    VerifierKey,
    leaf_hash,
    origin_of,
    parse_proof,
    sign_receipt,
    verify_proof,
)
from trucewatch.journal.entry import told_time
from trucewatch.mission.document import parse_mission
from trucewatch.store import write_files

ROOT = pathlib.Path(__file__).parents[2]
KEYS = ["--log", str(TRUST.log), "--guarantor", str(TRUST.witnesses[0].key), "--witness", str(TRUST.witnesses[1].key)]


@pytest.fixture
def told(capsys):
    """Return a function that calls a command and returns its exit code and what it printed."""

    def call(*words):
        capsys.readouterr()
        code = main([*map(str, words), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else err

    return call


@pytest.fixture
def copy(tmp_path):
    write_files(tmp_path / "copy", journal_of().copy().files)
    return tmp_path / "copy"


def pem(path, key):
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def sealed(place, told, mission_id="donbas-minsk"):
    """Return a mission's document and store whose journal two witnesses have seen; the document in the folder, if there is one."""
    mission = place / "mission.toml"
    if not mission.exists():
        shutil.copyfile(ROOT / "missions/donbas-minsk.toml", mission)
    text = mission.read_text()
    assert main(["journal", "checkpoint", "--store", str(place / "store"), "--mission", str(mission)]) == 7, (
        "no store yet"
    )
    (place / "store").mkdir()
    code, first = told("journal", "checkpoint", "--store", place / "store", "--mission", mission)
    assert (code, first["entries"]) == (0, 1)
    log = told("journal", "vkey", place / "store.keys/log.pem", "--mission-id", mission_id)[1]["vkey"]
    names = {"state": Ed25519PrivateKey.generate(), "paper": Ed25519PrivateKey.generate()}
    section = f'\n[journal]\nlog = "{log}"\n'
    for name, key in names.items():
        vkey = told("journal", "vkey", pem(place / f"{name}.pem", key), "--witness", f"{name}.example")[1]["vkey"]
        guarantor = "true" if name == "state" else "false"
        section += f'[[journal.witnesses]]\nvkey = "{vkey}"\nname = "{name}"\nguarantor = {guarantor}\n'
    mission.write_text(text + section)
    where = ("--store", place / "store", "--mission", mission)
    for name in names:
        assert told("journal", "request", *where, "--witness", name, "--out", place / f"{name}.request")[0] == 0
        key = (
            "--state",
            place / f"{name}.state",
            "--key",
            place / f"{name}.pem",
            "--name",
            f"{name}.example",
            "--log",
            log,
        )
        assert told("witness", place / f"{name}.request", *key)[0] == 0
        assert told("journal", "cosign", place / f"{name}.cosignature", *where) == (0, {name: 1})
    return where


def test_from_a_store_to_a_copy_that_witnesses_vouch_for(tmp_path, told):
    where = sealed(tmp_path, told)
    assert told("journal", "export", *where, "--out", tmp_path / "copy")[1]["entries"] == 1
    code, verified = told("journal", "verify", tmp_path / "copy", *where[2:])
    assert (code, verified["holds"], verified["problems"], verified["lacks"]) == (0, True, [], [])
    assert (verified["independently_witnessed"], verified["witnessed"]) == (1, {"state": 1, "paper": 1})
    assert told("journal", "export", *where, "--out", tmp_path / "copy")[0] == 2, "not into a folder with files"
    assert told("journal", "request", *where, "--witness", "nobody", "--out", tmp_path / "x")[0] == 2
    (tmp_path / "bad").write_bytes(b"\xff")
    assert told("journal", "cosign", tmp_path / "bad", *where)[0] == 9


def test_a_mission_whose_log_is_another_missions_is_refused(tmp_path, told):
    where = sealed(tmp_path, told)
    text = where[3].read_text().replace('mission_id = "donbas-minsk"', 'mission_id = "other"')
    where[3].write_text(text)
    code, said = told("journal", "verify", tmp_path, "--mission", where[3])
    assert code == 3
    assert "not the key of the log of other" in said


def test_a_copy_is_verified_with_keys_alone(copy, told):
    for words in ((), ("--no-authors",)):
        code, verified = told("journal", "verify", copy, *KEYS, *words)
        assert (code, verified["holds"], verified["entries"], verified["lacks"]) == (0, True, 50, [])


def test_an_entry_against_a_rule_of_people_is_named_although_it_is_signed(tmp_path, told):
    made = begun()
    made.add_key(secret(9), roles=["auditor"])
    made.deliver(secret(9), 1)
    made.seal(PAPER, STATE)
    write_files(tmp_path / "copy", made.copy().files)
    code, verified = told("journal", "verify", tmp_path / "copy", *KEYS)
    assert (code, len(verified["problems"])) == (9, 1)
    assert verified["problems"][0].startswith("entries.jsonl line 5: breaks a rule of people: ")
    assert told("journal", "verify", tmp_path / "copy", *KEYS, "--no-authors")[0] == 0


def test_what_is_wrong_is_printed_and_ends_with_the_code_of_the_journal(copy, capsys):
    data = (copy / "entries.jsonl").read_bytes()
    (copy / "entries.jsonl").write_bytes(data.replace(b'"bytes":29', b'"bytes":28'))
    assert main(["journal", "verify", str(copy), *KEYS]) == 9
    out = capsys.readouterr().out
    assert re.search(r"holds +False", out)
    assert "problem: entries.jsonl line 30: changed: entry 29 of the log is" in out
    assert "problem: entries.jsonl line 30: the author's signature does not hold" in out


def test_a_copy_without_an_independent_witness_is_accepted_only_when_asked(copy, told):
    keys = [*KEYS[:4], "--no-authors"]
    code, verified = told("journal", "verify", copy, *keys)
    assert (code, verified["independently_witnessed"]) == (9, 0)
    assert "no witness that is no guarantor vouches" in verified["problems"][0]
    code, verified = told("journal", "verify", copy, *keys, "--unwitnessed")
    assert (code, verified["holds"]) == (0, True)
    assert any("is cosigned by a witness that is no guarantor" in lack for lack in verified["lacks"])


def test_a_checkpoint_from_elsewhere_is_held_against_a_copy(copy, told, tmp_path):
    other = begun()
    other.deliver(BORYS, 1)
    (tmp_path / "forked").write_bytes(other.seal(PAPER).data)
    code, verified = told("journal", "verify", copy, *KEYS, "--no-authors", "--against", tmp_path / "forked")
    assert code == 9
    assert "two faces" in verified["problems"][0]
    kept = copy / "checkpoints/000000000020.checkpoint"
    assert told("journal", "verify", copy, *KEYS, "--no-authors", "--against", kept)[0] == 0


def test_two_faces_are_proved_by_two_files(copy, told, tmp_path):
    made = journal_of(count=30)
    made.checkpoints.pop()
    made.deliver(BORYS, 777)
    made.seal(PAPER)
    write_files(tmp_path / "other", made.copy().files)
    words = ("journal", "compare", copy, tmp_path / "other", "--log", TRUST.log, "--out", tmp_path / "proof")
    code, compared = told(*words)
    assert (code, compared["agree"], compared["shared"]) == (9, False, 30)
    assert "two faces" in compared["problems"][1]
    assert sorted(path.name for path in (tmp_path / "proof").iterdir()) == ["one.checkpoint", "two.checkpoint"]
    assert told("journal", "compare", copy, copy, "--log", TRUST.log)[1]["agree"]


def test_an_entry_is_proved_to_one_who_has_nothing_else(copy, told, tmp_path):
    line = (copy / "entries.jsonl").read_bytes().split(b"\n")[7]
    assert (
        told("journal", "prove", copy, "--entry", 7, "--out", tmp_path / "p.tlog-proof")[1]["id"]
        == leaf_hash(line).hex()
    )
    proof = parse_proof((tmp_path / "p.tlog-proof").read_bytes())
    verify_proof(proof, leaf_hash(line), TRUST.log)
    assert told("journal", "prove", copy, "--entry", 50, "--out", tmp_path / "p")[0] == 2
    shutil.rmtree(copy / "checkpoints")
    assert told("journal", "prove", copy, "--entry", 7, "--out", tmp_path / "p")[0] == 9


@pytest.mark.parametrize(
    "words",
    [
        ["verify", "copy"], ["verify", "copy", "--log", "x", "--mission", "m"],
        ["verify", "copy", "--mission", "m", "--witness", "w"], ["verify", "copy", "--log", str(TRUST.witnesses[0].key)],
    ],
)  # fmt: skip
def test_whom_to_believe_must_be_said_once(words, told):
    assert told("journal", *words)[0] == 2


def test_a_folder_that_is_no_copy_is_told(told, tmp_path):
    assert told("journal", "verify", tmp_path / "none", *KEYS)[0] == 7
    assert told("journal", "verify", tmp_path, *KEYS)[0] == 9


def test_many_signatures_are_spread_over_processes(copy, told, monkeypatch):
    monkeypatch.setattr("trucewatch.cli.journal.MANY", 10)
    assert told("journal", "verify", copy, *KEYS)[0] == 0
    data = (copy / "entries.jsonl").read_bytes()
    (copy / "entries.jsonl").write_bytes(data.replace(b'"bytes":29', b'"bytes":28'))
    code, verified = told("journal", "verify", copy, *KEYS)
    assert (code, len(verified["problems"])) == (9, 2)
    assert "line 30: the author's signature does not hold" in verified["problems"][1]


def test_a_receipt_that_was_kept_and_one_that_was_not(tmp_path, told, world):
    """The log gives a receipt for bytes that it enters, and one for bytes that it leaves out."""
    where = sealed(world, told, "demo")
    for name in ("entered", "left_out"):
        (tmp_path / name).write_bytes(name.encode())
        code, given = told(
            "journal", "receipt", tmp_path / name, "--source", "patrol", *where, "--out", tmp_path / f"{name}.receipt"
        )
        assert code == 0
        assert given["delivery"].startswith("patrol-")
    made = begun()
    receipts = {}
    for name in ("entered", "left_out"):
        data = hashlib.sha256(name.encode()).hexdigest()
        receipts[name] = Receipt(ORIGIN, f"diary-{data[:16]}", data, len(name), BEGIN, BEGIN + dt.timedelta(hours=24))
        (tmp_path / f"{name}.receipt").write_bytes(sign_receipt(receipts[name], LOG))
    body = {
        "delivery_id": receipts["entered"].delivery_id,
        "sha256": receipts["entered"].sha256,
        "bytes": 7,
        "commitment": "",
    }
    made.write("delivery", BORYS, None, **body, source_id="diary", received_utc=told_time(BEGIN))
    made.seal(PAPER)
    write_files(tmp_path / "early", made.copy().files)
    made.checkpoints.pop()
    made.seal(PAPER, at_utc=BEGIN + dt.timedelta(hours=25))
    write_files(tmp_path / "later", made.copy().files)
    for name, folder, code, promise in [
        ("entered", "early", 0, "included"), ("left_out", "early", 0, "pending"), ("entered", "later", 0, "included"),
        ("left_out", "later", 9, "omitted"),
    ]:  # fmt: skip
        got, checked = told(
            "journal", "check-receipt", tmp_path / f"{name}.receipt", "--copy", tmp_path / folder, *KEYS
        )
        assert (got, checked["promise"]) == (code, promise)
    assert told("journal", "prove", tmp_path / "later", "--entry", 3, "--out", tmp_path / "proof")[0] == 0
    code, checked = told("journal", "check-receipt", tmp_path / "entered.receipt", "--proof", tmp_path / "proof", *KEYS)
    assert (code, checked["promise"], checked["entry"], checked["checkpoint_over"]) == (0, "included", 3, 4)
    assert told("journal", "check-receipt", tmp_path / "left_out.receipt", "--proof", tmp_path / "proof", *KEYS)[0] == 9
    assert told("journal", "check-receipt", tmp_path / "entered.receipt", *KEYS)[0] == 2
    damaged = (tmp_path / "later/entries.jsonl").read_bytes().replace(b"person 1", b"person 2")
    (tmp_path / "later/entries.jsonl").write_bytes(damaged)
    code, said = told("journal", "check-receipt", tmp_path / "left_out.receipt", "--copy", tmp_path / "later", *KEYS)
    assert code == 9
    assert "does not hold shows nothing" in said


@pytest.fixture
def serving():
    """Return a function that starts a witness which listens on this machine, and gives its address; it ends with the test."""
    running = []

    def start(*words):
        command = [sys.executable, "-m", "trucewatch", "witness", *map(str, words), "--listen", "127.0.0.1:0", "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(process)
        return f"http://{json.loads(process.stdout.readline())['listening']}", process

    yield start
    for process in running:
        process.terminate()
        process.communicate(timeout=30)


def grow(told, where, place, name):
    """Enter a key, so that there is a new entry."""
    public = told("key", "new", "--out", place / f"{name}.key.pem")[1]["public_key"]
    assert told("key", "add", public, "--name", name, "--role", "observer", *where)[0] == 0


def test_witnesses_are_asked_over_http_again_from_where_they_are_and_each_for_itself(tmp_path, told, serving):
    where = sealed(tmp_path, told)
    mission = where[3]
    log = parse_mission(mission.read_bytes(), name="m").journal.log
    assert "not said where the witness answers" in told("journal", "ask", *where)[1]
    as_ = {
        name: (
            "--state",
            tmp_path / f"{name}.state",
            "--key",
            tmp_path / f"{name}.pem",
            "--name",
            f"{name}.example",
            "--log",
            log,
        )
        for name in ("state", "paper")
    }
    urls, processes = zip(*(serving(*as_[name]) for name in as_), strict=True)
    text = mission.read_text()
    for name, url in zip(as_, urls, strict=True):
        text = text.replace(f'name = "{name}"\n', f'name = "{name}"\nurl = "{url}"\n')
    mission.write_text(text)
    grow(told, where, tmp_path, "one")
    assert told("journal", "ask", *where) == (0, {"state": 2, "paper": 2})
    grow(told, where, tmp_path, "two")
    assert told("journal", "checkpoint", *where)[0] == 0
    assert told("journal", "request", *where, "--witness", "paper", "--out", tmp_path / "lost")[0] == 0
    lost = httpx.post(f"{urls[1]}/add-checkpoint", content=(tmp_path / "lost").read_bytes())
    assert lost.status_code == 200, "and its cosignature never comes back: the witness is further than we know"
    grow(told, where, tmp_path, "three")
    assert told("journal", "ask", "--witness", "paper", *where) == (0, {"paper": 4})
    again = told("journal", "export", *where, "--out", tmp_path / "copy")
    assert again[0] == 0
    verified = told("journal", "verify", tmp_path / "copy", "--mission", mission)[1]
    assert verified["witnessed"] == {"state": 2, "paper": 4}
    processes[0].terminate()
    processes[0].wait(timeout=30)
    grow(told, where, tmp_path, "four")
    code, answered = told("journal", "ask", *where)
    assert (code, answered["paper"]) == (8, 5)
    assert "no answer" in answered["state"]


def test_a_witness_that_refuses_is_heard_and_a_server_that_is_none_is_told(tmp_path, told, serving):
    where = sealed(tmp_path, told)
    mission = where[3]
    text = mission.read_text()
    key = VerifierKey(origin_of("donbas-minsk", bytes(32)), ED25519, bytes(32))
    state = (
        "--state",
        tmp_path / "other.state",
        "--key",
        tmp_path / "paper.pem",
        "--name",
        "paper.example",
        "--log",
        key,
    )
    url, _ = serving(*state)

    def at(address):
        mission.write_text(text.replace('name = "paper"\n', f'name = "paper"\nurl = "{address}"\n'))
        return told("journal", "ask", *where)

    code, answered = at(url)
    assert (code, "refuses (404): unknown log" in answered["paper"]) == (9, True)
    for address in ("http://witness.example", "nowhere", "https://:x"):
        code, said = at(address)
        assert (code, "no address that can be asked" in said) == (2, True)


@pytest.mark.parametrize("personal", [False, True])
def test_the_receipt_of_a_file_that_a_run_takes_in_is_kept(tmp_path, told, world, personal):
    """Also of one that tells of persons, whose entry has the hash of its sealed bytes."""
    mapping = next(world.rglob("acoustic.toml"))
    if personal:
        text = mapping.read_text(encoding="utf-8")
        mapping.write_text(text.replace("[manifest]\n", "[manifest]\npersonal = true\n"), encoding="utf-8")
    where = sealed(world, told, "demo")
    file = sorted((world / "data/acoustic").iterdir())[0]
    given = ("journal", "receipt", file, *where, "--out", tmp_path / "receipt", "--source")
    assert "no source of the mission" in told(*given, "nobody")[1]
    assert told(*given, "acoustic")[0] == 0
    hashed = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (hashed in (tmp_path / "receipt").read_text()) is not personal
    run = ("run", world / "mission.toml", "--data", world / "data", "--out", world / "out", "--store", where[1])
    assert told(*run)[0] == 0
    assert told("journal", "export", *where, "--out", tmp_path / "copy")[0] == 0
    check = ("journal", "check-receipt", tmp_path / "receipt", "--copy", tmp_path / "copy", "--mission", where[3])
    code, checked = told(*check)
    assert (code, checked["promise"]) == (0, "included")
    if personal:
        assert hashed.encode() not in (tmp_path / "copy/entries.jsonl").read_bytes()
