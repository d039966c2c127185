"""Bring one file over a network that stalls, cuts off and lies, politely; never keep less than the whole.

The rules (RFC 9110):
- one connection, at least so many seconds between requests, and a name that says who asks; Retry-After is honoured, other
  failures are tried again after waits that double, and not for ever;
- what was cut off is taken up where it ended (Range with If-Range, sections 14.2 and 13.1.5), else begun anew;
- a file that did not change is not sent again (If-None-Match, If-Modified-Since; 304);
- only the hosts of the manifest are asked, also when one redirects; https, or a loopback host;
- the length that is told must be the length that comes; a body has an end, in bytes and in seconds.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from trucewatch import __version__
from trucewatch.errors import FetchError
from trucewatch.fetch.part import Part
from trucewatch.fetch.plan import Request
from trucewatch.fetch.secret import Secret
from trucewatch.fetch.wire import Meter, Wire, proxy_for
from trucewatch.manifest import Fetch
from trucewatch.manifest.fetch import LOOPBACK

AGAIN: Final = (408, 425, 429, 500, 502, 503, 504)
REDIRECTS: Final = (301, 302, 303, 307, 308)
SHOWN: Final = 120  # characters of an answer that an error may quote


@dataclass(frozen=True)
class Limits:
    """How long to bear with a server: seconds, and counts."""

    connect_s: float = 20
    read_s: float = 60
    whole_s: float = 3600  # one file with all its waits
    attempts: int = 6
    backoff_s: float = 2  # doubles from one attempt to the next
    longest_wait_s: float = 300  # a server that asks for more is left alone
    linger_s: float = 1  # for a server that sends more than it told
    redirects: int = 5


@dataclass(frozen=True)
class Brought:
    """A whole file below its `.part` name. `framed`: the answer said where it ends."""

    path: Path
    etag: str
    last_modified: str
    framed: bool


class _Again(Exception):  # noqa: N818  (no error yet: a reason to try again)
    """A failure that may pass; `wait_s` is what the server asked for."""

    def __init__(self, what: str, wait_s: float = 0.0) -> None:
        super().__init__(what)
        self.wait_s = wait_s


class Downloader:
    """Brings files from the hosts of one manifest, one after another. `tell` hears what takes longer than it should."""

    def __init__(self, offer: Fetch, secret: Secret, limits: Limits, tell: Callable[[str], None]) -> None:
        self._offer, self._secret, self._limits, self._tell = offer, secret, limits, tell
        self._meter = Meter()
        self._last = float("-inf")
        host = urlsplit(offer.address).hostname or ""
        self._wire = Wire(self._meter, proxy=None if host in LOOPBACK else proxy_for(host))

    def close(self) -> None:
        """Close what is open."""
        self._wire.close()

    def bring(self, request: Request, path: Path, *, known: Mapping[str, str] | None = None) -> Brought | None:
        """Return the whole file at `path`, or None when it is still the one that `known` (etag, last_modified) names.

        Raises FetchError with the host's own fault.
        """
        until = time.monotonic() + self._limits.whole_s
        part = Part(path, request.address)
        attempt = 0
        with self._secret.out_of_logs():
            while True:
                try:
                    return self._once(request, part, known or {}, until)
                except _Again as again:
                    attempt += 1
                    reason = str(again)
                    if attempt == self._limits.attempts:
                        break
                    self._wait(request, again, attempt, until)
        to_do = "call again later: what came is kept and taken up" if part.validator else "call again later"
        raise self._error(f"{reason}; tried {attempt} times", request.address, to_do)

    def _error(self, what: str, address: str, to_do: str) -> FetchError:
        return FetchError(self._secret.hide(what), where=self._secret.hide(address), to_do=to_do)

    def _wait(self, request: Request, again: _Again, attempt: int, until: float) -> None:
        """Wait before the next attempt. Raises FetchError where that would take too long."""
        seconds = max(again.wait_s, self._limits.backoff_s * 2 ** (attempt - 1))
        if seconds > self._limits.longest_wait_s or time.monotonic() + seconds > until:
            what = f"{again}; the next attempt would have to wait {seconds:.0f} s"
            raise self._error(what, request.address, "call again later")
        self._tell(self._secret.hide(f"{request.name}: {again}; again in {seconds:.0f} s"))
        time.sleep(seconds)

    def _once(self, request: Request, part: Part, known: Mapping[str, str], until: float) -> Brought | None:
        """Ask once, with all redirects, and take what comes."""
        ask = _conditions(part, known)
        with self._answer(request, ask, until) as answer:
            if answer.status_code == 304 and "Range" not in ask and known:
                return None
            self._check_status(answer, request, part)
            length = self._begin(answer, request, part)
            self._take(answer, request, part, until)
        if length is not None and part.size != length:
            size = part.size
            if size > length:
                part.discard()
            raise _Again(f"{size:,} bytes came of {length:,}")
        part.finish()
        hide = self._secret.hide
        etag, changed = hide(answer.headers.get("etag", "")), hide(answer.headers.get("last-modified", ""))
        return Brought(part.path, etag, changed, length is not None or "transfer-encoding" in answer.headers)

    @contextmanager
    def _answer(self, request: Request, ask: Mapping[str, str], until: float) -> Iterator[httpx.Response]:
        """Give the answer behind all redirects; a failure of the network on the way is one to try again."""
        address, seen = self._secret.fill(request.address), set[str]()
        time.sleep(max(0.0, self._last + self._offer.seconds_between_requests - time.monotonic()))
        try:
            while True:
                answer = self._send(address, ask, until)
                try:
                    if answer.status_code not in REDIRECTS:
                        yield answer
                        return
                    seen.add(address)
                    address = self._next(address, answer, seen)
                finally:
                    answer.close()
        except httpx.TimeoutException:
            if time.monotonic() >= until:
                what = f"not done after {self._limits.whole_s:.0f} s"
                raise self._error(what, request.address, "call again later, or ask for less at a time") from None
            raise _Again(f"stalled: nothing came for {self._limits.read_s:g} s") from None
        except httpx.RemoteProtocolError as error:
            raise _Again(f"cut off, or no HTTP: {error}") from None
        except httpx.InvalidURL:
            raise self._error("no address that can be asked", request.address, "correct it in the manifest") from None
        except httpx.TransportError as error:
            raise _Again(f"the network failed: {error or type(error).__name__}") from None

    def _send(self, address: str, ask: Mapping[str, str], until: float) -> httpx.Response:
        """Send one request and return the beginning of its answer."""
        self._last = time.monotonic()
        limits = self._limits
        timeout = httpx.Timeout(limits.read_s, connect=limits.connect_s)
        # identity: lengths and ranges are those of the bytes that are kept; close: what comes behind the end is seen
        headers = {
            "User-Agent": f"trucewatch/{__version__}",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **ask,
        }
        if self._offer.key_header and urlsplit(address).hostname == urlsplit(self._offer.address).hostname:
            headers[self._offer.key_header] = self._secret.key
        self._meter.start(until)
        asked = httpx.Request("GET", address, headers=headers, extensions={"timeout": timeout.as_dict()})
        answer = self._wire.handle_request(asked)
        answer.request = asked
        return answer

    def _next(self, address: str, answer: httpx.Response, seen: set[str]) -> str:
        """Return where a redirect leads. Raises FetchError when the manifest does not name that host, or in a circle."""
        here = urlsplit(address)
        try:
            target = urljoin(address, str(answer.headers.get("location", "")))
            there = urlsplit(target)
            usual = there.port in (None, 443)
        except ValueError:
            raise self._error("redirects to what is no address", address, "tell the publisher") from None
        local = there.hostname in LOOPBACK
        if there.hostname not in self._offer.hosts or not (local or usual) or there.username is not None:
            what = f"{here.hostname} redirects to {there.netloc.rpartition('@')[2] or 'nowhere'}, which the manifest does not name"
            raise self._error(what, address, f"only these may be asked: {', '.join(self._offer.hosts)}")
        if there.scheme != "https" and not (there.scheme == "http" and local):
            what = f"{here.hostname} redirects to {there.hostname} by {there.scheme}, which anybody on the way can read"
            raise self._error(what, address, "only https is followed")
        if target in seen or len(seen) > self._limits.redirects:
            what = f"{here.hostname} redirects in a circle" if target in seen else "too many redirects"
            raise self._error(what, address, "tell the publisher")
        return target

    def _check_status(self, answer: httpx.Response, request: Request, part: Part) -> None:
        """Raise for an answer that is not the file."""
        status = answer.status_code
        if status in (200, 206):
            return
        if status == 416:
            part.discard()
            raise _Again("the rest of the file is not to be had: begun anew")
        said = _beginning(answer)
        what = f"{urlsplit(request.address).hostname} answers {status} {answer.reason_phrase}{said and ': ' + said}"
        if status in AGAIN:
            raise _Again(what, _retry_after(answer))
        keyed = status in (400, 401, 403) and self._secret.key
        to_do = "check the key, the days and the area" if keyed else "check the address in the manifest"
        raise self._error(what, request.address, to_do)

    def _begin(self, answer: httpx.Response, request: Request, part: Part) -> int | None:
        """Make the part ready for what comes; return how many bytes the whole file will have, None where it is not told."""
        encoding = answer.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise self._error(
                f"sent packed as {encoding}, which was not asked for", request.address, "tell the publisher"
            )
        if answer.status_code == 200:
            whole = _length(answer)
            part.begin(answer.headers, whole)
        else:
            first, whole = _range_of(answer)
            if first != part.size or (part.length is not None and whole != part.length):
                part.discard()
                raise _Again("the rest that came does not fit what came before: begun anew")
        if whole is not None and whole > self._offer.max_bytes:
            part.discard()
            raise self._too_long(request)
        return whole

    def _take(self, answer: httpx.Response, request: Request, part: Part, until: float) -> None:
        """Write the body to the part."""
        told, size, taken = _length(answer), part.size, 0
        with part.open() as file:
            for chunk in answer.iter_raw():
                size, taken = size + len(chunk), taken + len(chunk)
                if size > self._offer.max_bytes:
                    part.discard()
                    raise self._too_long(request)
                file.write(chunk)
                if taken == told:
                    self._linger(answer, until)
        if told is not None and self._meter.body > told:
            part.discard()
            what = f"told a length of {told:,} bytes and sent at least {self._meter.body:,}"
            raise self._error(what, request.address, "tell the publisher: what was told would cut the file short")

    def _too_long(self, request: Request) -> FetchError:
        what = f"longer than the {self._offer.max_bytes:,} bytes that the manifest allows"
        return self._error(what, request.address, "ask for less at a time, or raise max_bytes in the manifest")

    def _linger(self, answer: httpx.Response, until: float) -> None:
        """See whether more comes than was told; an honest server closes."""
        stream = answer.extensions["network_stream"]
        self._meter.until = min(until, time.monotonic() + self._limits.linger_s)
        try:
            stream.read(1, self._limits.linger_s)
        except (httpcore.TimeoutException, httpcore.NetworkError):
            return
        finally:
            self._meter.until = until


def _length(answer: httpx.Response) -> int | None:
    """Return the length that an answer tells of itself; None where it does not, or is chunked."""
    told = answer.headers.get("content-length", "")
    return int(told) if told.isdigit() and "transfer-encoding" not in answer.headers else None


def _conditions(part: Part, known: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that ask for the rest of a part, or for a file only if it changed."""
    if part.size and part.validator:
        return {"Range": f"bytes={part.size}-", "If-Range": part.validator}
    ask = {"If-None-Match": known.get("etag", ""), "If-Modified-Since": known.get("last_modified", "")}
    return {name: value for name, value in ask.items() if value}


def _range_of(answer: httpx.Response) -> tuple[int, int | None]:
    """Return the first byte of a 206 and the length of the whole; (-1, None) where it does not say."""
    unit, _, rest = answer.headers.get("content-range", "").partition(" ")
    span, _, whole = rest.partition("/")
    first = span.partition("-")[0]
    if unit != "bytes" or not first.isdigit():
        return -1, None
    return int(first), int(whole) if whole.isdigit() else None


def _beginning(answer: httpx.Response) -> str:
    """Return the beginning of an answer that is an error, on one line; "" for a page."""
    text = next(answer.iter_raw(4096), b"").decode("utf-8", "replace").strip()
    return "" if text.startswith("<") else " ".join(text.split())[:SHOWN]


def _retry_after(answer: httpx.Response) -> float:
    """Return the seconds that the server asks to wait; 0 where it does not."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isdigit():
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except (ValueError, TypeError):
        return 0.0
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment.tzinfo else 0.0
