"""What a writer gives: rows of text in the source's own columns, and how a row can be broken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breakage:
    """One way to break a row so that a reader must set it aside: `column` gets `value`."""

    column: str
    value: str
