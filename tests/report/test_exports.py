"""Exports are for machines: no formula runs, no text steers, and every GIS reads the points."""

import csv as standard_csv
import datetime as dt
import io
import json
import pathlib
from zoneinfo import ZoneInfo

import geopandas
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch import tables
from trucewatch.agreement import parse_agreement
from trucewatch.release import prepare
from trucewatch.report import ReportFacts
from trucewatch.report.exports import FORMULA_STARTS, csv, geojson
from trucewatch.store import beside
from trucewatch.when import Span

NOON = dt.datetime(2026, 3, 20, 12, 30, tzinfo=dt.UTC)
FOLDER = pathlib.Path(__file__).parents[2] / "agreements" / "demo-line"
BIDI, ESCAPE, BELL, PRIVATE = "\u202e", "\x1b", "\x07", "\ue000"


def read(data: bytes) -> list[list[str]]:
    return list(standard_csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0bA1", "'\uff0bA1"),
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("\r=1", "\ufffd=1"),
        ("a=1", "a=1"),
        ("a-b", "a-b"),
        ("", ""),
        ('a,b\n"c"', 'a,b\n"c"'),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Donetsk’s «north» – ’", "Donetsk’s «north» – ’"),
        (f"{ESCAPE}[31mred", "\ufffd[31mred"),
        (f"{BELL}{BIDI}{PRIVATE}x\0", "\ufffd\ufffd\ufffdx\ufffd"),
        (f"{BIDI}=1", "\ufffd=1"),
    ],
)
def test_a_text_in_a_table(text, written):
    assert read(csv(pl.DataFrame({"text": [text], "n": [1]}))) == [["text", "n"], [written, "1"]]


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_list_begins_a_formula(start):
    frame = pl.DataFrame({"sources": [[f"{start}1+1", "b"], [], None]}, schema={"sources": pl.List(pl.String)})
    cell = read(csv(frame.with_row_index()))[1][1]
    assert cell.startswith(("'", "\ufffd"))
    assert cell.endswith("; b")


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6))
def test_whatever_stands_in_a_text_the_table_keeps_its_shape_and_runs_nothing(texts):
    rows = read(csv(pl.DataFrame({"n": range(len(texts)), "text": texts, "words": [[text] for text in texts]})))
    assert [row[0] for row in rows] == ["n", *map(str, range(len(texts)))]
    assert {len(row) for row in rows} == {3}
    for row in rows[1:]:
        for cell in row[1:]:
            assert not cell.startswith(FORMULA_STARTS)
            assert not {ESCAPE, BIDI, BELL, PRIVATE, "\0", "\r", "\u2066", "\u200b"} & set(cell)


def test_numbers_times_and_lists_are_written_plainly():
    frame = pl.DataFrame(
        {
            "n": [-3], "share": [0.1234567], "start_utc": [NOON], "absent": [None],
            "reasons": [["one_source_only", "edge_of_zone"]],
            "posterior": [[{"act": "shelling", "probability": 0.61234}, {"act": "shot", "probability": 0.3}]],
        }
    )  # fmt: skip
    written = [
        "-3",
        "0.123457",
        "2026-03-20T12:30:00Z",
        "",
        "one_source_only; edge_of_zone",
        "shelling 0.612; shot 0.3",
    ]
    assert read(csv(frame))[1] == written


def test_a_table_without_rows_has_its_header():
    for name in tables.TABLES:
        assert read(csv(tables.empty(name))) == [list(tables.dtypes(name))]


# ---- GeoJSON


def facts(title: str = "A title") -> ReportFacts:
    data = (FOLDER / "agreement.toml").read_bytes().replace(b"Ceasefire between Calder and Merrow", title.encode())
    return ReportFacts(
        mission_title="A mission", mission_note="", number=1, day=NOON.date(),
        period=Span(NOON, NOON), period_before=Span(NOON, NOON), time_zone=ZoneInfo("UTC"), cut_off=dt.time(19, 30),
        agreement=parse_agreement(data, name="agreement.toml", beside=beside(FOLDER)),
        regions=(), basemap=None, manifests={}, versions={},
    )  # fmt: skip


def incidents(*ids: str, region: str = "north") -> pl.DataFrame:
    n = len(ids)
    columns = {
        "incident_id": list(ids), "act": ["shelling"] * n, "act_probability": [0.987654] * n, "start_utc": [NOON] * n,
        "end_utc": [NOON] * n, "time_error_s": [60.0] * n, "lon_deg": [36.123456789] * n, "lat_deg": [-48.5] * n,
        "error_major_m": [1234.5] * n, "error_minor_m": [800.0] * n, "error_azimuth_deg": [30.0] * n,
        "real_probability": [1.0] * n, "observations": [2] * n, "independent_sources": [1] * n,
        "source_ids": [["a"]] * n, "region_id": [region] * n,
    }  # fmt: skip
    kinds = tables.dtypes("incidents") | {"region_id": pl.String}
    return pl.DataFrame(columns, schema={name: kinds[name] for name in columns})


def findings(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("incident_id", "clause_id", "reading", "conformity"), pl.String), orient="row"
    )


def written(told: pl.DataFrame, said: pl.DataFrame, of: ReportFacts) -> bytes:
    return geojson(told, said, of, prepare({}, audience="internal", now=NOON, manifests={}))


def strictly(data: bytes) -> dict:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(data, parse_constant=refuse)


def test_points_carry_their_error_their_findings_and_the_standing_of_the_text():
    said = findings(("i1", "strip", "text", "contrary"), ("i1", "fire", "east", "undetermined"))
    read_back = strictly(written(incidents("i1", "i2"), said, facts()))
    assert read_back["trucewatch"]["audience"] == "internal"
    assert (read_back["trucewatch"]["standing"], read_back["trucewatch"]["back_test"]) == ("in_force", False)
    first, second = read_back["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [36.12346, -48.5]}
    assert first["properties"]["findings"] == ["fire (east): undetermined", "strip (text): contrary"]
    assert second["properties"]["findings"] == []
    assert first["properties"]["start_utc"] == "2026-03-20T12:30:00Z"
    assert (first["properties"]["error_major_m"], first["properties"]["act_probability"]) == (1234.0, 0.988)


@pytest.mark.parametrize("ids", [("i1",), ("i1", "i2", "i3")])
def test_geopandas_reads_it(tmp_path, ids):
    path = tmp_path / "incidents.geojson"
    path.write_bytes(written(incidents(*ids), findings(("i1", "fire", "text", "contrary")), facts()))
    frame = geopandas.read_file(path)
    assert list(frame["incident_id"]) == list(ids)
    assert frame.crs.to_epsg() == 4326
    assert [(point.x, point.y) for point in frame.geometry] == [(36.12346, -48.5)] * len(ids)


def test_no_incident_is_an_empty_collection():
    assert strictly(written(incidents(), findings(), facts()))["features"] == []


HOSTILE = ('"},{"type":"Feature"', "<script>alert(1)</script>", "line\nend\u2028", "=1+1", "\\", "Ґ «é» – 漢")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    read_back = strictly(written(incidents(text, region=text), findings((text, text, "text", "contrary")), facts()))
    assert len(read_back["features"]) == 1
    told = read_back["features"][0]["properties"]
    assert (told["incident_id"], told["region_id"]) == (text, text)
    assert told["findings"] == [f"{text} (text): contrary"]


def test_text_that_steers_is_made_harmless_everywhere():
    text = f"a{ESCAPE}[31m{BIDI}{PRIVATE}b"
    data = written(incidents(text, region=text), findings((text, text, text, "contrary")), facts(f"A{BIDI}title"))
    said = data.decode("utf-8") + json.dumps(strictly(data), ensure_ascii=False)
    assert not {ESCAPE, BIDI, PRIVATE} & set(said)
    assert "\\u001b" not in said
    assert "a\ufffd[31m\ufffd\ufffdb" in said
