"""Names of parties and bodies, in the language of the reader."""

from trucewatch.agreement import TEXT_READING, Agreement
from trucewatch.words import Words


def name_of(agreement: Agreement, code: str, words: Words) -> str:
    """Return the name of a party or body; a code that is neither is returned as it is."""
    who = agreement.whom(code)
    return words.given(who.name, who.names) if who else code


def reader(agreement: Agreement, reading: str, words: Words) -> str:
    """Return whose reading it is."""
    return words.say("the text") if reading == TEXT_READING else name_of(agreement, reading, words)
