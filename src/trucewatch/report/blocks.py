"""The report as blocks: what it says, before it is put on a page or on paper.

The rule, in plain sentences.
1. A report is a head and a tuple of sections, in the order in which they are read. `contents` names them, and nothing else does.
2. A section has an id, a title and a tuple of blocks. A section without a block is left out, so that a section with nothing to say
   returns no blocks.
3. A block is one of `Paragraph`, `Heading`, `Quote`, `Bullets`, `Table`, `Figure`, `Terms`. The page (`page`) and the paper (`pdf`)
   each go over the blocks in one loop. A new section is therefore one function that returns a `Section`: no template is touched.
   A new kind of block is one dataclass here and one branch in each of both templates.
4. Blocks hold finished words of one language, made by `Words`. They hold no markup: each rendering escapes every text, and makes
   it plain. The one exception is the SVG of a figure and of its key, which `svg` makes.
5. The first cell of every row names the row. A column of numbers says so, and is set flush right.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a `note` is said more softly."""

    text: str
    note: bool = False
    kind: Literal["paragraph"] = field(default="paragraph", init=False)


@dataclass(frozen=True)
class Heading:
    """A heading below the section’s title, for the blocks that follow."""

    text: str
    kind: Literal["heading"] = field(default="heading", init=False)


@dataclass(frozen=True)
class Quote:
    """The words of somebody else, such as a clause or a remark, and whose they are."""

    text: str
    by: str = ""
    kind: Literal["quote"] = field(default="quote", init=False)


@dataclass(frozen=True)
class Bullets:
    """A list of sentences: `lead` for the weightiest, `small` for what few read."""

    items: tuple[str, ...]
    style: Literal["normal", "lead", "small"] = "normal"
    kind: Literal["bullets"] = field(default="bullets", init=False)


@dataclass(frozen=True)
class Column:
    """The head of a column."""

    title: str
    number: bool = False


@dataclass(frozen=True)
class Cell:
    """The words of a cell, and what stands with them."""

    text: str
    strong: bool = False
    beside: str = ""  # softer, behind the text
    below: str = ""  # softer, on a line of its own
    warning: str = ""  # strong, on a line of its own


Row: TypeAlias = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table with its caption; `empty` is said in place of the rows when there are none."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    foot: Row = ()
    empty: str = ""
    kind: Literal["table"] = field(default="table", init=False)


@dataclass(frozen=True)
class Figure:
    """A picture as SVG, what it shows in words (`alt`), its key of (SVG, label) and a note."""

    svg: str
    alt: str
    key: tuple[tuple[str, str], ...]
    note: str
    kind: Literal["figure"] = field(default="figure", init=False)


@dataclass(frozen=True)
class Terms:
    """Words and what they mean."""

    pairs: tuple[tuple[str, str], ...]
    kind: Literal["terms"] = field(default="terms", init=False)


Block: TypeAlias = Paragraph | Heading | Quote | Bullets | Table | Figure | Terms


@dataclass(frozen=True)
class Section:
    """A section: `section_id` is its anchor (lower case, hyphens)."""

    section_id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Stamp:
    """What stands on the first page for all to see: `draft`, `out` (released) or `test` (back-test)."""

    text: str
    kind: Literal["draft", "out", "test"]


@dataclass(frozen=True)
class OtherPage:
    """The same report in another language: its code, its own name for itself, and the file beside this one."""

    language: str
    name: str
    file: str


@dataclass(frozen=True)
class Report:
    """A whole report in one language."""

    language: str
    title: str
    mission_title: str
    period: str
    made: str
    stamps: tuple[Stamp, ...]
    banner: str
    running: str  # on every page
    sections: tuple[Section, ...]
    foot: str
    skip: str  # the link for those who read with the keyboard
    page_of: str  # "Page {page} of {pages}" with both still to be filled in
    elsewhere: str = ""  # what is said before the links to other languages
    others: tuple[OtherPage, ...] = ()


def columns(*titles: str, numbers: int = 0) -> tuple[Column, ...]:
    """Return columns of text, the last `numbers` of them of numbers.

    >>> [column.number for column in columns("Region", "shelling", "All", numbers=2)]
    [False, True, True]
    """
    return tuple(Column(title, n >= len(titles) - numbers) for n, title in enumerate(titles))


def row(*cells: str | Cell) -> Row:
    """Return a row; a text becomes a cell of it.

    >>> row("North", Cell("12", beside="(10)"))[1].beside
    '(10)'
    """
    return tuple(Cell(cell) if isinstance(cell, str) else cell for cell in cells)
