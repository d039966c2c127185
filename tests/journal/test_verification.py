"""A copy of a journal: whatever is done to it is found, and named."""

import dataclasses
import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journal_made import ANA, BEGIN, BORYS, LOG, ORIGIN, PAPER, STATE, TRUST, Made, begun, journal_of, public, secret
from trucewatch.errors import JournalError
from trucewatch.journal import Tree, Trust, VerifierKey, Witness, cosign, parse_checkpoint, sign_checkpoint
from trucewatch.journal.copy import Copy, copy_of, export, line_of
from trucewatch.journal.note import COSIGNATURE
from trucewatch.journal.verification import Known, verify_copy

MADE = journal_of()
COPY = MADE.copy()
LINES, IDS = COPY.entries.split(b"\n")[:-1], COPY.ids.split(b"\n")[:-1]
LAST = "000000000050.checkpoint"


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def changed(lines=None, ids=None, checkpoints=None) -> Copy:
    """Return the copy with other lines, ids or checkpoints."""
    return Copy(
        joined(LINES if lines is None else lines), joined(IDS if ids is None else ids),
        COPY.checkpoints if checkpoints is None else checkpoints,
    )  # fmt: skip


def found(copy: Copy, **given) -> list[str]:
    return [str(problem) for problem in verify_copy(copy, TRUST, **given).problems]


def test_a_copy_that_is_whole_holds():
    verified = verify_copy(COPY, TRUST)
    assert (verified.problems, verified.lacks) == ((), ())
    assert (verified.entries, verified.independently) == (50, 50)
    assert verified.witnessed == {"A state": 50, "A newspaper": 50}
    assert [seal.checkpoint.size for seal in verified.seals] == [20, 50]
    assert copy_of(COPY.files) == COPY


@pytest.mark.parametrize("given", [{"lines": LINES}, {"ids": IDS}])
def test_the_helper_of_these_tests_changes_nothing_by_itself(given):
    assert changed(**given) == COPY


@pytest.mark.parametrize(
    ("copy", "named"),
    [
        (changed([*LINES[:16], LINES[16].replace(b"diary", b"diAry"), *LINES[17:]]),
         [r"line 17: changed: entry 16 of the log is [0-9a-f]{64}, this is", r"line 17: the author's signature does not hold"]),
        (changed([*LINES[:16], b" " + LINES[16], *LINES[17:]]), [r"line 17: not canonical", r"line 17: changed: entry 16"]),
        (changed([*LINES[:16], *LINES[17:]]), [r"the log signed 50 entries, the copy holds 49", r"missing: entry 16 of the log, "]),
        (changed(LINES[:45]), [r"the tail was removed: the log signed 50 entries, the copy holds 45",
                               *[rf"missing: entry {n} of the log" for n in range(45, 50)]]),
        (changed(LINES[:45], IDS[:45]), [r"the tail was removed: the log signed 50 entries, the copy holds 45"]),
        (changed([*LINES[:16], LINES[17], LINES[16], *LINES[18:]]), [r"line 1[78]: moved: it is entry 1[67] of the log"]),
        (changed([LINES[0], *LINES[2:], LINES[1]]), [r"line 50: moved: it is entry 1 of the log",
                                                     *[r"line \d+: signed by a key that the journal does not know"] * 23]),
        (changed([*LINES[:16], LINES[4], *LINES[16:]]), [r"entries 50 to 50 stand under no checkpoint",
                                                         r"line 17: repeated: it stands in line 5 already"]),
        (changed([*LINES[:16], LINES[4], *LINES[17:]]), [r"line 17: repeated: it stands in line 5", r"missing: entry 16 of"]),
        (changed(ids=[*IDS[:16], IDS[16][:-1] + b"0", *IDS[17:]]), [r"ids.txt line 17: not the id of the entry in that line"]),
        (changed(ids=[*IDS[:16], b"x", *IDS[17:]]), [r"ids.txt line 17: not the id of an entry"]),
        (changed(ids=IDS[:-1]), [r"ids.txt: 49 ids of 50 entries"]),
        (Copy(COPY.entries[:-1], COPY.ids, COPY.checkpoints), [r"line 50: the last line has no end"]),
        (Copy(COPY.entries, COPY.ids[:-1], COPY.checkpoints), [r"ids.txt line 50: the last line has no end"]),
        (Copy(COPY.entries, COPY.ids, {}), [r"checkpoints/: no checkpoint that the log signed"]),
        (Copy(b"", b"", COPY.checkpoints), [r"the log signed 50 entries, the copy holds 0"]),
        (changed(checkpoints={"000000000020.checkpoint": COPY.checkpoints["000000000020.checkpoint"]}),
         [r"entries 20 to 49 stand under no checkpoint"]),
        (changed(checkpoints={"x.checkpoint": COPY.checkpoints[LAST]}), [r"x.checkpoint: not the name of a checkpoint over 50"]),
    ],
)  # fmt: skip
def test_what_was_done_to_a_copy_is_named(copy, named):
    told = found(copy)
    assert len(told) == len(named), told
    for pattern, problem in zip(named, told, strict=True):
        assert re.search(pattern, problem), problem


def test_what_was_done_to_entries_and_ids_alike_is_still_found():
    """Ids that go along with the entries vouch for nothing: the checkpoints tell between which two something differs."""
    lines = [*LINES[:30], LINES[31], LINES[30], *LINES[32:]]
    told = found(export(lines, [parse_checkpoint(data) for data in COPY.checkpoints.values()]))
    assert len(told) == 1
    assert told[0].startswith(
        f"checkpoints/{LAST}: the log signed another root of 50 entries: one or more from 20 to 49 differ"
    )


@pytest.mark.parametrize("line", range(6))
def test_a_checkpoint_that_was_changed_is_found(line):
    parts = COPY.checkpoints[LAST].split(b"\n")
    assert len(parts) == 8
    number = line if line < 3 else line + 1
    parts[number] = parts[number][:-6] + (b"A" if parts[number][-6:-5] != b"A" else b"B") + parts[number][-5:]
    verified = verify_copy(changed(checkpoints={**COPY.checkpoints, LAST: b"\n".join(parts)}), TRUST)
    assert verified.problems
    assert any(LAST in problem.where for problem in verified.problems)


def test_a_log_that_signs_two_faces_is_found_in_one_copy_and_against_another():
    other = journal_of(count=30)
    other.deliver(BORYS, 999)
    forked = other.seal(STATE)
    assert found(COPY, against={"elsewhere": forked.data}) == [
        "elsewhere: two faces: the log signed another root of 31 entries here than in the copy → keep both: they prove it"
    ]
    assert found(COPY, against={"elsewhere": MADE.checkpoints[0].data}) == []
    both = {**COPY.checkpoints, "000000000031.checkpoint": forked.data}
    assert len(found(changed(checkpoints=both))) == 1
    whole = journal_of(count=60)
    assert found(COPY, against={"elsewhere": whole.checkpoints[-1].data}) == [
        "elsewhere: the tail was removed: the log signed 60 entries here, the copy holds 50 → ask for the whole"
    ]
    stranger = sign_checkpoint(ORIGIN, 31, bytes(32), secret(77))
    assert "not signed by" in found(COPY, against={"elsewhere": stranger.data})[0]
    with_a_change = changed([*LINES[:16], LINES[16].replace(b"diary", b"diAry"), *LINES[17:]])
    assert not any("two faces" in told for told in found(with_a_change, against={"elsewhere": COPY.checkpoints[LAST]}))


def test_an_entry_that_its_author_did_not_sign_is_found_although_the_log_took_it():
    made = begun()
    made.deliver(ANA, 1)
    forged = dataclasses.replace(made.entries[-1], signature=made.entries[-2].signature)
    made.entries[-1] = dataclasses.replace(forged)
    made.deliver(secret(77), 2)
    made.seal(PAPER)
    told = found(made.copy())
    assert [problem.split(":")[0] for problem in told] == [line_of(4), line_of(3)]
    assert "does not know" in told[0]
    assert "author's signature does not hold" in told[1]
    assert found(made.copy(), authors=False) == []


def test_what_was_signed_before_a_revocation_stands_and_after_it_does_not():
    made = begun()
    made.deliver(ANA, 1)
    made.deliver(ANA, 2)
    made.revoke(ANA, BEGIN + dt.timedelta(minutes=4))
    made.seal(STATE, PAPER)
    verified = verify_copy(made.copy(), TRUST)
    assert verified.problems == ()
    assert [(lack.where, lack.what) for lack in verified.lacks] == [
        (line_of(4), "its author's key was later said to be lost before it signed: entry 5")
    ]
    made.deliver(ANA, 3)
    made.seal(STATE, PAPER)
    assert found(made.copy()) == [f"{line_of(6)}: signed by a key that entry 5 revoked: {made.entries[6].author}"]


def test_an_entry_twice_is_found_although_the_log_took_it():
    made = begun()
    made.deliver(ANA, 1)
    made.entries.append(made.entries[-1])
    made.seal(PAPER)
    assert found(made.copy()) == [f"{line_of(4)}: repeated: it stands in line 4 already, {made.entries[-1].entry_id}"]


@pytest.mark.parametrize(
    ("witnesses", "lacking"),
    [
        (
            (),
            [
                "no cosignature of the witness A state",
                "no cosignature of the witness A newspaper",
                "that is no guarantor",
            ],
        ),
        ((STATE,), ["no cosignature of the witness A newspaper", "that is no guarantor"]),
        ((PAPER,), ["no cosignature of the witness A state"]),
    ],
)
def test_that_no_independent_witness_cosigned_is_told(witnesses, lacking):
    made = begun()
    made.seal(*witnesses)
    verified = verify_copy(made.copy(), TRUST)
    assert verified.problems == ()
    assert verified.independently == (3 if PAPER in witnesses else 0)
    assert len(verified.lacks) == len(lacking)
    assert all(part in lack.what for part, lack in zip(lacking, verified.lacks, strict=True))


def test_how_far_the_independent_witness_saw_is_told():
    made = begun()
    made.seal(PAPER)
    made.deliver(ANA, 1)
    made.seal(STATE)
    verified = verify_copy(made.copy(), TRUST)
    assert (verified.entries, verified.independently) == (4, 3)
    assert [lack.what for lack in verified.lacks] == [
        "entries 3 to 3 are not yet cosigned by a witness that is no guarantor"
    ]


def test_a_signature_by_an_unknown_key_is_told():
    made = begun()
    signed = made.seal(STATE, PAPER)
    made.checkpoints = [signed.with_signatures([cosign(signed, "who.example", secret(66), made.now)])]
    assert ["who.example" in lack.what for lack in verify_copy(made.copy(), TRUST).lacks] == [True]


def test_a_witness_that_is_a_person_of_the_journal_is_none():
    made = begun()
    made.seal(PAPER)
    ana = Witness(VerifierKey("ana.example", COSIGNATURE, public(ANA)), "Ana", is_guarantor=False)
    told = [problem.what for problem in verify_copy(made.copy(), Trust(TRUST.log, (ana,))).problems]
    assert told == ["the witness Ana signs with the key of a person of this journal"]


def test_the_files_of_a_copy_are_these_and_no_other():
    with pytest.raises(JournalError, match=r"ids\.txt: no such file"):
        copy_of({"entries.jsonl": b""})
    for name in ("more.txt", "checkpoints/a/b", "ids.txt/", "timestamp/x"):
        with pytest.raises(JournalError, match="no such file"):
            copy_of({**COPY.files, name: b""})


def test_two_roots_of_one_size_are_not_exported_as_one():
    cut = Tree(entry.leaf for entry in MADE.entries[:20])
    with pytest.raises(JournalError, match="contradict"):
        export(LINES, [MADE.checkpoints[0], sign_checkpoint(ORIGIN, 20, cut.root(19), LOG)])
    alone = sign_checkpoint(ORIGIN, 20, cut.root(), LOG)
    both = [alone.with_signatures([cosign(alone, "paper.example", PAPER, BEGIN)]), MADE.checkpoints[0]]
    assert len(parse_checkpoint(export(LINES, both).checkpoints["000000000020.checkpoint"]).signatures) == 4


def test_one_changed_byte_is_found_wherever_it_is():
    """Every place of every file of a copy of 50 entries; one bit of it turned, another from place to place.

    At three of four places the authors are not asked: checkpoints and ids find it without them.
    """
    known = Known()
    clean = {authors: verify_copy(COPY, TRUST, authors=authors, known=known) for authors in (True, False)}
    missed, places = [], 0
    for name, data in COPY.files.items():
        for place, byte in enumerate(data):
            turned = data[:place] + bytes([byte ^ (1 << place % 8)]) + data[place + 1 :]
            authors = place % 4 == 0
            verified = verify_copy(copy_of({**COPY.files, name: turned}), TRUST, authors=authors, known=known)
            places += 1
            if (verified.problems, verified.lacks) == (clean[authors].problems, clean[authors].lacks):
                missed.append((name, place))
    assert missed == []
    assert places == sum(map(len, COPY.files.values())) > 20_000


@settings(max_examples=60)
@given(st.data())
def test_what_is_known_changes_no_answer(data):
    """Verifications that repeat nothing say the same as those from nothing, whatever was done to lines and ids."""
    known = Known()
    verify_copy(COPY, TRUST, known=known)
    lines, ids = list(LINES), list(IDS)
    for rows in (lines, ids):
        for _ in range(data.draw(st.integers(0, 2))):
            number = data.draw(st.integers(0, len(rows) - 1))
            match data.draw(st.sampled_from(["cut", "move", "repeat", "change"])):
                case "cut":
                    rows.pop(number)
                case "move":
                    rows.insert(data.draw(st.integers(0, len(rows) - 1)), rows.pop(number))
                case "repeat":
                    rows.insert(data.draw(st.integers(0, len(rows))), rows[number])
                case _:
                    rows[number] = rows[number].replace(b"1", b"2")
    copy = changed(lines, ids)
    verified = verify_copy(copy, TRUST)
    assert verify_copy(copy, TRUST, known=known) == verified
    assert bool(verified.problems) == (copy != COPY)


def test_more_differences_than_can_be_read_are_counted():
    made = Made()
    made.entries = begun().entries
    for number in range(150):
        made.deliver(ANA, number)
    made.seal(PAPER)
    copy = made.copy()
    reversed_lines = joined(copy.entries.split(b"\n")[-2::-1])
    told = verify_copy(Copy(reversed_lines, copy.ids, copy.checkpoints), TRUST, authors=False).problems
    assert len(told) == 101
    assert told[-1].what == "52 more entries are not as the log has them"
