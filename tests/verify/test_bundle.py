"""A bundle on a stick: read whole or refused with its line, and merged with nothing lost."""

import pytest

from trucewatch.errors import JournalError
from trucewatch.verify.bundle import bundle_of, merge, parse_bundle
from verify.book import ORIGIN, decision_body


@pytest.fixture
def apart(book):
    """Two decisions on one incident made apart, each with its approval, and one that may not be."""
    entries = []
    for who, word, second in (
        ("vera", "confirmed", "victor"),
        ("victor", "rejected", "vera"),
        ("observer", "confirmed", "vera"),
    ):
        entries.append(book.sign(who, "decision", decision_body(word)))
        approval = {"of": entries[-1].entry_id, "decision": "approved", "reason": ""}
        entries.append(book.sign(second, "approval", approval))
    return entries


def test_a_bundle_comes_back_as_it_was_written(apart):
    data = bundle_of(apart, ORIGIN)
    assert parse_bundle(data, ORIGIN, name="stick") == tuple(apart)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda data: data[:-1], "entries were written"),
        (lambda data: data[: data.index(b"\n", 200) + 1], "entries were written"),
        (lambda data: data.replace(b"river-line", b"other-line"), "of the log"),
        (lambda data: data.replace(b"bundle v1", b"bundle v2"), "not a bundle"),
        (lambda data: b"[" * 100_000, "not a bundle"),
        (lambda data: b"", "not a bundle"),
        (
            lambda data: data.replace(b'"reason"', b'"reasom"', 1).replace(b'"kind":"decision"', b'"kind":"decisive"'),
            "line 2",
        ),
    ],
)
def test_what_is_no_bundle_is_refused(apart, damage, told):
    with pytest.raises(JournalError, match=told):
        parse_bundle(damage(bundle_of(apart, ORIGIN)), ORIGIN, name="stick")


@pytest.mark.parametrize("backwards", [False, True])
def test_nothing_of_a_bundle_is_lost_in_whatever_order(book, apart, backwards):
    given = [*apart, apart[0], book.entries[3]]
    merged = merge(book.standing, given[::-1] if backwards else given)
    assert {entry.entry_id for entry in merged.taken} == {entry.entry_id for entry in apart[:4]}
    assert merged.known == (book.entries[3],)
    assert {(entry.entry_id, error.rule) for entry, error in merged.refused} == {
        (apart[4].entry_id, "verb"),
        (apart[5].entry_id, "subject"),
    }
    heads = merged.standing.state.heads["incident:i1"]
    assert set(heads) == {apart[0].entry_id, apart[2].entry_id}  # they contradict each other, and both are kept
    assert book.standing.state.size == merged.standing.state.size - 4  # what it was merged into is as it was
    assert not book.state.heads.get("incident:i1")
