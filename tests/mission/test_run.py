"""The main job on a simulated mission: the same in, the same out; a failed run leaves the earlier report."""

import contextlib
import datetime as dt
import html
import json
import pathlib
import re
import shutil

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trucewatch import tables
from trucewatch.errors import ActRefused, MissingError, ReleaseRefused, TableError, TrucewatchError, UsageError
from trucewatch.journal import key_id
from trucewatch.mission.load import load
from trucewatch.mission.people import SAID
from trucewatch.mission.record import open_record, private_key
from trucewatch.mission.run import report_again, run
from trucewatch.mission.standing import KEPT
from trucewatch.mission.steps import STEPS
from trucewatch.release import OUTSIDE
from trucewatch.store import read_table, write_tables
from trucewatch.words import LANGUAGES
from trucewatch.words.catalogue import entries

DAY = dt.date(2026, 3, 16)
NOW_AND_MORE = dt.datetime(2026, 3, 19, 9, tzinfo=dt.UTC)


def files(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def done(world, now, out="out", **how):
    return run(world / "mission.toml", data=world / "data", out=world / out, now=now, **how)


@pytest.fixture(scope="module")
def outcome(made, now, tmp_path_factory):
    """Return the outcome of one run, and its folder; do not change them."""
    out = tmp_path_factory.mktemp("out")
    return run(made / "mission.toml", data=made / "data", out=out, now=now), out


def test_a_run_writes_the_report_and_every_table(outcome):
    told, out = outcome
    assert told.page == out / "report/index.html"
    assert told.released.is_draft
    assert told.notes == ()
    made = {
        *KEPT,
        "evidence",
        "decisions",
        "source_model",
        "basis",
        "former",
        "changes",
        "remarks",
        *SAID,
        *(name for step in STEPS for name in step.makes),
    }
    assert {path.stem for path in (out / "tables").iterdir()} == made == set(told.tables)
    for name in made:
        assert read_table(out / f"tables/{name}.parquet", name).equals(told.tables[name])
    assert told.tables["incidents"].height > 0


def test_every_observation_of_the_window_is_of_one_incident(outcome):
    told, _ = outcome
    members = told.tables["members"]
    assert sorted(members["observation_id"]) == sorted(told.tables["observations"]["observation_id"])
    assert set(members["incident_id"]) == set(told.tables["incidents"]["incident_id"])


def visible(page: str) -> str:
    """Return the text of a page without what says that it is in another language: words of documents and sources."""
    body = re.sub(r"<style>.*?</style>|<nav.*?</nav>", " ", page, flags=re.S)
    body = re.sub(r'<span lang="en">[^<]*</span>', " ", body)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def pieces(sentence: str) -> list[str]:
    """Return the parts of a sentence between its values that have a word of four letters."""
    parts = [part.strip(" .,;:()–“”") for part in re.split(r"\{\w+\}", sentence)]
    return [part for part in parts if re.search(r"[A-Za-z]{4}", part)]


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_english_and_no_code_is_left_in_another_language(outcome, made, language):
    """What documents and sources call themselves stays; where it stands in a sentence it is taken out first."""
    told, out = outcome
    page = (out / f"report/index.{language}.html").read_text(encoding="utf-8")
    loaded = load(made / "mission.toml")
    own = [loaded.mission.title, loaded.agreement.title, loaded.mission.time_zone.replace("_", " ")]
    own += [*(region.name for region in loaded.regions), *(source.title for source in loaded.manifests.values())]
    own += [loaded.basemap.viewpoint if loaded.basemap else "", *(name for name, _, _ in loaded.basemap.towns)]
    aside = told.tables["set_aside"]  # the source's own name of a column, and what stood in it
    own += [text for name in ("column", "value") for text in aside[name].drop_nulls().unique()]
    said = visible(page)
    for name in sorted(own, key=len, reverse=True):
        said = said.replace(name, " ") if len(name) > 2 else said
    translated = " ".join(text for forms in entries(language).values() for text in forms)
    english = {piece for _, one in entries(language) for piece in pieces(one)}
    assert len(english) > 200
    left = {each for each in english if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", said) and each not in translated}
    assert not left
    assert set(re.findall(r"\b[a-z]+_[a-z_]+\b(?:\.csv)?", said)) <= {"set_aside.csv"}
    assert len(re.findall(r"<h2 ", page)) == len(re.findall(r"<h2 ", told.page.read_text(encoding="utf-8")))
    assert f'<html lang="{language}">' in page


def test_the_pages_of_all_languages_lead_to_each_other_and_what_is_for_machines_is_written_once(outcome):
    _, out = outcome
    names = {path.name for path in (out / "report").iterdir()}
    pages = {"en": "index.html"} | {each: f"index.{each}.html" for each in LANGUAGES[1:]}
    assert {name for name in names if name.startswith(("index", "report"))} == {
        *pages.values(), "report.pdf", *(f"report.{each}.pdf" for each in LANGUAGES[1:]),
    }  # fmt: skip
    for language, name in pages.items():
        links = re.findall(r'<a href="([^"#]+)" hreflang="(\w+)"', (out / "report" / name).read_text(encoding="utf-8"))
        assert {code: file for file, code in links} == {code: file for code, file in pages.items() if code != language}


def test_a_page_in_a_language_no_longer_asked_for_does_not_stay_beside_a_newer_one(world, now):
    done(world, now, languages=LANGUAGES)
    before = files(world / "out/report")
    told = done(world, now, languages=("uk", "en"))
    made = {path.name for path in told.page.parent.iterdir()}
    assert {name for name in made if name.startswith("index")} == {"index.html", "index.en.html"}
    assert '<html lang="uk">' in told.page.read_text(encoding="utf-8")
    assert files(world / "out/report")["incidents.csv"] == before["incidents.csv"]


def test_a_language_that_is_not_there_is_refused_before_anything_is_done(world, now):
    with pytest.raises(UsageError, match="no such language"):
        done(world, now, languages=("en", "xx"))
    assert not (world / "out").exists()


def test_before_entry_into_force_nothing_is_contrary_and_after_it_something_is(outcome):
    told, _ = outcome
    start = dt.datetime(2026, 3, 15, 1, tzinfo=dt.UTC)  # midnight in the Azores
    found = told.tables["findings"].join(told.tables["incidents"], on="incident_id")
    before, after = (found.filter(pl.col("end_utc") < start), found.filter(pl.col("start_utc") > start))
    assert set(before["conformity"]) == {"not_in_force"}
    assert "contrary" in set(after["conformity"])
    assert not {"would_be_contrary", "not_in_force"} & set(after["conformity"])


def test_the_same_inputs_give_the_same_bytes(made, now, outcome, tmp_path):
    _, out = outcome
    for again in ("taken in now", "taken in before"):
        run(made / "mission.toml", data=made / "data", out=tmp_path, now=now)
        assert files(tmp_path / "report") == files(out / "report"), again
        assert files(tmp_path / "tables") == files(out / "tables"), again


def test_a_record_in_postgresql_makes_the_same_report(made, now, outcome, tmp_path, postgres):
    _, out = outcome
    address = postgres.new_database()
    for _ in ("taken in now", "taken in before"):
        run(
            made / "mission.toml",
            data=made / "data",
            out=tmp_path / "out",
            store=tmp_path / "kept",
            database=address,
            now=now,
        )
        assert files(tmp_path / "out/report") == files(out / "report")
        assert files(tmp_path / "out/tables") == files(out / "tables")
    assert not (tmp_path / "out/store").exists()
    assert not (tmp_path / "kept/record.sqlite3").exists()


def test_deliveries_are_signed_by_the_station_that_is_given(world, now, tmp_path):
    pem, other = tmp_path / "mine.pem", tmp_path / "other.pem"
    for path in (pem, other):
        key = Ed25519PrivateKey.generate()
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    done(world, now, day=DAY, station=pem)
    me = key_id(private_key(pem).public_key().public_bytes_raw())
    with open_record(world / "out/store", "demo", now=now, station=pem) as opened:
        assert {entry.author for entry in opened.record.entries()} == {me}
        assert opened.record.size == len(list((world / "data").rglob("*.csv"))) + 1
    path = min((world / "data/acoustic").iterdir())
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ActRefused, match="not one of the mission's"):
        done(world, now, day=DAY, station=other)


def test_the_report_is_rendered_again_from_its_tables(made, now, outcome, tmp_path):
    _, out = outcome
    page = report_again(made / "mission.toml", tables=out / "tables", out=tmp_path, day=DAY, now=now)
    assert page == tmp_path / "report/index.html"
    assert files(tmp_path / "report") == files(out / "report")


def test_without_a_day_the_last_with_an_observation_is_reported(made, outcome, now, tmp_path):
    _, out = outcome
    middle = pl.col("start_utc") + (pl.col("end_utc") - pl.col("start_utc")) / 2
    last = outcome[0].tables["observations"].select(middle.max()).item()
    assert load(made / "mission.toml").mission.day(DAY).start_utc <= last
    run(made / "mission.toml", data=made / "data", out=tmp_path, now=now, day=DAY - dt.timedelta(days=1))
    assert files(tmp_path / "report") != files(out / "report")


def test_a_public_report_stands_apart_and_tells_less(world, outcome, now):
    draft, _ = outcome
    public = done(world, now, day=DAY, audience="public")
    assert (draft.page.parent.name, public.page.parent.name) == ("report", "report-public")
    told = json.loads((public.page.parent / "incidents.geojson").read_text())["features"]
    assert len(told) < len(json.loads((draft.page.parent / "incidents.geojson").read_text())["features"])
    assert "sightings" not in public.released.tables
    assert sum(public.released.withheld.values()) > 0


# ---- No file of a public report, unpacked, holds a secret of any table.

MARK = "zqx7"
EXACT = re.compile(r"\d{1,3}\.\d{4}")


def planted(tables_of_run: pathlib.Path, folder: pathlib.Path) -> set[str]:
    """Write tables with a mark in each text that may not leave; return exact positions, degrees to four decimals."""
    exact = set()
    for path in tables_of_run.glob("*.parquet"):
        frame, name = read_table(path, path.stem), path.stem
        linked = [column for column in frame.columns if column in ("observation_id", "observation_a", "observation_b")]
        frame = frame.with_columns(pl.concat_str(pl.lit(MARK), each).alias(each) for each in linked)
        for column, kind in frame.schema.items():
            if kind != pl.String or column in (*linked, *OUTSIDE.get(name, ()), "source_id", "incident_id"):
                continue
            secret = pl.concat_str(pl.lit(f"{MARK}-{len(exact)}"), pl.int_range(pl.len()).cast(pl.String))
            with contextlib.suppress(TableError):  # a code that the table itself holds to a list is no secret
                frame = tables.conform(frame.with_columns(secret.alias(column)), name)
        for column in frame.columns:
            if column.endswith(("lon_deg", "lat_deg")):
                values = frame[column].drop_nulls().abs().to_list()
                exact |= {f"{value - shift:.4f}" for value in values for shift in (0, 5e-5)}
        write_tables(folder, {name: frame})
    return exact


def told_anyway(loaded) -> set[str]:
    """Return the positions that may be told: settlements, and the middles of cells."""
    towns = loaded.settlements
    return {
        f"{abs(value) - shift:.4f}" for name in ("lon_deg", "lat_deg") for value in towns[name] for shift in (0, 5e-5)
    }


@pytest.fixture(scope="module")
def marked(made, outcome, tmp_path_factory):
    """Return a function that reports the marked tables to an audience: text by file, and the exact positions."""
    folder = tmp_path_factory.mktemp("marked")
    exact = planted(outcome[1] / "tables", folder / "tables")

    def report(audience: str, text_in) -> tuple[dict[str, str], set[str]]:
        day, later = DAY, NOW_AND_MORE
        page = report_again(
            made / "mission.toml", tables=folder / "tables", out=folder, day=day, now=later, audience=audience
        )
        return {name: text_in(name, data) for name, data in files(page.parent).items()}, exact

    return report


ROWS = {"incidents.csv", "tables.xlsx", "incidents.gpkg", "incidents.parquet"}


def test_the_search_for_marks_finds_them_in_every_file_of_a_draft(marked, text_in):
    told, exact = marked("internal", text_in)
    assert {name for name, text in told.items() if MARK in text} >= ROWS | {
        "set_aside.csv", "deliveries.csv", "index.html", "report.pdf",
    }  # fmt: skip
    found = {name for name, text in told.items() if exact & set(EXACT.findall(text))}
    assert found >= ROWS | {"incidents.geojson"}
    assert {name for name, text in told.items() if "Patrols and cameras" in text} >= {"index.html", "report.pdf"}


@pytest.mark.parametrize("audience", ["public", "parties"])
def test_no_mark_no_exact_position_and_no_internal_source_is_in_any_file(made, marked, text_in, audience):
    told, exact = marked(audience, text_in)
    secret = exact - told_anyway(load(made / "mission.toml"))
    assert told["incidents.csv"].count("\n") > 3
    assert len(told) >= 10
    for name, text in told.items():
        assert MARK not in text, name
        assert secret & set(EXACT.findall(text)) == set(), name
        assert not re.search("patrol", text, re.I), name


def damage_agreement(world):
    path = world / "agreements/demo-line/agreement.toml"
    path.write_text(path.read_text().replace('"prohibit"', '"forbid"'))


def damage_regions(world):
    (world / "regions.geojson").write_text("{}")


def lose_the_data(world):
    (world / "data").rename(world / "elsewhere")


def reported(out) -> dict[str, bytes]:
    """Return the files that a reader sees; the store beside them may have learned something."""
    return {name: data for name, data in files(out).items() if not name.startswith("store")}


@pytest.mark.parametrize("damage", [damage_agreement, damage_regions, lose_the_data])
def test_the_earlier_report_stands_when_a_run_fails(world, outcome, now, damage):
    shutil.copytree(outcome[1], world / "out")
    before = reported(world / "out")
    damage(world)
    with pytest.raises(TrucewatchError):
        done(world, now, day=DAY)
    assert reported(world / "out") == before


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"audience": "nobody"}, ReleaseRefused),
        ({"day": dt.date(1, 1, 1)}, UsageError),
        ({"day": dt.date.max}, UsageError),
    ],
)
def test_a_wrong_call_leaves_the_earlier_report(world, outcome, now, how, error):
    shutil.copytree(outcome[1], world / "out")
    before = reported(world / "out")
    with pytest.raises(error):
        done(world, now, **how)
    assert reported(world / "out") == before


def test_before_any_observation_there_is_no_last_day(world, now):
    with pytest.raises(UsageError, match="name the day"):
        done(world, now.replace(year=2020))


def test_a_day_on_which_nothing_came_has_a_report(world, now):
    told = done(world, now, day=dt.date(2026, 7, 1))
    assert told.tables["incidents"].is_empty()
    assert all(frame.equals(tables.conform(frame, name)) for name, frame in told.tables.items())
    assert told.page.stat().st_size > 1000


def test_a_source_without_a_file_is_named_and_so_is_a_refused_file(world, now):
    for path in (world / "data/firms").iterdir():
        path.unlink()
    (world / "data/acoustic/bad.csv").write_bytes(b"")
    told = done(world, now, day=DAY)
    assert [note.split(":")[0] for note in told.notes] == ["acoustic/bad.csv", "firms"]
    page = told.page.read_text(encoding="utf-8")
    assert "acoustic/bad.csv" in page
    assert "no file of this source came" in page


def test_hostile_text_stays_text_in_the_report(world, now, text_in):
    path = world / "mission.toml"
    path.write_text(path.read_text().replace("Calder and Merrow:", "<script>alert(1)</script>\\u001b[2J", 1))
    name = "acoustic/<img src=x onerror=alert(2)>.csv"
    (world / "data" / name).write_bytes(b"")
    told = done(world, now, day=DAY)
    for path, data in files(told.page.parent).items():
        if path.endswith((".html", ".csv", ".geojson")):
            assert b"<script" not in data, path
            assert b"<img" not in data, path
        assert "\x1b" not in text_in(path, data), path


def test_tables_of_an_earlier_run_must_be_there(made, now, tmp_path):
    with pytest.raises(MissingError, match=r"observations\.parquet"):
        report_again(made / "mission.toml", tables=tmp_path, out=tmp_path, day=DAY, now=now)


def test_a_source_of_warnings_changes_no_incident(outcome, world, now):
    """A run with a source that makes no observation: fused and judged as without it."""
    (world / "data/alerts").mkdir()
    (world / "data/alerts/1.csv").write_text(
        "region,started_at,finished_at,naive\nNorth,2026-03-15 01:00:00+00:00,2026-03-15 01:30:00+00:00,True\n"
    )
    with (world / "mission.toml").open("a") as mission:
        mission.write('\n[[sources]]\nsource = "air_alerts"\nfiles = ["alerts/*.csv"]\n')
    with_it = done(world, now).tables
    assert with_it["alerts"].height == 1
    for table in ("observations", "incidents", "members", "findings"):
        assert with_it[table].equals(outcome[0].tables[table])
