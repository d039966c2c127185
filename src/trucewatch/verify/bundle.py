"""Decisions made off line, on a stick: a bundle of entries, and how it is merged into the journal.

The rule, in plain sentences.
1. A bundle is text: one line says what it is, for which log, and how many entries follow; then one entry a line, as signed.
2. Merged, each entry goes through `admit` like any other. What is in the journal already is passed over. What needs another entry
   of the bundle waits until that was taken, so the order on the stick does not matter.
3. What is refused is returned with its rule. Nothing is lost without a word: taken, known and refused together are the bundle.
4. Two decisions on one subject, made apart and each approved, are both taken and both kept: they contradict each other until two
   people settle it by a decision that overrules both (`Standing`, the heads of a subject).
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from trucewatch.errors import ActRefused, JournalError
from trucewatch.journal import Entry, canonical, parse_entry
from trucewatch.verify.standing import Standing, admit

HEAD: Final = "trucewatch bundle v1"


@dataclass(frozen=True)
class Merged:
    """What became of a bundle: the standing after it, the entries taken in their order, those known, those refused and why."""

    standing: Standing
    taken: tuple[Entry, ...]
    known: tuple[Entry, ...]
    refused: tuple[tuple[Entry, ActRefused], ...]


def bundle_of(entries: Sequence[Entry], origin: str) -> bytes:
    """Return the bytes of a bundle of entries of that log."""
    head = canonical({"bundle": HEAD, "entries": len(entries), "origin": origin})
    return b"\n".join((head, *(entry.data for entry in entries))) + b"\n"


def parse_bundle(data: bytes, origin: str, *, name: str) -> tuple[Entry, ...]:
    """Return the entries of a bundle for the log of that origin.

    Raises JournalError, with the line, for what is no bundle, of another log, cut off, or holds what is no entry.
    """
    first, *lines = data.split(b"\n")
    try:
        head = json.loads(first)
        whole = isinstance(head, dict) and head.get("bundle") == HEAD and canonical(head) == first
    except (ValueError, RecursionError, JournalError):
        head, whole = {}, False
    if not whole:
        raise JournalError("not a bundle", where=f"{name}, line 1", to_do="give what `trucewatch bundle export` wrote")
    if head.get("origin") != origin:
        told = f"of the log {head.get('origin')!r}, and this one is {origin!r}"
        raise JournalError(told, where=name, to_do="an entry of one log does not hold in another")
    if head.get("entries") != len(lines) - 1 or lines[-1]:
        what = f"{head.get('entries')} entries were written, and {max(len(lines) - 1, 0)} are there"
        raise JournalError(what, where=name, to_do="copy it again: the end is missing")
    return tuple(parse_entry(line, where=f"{name}, line {n}") for n, line in enumerate(lines[:-1], start=2))


def merge(standing: Standing, entries: Sequence[Entry], *, now: dt.datetime | None = None) -> Merged:
    """Take in what the rules admit of a bundle, whatever its order; `now` is the clock where it comes in."""
    known = tuple(entry for entry in entries if entry.entry_id in standing.state.entries)
    waiting = list({e.entry_id: e for e in entries if e.entry_id not in standing.state.entries}.values())
    taken: list[Entry] = []
    while True:
        refused: list[tuple[Entry, ActRefused]] = []
        for entry in waiting:
            try:
                admit(standing, entry, now=now)
            except ActRefused as error:
                refused.append((entry, error))
                continue
            standing = standing.after(entry, standing.state.size)
            taken.append(entry)
        if len(refused) in (0, len(waiting)):
            return Merged(standing, tuple(taken), known, tuple(refused))
        waiting = [entry for entry, _ in refused]
