"""A mission of people from the command line: keys, decisions, a correction, a reply, a release, a bundle on a stick."""

import dataclasses
import shutil

import polars as pl

from trucewatch.store import open_store


def files(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_once_two_could_approve_a_key_two_must(mission):
    made = mission.call("key", "new", "--out", mission.folder / "sock.pem", here=False)
    assert (mission.folder / "sock.pem").stat().st_mode & 0o777 == 0o600
    mission.call("key", "new", "--out", mission.folder / "sock.pem", here=False, exit_code=2)
    argv = ("key", "add", made["public_key"], "--name", "sock", "--state", "DEU", "--role", "verifier")
    alone = mission.call(*argv)  # the station, which founded the journal and was sent by no state
    assert alone["status"] == "waiting"
    assert "two_states" in mission.call("approve", alone["entry"], key="safe", exit_code=11)
    entry = mission.both("kim", "safe", *argv, "--until", "2027-01-01")
    people = mission.call("key", "list")["people"]
    (sock,) = (each for each in people if each["name"] == "sock")
    assert (sock["key"], sock["until_utc"], sock["revoked"]) == (made["key"], "2027-01-01T00:00:00.000000Z", False)
    mission.call("key", "revoke", made["key"], "--reason", "it was made for a test", key="kim")
    assert "revoked" in mission.call("approve", entry, key="sock", exit_code=11)


def test_a_decision_of_two_people_reaches_the_report_beside_the_machine_s(mission):
    first = mission.call("queue", "--most", "1")["queue"][0]
    assert first["kind"] in ("incident", "pair")
    incident = next(
        each["subject"] for each in mission.call("queue", "--most", "99")["queue"] if each["kind"] == "incident"
    )
    assert "reason" in mission.call("decide", "confirmed", incident, "--reason", "short", key="vera", exit_code=11)
    assert "verb" in mission.call(
        "decide", "confirmed", incident, "--reason", "seen from the road", key="ruth", exit_code=11
    )
    entry = mission.call("decide", "rejected", incident, "--reason", "a quarry, seen from the road", key="vera")[
        "entry"
    ]
    top = mission.call("queue", "--most", "1")["queue"][0]
    assert (top["kind"], top["subject"]) == ("approval", entry)
    assert "two_people" in mission.call("approve", entry, key="vera", exit_code=11)
    mission.call("approve", entry, key="victor")
    assert f"incident:{incident}" not in {each["task"] for each in mission.call("queue", "--most", "9999")["queue"]}
    correction = (
        "correct",
        "report:2026-03-15",
        "--what",
        "It was seven, not six.",
        "--reason",
        "one was counted twice",
    )
    mission.both("rhea", "ruth", *correction)
    mission.run()
    row = mission.table("verdicts").row(0, named=True)
    assert (row["incident_id"], row["decision"], row["status"], row["rests_on_all"]) == (
        incident,
        "rejected",
        "in_force",
        True,
    )
    assert mission.table("corrections")["what"].to_list() == ["It was seven, not six."]


def test_same_and_different_are_obeyed_by_the_next_run(mission):
    members = mission.table("members")
    one = members.group_by("incident_id").agg("observation_id").filter(pl.col("observation_id").list.len() == 2)
    a, b = sorted(one.sort("incident_id")["observation_id"][0])
    mission.both("vera", "victor", "decide", "different", a, b, "--reason", "two streets, an hour apart")
    mission.run()
    after = dict(mission.table("members").iter_rows())
    assert after[a] != after[b]
    mission.both("victor", "vera", "decide", "same", a, b, "--reason", "the streets are one street", "--settle")
    mission.run()
    after = dict(mission.table("members").iter_rows())
    assert after[a] == after[b]


def test_a_preliminary_finding_and_its_reply_are_printed_side_by_side(mission):
    table = mission.table("findings").filter((pl.col("reading") == "text") & (pl.col("clause_id") == "ceasefire"))
    late = (
        mission.table("incidents")
        .sort("start_utc")
        .join(table, on="incident_id", how="semi")["incident_id"]
        .to_list()[-1]
    )
    finding = f"{late}|ceasefire"
    notice = ("notice", finding, "--reason", "a preliminary finding")
    assert "equal_hours" in mission.call(*notice, "--hours", "12", key="rhea", exit_code=11)
    sent = mission.both("rhea", "ruth", *notice, "--hours", "48")
    said = mission.folder / "said.txt"
    said.write_text("It was an <b>exercise</b>.", encoding="utf-8")
    reply = ("reply", finding, "--text", said, "--notice", sent[:12])
    assert "no party of the agreement" in mission.call(*reply, "--party", "nobody", key="lia", exit_code=11)
    mission.call(*reply, "--party", "calder", key="lia")
    mission.run()
    page = mission.page()
    assert "Preliminary findings and replies" in page
    assert "It was an &lt;b&gt;exercise&lt;/b&gt;." in page
    assert "Merrow has not replied. That is no admission." in page
    assert mission.table("replies")["hours"].to_list() == [48, 48]
    assert (
        next(each for each in mission.call("queue", "--most", "9999")["queue"] if each["task"] == f"incident:{late}")[
            "clock"
        ]
        > 0
    )


def test_a_mission_whose_rules_are_not_in_force_is_told(mission, tmp_path):
    shutil.copytree(mission.world, tmp_path / "world")
    other = dataclasses.replace(mission, world=tmp_path / "world")
    document = tmp_path / "world/mission.toml"
    document.write_text(document.read_text(encoding="utf-8") + '\n[verify]\nalone = ["release"]\n', encoding="utf-8")
    other.run()
    assert "one person alone may release" not in other.page()
    assert "is not in force" in other.page()
    other.both("kim", "safe", "key", "rules", "--reason", "we are too few now")
    other.run()
    assert "one person alone may release" in other.page()


def test_a_report_leaves_by_two_people_with_the_bytes_that_were_approved(mission):
    mission.run("public")
    assert all(told in mission.page("public") for told in ("No release is recorded", "Proof – not released"))
    proof = files(mission.folder / "out/report-public")
    propose = ("release", "propose", "--day", "2026-03-16", "--audience", "public")
    assert "verb" in mission.call(*propose, key="vera", exit_code=11)
    release = mission.call(*propose, key="rhea")["entry"]
    publish = ("release", "publish", release[:10], "--out", mission.folder / "out")
    assert "not in force" in mission.call(*publish, exit_code=6)
    mission.call("approve", release, key="ruth")
    report = ("report", "--at", release, "--store", mission.store, "--out")
    mission.call(*report, mission.folder / "early", here=False)
    assert files(mission.folder / "early/report-public") == proof, "nothing else was made of it yet"
    mission.call(*publish)
    assert "Released by rhea, ruth" in mission.page("public")
    assert mission.call(*report, mission.folder / "then", here=False)["differ"] == []
    assert files(mission.folder / "then/report-public") == files(mission.folder / "out/report-public")
    mission.call(*report, mission.folder / "proof", "--proof", here=False)
    assert files(mission.folder / "proof/report-public") == proof
    size = mission.call("bundle", "export", "--out", mission.folder / "stick")["entries"]
    mission.call("report", "--at", size, "--store", mission.store, "--out", mission.folder / "at", here=False)
    assert files(mission.folder / "at/report-public") == files(mission.folder / "out/report-public")
    mission.call("report", "--at", size - 1, "--store", mission.store, "--out", mission.folder / "before", here=False)
    assert files(mission.folder / "before/report-public") == proof, "it was approved, and not published by then"
    assert "Proof" not in mission.page("public")
    again = mission.folder / "again"
    assert "another release came between" in mission.call(*propose, key="rhea", exit_code=6)
    mission.call("release", "publish", release, "--out", again)
    assert (again / "report-public/index.html").read_bytes() == (
        mission.folder / "out/report-public/index.html"
    ).read_bytes()
    mission.run("public")
    pruned = mission.call("prune", "--store", mission.store, "--generations", "0", "--remove", here=False)
    assert pruned["generations_let_go"] > 0
    mission.call(*report, mission.folder / "kept", here=False)
    assert files(mission.folder / "kept/report-public") == files(again / "report-public"), "no release is let go"
    veto = mission.call("approve", release, "--refuse", "--reason", "it names a witness's house", key="safe")
    assert veto["status"] == "vetoed"
    assert "vetoed" in mission.call(*publish, exit_code=6)


def test_a_stick_brings_decisions_made_apart_and_loses_none(mission, tmp_path):
    incident = next(
        each["subject"] for each in mission.call("queue", "--most", "99")["queue"] if each["kind"] == "incident"
    )
    shutil.copytree(mission.folder, tmp_path / "apart")
    apart = dataclasses.replace(mission, folder=tmp_path / "apart")
    here = mission.both("vera", "victor", "decide", "confirmed", incident, "--reason", "seen from the road")
    there = apart.both("victor", "vera", "decide", "rejected", incident, "--reason", "a quarry, seen from the hill")
    stick = tmp_path / "stick.bundle"
    size = apart.call("decide", "unsure", incident, "--reason", "nobody could see it", key="anna")["position"] + 1
    assert apart.call("bundle", "export", "--out", stick)["entries"] == size
    told = mission.call("bundle", "import", stick, key="vera")
    assert (told["taken"], told["refused"]) == (3, 0)
    assert mission.call("bundle", "import", stick, key="vera")["taken"] == 0
    mission.run()
    verdicts = mission.table("verdicts")
    assert {(row["verdict_id"], row["status"]) for row in verdicts.iter_rows(named=True)} >= {
        (here, "contradicted"),
        (there, "contradicted"),
    }
    stick.write_bytes(stick.read_bytes()[:-1])
    assert "the end is missing" in mission.call("bundle", "import", stick, key="vera", exit_code=9)


def test_a_redaction_by_two_destroys_the_key_at_once(mission):
    with open_store(mission.store) as store:
        subject = store.locker.new_subject(b"a witness")
    entry = mission.call("redact", subject, "--reason", "the witness asked for it", key="rhea")["entry"]
    with open_store(mission.store) as store:
        assert not store.locker.is_redacted(subject)
    mission.call("approve", entry, key="safe")
    with open_store(mission.store) as store:
        assert store.locker.is_redacted(subject)


def test_a_task_is_claimed_by_one_and_given_back_from_the_command_line(mission):
    task = mission.call("queue", "--most", "1")["queue"][0]["task"]

    def held():
        queue = mission.call("queue", "--most", "9999")["queue"]
        return next(each["claimed_by"] for each in queue if each["task"] == task)

    assert "no such task" in mission.call("claim", "incident:none", key="vera", exit_code=2)
    assert "verb" in mission.call("claim", task, key="lia", exit_code=11)
    assert "at most" in mission.call("claim", task, "--minutes", "600", key="vera", exit_code=11)
    mission.call("claim", task, key="vera")
    assert held() == "vera"
    for more in ((), ("--release",)):
        assert "claimed" in mission.call("claim", task, *more, key="victor", exit_code=11)
    mission.call("claim", task, "--release", key="vera")
    assert held() is None
    mission.call("claim", task, key="victor")
    assert held() == "victor"
