"""Random numbers by seed and purpose: a new purpose (another source, another act) does not change the others.

Each purpose has its own counter-based stream (Philox: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
3"), keyed by the seed and a hash of the purpose's name.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from trucewatch.errors import UsageError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator of `purpose` under `seed` (0 to 2**64 - 1). Raises UsageError for another seed.

    >>> float(stream(1, "events").random()) == float(stream(1, "events").random())
    True
    >>> float(stream(1, "events").random()) == float(stream(1, "sources/patrol").random())
    False
    """
    if not 0 <= seed < 2**64:
        raise UsageError("a seed is a whole number from 0 to 2**64 - 1", where=f"seed {seed}")
    name = int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=8).digest(), "big")
    return np.random.Generator(np.random.Philox(key=np.array([seed, name], dtype=np.uint64)))


def pick(rng: np.random.Generator, weights: dict[str, float], size: int) -> npt.NDArray[np.str_]:
    """Return `size` keys of `weights`, each with a probability in proportion to its weight.

    >>> pick(stream(1, "a"), {"shelling": 1.0}, 2).tolist()
    ['shelling', 'shelling']
    """
    share = np.array(list(weights.values()), dtype=np.float64)
    return np.array(list(weights))[rng.choice(len(share), size, p=share / share.sum())]
