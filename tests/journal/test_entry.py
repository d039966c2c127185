"""Entries: one way to write them, and no other is taken."""

import datetime as dt
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.errors import JournalError, UsageError
from trucewatch.journal import KINDS, canonical, key_id, leaf_hash, origin_of, parse_entry, sign_entry, verify_signature

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
ORIGIN = origin_of("river-line", PUBLIC)
AT = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
KEYS = st.text(st.characters(max_codepoint=0xD7FF), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def entry(**body):
    return sign_entry("remark", AT, body or {"text": "quiet"}, KEY, origin=ORIGIN)


def test_the_canonical_form_is_that_of_rfc_8785():
    """Its example of strings and order (3.2.2 and 3.2.3), without the fractions that the subset leaves out."""
    value = {
        "string": '\u20ac$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
        "\u00f6": 1,
        "\r": 2,
        "1": 3,
        "\u20ac": 4,
    }
    assert canonical(value).decode() == (
        '{"\\r":2,"1":3,"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/","ö":1,"€":4}'
    )


@given(st.dictionaries(KEYS, JSON, max_size=5), st.sampled_from(KINDS), st.datetimes(timezones=st.just(dt.UTC)))
def test_what_is_signed_is_read_again(body, kind, at_utc):
    made = sign_entry(kind, at_utc, body, KEY, origin=ORIGIN)
    read = parse_entry(made.data)
    assert read == made
    assert read.data == canonical(json.loads(made.data))
    assert read.leaf == leaf_hash(made.data)
    assert read.entry_id == read.leaf.hex()
    assert read.author == key_id(PUBLIC)
    verify_signature(read, PUBLIC, origin=ORIGIN)


def test_a_time_elsewhere_is_written_in_utc():
    kyiv = dt.timezone(dt.timedelta(hours=2))
    assert sign_entry("remark", AT.astimezone(kyiv), {"text": "quiet"}, KEY, origin=ORIGIN).data == entry().data
    assert b'"at_utc":"2026-11-24T06:00:00.000000Z"' in entry().data


@pytest.mark.parametrize("body", [{"x": 1.0}, {"x": [1.5]}, {"x": 2**53}, {"x": -(2**53)}, {"\ue000": 1}, {"x": {"\U0001f600": 1}},
                                  {"x": "\ud800"}, {"x": AT}, {"x": b"bytes"}, {"x": {1: 2}}])  # fmt: skip
def test_what_the_subset_leaves_out_is_refused(body):
    with pytest.raises(JournalError):
        sign_entry("remark", AT, body, KEY, origin=ORIGIN)


@pytest.mark.parametrize(("kind", "at_utc"), [("gossip", AT), ("remark", AT.replace(tzinfo=None))])
def test_an_unknown_kind_and_a_time_without_zone_are_refused(kind, at_utc):
    with pytest.raises(JournalError):
        sign_entry(kind, at_utc, {}, KEY, origin=ORIGIN)


def test_nesting_and_length_have_an_end():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(JournalError, match="nested too deep"):
        sign_entry("remark", AT, {"x": deep}, KEY, origin=ORIGIN)
    with pytest.raises(JournalError, match="longer than"):
        sign_entry("remark", AT, {"x": "." * 2**20}, KEY, origin=ORIGIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"body":', b'"body": '), (b"06:00:00.000000Z", b"06:00:00Z"), (b"06:00:00.000000Z", b"06:00:00.000000z"),
        (b"2026-11-24", b"2026-11-31"), (b'"n":7', b'"n":7.0'), (b'"n":7', b'"n":-0'), (b'"n":7', b'"n":9007199254740992'),
        (b'"n":7', b'"n":7,"n":7'), (b'"n":7', b'"n":NaN'), (b'"n":7', b'"n":1e3'), (b'"n":7', b'"n":' + b"7" * 5000),
        (b'"n":7', b'"a":7'), (b"quiet", b"\\u0071uiet"), (b"quiet", b"\xff"), (b"quiet", b"\\ud800"), (b"remark", b"rumour"),
        (b'"kind"', b'"kinds"'), (b'"}', b'"}\n'), (b'"}', b'",}'), (b'=="}', b'="}'), (b'"n":7', b'"n":' + b"[" * 100_000),
        (b'"n":7', b'"\xee\x80\x80":7'), (b'"body":{', b'"body":[],"c":{'), (b'=="}', b'==","z":1}'),
    ],
)  # fmt: skip
def test_other_bytes_for_the_same_are_refused(old, new):
    data = entry(a="quiet", n=7).data
    assert old in data
    with pytest.raises(JournalError):
        parse_entry(data.replace(old, new))


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_entry_is_refused(data):
    with pytest.raises(JournalError):
        parse_entry(data)


def test_another_word_or_another_key_is_found():
    made = entry()
    forged = parse_entry(made.data.replace(b"quiet", b"quite"))
    with pytest.raises(JournalError, match="signature does not hold"):
        verify_signature(forged, PUBLIC, origin=ORIGIN)
    with pytest.raises(JournalError, match="another key"):
        verify_signature(made, bytes(32), origin=ORIGIN)


def test_an_entry_of_one_log_does_not_hold_in_another():
    made = entry()
    verify_signature(made, PUBLIC, origin=ORIGIN)
    for other in (origin_of("river-line", bytes(32)), origin_of("other-line", PUBLIC)):
        with pytest.raises(JournalError, match="does not hold"):
            verify_signature(made, PUBLIC, origin=other)


def test_what_is_signed_is_prefix_origin_and_the_entry_without_its_signature():
    made = entry(n=7)
    unsigned = canonical({key: part for key, part in json.loads(made.data).items() if key != "signature"})
    assert made.signed_data(ORIGIN) == b"trucewatch entry v1\n" + ORIGIN.encode() + b"\n" + unsigned
    KEY.public_key().verify(made.signature, made.signed_data(ORIGIN))


@pytest.mark.parametrize("mission_id", ["", "River", "a b", "a/b", "a\n", "-a"])
def test_an_origin_is_of_a_mission(mission_id):
    with pytest.raises(UsageError):
        origin_of(mission_id, PUBLIC)


@pytest.mark.parametrize("origin", ["", "a\nb"])
def test_an_origin_is_one_line(origin):
    with pytest.raises(UsageError):
        sign_entry("remark", AT, {}, KEY, origin=origin)
