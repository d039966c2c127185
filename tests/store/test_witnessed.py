"""What a witness keeps is kept whole, one turn after the other."""

import threading

import pytest

from trucewatch.errors import StoreError
from trucewatch.store import Witnessed


def test_the_last_checkpoint_takes_the_place_of_the_one_before(tmp_path):
    state = Witnessed(tmp_path / "new" / "witness.sqlite")
    with state.turn() as turn:
        assert turn.last("a") is None
        turn.keep("a", b"1")
        turn.keep("b", b"9")
    with Witnessed(tmp_path / "new" / "witness.sqlite").turn() as turn:
        turn.keep("a", b"2")
        turn.keep_evidence(b"forked")
        turn.keep_evidence(b"forked")
    with state.turn() as turn:
        assert (turn.last("a"), turn.last("b"), turn.evidence()) == (b"2", b"9", [b"forked"])


def test_of_a_turn_that_failed_nothing_is_kept(tmp_path):
    state = Witnessed(tmp_path / "witness.sqlite")

    def half():
        with state.turn() as turn:
            turn.keep("a", b"1")
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half"):
        half()
    with state.turn() as turn:
        assert turn.last("a") is None


def test_turns_are_taken_one_after_the_other(tmp_path):
    """Each of 8 threads counts on by 20: where two read before one had written, some would be lost."""
    state = Witnessed(tmp_path / "witness.sqlite")

    def count():
        for _ in range(20):
            with state.turn() as turn:
                turn.keep("a", str(int(turn.last("a") or b"0") + 1).encode())

    threads = [threading.Thread(target=count) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with state.turn() as turn:
        assert turn.last("a") == b"160"


@pytest.mark.parametrize("made", [lambda path: path.write_bytes(b"no database" * 200), lambda path: path.mkdir()])
def test_what_is_no_file_of_a_witness_is_told(tmp_path, made):
    made(tmp_path / "witness.sqlite")
    with pytest.raises(StoreError, match="cannot be used"):
        Witnessed(tmp_path / "witness.sqlite")
