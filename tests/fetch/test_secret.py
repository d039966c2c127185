"""The key goes to one host and nowhere else: no message, log, name or file holds it."""

import logging
import traceback

import pytest

from fetch.conftest import CSV, reply
from trucewatch.errors import FetchError, MissingError, UsageError
from trucewatch.fetch import Secret, secret_of

KEY = "5up3r/S3cret+Key"
QUOTED = "5up3r%2FS3cret%2BKey"


@pytest.fixture
def keyed(bring, server):
    """A source whose address carries the key."""

    def call(**changed):
        address = server.address + "/csv/{key}/all.csv"
        return bring(**({"address": address, "key_env": "A_KEY", "key": KEY} | changed))

    return call


def left_behind(bring) -> bytes:
    """All that lies in the folder, with the names."""
    files = [path for path in bring.folder.rglob("*") if path.is_file()]
    return b"".join(str(path).encode() + path.read_bytes() for path in files)


def holds_key(text: str | bytes) -> bool:
    text = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return "s3cret" in text.lower()


def test_the_key_is_in_the_address_and_in_no_file(keyed, bring, server):
    server.answer = lambda n, asked: reply(200, CSV, ETag=f'"{KEY}"')
    keyed()
    assert QUOTED in server.asked[0].path
    assert not holds_key(left_behind(bring))
    assert b"/csv/{key}/all.csv" in left_behind(bring)


def test_a_part_does_not_hold_it_either(keyed, bring, server):
    server.answer = lambda n, asked: reply(200, CSV, length=len(CSV) + 1, ETag='"one"')
    with pytest.raises(FetchError):
        keyed()
    assert b"all.csv.part.json" in left_behind(bring)
    assert not holds_key(left_behind(bring))


@pytest.mark.parametrize(
    "answer",
    [
        reply(403, f"the key {KEY} is not valid".encode()),
        reply(500, f"no {QUOTED}".encode()),
        reply(200, f"Invalid MAP_KEY {KEY}.".encode()),
        reply(200, f"<html>{KEY}</html>".encode()),
        reply(302, Location=f"https://{QUOTED}.example/{KEY}"),
        reply(302, Location=f"https://elsewhere.example/{QUOTED}"),
        reply(302, Location=f"/csv/{QUOTED}/all.csv"),
        reply(429, KEY.encode(), Retry_After="9999"),
        [f"HTTP/1.1 2{KEY}\r\n\r\n".encode()],
        [0.4],
    ],
)
def test_no_message_and_no_log_tells_it(keyed, bring, server, answer, caplog):
    caplog.set_level(logging.DEBUG)
    server.answer = lambda n, asked: answer
    with pytest.raises(FetchError) as caught:
        keyed()
    told = "".join(traceback.format_exception(caught.value)) + str(caught.value.problems) + "".join(bring.told)
    assert not holds_key(told)
    assert caplog.records
    assert not any(holds_key(record.getMessage()) for record in caplog.records)
    assert not holds_key(left_behind(bring))


def test_the_logs_are_as_before_afterwards(keyed):
    before = [list(logging.getLogger(name).filters) for name in ("httpx", "httpcore.http11")]
    keyed()
    assert [list(logging.getLogger(name).filters) for name in ("httpx", "httpcore.http11")] == before


def test_a_key_in_a_header_goes_to_the_host_of_the_address_only(bring, server):
    """Another host of the manifest does not get it."""
    there = server.address.replace("127.0.0.1", "localhost")
    server.answer = lambda n, asked: reply(302, Location=there + "/there.csv") if n == 0 else reply(200, CSV)
    bring(hosts=["127.0.0.1", "localhost"], key_env="A_KEY", key_header="x-token", key=KEY)
    assert [asked.headers.get("x-token") for asked in server.asked] == [KEY, None]


def test_a_secret_shows_itself_to_nobody():
    assert not holds_key(repr(Secret(KEY)))


def test_the_key_comes_from_the_environment(bring):
    offer = bring.offer(address=bring.server.address + "/{key}", key_env="A_KEY", key_from="https://ask.example")
    assert secret_of(offer, {"A_KEY": f" {KEY}\n"}).key == KEY
    assert secret_of(offer, {"OTHER": KEY}, key_env="OTHER").key == KEY
    with pytest.raises(MissingError, match=r"environment variable A_KEY.*ask for one: https://ask\.example"):
        secret_of(offer, {})
    for bad in ("short", "with a blank in it", "ключ-и-замок", "a\x00b12345678"):
        with pytest.raises(UsageError, match="this is no key") as caught:
            secret_of(offer, {"A_KEY": bad})
        assert bad not in str(caught.value)


def test_a_source_without_a_key_needs_none(bring):
    assert secret_of(bring.offer(), {}).key == ""
    with pytest.raises(UsageError, match="needs no key"):
        secret_of(bring.offer(), {"A": KEY}, key_env="A")
