"""Every command as a person calls it: what it writes, what it prints where, and its exit code."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unicodedata

import polars as pl
import pytest

from trucewatch.cli.main import COMMANDS, main
from trucewatch.store import read_table

NOW = ("--now", "2026-03-18T09:00:00")


@pytest.fixture
def call(capsys):
    """Return a function that calls the command and returns exit code, stdout and stderr."""

    def called(*tokens: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(token) for token in tokens])
        return code, *capsys.readouterr()

    return called


@pytest.fixture(scope="module")
def ran(made, tmp_path_factory):
    """Return the output folder of `run` on the simulated mission; do not change it."""
    out = tmp_path_factory.mktemp("out")
    assert main(["run", str(made / "mission.toml"), "--data", str(made / "data"), "--out", str(out), *NOW]) == 0
    return out


def harmless(text: str) -> bool:
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs") for c in text)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(call, command):
    code, out, err = call(*command.split(), "--help")
    assert (code, err) == (0, "")
    assert f"Usage: trucewatch {command}" in out


def test_the_help_tells_every_command_and_exit_code(call):
    code, out, _ = call("--help")
    assert code == 0
    assert all(f"│ {command.split()[0]} " in out for command in COMMANDS)
    flat = " ".join(out.split())
    assert all(f"{number} {word}" in flat for number, word in ((0, "done"), (7, "missing"), (130, "interrupted")))


def test_run_writes_a_report_and_says_so_in_one_json_object(call, world):
    out = world / "out"
    code, told, progress = call(
        "run", world / "mission.toml", "--data", world / "data", "-o", out, "--day", "2026-03-16", *NOW, "--json"
    )
    assert code == 0
    result = json.loads(told)
    assert result["report"] == str(out / "report/index.html")
    assert pathlib.Path(result["report"]).is_file()
    assert result["rows_in"] > result["set_aside"] > 0
    assert progress.startswith("seconds: load ")


def test_run_without_json_prints_lines_and_notes_go_to_stderr(call, world):
    (world / "data/acoustic/x\x1b[2J\u202e.csv").write_bytes(b"")
    code, told, progress = call("run", world / "mission.toml", "--data", world / "data", "-o", world / "out", *NOW)
    assert code == 0
    assert "rows in" in told
    assert "note: acoustic/x�[2J�.csv: the file is empty" in progress
    assert harmless(told + progress)


def test_what_is_no_observation_is_written_beside_it(call, tmp_path):
    """Claims and warnings stand in tables of their own, and are counted."""
    (tmp_path / "claims.csv").write_text(
        "id,claimant,accused,said,from,to,area,number,low,high,unit,definition,clause,words,citation\n"
        "c1,calder,merrow,,2026-03-15,,,60,,,incidents,,,,Bulletin 1\n"
        "c2,calder,merrow,,2026-03-16,,,many,,,incidents,,,,Bulletin 2\n",
        encoding="utf-8",
    )
    out = tmp_path / "o.parquet"
    code, told, _ = call("observe", "--source", "claims", tmp_path / "claims.csv", "-o", out, "--json")
    assert code == 0
    result = json.loads(told)
    assert (result["observations"], result["claims"], result["rows_in"], result["set_aside"]) == (0, 1, 2, 1)
    assert read_table(tmp_path / "o.claims.parquet", "claims")["number_low"].to_list() == [60]
    assert read_table(out, "observations").is_empty()
    assert sorted(path.name for path in tmp_path.glob("o.*")) == [
        "o.claims.parquet",
        "o.parquet",
        "o.set_aside.parquet",
    ]


def test_the_stages_one_after_another_on_files(call, made, tmp_path):
    """Observe, fuse, judge: each writes tables that keep every rule, and feeds the next."""
    observed = []
    for source, folder, more in (
        ("patrol", "patrol", ()), ("firms", "firms", ()), ("table", "acoustic", ("--option.mapping", "mappings/acoustic.toml")),
    ):  # fmt: skip
        files = sorted((made / "data" / folder).iterdir())
        if more:
            (tmp_path / "mappings").mkdir()
            (tmp_path / more[1]).write_bytes((made / more[1]).read_bytes())
            files = [(tmp_path / file.name) for file in files if (tmp_path / file.name).write_bytes(file.read_bytes())]
        out = tmp_path / f"{folder}.parquet"
        code, told, _ = call(
            "observe", "--source", source, *files, "-o", out, "--time-zone", "Atlantic/Azores", *more, "--json"
        )
        assert code == 0
        result = json.loads(told)
        aside = read_table(tmp_path / f"{folder}.set_aside.parquet", "set_aside")
        observed.append(read_table(out, "observations"))
        assert result["rows_in"] == sum((observed[-1].height, aside.height, result["repeated"], result["superseded"]))
        assert sum(result["rules"].values()) == aside.height
    rows = pl.concat(observed)
    rows.write_parquet(tmp_path / "all.parquet")
    code, told, _ = call("fuse", tmp_path / "all.parquet", "-o", tmp_path / "fused", "--json")
    assert (code, json.loads(told)["observations"]) == (0, rows.height)
    fused = {name: read_table(tmp_path / f"fused/{name}.parquet", name) for name in ("incidents", "members", "pairs")}
    assert sorted(fused["members"]["observation_id"]) == sorted(rows["observation_id"])
    code, told, _ = call(
        "judge", tmp_path / "fused/incidents.parquet", "--agreement", made / "agreements/demo-line/agreement.toml",
        "-o", tmp_path / "judged", "--json",
    )  # fmt: skip
    assert code == 0
    findings, tallies = (read_table(tmp_path / f"judged/{name}.parquet", name) for name in ("findings", "tallies"))
    assert set(findings["incident_id"]) <= set(fused["incidents"]["incident_id"])
    by_word = dict(tallies.group_by("conformity").agg(pl.col("incidents").sum()).iter_rows())
    assert json.loads(told) == by_word | {"folder": str(tmp_path / "judged")}


def test_the_stages_on_the_tables_of_a_run_give_its_incidents_and_findings(call, made, ran, tmp_path):
    tables = ran / "tables"
    code, *_ = call("fuse", tables / "observations.parquet", "-o", tmp_path, "--model", tables / "source_model.parquet")
    assert code == 0
    both = {
        name: [read_table(folder / f"{name}.parquet", name) for folder in (tmp_path, tables)]
        for name in ("incidents", "members", "pairs")
    }
    # fuse alone has no manifests, so it cannot know who copies whom: it may count a copy as a source of its own
    alone, of_run = (frame["independent_sources"] for frame in both["incidents"])
    assert (alone >= of_run).all()
    both["incidents"] = [frame.drop("independent_sources") for frame in both["incidents"]]
    for name, (one, other) in both.items():
        assert one.equals(other), name
    agreement = made / "agreements/demo-line/agreement.toml"
    code, *_ = call("judge", tables / "incidents.parquet", "--agreement", agreement, "-o", tmp_path)
    assert code == 0
    for name in ("findings", "tallies"):
        assert read_table(tmp_path / f"{name}.parquet", name).equals(read_table(tables / f"{name}.parquet", name)), name


def test_report_renders_the_same_page_from_tables(call, made, ran, tmp_path):
    again = ("--mission", made / "mission.toml", "--day", "2026-03-16", *NOW, "--json")
    code, told, _ = call("report", ran / "tables", *again, "-o", tmp_path / "one")
    assert (code, json.loads(told)["audience"]) == (0, "internal")
    call("report", ran / "tables", *again, "-o", tmp_path / "two")
    pages = [(tmp_path / name / "report/index.html").read_bytes() for name in ("one", "two")]
    assert pages[0] == pages[1]
    code, told, _ = call("report", ran / "tables", *again, "-o", tmp_path, "--audience", "public")
    assert (code, json.loads(told)["report"]) == (0, str(tmp_path / "report-public/index.html"))


def test_judge_says_when_a_text_was_never_in_force(call, ran, scenario, tmp_path):
    proposal = scenario.parents[2] / "agreements/us-proposal-2025/agreement.toml"
    how = ("judge", ran / "tables/incidents.parquet", "--agreement", proposal, "-o", tmp_path, "--json")
    code, told, progress = call(*how)
    assert (code, set(json.loads(told))) == (0, {"not_in_force", "outside_scope", "folder"} & set(json.loads(told)))
    assert "never in force; nothing is contrary to it" in progress
    span = ("--supposed-start", "2026-03-01T00:00:00", "--supposed-end", "2026-04-01T00:00:00")
    code, told, _ = call(*how, *span)
    assert code == 0
    assert json.loads(told)["would_be_contrary"] > 0
    assert "contrary" not in json.loads(told)
    assert call(*how, *span[:2])[0] == 2


def test_simulate_is_the_same_for_one_seed(call, scenario, made, tmp_path):
    code, told, _ = call("simulate", scenario, "-o", tmp_path / "same", "--json")
    assert code == 0
    assert json.loads(told)["events"] > 0
    for path in made.rglob("*"):
        if path.is_file():
            assert (tmp_path / "same" / path.relative_to(made)).read_bytes() == path.read_bytes(), path
    assert call("simulate", scenario, "-o", tmp_path / "other", "--seed", "3")[0] == 0
    events = [tmp_path / name / "truth/events.parquet" for name in ("same", "other")]
    assert events[0].read_bytes() != events[1].read_bytes()


def test_demo_simulates_runs_and_scores(call, scenario, tmp_path, monkeypatch):
    monkeypatch.chdir(scenario.parents[2])
    code, told, _ = call("demo", "-o", tmp_path / "demo", "--json")
    assert code == 0
    result = json.loads(told)
    assert pathlib.Path(result["report"]).is_file()
    assert 0 < result["truth"]["pair_precision"] <= 1
    monkeypatch.chdir(tmp_path)
    assert call("demo", "-o", tmp_path / "none")[0] == 7


def test_schema_and_sources_print_json(call):
    for kind in ("agreement", "mission", "scenario", "manifest", "mapping"):
        code, told, err = call("schema", kind)
        assert (code, err, json.loads(told)["type"]) == (0, "", "object")
    code, told, err = call("sources", "--json")
    assert (code, err) == (0, "")
    assert {"firms", "patrol", "table", "ucdp_ged"} <= set(json.loads(told))
    assert "NASA" in call("sources")[1]


def test_check_tells_every_error_of_every_file_at_once(call, made, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('mission_id = "x"\ntitel = 1\ncut_off = "25:00"\n')
    good = made / "mission.toml"
    code, told, err = call("check", good, bad)
    assert code == 3
    assert told == f"{good}: a good mission\n"
    assert f"{bad}:2: titel" in err
    assert f"{bad}:3: cut_off" in err
    code, told, err = call("check", good, bad, "--json")
    assert (code, err) == (3, "")
    assert len(json.loads(told)["problems"]) > 4
    assert call("check", good, "--json") == (0, '{"files": 1, "problems": []}\n', "")


def wrong_calls(w: pathlib.Path):
    """Return (exit code, what stderr tells, tokens) of calls that fail, each for its own reason."""
    run = ("run", w / "mission.toml", "--data", w / "data", "-o", w / "out", *NOW)
    observe = ("observe", "-o", w / "o.parquet", "--source")
    judge = ("judge", w / "t.parquet", "--agreement", w / "agreements/demo-line/agreement.toml", "-o", w / "j")
    return [
        (2, "nothing", ("nothing",)),
        (2, "requires an argument", ("run",)),
        (2, "--day", (*run, "--day", "2026-13-01")),
        (2, "no mission reports such a day", (*run, "--day", "0001-01-01")),
        (2, "no file to take in", (*observe, "firms")),
        (2, "no document to check", ("check",)),
        (2, "Is a directory", ("fuse", w, "-o", w / "f")),
        (2, "no such time zone", (*observe, "firms", w / "mission.toml", "--time-zone", "Mars/Base")),
        (3, "'weapon'", ("run", w / "bad.toml", "--data", w / "data", "-o", w / "out")),
        (3, "not TOML", ("simulate", w / "broken.toml", "-o", w / "s")),
        (3, "no such file", ("check", w / "absent.toml")),
        (4, "the file is empty", (*observe, "firms", w / "empty.csv")),
        (4, "no file of this source", (*observe, "firms", w / "mission.toml")),
        (5, "not a Parquet file", ("fuse", w / "mission.toml", "-o", w / "f")),
        (5, "unknown columns ['a']", ("fuse", w / "t.parquet", "-o", w / "f")),
        (5, "unknown columns ['a']", judge),
        (6, "no such audience", (*run, "--audience", "nobody")),
        (7, "no such file", ("run", w / "absent.toml", "--data", w, "-o", w / "out")),
        (7, "no file of any source", ("run", w / "mission.toml", "--data", w / "empty", "-o", w / "out")),
        (7, "no such source", (*observe, "nobody", w / "mission.toml")),
        (7, "observations.parquet", ("report", w, "--mission", w / "mission.toml", "--day", "2026-03-16", "-o", w)),
        (10, "cannot be written", ("fuse", w / "one.parquet", "-o", w / "empty.csv")),
    ]  # fmt: skip


def test_every_failure_has_its_exit_code_and_no_traceback(call, world, ran):
    agreement = world / "agreements/demo-line/agreement.toml"
    (world / "agreements/bad.toml").write_text(
        agreement.read_text().replace('"geometry.', '"demo-line/geometry.').replace('"weapon_use"', '"weapon"')
    )
    mission = (world / "mission.toml").read_text()
    (world / "bad.toml").write_text(mission.replace("agreements/demo-line/agreement.toml", "agreements/bad.toml"))
    (world / "broken.toml").write_text("= 1")
    (world / "empty.csv").write_bytes(b"")
    (world / "empty").mkdir()
    pl.DataFrame({"a": [1]}).write_parquet(world / "t.parquet")
    pl.read_parquet(ran / "tables/observations.parquet").head(5).write_parquet(world / "one.parquet")
    for expected, what, tokens in wrong_calls(world):
        code, out, err = call(*tokens)
        assert (code, out) == (expected, ""), (tokens, err)
        assert what in err, tokens
        assert "Traceback" not in err, tokens
        assert harmless(err)
        if tokens[0] != "check":
            code, _, err = call(*tokens, "--verbose")
            assert (code, "Traceback" in err) == (expected, True), tokens


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mission.toml", 'mission_id = "x"\n"k\\u001b[2J\\nfake: good" = 1\n'),
        ("mission.toml", 'mission_id = "x"\ntitle = "a"\ncut_off = "\\u001b]0;x\\u0007\\u202e\\n25:00"\n'),
        ("agreement.toml", 'agreement_id = "\\u009b31m\\u2066\\n"\n'),
        ("x\x1b[31m\u202e.toml", "= 1"),
        ("scenario.toml", 'scenario_id = "s"\n[[acts]]\nact = "\\u001b[2J"\n'),
    ],
)
def test_hostile_text_in_an_error_cannot_steer_the_terminal(call, tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    code, out, err = call("check", tmp_path / name)
    assert (code, out) == (3, "")
    assert harmless(err)
    assert not any(line.startswith("fake") for line in err.splitlines())
    code, out, _ = call("check", tmp_path / name, "--json")
    assert code == 3
    assert json.loads(out)["problems"]


def test_an_interrupted_run_says_so_and_is_made_again(made, ran, tmp_path):
    """A real interrupt of a real process while it takes files in; what it had taken in serves the next run."""
    tokens = ["run", str(made / "mission.toml"), "--data", str(made / "data"), "-o", str(tmp_path), *NOW]
    process = subprocess.Popen(
        [sys.executable, "-m", "trucewatch", *tokens], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "store/locker").is_dir() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "interrupted; nothing half-written was kept" in err
    assert not (tmp_path / "report").exists()
    assert main(tokens) == 0
    for path in (ran / "report").iterdir():
        assert (tmp_path / "report" / path.name).read_bytes() == path.read_bytes(), path.name


def test_agreement_explain_tells_a_reading_and_writes_the_map(call, tmp_path):
    file = pathlib.Path(__file__).parents[2] / "agreements/demo-line/agreement.toml"
    code, out, _ = call("agreement", "explain", file, "--reading", "calder", "--out", tmp_path)
    assert code == 0
    assert "Read as: Calder" in out
    assert "<svg" in (tmp_path / "agreement.html").read_text()
    code, _, err = call("agreement", "explain", file, "--reading", "nobody")
    assert code == 2
    assert "calder" in err
