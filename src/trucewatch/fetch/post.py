"""Ask a server once and take its short answer: what is sent is small, and so must be what comes.

https, or a loopback host; a redirect is an answer and is not followed; the answer has an end, in bytes and in seconds.
"""

import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from trucewatch import __version__
from trucewatch.errors import FetchError, UsageError
from trucewatch.fetch.download import Limits
from trucewatch.fetch.wire import Meter, Wire, proxy_for
from trucewatch.manifest.fetch import LOOPBACK

LONGEST: Final = 1 << 16  # bytes of an answer
WHOLE_S: Final = 60.0


@dataclass(frozen=True)
class Answered:
    """What a server answered: the HTTP status, and the body."""

    status: int
    body: bytes


def post(address: str, data: bytes, *, limits: Limits | None = None) -> Answered:
    """Send `data` to an address and return the answer, whatever its status.

    Raises UsageError for an address that may not be asked, FetchError when nothing whole comes back in time.
    """
    limits = limits or Limits(whole_s=WHOLE_S)
    host = _host(address)
    if not host:
        raise UsageError("no address that can be asked", where=address, to_do="give one that begins with https://")
    meter = Meter()
    meter.start(time.monotonic() + limits.whole_s)
    wire = Wire(meter, proxy=None if host in LOOPBACK else proxy_for(host))
    timeout = httpx.Timeout(limits.read_s, connect=limits.connect_s)
    headers = {"User-Agent": f"trucewatch/{__version__}", "Accept-Encoding": "identity", "Connection": "close"}
    try:
        asked = httpx.Request("POST", address, headers=headers, content=data, extensions={"timeout": timeout.as_dict()})
        answer = wire.handle_request(asked)
        body = b""
        for chunk in answer.iter_raw():
            body += chunk
            if len(body) > LONGEST:
                raise FetchError(f"answers with more than {LONGEST:,} bytes", where=address, to_do="ask who runs it")
        answer.close()
    except (httpx.TransportError, httpx.InvalidURL) as error:
        what = f"no answer: {error or type(error).__name__}"
        raise FetchError(what, where=address, to_do="ask again later") from None
    finally:
        wire.close()
    return Answered(answer.status_code, body)


def _host(address: str) -> str:
    """Return the host of an address that may be asked; "" for another."""
    try:
        there = urlsplit(address)
        there.port  # noqa: B018  (it raises where there is none such)
    except ValueError:
        return ""
    host = there.hostname or ""
    return host if there.scheme == "https" or (there.scheme == "http" and host in LOOPBACK) else ""
