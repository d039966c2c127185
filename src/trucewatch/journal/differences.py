"""Which entries of a copy are not those of the log: changed, moved, repeated, missing or added, each named with its line.

The rule: the ids that a checkpoint vouches for are the log's. The entries of the copy that stand in the log's order, as many as
there can be (the longest increasing sequence of their places in the log), are in their place. Of the others, one that the log has
is moved, or repeated where it stands in the copy twice; one that it has not is changed where an entry is missing just there, and
added otherwise.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from trucewatch.errors import Problem
from trucewatch.journal.copy import ENTRIES, line_of

MOST: Final = 100


def differences(found: Sequence[bytes], told: Sequence[bytes]) -> tuple[Problem, ...]:
    """Return what makes the entries of a copy, by their leaf hashes, other than the log's: at most 100, and how many more.

    >>> [problem.what for problem in differences([b"a", b"c"], [b"a", b"b", b"c"])]
    ['missing: entry 1 of the log, 62']
    """
    named = list(_named(found, told))
    if len(named) > MOST:
        more = Problem(ENTRIES, f"{len(named) - MOST} more entries are not as the log has them")
        named = [*named[:MOST], more]
    return tuple(named)


def _named(found: Sequence[bytes], told: Sequence[bytes]) -> Iterator[Problem]:
    start, rest = _shared(found, told)
    place = {leaf: index for index, leaf in enumerate(told)}
    first: dict[bytes, int] = {}
    for number, leaf in enumerate(found):
        first.setdefault(leaf, number)
    end = len(found) - rest
    places = [place.get(leaf) if first[leaf] == number else None for number, leaf in enumerate(found[start:end], start)]
    places = [index if index is not None and start <= index < len(told) - rest else None for index in places]
    in_place = _in_order(places)
    strangers: list[int] = []
    after = start  # the place in the log of what comes next
    for number in range(start, end + 1):
        anchor = places[number - start] if number - start in in_place else None
        if anchor is not None or number == end:
            until = len(told) - rest if anchor is None else anchor
            yield from _gap(
                strangers, [index for index in range(after, until) if told[index] not in first], found, told
            )
            strangers, after = [], until + 1
            continue
        leaf = found[number]
        if first[leaf] != number:
            yield _repeated(number, first[leaf], leaf)
        elif leaf in place:
            yield Problem(line_of(number), f"moved: it is entry {place[leaf]} of the log, {leaf.hex()}")
        else:
            strangers.append(number)


def _shared(found: Sequence[bytes], told: Sequence[bytes]) -> tuple[int, int]:
    """Return how many entries are the same from the first on, and from the last backwards, none counted twice."""
    pairs = zip(found, told, strict=False)
    start = next((number for number, (one, two) in enumerate(pairs) if one != two), min(len(found), len(told)))
    pairs = zip(reversed(found), reversed(told), strict=False)
    most = min(len(found), len(told)) - start
    return start, min(next((number for number, (one, two) in enumerate(pairs) if one != two), most), most)


def repeated(found: Sequence[bytes]) -> tuple[Problem, ...]:
    """Return the entries of a copy, by their leaf hashes, that stand in it a second time."""
    if len(set(found)) == len(found):
        return ()
    first: dict[bytes, int] = {}
    again = [number for number, leaf in enumerate(found) if first.setdefault(leaf, number) != number]
    return tuple(_repeated(number, first[found[number]], found[number]) for number in again[:MOST])


def _repeated(number: int, first: int, leaf: bytes) -> Problem:
    return Problem(line_of(number), f"repeated: it stands in line {first + 1} already, {leaf.hex()}")


def _gap(
    strangers: Sequence[int], missing: Sequence[int], found: Sequence[bytes], told: Sequence[bytes]
) -> Iterator[Problem]:
    """Name the entries that the log does not have, and those that it has and the copy has not, between two in their place."""
    both = min(len(strangers), len(missing))
    for number, index in zip(strangers[:both], missing[:both], strict=True):
        yield Problem(
            line_of(number), f"changed: entry {index} of the log is {told[index].hex()}, this is {found[number].hex()}"
        )
    for number in strangers[both:]:
        yield Problem(line_of(number), f"added: the log has no such entry, {found[number].hex()}")
    for index in missing[both:]:
        yield Problem(ENTRIES, f"missing: entry {index} of the log, {told[index].hex()}")


def _in_order(places: Sequence[int | None]) -> set[int]:
    """Return which places belong to the longest increasing sequence (patience sorting, Schensted 1961)."""
    tops: list[int] = []
    ends: list[int] = []
    before: dict[int, int] = {}
    for number, place in enumerate(places):
        if place is None:
            continue
        pile = bisect_left(tops, place)
        before[number] = ends[pile - 1] if pile else -1
        tops[pile : pile + 1], ends[pile : pile + 1] = [place], [number]
    kept = set()
    number = ends[-1] if ends else -1
    while number >= 0:
        kept.add(number)
        number = before[number]
    return kept
