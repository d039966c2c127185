"""Who a witness is stays apart from what the witness said: in no table, report, export, bundle, backup or copy is the name."""

import dataclasses
import io
import pathlib
import shutil
import sqlite3
import zipfile

import polars as pl
import pytest

from trucewatch.store import open_store

NAME, PHONE, OTHER = "Iryna Unfindable", "+380 44 5550199", "Oleh Nowhere-Else"


def everything(*folders: pathlib.Path) -> str:
    """Return all that can be read in the files below folders, packed or not, as one text."""
    told = []
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        told.append(data.decode("utf-8", "replace"))
        if path.suffix == ".parquet":
            told.append(str(pl.read_parquet(io.BytesIO(data)).rows()))
        elif path.suffix in (".gpkg", ".sqlite3"):
            told += sqlite3.connect(path).iterdump()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                told += [packed.read(name).decode("utf-8", "replace") for name in packed.namelist()]
    return "\n".join(told)


@pytest.fixture
def hotline(mission, tmp_path):
    """Return a mission that takes calls as a table, and the table with names, which lies elsewhere."""
    world = pathlib.Path(shutil.copytree(mission.world, tmp_path / "world"))
    mapping = next(world.rglob("acoustic.toml"))
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace("[columns]\n", '[columns]\ntext = "witness"\n', 1), encoding="utf-8")
    for path in (world / "data/acoustic").iterdir():
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([f"{head},witness", *(f"{line}," for line in lines), ""]), encoding="utf-8")
    head, row = path.read_text(encoding="utf-8").splitlines()[:2]
    rows = [f"C{n},{row.rpartition(',')[0].partition(',')[2]},{who}" for n, who in enumerate((NAME, OTHER, NAME))]
    numbers = {NAME: PHONE, OTHER: ""}
    lines = [f"{head.rpartition(',')[0]},caller,phone"] + [
        f"{each},{numbers[each.rpartition(',')[2]]}" for each in rows
    ]
    (tmp_path / "calls.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return dataclasses.replace(mission, world=world), tmp_path / "calls.csv"


def split(mission, calls, key="lia", **given):
    argv = ("identity", "split", calls, "--column", "caller", "--column", "phone", "--out")
    return mission.call(*argv, mission.world / "data/acoustic/calls.csv", key=key, **given)


def test_a_name_is_in_nothing_that_is_made_of_a_call(hotline, tmp_path):
    mission, calls = hotline
    assert "verb" in split(mission, calls, key="vera", exit_code=11)
    assert split(mission, calls)["witnesses"] == 2
    written = (mission.world / "data/acoustic/calls.csv").read_text(encoding="utf-8")
    witnesses = [line.rpartition(",")[2] for line in written.splitlines()[1:]]
    assert (witnesses[0] == witnesses[2], witnesses[0] == witnesses[1]) == (True, False)
    assert all(each.startswith("witness-") for each in witnesses)
    assert split(mission, calls)["witnesses"] == 2, "the same witnesses again have the same pseudonyms"
    assert (mission.world / "data/acoustic/calls.csv").read_text(encoding="utf-8") == written
    mission.run()
    mission.run("public")
    mission.call("journal", "export", "--out", tmp_path / "copy")
    mission.call("bundle", "export", "--out", mission.folder / "stick.bundle")
    mission.call("backup", "--store", mission.store, "--out", tmp_path / "backup", here=False)
    told = everything(mission.folder, tmp_path / "copy", tmp_path / "backup", mission.world)
    assert told.count(witnesses[0]) > 3, "what the witness said is there, under the pseudonym"
    for secret in (NAME, PHONE, OTHER):
        assert secret not in told
    assert NAME in everything(calls.parent), "and the name would be found"


def test_who_a_witness_is_is_read_by_the_safeguard_on_the_record_and_redacted_by_two(hotline, tmp_path):
    mission, calls = hotline
    split(mission, calls)
    witness = (mission.world / "data/acoustic/calls.csv").read_text(encoding="utf-8").split()[-1].rpartition(",")[2]
    show = ("identity", "show", witness, "--reason", "she asks for protection", "--out", tmp_path / "who")
    for key in ("vera", "lia", "ruth", "kim"):
        assert "verb" in mission.call(*show, key=key, exit_code=11)
        assert not (tmp_path / "who").exists()
    assert "reason" in mission.call(*show[:4], "short", *show[5:], key="safe", exit_code=11)
    before = mission.call("bundle", "export", "--out", tmp_path / "stick")["entries"]
    mission.call(*show, key="safe")
    assert NAME in (tmp_path / "who").read_text(encoding="utf-8")
    assert (tmp_path / "who").stat().st_mode & 0o077 == 0
    assert mission.call("bundle", "export", "--out", tmp_path / "stick")["entries"] == before + 1
    assert b'"kind":"access"' in (tmp_path / "stick").read_bytes().splitlines()[-1]
    assert "no witness of that pseudonym" in mission.call(*show[:2], "witness-0", *show[3:], key="safe", exit_code=2)
    mission.both("rhea", "safe", "redact", witness, "--reason", "the witness asked for it")
    assert "was redacted" in mission.call(*show, key="safe", exit_code=10)
    (tmp_path / "again").write_bytes((tmp_path / "who").read_bytes())
    anew = mission.call("identity", "seal", tmp_path / "again", key="lia")["witness"]
    assert anew != witness, "that it is the same nobody can tell any more"
    assert mission.call("identity", "seal", tmp_path / "again", key="lia")["witness"] == anew


def test_a_name_that_stands_in_the_statement_too_stops_it_before_anything_is_sealed(hotline):
    mission, calls = hotline
    text = calls.read_text(encoding="utf-8")
    calls.write_text(text.replace("C2,", f"C2 {NAME.upper()},"), encoding="utf-8")
    told = split(mission, calls, exit_code=4)
    assert "line 4: event_no" in told
    assert NAME not in told
    calls.write_text(text + "one,too,few\n", encoding="utf-8")
    assert "line 5" in split(mission, calls, exit_code=4)
    calls.write_text(text.replace("phone", "telephone"), encoding="utf-8")
    assert "phone" in split(mission, calls, exit_code=4)
    calls.write_bytes(b"caller,phone\n\xff,1\n")
    assert "not UTF-8" in split(mission, calls, exit_code=4)
    assert not (mission.world / "data/acoustic/calls.csv").exists()
    with open_store(mission.store) as store:
        assert not [path for path in (store.keys / "subjects").glob("*") if path.name != "salt"]
