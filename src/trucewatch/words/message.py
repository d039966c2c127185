"""Marks for sentences that are said elsewhere than they stand, so that whoever collects the sentences finds them."""


def message(sentence: str) -> str:
    """Return `sentence` as it is: a sentence that `Words.say` gets by another name is marked where it is written.

    >>> message("it cannot be told; the reasons say why.")
    'it cannot be told; the reasons say why.'
    """
    return sentence


def plurals(one: str, many: str) -> tuple[str, str]:
    """Return both as they are: the pair for `Words.count` of a sentence that depends on more than the number.

    >>> plurals("{n} incident", "{n} incidents")
    ('{n} incident', '{n} incidents')
    """
    return one, many
