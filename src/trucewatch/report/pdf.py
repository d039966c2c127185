"""The paper: the report’s blocks as a tagged PDF (PDF/UA-1), the same bytes from the same report.

Typst compiles in memory, with the fonts it carries: Latin, Cyrillic, Greek, Arabic, Hebrew, Georgian and Armenian letters. A letter
that none of them has (Chinese, an emoji) would leave a hole, which PDF/UA forbids: it becomes �. The page and the tables keep it.
"""

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import typst

from trucewatch.report.blocks import Report
from trucewatch.report.page import TEMPLATES
from trucewatch.report.svg import alone
from trucewatch.words import plain

STANDARD: Final = "ua-1"
FONT: Final = "Libertinus Serif"
BOLD: Final = 1.4  # a head is in bold, and none of its words should be cut or run into the next
NARROWEST, WIDEST = 5, 36  # letters by which the width of a column goes, at least and at most
CERTAIN: Final = (
    r"[^\u0000-\u024f\u0400-\u045f\u0490\u0491\u2010-\u2027\u2030-\u203a\u2116\ufffd]"  # all but letters that FONT has
)
NOWHERE: Final = r"[\u2e80-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00010000-\U0010ffff]"  # scripts that no font here has
PROBE: Final = f"""#set document(title: "x")
#set text(font: "{FONT}")
#sys.inputs.text
#image(bytes(sys.inputs.svg), format: "svg", alt: "x")""".encode()


def pdf(report: Report, made_utc: datetime) -> bytes:
    """Return `report.pdf`, dated `made_utc`."""
    told = _harmless(asdict(report))
    for section in told["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "table":
                block["widths"] = _widths(block)
            elif block["kind"] == "figure":
                block["svg"] = alone(block["svg"], FONT)
                block["key"] = [(alone(swatch, FONT), label) for swatch, label in block["key"]]
    text = json.dumps(told, ensure_ascii=False)
    text = text.translate(dict.fromkeys(map(ord, _without_glyph(frozenset(re.findall(CERTAIN, text)))), "\ufffd"))
    source = TEMPLATES.joinpath("report.typ").read_bytes()
    try:
        return _compile(source, {"report": text}, made_utc)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        # a letter that has a glyph by itself, but not with the marks that stand on it
        return _compile(source, {"report": re.sub(CERTAIN, "\ufffd", text)}, made_utc)


def _compile(source: bytes, inputs: dict[str, str], made_utc: datetime) -> bytes:
    """Compile without system fonts and at a given instant: else two machines make two files."""
    return typst.compile(
        source,
        format="pdf",
        sys_inputs=inputs,
        ignore_system_fonts=True,
        pdf_standards=[STANDARD],
        timestamp=int(made_utc.timestamp()),
    )


def _harmless(value: Any) -> Any:
    """Return a value with every text of it made plain."""
    if isinstance(value, dict):
        return {name: _harmless(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_harmless(each) for each in value]
    return plain(value) if isinstance(value, str) else value


def _widths(table: dict[str, Any]) -> list[float]:
    """Return the share of each column in the width, by the letters that stand in it."""
    widths = []
    for n, column in enumerate(table["columns"]):
        cells = [row[n] for row in (*table["rows"], table["foot"]) if row]
        told = [
            max(len(cell["text"]) + len(cell["beside"]), len(cell["below"]), len(cell["warning"])) for cell in cells
        ]
        word = max((len(word) for word in column["title"].split()), default=0) * BOLD
        usual = sum(told) / len(told) if told else 0.0
        widths.append(min(max(usual, word, NARROWEST), WIDEST))
    return widths


@functools.lru_cache(maxsize=64)
def _without_glyph(letters: frozenset[str]) -> frozenset[str]:
    """Return those of `letters` that no embedded font has, by asking typst."""
    nowhere = frozenset(re.findall(NOWHERE, "".join(letters)))
    return nowhere | frozenset(_unfit("".join(sorted(letters - nowhere))))


def _unfit(letters: str) -> Iterator[str]:
    """Yield the letters that cannot be shown, by halving."""
    if not letters or _fits(letters):
        return
    if len(letters) == 1:
        yield letters
        return
    yield from _unfit(letters[: len(letters) // 2])
    yield from _unfit(letters[len(letters) // 2 :])


def _fits(letters: str) -> bool:
    """Say whether every letter can be shown, in the text and in a picture."""
    apart = " ".join(letters)
    svg = alone(f'<svg viewBox="0 0 9 9"><text x="0" y="5">{apart}</text></svg>', FONT)
    try:
        typst.compile(PROBE, sys_inputs={"text": apart, "svg": svg}, ignore_system_fonts=True, pdf_standards=[STANDARD])
    except typst.TypstError:
        return False
    return True
