"""A real server on a loopback socket that does what a test tells it, byte by byte: also badly."""

import contextlib
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from trucewatch.fetch import Fetched, Limits, Secret, fetch, plan
from trucewatch.manifest import Fetch

CSV = b"latitude,longitude,acq_date,acq_time\n" + b"".join(b"48.%04d,37.5,2026-04-01,1106\n" % n for n in range(4000))
QUICK = Limits(connect_s=5, read_s=5, whole_s=30, attempts=4, backoff_s=0.01, longest_wait_s=3, linger_s=1)


@dataclass(frozen=True)
class Asked:
    """One request as it came: its path and its headers, names in lower case."""

    path: str
    headers: dict[str, str]


Answer = Iterable[bytes | float]


@dataclass
class Server:
    """What it answers to the n-th request (from 0): bytes to send, and numbers for seconds to be silent."""

    address: str
    answer: Callable[[int, Asked], Answer] = lambda n, asked: reply(200, CSV)
    asked: list[Asked] = field(default_factory=list)


def reply(status: int, body: bytes = b"", *, length: int | None = -1, **headers: str) -> list[bytes]:
    """An honest answer; another `length` is a lie, and None says nothing of it."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length == -1 else length}")
    return ["\r\n".join([*lines, "Connection: close", "", ""]).encode(), body]


def ranged(asked: Asked, body: bytes, etag: str = '"one"') -> list[bytes]:
    """What a server that knows Range answers."""
    if "range" in asked.headers and asked.headers.get("if-range") == etag:
        first = int(asked.headers["range"].removeprefix("bytes=").rstrip("-"))
        span = f"bytes {first}-{len(body) - 1}/{len(body)}"
        return reply(206, body[first:], ETag=etag, Content_Range=span)
    return reply(200, body, ETag=etag)


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server; with a `context`, over TLS."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _, path, _ = self.rfile.readline().decode().split(" ")
            lines = iter(lambda: self.rfile.readline().decode().strip(), "")
            headers = dict(_pair(line) for line in lines)
            one.asked.append(Asked(path, headers))
            with contextlib.suppress(ConnectionError, TimeoutError):
                for piece in one.answer(len(one.asked) - 1, one.asked[-1]):
                    if isinstance(piece, float):
                        time.sleep(piece)
                    else:
                        self.wfile.write(piece)

    class Sockets(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def finish_request(self, request: Any, client_address: Any) -> None:
            if context is None:
                super().finish_request(request, client_address)
                return
            with (
                contextlib.suppress(ssl.SSLError, ConnectionError),
                context.wrap_socket(request, server_side=True) as secured,
            ):
                super().finish_request(secured, client_address)

    with Sockets(("127.0.0.1", 0), Handler) as sockets:
        one = Server(f"{'https' if context else 'http'}://127.0.0.1:{sockets.server_address[1]}")
        thread = threading.Thread(target=sockets.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield one
        sockets.shutdown()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


@dataclass
class Bringing:
    """A fetch of one source from the server into a folder; what it told of waits."""

    server: Server
    folder: Any
    told: list[str] = field(default_factory=list)

    def offer(self, **changed: Any) -> Fetch:
        usual = {
            "hosts": ["127.0.0.1"], "address": self.server.address + "/all.csv", "name": "all.csv",
            "columns": ["latitude", "longitude"], "seconds_between_requests": 0,
        }  # fmt: skip
        return Fetch.model_validate(usual | changed)

    def __call__(self, *, key: str = "", limits: Limits = QUICK, **changed: Any) -> list[Fetched]:
        offer = self.offer(**changed)
        requests = plan(offer, area=None, first=None, last=None, options={})
        return fetch(
            offer,
            requests,
            source_id="fires",
            folder=self.folder,
            secret=Secret(key),
            limits=limits,
            tell=self.told.append,
        )

    @property
    def file(self) -> Any:
        return self.folder / "all.csv"

    def names(self) -> list[str]:
        """What lies in the folder, but for the account and the lock."""
        return sorted(path.name for path in self.folder.iterdir() if path.name not in ("fetched.json", ".fetching"))


@pytest.fixture
def bring(server: Server, tmp_path) -> Bringing:
    return Bringing(server, tmp_path / "in")
