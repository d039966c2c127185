"""What blocks said is remembered by what they were asked: a block whose rows, surroundings and model did not change is not sampled
again. So an answer from memory is the answer from scratch, to the bit, whatever came late or was revised.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Protocol, TypeVar, cast

import numpy as np

from trucewatch.fuse.blocks import Part, Told
from trucewatch.fuse.decide import Pairs
from trucewatch.fuse.kernels import MOST_MEMBERS
from trucewatch.spread import Spread

A = TypeVar("A")
R = TypeVar("R")
FORM = b"told 3"  # another number where the sampling itself changes


class Kept(Protocol):
    """Bytes by name, that last."""

    def get(self, name: str) -> bytes | None:
        """Return what was put under a name."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Keep bytes under a name."""
        ...


class Remembering:
    """A spread that looks in `kept` first. `asked` are the names of this run, `sampled` how many blocks were sampled in it."""

    def __init__(self, spread: Spread, kept: Kept) -> None:
        self.spread, self.kept = spread, kept
        self.asked: list[str] = []
        self.sampled = 0

    def map(self, task: Callable[[A], R], parts: Iterable[A]) -> Iterator[R]:
        """Return the results of a task for each of `parts` (blocks), in order."""
        known: list[bytes | None] = []

        def unknown() -> Iterator[A]:
            for part in parts:
                self.asked.append(name_of(cast(Part, part)))
                known.append(self.kept.get(self.asked[-1]))
                if known[-1] is None:
                    self.sampled += 1
                    yield part

        results, given = self.spread.map(task, unknown()), 0
        for result in results:
            while (data := known[given]) is not None:
                yield cast(R, _told(data))
                given += 1
            self.kept.put(self.asked[given], _written(cast(Told, result)))
            yield result
            given += 1
        for data in known[given:]:
            yield cast(R, _told(cast(bytes, data)))


def _written(told: Told) -> bytes:
    """Return what a block said as bytes: a line that names the arrays, then the arrays."""
    pairs, rest = told.pairs, [getattr(told, f.name) for f in fields(Told)][1:]
    arrays = [np.ascontiguousarray(each) for each in (pairs.one, pairs.other, pairs.probability, *rest)]
    head = json.dumps([(each.dtype.str, each.shape) for each in arrays])
    return b"".join([head.encode(), b"\n", *(each.tobytes() for each in arrays)])


def _told(data: bytes) -> Told:
    """Return what a block said, from bytes as `_written` makes them."""
    at = data.index(b"\n") + 1
    arrays = []
    for dtype, shape in json.loads(data[: at - 1]):
        size = int(np.prod(shape))
        arrays.append(np.frombuffer(data, dtype, size, at).reshape(shape))
        at += size * np.dtype(dtype).itemsize
    return Told(Pairs(*arrays[:3]), *arrays[3:])


def name_of(part: Part) -> str:
    """Return a hash of all that a block's answer follows from."""
    content = hashlib.blake2b(FORM + bytes([MOST_MEMBERS]), digest_size=20)
    content.update(
        repr((part.core, part.seed, part.burn_in, part.sweeps, part.rows.source_ids, part.rows.acts)).encode()
    )
    for of in (part.rows, part.weights):
        for field in fields(of):
            value = getattr(of, field.name)
            if isinstance(value, np.ndarray):
                content.update(repr((field.name, value.shape, value.dtype.str)).encode())
                content.update(np.ascontiguousarray(value).data)
    return content.hexdigest()
