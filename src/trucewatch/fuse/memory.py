"""What blocks said is remembered by what they were asked: a block whose rows, surroundings and model did not change is not sampled
again. So an answer from memory is the answer from scratch, to the bit, whatever came late or was revised.
"""

import hashlib
import json
from dataclasses import fields
from typing import Final

import numpy as np

from trucewatch.fuse.blocks import Part, Told
from trucewatch.fuse.decide import Pairs
from trucewatch.fuse.kernels import MOST_MEMBERS

FORM: Final = b"told 4"  # another number where the sampling itself changes


def written(told: Told) -> bytes:
    """Return what a block said as bytes: a line that names the arrays, then the arrays."""
    pairs, rest = told.pairs, [getattr(told, f.name) for f in fields(Told)][1:]
    arrays = [np.ascontiguousarray(each) for each in (pairs.one, pairs.other, pairs.probability, *rest)]
    head = json.dumps([(each.dtype.str, each.shape) for each in arrays])
    return b"".join([head.encode(), b"\n", *(each.tobytes() for each in arrays)])


def read_again(data: bytes) -> Told:
    """Return what a block said, from bytes as `written` makes them."""
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
