"""The officer's remarks: signed words, shown as they are, each with whether its signature holds.

The rule, in plain sentences.
1. A signed remark is a JSON object of texts with the keys of `SIGNED`, `public_key` among them, and `signature`. Nothing else.
2. What is signed is `PREFIX` and the object without `signature`, its keys sorted, no space between, UTF-8. The signature is Ed25519
   (RFC 8032); public key and signature are hexadecimal. The key's id is the first 32 hex of the SHA-256 of the public key.
3. Mission and day are signed too: a remark on one report cannot be moved to another.
4. A signature proves the key. Whose key it is, the mission knows. A remark whose signature does not hold is shown with a warning in
   an internal draft, and leaves the mission in no report.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import polars as pl
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from trucewatch import tables
from trucewatch.errors import DocumentError, Problem
from trucewatch.release import AUDIENCES, Released
from trucewatch.report.blocks import Block, Paragraph, Quote, Section
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import local
from trucewatch.words import LANGUAGES, Words

PREFIX: Final = b"trucewatch remark v1\n"
SIGNED: Final = ("at_utc", "audience", "author", "day", "language", "mission_id", "public_key", "text")
LONGEST: Final = 20_000  # letters


def sign_remark(said: Mapping[str, str], key: Ed25519PrivateKey) -> bytes:
    """Return the file of a signed remark; `said` has the keys of `SIGNED` but `public_key`.

    >>> key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> said = dict.fromkeys(SIGNED, "x")
    >>> len(json.loads(sign_remark(said, key))["signature"])
    128
    """
    whole = {**said, "public_key": key.public_key().public_bytes_raw().hex()}
    return json.dumps({**whole, "signature": key.sign(_signed(whole)).hex()}, ensure_ascii=False, indent=1).encode()


def _signed(said: Mapping[str, str]) -> bytes:
    """Return the bytes that are signed."""
    part = {name: said[name] for name in SIGNED}
    return PREFIX + json.dumps(part, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def parse_remark(data: bytes, *, name: str, mission_id: str) -> pl.DataFrame:
    """Return table `remarks` of one signed file. Raises DocumentError for a file that is none, or of another mission."""
    said = _read(data, name)
    problems = []
    if said["mission_id"] != mission_id:
        problems.append(Problem(name, f"a remark of another mission: {said['mission_id']!r}", "give those of this one"))
    if said["audience"] not in AUDIENCES:
        problems.append(Problem(f"{name}: audience", "no such audience", f"take one of {', '.join(AUDIENCES)}"))
    if said["language"] not in LANGUAGES:
        problems.append(Problem(f"{name}: language", "no such language", f"take one of {', '.join(LANGUAGES)}"))
    if not said["text"].strip() or not said["author"].strip() or len(said["text"]) > LONGEST:
        problems.append(Problem(name, f"author or text is empty, or the text longer than {LONGEST} letters"))
    if problems:
        raise DocumentError(tuple(problems))
    try:
        at_utc, day = dt.datetime.fromisoformat(said["at_utc"]), dt.date.fromisoformat(said["day"])
        key, signature = bytes.fromhex(said["public_key"]), bytes.fromhex(said["signature"])
        if at_utc.tzinfo is None or len(key) != 32:
            raise ValueError("at_utc needs its zone, public_key 32 bytes")
    except ValueError as error:
        raise DocumentError((Problem(name, str(error), "sign it anew with `trucewatch remark`"),)) from error
    row: dict[str, Any] = {
        "remark_id": hashlib.sha256(_signed(said)).hexdigest(), "author": said["author"],
        "key_id": hashlib.sha256(key).hexdigest()[:32], "at_utc": at_utc.astimezone(dt.UTC), "day": day,
        "language": said["language"], "text": said["text"], "signature": signature.hex(),
        "signature_holds": _holds(said, key, signature), "audience": said["audience"],
    }  # fmt: skip
    return tables.conform(pl.DataFrame([row]), "remarks")


def _read(data: bytes, name: str) -> dict[str, str]:
    """Return the object of a file: texts only, exactly the keys that there must be."""
    to_do = "give a file that `trucewatch remark` wrote"
    try:
        said = json.loads(data.decode("utf-8"), object_pairs_hook=_each_key_once)
    except (ValueError, RecursionError) as error:
        raise DocumentError((Problem(name, "not a JSON object in UTF-8", to_do),)) from error
    if not isinstance(said, dict) or set(said) != {*SIGNED, "signature"}:
        raise DocumentError((Problem(name, f"a remark has the keys {', '.join((*SIGNED, 'signature'))}", to_do),))
    if not all(isinstance(value, str) for value in said.values()) or _lone(said):
        raise DocumentError((Problem(name, "a remark holds nothing but text", to_do),))
    return said


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; raises ValueError for a key that stands twice, of which one would be shown and another signed."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _lone(said: Mapping[str, str]) -> bool:
    """Say whether a text holds half of a letter, which no UTF-8 can carry."""
    return any("\ud800" <= letter <= "\udfff" for value in said.values() for letter in value)


def _holds(said: Mapping[str, str], key: bytes, signature: bytes) -> bool:
    """Say whether the signature is that of the key over what was said."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _signed(said))
    except (InvalidSignature, ValueError):
        return False
    return True


def remarks(released: Released, facts: ReportFacts, words: Words) -> Section:
    """Return the remarks on the days of the report, in order of their time, as they were signed."""
    title = words.say("Remarks of the officer")
    told = released.tables.get("remarks", tables.empty("remarks"))
    mine = told.filter(pl.col("day").is_in(list(facts.days))).sort("at_utc", "remark_id")
    blocks: list[Block] = []
    for remark in mine.iter_rows(named=True):
        at = words.moment(local(remark["at_utc"], facts))
        blocks.append(Quote(words.foreign(remark["text"], remark["language"]), by=f"{remark['author']}, {at}"))
        if remark["signature_holds"]:
            blocks.append(Paragraph(words.say("Signature holds. Key {key}.", key=remark["key_id"]), note=True))
        else:
            warning = words.say(
                "SIGNATURE DOES NOT HOLD: these words may not be those of {name}. Key {key}.",
                name=remark["author"], key=remark["key_id"],
            )  # fmt: skip
            blocks.append(Paragraph(warning))
    if blocks:
        said = words.say(
            "A remark is a person’s signed word. The machine has not changed it. The key, not the name, is what the signature "
            "proves."
        )
        blocks.append(Paragraph(said, note=True))
    return Section("remarks", title, tuple(blocks))
