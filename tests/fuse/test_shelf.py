"""What was fused lies in a folder by parts: whole after any failure, and only what a batch touches is written."""

import shutil

import polars as pl
import pytest

from fuse.test_blocks import SMALL
from fuse.test_onto import KEYS, add, same_as_scratch, steps
from trucewatch.errors import StoreError, UsageError
from trucewatch.fuse import blocks
from trucewatch.store import Syscalls, shelf_in


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "MOST_ROWS", SMALL)


class Tables:
    """The tables in a folder, as any program reads them."""

    def __init__(self, folder):
        self.folder = folder

    def table(self, name):
        return pl.read_parquet(self.folder / f"{name}.parquet").sort(KEYS.get(name, ["observation_id"]))


class Failing(Syscalls):
    """A disk whose n-th change fails, and each after it: as if the power went."""

    def __init__(self, at):
        self.left = at

    def _count(self):
        self.left -= 1
        if self.left < 0:
            raise OSError(5, "Input/output error")

    def fsync(self, file):
        self._count()
        super().fsync(file)

    def rename(self, old, new):
        self._count()
        super().rename(old, new)


def test_batches_are_as_all_at_once_and_touch_few_files(made, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "MOST_ROWS", SMALL // 4)
    model, folder = made[2], tmp_path / "kept"
    before = {}
    for number, (batch, now) in enumerate(steps(made[0])):
        with shelf_in(folder) as shelf:
            add(shelf, batch, model)
        same_as_scratch(Tables(folder), now, model)
        files = {path: path.stat().st_ino for path in folder.rglob("*-*.*")}
        same = [path for path, inode in before.items() if files.get(path) == inode]
        assert number != 1 or len(same) > len(before) / 2
        before = files
    assert not (folder / ".coming").exists()


@pytest.mark.parametrize("at", [0, 3, 20, 25, 32, 40, 48])
def test_where_the_disk_fails_all_is_as_before_or_as_after(made, tmp_path, at):
    model, folder = made[2], tmp_path / "kept"
    (first, whole), (second, more), *_ = steps(made[0])
    with shelf_in(folder) as shelf:
        add(shelf, first, model)
    shutil.copytree(folder, tmp_path / "was")
    disk = Failing(at)
    with pytest.raises(StoreError, match="Input/output"), shelf_in(folder, disk=disk) as shelf:
        add(shelf, second, model)
    with shelf_in(folder) as shelf:
        rows = shelf.standing().bins["rows"].sum()
    assert rows in (whole.height, more.height)
    same_as_scratch(Tables(folder), whole if rows == whole.height else more, model)
    with shelf_in(folder) as shelf:
        again = add(shelf, second, model)
    assert (again.blocks_sampled == 0) == (rows == more.height)
    same_as_scratch(Tables(folder), more, model)


def test_one_at_a_time_and_only_in_a_folder_made_for_it(tmp_path):
    with shelf_in(tmp_path / "kept"), pytest.raises(UsageError, match="another process"), shelf_in(tmp_path / "kept"):
        pass
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "members.parquet").write_bytes(b"")
    with pytest.raises(UsageError, match="not made to be added to"), shelf_in(tmp_path / "out"):
        pass
    (tmp_path / "kept" / ".state" / "index.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"), shelf_in(tmp_path / "kept"):
        pass
