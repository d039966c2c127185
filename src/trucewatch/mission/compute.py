"""Steps are done when their inputs changed, and only then.

What a step makes follows from its function, the parts of the documents that it is told and the tables that it reads. The key of a
step is the hash of all of these, tables by the hash of their bytes; what was made under a key is kept and not computed again. Its
function is known by the hash of all of trucewatch's own code and the versions of the libraries that compute.
"""

import functools
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

import trucewatch
from trucewatch.mission.stages import Stages
from trucewatch.mission.steps import STEPS, Case, Step
from trucewatch.store import Store

LIBRARIES: Final = ("h3", "numba", "numpy", "polars", "pyproj", "scipy", "shapely")


@dataclass(frozen=True)
class Computed:
    """Tables, and the object of each."""

    frames: Mapping[str, pl.DataFrame]
    names: Mapping[str, str]

    @classmethod
    def of(cls, names: Mapping[str, str], store: Store) -> "Computed":
        """Return the tables that lie under these names."""
        return cls({table: store.objects.get(name) for table, name in names.items()}, names)

    def and_also(self, other: "Computed") -> "Computed":
        """Return these tables and those of another."""
        return Computed({**self.frames, **other.frames}, {**self.names, **other.names})


def put(given: Mapping[str, pl.DataFrame], store: Store) -> Computed:
    """Return the tables `given`, kept.

    Each comes to a step as one piece of memory, as if it was read from its object: what is compiled for the one case serves in
    the other.
    """
    frames = {table: frame.rechunk() for table, frame in given.items()}
    return Computed(frames, store.objects.put(frames))


def compute(
    case: Case, given: Computed, store: Store, *, stages: Stages, steps: Sequence[Step] | None = None
) -> Computed:
    """Return the tables `given` and those that the steps, all when absent, make of them."""
    so_far = given
    for step in STEPS if steps is None else steps:
        with stages.stage(step.name):
            key = key_of(step, case, so_far)
            known = store.index.computed(key)
            if known is None or not store.objects.has(known.values()):
                made = put(_done(step, case, so_far), store)
                store.index.keep_computed({key: made.names})
            else:
                made = Computed.of({table: known[table] for table in step.makes}, store)
            so_far = so_far.and_also(made)
    return so_far


def told_to(step: Step, case: Case) -> str:
    """Return the hash of the parts that a step is told."""
    return _hash({part: case.written(part) for part in step.told})


def key_of(step: Step, case: Case, so_far: Computed) -> str:
    """Return the key of a step: what it makes is the same where its key is."""
    return _hash([step.name, _program(), told_to(step, case), {table: so_far.names[table] for table in step.reads}])


def _done(step: Step, case: Case, so_far: Computed) -> Mapping[str, pl.DataFrame]:
    """Return what a step makes of the tables that it reads and the parts that it is told."""
    read = {table: so_far.frames[table] for table in step.reads}
    made = step.do(read, **{part: case.told(part) for part in step.told})
    return {table: made[table] for table in step.makes}


@functools.cache
def _program() -> str:
    """Return the hash of trucewatch's own code and of the versions of what computes."""
    root = Path(trucewatch.__file__).parent
    code = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        code.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return _hash([code.hexdigest(), platform.python_version(), *map(importlib.metadata.version, LIBRARIES)])


def _hash(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
