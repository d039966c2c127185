"""A mission is loaded with all that it names; what it names wrongly is told with its place."""

import shutil

import pytest

from trucewatch.errors import DocumentError, MissingError, TrucewatchError
from trucewatch.mission.documents import KINDS, check, schema
from trucewatch.mission.load import load


def rewrite(path, old: str, new: str):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_everything_that_a_mission_names_is_loaded(made):
    loaded = load(made / "mission.toml")
    assert loaded.agreement.agreement_id == "demo-line"
    assert set(loaded.manifests) == {"patrol", "acoustic", "firms", "event_database"}
    assert loaded.regions
    assert loaded.basemap
    assert loaded.settlements.height > 0
    assert loaded.time_zone.key == "Atlantic/Azores"


def test_a_mission_may_lie_one_folder_below_what_it_names(world):
    (world / "missions").mkdir()
    shutil.move(world / "mission.toml", world / "missions/mission.toml")
    assert load(world / "missions/mission.toml").agreement.agreement_id == "demo-line"


@pytest.mark.parametrize("key", ["agreement", "regions", "basemap", "settlements"])
@pytest.mark.parametrize("reference", ["../secret.geojson", "/etc/passwd", "a\\b", "c:x"])
def test_a_reference_that_leaves_is_refused_with_its_line(world, key, reference):
    path = world / "mission.toml"
    lines = [f"{key} = {reference!r}" if line.startswith(f"{key} =") else line for line in path.read_text().split("\n")]
    path.write_text("\n".join(lines))
    with pytest.raises(DocumentError) as caught:
        load(path)
    (problem,) = caught.value.problems
    number = next(n for n, line in enumerate(lines, 1) if line.startswith(f"{key} ="))
    assert problem.where == f"{path}:{number}: {key}"
    assert "must stay beside its document" in problem.what


def test_a_link_out_of_the_mission_is_refused(world, tmp_path):
    shutil.move(world / "regions.geojson", tmp_path / "regions.geojson")
    (world / "regions.geojson").symlink_to(tmp_path / "regions.geojson")
    (world / "inner").mkdir()
    for name in ("mission.toml", "regions.geojson", "basemap.geojson", "settlements.geojson", "agreements", "mappings"):
        shutil.move(world / name, world / "inner" / name)
    with pytest.raises(DocumentError, match="a link leads out of the folder"):
        load(world / "inner/mission.toml")


@pytest.mark.parametrize("name", ["regions.geojson", "agreements/demo-line/agreement.toml", "mappings/acoustic.toml"])
def test_what_is_not_there_is_named(world, name):
    (world / name).unlink()
    with pytest.raises(MissingError, match=name):
        load(world / "mission.toml")


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("mission.toml", 'source = "firms"', 'source = "fires"', "no such source: 'fires'"),
        ("agreements/demo-line/agreement.toml", '"weapon_use"', '"weapons_use"', "no such act"),
        ("agreements/demo-line/geometry.geojson", '"line_of_contact"', '"lost_line"', "line_of_contact"),
        ("regions.geojson", '"region_id"', '"id"', "a region needs region_id and name"),
        ("regions.geojson", '"FeatureCollection"', '"Features"', "FeatureCollection"),
        ("basemap.geojson", '"viewpoint"', '"view"', "boundaries without a viewpoint"),
        ("mappings/acoustic.toml", '"recorded"', '"herad"', "sense"),
    ],
)
def test_what_is_wrong_in_a_document_that_it_names_is_told(world, file, old, new, what):
    rewrite(world / file, old, new)
    with pytest.raises(TrucewatchError, match=what):
        load(world / "mission.toml")
    kind, problems = check(world / "mission.toml")
    assert kind == "mission"
    assert any(what in str(problem) for problem in problems)


def test_a_source_that_stands_twice_is_refused(world):
    path = world / "mission.toml"
    path.write_text(path.read_text() + '\n[[sources]]\nsource = "firms"\nfiles = ["more/*.csv"]\n')
    with pytest.raises(DocumentError, match="stands twice"):
        load(path)


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("title = 3\n", "document", "no kind of document"),
        ("title = \n", "document", "not TOML"),
        ("mission_id = 3\n", "mission", "valid string"),
        ("scenario_id = 3\n", "scenario", "valid string"),
        ("agreement_id = 3\n", "agreement", "valid string"),
        ("manifest = 3\n", "mapping", "valid dictionary"),
        ("source_id = 3\n", "manifest", "valid string"),
    ],
)
def test_every_kind_of_document_is_told_from_its_keys(tmp_path, text, kind, what):
    (tmp_path / "a.toml").write_text(text)
    told, problems = check(tmp_path / "a.toml")
    assert told == kind
    assert any(what in str(problem) for problem in problems)
    assert all(problem.to_do for problem in problems)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_schema_with_its_key(kind):
    told = schema(kind)
    assert KINDS[kind] in told["properties"]
    assert told["additionalProperties"] is False
