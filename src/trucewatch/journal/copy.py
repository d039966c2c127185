"""An exported copy of the journal: files that can be verified with nothing but the verifier keys of log and witnesses.

The form:

- `entries.jsonl`: the entries in their order, one a line, each as its canonical bytes and a newline.
- `ids.txt`: the id of each entry, 64 hex digits and a newline. The checkpoints vouch for these too, so that of an entry that was
  changed, moved or taken out it can be said which, and not only that the root is another.
- `checkpoints/<size>.checkpoint`: signed notes with their cosignatures; the size has 12 digits.
- `timestamps/<size>.tsr`: RFC 3161 time-stamps of checkpoints, where there are any.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from trucewatch.errors import JournalError
from trucewatch.journal.checkpoint import Checkpoint
from trucewatch.journal.merkle import Tree, leaf_hash

ENTRIES: Final = "entries.jsonl"
IDS: Final = "ids.txt"
CHECKPOINTS: Final = "checkpoints/"
TIMESTAMPS: Final = "timestamps/"
_IDS: Final = re.compile(rb"(?:[0-9a-f]{64}\n)*")


@dataclass(frozen=True)
class Copy:
    """The bytes of a copy: `checkpoints` and `timestamps` by their file names, without the folder."""

    entries: bytes
    ids: bytes
    checkpoints: Mapping[str, bytes] = field(default_factory=dict)
    timestamps: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the copy by their names."""
        signed = {CHECKPOINTS + name: data for name, data in self.checkpoints.items()}
        return {
            ENTRIES: self.entries,
            IDS: self.ids,
            **signed,
            **{TIMESTAMPS + n: d for n, d in self.timestamps.items()},
        }


def copy_of(files: Mapping[str, bytes]) -> Copy:
    """Return the copy that files below a folder are. Raises JournalError when one is absent, or one too many is there."""
    for name in (ENTRIES, IDS):
        if name not in files:
            raise JournalError(
                "no such file in the copy", where=name, to_do="give a folder of `trucewatch journal export`"
            )
    below: dict[str, dict[str, bytes]] = {CHECKPOINTS: {}, TIMESTAMPS: {}}
    for name in sorted(set(files) - {ENTRIES, IDS}):
        folder, _, file = name.rpartition("/")
        if f"{folder}/" not in below:
            raise JournalError("a copy of a journal has no such file", where=name, to_do="take it out")
        below[f"{folder}/"][file] = files[name]
    return Copy(files[ENTRIES], files[IDS], below[CHECKPOINTS], below[TIMESTAMPS])


def export(entries: Iterable[bytes], checkpoints: Iterable[Checkpoint]) -> Copy:
    """Return the copy of a journal: its entries as their bytes, in order, and its checkpoints.

    Checkpoints of one size and root become one, with the cosignatures of all. Raises JournalError for two roots of one size.
    """
    lines = list(entries)
    ids = "".join(f"{leaf_hash(line).hex()}\n" for line in lines)
    signed: dict[str, Checkpoint] = {}
    for each in checkpoints:
        name = checkpoint_name(each.size)
        known = signed.get(name, each)
        if known.text != each.text:
            to_do = "keep both: they prove that the log shows two faces"
            raise JournalError("two checkpoints of one size contradict each other", where=name, to_do=to_do)
        signed[name] = known.with_signatures(each.signatures)
    data = {name: signed[name].data for name in sorted(signed)}
    return Copy(b"".join(line + b"\n" for line in lines), ids.encode(), data)


def checkpoint_name(size: int) -> str:
    """Return the name of the file of a checkpoint.

    >>> checkpoint_name(120)
    '000000000120.checkpoint'
    """
    return f"{size:012d}.checkpoint"


def timestamp_name(size: int) -> str:
    """Return the name of the file of a checkpoint's time-stamp."""
    return f"{size:012d}.tsr"


def line_of(number: int) -> str:
    """Return how the line of entry `number`, from 0, is named.

    >>> line_of(16)
    'entries.jsonl line 17'
    """
    return f"{ENTRIES} line {number + 1}"


def lines_of(data: bytes, *, where: str) -> list[bytes]:
    """Return the lines of a file, without their newlines. Raises JournalError when the last one has none."""
    *lines, rest = data.split(b"\n")
    if rest:
        what = "the last line has no end: something was cut off"
        raise JournalError(what, where=f"{where} line {len(lines) + 1}", to_do="ask for the whole")
    return lines


def tree_of(ids: bytes) -> Tree:
    """Return the tree over the ids of a copy. Raises JournalError naming the line that is none."""
    lines = lines_of(ids, where=IDS)
    if not _IDS.fullmatch(ids):
        number = next(number for number, line in enumerate(lines, 1) if not _IDS.fullmatch(line + b"\n"))
        raise JournalError("not the id of an entry: 64 small hex digits", where=f"{IDS} line {number}")
    return Tree(bytes.fromhex(line.decode()) for line in lines)
