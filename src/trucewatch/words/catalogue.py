"""The catalogues: for each language but English, a gettext file of every sentence and name, read once.

Plural forms, from Unicode CLDR 44, "Language Plural Rules". English has one and other. Ukrainian and Russian have one (1, 21), few
(2, 22), many (0, 5, 11) and other. French has one (0, 1 and 1.5), many (1,000,000: "un million d’incidents") and other. A gettext
file numbers the forms and says in its header which form an integer takes. The fourth form of Ukrainian and Russian is for
fractions only ("1,5 інциденту"), of which gettext knows nothing: so the form is chosen by CLDR, not by the header.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Final

from babel import Locale

from trucewatch.errors import UsageError

FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("one", "other"),
    "uk": ("one", "few", "many", "other"),
    "ru": ("one", "few", "many", "other"),
    "fr": ("one", "many", "other"),
}
"""The plural forms of each language by their CLDR names, in the order of its gettext file."""

LANGUAGES: Final = tuple(FORMS)
"""The languages of a report, the source of all others first."""

OWN_NAMES: Final[Mapping[str, str]] = {"en": "English", "uk": "Українська", "ru": "Русский", "fr": "Français"}
"""What each language calls itself, for those who look for theirs."""

Entries = Mapping[tuple[str, str], tuple[str, ...]]


@cache
def entries(language: str) -> Entries:
    """Return what stands in the catalogue of a language: (context, English) -> its forms. English has an empty one.

    Raises UsageError for a language that there is not.
    """
    if language not in FORMS:
        raise UsageError("no such language", where=repr(language), to_do=f"take one of {', '.join(LANGUAGES)}")
    if language == "en":
        return {}
    from babel.messages.pofile import read_po

    file = resources.files("trucewatch.words").joinpath("catalogues", f"{language}.po")
    with file.open("rb") as data:
        found = read_po(data, locale=language)
    told: dict[tuple[str, str], tuple[str, ...]] = {}
    for message in found:
        one = message.id[0] if isinstance(message.id, tuple) else message.id
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        if one and all(forms) and not message.fuzzy:
            told[message.context or "", str(one)] = tuple(map(str, forms))
    return told


@cache
def locale(language: str) -> Locale:
    """Return the rules by which a language writes dates and numbers."""
    return Locale.parse(language)


def form(language: str, n: float) -> int:
    """Return which of `FORMS` a number takes. It counts as it is written: 1.0 as 1, 1.5 as a fraction.

    >>> [form("uk", n) for n in (1, 22, 11, 1.5)]
    [0, 1, 2, 3]
    """
    written = int(n) if n == int(n) else Decimal(str(n))
    return FORMS[language].index(locale(language).plural_form(written))
