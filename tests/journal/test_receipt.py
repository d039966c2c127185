"""Receipts: a promise kept, kept late, broken, or not due yet."""

import datetime as dt
from dataclasses import replace

import pytest

from journal_made import ANA, BEGIN, LOG, ORIGIN, PAPER, STATE, TRUST, begun, secret
from trucewatch.errors import JournalError, UsageError
from trucewatch.journal import parse_checkpoint, verify_copy
from trucewatch.journal.receipt import Promise, Receipt, parse_receipt, promised, sign_receipt

DUE = BEGIN + dt.timedelta(hours=24)
RECEIPT = Receipt(ORIGIN, "d7", f"{7:064x}", 7, BEGIN, DUE)


def outcome(made, receipt=RECEIPT):
    verified = verify_copy(made.copy(), TRUST)
    assert verified.problems == ()
    return promised(receipt, made.entries, verified.seals)


def test_a_receipt_is_signed_and_read():
    data = sign_receipt(RECEIPT, LOG)
    assert parse_receipt(data, TRUST.log) == RECEIPT
    assert data.decode().splitlines()[:7] == [
        "trucewatch receipt v1", ORIGIN, "delivery d7", "sha256 " + "0" * 63 + "7", "bytes 7",
        "received 2026-11-01T00:00:00.000000Z", "include-by 2026-11-02T00:00:00.000000Z",
    ]  # fmt: skip
    with pytest.raises(JournalError, match="not a number of entries"):
        parse_checkpoint(data)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("delivery d7", "delivery d8", "does not hold"), ("bytes 7", "bytes 8", "does not hold"),
        ("bytes 7", "bytes 07", "number of bytes"), ("sha256 0", "sha256 x", "SHA-256"), ("sha256 0", "sha256 ", "SHA-256"),
        ("received 2026", "received 26", "line 6: not a time"), ("11-02T", "13-02T", "line 7: no such day"),
        ("v1", "v2", "not a receipt"), ("bytes 7\n", "", "not a receipt"), ("include-by", "includes", "not a receipt"),
        (f"\n{ORIGIN}\n", "\nother/log\n", "another log"),
    ],
)  # fmt: skip
def test_a_receipt_that_was_changed_is_refused(old, new, why):
    data = sign_receipt(RECEIPT, LOG).decode()
    assert old in data
    with pytest.raises(JournalError, match=why):
        parse_receipt(data.replace(old, new, 1).encode(), TRUST.log)


def test_a_receipt_of_another_key_proves_nothing():
    with pytest.raises(JournalError, match="not signed by"):
        parse_receipt(sign_receipt(RECEIPT, secret(99)), TRUST.log)


@pytest.mark.parametrize("wrong", [{"delivery_id": "a\nb"}, {"delivery_id": ""}, {"origin": "a\nb"}, {"size": -1}])
def test_what_no_receipt_can_say_is_not_signed(wrong):
    with pytest.raises((UsageError, JournalError)):
        sign_receipt(replace(RECEIPT, **wrong), LOG)


def test_what_was_entered_in_time_is_included():
    made = begun()
    made.deliver(ANA, 7)
    made.seal(STATE, PAPER, at_utc=DUE)
    assert outcome(made) == Promise("included", 3, None)
    assert not outcome(made).is_broken


@pytest.mark.parametrize("witness", [STATE, PAPER])
def test_what_is_not_there_when_it_was_due_is_omitted(witness):
    made = begun()
    made.deliver(ANA, 8)
    made.seal(witness, at_utc=DUE)
    assert outcome(made) == Promise("omitted", None, 4)
    assert outcome(made).is_broken
    assert outcome(made, replace(RECEIPT, delivery_id="d8")) == Promise("omitted", None, 4), "with other bytes"
    assert outcome(made, replace(RECEIPT, delivery_id="d8", sha256=f"{8:064x}")).kept == "included"


def test_before_a_witness_cosigned_from_then_on_it_is_pending():
    made = begun()
    made.seal(STATE, PAPER, at_utc=DUE - dt.timedelta(seconds=1))
    assert outcome(made) == Promise("pending", None, None)
    made.deliver(ANA, 8)
    made.seal()
    assert outcome(made) == Promise("pending", None, None)


def test_what_a_checkpoint_from_then_on_did_not_reach_is_late():
    made = begun()
    made.seal(PAPER, at_utc=DUE + dt.timedelta(minutes=5))
    made.deliver(ANA, 7)
    made.seal(PAPER, at_utc=DUE + dt.timedelta(minutes=9))
    assert outcome(made) == Promise("late", 3, 3)
    assert outcome(made).is_broken
