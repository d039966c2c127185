"""A report of earlier, rendered again from the record, byte for byte.

Which report is meant is told by a checkpoint (the last release before it), by the entry of a release, or by a generation. Of a
release that is the copy that was published, with the names of those who released it, or where asked the proof that they approved;
one that was not published has the proof alone. All that a report was made of lies in the store under hashes that its record
names; nothing is taken from the mission as it is now.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from trucewatch.errors import MissingError, StoreError, UsageError
from trucewatch.journal import Entry, parse_checkpoint, parse_entry
from trucewatch.mission.generation import generation_of
from trucewatch.mission.load import Loaded, load_from
from trucewatch.mission.telling import DOCUMENT, Telling, tell
from trucewatch.store import Redacted, Store, open_store, read_bytes, write_files

SHORTEST: Final = 8
"""Letters of a hash that may stand for all of it."""


@dataclass(frozen=True)
class Replayed:
    """A report rendered again: its page, how many files are the same bytes, which are not, and what was redacted.

    Where a table of it was redacted nothing is rendered: `page` is None, and that is as it should be.
    """

    page: Path | None
    same: int
    differ: tuple[str, ...]
    redacted: tuple[str, ...]
    versions: Mapping[str, str]


def replay(
    store: Path,
    at: str,
    *,
    out: Path,
    database: str | None = None,
    day: dt.date | None = None,
    audience: str = "internal",
    proof: bool = False,
) -> Replayed:
    """Render the report that `at` names again, into `out`, and compare it with what was written then.

    `at`: a file with a checkpoint, the size of one, the id of a release's entry, or the name of a generation, of which `day`
    (the last reported one when absent) and `audience` tell the report. `proof`: of a release what was approved, and not what
    was published. Raises MissingError when there is none such,
    StoreError when the store no longer holds what it needs.
    """
    if not store.is_dir():
        raise MissingError("no store", where=str(store), to_do="name the folder of the store")
    with open_store(store, database=database) as opened:
        record = opened.objects.get_manifest(_record_of(opened, at, day, audience, proof=proof))
        telling = Telling.of_record(record["told"])
        frames, redacted = _tables(opened, dict(record["tables"]))
        if redacted:
            return Replayed(None, 0, (), redacted, telling.versions)
        released, files = tell(documents_of(opened, record), frames, telling, opened.objects)
    folder = out / "report" if released.is_draft else out / f"report-{released.audience}"
    write_files(folder, files)
    then = record["files"]
    now = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    differ = tuple(sorted(name for name in {*then, *now} if then.get(name) != now.get(name)))
    return Replayed(folder / "index.html", len(then) - len(differ), differ, (), telling.versions)


def documents_of(store: Store, record: Mapping[str, Any]) -> Loaded:
    """Return the mission as it was when a report was made."""
    documents = {name: store.objects.get_bytes(known, DOCUMENT) for name, known in record["documents"].items()}
    return load_from(documents[record["mission"]], name=record["mission"], beside=_among(documents))


def _among(documents: Mapping[str, bytes]) -> Callable[[str], bytes]:
    def get(name: str) -> bytes:
        if name not in documents:
            raise MissingError("the report was made without this document", where=name)
        return documents[name]

    return get


def _tables(store: Store, names: Mapping[str, str]) -> tuple[dict[str, pl.DataFrame], tuple[str, ...]]:
    """Return the tables of these names, and which of them were redacted."""
    frames, redacted = {}, []
    for table, name in names.items():
        try:
            frames[table] = store.objects.get(name)
        except Redacted:
            redacted.append(table)
    return frames, tuple(redacted)


def _record_of(store: Store, at: str, day: dt.date | None, audience: str, *, proof: bool) -> str:
    """Return the name of the record of the report that is meant."""
    if Path(at).is_file():
        return _of_size(store, parse_checkpoint(read_bytes(Path(at)), where=at).size, day, audience, proof=proof)
    if at.isdecimal() and len(at) < SHORTEST:
        return _of_size(store, int(at), day, audience, proof=proof)
    if not re.fullmatch(rf"[0-9a-f]{{{SHORTEST},64}}", at):
        to_do = "name a file with a checkpoint, its size, the id of an entry, or a generation"
        raise UsageError("names no report", where=f"--at {at}", to_do=to_do)
    found = store.database.read("SELECT data FROM entries WHERE entry_id LIKE ? AND kind = 'release'", (f"{at}%",))
    if len(found) == 1:
        approved = _of_release(store, parse_entry(bytes(found[0][0])))
        return approved if proof else _published(store, approved) or approved
    names = {name for name, _ in store.index.generations() if name.startswith(at)}
    if len(names) != 1:
        what = "no release and no generation of that name" if not names else "several generations begin so"
        raise MissingError(what, where=f"--at {at}", to_do="give the whole name")
    return _of_generation(store, names.pop(), day, audience)


def _of_size(store: Store, size: int, day: dt.date | None, audience: str, *, proof: bool) -> str:
    """Return the last release among the first `size` entries that was published by then; where none was, the proof of the last.

    Without any, the report of the last generation then.
    """
    found = store.database.read(
        "SELECT data FROM entries WHERE position < ? AND kind = 'release' ORDER BY position DESC", (size,)
    )
    every = [_of_release(store, parse_entry(bytes(data))) for (data,) in found]
    for approved in every:
        if left := _published(store, approved, size):
            return approved if proof else left
    if every:
        return every[0]
    names = [name for name, then in store.index.generations() if then <= size]
    if not names:
        raise MissingError("no report was made by then", where=f"--at {size}", to_do="name a later checkpoint")
    return _of_generation(store, names[-1], day, audience)


def _of_release(store: Store, entry: Entry) -> str:
    body = entry.body
    day = dt.date.fromisoformat(str(body["day"]))
    return _of_generation(store, str(body["generation"]), day, str(body["audience"]))


def _published(store: Store, approved: str, size: int | None = None) -> str | None:
    """Return the record of the copy that was published of an approved proof, by the time of `size` entries; None where none was."""
    proof = store.objects.get_manifest(approved)
    place = f"{proof['told']['day']}/{proof['told']['audience']}"
    seen = set()
    for name, then in reversed(store.index.generations()):
        record = generation_of(store, name).reports.get(place)
        if record is None or record in seen or (size is not None and then > size):
            continue
        seen.add(record)
        copy = store.objects.get_manifest(record)
        unsigned = {**copy["told"], "released_by": ""}
        if copy["told"]["released_by"] and (unsigned, copy["tables"]) == (proof["told"], proof["tables"]):
            return record
    return None


def _of_generation(store: Store, name: str, day: dt.date | None, audience: str) -> str:
    """Return the record of the report on `day`, or on the last day reported, for an audience."""
    if name not in {known for known, _ in store.index.generations()}:
        raise StoreError("the store does not know this generation", where=name, to_do="restore the backup")
    reports = generation_of(store, name).reports
    days = [place.partition("/")[0] for place in reports if place.endswith(f"/{audience}")]
    wanted = day.isoformat() if day else max(days, default="")
    if f"{wanted}/{audience}" not in reports:
        told = ", ".join(sorted(reports)) or "none"
        raise MissingError(
            f"no such report; there are: {told}", where=f"{wanted}/{audience}", to_do="name --day and --audience"
        )
    return reports[f"{wanted}/{audience}"]
