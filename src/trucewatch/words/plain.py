"""Text from outside, made harmless: it may hold anything."""

import unicodedata


def plain(text: str) -> str:
    """Return `text` without what could steer a terminal or turn a line around: such characters become �.

    >>> plain("a" + chr(27) + "[31mb" + chr(0x202E))
    'a�[31mb�'
    """
    if text.isprintable():  # then it has no character of those kinds: most texts, and quickly told
        return text
    kept = ("\n", "\t")
    return "".join(c if c in kept or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs") else "�" for c in text)
