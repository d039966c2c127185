"""Two copies of one journal: the same face, or two, with the proof."""

import pytest

from journal_made import ANA, BORYS, PAPER, TRUST, journal_of
from trucewatch.errors import JournalError
from trucewatch.journal import verify_copy
from trucewatch.journal.comparison import compare
from trucewatch.journal.copy import Copy

WHOLE, PART = journal_of().copy(), journal_of(count=30).copy()


def forked(by=BORYS):
    made = journal_of(count=30)
    made.checkpoints.pop()  # the log shows this one to others only
    made.entries.pop()
    made.deliver(by, 777)
    made.deliver(ANA, 778)
    made.seal(PAPER)
    return made.copy()


def test_a_copy_agrees_with_a_longer_one():
    for one, two, entries in ((WHOLE, PART, (50, 30)), (PART, WHOLE, (30, 50)), (WHOLE, WHOLE, (50, 50))):
        compared = compare(one, two, TRUST.log)
        assert (compared.problems, compared.proof, compared.entries) == ((), (), entries)
        assert compared.shared == min(entries)


def test_a_log_with_two_faces_is_found_although_each_of_them_holds():
    assert verify_copy(forked(), TRUST).problems == ()
    compared = compare(WHOLE, forked(), TRUST.log, names=("a", "b"))
    assert compared.shared == 29
    assert [problem.where for problem in compared.problems] == [
        "entries.jsonl line 30", "a/checkpoints/000000000050.checkpoint and b/checkpoints/000000000031.checkpoint",
    ]  # fmt: skip
    assert "two faces" in compared.problems[1].what
    one, two = compared.proof
    assert (one.size, two.size) == (50, 31)


def test_a_copy_that_was_changed_by_who_keeps_it_is_not_the_log_with_two_faces():
    other = Copy(WHOLE.entries.replace(b'"bytes":29', b'"bytes":28'), WHOLE.ids, WHOLE.checkpoints)
    compared = compare(WHOLE, other, TRUST.log, names=("a", "b"))
    assert (compared.shared, compared.proof) == (29, ())
    assert [problem.where for problem in compared.problems] == ["entries.jsonl line 30", "b"]
    unsigned = {name: data.replace(b"river-line", b"river-lime") for name, data in WHOLE.checkpoints.items()}
    compared = compare(Copy(WHOLE.entries, WHOLE.ids, unsigned), other, TRUST.log)
    assert [problem.where for problem in compared.problems] == ["entries.jsonl line 30", "one", "two"]


def test_what_has_no_lines_is_told():
    with pytest.raises(JournalError):
        compare(Copy(WHOLE.entries[:-1], b""), WHOLE, TRUST.log)
