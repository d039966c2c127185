"""What came: an error page told as a success is no data, a zip has its limit, pages of JSON lose nothing."""

import io
import json
import zipfile

import polars as pl
import pytest

from fetch.conftest import CSV, reply
from trucewatch.errors import FetchError


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<!DOCTYPE html><html><body>Down for maintenance</body></html>", "a web page came"),
        (b"\xef\xbb\xbf \r\n<html>\n</html>", "a web page came"),
        (b"Invalid MAP_KEY.", "'Invalid MAP_KEY.' came"),
        (b"Exceeding allowed transaction limit.\n", "'Exceeding allowed transaction limit.' came"),
        (b"", "nothing came"),
        (b"a,b\n1,2\n", "'a,b' came"),
        (b"latitude,acq_date\n1,2\n", r"the columns \['longitude'\]"),
        (b"\x00\xff\xfe" * 99, "came"),
    ],
)
def test_what_is_no_csv_of_the_publisher_is_refused_though_it_is_told_as_a_success(bring, server, body, told):
    server.answer = lambda n, asked: reply(200, body)
    with pytest.raises(FetchError, match=told):
        bring()
    assert bring.names() == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [CSV, b"\xef\xbb\xbf" + CSV, CSV.replace(b"\n", b"\r\n"), CSV[:-1]])
def test_every_way_to_write_a_csv(bring, server, body):
    server.answer = lambda n, asked: reply(200, body)
    assert bring()[0].lines == 4000
    assert bring.file.read_bytes() == body


def test_a_header_alone_is_no_file_but_told(bring, server):
    server.answer = lambda n, asked: reply(200, CSV[: CSV.index(b"\n") + 1])
    assert bring()[0].state == "empty"
    assert bring.names() == []
    assert json.loads((bring.folder / "fetched.json").read_bytes())["files"]["all.csv"]["lines"] == 0


def test_what_is_empty_now_does_not_take_away_what_came_before(bring, server):
    bring()
    server.answer = lambda n, asked: reply(200, CSV[: CSV.index(b"\n") + 1])
    assert bring()[0].state == "empty"
    assert bring.file.read_bytes() == CSV


def zipped(method: int = zipfile.ZIP_DEFLATED, /, **files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv"), body)
    return data.getvalue()


def test_a_zip_of_one_csv_becomes_the_csv(bring, server):
    server.answer = lambda n, asked: reply(200, zipped(events_csv=CSV, a__=b""), ETag='"one"')
    assert bring(body="zip")[0].lines == 4000
    assert bring.file.read_bytes() == CSV
    assert bring.names() == ["all.csv"]
    server.answer = lambda n, asked: reply(304)
    assert bring(body="zip")[0].state == "unchanged"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (zipped(a_csv=CSV, b_csv=CSV), "not 2 files"),
        (zipped(), "not 0 files"),
        (zipped(readme=b"x"), "one CSV was expected"),
        (zipped(zipfile.ZIP_LZMA, a_csv=CSV), "cannot be stopped half-way"),
        (zipped(zipfile.ZIP_BZIP2, a_csv=CSV), "cannot be stopped half-way"),
        (CSV, "no zip that can be read"),
        (zipped(a_csv=CSV)[:-30], "no zip"),
        (zipped(a_csv=b"0" * 3_000_000), "unpacks to more than the 1,000,000 bytes"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:c7b0\nsize 378670\n",
            "a pointer to a file in another store",
        ),
        (zipped(a_csv=b"<html></html>"), "a web page came"),
        (zipped(a_csv=CSV).replace(b"a.csv", b"a.csb"), "one CSV was expected"),
    ],
)
def test_a_zip_that_is_none_or_a_bomb_is_refused(bring, server, body, told):
    server.answer = lambda n, asked: reply(200, body)
    with pytest.raises(FetchError, match=told):
        bring(body="zip", max_bytes=1_000_000)
    assert bring.names() == []


def test_a_zip_that_lies_about_its_length_or_is_damaged_inside(bring, server):
    honest = zipped(a_csv=b"0" * 3_000_000)
    sizes = honest.replace((3_000_000).to_bytes(4, "little"), (30).to_bytes(4, "little"))
    damaged = bytearray(zipped(a_csv=CSV))
    damaged[60:80] = b"\x55" * 20
    for body in (sizes, bytes(damaged)):
        server.answer = lambda n, asked, body=body: reply(200, body)
        with pytest.raises(FetchError):
            bring(body="zip", max_bytes=1_000_000)
        assert bring.names() == []


def test_a_name_in_a_zip_leads_nowhere(bring, server):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("../../../evil.csv", CSV)
    server.answer = lambda n, asked: reply(200, data.getvalue())
    bring(body="zip")
    assert bring.names() == ["all.csv"]
    assert not list(bring.folder.parent.rglob("evil.csv"))


PAGES = {"rows": "Result", "next": "NextPageUrl", "parameter": "page", "total": "TotalCount"}


@pytest.fixture
def paged(bring, server):
    """A source that answers in pages of JSON."""

    def call(*pages, **changed):
        def answer(n, asked):
            number = int(asked.path.partition("page=")[2] or 0)
            return reply(200, pages[number] if isinstance(pages[number], bytes) else json.dumps(pages[number]).encode())

        server.answer = answer
        return bring(**({"body": "json", "pages": PAGES, "columns": ["latitude", "longitude"]} | changed))

    return call


def page(rows, number=None, total=3):
    """One page; `number` is that of the next."""
    following = None if number is None else f"http://internal.example:8080/x?pagesize=2&page={number}"
    return {"TotalCount": total, "TotalPages": 2, "PreviousPageUrl": "", "NextPageUrl": following, "Result": rows}


ROWS = [
    {"id": 1, "latitude": 48.10, "longitude": 37, "name": 'a "quoted", one\nof two lines', "flag": True},
    {"id": 2, "latitude": 48.2, "longitude": 37.5, "name": None, "flag": False, "late": "Село"},
    {"id": 3, "longitude": 1e-7, "latitude": -0.0, "name": "", "parts": {"a": [1, 2.50]}},
]


def test_pages_become_one_csv_and_no_field_is_lost(bring, server, paged):
    text = json.dumps(page(ROWS[:2], 1)).replace("48.1,", "48.100,").encode()
    (one,) = paged(text, page(ROWS[2:]))
    assert (one.state, one.lines) == ("brought", 3)
    frame = pl.read_csv(bring.file, infer_schema=False)
    assert frame.columns == ["id", "latitude", "longitude", "name", "flag", "late", "parts"]
    assert frame["latitude"].to_list() == ["48.100", "48.2", "-0.0"]
    assert frame["name"].to_list() == ['a "quoted", one\nof two lines', None, None]
    assert frame["late"].to_list() == [None, "Село", None]
    assert frame["flag"].to_list() == ["true", "false", None]
    assert frame["parts"][2] == '{"a": ["1", "2.5"]}'
    assert frame["longitude"][2] == "1e-07"
    assert [asked.path for asked in server.asked] == ["/all.csv", "/all.csv?page=1"]
    assert bring.names() == ["all.csv"]


def test_the_address_of_the_next_page_is_not_believed_but_for_its_number(server, paged):
    """It may name another host; only the page of it is taken."""
    paged(page(ROWS[:2], 1), page(ROWS[2:]))
    assert len(server.asked) == 2


def test_an_interrupted_call_takes_up_behind_the_pages_it_has(bring, server, paged):
    with pytest.raises(FetchError, match="no such page"):
        _fails_on_the_third(bring, server)
    server.asked.clear()
    assert paged(page(ROWS[:1], 1), page(ROWS[1:2], 2), page(ROWS[2:]))[0].lines == 3
    assert [asked.path for asked in server.asked] == ["/all.csv?page=2"]


def _fails_on_the_third(bring, server):
    pages = [page(ROWS[:1], 1), page(ROWS[1:2], 2)]
    server.answer = lambda n, asked: reply(200, json.dumps(pages[n]).encode()) if n < 2 else reply(404, b"no such page")
    bring(body="json", pages=PAGES)


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ([b"<html>"], "no JSON"),
        ([b'{"Result": [{"a": NaN}]}'], "NaN is no number"),
        ([b'{"Result": [{"a": 1, "a": 2}]}'], "a key stands twice"),
        ([b'{"Result": {"a": 1}}'], "without a list of rows"),
        ([b'{"Result": [1]}'], "without a list of rows"),
        ([b'[{"a": 1}]'], "without a list of rows"),
        ([b'"API token required"'], "without a list of rows"),
        ([b"[" * 100_000], "no JSON"),
        ([page(ROWS[:1], 1), page(ROWS[1:], 1)], "round in a circle"),
        ([page(ROWS[:1], 1), page(ROWS[1:], None, total=4)], "not of one answer"),
        ([page(ROWS[:1], "x")], "no number of a page"),
        ([page([{"a": 1}])], "was expected"),
        ([page(ROWS * 400, 1), page(ROWS * 400, 2), page(ROWS)], "all pages together"),
    ],
)
def test_pages_that_are_none_are_refused(bring, paged, pages, told):
    with pytest.raises(FetchError, match=told):
        paged(*pages, max_bytes=200_000)
    assert not any("pages" in name for name in bring.names())
    assert not bring.file.exists()


def test_no_rows_at_all_are_no_file(bring, paged):
    assert paged(page([], total=0))[0].state == "empty"
    assert bring.names() == []
