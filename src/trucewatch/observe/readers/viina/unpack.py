"""The one file in a zip, with a limit that holds while it is unpacked: what a zip says of its own size is not believed.

Only stored and deflated entries are read: the decompressors of the other methods cannot be stopped half-way.
"""

import io
import zipfile
import zlib
from typing import Final

from trucewatch.errors import DeliveryError

MAX_UNPACKED_BYTES: Final = 256 << 20
_BLOCK: Final = 1 << 20


def is_zip(data: bytes) -> bool:
    """Say whether `data` begins as a zip file does."""
    return data.startswith(b"PK\x03\x04")


def only_file(data: bytes, *, name: str, most: int = MAX_UNPACKED_BYTES) -> bytes:
    """Return the bytes of the one file in a zip; folders and a Mac's own notes are no files.

    Raises DeliveryError when it is broken, holds another number of files, is locked, packed in another way, a zip of a
    zip, or larger than `most` bytes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [
                entry
                for entry in archive.infolist()
                if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")
            ]
            if len(inside) != 1:
                to_do = "deliver each file by itself, as CSV or as a zip of one CSV"
                raise DeliveryError(f"a zip of {len(inside)} files, not of one", where=name, to_do=to_do)
            unpacked = _unpacked(archive, inside[0], name, most)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise DeliveryError("a zip file that is broken", where=name, to_do="ask the source for it again") from error
    if is_zip(unpacked):
        raise DeliveryError("a zip within a zip", where=name, to_do="unpack it once, and deliver what is in it")
    return unpacked


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, most: int) -> bytes:
    """Unpack one entry block by block. Raises DeliveryError as soon as it is larger than `most`."""
    locked = entry.flag_bits & 0x1
    if locked or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        what = "a zip that is locked" if locked else "a zip packed in a way that is not read"
        raise DeliveryError(what, where=name, to_do="unpack it, and deliver the CSV")
    unpacked = bytearray()
    with archive.open(entry) as file:
        while block := file.read(_BLOCK):
            unpacked += block
            if len(unpacked) > most:
                what = f"unpacks to more than {most >> 20} MiB"
                raise DeliveryError(what, where=name, to_do="deliver it as CSV, in parts")
    return bytes(unpacked)
