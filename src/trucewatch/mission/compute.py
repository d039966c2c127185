"""Steps are done when their inputs changed, and only then.

What a step makes follows from its function, the documents, the days reported and the tables that it reads. The key of a step is
the hash of all of these, tables by the hash of their bytes; what was made under a key is kept and is not computed again. Its
function is known by the hash of all of trucewatch's own code and the versions of the libraries that compute.
"""

import functools
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

import trucewatch
from trucewatch.mission.load import Loaded
from trucewatch.mission.stages import Stages
from trucewatch.mission.steps import STEPS, Case
from trucewatch.store import Store

LIBRARIES: Final = ("h3", "numba", "numpy", "polars", "pyproj", "scipy", "shapely")


@dataclass(frozen=True)
class Computed:
    """Tables, and the object of each."""

    frames: Mapping[str, pl.DataFrame]
    names: Mapping[str, str]


def compute(loaded: Loaded, case: Case, given: Mapping[str, pl.DataFrame], store: Store, *, stages: Stages) -> Computed:
    """Return the tables `given` and those that the steps make of them.

    Each comes to the next step as one piece of memory, as if it was read from its object: what is compiled for the one case
    serves in the other.
    """
    frames = {table: frame.rechunk() for table, frame in given.items()}
    names = store.objects.put(frames)
    identity = _identity(loaded, case)
    for step in STEPS:
        with stages.stage(step.name):
            key = _hash([step.name, identity, {table: names[table] for table in step.reads}])
            known = store.index.computed(key)
            if known is None or not store.objects.has(known.values()):
                done = step.do(case, {table: frames[table] for table in step.reads})
                made = {table: frame.rechunk() for table, frame in done.items()}
                known = store.objects.put(made)
                store.index.keep_computed({key: known})
            else:
                made = {table: store.objects.get(name) for table, name in known.items()}
            frames |= made
            names |= known
    return Computed(frames, names)


def _identity(loaded: Loaded, case: Case) -> str:
    """Return the hash of what every step may read besides tables."""
    documents = {name: hashlib.sha256(data).hexdigest() for name, data in loaded.documents.items()}
    manifests = {name: manifest.model_dump_json() for name, manifest in loaded.manifests.items()}
    return _hash([_program(), documents, manifests, case.day.isoformat(), case.first_day.isoformat()])


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
