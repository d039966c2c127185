"""The paper: every text of the page, tagged, in Cyrillic too, the same bytes each time, and no strange letter makes it fail."""

import datetime as dt
import io
import re
import time
import unicodedata
from dataclasses import replace

import pypdf
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.report import blocks as b
from trucewatch.report.contents import contents
from trucewatch.report.counts import day_of
from trucewatch.report.pdf import pdf
from trucewatch.when import Span
from trucewatch.words import Words

MADE = dt.datetime(2026, 3, 21, 6, 30, tzinfo=dt.UTC)
UKRAINIAN = "Ґанок, їжак, єдність, іній: щоденний звіт № 7 «Перемир’я»"
PICTURE = '<svg viewBox="0 0 90 30"><text x="9" y="20" class="town">{}</text></svg>'


def read(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data), strict=False)


def text_of(data: bytes) -> str:
    """Return all text of a PDF in one line, without the marks that only break words."""
    told = " ".join(page.extract_text() for page in read(data).pages).replace("\u200b", "")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", told))


def letters(text: str) -> str:
    """Return a text without white space: where a line breaks is not what it says."""
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def report(released, facts) -> b.Report:
    made = released(120)
    return contents(made, facts, day_of(made, facts), Words("en"))


@pytest.fixture(scope="module")
def paper(report) -> bytes:
    return pdf(report, MADE)


def test_it_is_tagged_titled_dated_and_in_a_language(paper, report):
    made = read(paper)
    root = made.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert made.metadata.title == report.title
    assert made.metadata.creation_date == MADE
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data().decode()


def tags(node: object, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (tag, alternative text) of the structure tree, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for each in node:
            tags(each, found)
    elif isinstance(node, dict):
        if "/S" in node:
            found.append((str(node["/S"]).strip("/"), str(node.get("/Alt", ""))))
        tags(node.get("/K", []), found)
    return found


def test_headings_tables_and_the_map_are_told_to_those_who_do_not_see(paper, report):
    found = tags(read(paper).trailer["/Root"]["/StructTreeRoot"], [])
    told = [tag for tag, _ in found]
    tables = [block for section in report.sections for block in section.blocks if block.kind == "table"]
    assert told.count("H1") == len(report.sections)
    assert told.count("Table") == told.count("THead") == len(tables)
    assert told.count("TH") == sum(len(table.columns) for table in tables)
    [alt] = [alt for _, alt in found if alt]
    assert alt.startswith("Map of 90 incidents. Ellipses hold")


def test_it_says_what_the_page_says(paper, report):
    said = letters(text_of(paper))
    for section in report.sections:
        assert letters(section.title) in said
        for block in section.blocks:
            for text in {"bullets": lambda b: b.items, "paragraph": lambda b: [b.text], "table": lambda b: [b.caption]}.get(
                block.kind, lambda _: []
            )(block):  # fmt: skip
                assert letters(text) in said, text


def test_the_stamp_and_the_number_of_the_page_are_on_every_page(paper, report):
    pages = read(paper).pages
    assert len(pages) >= 3
    for n, page in enumerate(pages, 1):
        said = letters(page.extract_text())
        assert letters(report.running) in said
        assert letters(f"Page {n} of {len(pages)}") in said


def test_the_head_of_a_table_is_repeated_where_it_goes_on(a_report):
    rows = tuple(b.row(f"row {n}", str(n)) for n in range(120))
    table = b.Table("Many rows", b.columns("Stands above", "n", numbers=1), rows)
    pages = read(pdf(a_report("x", (b.Section("s", "S", (table,)),)), MADE)).pages
    assert len(pages) >= 2
    assert all("Stands above" in page.extract_text() for page in pages)


def test_the_same_gives_the_same_bytes_and_another_time_another_date(report, paper):
    assert pdf(report, MADE) == paper
    assert pdf(report, MADE + dt.timedelta(days=1)) != paper


def test_a_back_test_says_so_on_every_page(released, facts):
    tested = replace(facts, supposed=Span(facts.period_before.start_utc, facts.period.end_utc))
    made = released(40)
    data = pdf(contents(made, tested, day_of(made, tested), Words("en")), MADE)
    assert all("Back-test – never in force" in page.extract_text() for page in read(data).pages)


def test_every_text_of_every_block_is_there(every_block, a_report):
    for block in every_block("Snow§man"):
        told = repr(block).count("Snow§man") - isinstance(block, b.Figure)  # its alternative text is in the tags
        empty, full = (text_of(pdf(a_report("x", (b.Section("s", "S", part),)), MADE)) for part in ((), (block,)))
        assert full.count("Snow§man") == told > empty.count("Snow§man"), block


def test_ukrainian_is_written_and_read_back(every_block, a_report):
    figure = b.Figure(PICTURE.format("Їжакове"), "Мапа", (), UKRAINIAN)
    report = replace(
        a_report(UKRAINIAN, (b.Section("s", UKRAINIAN, (*every_block(UKRAINIAN), figure)),)), language="uk"
    )
    data = pdf(report, MADE)
    said = letters(text_of(data))
    assert said.count(letters(UKRAINIAN)) >= 25
    assert "Їжакове" in said
    assert "\ufffd" not in said
    assert read(data).trailer["/Root"]["/Lang"] == "uk"


HOSTILE = (
    '#panic("x")',
    "= heading\n- item",
    "$x^2$ *b* _i_ @ref <label> `raw` \\ // /*",
    '#read("/etc/passwd")',
    '"}]}',
    "]#[",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(every_block, a_report, text):
    said = letters(text_of(pdf(a_report(text, (b.Section("s", text, every_block(text)),)), MADE)))
    assert said.count(letters(text)) >= 15


def test_text_that_steers_is_made_harmless(every_block, a_report):
    text = "a\u202e\x07b"
    said = text_of(pdf(a_report(text, (b.Section("s", text, every_block(text)),)), MADE))
    assert "a\ufffd\ufffdb" in said
    assert not re.search("[\u202e\x07]", said)


def test_a_letter_without_a_glyph_becomes_a_mark_and_others_stay(a_report):
    said = text_of(pdf(a_report("漢 Ґ 😀 ქ \u1f00", ()), MADE))
    assert "\ufffd Ґ \ufffd ქ \u1f00" in said


@settings(max_examples=40)
@given(text=st.text(max_size=30))
def test_no_text_makes_it_fail(every_block, a_report, text):
    figure = b.Figure(PICTURE.format(re.sub("[&<>]", "", text)), text, (), text)
    data = pdf(a_report(text, (b.Section("s", text, (*every_block(text), figure)),)), MADE)
    assert data.startswith(b"%PDF")


def test_a_word_longer_than_a_column_stays_in_its_column(a_report):
    """It breaks, so that it hides no other cell: the page gets no wider, the text is whole."""
    word = "x" * 300
    table = b.Table("Wide", b.columns("a", "b"), (b.row(word, "seen"), b.row("short", "seen")))
    made = pdf(a_report("x", (b.Section("s", "S", (table,)),)), MADE)
    assert word in letters(text_of(made))
    assert any("seen" in line and "xxx" in line for page in read(made).pages
               for line in page.extract_text(extraction_mode="layout").splitlines())  # fmt: skip


def test_a_mistake_in_the_template_is_not_taken_for_a_strange_letter(a_report):
    with pytest.raises(typst.TypstError, match="no such kind"):
        pdf(a_report("x", (b.Section("s", "S", (replace(b.Heading("x"), text="y"), _Odd("z"))),)), MADE)


def _Odd(text: str) -> b.Heading:
    block = b.Heading(text)
    object.__setattr__(block, "kind", "odd")
    return block


def test_it_is_made_in_about_a_second(report):
    pdf(report, MADE)
    start = time.process_time()
    pdf(report, MADE + dt.timedelta(days=2))
    assert time.process_time() - start < 3
