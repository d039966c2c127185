"""The parts of an XLSX workbook: a zip of XML, opened with a bound on everything that a file can make large.

Nothing that a workbook says of its own size is believed, and no tree is built of it. Refused before a part is read: a zip of too
many parts, of two of one name, of other methods than stored and deflated (LZMA may ask for 4 GB), or that unpacks to too much.
Refused while a part is read: a document type (so no entities, which grow or fetch), nesting, elements or one element beyond what
workbooks have, and what is not UTF-8 or not XML. A part is parsed whole: in pieces, one long element costs quadratic time.

Sources: ECMA-376 part 1 (workbook, relationships) and part 2 (packages); the zip specification APPNOTE 6.3.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

from trucewatch.errors import DeliveryError

MAX_PARTS: Final = 5_000
MAX_UNPACKED_BYTES: Final = 256 << 20
MAX_ELEMENTS: Final = 6_000_000  # of one part
MAX_DEPTH: Final = 64
MAX_ELEMENT_BYTES: Final = 200_000  # from one "<" to the next: a cell of a spreadsheet holds at most 32,767 characters

_LONG: Final = re.compile(rb"<[^<]{%d}" % MAX_ELEMENT_BYTES)
_MAIN: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/package/2006/relationships",
)

Attributes = Mapping[str, str]
Started = Callable[[str, Attributes, str], bool]
Ended = Callable[[str, str, str], None]


class Unreadable(Exception):  # noqa: N818  (it becomes a DeliveryError with the name of the file)
    """Why a part is not what a workbook has."""


def open_parts(data: bytes, name: str) -> zipfile.ZipFile:
    """Return the zip of a workbook. Raises DeliveryError when it is broken, or says that it unpacks to too much."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise DeliveryError("a zip file that is broken", where=name, to_do="ask the source for it again") from error
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES:
        what = f"unpacks to {unpacked >> 20} MiB, more than {MAX_UNPACKED_BYTES >> 20}"
        raise DeliveryError(what, where=name, to_do="deliver it as CSV, in parts")
    to_do = "save it again as XLSX, or as CSV"
    if len(members) > MAX_PARTS:
        raise DeliveryError(f"a workbook of {len(members)} parts, more than {MAX_PARTS}", where=name, to_do=to_do)
    if len({member.filename for member in members}) != len(members):
        raise DeliveryError("a workbook with two parts of one name", where=name, to_do=to_do)
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise DeliveryError("a workbook packed in no way that workbooks are", where=name, to_do=to_do)
    return archive


def part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the bytes of a part: never more than the zip said. Raises Unreadable when it is absent or broken."""
    try:
        return archive.read(name)
    except KeyError as error:
        raise Unreadable(f"there is no part {name[:80]!r}") from error
    except Exception as error:  # zlib, zipfile and struct raise what they like on broken bytes
        raise Unreadable(f"the part {name[:80]!r} is broken") from error


def relations(archive: zipfile.ZipFile, name: str) -> dict[str, tuple[str, str]]:
    """Return (kind, part) by the id of the relation, of the part `name`, "" for the package; none leads outside."""
    folder, file = posixpath.split(name)
    found: dict[str, tuple[str, str]] = {}

    def started(element: str, attributes: Attributes, _: str) -> bool:
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], path)
        return False

    walk(part(archive, posixpath.join(folder, "_rels", f"{file}.rels")), started)
    return found


def walk(data: bytes, started: Started, ended: Ended | None = None) -> None:
    """Walk through the elements of a workbook's own namespaces in a part.

    `started(element, attributes, inside)` is called at the begin of each, with the name of the element around it; where it
    returns true, the text of that element is gathered. `ended(element, text, inside)` at its end. Raises Unreadable.
    """
    if _LONG.search(data):
        raise Unreadable(f"an element of more than {MAX_ELEMENT_BYTES} bytes")
    if data.count(b"<") > 2 * MAX_ELEMENTS:  # each begins with one, and may end with another
        raise Unreadable(f"more than {MAX_ELEMENTS} elements")
    stack: list[str] = [""]
    text: list[str] = []
    names: dict[str, str] = {}
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS or len(stack) > MAX_DEPTH:
            raise Unreadable(f"more than {MAX_ELEMENTS} elements, or nested deeper than {MAX_DEPTH}")
        element = names.get(name)
        if element is None:
            own, _, local = name.rpartition(" ")
            element = names[name] = local if own in _MAIN else ""
        if element and started(element, attributes, stack[-1]):
            text.clear()
            parser.CharacterDataHandler = text.append
        stack.append(element)

    def end(_: str) -> None:
        element = stack.pop()
        if element and ended:
            ended(element, "".join(text), stack[-1])
        if text or parser.CharacterDataHandler:
            text.clear()
            parser.CharacterDataHandler = None

    def refuse(*_: object) -> None:
        raise Unreadable("it declares a document type")

    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unreadable(f"not XML: {expat.ErrorString(error.code)}, line {error.lineno}") from error
