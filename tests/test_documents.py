"""Every document is parsed the same way: every problem at once, each with its line and key."""

import pytest
from pydantic import Field

from trucewatch.documents import Strict, line_of, load_toml, parse_toml
from trucewatch.errors import DocumentError, Problem


class Post(Strict):
    """A post of the document under test."""

    name: str
    height_m: float = Field(gt=0)


class Camp(Strict):
    """The document under test."""

    title: str
    posts: tuple[Post, ...] = Field(min_length=1)
    post: Post | None = None


GOOD = """\
title = "north"

[[posts]]
name = "a"
height_m = 3

[[posts]]
name = "b"
height_m = 4
"""


def problems(text: str | bytes) -> tuple[Problem, ...]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(DocumentError) as caught:
        parse_toml(data, Camp, name="camp.toml")
    return caught.value.problems


def test_a_good_document_is_parsed_and_frozen():
    camp = parse_toml(GOOD.encode(), Camp, name="camp.toml")
    assert [post.height_m for post in camp.posts] == [3, 4]
    with pytest.raises(ValueError, match="frozen"):
        camp.title = "south"


def test_every_problem_is_told_at_once_with_its_line_key_and_what_to_do():
    text = GOOD.replace('title = "north"', "titel = 1").replace("height_m = 4", "height_m = -4\ncolour = 'red'")
    assert {(p.where, p.to_do) for p in problems(text)} == {
        ("camp.toml:1: title", "add it"),
        ("camp.toml:1: titel", "remove it, or correct its spelling"),
        ("camp.toml:9: posts[1].height_m", "correct the value"),
        ("camp.toml:10: posts[1].colour", "remove it, or correct its spelling"),
    }


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        (b'title = "a"\ntitle = \n', "camp.toml:2", "not TOML"),
        (b'title = "a"\nx = "\xff"', "camp.toml:2", "not UTF-8"),
        (b'title = "a"\nx = "\0"', "camp.toml:2", "not TOML"),
        (b'title = "a"\ntitle = "b"\n', "camp.toml:2", "not TOML"),
        (b"x = " + b"[" * 7_000, "camp.toml", "nested too deep"),
        (b"x = " + b"1" * 5_000, "camp.toml", "a number too long"),
    ],
    ids=["syntax", "encoding", "nul", "key-twice", "nested", "digits"],
)
def test_what_is_not_toml_is_refused_with_its_line(data, where, what):
    (problem,) = problems(data)
    assert problem.where == where
    assert what in problem.what
    assert problem.to_do


def test_an_empty_document_lacks_every_key():
    assert {p.where for p in problems("")} == {"camp.toml:1: title", "camp.toml:1: posts"}


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_no_number_is_no_number(value):
    text = GOOD.replace("height_m = 4", f"height_m = {value}")
    assert [p.where for p in problems(text)] == ["camp.toml:9: posts[1].height_m"]


def test_a_hostile_key_stays_on_one_line_and_is_quoted():
    (problem,) = problems(GOOD.replace("height_m = 4", 'height_m = 4\n"x\\u001b[2J\\nfake: good" = 1'))
    assert "\n" not in str(problem)
    assert "\x1b" not in str(problem)
    assert problem.where.endswith(r'posts[1]."x\u001b[2J\nfake: good"')


def test_a_key_of_a_table_is_found_below_its_header():
    text = GOOD + '\n[post]\nname = "c"\nheight_m = 0\n'
    assert [p.where for p in problems(text)] == ["camp.toml:13: post.height_m"]


@pytest.mark.parametrize("separator", ["\u2028", "\x85"])
def test_only_a_newline_begins_a_line(separator):
    text = f"# a{separator}b\n" + GOOD.replace("height_m = 4", "height_m = 0")
    assert [p.where for p in problems(text)] == ["camp.toml:10: posts[1].height_m"]
    assert line_of(text, "b") == ":9"


@pytest.mark.parametrize(("word", "line"), [("b", ":8"), ("height_m", ":5"), ("absent", "")])
def test_the_line_of_a_word(word, line):
    assert line_of(GOOD, word) == line


def test_raw_keys_are_loaded_as_they_stand():
    assert load_toml(b'a = "1"\r\nb = [1]\r\n', name="x") == {"a": "1", "b": [1]}


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        (b"a = 1\n" * 200_000, "x.toml", "larger than 1 MiB"),
        (b"a = 1\nb = " + b"[" * 100_000 + b"]" * 100_000, "x.toml:2", "a line of 200,004 bytes"),
        (b"a" + b".b" * 3_900 + b" = 1\n", "x.toml:1", "a key of more than 30 parts"),
        (b"[ a" + b' . "b"' * 900 + b"]\n", "x.toml:1", "a key of more than 30 parts"),
        (b"a = [\n" + b"[\n" * 3_000 + b"]\n" * 3_000 + b"]\n", "x.toml", "nested too deep"),
    ],
    ids=["large", "deep in one line", "long key", "long header", "deep"],
)
def test_what_is_made_to_exhaust_is_refused_at_once(data, where, what):
    with pytest.raises(DocumentError) as refused:
        load_toml(data, name="x.toml")
    (problem,) = refused.value.problems
    assert problem.where == where
    assert what in problem.what


def test_many_numbers_with_points_in_one_line_are_no_long_key():
    assert len(load_toml(b"a = [" + b"24.25, " * 900 + b"]", name="x.toml")["a"]) == 900
