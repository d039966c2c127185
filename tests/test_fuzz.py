"""Whatever a document holds: it is parsed, or refused with every problem, where it is and what to do."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fuzzing
from fuzzing import documents
from trucewatch.agreement import AgreementDocument, read_features
from trucewatch.documents import parse_toml
from trucewatch.errors import DocumentError
from trucewatch.manifest import Manifest
from trucewatch.mission.document import Mission
from trucewatch.simulate import ScenarioDocument

MODELS = {
    "agreement": AgreementDocument,
    "manifest": Manifest,
    "mission": Mission,
    "scenario": ScenarioDocument,
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | TEXTS
    | st.sampled_from(["", "text", "UTC", "2025-03-30"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


@pytest.mark.parametrize("batch", fuzzing.batches(fuzzing.CASES * len(documents.KINDS)), ids=fuzzing.named)
def test_a_damaged_document_is_parsed_or_refused_with_its_problems(batch):
    outcomes = fuzzing.run("documents", batch, lambda dice, number: documents.one(number))
    expected = {f"{kind} {came}" for kind in documents.KINDS for came in ("parsed", "refused")}
    assert fuzzing.ONLY or set(outcomes) == expected, "some damage is harmless and some is not"


@pytest.mark.parametrize("kind", documents.KINDS)
def test_what_is_not_damaged_is_parsed(kind, monkeypatch):
    """So that what is refused above is refused for its damage."""
    monkeypatch.setattr(documents.document_damage, "of_document", lambda dice, data, others: data)
    monkeypatch.setattr(documents.document_damage, "of_geojson", lambda dice, data: data)
    first = documents.KINDS.index(kind)
    assert {documents.one(first + n * len(documents.KINDS)) for n in range(5)} == {f"{kind} parsed"}


def toml(value: object) -> str:
    """Write a value as TOML, inline."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value) if value is not None else "nan"


@pytest.mark.parametrize("kind", MODELS)
@given(keys=st.dictionaries(st.integers(0, 60), JSON, max_size=8), more=st.dictionaries(TEXTS, JSON, max_size=2))
@settings(max_examples=200)
def test_any_values_under_the_keys_of_a_document_are_parsed_or_refused(kind, keys, more):
    model = MODELS[kind]
    names = list(model.model_fields)
    raw = more | {names[n % len(names)]: value for n, value in keys.items()}
    text = "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in raw.items())
    with pytest.raises(DocumentError) as refused:
        parse_toml(text.encode(), model, name="document.toml")
    assert documents.whole(refused.value)


@given(
    geometry=st.dictionaries(
        st.sampled_from(["type", "coordinates", "geometries"]), JSON | st.sampled_from(["Polygon", "Point"])
    )
)
@settings(max_examples=300)
def test_any_geometry_is_read_or_refused(geometry):
    file = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": geometry}]}
    try:
        (feature,) = read_features(json.dumps(file).encode(), name="file.geojson")
    except DocumentError as error:
        refused = error
    else:
        assert feature.geometry.is_valid
        assert not feature.geometry.is_empty
        return
    assert documents.whole(refused)


def test_a_case_follows_from_its_number():
    assert [documents.one(n) for n in range(30)] == [documents.one(n) for n in range(30)]
