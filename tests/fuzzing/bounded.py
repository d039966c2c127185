"""Read inputs in a process of its own, with a limit on memory and time: `python -m fuzzing.bounded KIND`.

What is measured is the reading alone: seconds of processor time, since others may be at work beside it, and by how many MB the
peak of memory rose.
"""

import datetime as dt
import json
import os
import pathlib
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LIMIT_MB = 3072  # of address space: far more than is ever resident
HANG_S = 300  # of processor time, for all inputs of a process


@dataclass(frozen=True)
class Outcome:
    """What came of an input: "read" or the name of the error; how many problems it has, and the first; seconds, MB."""

    outcome: str
    seconds: float
    peak_mb: float
    said: str = ""
    where: str = ""
    to_do: str = ""
    counts: dict[str, int] = field(default_factory=dict)


class Reader:
    """A process of its own that reads one kind of input after another. A crash or a hang fails the test."""

    def __init__(self, kind: str) -> None:
        here = pathlib.Path(__file__).resolve().parents[1]
        path = os.pathsep.join([str(here), str(here.parent / "src"), os.environ.get("PYTHONPATH", "")])
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  (as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fuzzing.bounded", kind],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
            env={**os.environ, "PYTHONPATH": path, "POLARS_MAX_THREADS": "2"},
        )  # fmt: skip

    def read(self, data: bytes) -> Outcome:
        """Read `data`, and say what came of it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(struct.pack("<Q", len(data)) + data)
        self._process.stdin.flush()
        if line := self._process.stdout.readline():
            return Outcome(**json.loads(line))
        self._said.seek(0)
        raise AssertionError(
            f"it crashed, {self._process.wait()}: {self._said.read().decode(errors='replace')[-2000:]}"
        )

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
        self._said.close()


def _delivery(source_id: str) -> Callable[[bytes], dict[str, int]]:
    from trucewatch import observe, when

    source = observe.source(source_id)
    given = source.given(when.zone("Europe/Kyiv"), options={})

    def take(data: bytes) -> dict[str, int]:
        delivery = observe.Delivery("bomb", data, dt.datetime(2026, 4, 9, tzinfo=dt.UTC), source_id)
        account = observe.take_in(delivery, source.read, given).delivery.row(0, named=True)
        return {name: account[name] for name in ("rows_in", "observations", "set_aside")}

    return take


def _parser(kind: str) -> Callable[[bytes], dict[str, int]]:
    from trucewatch import agreement, observe
    from trucewatch.manifest import parse_manifest
    from trucewatch.mission.document import parse_mission
    from trucewatch.mission.regions import parse_regions
    from trucewatch.simulate import parse_scenario

    def nothing(name: str) -> bytes:
        return b'{"type": "FeatureCollection", "features": []}'

    def parse(data: bytes) -> dict[str, int]:
        if kind == "geojson":
            return {"features": len(agreement.read_features(data, name="bomb"))}
        if kind == "regions":
            return {"regions": len(parse_regions(data, name="bomb"))}
        if kind == "agreement":
            agreement.parse_agreement(data, name="bomb", beside=nothing)
        elif kind == "scenario":
            parse_scenario(data, name="bomb", beside=nothing)
        else:
            {"mission": parse_mission, "manifest": parse_manifest, "mapping": observe.parse_mapping}[kind](
                data, name="bomb"
            )
        return {}

    return parse


def _main(kind: str) -> None:
    """Read inputs from standard input as `kind`, each after its length, and print what came of each."""
    read_one = _delivery(kind.removeprefix("delivery:")) if kind.startswith("delivery:") else _parser(kind)
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_MB << 20, LIMIT_MB << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (HANG_S, HANG_S))
    while length := sys.stdin.buffer.read(8):
        print(json.dumps(_outcome(read_one, sys.stdin.buffer.read(*struct.unpack("<Q", length)))), flush=True)


def _outcome(read_one: Callable[[bytes], dict[str, int]], data: bytes) -> dict[str, object]:
    """Return what comes of one input."""
    from trucewatch.errors import TrucewatchError

    pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak of memory is from now on
    before, start = _peak_mb(), time.process_time()
    told: dict[str, object] = {"outcome": "read"}
    try:
        told["counts"] = read_one(data)
    except TrucewatchError as error:
        first = error.problems[0]
        told = {
            "outcome": type(error).__name__,
            "said": first.what[:500],
            "where": first.where,
            "to_do": first.to_do[:500],
        }
    return told | {"seconds": time.process_time() - start, "peak_mb": _peak_mb() - before}


def _peak_mb() -> float:
    """Return the peak of resident memory of this program; getrusage would tell that of its parent, were it more."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    _main(sys.argv[1])
