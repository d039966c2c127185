"""Names and sentences for codes, in a language. English is the source; other languages are gettext catalogues of it."""

import gettext
from dataclasses import dataclass, field
from typing import Final

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from trucewatch.words.names import NAMES
from trucewatch.words.plain import plain

LANGUAGES: Final = ("en",)

__all__ = ["LANGUAGES", "NAMES", "Words", "plain"]


@dataclass(frozen=True)
class Words:
    """Words of one language."""

    language: str = "en"
    catalogue: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)

    def name(self, kind: str, code: str) -> str:
        """Return the name of a code; one that has none, such as a rule of an outside source, is made readable.

        >>> Words().name("act", "small_arms_fire"), Words().name("rule", "quote_never_closed")
        ('small-arms fire', 'quote never closed')
        """
        named = NAMES.get(kind, {}).get(code)
        return self.catalogue.gettext(named) if named else code.replace("_", " ")

    def say(self, sentence: str, **values: object) -> str:
        """Return a sentence with its values.

        >>> Words().say("Report {number} of {title}", number=3, title="Demo")
        'Report 3 of Demo'
        """
        return self.catalogue.gettext(sentence).format(**values)

    def count(self, one: str, many: str, n: int) -> str:
        """Return `one` or `many` with the number, by the language's own rule of plurals.

        >>> Words().count("{n} incident", "{n} incidents", 1200)
        '1,200 incidents'
        """
        return self.catalogue.ngettext(one, many, n).format(n=self.number(n))

    def number(self, value: float) -> str:
        """Return a number as the language writes it."""
        return str(format_decimal(value, format="#,##0.#", locale=self.language))

    def probability(self, value: float | None) -> str:
        """Return a probability in per cent; "–" where it cannot be told. Nothing is certain, so .999 is "over 99%".

        >>> Words().probability(0.834), Words().probability(0.999), Words().probability(None)
        ('83%', 'over 99%', '–')
        """
        if value is None:
            return "–"
        if value > 0.99:
            return self.say("over {share}", share=format_percent(0.99, locale=self.language))
        if value < 0.01:
            return self.say("under {share}", share=format_percent(0.01, locale=self.language))
        return str(format_percent(value, locale=self.language))

    def day(self, day: object) -> str:
        """Return a date in long form."""
        return str(format_date(day, format="d MMMM y", locale=self.language))  # type: ignore[arg-type]

    def moment(self, local: object) -> str:
        """Return a local date and time."""
        return str(format_datetime(local, format="d MMM y, HH:mm", locale=self.language))  # type: ignore[arg-type]
