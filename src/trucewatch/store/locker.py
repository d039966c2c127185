"""The locker: original bytes by their hash, never changed; personal data so that they can be made unreadable for good.

The rules:

- Bytes lie under the hexadecimal SHA-256 of what lies there, and are read only when they still have that hash.
- What belongs to a subject (a person, or a delivery that tells of persons) is sealed: AES-256-GCM (NIST SP 800-38D) under a key of
  that subject alone, a nonce of 96 random bits before it, the subject as associated data. It lies under the hash of the sealed
  bytes, which tells nothing of what is inside.
- A subject is named by a commitment: SHA-256 of a salt of 32 random bytes and the name. The salt is sealed with the key, so that
  without it nobody can try out names.
- Keys lie apart from the locker, a file each, readable by their owner only. To redact is to overwrite a subject's key, to take it
  away and to leave a tombstone: no copy of the locker can be read any more, unless someone kept a copy of the key.
"""

import contextlib
import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trucewatch.errors import MissingError, StoreError
from trucewatch.store.files import DISK, Syscalls, cannot_write, make_folder, sync_folder, write_bytes, write_part

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
SALT_BYTES: Final = 32
SALT: Final = "salt"
TOMBSTONE: Final = ".redacted"


class Redacted(StoreError):  # noqa: N818  (it is an answer, not a fault)
    """What is asked for was redacted: its key is destroyed, and nobody can read it any more."""


class Locker:
    """The bytes below `folder`, and the keys of subjects below `keys`."""

    def __init__(self, folder: Path, keys: Path, disk: Syscalls = DISK) -> None:
        self.folder = folder
        self._keys = keys
        self._disk = disk

    def keep(self, data: bytes, *, subject: str = "") -> str:
        """Keep bytes, sealed when they belong to a subject; return the hash by which they are found. Durable when it returns."""
        if subject:
            nonce = secrets.token_bytes(NONCE_BYTES)
            data = nonce + AESGCM(self._key(subject)[:KEY_BYTES]).encrypt(nonce, data, subject.encode())
        name = hashlib.sha256(data).hexdigest()
        try:
            make_folder(self.folder, self._disk)
            if not (self.folder / name).exists():
                write_part(self.folder / name, data, self._disk)
            sync_folder(self.folder, self._disk)
        except OSError as error:
            raise cannot_write(self.folder / name, error) from error
        return name

    def get(self, name: str, *, subject: str = "") -> bytes:
        """Return bytes. Raises Redacted when the subject's key was destroyed, StoreError when they are not what was kept."""
        path = self.folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            to_do = "restore the backup"
            raise StoreError(f"cannot be read: {error.strerror}", where=str(path), to_do=to_do) from error
        if hashlib.sha256(data).hexdigest() != name:
            raise StoreError("the bytes are not those that were kept", where=str(path), to_do="restore the backup")
        if not subject:
            return data
        try:
            opened = AESGCM(self._key(subject)[:KEY_BYTES])
            return opened.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], subject.encode())
        except InvalidTag as error:
            raise StoreError("sealed under another key", where=str(path), to_do="restore the keys") from error

    def new_subject(self, name: bytes) -> str:
        """Make a subject with a key of its own and return its commitment, which names it everywhere.

        The salt lies with the key: who destroys the one destroys the other, and then no name can be tried against it.
        """
        key, salt = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(SALT_BYTES)
        subject = hashlib.sha256(salt + name).hexdigest()
        write_bytes(self._keys / subject, key + salt, disk=self._disk, mode=0o600)
        return subject

    def salt(self) -> bytes:
        """Return the salt of this locker, which is hashed before personal bytes; it is made at first use."""
        path = self._keys / SALT
        if not path.exists():
            write_bytes(path, secrets.token_bytes(SALT_BYTES), disk=self._disk, mode=0o600)
        return path.read_bytes()

    def is_of(self, subject: str, name: bytes) -> bool:
        """Say whether a commitment is that of `name`. Raises Redacted when nobody can know it any more."""
        return hashlib.sha256(self._key(subject)[KEY_BYTES:] + name).hexdigest() == subject

    def has_key(self, subject: str) -> bool:
        """Say whether what belongs to a subject can be read here."""
        return (self._keys / subject).exists() and not self.is_redacted(subject)

    def redact(self, subject: str) -> None:
        """Destroy the key of a subject and leave a tombstone. It cannot be undone; to do it twice is to do it once."""
        path, tombstone = self._keys / subject, self._keys / (subject + TOMBSTONE)
        write_bytes(tombstone, b"", disk=self._disk)
        try:
            with contextlib.suppress(FileNotFoundError):
                file = self._disk.open(path, os.O_WRONLY)
                try:
                    self._disk.write(file, memoryview(secrets.token_bytes(KEY_BYTES + SALT_BYTES)))
                    self._disk.fsync(file)
                finally:
                    os.close(file)
                self._disk.unlink(path)
                sync_folder(self._keys, self._disk)
        except OSError as error:
            raise cannot_write(path, error) from error

    def is_redacted(self, subject: str) -> bool:
        """Say whether the key of a subject was destroyed."""
        return (self._keys / (subject + TOMBSTONE)).exists()

    def _key(self, subject: str) -> bytes:
        """Return key and salt of a subject. Raises Redacted when they were destroyed, MissingError when they are elsewhere."""
        if self.is_redacted(subject):
            raise Redacted("what belongs to this subject was redacted", where=subject)
        try:
            return (self._keys / subject).read_bytes()
        except OSError as error:
            to_do = "bring the folder of keys, which a backup leaves out"
            raise MissingError("the key of this subject is not here", where=subject, to_do=to_do) from error
