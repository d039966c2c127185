"""Objects that nothing needs any more, found from what is kept, and taken away.

The rule, in plain sentences.
1. Kept are the generation that stands, those before it that the keeper does not let go, every release (its record and tables, the
   generation it was made of and the one with the copy that was published, and what the next release is made with), the tables of
   every delivery, and what a step made whose key a kept manifest names.
2. Whatever a kept manifest names is kept, and what that names in turn; the table `basis` of a report names others in its column
   `object`. Any 64 hex digits are taken for a name: rather one too many is kept.
3. A generation that is let go is forgotten in the database first, and its objects are taken away after.
4. What anybody wrote or asked for within a day stays: a run beside this may be about to name it. Original bytes, the journal and
   tombstones are never touched.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from trucewatch.errors import MissingError, UsageError
from trucewatch.mission.generation import generation_of
from trucewatch.store import Store, open_store

DAY_S: Final = 86_400.0
_NAME: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True)
class Pruned:
    """How many objects there are and are needed, the files that are not with their bytes, and the generations let go."""

    objects: int
    bytes: int
    unneeded: dict[str, int]
    generations: tuple[str, ...]
    removed: tuple[str, ...]


def prune(
    folder: Path,
    *,
    database: str | None = None,
    generations: int | None = None,
    remove: bool = False,
    unwanted_s: float = DAY_S,
) -> Pruned:
    """Find the objects that nothing needs, and with `remove` take them away.

    `generations`: how many of those that stood before are kept too; all when absent. Raises MissingError where there is no store.
    """
    if not folder.is_dir():
        raise MissingError("no store", where=str(folder), to_do="name the folder of the store")
    if generations is not None and generations < 0:
        raise UsageError("fewer than none", where=f"--generations {generations}", to_do="give 0 or more")
    with open_store(folder, database=database) as store:
        stands = store.index.generation()
        past = [name for name, _ in store.index.generations() if name != stands]
        let_go = () if generations is None else _not_released(store, past[: max(len(past) - generations, 0)], stands)
        every = store.objects.every()
        needed, steps = _needed(store, [stands, *(set(past) - set(let_go))], every, is_all=not let_go)
        unneeded = {name: size for name, size in sorted(every.items()) if name.partition(".")[0] not in needed}
        removed: list[str] = []
        if remove:
            store.index.forget(let_go, set(store.index.every_computed()) - steps)
            removed = store.objects.sweep(unneeded, unwanted_s=unwanted_s)
    return Pruned(len(every), sum(every.values()), unneeded, let_go, tuple(removed))


def _releases(store: Store) -> list[str]:
    """Return every name that a release tells."""
    found = store.database.read("SELECT data FROM entries WHERE kind = 'release'")
    return [name for (data,) in found for name in _names(bytes(data))]


def _not_released(store: Store, past: Sequence[str], stands: str) -> tuple[str, ...]:
    """Return those of these generations of which no release was made, and that hold no published copy alone."""
    named, copies, let_go = set(_releases(store)), _copies(store, stands), []
    for name in reversed(past):
        mine = _copies(store, name)
        if name not in named and mine <= copies:
            let_go.append(name)
        copies |= mine
    return tuple(reversed(let_go))


def _copies(store: Store, generation: str) -> set[str]:
    """Return the records of the copies in a generation that were published, with the names of those who released them."""
    reports = generation_of(store, generation).reports.values()
    return {name for name in reports if store.objects.get_manifest(name)["told"].get("released_by")}


def _needed(store: Store, kept: Iterable[str], every: Iterable[str], *, is_all: bool) -> tuple[set[str], set[str]]:
    """Return the names of the objects that are needed, and the keys of the steps."""
    files: dict[str, list[str]] = {}
    for file in every:
        files.setdefault(file.partition(".")[0], []).append(file)
    computed = store.index.every_computed()
    waiting = [*kept, *_releases(store)]
    waiting += [name for reading in store.index.readings().values() for name in reading.objects.values()]
    waiting += computed if is_all else ()
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        waiting += computed.get(name, {}).values()
        for file in files.get(name, ()):
            path = store.objects.folder / file
            waiting += _names(path.read_bytes()) if path.suffix == ".json" else _named_by(path)
    return needed, needed & set(computed)


def _names(data: bytes) -> list[str]:
    return [found.decode() for found in _NAME.findall(data)]


def _named_by(path: Path) -> list[str]:
    """Return the objects that a table names."""
    if path.suffix != ".parquet" or "object" not in (kinds := pl.read_parquet_schema(path)):
        return []
    named = pl.read_parquet(path, columns=["object"])["object"] if kinds["object"] == pl.String else pl.Series([])
    return [name for name in named.drop_nulls().to_list() if _NAME.fullmatch(str(name).encode())]
