"""Signed remarks: any change of a signed word shows; what is no remark, or one of another mission, is refused."""

import json

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.errors import DocumentError
from trucewatch.release import AUDIENCES
from trucewatch.release.further import open_remarks
from trucewatch.report import parse_remark, sign_remark
from trucewatch.report.remarks import SIGNED, remarks
from trucewatch.words import Words

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SAID = {
    "at_utc": "2026-03-20T21:05:00+00:00", "audience": "internal", "author": "O. Petrenko", "day": "2026-03-20",
    "language": "uk", "mission_id": "demo", "text": "Пост 4 чув лише вітер.",
}  # fmt: skip


def parsed(data):
    return parse_remark(data, name="a.json", mission_id="demo").row(0, named=True)


def test_a_signed_remark_comes_back_as_it_was_written():
    row = parsed(sign_remark(SAID, KEY))
    assert row["signature_holds"]
    assert (row["author"], row["text"], row["audience"]) == (SAID["author"], SAID["text"], "internal")


@pytest.mark.parametrize("name", sorted({*SIGNED, "signature"} - {"mission_id"}))
def test_a_change_of_any_signed_word_breaks_the_signature(name):
    other = {
        "at_utc": "2026-03-20T21:05:01+00:00", "audience": "public", "day": "2026-03-21", "language": "en",
        "public_key": Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw().hex(),
        "signature": "00" * 64,
    }.get(name, "something else")  # fmt: skip
    assert not parsed(json.dumps(json.loads(sign_remark(SAID, KEY)) | {name: other}).encode())["signature_holds"]


@pytest.mark.parametrize(
    "broken",
    [
        {"mission_id": "another"}, {"audience": "everybody"}, {"language": "de"}, {"text": "  "}, {"at_utc": "2026-03-20T21:05:00"},
        {"day": "soon"}, {"public_key": "00"}, {"signature": "zz"}, {"more": "x"}, {"text": 5}, {"text": "\ud800"},
    ],
)  # fmt: skip
def test_what_is_no_remark_of_this_mission_is_refused(broken):
    with pytest.raises(DocumentError):
        parsed(json.dumps(json.loads(sign_remark(SAID, KEY)) | broken).encode())


def test_a_key_that_stands_twice_is_refused():
    with pytest.raises(DocumentError):
        parsed(sign_remark(SAID, KEY).replace(b"{", b'{"text": "first", ', 1))


def test_the_section_shows_the_words_and_whether_the_signature_holds(facts, let_through):
    holds = parse_remark(sign_remark(SAID | {"day": facts.day.isoformat()}, KEY), name="a", mission_id="demo")
    broken = holds.with_columns(signature_holds=pl.lit(value=False), remark_id=pl.lit("b"))
    other_day = holds.with_columns(pl.col("day").dt.offset_by("-1d"), remark_id=pl.lit("c"))
    part = let_through({"remarks": pl.concat([holds, broken, other_day])}, facts)
    section = remarks(part, facts, Words())
    assert [block.kind for block in section.blocks] == ["quote", "paragraph", "quote", "paragraph", "paragraph"]
    said = [block.text for block in section.blocks]
    assert said[0] == SAID["text"]
    assert sum(text.startswith("Signature holds") for text in said) == 1
    assert sum("DOES NOT HOLD" in text for text in said) == 1


def test_a_remark_leaves_with_a_signature_that_holds_to_the_audience_that_its_author_named():
    told = [
        parse_remark(sign_remark(SAID | {"audience": audience, "text": audience}, KEY), name="a", mission_id="demo")
        for audience in AUDIENCES
    ]
    forged = told[-1].with_columns(pl.lit("forged").alias("text"), pl.lit(value=False).alias("signature_holds"))
    unnamed = told[-1].with_columns(pl.lit("unnamed").alias("text"), pl.lit(None, pl.String).alias("audience"))
    for number, audience in enumerate(AUDIENCES[1:], start=1):
        left = open_remarks(pl.concat([*told, forged, unnamed]), audience=audience)
        assert left["text"].to_list() == list(AUDIENCES[number:])
