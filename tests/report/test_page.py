"""The page: small, without script, whole in words, and good in a real browser."""

import gzip
import html
import itertools
import re
import subprocess
from dataclasses import replace

import pytest

from trucewatch.report import render
from trucewatch.when import Span


def text_of(page: str) -> str:
    """Return the visible text of a page."""
    body = re.sub(r"<style>.*?</style>|<svg.*?</svg>", " ", page, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


@pytest.fixture(scope="module")
def page(released, facts) -> str:
    return render(released(120), facts)["index.html"].decode()


@pytest.mark.parametrize("n", [0, 1, 299, 301, 25_000])
def test_a_page_is_at_most_60_kb_however_busy_the_day(released, facts, n):
    files = render(released(n), facts)
    assert len(gzip.compress(files["index.html"])) <= 60_000
    assert files["incidents.csv"].count(b"\n") == 1 + sum(k % 4 > 0 for k in range(n))


def test_no_script_and_nothing_from_elsewhere(page):
    assert not re.search(r"<script|javascript:|\son\w+=", page, re.I)
    assert not re.search(r"(?:src|href)\s*=\s*\"(?!#)|url\(|@import", page)
    assert "default-src 'none'" in page


def test_the_same_gives_the_same_bytes(released, facts):
    assert render(released(50), facts) == render(released(50), facts)


def test_every_code_is_named_and_no_verdict_is_spoken(page):
    said = text_of(page)
    assert not re.findall(r"\b[a-z]+_[a-z_]+\b", said.replace("set_aside.csv", ""))
    assert not re.search(r"violat|breach", said, re.I)
    assert "Internal draft" in said


def test_a_back_test_says_so_and_never_says_contrary(released, facts):
    supposed = Span(facts.period_before.start_utc, facts.period.end_utc)
    files = render(released(50), replace(facts, supposed=supposed))
    said = text_of(files["index.html"].decode())
    assert "Back-test – never in force" in said
    assert "was never in force. Its terms are set here against a time" in said
    for name, data in files.items():
        if name.endswith(".csv"):
            lines = data.decode().splitlines()
            assert all("back-test, text never in force" in line for line in lines[1:]), name
    assert '"back_test": true' in files["incidents.geojson"].decode()


def test_text_from_outside_is_escaped(released, facts):
    bad = '<img src=x onerror=alert(1)>\u202e"&\x07'
    made = render(released(20), replace(facts, mission_title=bad, notes=(bad,), mission_note=bad))[
        "index.html"
    ].decode()
    assert "<img" not in made
    assert "&lt;img src=x onerror=alert(1)&gt;" in made
    assert not re.search("[\u202e\x07]", made)


def test_headings_tables_and_map_are_told_to_those_who_do_not_see(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    tables = re.findall(r"<table>(.*?)</table>", page, re.S)
    assert tables
    assert all("<caption>" in table and not re.search(r"<th(?! scope)[ >]", table) for table in tables)
    assert re.search(r'<html lang="en">', page)
    assert re.search(
        r'<svg viewBox="[^"]+" style="max-width:[0-9]+px" role="img" '
        r'aria-labelledby="map-title map-desc"><title id="map-title">Map of 90',
        page,
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, #rrggbb (WCAG 2.2, relative luminance)."""

    def light(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_can_be_read(page):
    colour = dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", page.replace("#fff;", "#ffffff;")))
    assert contrast(colour["ink"], colour["paper"]) >= 7
    assert min(contrast(colour[name], "#ffffff") for name in ("soft", "mark")) >= 4.5
    strokes = re.findall(r'<g [^>]*?stroke="(#[0-9a-f]{6})"', page)
    assert strokes
    assert all(contrast(stroke, "#f4f6f7") >= 3 for stroke in strokes)


@pytest.fixture(scope="module")
def browse(chromium, tmp_path_factory):
    """Return a function that runs a real browser on a page and returns what it prints and the folder."""
    folder = tmp_path_factory.mktemp("browser")

    def run(page: str, *options: str) -> str:
        (folder / "page.html").write_text(page, encoding="utf-8")
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            *options,
        ]
        command.append(f"file://{folder / 'page.html'}")
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd=folder)
        return done.stdout

    return run, folder


@pytest.mark.parametrize("width", [320, 1280])
def test_a_browser_shows_it_without_scrolling_sideways(browse, page, width):
    """At 320 px (WCAG 1.4.10) only tables may be wider; the frame is what sets the width."""
    run, folder = browse
    (folder / "inner.html").write_text(re.sub(r"<meta http-equiv[^>]*>", "", page), encoding="utf-8")
    outer = (
        f'<iframe id="f" src="inner.html" style="width:{width}px;height:900px;border:0"></iframe><script>f.onload=()=>'
        "{const d=f.contentDocument.documentElement;document.title=[d.scrollWidth,d.clientWidth].join(' ')}</script>"
    )
    shown = run(outer, "--allow-file-access-from-files", "--virtual-time-budget=4000", "--dump-dom")
    scroll, client = map(int, re.search(r"<title>(\d+) (\d+)</title>", shown).groups())
    assert 0 < scroll <= client <= width


def test_a_browser_prints_it(browse, page):
    run, folder = browse
    run(page, "--no-pdf-header-footer", "--print-to-pdf=page.pdf")
    made = (folder / "page.pdf").read_bytes()
    assert made.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", made)) <= 12
