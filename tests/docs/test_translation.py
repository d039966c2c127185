"""Whatever the report says is collected for translation, and nothing else."""

import importlib.util
import pathlib

import pytest

from trucewatch.words.catalogue import entries

ROOT = pathlib.Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("catalogues", ROOT / "docs/translation/catalogues.py")
assert spec
assert spec.loader
catalogues = importlib.util.module_from_spec(spec)
spec.loader.exec_module(catalogues)


def said(source: str) -> list[tuple[str, str]]:
    """Return the sentences found in a module, each with its plural or ""."""
    return [(found.one, found.many) for found in catalogues.said_in(source, "room/module.py")[0]]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('words.say("One {x}. " "Two.", x=1)', [("One {x}. Two.", "")]),
        ('self.say("over {share}", share=1)', [("over {share}", "")]),
        ('words.say("A" if few else "B")', [("A", ""), ("B", "")]),
        ('words.count("{n} row", "{n} rows", n)', [("{n} row", "{n} rows")]),
        ('MEANING = {"a": message("the same.")}', [("the same.", "")]),
        ('one, many = plurals("{n} a", "{n} b")', [("{n} a", "{n} b")]),
        ('"text".count("a", 1, 2)', []),
        ('print("not said")', []),
    ],
)
def test_what_is_said_or_marked_is_found(source, found):
    assert said(source) == found


@pytest.mark.parametrize(
    "source", ["words.say(meaning[word])", "words.count(one, many, 3)", "words.count(*pair, 3)", "words.say(f'{x}')"]
)
def test_what_is_said_by_another_name_is_told(source):
    assert catalogues.said_in(source, "room/module.py") == ([], [("room/module.py", 1)])


def test_what_a_template_says_is_found():
    found = list(catalogues.said_in_template('<p>{{ t("Hello") }} {{ other("x") }}</p>', "t.j2"))
    assert [each.one for each in found] == ["Hello"]


def test_what_is_new_comes_empty_and_what_nobody_says_goes():
    collected = catalogues.template()
    gone, context = "explosion", "act"
    assert collected.get(gone, context)
    collected.delete(gone, context)
    collected.add("a new sentence")
    merged = catalogues.merged("uk", collected)
    assert not merged.get("a new sentence").string
    assert catalogues.untranslated(merged)[-1:] == ["a new sentence"]
    assert b'msgid "explosion"' not in catalogues.written(merged, "uk")
    assert merged.get("drone strike", "act").string == "удар безпілотника"


@pytest.mark.parametrize("language", catalogues.TRANSLATED)
def test_a_catalogue_is_written_as_it_was_read(language):
    assert (
        catalogues.written(catalogues.read(language), language)
        == (catalogues.CATALOGUES / f"{language}.po").read_bytes()
    )


def test_sentences_said_by_another_name_are_marked_in_the_same_module():
    """`words.say(meaning[word])` is allowed where the meanings stand in `message(…)` of that module."""
    for path in sorted(catalogues.SOURCE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        elsewhere = catalogues.said_in(source, path.name)[1]
        if path.parent.name != "words":
            assert not elsewhere or "message(" in source or "plurals(" in source, f"{path.name}: {elsewhere}"


def test_the_glossary_says_what_the_catalogues_say():
    """A term of the glossary that is a whole message is translated there as it is in the report."""
    page = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ][1:]
    compared = 0
    for language in catalogues.TRANSLATED:
        said: dict[str, set[str]] = {}
        for (_, one), forms in entries(language).items():
            said.setdefault(one.lower(), set()).update(form.lower() for form in forms)
        column = 1 + catalogues.TRANSLATED.index(language)
        for row in rows:
            if row[0] in said:
                compared += 1
                assert row[column] in said[row[0]], row
    assert compared >= 20
