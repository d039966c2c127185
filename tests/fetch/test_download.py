"""Every way in which a server can fail: what is whole is kept, what is not is taken up or refused, and the fault is named."""

import itertools
import time
from dataclasses import replace
from email.utils import formatdate

import pytest

from fetch.conftest import CSV, QUICK, ranged, reply
from trucewatch.errors import FetchError

CUT = 60_000


def test_a_server_that_serves_well(bring, server):
    (one,) = bring()
    assert (one.state, one.lines, one.bytes) == ("brought", 4000, len(CSV))
    assert bring.file.read_bytes() == CSV
    assert bring.names() == ["all.csv"]
    (asked,) = server.asked
    assert asked.headers["user-agent"].startswith("trucewatch/")
    assert "range" not in asked.headers


def test_a_chunked_answer_is_whole_and_one_cut_off_is_not(bring, server):
    whole = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (CSV[:CUT], CSV[CUT:]))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.answer = lambda n, asked: [head, whole[: len(whole) // 2] if n == 0 else whole + b"0\r\n\r\n"]
    assert bring()[0].lines == 4000
    assert len(server.asked) == 2
    assert bring.file.read_bytes() == CSV


def test_what_was_cut_off_is_taken_up_where_it_ended(bring, server):
    server.answer = lambda n, asked: (
        reply(200, CSV[:CUT], length=len(CSV), ETag='"one"') if n == 0 else ranged(asked, CSV)
    )
    bring()
    assert bring.file.read_bytes() == CSV
    assert (server.asked[1].headers["range"], server.asked[1].headers["if-range"]) == (f"bytes={CUT}-", '"one"')


def test_it_is_taken_up_by_a_later_call_too(bring, server):
    server.answer = lambda n, asked: reply(200, CSV[:CUT], length=len(CSV), ETag='"one"')
    with pytest.raises(FetchError, match=r"cut off.*taken up"):
        bring(limits=replace(QUICK, attempts=1))
    assert bring.names() == ["all.csv.part", "all.csv.part.json"]
    server.answer = lambda n, asked: ranged(asked, CSV)
    bring()
    assert server.asked[-1].headers["range"] == f"bytes={CUT}-"
    assert bring.file.read_bytes() == CSV
    assert bring.names() == ["all.csv"]


def test_a_part_of_another_address_is_not_taken_up(bring, server):
    server.answer = lambda n, asked: reply(200, CSV[:CUT], length=len(CSV), ETag='"one"')
    with pytest.raises(FetchError):
        bring(limits=replace(QUICK, attempts=1))
    server.answer = lambda n, asked: ranged(asked, CSV)
    bring(address=server.address + "/other.csv")
    assert "range" not in server.asked[-1].headers
    assert bring.file.read_bytes() == CSV


def test_a_file_that_changed_in_between_begins_anew(bring, server):
    other = CSV.replace(b"37.5", b"38.5")
    server.answer = lambda n, asked: (
        reply(200, CSV[:CUT], length=len(CSV), ETag='"one"') if n == 0 else ranged(asked, other, etag='"two"')
    )
    bring()
    assert server.asked[1].headers["if-range"] == '"one"'
    assert bring.file.read_bytes() == other


@pytest.mark.parametrize(
    "headers", [{}, {"ETag": 'W/"weak"'}, {"Last_Modified": formatdate(1e9, usegmt=True)}, {"ETag": "bare"}]
)
def test_without_a_strong_validator_a_cut_file_begins_anew(bring, server, headers):
    server.answer = lambda n, asked: (
        reply(200, CSV[:CUT], length=len(CSV), **headers) if n == 0 else reply(200, CSV, **headers)
    )
    bring()
    assert "range" not in server.asked[1].headers
    assert bring.file.read_bytes() == CSV


def test_a_date_is_a_strong_validator_where_the_answer_is_younger(bring, server):
    changed = formatdate(1e9, usegmt=True)
    dated = {"Last_Modified": changed, "Date": formatdate(1e9 + 5, usegmt=True)}
    server.answer = lambda n, asked: (
        reply(200, CSV[:CUT], length=len(CSV), **dated) if n == 0 else ranged(asked, CSV, etag=changed)
    )
    bring()
    assert server.asked[1].headers["if-range"] == changed
    assert bring.file.read_bytes() == CSV


@pytest.mark.parametrize(
    "rest",
    [
        lambda: reply(206, CSV[CUT + 9 :], Content_Range=f"bytes {CUT + 9}-{len(CSV) - 1}/{len(CSV)}"),
        lambda: reply(206, CSV[CUT:], Content_Range=f"bytes {CUT}-{len(CSV)}/{len(CSV) + 1}"),
        lambda: reply(206, CSV[CUT:]),
        lambda: reply(206, CSV[CUT:], Content_Range="lines 1-2/3"),
        lambda: reply(416, b"no"),
        lambda: reply(206, CSV[CUT:] + b"more", Content_Range=f"bytes {CUT}-{len(CSV) - 1}/{len(CSV)}"),
    ],
    ids=["another part", "another length", "no range", "no bytes", "416", "more than the rest"],
)
def test_a_rest_that_does_not_fit_begins_anew(bring, server, rest):
    def answer(n, asked):
        return [reply(200, CSV[:CUT], length=len(CSV), ETag='"one"'), rest(), reply(200, CSV)][n]

    server.answer = answer
    bring()
    assert bring.file.read_bytes() == CSV
    assert "range" not in server.asked[2].headers


def test_a_server_that_stalls_is_left_and_asked_again(bring, server):
    head, body = reply(200, CSV, ETag='"one"')
    server.answer = lambda n, asked: [head, body[:CUT], 9.0] if n == 0 else ranged(asked, CSV)
    start = time.monotonic()
    bring(limits=replace(QUICK, read_s=0.4))
    assert time.monotonic() - start < 5
    assert bring.file.read_bytes() == CSV
    assert "stalled: nothing came for 0.4 s" in bring.told[0]


def test_a_server_that_never_says_a_word_is_given_up(bring, server):
    server.answer = lambda n, asked: [9.0]
    with pytest.raises(FetchError, match=r"stalled.*tried 2 times"):
        bring(limits=replace(QUICK, attempts=2, read_s=0.1))
    assert bring.names() == []


def test_a_server_that_drips_has_its_time(bring, server):
    head, body = reply(200, CSV)
    server.answer = lambda n, asked: itertools.chain([head], itertools.chain.from_iterable((b"x", 0.02) for _ in body))
    start = time.monotonic()
    with pytest.raises(FetchError, match="not done after"):
        bring(limits=replace(QUICK, whole_s=0.3))
    assert time.monotonic() - start < 5
    assert not bring.file.exists()


def test_a_server_that_never_ends_has_its_limit(bring, server):
    server.answer = lambda n, asked: itertools.chain(reply(200, CSV, length=None), itertools.repeat(CSV))
    with pytest.raises(FetchError, match="longer than the 300,000 bytes that the manifest allows"):
        bring(max_bytes=300_000)
    assert bring.names() == []


def test_a_server_that_threatens_to_send_too_much_is_not_listened_to(bring, server):
    server.answer = lambda n, asked: reply(200, CSV, length=10**12)
    with pytest.raises(FetchError, match="longer than"):
        bring(max_bytes=300_000)
    assert len(server.asked) == 1


def test_a_head_that_never_ends_has_its_limit(bring, server):
    server.answer = lambda n, asked: itertools.chain(
        [b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X-A: " + b"a" * 9999 + b"\r\n")
    )
    with pytest.raises(FetchError, match="no HTTP"):
        bring(limits=replace(QUICK, attempts=1))


def test_a_length_told_too_long_is_found_and_named(bring, server):
    server.answer = lambda n, asked: reply(200, CSV, length=len(CSV) + 50)
    with pytest.raises(FetchError, match=rf"received {len(CSV)} bytes, expected {len(CSV) + 50}.*tried 4 times"):
        bring()
    assert not bring.file.exists()
    assert len(server.asked) == 4


@pytest.mark.parametrize("pause", [0.0, 0.05], ids=["at once", "a little later"])
@pytest.mark.parametrize("told", [CSV.index(b"\n", CUT) + 1, 40])
def test_a_length_told_too_short_is_found_and_named(bring, server, told, pause):
    """Also where it falls on the end of a line, so that the file would look whole."""
    head, body = reply(200, CSV, length=told)
    server.answer = lambda n, asked: [head + body[:told], pause, body[told:]]
    with pytest.raises(FetchError, match=rf"told a length of {told:,} bytes and sent at least"):
        bring()
    assert bring.names() == []


def test_a_length_told_right_by_a_server_that_does_not_close(bring, server):
    server.answer = lambda n, asked: [*reply(200, CSV), 9.0]
    start = time.monotonic()
    bring(limits=replace(QUICK, linger_s=0.1))
    assert time.monotonic() - start < 5
    assert bring.file.read_bytes() == CSV


def test_a_body_whose_end_nobody_told_must_end_a_line(bring, server):
    server.answer = lambda n, asked: reply(200, CSV, length=None)
    bring()
    assert bring.file.read_bytes() == CSV
    server.answer = lambda n, asked: reply(200, CSV[:-5], length=None)
    with pytest.raises(FetchError, match="may be cut off"):
        bring()
    assert bring.file.read_bytes() == CSV


def test_a_body_packed_though_nobody_asked_is_refused(bring, server):
    server.answer = lambda n, asked: reply(200, b"\x1f\x8b...", Content_Encoding="gzip")
    with pytest.raises(FetchError, match="sent packed as gzip"):
        bring()
    assert server.asked[0].headers["accept-encoding"] == "identity"


def test_a_redirect_to_a_host_of_the_manifest_is_followed(bring, server):
    server.answer = lambda n, asked: reply(302, Location="/there.csv") if n == 0 else reply(200, CSV)
    bring()
    assert [asked.path for asked in server.asked] == ["/all.csv", "/there.csv"]
    assert bring.file.read_bytes() == CSV


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "named"),
    [
        (
            "https://elsewhere.example/all.csv",
            "127.0.0.1 redirects to elsewhere.example, which the manifest does not name",
        ),
        ("http://localhost:1/all.csv", "redirects to localhost:1, which the manifest does not name"),
        ("//elsewhere.example/", "redirects to elsewhere.example"),
        ("http://127.0.0.1@elsewhere.example/", "redirects to elsewhere.example"),
        ("http://me:secret@127.0.0.1/", "redirects to 127.0.0.1, which"),
        ("file:///etc/passwd", "redirects to nowhere"),
        ("http://[bad", "no address"),
        ("http://127.0.0.1:port/", "no address"),
        ("https://127.0.0.1.elsewhere.example/", "redirects to 127.0.0.1.elsewhere.example"),
    ],
)
def test_a_redirect_elsewhere_is_refused_and_both_hosts_named(bring, server, location, named, status):
    server.answer = lambda n, asked: reply(status, Location=location)
    with pytest.raises(FetchError, match=named):
        bring()
    assert len(server.asked) == 1
    assert bring.names() == []


@pytest.mark.parametrize(
    ("location", "named"),
    [
        (
            "http://open.example/all.csv",
            "127.0.0.1 redirects to open.example by http, which anybody on the way can read",
        ),
        ("https://open.example:8443/all.csv", "redirects to open.example:8443"),
        ("ftp://open.example/all.csv", "by ftp"),
    ],
)
def test_a_redirect_off_https_or_to_another_port_is_refused(bring, server, location, named):
    server.answer = lambda n, asked: reply(302, Location=location)
    with pytest.raises(FetchError, match=named):
        bring(hosts=["127.0.0.1", "open.example"])


def test_redirects_in_a_circle_and_without_end_are_refused(bring, server):
    server.answer = lambda n, asked: reply(302, Location="/b" if asked.path != "/b" else "/all.csv")
    with pytest.raises(FetchError, match="redirects in a circle"):
        bring()
    server.answer = lambda n, asked: reply(302, Location=f"/{n}")
    with pytest.raises(FetchError, match="too many redirects"):
        bring()


def test_what_did_not_change_is_not_brought_again(bring, server):
    changed = formatdate(1e9, usegmt=True)
    server.answer = lambda n, asked: (
        reply(304, length=None) if n else reply(200, CSV, ETag='W/"weak"', Last_Modified=changed)
    )
    assert bring()[0].state == "brought"
    before = bring.file.stat().st_mtime_ns
    assert bring()[0].state == "unchanged"
    assert (server.asked[1].headers["if-none-match"], server.asked[1].headers["if-modified-since"]) == (
        'W/"weak"',
        changed,
    )
    assert bring.file.stat().st_mtime_ns == before
    assert bring.names() == ["all.csv"]


def test_what_did_change_replaces_the_file(bring, server):
    bring()
    other = CSV + b"49,38,2026-04-02,0\n"
    server.answer = lambda n, asked: reply(200, other)
    assert bring()[0].lines == 4001
    assert bring.file.read_bytes() == other


def test_a_file_changed_by_hand_is_brought_again(bring, server):
    server.answer = lambda n, asked: reply(304) if "if-none-match" in asked.headers else reply(200, CSV, ETag='"one"')
    bring()
    bring.file.write_bytes(b"mine")
    assert bring()[0].state == "brought"
    assert bring.file.read_bytes() == CSV


def test_not_modified_where_nothing_was_said_to_be_known_is_a_fault(bring, server):
    server.answer = lambda n, asked: reply(304)
    with pytest.raises(FetchError, match="answers 304"):
        bring()


def test_too_many_requests_waits_as_long_as_it_is_asked_to(bring, server):
    server.answer = lambda n, asked: reply(429, b"slow down", Retry_After="1") if n == 0 else reply(200, CSV)
    start = time.monotonic()
    bring()
    assert time.monotonic() - start >= 1
    assert bring.told == ["all.csv: 127.0.0.1 answers 429 Said: slow down; again in 1 s"]
    assert bring.file.read_bytes() == CSV


def test_a_wait_may_be_told_as_a_date(bring, server):
    in_two = formatdate(time.time() + 2, usegmt=True)
    server.answer = lambda n, asked: reply(503, Retry_After=in_two) if n == 0 else reply(200, CSV)
    start = time.monotonic()
    bring()
    assert time.monotonic() - start >= 0.8


def test_a_wait_that_is_too_long_is_told_not_waited(bring, server):
    server.answer = lambda n, asked: reply(429, Retry_After="86400")
    start = time.monotonic()
    with pytest.raises(FetchError, match="would have to wait 86400 s"):
        bring()
    assert time.monotonic() - start < 1
    assert len(server.asked) == 1


def test_a_server_that_fails_and_recovers(bring, server):
    server.answer = lambda n, asked: reply(500, b"<html>oops</html>") if n < 2 else reply(200, CSV)
    bring()
    assert len(server.asked) == 3
    assert bring.file.read_bytes() == CSV


def test_a_server_that_always_fails_is_asked_only_so_often_with_longer_waits(bring, server):
    server.answer = lambda n, asked: reply(503, b"down for the night")
    start = time.monotonic()
    with pytest.raises(FetchError, match=r"answers 503 Said: down for the night; tried 4 times"):
        bring(limits=replace(QUICK, backoff_s=0.05))
    assert time.monotonic() - start >= 0.05 + 0.1 + 0.2
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204, 418])
def test_an_answer_that_will_not_change_is_not_asked_for_again(bring, server, status):
    server.answer = lambda n, asked: reply(status, b"no\x1b[31m such\nthing" if status != 204 else b"")
    with pytest.raises(FetchError, match=f"answers {status}"):
        bring()
    assert len(server.asked) == 1
    assert bring.names() == []


def test_nobody_is_there(bring, server):
    with pytest.raises(FetchError, match="the network failed"):
        bring(address="http://127.0.0.1:9/all.csv", limits=replace(QUICK, attempts=2))


def test_no_more_often_than_the_manifest_says(bring, server):
    times = []
    server.answer = lambda n, asked: (times.append(time.monotonic()), reply(200, CSV))[1]
    bring(
        address=server.address + "/{part}.csv", name="{part}.csv", values={"part": ["a", "b", "c"]},
        seconds_between_requests=0.3,
    )  # fmt: skip
    assert all(later - earlier >= 0.15 for earlier, later in itertools.pairwise(times))
    assert len(times) == 3
