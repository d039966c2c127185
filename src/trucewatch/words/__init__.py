"""Names and sentences for codes, in a language. English is the source; other languages are gettext catalogues of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from babel.dates import format_date, format_datetime
from babel.numbers import parse_pattern

from trucewatch.words.catalogue import LANGUAGES, OWN_NAMES, entries, form, locale
from trucewatch.words.foreign import Foreign
from trucewatch.words.message import message, plurals
from trucewatch.words.names import NAMES
from trucewatch.words.plain import plain

__all__ = ["LANGUAGES", "NAMES", "OWN_NAMES", "Foreign", "Words", "message", "plain", "plurals"]

_DECIMAL: Final = parse_pattern("#,##0.#")


@dataclass(frozen=True)
class Words:
    """Words of one language. Raises UsageError for a language that has no catalogue."""

    language: str = "en"

    def __post_init__(self) -> None:
        entries(self.language)

    def name(self, kind: str, code: str) -> str:
        """Return the name of a code; one that has none, such as a rule of an outside source, is made readable.

        >>> Words().name("act", "small_arms_fire"), Words().name("rule", "a_rule_of_their_own")
        ('small-arms fire', 'a rule of their own')
        """
        named = NAMES.get(kind, {}).get(code)
        return self._told(named, kind) if named else code.replace("_", " ")

    def say(self, sentence: str, **values: object) -> str:
        """Return a sentence with its values.

        >>> Words().say("Report {number} of {title}", number=3, title="Demo")
        'Report 3 of Demo'
        """
        return self._told(sentence).format(**values)

    def count(self, one: str, many: str, n: float, **values: object) -> str:
        """Return `one` or `many` with the number `{n}`, by the language's own rule of plurals.

        `n` may be a fraction; it counts as it is written, to one decimal.

        >>> Words().count("{n} incident", "{n} incidents", 1200)
        '1,200 incidents'
        """
        number = round(n, 1)
        translated = entries(self.language).get(("", one))
        said = translated[form(self.language, number)] if translated else (one, many)[form("en", number)]
        return said.format(n=self.number(number), **values)

    def given(self, name: str, names: Mapping[str, str]) -> str:
        """Return a name as a document gives it in this language, by language code; else as it gives it at first, marked.

        >>> Words("fr").given("Ukraine", {"uk": "Україна"}), Words("uk").given("Ukraine", {"uk": "Україна"})
        ('Ukraine', 'Україна')
        """
        return names.get(self.language) or self.foreign(name)

    def foreign(self, text: str, language: str = "en") -> str:
        """Return text of a document or a source, which nobody here translates, marked where its language is another.

        >>> Words("uk").foreign("Clause text").language
        'en'
        """
        return text if language == self.language or not text else Foreign(text, language)

    def fixed(self, value: float, digits: int) -> str:
        """Return a number with so many digits after the point, be they zero.

        >>> Words().fixed(30.2, 2), Words("uk").fixed(30.2, 2)
        ('30.20', '30,20')
        """
        return str(parse_pattern("#,##0." + "0" * digits).apply(value, locale(self.language)))

    def number(self, value: float) -> str:
        """Return a number as the language writes it."""
        return str(_DECIMAL.apply(value, locale(self.language)))

    def probability(self, value: float | None) -> str:
        """Return a probability in per cent; "–" where it cannot be told. Nothing is certain, so .999 is "over 99%".

        >>> Words().probability(0.834), Words().probability(0.999), Words().probability(None)
        ('83%', 'over 99%', '–')
        """
        if value is None:
            return "–"
        if value > 0.99:
            return self.say("over {share}", share=self.share(0.99))
        if value < 0.01:
            return self.say("under {share}", share=self.share(0.01))
        return self.share(value)

    def share(self, value: float) -> str:
        """Return a share of one in whole per cent.

        >>> Words().share(0.256), Words("fr").share(0.256)
        ('26%', '26\\xa0%')
        """
        here = locale(self.language)
        return str(here.percent_formats[None].apply(value, here))

    def day(self, day: object) -> str:
        """Return a date in long form."""
        return str(format_date(day, format="d MMMM y", locale=locale(self.language)))  # type: ignore[arg-type]

    def moment(self, local: object) -> str:
        """Return a local date and time."""
        return str(format_datetime(local, format="d MMM y, HH:mm", locale=locale(self.language)))  # type: ignore[arg-type]

    def _told(self, sentence: str, context: str = "") -> str:
        """Return the translation of a sentence, or the sentence."""
        return entries(self.language).get((context, sentence), (sentence,))[0]
