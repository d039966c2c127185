"""One exchange over the wire, with every byte counted: a length told too short is found, not believed.

An HTTP library reads as many bytes as Content-Length says and leaves the rest on the wire unseen. Here the bytes that follow
the head of an answer are counted as they come from the network; each exchange has a connection of its own, which the server
is asked to close, so that what it still sends is seen.
"""

import functools
import ssl
import time
import typing
from collections.abc import Iterable
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

_HEAD_ENDS = b"\r\n\r\n"


class Meter:
    """What the network gave in one exchange: `body` bytes behind the head; past `until` (monotonic) nothing is read."""

    def __init__(self) -> None:
        self.body = 0
        self.until = float("inf")
        self._head: bytes | None = b""

    def start(self, until: float) -> None:
        """Begin a new exchange."""
        self.body, self.until, self._head = 0, until, b""

    def saw(self, data: bytes) -> None:
        """Count what came."""
        if self._head is None:
            self.body += len(data)
            return
        self._head += data
        while self._head is not None and _HEAD_ENDS in self._head:
            head, _, rest = self._head.partition(_HEAD_ENDS)
            interim = head[:10].startswith(b"HTTP/1.1 1")  # 100 Continue, 103 Early Hints: the answer is still to come
            self._head = rest if interim else None
            self.body = 0 if interim else len(rest)


class _Stream(httpcore.NetworkStream):
    """A connection that tells a meter what it reads."""

    def __init__(self, inner: httpcore.NetworkStream, meter: Meter) -> None:
        self._inner, self._meter = inner, meter

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._meter.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for this file is over")
        data = self._inner.read(max_bytes, left if timeout is None else min(timeout, left))
        self._meter.saw(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        self._meter.start(self._meter.until)  # what came before was the proxy's
        return _Stream(inner, self._meter)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """The network, with its streams metered."""

    def __init__(self, meter: Meter) -> None:
        self._inner, self._meter = httpcore.SyncBackend(), meter

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[typing.Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options), self._meter)


class Wire(httpx.HTTPTransport):
    """A transport whose every read is metered: one connection at a time, through the proxy of the environment if any."""

    def __init__(self, meter: Meter, *, proxy: str | None = None) -> None:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=0)
        super().__init__(verify=_trusted(), limits=limits, proxy=proxy)
        self._pool._network_backend = _Network(meter)


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return whom the machine trusts, read once."""
    return httpx.create_ssl_context()


def proxy_for(host: str) -> str | None:
    """Return the proxy that the environment names for a host, such as HTTPS_PROXY; None for a direct connection."""
    return None if proxy_bypass(host) else getproxies().get("https")
