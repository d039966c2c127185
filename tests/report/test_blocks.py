"""Every kind of block is rendered, and every text of it stays text."""

import html
import re
from typing import get_args

import pytest

from trucewatch.report import blocks as b
from trucewatch.report.page import page

BAD = '<img src=x onerror=alert(1)> #panic("x") \u202e"&\x07'


def test_there_is_one_of_each_kind(every_block):
    assert {type(block) for block in every_block("x")} == set(get_args(b.Block))


def test_the_page_shows_every_text_of_every_block(every_block, a_report):
    for block in every_block("\u2603"):
        empty, full = (page(a_report("x", (b.Section("s", "S", part),))).decode() for part in ((), (block,)))
        told = repr(block).count("\u2603")
        told -= isinstance(block, b.Figure)  # the SVG says itself what it shows
        assert full.count("\u2603") == told > empty.count("\u2603"), block


def test_text_of_blocks_is_escaped(every_block, a_report):
    made = page(a_report(BAD, (b.Section("s", BAD, every_block(BAD)),))).decode()
    assert "<img" not in made
    assert not re.search("[\u202e\x07]", made)
    assert made.count(html.escape("<img src=x")) >= 30


@pytest.mark.parametrize("numbers", [0, 1, 3])
def test_columns_of_numbers_are_the_last(numbers):
    made = b.columns("a", "b", "c", numbers=numbers)
    assert [column.number for column in made] == [k >= 3 - numbers for k in range(3)]
