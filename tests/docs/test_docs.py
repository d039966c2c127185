"""The documentation says what the code does: reference, links, examples."""

import importlib.util
import pathlib
import re
import tomllib

import pytest

from trucewatch import observe, tables
from trucewatch.cli.main import COMMANDS
from trucewatch.journal import KINDS, JournalSettings
from trucewatch.manifest import Fetch
from trucewatch.mission.document import parse_mission
from trucewatch.store.database import COLUMNS
from trucewatch.verify import ROLES, VerifySettings
from trucewatch.verify.bodies import SHAPES

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "missions").glob("*.md")]
)
spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/reference/generate.py")
assert spec
assert spec.loader
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)


@pytest.mark.parametrize("page", sorted(generate.PAGES))
def test_the_reference_is_what_the_code_says(page):
    on_disk = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
    assert on_disk == generate.PAGES[page](), "run: python docs/reference/generate.py"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("commands.md", [f"trucewatch {name}" for name in COMMANDS]),
        ("tables.md", list(tables.TABLES)),
        ("sources.md", [name for name in observe.names() if (generate.READERS / name).is_dir()]),
        ("settings.md", ["mission", "agreement", "manifest", "mapping", "scenario"]),
    ],
)
def test_every_command_table_source_and_document_has_its_section(page, names):
    text = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (page.parent / link.split("#")[0]).exists()]
    assert not dead


def blocks(page: str, kind: str) -> list[str]:
    """Return the fenced examples of a page."""
    return re.findall(rf"^```{kind}\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)


def test_the_mapping_of_the_how_to_is_one():
    (mapping,) = blocks("docs/how-to/add-a-source.md", "toml")
    assert observe.parse_mapping(mapping.encode(), name="diary.toml").manifest.source_id == "village_diary"


def test_the_mission_of_the_how_to_is_one_with_the_source_of_the_other():
    (mission,) = blocks("docs/how-to/write-a-mission.md", "toml")
    (source,) = blocks("docs/how-to/add-a-source.md", "toml mission")
    parsed = parse_mission((mission.split("[fuse]")[0] + source).encode(), name="mission.toml")
    assert [used.source for used in parsed.sources] == ["firms", "table"]
    assert parse_mission(mission.encode(), name="mission.toml").release.public_delay_hours == 48


def test_the_files_that_the_documentation_names_are_there():
    """Decisions are history and may give examples that are not there."""
    for page in (page for page in PAGES if page.parent.name != "decisions"):
        for path in re.findall(
            r"`((?:src|agreements|missions|tests|benchmarks|docs)/[\w./-]+\.\w+)`", page.read_text(encoding="utf-8")
        ):
            assert (ROOT / path).exists(), f"{page.name} names {path}"


def test_the_section_of_the_how_to_on_live_data_is_one():
    (section,) = blocks("docs/how-to/fetch-live-data.md", "toml")
    assert Fetch.model_validate(tomllib.loads(section)["fetch"]).body == "zip"


def test_the_page_of_the_store_names_every_table_of_the_database():
    page = (ROOT / "docs/reference/store.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \|", page.split("## The database")[1].split("## Taking in")[0], re.M)
    assert named == list(COLUMNS)


def test_the_section_on_witnesses_is_one():
    (section,) = blocks("docs/how-to/be-a-witness.md", "toml")
    journal = JournalSettings.model_validate(tomllib.loads(section)["journal"])
    assert [witness.is_guarantor for witness in journal.trust().witnesses] == [False]


def test_the_page_of_entries_tells_every_kind_with_its_keys():
    page = (ROOT / "docs/reference/entries.md").read_text(encoding="utf-8")
    rows = [re.split(r" *\| *", line.strip("|")) for line in page.splitlines() if line.startswith("| `")]
    told = {}
    for kind, keys, optional, _ in rows:
        must, more, _ = keys.partition("and more")
        told[kind.strip(" `")] = (set(re.findall(r"`(\w+)`", must)), set(re.findall(r"`(\w+)`", optional)), bool(more))
    assert told == {kind: (set(must), set(may), others) for kind, (must, may, others) in SHAPES.items()}
    assert set(told) == set(KINDS)


def test_each_promise_names_tests_that_are_there():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    table = text.split("## What we promise")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 15
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", row)
        assert named, row
        for file, test in named:
            assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8") if test else (ROOT / file).exists(), (
                file,
                test,
            )


def test_the_page_of_two_people_tells_every_role():
    text = (ROOT / "docs/explanation/two-persons.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (\w+) \|", text, re.M)
    assert [role for role in told if role != "role"] == list(ROLES)


def test_the_rules_of_the_page_of_two_people_are_some():
    (section,) = blocks("docs/explanation/two-persons.md", "toml")
    settings = VerifySettings.model_validate(tomllib.loads(section)["verify"])
    assert [each.name for each in settings.concerned] == ["calder", "guarantor"]
