"""Text in another language than the page’s: a voice that reads aloud, and hyphenation, must know which."""

from typing import Self


class Foreign(str):
    """A text with its language, "en", "uk" …; in all else a text. Put into a sentence, it is part of the sentence.

    >>> Foreign("Clause", "en").language, "{x}".format(x=Foreign("Clause", "en"))
    ('en', 'Clause')
    """

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str) -> Self:  # noqa: D102
        made = super().__new__(cls, text)
        made.language = language
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.language  # a copy keeps its language
