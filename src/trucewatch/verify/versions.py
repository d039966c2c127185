"""A map that is never changed, of which each change makes another: in constant time for the newest.

Baker's trick (Shallow binding makes functional arrays fast, SIGPLAN Notices 26(8), 1991): the newest version holds the
dictionary, an older one only what it had otherwise than the next. Who reads an older version turns the chain round first, in
as many steps as it is old. A journal of n entries is so folded in n steps, and a transaction that fails costs only its own.
"""

from collections.abc import Iterator
from threading import RLock
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
_ABSENT: Final = object()
_LOCK: Final = RLock()  # a reader of an older version moves the dictionary under the others


class Map(Generic[K, V]):
    """A map of which `put` returns another; this one stays as it is.

    >>> one = Map[str, int]().put("a", 1)
    >>> two = one.put("a", 2)
    >>> one.get("a"), two.get("a"), len(Map())
    (1, 2, 0)
    """

    __slots__ = ("_data", "_key", "_next", "_value")

    def __init__(self, data: dict[K, V] | None = None) -> None:
        self._data: dict[K, V] | None = {} if data is None else data
        self._key: K
        self._value: object
        self._next: Map[K, V]

    def put(self, key: K, value: V) -> "Map[K, V]":
        """Return the map with `value` at `key`."""
        with _LOCK:
            made: Map[K, V] = Map(self._root())
            self._give_to(made, key)
            _set(made._data, key, value)
            return made

    def get(self, key: K) -> V | None:
        """Return the value at `key`, None where there is none."""
        with _LOCK:
            return self._root().get(key)

    def __getitem__(self, key: K) -> V:
        with _LOCK:
            return self._root()[key]

    def __contains__(self, key: K) -> bool:
        with _LOCK:
            return key in self._root()

    def __len__(self) -> int:
        with _LOCK:
            return len(self._root())

    def __iter__(self) -> Iterator[K]:
        with _LOCK:
            return iter(list(self._root()))

    def values(self) -> list[V]:
        """Return the values, in no order that may be relied on."""
        with _LOCK:
            return list(self._root().values())

    def _give_to(self, other: "Map[K, V]", key: K) -> None:
        """Leave the dictionary to `other`, which differs at `key`; remember what stands there now."""
        assert self._data is not None
        self._key, self._value, self._next = key, self._data.get(key, _ABSENT), other
        self._data = None

    def _root(self) -> dict[K, V]:
        """Return the dictionary as this version has it: fetch it from whichever version holds it."""
        chain, at = [], self
        while at._data is None:
            chain.append(at)
            at = at._next
        for older in reversed(chain):
            key, value, data = older._key, older._value, older._next._data
            older._next._give_to(older, key)
            _set(data, key, value)
            older._data = data
            del older._key, older._value, older._next
        assert self._data is not None
        return self._data


def _set(data: dict[K, V] | None, key: K, value: object) -> None:
    assert data is not None
    if value is _ABSENT:
        data.pop(key, None)
    else:
        data[key] = value  # type: ignore[assignment]
