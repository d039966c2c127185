"""Signed notes: text with lines below it, each the signature of a key that has a name.

The rules (C2SP signed-note, c2sp.org/signed-note):

- A note is a text that ends in a newline, an empty line, and lines `— <key name> <base64>`: an em dash, a space, the key's name,
  a space, and the base64 (RFC 4648, section 4) of the key's hash of 4 bytes and the signature. It is UTF-8 and holds no control
  character but the newline. The last empty line parts text and signatures.
- A key's name is not empty and holds no space and no plus. Its hash is the beginning of SHA-256 of the name, a newline, a byte for
  the kind of signature, and the public key. Name and hash together name the key.
- Signatures of unknown keys are ignored. One of a known key that does not hold refuses the whole note.
- A verifier key (vkey) is written `<name>+<hash in hex>+<base64 of kind and public key>`.

Two kinds are known: 0x01, Ed25519 over the text, and 0x04, Ed25519 by a witness over a checkpoint and a time (`checkpoint.py`).
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from trucewatch.errors import JournalError, UsageError

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
MOST_BYTES: Final = 1_000_000
MOST_SIGNATURES: Final = 100
_KINDS: Final = {ED25519: "the key of a log", COSIGNATURE: "the key of a witness"}
_HASH: Final = re.compile(r"[0-9a-f]{8}")
_HASH_BYTES: Final = 4
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True)
class VerifierKey:
    """A public key with its name: `kind` is ED25519 for a log, COSIGNATURE for a witness; `public_key` has 32 bytes.

    Raises UsageError for a name or a kind that no note can carry.
    """

    name: str
    kind: int
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise UsageError("a key's name is not empty and has no space and no plus", where=repr(self.name))
        if self.kind not in _KINDS or len(self.public_key) != 32:
            raise UsageError("neither the Ed25519 key of a log nor of a witness", where=f"the key of {self.name}")

    @property
    def key_hash(self) -> bytes:
        """The 4 bytes that, with the name, name the key in a note."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key
        return hashlib.sha256(named).digest()[:_HASH_BYTES]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public_key).decode()
        return f"{self.name}+{self.key_hash.hex()}+{material}"


@dataclass(frozen=True)
class NoteSignature:
    """One line below a note: the key's `name`, its `key_hash` (4 bytes), and the `signature`."""

    name: str
    key_hash: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_hash + self.signature).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text, with its last newline, and the signatures below it, none of them checked yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @property
    def data(self) -> bytes:
        """The bytes of the note."""
        return (self.text + "\n" + "".join(map(str, self.signatures))).encode()

    def by(self, key: VerifierKey) -> tuple[NoteSignature, ...]:
        """Return the signatures that bear the name and the hash of `key`."""
        named = (key.name, key.key_hash)
        return tuple(each for each in self.signatures if (each.name, each.key_hash) == named)


def parse_vkey(text: str, *, where: str = "a verifier key") -> VerifierKey:
    """Return the key that a vkey tells. Raises JournalError when it is none, or its hash is another key's.

    >>> parse_vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").name
    'PeterNeumann'
    """
    name, _, rest = text.partition("+")
    told, _, material = rest.partition("+")
    data = strict_base64(material)
    if data is None or not _HASH.fullmatch(told) or not is_key_name(name):
        to_do = "write <name>+<hash>+<base64>, as `trucewatch journal vkey` prints it"
        raise JournalError("not a verifier key", where=where, to_do=to_do)
    if data[:1] not in {bytes([kind]) for kind in _KINDS} or len(data) != 33:
        raise JournalError("neither the Ed25519 key of a log nor of a witness", where=where, to_do="give one of them")
    key = VerifierKey(name, data[0], data[1:])
    if key.key_hash.hex() != told:
        raise JournalError("the hash is not that of the name and the key", where=where, to_do="copy it again")
    return key


def parse_note(data: bytes, *, where: str = "a note") -> Note:
    """Return the note that `data` is, its signatures unchecked. Raises JournalError with what is wrong, and in which line."""
    if len(data) > MOST_BYTES:
        raise JournalError(f"longer than {MOST_BYTES} bytes", where=where)
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JournalError(f"not UTF-8 at byte {error.start}", where=where) from error
    if found := _CONTROL.search(whole):
        line = whole.count("\n", 0, found.start()) + 1
        raise JournalError("a control character", where=f"{where} line {line}")
    text, parted, below = whole.rpartition("\n\n")
    if not parted or not below.endswith("\n"):
        raise JournalError("not a signed note: text, an empty line, signatures", where=where)
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise JournalError(f"more than {MOST_SIGNATURES} signatures", where=where)
    first = text.count("\n") + 3
    return Note(text + "\n", tuple(_signature(line, f"{where} line {first + n}") for n, line in enumerate(lines)))


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> NoteSignature:
    """Return the signature of kind ED25519 that `key`, known by `name`, puts below `text`."""
    signer = VerifierKey(name, ED25519, key.public_key().public_bytes_raw())
    return NoteSignature(name, signer.key_hash, key.sign(text.encode()))


def verify_note(note: Note, key: VerifierKey, *, where: str = "a note") -> None:
    """Check that `key`, of kind ED25519, signed the note. Raises JournalError when it did not, or its signature does not hold."""
    if key.kind != ED25519:
        raise UsageError("not the key of a log", where=str(key), to_do="give a vkey of kind 1")
    found = note.by(key)
    if not found:
        to_do = "ask for one that it signed"
        raise JournalError(f"not signed by {key.name}+{key.key_hash.hex()}", where=where, to_do=to_do)
    for each in found:
        check_signature(key, each.signature, note.text.encode(), where)


def parse_signature(line: str, *, where: str = "a signature") -> NoteSignature:
    """Return the signature that a line with its newline is. Raises JournalError."""
    if not line.endswith("\n") or "\n" in line[:-1]:
        raise JournalError("not one line", where=where)
    return _signature(line[:-1], where)


def check_signature(key: VerifierKey, signature: bytes, message: bytes, where: str) -> None:
    """Check an Ed25519 signature (RFC 8032). Raises JournalError naming the key."""
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        to_do = "these are not the bytes that it signed: refuse them"
        raise JournalError(f"the signature of {key.name} does not hold", where=where, to_do=to_do) from error


def strict_base64(text: str) -> bytes | None:
    """Return the bytes of a base64 text, or None when it is not written in the one way that they are."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def is_key_name(name: str) -> bool:
    """Say whether a key may bear the name."""
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name) and not _CONTROL.search(name)


def _signature(line: str, where: str) -> NoteSignature:
    dash, name, text = [*line.split(" "), "", ""][:3]
    data = strict_base64(text)
    if line != f"{dash} {name} {text}" or dash != "—" or not is_key_name(name) or data is None:
        raise JournalError("not a signature line: em dash, key's name, base64", where=where)
    if len(data) <= _HASH_BYTES:
        raise JournalError("a signature of no bytes", where=where)
    return NoteSignature(name, data[:_HASH_BYTES], data[_HASH_BYTES:])
