"""What commands print: results on stdout, as lines or as JSON; progress on stderr."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext

from trucewatch.words import plain


def result(values: Mapping[str, object], *, as_json: bool) -> None:
    """Print a result on stdout: one JSON object, or one line a value."""
    if as_json:
        print(json.dumps(dict(values), ensure_ascii=False, default=str))
        return
    width = max(map(len, values), default=0)
    for name, value in values.items():
        print(f"{name.replace('_', ' '):<{width}}  {plain(_shown(value))}")


def _shown(value: object) -> str:
    """Write a number with its thousands set apart, a mapping as its parts, anything else as it is."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items())
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


class Clock:
    """Times the stages of a command and, where stderr is a terminal, shows a bar with rate and time left."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, total: int | None = None, unit: str = "") -> Iterator[Callable[[int], None]]:
        """Time one stage and give a function to call with the amount done since its last call."""
        start = time.perf_counter()
        try:
            with _bar(name, total, unit) if sys.stderr.isatty() else nullcontext(_nothing) as advance:
                yield advance
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def tell(self) -> None:
        """Write the seconds of every stage to stderr."""
        told = " · ".join(f"{name} {seconds:.2f}" for name, seconds in self.seconds.items())
        print(f"seconds: {told} · all {sum(self.seconds.values()):.2f}", file=sys.stderr)


def _nothing(_: int) -> None:
    """Show nothing."""


@contextmanager
def _bar(name: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr while a stage runs; it leaves no trace."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = [TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()]
    if total:
        rate = TextColumn("{task.fields[rate]} " + unit + "/s, left")
        columns = [*columns[:2], TextColumn("{task.percentage:>3.0f} %"), rate, TimeRemainingColumn()]
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=total, rate="–")

        def advance(amount: int) -> None:
            progress.advance(task, amount)
            speed = progress.tasks[task].speed
            progress.update(task, rate=f"{speed:,.0f}" if speed else "–")

        yield advance
