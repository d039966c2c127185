"""A short question and its short answer, from a server that sends too much, too little, too late, or elsewhere."""

import contextlib
import socket
import threading

import pytest

from trucewatch.errors import FetchError, UsageError
from trucewatch.fetch import Answered, Limits, post


@contextlib.contextmanager
def answering(answer: bytes, *, holds: bool = False):
    """Give the address of a server that answers one request with these bytes, and then closes, or holds the line."""
    with socket.create_server(("127.0.0.1", 0)) as listening, contextlib.ExitStack() as lines:
        seen: list[bytes] = []

        def serve() -> None:
            line = lines.enter_context(listening.accept()[0])
            while b"the question" not in b"".join(seen):
                seen.append(line.recv(65_536))
            with contextlib.suppress(OSError):
                line.sendall(answer)
            if not holds:
                line.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/ask", seen
        thread.join(timeout=10)


def test_what_is_asked_arrives_and_the_answer_is_given_whatever_its_status():
    with answering(b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n7\n") as (address, seen):
        assert post(address, b"the question") == Answered(409, b"7\n")
    assert b"".join(seen).startswith(b"POST /ask HTTP/1.1\r\n")
    with answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as (address, _):
        assert post(address, b"the question").status == 302, "and nobody is asked elsewhere"


@pytest.mark.parametrize(
    ("answer", "holds", "told"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000, False, "answers with more than"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", False, "no answer"),
        (b"no http", False, "no answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", True, "no answer"),
    ],
)
def test_what_is_not_whole_is_no_answer(answer, holds, told):
    with answering(answer, holds=holds) as (address, _), pytest.raises(FetchError, match=told):
        post(address, b"the question", limits=Limits(whole_s=1))


def test_nobody_there_is_told_and_what_can_be_read_on_the_way_is_not_asked():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(FetchError, match="no answer"):
        post(f"http://127.0.0.1:{port}/", b"")
    for address in ("http://example.org/", "ftp://127.0.0.1/", "https://x:99999999/", ""):
        with pytest.raises(UsageError, match="no address"):
            post(address, b"")
