"""The report’s blocks as plain text, for a terminal."""

import textwrap
from collections.abc import Iterator
from typing import Final

from trucewatch.report.blocks import Block, Bullets, Figure, Heading, Paragraph, Quote, Report, Row, Table
from trucewatch.words import plain

WIDTH: Final = 100


def as_text(report: Report) -> str:
    """Return a report as text of at most 100 columns; a figure is said in its words."""
    lines = [report.title, "=" * min(len(report.title), WIDTH), report.period, report.made]
    for section in report.sections:
        lines += ["", section.title, "-" * min(len(section.title), WIDTH)]
        for block in section.blocks:
            lines += ["", *_lines(block)]
    return plain("\n".join((*lines, "", report.foot))) + "\n"


def _lines(block: Block) -> Iterator[str]:
    """Yield the lines of one block."""
    match block:
        case Paragraph(text=text):
            yield from textwrap.wrap(text, WIDTH)
        case Heading(text=text):
            yield from (text, "." * min(len(text), WIDTH))
        case Quote(text=text, by=by):
            yield from textwrap.wrap(
                f"“{text}”" + (f" – {by}" if by else ""), WIDTH, initial_indent="  ", subsequent_indent="  "
            )
        case Bullets(items=items):
            for item in items:
                yield from textwrap.wrap(item, WIDTH, initial_indent="- ", subsequent_indent="  ")
        case Figure(alt=alt, key=key, note=note):
            yield from textwrap.wrap(
                ". ".join(part for part in (alt, *(label for _, label in key), note) if part), WIDTH
            )
        case Table():
            yield from _table(block)
        case _:
            for term, meaning in block.pairs:
                yield from textwrap.wrap(f"{term}: {meaning}", WIDTH, subsequent_indent="    ")


def _table(table: Table) -> Iterator[str]:
    """Yield a table: its caption, then each row as a line a cell would be wrapped into; narrow tables in columns."""
    yield from textwrap.wrap(table.caption, WIDTH)
    if not table.rows:
        yield from textwrap.wrap(table.empty, WIDTH)
        return
    whole = [[column.title for column in table.columns], *(_cells(row) for row in (*table.rows, *(_foot(table))))]
    widths = [max(len(cell) for cell in column) for column in zip(*whole, strict=True)]
    if sum(widths) + 2 * len(widths) <= WIDTH:
        for cells in whole:
            yield "  ".join(
                cell.rjust(width) if column.number else cell.ljust(width)
                for cell, width, column in zip(cells, widths, table.columns, strict=True)
            ).rstrip()
        return
    for cells in whole[1:]:
        yield from textwrap.wrap(cells[0], WIDTH)
        for head, cell in zip(whole[0][1:], cells[1:], strict=True):
            yield from textwrap.wrap(f"{head}: {cell}", WIDTH, initial_indent="    ", subsequent_indent="        ")


def _foot(table: Table) -> tuple[Row, ...]:
    """Return the foot as a row of its own, where there is one."""
    return (table.foot,) if table.foot else ()


def _cells(row: Row) -> list[str]:
    """Return the words of each cell."""
    return [" ".join(part for part in (c.text, c.beside, c.warning, c.below) if part) for c in row]
