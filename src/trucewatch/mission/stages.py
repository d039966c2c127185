"""How a run tells its caller what it is doing: a stage has a name, perhaps a total, and a function to say how far it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Stages(Protocol):
    """Whoever runs a mission may watch its stages: time them, show a bar."""

    def stage(
        self, name: str, total: int | None = None, unit: str = ""
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a stage of `total` units, and give a function to call with the amount done since its last call."""


class Unwatched:
    """Nobody watches."""

    def stage(
        self, name: str, total: int | None = None, unit: str = ""
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a stage that nobody watches."""
        del name, total, unit
        return nullcontext(_nothing)


def _nothing(_: int) -> None:
    """Tell nobody."""
