"""Whatever breaks while deliveries are taken in: what was acknowledged is there once and whole, and nothing is there by half.

TRUCEWATCH_KILLS, TRUCEWATCH_ORDERS, TRUCEWATCH_DELIVERIES and TRUCEWATCH_RESTARTS say how often, for `python -m benchmarks faults`.
"""

import contextlib
import errno
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

import apsw
import pytest

import taking
from servers import Server
from taking.broken import Base, Connection, Died, Failing
from trucewatch.errors import StoreError
from trucewatch.mission.intake import enter, reading_of, tables_of
from trucewatch.mission.load import load
from trucewatch.mission.standing import Standing, show, stand
from trucewatch.store import Reading, open_store

KILLS = int(os.environ.get("TRUCEWATCH_KILLS", "60"))
ORDERS = int(os.environ.get("TRUCEWATCH_ORDERS", "1"))
DELIVERIES = int(os.environ.get("TRUCEWATCH_DELIVERIES", "2000"))
RESTARTS = int(os.environ.get("TRUCEWATCH_RESTARTS", "2"))
SEED = int(os.environ.get("TRUCEWATCH_SEED", "1"))


# ---- kill -9


class Takers:
    """Starts processes that take in, and kills them."""

    def __init__(self) -> None:
        command = [sys.executable, "-W", "ignore", pathlib.Path(taking.__file__).with_name("taker.py")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def take_and_kill(self, told: dict, *, after: int, wait_s: float) -> set[int]:
        """Start a taker, kill it `wait_s` after its so-manieth acknowledgement (0: when its store is open); return its acks."""
        acks = pathlib.Path(told["acks"])
        acks.unlink(missing_ok=True)
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        until = time.monotonic() + 60
        while after >= 0 and (not acks.exists() or acks.read_bytes().count(b"\n") <= after):
            assert time.monotonic() < until, "the taker does not take in"
            time.sleep(0.0005)
        time.sleep(wait_s)
        os.kill(pid, signal.SIGKILL)
        assert self._process.stdout.readline() == "done\n"
        return taking.acknowledged_in(acks)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


@pytest.fixture(scope="module")
def takers():
    made = Takers()
    yield made
    made.close()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_killed_at_random_moments_none_is_lost_none_twice_none_half(quick, database, takers, request):
    address = request.getfixturevalue("postgres").new_database() if database == "postgres" else None
    draw, acknowledged, first = random.Random(SEED), set(), 0
    for number in range(KILLS // 2):
        told = {"folder": str(quick / "store"), "address": address, "first": first, "acks": str(quick / "acks")}
        after = draw.choice([-1, 0, 1, 2, 4])  # -1: while it opens the store
        got = takers.take_and_kill(told, after=after, wait_s=draw.uniform(0, 0.3 if after < 0 else 0.05))
        acknowledged |= got
        first = max(0, max(acknowledged, default=-1) + draw.choice([1, 1, 1, 0, -1]))  # some again
        if number % 10 == 9:
            with taking.opened(quick / "store", address) as record:
                assert taking.wrongs(record, acknowledged) == []
    with taking.opened(quick / "store", address) as record:
        assert taking.wrongs(record, acknowledged) == []
        assert len(acknowledged) > KILLS // 4
        taking.take(record, first + 1)
        assert taking.wrongs(record, acknowledged | {first + 1}) == []


# ---- writes, syncs and renames that fail


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, None], ids=["full", "broken", "dies"])
def test_every_write_sync_and_rename_of_taking_in_may_fail(quick, code):
    taking.opened(quick / "store").store.close()
    taken, told, reached = set(), set(), 0
    for number in range(1, 1000):
        disk = Failing(number, code)
        with open_store(quick / "store", disk=disk) as store, taking.opened(quick / "store", store=store) as record:
            try:
                taking.take(record, number)
            except (StoreError, Died) as error:
                told.add(str(error).rpartition(": ")[2])
            else:
                taken.add(number)  # acknowledged: whatever failed was not needed
        with taking.opened(quick / "store") as record:
            assert taking.wrongs(record, taken) == []
            taking.take(record, number)
            taken.add(number)
        if disk.calls < number:
            break
        reached = number
    assert told == ({""} if code is None else {f"{os.strerror(code)} → check the disk"})
    assert reached >= 8, "two files, each written, synced and renamed, and their folders"
    with taking.opened(quick / "store") as record:
        assert taking.wrongs(record, taken) == []
        assert record.record.size == len(taken) + 1
    parts = list((quick / "store").rglob(".writing-*"))
    assert bool(parts) == (code is None), "who lives takes away what was not finished"


@pytest.fixture(scope="module")
def broken():
    """Return the broken file system below SQLite."""
    return Base()


@pytest.mark.parametrize(
    "how", [(apsw.FullError, False), (apsw.IOError, False), (apsw.IOError, True)], ids=["full", "broken", "dies"]
)
def test_every_write_and_sync_of_the_database_may_fail(quick, broken, how):
    """From opening to closing, the pages moved from the log into the file among it."""
    kind, dies = how
    broken.set(0)
    with taking.opened(quick / "store") as record:
        taking.take(record, 0)
    told = set()
    for number in range(1, 1000):
        folder, taken = quick / f"store-{number}" / "store", {0}
        shutil.copytree(quick / "store", folder)
        shutil.copytree(quick / "store.keys", folder.with_name("store.keys"))
        broken.set(number, kind, dies=dies)
        try:
            path = folder / "record.sqlite3"
            with open_store(folder, connect=lambda path=path: Connection(path), patience_s=0.2) as store:
                taking.take(taking.opened(folder, store=store), 1)
                taken.add(1)
        except StoreError as error:
            told.add(str(error).split(": ")[1])
        reached = broken.calls
        broken.set(0)
        with taking.opened(folder) as record:
            assert taking.wrongs(record, taken) == []
            taking.take(record, 1)
            assert taking.wrongs(record, {0, 1}) == []
            assert record.record.size == 3
        if reached < number:
            break
    assert told == {"the database says"}
    assert number > 15


def test_a_full_disk_is_a_clean_error_and_reading_goes_on(tmp_path):
    """A file system of two megabytes, filled by taking in, until nothing more goes on it."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"a small disk needs the right to mount: {made.stderr.decode().strip()}")
    try:
        with taking.opened(place / "store") as record:
            taken, number = set(), 0
            (place / "room").write_bytes(b"0" * (400 << 10))
            with contextlib.suppress(StoreError):
                for number in range(5_000):
                    taking.take(record, number)
                    taken.add(number)
            assert number not in taken
            assert len(taken) > 20
            with pytest.raises(StoreError, match=r"No space left|full"):
                taking.take(record, number)
            assert taking.wrongs(record, taken) == [], "in the process that met the full disk"
        with taking.opened(place / "store") as record:
            assert taking.wrongs(record, taken) == [], "and in another one"
        (place / "room").unlink()
        with taking.opened(place / "store") as record:
            taking.take(record, number)
            assert taking.wrongs(record, taken | {number}) == []
    finally:
        subprocess.run(["umount", place], check=True)


# ---- any order


def test_the_same_deliveries_in_any_order_and_again_make_the_same_tables(quick, made):
    """Each has a row of its own and one that others revise; what stands is derived at three moments on the way."""
    mission = load(made / "mission.toml").mission
    rows, each = taking.rows_of(range(DELIVERIES)), [taking.delivery(number) for number in range(DELIVERIES)]
    stood = set()
    for order in range(ORDERS):
        draw = random.Random(SEED + order)
        numbers = list(range(DELIVERIES)) + draw.choices(range(DELIVERIES), k=DELIVERIES // 4)
        draw.shuffle(numbers)
        posts, readings, standing, folder = taking.posts(), {}, Standing(), quick / f"store-{order}"
        cuts = {DELIVERIES // 5, DELIVERIES, len(numbers)}
        with taking.opened(folder) as record:
            objects = record.store.objects
            how = {"readings": readings, "snapshots": frozenset(), "mission": mission}
            for count, number in enumerate(numbers, start=1):
                way = (each[number].delivery_id, reading_of(posts, each[number].name))
                account = {"name": each[number].name, "observations": 2}
                reading = Reading(*way, account, objects.put({"observations": rows[2 * number : 2 * number + 2]}))
                enter(each[number], reading, record)
                readings[way] = reading
                if count in cuts:
                    of = {"posts": tuple(sorted(readings, key=lambda way: readings[way].account["name"]))}
                    standing = show(objects, stand(objects, standing, of, **how), ("explosion",))
            whole = show(objects, stand(objects, Standing(), standing.of, **how), ("explosion",))
            assert standing == whole
            assert taking.wrongs(record, set(range(DELIVERIES))) == []
            assert record.record.size == DELIVERIES + 1
            assert standing.table(objects, "observations").height == DELIVERIES + min(37, DELIVERIES)
            stood.add(json.dumps(standing.manifest(), sort_keys=True))
        shutil.rmtree(folder)
    assert len(stood) == 1


def test_the_rows_of_deliveries_are_those_that_the_reader_reads(quick):
    with taking.opened(quick / "store") as record:
        for number in (0, 1, 40):
            made = tables_of(taking.posts(), taking.delivery(number), record.store)
            read = record.store.objects.get(made.objects["observations"])
            assert read.equals(taking.rows_of(range(number, number + 1)))


# ---- a server that is killed


def test_postgres_killed_and_started_in_the_middle_of_work(quick):
    server = Server("pypi")
    try:
        address, acknowledged, stop = server.new_database(), set(), threading.Event()
        failed: list[BaseException] = []

        def work() -> None:
            try:
                with taking.opened(quick / "store", address) as record:
                    number, source = 0, taking.posts()
                    while not stop.is_set():
                        taking.take(record, number, using=source)
                        acknowledged.add(number)
                        number += 1
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        draw = random.Random(SEED)
        for _ in range(RESTARTS):
            before = len(acknowledged)
            _wait(lambda before=before: len(acknowledged) > before + 3 or failed)
            time.sleep(draw.uniform(0, 0.05))
            server.kill()
            time.sleep(draw.uniform(0, 0.3))
            server.start()
        before = len(acknowledged)
        _wait(lambda: len(acknowledged) > before + 3 or failed)
        stop.set()
        thread.join()
        assert failed == []
        with taking.opened(quick / "store", address) as record:
            assert taking.wrongs(record, acknowledged) == []
            assert record.record.size == len(acknowledged) + 1
    finally:
        server.remove()


def _wait(for_what) -> None:
    until = time.monotonic() + 90
    while not for_what():
        assert time.monotonic() < until, "nothing goes on"
        time.sleep(0.005)
