"""An entry of the journal: what someone signed, as bytes that can be written in one way only.

The rules:

- An entry is a JSON object with the keys `at_utc`, `author`, `body`, `kind`, `signature`, written canonically after RFC 8785
  (JSON Canonicalization Scheme): no white space, keys in order (3.2.3), strings escaped only where they must be (3.2.2.2),
  UTF-8 (3.2.4). Two entries that say the same are the same bytes, and other bytes are refused.
- A subset, so that no reader can disagree with another: whole numbers within ±(2^53 - 1) only, no fraction or exponent (a
  measure goes in as a whole number of its unit, or as text), and no key with a character from U+D800 upwards (there, order by
  UTF-16 and by code point differ). Lone surrogates are not text.
- `author` is the key's id: the first 32 hex digits of SHA-256 of the 32 bytes of the Ed25519 public key (RFC 8032, 5.1.5).
- `signature` (base64, RFC 4648, section 4) is Ed25519 over `trucewatch entry v1`, a newline, the origin of the log, a newline,
  and the canonical bytes of the entry without it. The origin names mission and key of the log (`origin_of`), so an entry of one
  log does not hold in another.
- The entry's id is the hash of its bytes as a leaf of the tree (RFC 6962, 2.1), in hex: another byte, another id.
"""

import base64
import binascii
import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from trucewatch.errors import JournalError, UsageError
from trucewatch.journal.merkle import leaf_hash

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"

KINDS: Final = (
    "delivery", "decision", "claim", "reply", "correction", "redaction", "release", "approval", "remark", "pledge",
    "key_added", "key_revoked", "rules", "notice", "bundle", "identity", "access",
)  # fmt: skip
PREFIX: Final = b"trucewatch entry v1\n"
MAX_BYTES: Final = 1 << 20
MAX_INT: Final = (1 << 53) - 1
_SIGNATURE_BYTES: Final = 64
_SIGNATURE_LENGTH: Final = len(',"signature":""}') + 88
_KEYS: Final = ["at_utc", "author", "body", "kind", "signature"]
_AUTHOR: Final = re.compile(r"[0-9a-f]{32}")
_MISSION: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One entry: `kind` (of KINDS), `at_utc` as its author told it, `author` (key id), `body`, `signature` (64 bytes)."""

    kind: str
    at_utc: dt.datetime
    author: str
    body: Mapping[str, Json]
    signature: bytes

    @cached_property
    def data(self) -> bytes:
        """The canonical bytes, with the signature: what the journal keeps."""
        signature = base64.b64encode(self.signature).decode()
        return canonical({**_unsigned(self), "signature": signature})

    def signed_data(self, origin: str) -> bytes:
        """Return what its author signs in the log of that origin: the canonical bytes without the signature, the last key."""
        unsigned = self.data[:-_SIGNATURE_LENGTH] + b"}" if self.signature else canonical(_unsigned(self))
        return b"%s%s\n%s" % (PREFIX, _line(origin), unsigned)

    @cached_property
    def leaf(self) -> bytes:
        """The hash of the entry as a leaf of the tree, 32 bytes."""
        return leaf_hash(self.data)

    @property
    def entry_id(self) -> str:
        """The entry's id: `leaf` in hex."""
        return self.leaf.hex()


def key_id(public_key: bytes) -> str:
    """Return the id of an Ed25519 public key of 32 bytes.

    >>> key_id(bytes(32))
    '66687aadf862bd776c8fc18b8e9f8e20'
    """
    if len(public_key) != 32:
        raise UsageError("an Ed25519 public key has 32 bytes", where=f"{len(public_key)} bytes")
    return hashlib.sha256(public_key).hexdigest()[:32]


def origin_of(mission_id: str, public_key: bytes) -> str:
    """Return the origin of a log, from its mission and the log's own Ed25519 public key of 32 bytes.

    >>> origin_of("river-line", bytes(32))
    'river-line/66687aadf862bd77'
    """
    if not _MISSION.fullmatch(mission_id):
        raise UsageError("not a mission's name", where=repr(mission_id), to_do="small letters, digits and hyphens")
    return f"{mission_id}/{key_id(public_key)[:16]}"


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a JSON value (RFC 8785, the subset above). Raises JournalError for what has none.

    >>> canonical({"b": 1, "a": ["ж", True, None]}).decode()
    '{"a":["ж",true,null],"b":1}'
    """
    try:
        _check(value)
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError as error:
        raise JournalError(
            "a lone surrogate is not text", where="the entry's body", to_do="correct the text"
        ) from error
    except RecursionError as error:
        raise JournalError("nested too deep", where="the entry's body", to_do="simplify it") from error


def sign_entry(
    kind: str, at_utc: dt.datetime, body: Mapping[str, Json], key: Ed25519PrivateKey, *, origin: str
) -> Entry:
    """Return the entry of that kind, time and body, signed by `key` for the log of that origin.

    Raises JournalError where it cannot be written.
    """
    author = key_id(key.public_key().public_bytes_raw())
    unsigned = Entry(kind, at_utc, author, body, b"")
    _refuse_unknown(kind, at_utc)
    entry = Entry(kind, at_utc.astimezone(dt.UTC), author, body, key.sign(unsigned.signed_data(origin)))
    if len(entry.data) > MAX_BYTES:
        raise JournalError(f"longer than {MAX_BYTES} bytes", where=f"a {kind}", to_do="name large things by their hash")
    return entry


def parse_entry(data: bytes, *, where: str = "an entry") -> Entry:
    """Return the entry that `data` is. Raises JournalError when it is none, or is not written canonically.

    The signature is not checked here, as that takes the author's key: `verify_signature`.
    """
    raw = _load(data, where)
    if list(raw) != _KEYS:
        raise JournalError(f"an entry has the keys {', '.join(_KEYS)}, in that order", where=where)
    told, author, body, kind, signature = (raw[key] for key in _KEYS)
    at_utc = parse_time(told, where=f"{where}: at_utc")
    if not (isinstance(author, str) and _AUTHOR.fullmatch(author)):
        raise JournalError("not a key's id: 32 small hex digits", where=f"{where}: author")
    if not isinstance(body, dict):
        raise JournalError("not a JSON object", where=f"{where}: body")
    if not isinstance(kind, str) or kind not in KINDS:
        raise JournalError("not a kind of entry", where=f"{where}: kind", to_do=f"one of {', '.join(KINDS)}")
    entry = Entry(kind, at_utc, author, body, _unbase64(signature, f"{where}: signature"))
    entry.__dict__["data"] = data  # it was compared with its canonical form
    return entry


def told_time(at_utc: dt.datetime) -> str:
    """Return an instant as entries tell it.

    >>> told_time(dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC))
    '2026-11-24T06:00:00.000000Z'
    """
    return at_utc.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def parse_time(told: Json, *, where: str) -> dt.datetime:
    """Return the instant that is told as entries tell it. Raises JournalError for another spelling.

    >>> parse_time("2026-11-24T06:00:00.000000Z", where="here").hour
    6
    """
    if not (isinstance(told, str) and _AT.fullmatch(told)):
        raise JournalError("not a time such as 2026-11-24T06:00:00.000000Z", where=where)
    try:
        return dt.datetime.fromisoformat(told)
    except ValueError as error:
        raise JournalError("no such day or hour", where=where) from error


def verify_signature(entry: Entry, public_key: bytes, *, origin: str, where: str = "an entry") -> None:
    """Check an entry's author and signature, in the log of that origin, against an Ed25519 public key of 32 bytes.

    Raises JournalError.
    """
    if key_id(public_key) != entry.author:
        raise JournalError("signed by another key", where=where, to_do="look for the key of its author")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(entry.signature, entry.signed_data(origin))
    except InvalidSignature as error:
        to_do = "its author did not sign these bytes for this log: refuse it"
        raise JournalError("the author's signature does not hold", where=where, to_do=to_do) from error


def _unsigned(entry: Entry) -> dict[str, Json]:
    return {"at_utc": told_time(entry.at_utc), "author": entry.author, "body": dict(entry.body), "kind": entry.kind}


def _line(origin: str) -> bytes:
    """Return an origin as it stands in what is signed: one line."""
    if not origin or "\n" in origin:
        raise UsageError("an origin is one line", where=repr(origin), to_do="give what origin_of returns")
    return origin.encode()


def _refuse_unknown(kind: str, at_utc: dt.datetime) -> None:
    if kind not in KINDS:
        raise JournalError("not a kind of entry", where=repr(kind), to_do=f"one of {', '.join(KINDS)}")
    if at_utc.tzinfo is None:
        raise JournalError("a time without its zone", where=at_utc.isoformat(), to_do="give an aware datetime")


def _load(data: bytes, where: str) -> dict[str, Json]:
    """Return the keys of a canonical JSON object; refuse all else."""
    if len(data) > MAX_BYTES:
        raise JournalError(f"longer than {MAX_BYTES} bytes", where=where)
    try:
        raw = _DECODER.decode(data.decode("utf-8"))
        again = _ENCODER.encode(raw).encode()
    except UnicodeDecodeError as error:
        raise JournalError(f"not UTF-8 at byte {error.start}", where=where) from error
    except UnicodeEncodeError as error:
        raise JournalError("a lone surrogate is not text", where=where) from error
    except RecursionError as error:
        raise JournalError("nested too deep", where=where) from error
    except ValueError as error:
        raise JournalError(f"not JSON as an entry is written: {error}", where=where) from error
    if again != data or not isinstance(raw, dict):
        raise JournalError("not canonical (RFC 8785)", where=where, to_do="the bytes are not those that were signed")
    if not data.isascii():
        _check(raw, where)
    return raw


def _whole_number(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INT:
        raise ValueError("a number beyond ±(2^53 - 1)")
    return int(text)


def _refuse(text: str) -> None:
    raise ValueError(f"a number that is not whole: {text[:20]}")


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_DECODER: Final = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse, parse_int=_whole_number)


def _unbase64(text: Json, where: str) -> bytes:
    """Return the 64 bytes of a signature; only the one spelling is taken."""
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != _SIGNATURE_BYTES or base64.b64encode(data).decode() != text:
        raise JournalError("not the base64 of 64 bytes", where=where)
    return data


def _check(value: object, where: str = "the entry's body") -> None:
    """Refuse what the subset leaves out."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str) or max(key, default="") >= "\ud800":
                raise JournalError("a key that is not text below U+D800", where=f"{where}: {key!r}", to_do="rename it")
            _check(part, where)
    elif isinstance(value, list | tuple):
        for part in value:
            _check(part, where)
    elif isinstance(value, int):
        if abs(value) > MAX_INT:
            raise JournalError("a number beyond ±(2^53 - 1)", where=where, to_do="write it as text")
    elif value is not None and not isinstance(value, str):
        to_do = "write a whole number of its unit, or text"
        raise JournalError(f"{type(value).__name__} has no place in an entry", where=where, to_do=to_do)
