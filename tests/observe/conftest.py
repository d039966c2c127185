"""A small valid file of every source, and how it is taken in."""

import csv
import datetime as dt
import io
import pathlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import metadata, resources

import openpyxl
import polars as pl
import pytest

from trucewatch import observe, when
from trucewatch.observe.sources import GROUP
from trucewatch.observe.take_in import content

RECEIVED = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)
KYIV = when.zone("Europe/Kyiv")
UKRAINE = (22.0, 44.0, 40.3, 52.5)


@dataclass(frozen=True)
class Sample:
    """A small valid file of one source, from the `sample.toml` of its tests.

    Its columns and rows; which columns hold what a source tells: `time` and, where it tells them, `latitude`, `longitude`
    and a `text`. `table` is what its rows become. `different`: other content under the same id. `times`: by kind, values
    that are no time; `no_time`: rule and column of a row without one.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    time: str
    times: dict[str, str]
    latitude: str = ""
    longitude: str = ""
    text: str = ""
    table: str = "observations"
    different: dict[str, str] = field(default_factory=dict)
    no_time: tuple[str, str] | None = None
    options: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def source(self) -> observe.Source:
        return observe.source(self.name)

    @property
    def content(self) -> list[str]:
        """The columns that make the content of a row of its table."""
        return list(content(self.table))

    def taken(self, data: bytes) -> pl.DataFrame:
        """The rows of its table that a file becomes."""
        return self.standing(self.take_in(data))

    def standing(self, taken: observe.TakenIn) -> pl.DataFrame:
        """The rows of its table."""
        return taken.observations if self.table == "observations" else taken.context[self.table]

    def given(self, **changed: object) -> observe.Given:
        """What a mission gives the reader, with some of it changed."""
        given = self.source.given(KYIV, options=self.options, beside=self.files.__getitem__, box=UKRAINE)
        return replace(given, **changed)

    def csv(self, rows: tuple[tuple[str, ...], ...] | None = None, columns: tuple[str, ...] | None = None) -> bytes:
        """The file, or one of other rows or columns, as UTF-8."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            [columns or self.columns, *(self.rows if rows is None else rows)]
        )
        return text.getvalue().encode()

    def xlsx(self, *rows: tuple[object, ...]) -> bytes:
        """The file, or one of other rows, as a workbook."""
        book = openpyxl.Workbook()
        for row in (self.columns, *(rows or self.rows)):
            book.active.append(row)
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()

    def changed(self, number: int = 0, /, **values: str) -> tuple[tuple[str, ...], ...]:
        """The rows with some values of row `number` replaced; a name is one of latitude, longitude, time, or a column."""
        roles = {name: getattr(self, name) for name in ("latitude", "longitude", "time")}
        columns = {roles.get(name) or name: value for name, value in values.items()}
        assert columns.keys() <= set(self.columns)
        row = tuple(columns.get(name, old) for name, old in zip(self.columns, self.rows[number], strict=True))
        return (*self.rows[:number], row, *self.rows[number + 1 :])

    def take_in(self, data: bytes, **changed: object) -> observe.TakenIn:
        """Take in a file; every row of it must be accounted for."""
        given = self.given(**changed)
        taken = observe.take_in(
            observe.Delivery("file.csv", data, RECEIVED, given.manifest.source_id), self.source.read, given
        )
        account = taken.delivery.row(0, named=True)
        assert account["observations"] == taken.observations.height
        assert account["set_aside"] == taken.set_aside.height
        assert account["context"] == sum(frame.height for frame in taken.context.values())
        parts = ("observations", "context", "set_aside", "repeated", "superseded")
        assert account["rows_in"] == sum(account[name] for name in parts)
        return taken


def _read(name: str, text: str) -> Sample:
    """The sample that a `sample.toml` describes; its rows have ";" between fields."""
    told = tomllib.loads(text)
    columns, *rows = ([cell.strip() for cell in line.split(";")] for line in told.pop("rows").strip().splitlines())
    told["files"] = {name: text.encode() for name, text in told.get("files", {}).items()}
    return Sample(name, tuple(columns), tuple(map(tuple, rows)), **told)


HERE = pathlib.Path(__file__).parent
SAMPLES = {
    path.parent.name: _read(path.parent.name, path.read_text(encoding="utf-8"))
    for path in sorted(HERE.glob("readers/*/sample.toml"))
}
for entry in metadata.entry_points(group=GROUP):  # a package outside brings its sample along
    if (beside := resources.files(entry.value) / "sample.toml").is_file():
        SAMPLES[entry.name] = _read(entry.name, beside.read_text(encoding="utf-8"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `located` over the sources whose rows have coordinates, and so on."""
    chosen = {
        "located": [name for name, some in SAMPLES.items() if some.latitude],
        "observed": [name for name, some in SAMPLES.items() if some.table == "observations"],
        "worded": [name for name, some in SAMPLES.items() if some.text],
        "revised": [name for name, some in SAMPLES.items() if some.different],
    }
    for argument, names in chosen.items():
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, names)


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Sample]:
    """A function that gives the small valid file of a source."""

    def of(name: str) -> Sample:
        assert name in SAMPLES, (
            f"a source without a sample: write readers/{name}/sample.toml here, or beside its read.py"
        )
        return SAMPLES[name]

    return of
