"""The catalogues: every language whole, the same values in it, its plurals by CLDR, and no word that accuses."""

import gettext
import pathlib
import re
import time

import pytest
from babel.messages.pofile import read_po

from trucewatch.errors import UsageError
from trucewatch.words import LANGUAGES, OWN_NAMES, Words
from trucewatch.words.catalogue import FORMS, entries, form

ROOT = pathlib.Path(__file__).resolve().parents[2]
CATALOGUES = ROOT / "src/trucewatch/words/catalogues"
OTHERS = [language for language in LANGUAGES if language != "en"]
LETTERS = {"uk": "іїєґ", "ru": "ыэъё", "fr": "éèàç"}
ACCUSES = re.compile(r"порушен|нарушен|violation|infraction|breach", re.I)
TAKES_SIDES = re.compile(r"окупован|оккупирован|occup|сепаратист|séparatist|анексован|аннексирован|annex", re.I)
QUOTED: tuple[str, ...] = ()
"""Message ids that quote somebody, or name a unit in which somebody counts: they may hold the word of that somebody."""


@pytest.fixture(scope="module", params=OTHERS)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def messages(language):
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def forms(message) -> tuple[str, ...]:
    """Return the translations of a message, one for each plural form."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def ids(message) -> tuple[str, ...]:
    """Return the English of a message: one, or one and many."""
    return message.id if isinstance(message.id, tuple) else (message.id,)


def values(text: str) -> set[str]:
    """Return the names of the values in a sentence."""
    return set(re.findall(r"\{(\w*)\}", text))


def test_every_message_is_translated_in_every_plural_form(language, messages):
    assert messages
    for message in messages:
        assert all(forms(message)), message.id
        assert not message.fuzzy, message.id
        assert len(forms(message)) == (len(FORMS[language]) if message.pluralizable else 1), message.id


def test_the_values_in_a_translation_are_those_of_the_english(messages):
    for message in messages:
        for text in forms(message):
            assert values(text) == values(ids(message)[-1]), message.id
            text.format(**dict.fromkeys(values(text), "x"))


def test_there_is_no_markup_and_no_stray_space(messages):
    for message in messages:
        for text in (*forms(message), *ids(message)):
            assert not re.search(r"<[a-zA-Z/!]|&\w+;|&#", text), text
            assert text == text.strip(), f"a sentence is whole, nothing is glued to it: {text!r}"


def test_a_translation_is_written_in_the_letters_of_its_language(language, messages):
    everything = "".join(text for message in messages for text in forms(message))
    assert all(letter in everything for letter in LETTERS[language])
    if language in ("uk", "ru"):
        foreign = set(LETTERS["ru" if language == "uk" else "uk"])
        assert not {text for message in messages for text in forms(message) if foreign & set(text.lower())}
        mixed = re.compile(r"[а-яіїєґё][a-z]|[a-z][а-яіїєґё]", re.I)  # a Latin letter that looks like a Cyrillic one
        assert not {text for message in messages for text in forms(message) if mixed.search(text)}


def test_each_language_has_its_own_quotation_marks_and_spaces(language, messages):
    for message in messages:
        for text in forms(message):
            assert not re.search(r"[\"“”']", text), text
            if language == "fr":
                assert not re.search(r" [;:?!»]|« |[^\s][;?!»]", text), f"a space that does not break: {text!r}"


def test_no_translation_accuses(messages):
    for message in messages:
        if message.id not in QUOTED:
            assert not any(ACCUSES.search(text) for text in forms(message)), message.id
        assert not any(TAKES_SIDES.search(text) for text in forms(message)), message.id


def test_the_form_of_an_integer_is_what_the_header_of_the_file_says(language):
    head = (CATALOGUES / f"{language}.po").read_text(encoding="utf-8").split("\n\n")[0]
    number, rule = re.search(r"nplurals=(\d); plural=\((.*)\);", head).groups()
    assert int(number) == len(FORMS[language])
    by_header = gettext.c2py(rule)
    several = [*range(2_000), 10_011, 1_000_000, 1_000_001, 3_000_000]
    assert [form(language, n) for n in several] == [by_header(n) for n in several]


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        ("en", 1, "1 incident"), ("en", 1.5, "1.5 incidents"), ("en", 0, "0 incidents"),
        ("uk", 1, "1 інцидент"), ("uk", 21, "21 інцидент"), ("uk", 3, "3 інциденти"), ("uk", 11, "11 інцидентів"),
        ("uk", 112, "112 інцидентів"), ("uk", 1.5, "1,5 інциденту"), ("uk", 5.0, "5 інцидентів"), ("uk", 1.04, "1 інцидент"),
        ("ru", 22, "22 инцидента"), ("ru", 14, "14 инцидентов"), ("ru", 2.5, "2,5 инцидента"), ("ru", 101, "101 инцидент"),
        ("fr", 0, "0 incident"), ("fr", 1.5, "1,5 incident"), ("fr", 2, "2 incidents"),
        ("fr", 1_000_000, "1\u202f000\u202f000 d’incidents"), ("fr", 1_000_001, "1\u202f000\u202f001 incidents"),
    ],
)  # fmt: skip
def test_a_number_takes_the_form_of_its_language_also_as_a_fraction(language, n, said):
    assert Words(language).count("{n} incident", "{n} incidents", n).replace("\xa0", " ") == said


def test_dates_numbers_and_shares_are_those_of_the_language():
    import datetime as dt

    day = dt.datetime(2026, 4, 8, 19, 30, tzinfo=dt.UTC)
    assert [Words(each).day(day) for each in LANGUAGES] == [
        "8 April 2026",
        "8 квітня 2026",
        "8 апреля 2026",
        "8 avril 2026",
    ]
    assert Words("uk").moment(day) == "8 квіт. 2026, 19:30"
    assert [Words(each).number(12345.6) for each in LANGUAGES] == [
        "12,345.6", "12\xa0345,6", "12\xa0345,6", "12\u202f345,6",
    ]  # fmt: skip
    assert [Words(each).probability(0.999) for each in LANGUAGES] == [
        "over 99%", "понад 99%", "более 99\xa0%", "plus de 99\xa0%",
    ]  # fmt: skip


def test_a_language_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(UsageError, match=r"'de'.*no such language.*en, uk, ru, fr"):
        Words("de")
    assert set(OWN_NAMES) == set(LANGUAGES)


def test_one_english_word_may_be_two_in_another_language():
    """A name has its kind as context: the undetermined end of an act is not the undetermined finding."""
    words = Words("fr")
    assert words.name("sense", "reported") == "signalé"
    assert words.name("conformity", "contrary") == "évalué comme contraire"
    assert ("", "contrary") not in entries("fr")


def test_all_catalogues_are_read_in_a_tenth_of_a_second():
    best = []
    for _ in range(3):
        entries.cache_clear()
        start = time.process_time()
        for language in LANGUAGES:
            entries(language)
        best.append(time.process_time() - start)
    assert min(best) < 0.1
