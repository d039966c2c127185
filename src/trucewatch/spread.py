"""How work is spread: here, over processes of this machine, or over a Dask cluster. The answer is the same.

A task is a function of a module and one argument, both of which can be pickled, without any effect: where a worker is lost in the
middle, its tasks are done again by others. Results come in the order of the arguments.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

A = TypeVar("A")
R = TypeVar("R")


class Spread(Protocol):
    """Where tasks are done."""

    def map(self, task: Callable[[A], R], parts: Iterable[A]) -> Iterator[R]:
        """Return the results of a task for each of `parts`, in order; no more than a few parts are held at a time."""
        ...


class Here:
    """In this process, by `threads` threads: kernels let go of the interpreter.

    >>> list(Here().map(abs, [1, -2]))
    [1, 2]
    """

    def __init__(self, threads: int = 2) -> None:
        self.threads = threads

    def map(self, task: Callable[[A], R], parts: Iterable[A]) -> Iterator[R]:
        """Return the results of a task for each of `parts`, in order."""
        if self.threads < 2:
            yield from map(task, parts)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            yield from _in_turn(pool, task, parts, self.threads + 1)


class Processes:
    """In `number` processes of this machine, spawned and not forked: Polars hangs in a fork."""

    def __init__(self, number: int) -> None:
        self.number = number

    def map(self, task: Callable[[A], R], parts: Iterable[A]) -> Iterator[R]:
        """Return the results of a task for each of `parts`, in order."""
        with ProcessPoolExecutor(self.number, mp_context=get_context("spawn")) as pool:
            yield from _in_turn(pool, task, parts, self.number + 1)


class Dask:
    """On the workers of a `distributed.Client`; what a lost worker was at is done again by another."""

    def __init__(self, client: Any, *, ahead: int = 8) -> None:
        self.client, self.ahead = client, ahead

    def map(self, task: Callable[[A], R], parts: Iterable[A]) -> Iterator[R]:
        """Return the results of a task for each of `parts`, in order."""
        rest = iter(parts)
        waiting = [self.client.submit(task, part, pure=False) for part in islice(rest, self.ahead)]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [self.client.submit(task, part, pure=False) for part in islice(rest, 1)]


def _in_turn(pool: Executor, task: Callable[[A], R], parts: Iterable[A], ahead: int) -> Iterator[R]:
    """Return results in order, with at most `ahead` tasks given out at a time."""
    rest = iter(parts)
    waiting: list[Future[R]] = [pool.submit(task, part) for part in islice(rest, ahead)]
    try:
        while waiting:
            yield waiting.pop(0).result()
            waiting += [pool.submit(task, part) for part in islice(rest, 1)]
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def dask(address: str) -> Iterator[Dask]:
    """Return a cluster by the address of its scheduler, for the time of a `with`."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        yield Dask(client)
