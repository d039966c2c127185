"""Bring what a plan asks for into a folder: each file whole under its own name, or not at all, and an account of it."""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from trucewatch.errors import FetchError, TrucewatchError, UsageError
from trucewatch.fetch.account import Account, alone_in, sha256_of
from trucewatch.fetch.body import NoDataError, Page, as_csv, check_csv, unpack
from trucewatch.fetch.download import Brought, Downloader, Limits
from trucewatch.fetch.plan import Request
from trucewatch.fetch.secret import Secret
from trucewatch.manifest import Fetch


@dataclass(frozen=True)
class Fetched:
    """What became of one request. `empty`: the publisher has no row for it, and no file was written."""

    name: str
    state: Literal["brought", "unchanged", "empty"]
    lines: int = 0
    bytes: int = 0


def fetch(
    offer: Fetch,
    requests: Sequence[Request],
    *,
    source_id: str,
    folder: Path,
    secret: Secret,
    limits: Limits | None = None,
    tell: Callable[[str], None] = lambda _: None,
    done: Callable[[Fetched], None] = lambda _: None,
) -> list[Fetched]:
    """Bring every request into `folder`, one after another; what an earlier call brought and did not change stays.

    `tell` hears of waits, `done` of each file. Raises FetchError at the first that cannot be had: those before it stay.
    """
    fetched = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone_in(folder):
            session = _Session(offer, source_id, folder, secret, limits or Limits(), tell)
            try:
                for request in requests:
                    fetched.append(session.bring(request))
                    done(fetched[-1])
            finally:
                session.close()
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise TrucewatchError(what, where=str(folder), to_do="check the disk") from None
    return fetched


class _Session:
    """One call: a downloader and the account of a folder."""

    def __init__(
        self, offer: Fetch, source_id: str, folder: Path, secret: Secret, limits: Limits, tell: Callable[[str], None]
    ) -> None:
        self._offer, self._source_id, self._folder, self._secret = offer, source_id, folder, secret
        self._account = Account(folder)
        self._downloader = Downloader(offer, secret, limits, tell)

    def close(self) -> None:
        self._downloader.close()

    def bring(self, request: Request) -> Fetched:
        """Bring one request."""
        path = self._folder / request.name
        told = self._account.of(request.name)
        if told is None and path.exists():
            to_do = "move it away, or fetch into another folder"
            raise UsageError("a file of that name is there that was not fetched", where=str(path), to_do=to_do)
        known: dict[str, str] = {}
        if told and told.get("address") == request.address and told.get("sha256") == sha256_of(path):
            known = {name: str(told.get(name) or "") for name in ("etag", "last_modified")}
        part = path.with_name(request.name + ".part")
        try:
            came = self._of_pages(request, part) if self._offer.pages else self._of_one(request, part, known)
        except FetchError as error:  # the fault may quote what came
            raise FetchError(self._secret.hide(error.problems[0].what), where=error.problems[0].where,
                             to_do=error.problems[0].to_do) from None  # fmt: skip
        return Fetched(request.name, "unchanged") if came is None else self._keep(request, path, *came)

    def _of_one(self, request: Request, part: Path, known: dict[str, str]) -> tuple[Path, int, dict[str, Any]] | None:
        """Return a file that came in one piece, how many lines it has and what is told of it; None when it did not change."""
        brought = self._downloader.bring(request, part, known=known)
        if brought is None:
            return None
        about: dict[str, Any] = {"etag": brought.etag, "last_modified": brought.last_modified}
        made = part
        try:
            if self._offer.body == "zip":
                about["packed_sha256"] = sha256_of(part)
                made = part.with_name(part.name + ".unpacked")
                unpack(part, made, self._offer, where=request.address)
                part.unlink()
            framed = brought.framed or self._offer.body == "zip"
            return made, check_csv(made, self._offer, framed=framed, where=request.address), about
        except FetchError:
            part.unlink(missing_ok=True)
            made.unlink(missing_ok=True)
            raise

    def _of_pages(self, request: Request, part: Path) -> tuple[Path, int, dict[str, Any]]:
        """Return a CSV made of all pages. What an interrupted call brought of them is taken up."""
        place = part.with_name(part.name + ".pages")
        place.mkdir(exist_ok=True)
        addresses = place / "addresses"
        ours = request.address
        if not addresses.is_file() or addresses.read_text(encoding="utf-8") != ours:
            shutil.rmtree(place)
            place.mkdir()
            addresses.write_text(ours, encoding="utf-8")
        try:
            pages = self._pages(request, place)
        except (
            NoDataError
        ):  # the pages themselves are at fault; what only did not come yet is taken up by the next call
            shutil.rmtree(place)
            raise
        columns = list(dict.fromkeys(name for page in pages for row in page.rows for name in row))
        with part.open("wb") as file:
            file.writelines(as_csv((row for page in pages for row in page.rows), columns))
        shutil.rmtree(place)
        rows = sum(len(page.rows) for page in pages)
        if rows:
            check_csv(part, self._offer, framed=True, where=request.address)
        return part, rows, {"pages": len(pages), "rows_told": pages[0].total, "rows": rows}

    def _pages(self, request: Request, place: Path) -> list[Page]:
        """Return every page, in order. Raises FetchError when they go round in a circle or do not belong together."""
        assert self._offer.pages
        pages: list[Page] = []
        seen: set[str] = set()
        number: str | None = ""
        size = 0
        while number is not None:
            if number in seen:
                raise NoDataError("the pages go round in a circle", where=request.address, to_do="tell the publisher")
            seen.add(number)
            address = request.address if not number else _with(request.address, self._offer.pages.parameter, number)
            kept = place / f"{len(pages)}.json"
            if not kept.is_file():
                self._one_page(Request(f"{request.name}, page {len(pages) + 1}", address), kept)
            size += kept.stat().st_size
            if size > self._offer.max_bytes:
                what = (
                    f"all pages together are longer than the {self._offer.max_bytes:,} bytes that the manifest allows"
                )
                raise NoDataError(what, where=address, to_do="ask for less at a time")
            page = Page(kept.read_bytes(), self._offer.pages, where=address)
            if pages and page.total != pages[0].total:
                what = f"the pages are not of one answer: {pages[0].total} rows are told, then {page.total}"
                raise NoDataError(what, where=address, to_do="call again: the data changed meanwhile")
            pages.append(page)
            number = page.next
        return pages

    def _one_page(self, request: Request, kept: Path) -> Brought:
        """Bring one page."""
        brought = self._downloader.bring(request, kept.with_suffix(".part"))
        assert brought  # nothing was said to be known
        brought.path.replace(kept)
        return brought

    def _keep(self, request: Request, path: Path, made: Path, lines: int, about: dict[str, Any]) -> Fetched:
        """Give a file its own name, and tell of it; one without a row is not kept."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entry = {"source_id": self._source_id, "address": request.address, "received_utc": now, "lines": lines, **about}
        if lines == 0:
            made.unlink()
            if not path.exists():
                self._account.put(request.name, entry)
            return Fetched(request.name, "empty")
        size = made.stat().st_size
        self._account.put(request.name, entry | {"sha256": sha256_of(made), "bytes": size})
        _sync(made)
        made.replace(path)
        return Fetched(request.name, "brought", lines, size)


def _with(address: str, parameter: str, value: str) -> str:
    """Return an address with one more parameter."""
    return f"{address}{'&' if '?' in address else '?'}{parameter}={value}"


def _sync(path: Path) -> None:
    """Make sure that a file is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def summary(fetched: Iterable[Fetched]) -> dict[str, int]:
    """Return how many files were brought, unchanged and empty, and how many lines and bytes came."""
    all_of = list(fetched)
    states = {state: sum(one.state == state for one in all_of) for state in ("brought", "unchanged", "empty")}
    return {**states, "lines": sum(one.lines for one in all_of), "bytes": sum(one.bytes for one in all_of)}
