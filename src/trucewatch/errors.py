"""The one tree of errors.

    TrucewatchError            exit 1   the root: what happened, where, what to do
    ├── UsageError             exit 2   a command was called wrongly
    ├── DocumentError          exit 3   an agreement, mission, manifest or scenario is wrong (all problems at once)
    ├── DeliveryError          exit 4   a delivery cannot be read at all (a bad row is set aside instead)
    ├── TableError             exit 5   a table lacks a column or breaks its rule
    ├── ReleaseRefused         exit 6   a product would show an audience what it may not see
    ├── MissingError           exit 7   a file, an optional package or a source is not there
    ├── FetchError             exit 8   the network: a host did not answer, cut off, lied, or may not be asked
    ├── JournalError           exit 9   the journal: an entry, a proof, a signature or a checkpoint does not hold
    ├── StoreError             exit 10  the disk or the database: it cannot be written or read, or is not what was kept
    └── ActRefused             exit 11  a person may not do that: the rule of two people, a role, a key, a claim

An error says what happened, where (file, line or row, column) and what to do. Exit 0 is success; 70 is a fault of
trucewatch itself.
"""

import unicodedata
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `where` (file, line or row, key or column), `what`, and what `to_do` about it.

    Written, it is one line: what it cites of a file may hold anything, and would forge a second one.
    """

    where: str
    what: str
    to_do: str = ""

    def __str__(self) -> str:
        return _one_line(f"{self.where}: {self.what}" + (f" → {self.to_do}" if self.to_do else ""))


def _one_line(text: str) -> str:
    """Return `text` with a space for what ends a line, and � for what steers a terminal or turns a line around."""
    if text.isprintable():  # nothing of either kind: no need to look at each letter
        return text
    ends = {"Zl": " ", "Zp": " ", "Cc": "�", "Cf": "�", "Co": "�", "Cs": "�"}
    return "".join(" " if c in "\n\r\t" else ends.get(unicodedata.category(c), c) for c in text)


class TrucewatchError(Exception):
    """The root of all errors that trucewatch raises on purpose.

    >>> str(TableError("column is absent", where="observations.act", to_do="add it"))
    'observations.act: column is absent → add it'
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", to_do: str = "") -> None:
        self.problems: tuple[Problem, ...] = (Problem(where, what, to_do),)
        super().__init__(str(self.problems[0]) if where else what + (f" → {to_do}" if to_do else ""))


class UsageError(TrucewatchError):
    """A command or a function was called wrongly."""

    exit_code = 2


class DocumentError(TrucewatchError):
    """A document is wrong; carries every problem found in it, never only the first."""

    exit_code = 3

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class DeliveryError(TrucewatchError):
    """A delivery cannot be read at all: wrong source, no rows, wrong encoding. A bad row is set aside instead."""

    exit_code = 4


class TableError(TrucewatchError):
    """A table lacks a column, has one too many, or breaks a rule of its schema."""

    exit_code = 5


class ReleaseRefused(TrucewatchError):  # noqa: N818  (the design's word: a refusal is an answer, not a fault)
    """A product would show an audience what it may not see; nothing was written."""

    exit_code = 6


class MissingError(TrucewatchError):
    """A file, an optional package or a source is not there."""

    exit_code = 7


class FetchError(TrucewatchError):
    """The network: a host did not answer, cut off, told a wrong length, sent what is no data, or may not be asked."""

    exit_code = 8


class JournalError(TrucewatchError):
    """The journal: an entry, a proof, a signature or a checkpoint does not hold, or contradicts another."""

    exit_code = 9


class StoreError(TrucewatchError):
    """The disk or the database: it cannot be written or read, or holds other bytes than were kept."""

    exit_code = 10


class ActRefused(TrucewatchError):  # noqa: N818  (a refusal is an answer, not a fault)
    """A person may not do that; `rule` names the rule, as `trucewatch.verify.RULES` has it."""

    exit_code = 11

    def __init__(self, what: str, *, rule: str, where: str = "", to_do: str = "") -> None:
        super().__init__(what, where=where, to_do=to_do)
        self.rule = rule
