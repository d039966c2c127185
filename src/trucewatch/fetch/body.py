"""What came, checked and made a CSV: an error page told as a success is no data, a zip has its limit, no field of JSON is lost."""

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import parse_qs, urlsplit

from trucewatch.errors import FetchError
from trucewatch.manifest import Fetch
from trucewatch.manifest.fetch import Pages

_BOM: Final = b"\xef\xbb\xbf"
_HEAD: Final = 1 << 16
_BLOCK: Final = 1 << 20
_TELL: Final = "check the address in the manifest, or ask the publisher"
SHOWN: Final = 120


class NoDataError(FetchError):
    """What came is whole and is not what the manifest says comes."""


def check_csv(path: Path, offer: Fetch, *, framed: bool, where: str) -> int:
    """Return how many lines follow the header of a CSV. Raises NoDataError for what is none of the publisher's.

    `framed`: something said where the file ends; without that, only a last line end tells a whole file from a cut one.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        lines = (last := head).count(b"\n")
        while block := file.read(_BLOCK):
            last = block
            lines += block.count(b"\n")
    text = head.removeprefix(_BOM).lstrip()
    first = text.partition(b"\n")[0].decode("utf-8", "replace")
    header = {name.strip().strip('"') for name in first.split(",")}
    if missing := [name for name in offer.columns if name not in header]:
        page = text[:1] == b"<"
        said = "a web page" if page else repr(" ".join(first.split())[:SHOWN]) if first.strip() else "nothing"
        what = f"a CSV with the columns {missing} was expected, and {said} came"
        raise NoDataError(what, where=where, to_do="check the key, the days and the area; or ask the publisher")
    if not framed and not last.endswith(b"\n"):
        to_do = "call again: nothing said where the file ends, and its last line has no end"
        raise NoDataError("the file may be cut off", where=where, to_do=to_do)
    return lines - 1 + (not last.endswith(b"\n"))


def unpack(packed: Path, to: Path, offer: Fetch, *, where: str) -> None:
    """Write the one CSV of a zip to `to`. Raises NoDataError for another zip, or one that unpacks to more than it may.

    The names in the zip are not used; the length it tells of itself is not believed.
    """
    try:
        with zipfile.ZipFile(packed) as archive:
            inside = [item for item in archive.infolist() if not item.is_dir() and "__MACOSX" not in item.filename]
            if len(inside) != 1 or not inside[0].filename.lower().endswith(".csv"):
                raise NoDataError(f"one CSV was expected in the zip, not {len(inside)} files", where=where, to_do=_TELL)
            left = offer.max_bytes
            if inside[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                what = "the zip is packed in a way whose unpacking cannot be stopped half-way"
                raise NoDataError(what, where=where, to_do=_TELL)
            with archive.open(inside[0]) as source, to.open("wb") as target:
                while block := source.read(_BLOCK):
                    left -= len(block)
                    if left < 0:
                        what = f"the zip unpacks to more than the {offer.max_bytes:,} bytes that the manifest allows"
                        raise NoDataError(what, where=where, to_do="raise max_bytes in the manifest if that is right")
                    target.write(block)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        with packed.open("rb") as file:
            beginning = file.read(64)
        what = "a pointer to a file in another store came, not the file" if beginning.startswith(b"version https://") else (
            f"no zip that can be read: {error}"
        )  # fmt: skip
        raise NoDataError(what, where=where, to_do=_TELL) from None


class Page:
    """One page of rows in JSON, read strictly: numbers stay as they were written, a key stands once."""

    def __init__(self, data: bytes, pages: Pages, *, where: str) -> None:
        self._where = where
        try:
            told = json.loads(
                data, parse_float=str, parse_int=str, parse_constant=_no_number, object_pairs_hook=_each_key_once
            )
        except (ValueError, RecursionError) as error:
            raise self._error(f"no JSON that can be read: {str(error)[:SHOWN]}") from None
        rows = told.get(pages.rows) if isinstance(told, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._error(f"JSON without a list of rows under {pages.rows!r}")
        self.rows: list[dict[str, Any]] = rows
        self.total = str(told.get(pages.total))
        self.next = self._next(told.get(pages.next), pages)

    def _next(self, address: object, pages: Pages) -> str | None:
        """Return the value that names the next page; of its address nothing else is believed."""
        if address in (None, ""):
            return None
        value = parse_qs(urlsplit(str(address)).query).get(pages.parameter, [""])[-1]
        if not value.isdigit():
            raise self._error(f"the address of the next page has no number of a page ({pages.parameter})")
        return value

    def _error(self, what: str) -> NoDataError:
        return NoDataError(what, where=self._where, to_do=_TELL)


def as_csv(rows: Iterable[dict[str, Any]], columns: Iterable[str]) -> Iterator[bytes]:
    """Give a CSV of rows, a line at a time. Null is empty; a list or an object stays JSON; true and false stay so."""
    names = list(columns)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        yield _drained(text)
        writer.writerow([_cell(row.get(name)) for name in names])
    yield _drained(text)


def _drained(text: io.StringIO) -> bytes:
    """Return what stands in `text` as UTF-8, and empty it."""
    data = text.getvalue().encode("utf-8", "replace")
    text.seek(0)
    text.truncate()
    return data


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one row")
    return found
