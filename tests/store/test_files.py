"""Files are written whole or not at all, and tables are checked when they come in."""

import polars as pl
import pytest

from trucewatch.errors import MissingError, StoreError, TableError, TrucewatchError
from trucewatch.store import Syscalls, read_table, write_bytes, write_files, write_tables, written_by_parts


def test_a_table_goes_out_and_comes_back(tmp_path):
    members = pl.DataFrame({"observation_id": ["a", "b"], "incident_id": ["i", "i"]})
    write_tables(tmp_path, {"members": members})
    assert read_table(tmp_path / "members.parquet", "members").equals(members)
    assert [p.name for p in tmp_path.iterdir()] == ["members.parquet"]


def test_a_table_that_is_never_whole_goes_out_as_one_file(tmp_path):
    frames = [pl.DataFrame({"observation_id": [f"{n}", f"{n}+"], "incident_id": ["i", "j"]}) for n in range(40)]
    with written_by_parts(tmp_path, ["members"]) as put:
        for frame in frames:
            put("members", frame)
    assert read_table(tmp_path / "members.parquet", "members").equals(pl.concat(frames))
    assert [p.name for p in tmp_path.iterdir()] == ["members.parquet"]
    (tmp_path / "page").write_bytes(b"no folder")
    with pytest.raises(StoreError, match="page"), written_by_parts(tmp_path / "page", ["members"]):
        pass


def test_an_error_in_the_middle_leaves_no_part_and_the_old_file(tmp_path):
    rows = pl.DataFrame({"observation_id": ["a"], "incident_id": ["i"]})
    write_tables(tmp_path, {"members": rows})

    def written():
        with written_by_parts(tmp_path, ["members", "pairs"]) as put:
            put("members", rows)
            put("members", rows)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        written()
    assert [p.name for p in tmp_path.iterdir()] == ["members.parquet"]
    assert read_table(tmp_path / "members.parquet", "members").equals(rows)


def test_a_file_that_is_no_table_is_named(tmp_path):
    (tmp_path / "members.parquet").write_bytes(b"observation_id,incident_id\n")
    with pytest.raises(TableError, match=r"members\.parquet"):
        read_table(tmp_path / "members.parquet", "members")
    with pytest.raises(MissingError, match="no such file"):
        read_table(tmp_path / "absent.parquet", "members")


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    write_bytes(tmp_path / "page", b"old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(TrucewatchError, match="No space left"):
        write_bytes(tmp_path / "page", b"new")
    assert (tmp_path / "page").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["page"]


def test_files_go_below_their_folder(tmp_path):
    write_files(tmp_path, {"a/b.txt": b"x"})
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"x"


def test_of_several_files_those_written_stand_and_the_failed_one_is_named(tmp_path):
    class Full(Syscalls):
        def rename(self, old, new):
            if new.name == "b":
                raise OSError(28, "No space left on device")
            super().rename(old, new)

    with pytest.raises(StoreError, match=r"b: cannot be written: No space left"):
        write_files(tmp_path, {"a": b"1", "b": b"2"}, disk=Full())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"1"}
