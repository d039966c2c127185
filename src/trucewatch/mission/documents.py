"""Every kind of document: how to tell it, check it, and write its JSON Schema."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from trucewatch import agreement, observe
from trucewatch.documents import load_toml
from trucewatch.errors import Problem, TrucewatchError, UsageError
from trucewatch.manifest import Manifest, parse_manifest
from trucewatch.mission.document import Mission
from trucewatch.mission.load import load
from trucewatch.simulate import ScenarioDocument, parse_scenario
from trucewatch.store import beside, read_bytes

KINDS: Final[Mapping[str, str]] = {
    "agreement": "agreement_id",
    "mission": "mission_id",
    "scenario": "scenario_id",
    "mapping": "manifest",
    "manifest": "source_id",
}
"""The key by which each kind of document is told."""


def check(path: Path) -> tuple[str, tuple[Problem, ...]]:
    """Return the kind of the document at `path` and every problem in it, and in what it names."""
    try:
        data = read_bytes(path)
        raw = load_toml(data, name=str(path))
    except TrucewatchError as error:
        return "document", error.problems
    kind = next((kind for kind, key in KINDS.items() if key in raw), None)
    if kind is None:
        to_do = "give one of " + ", ".join(f"{key} ({kind})" for kind, key in KINDS.items())
        return "document", (Problem(str(path), "no kind of document that trucewatch knows", to_do),)
    try:
        _parse(kind, path, data)
    except TrucewatchError as error:
        return kind, error.problems
    return kind, ()


def _parse(kind: str, path: Path, data: bytes) -> None:
    """Parse a document of a kind, and what it names. Raises DocumentError."""
    name, near = str(path), path.resolve().parent
    if kind == "agreement":
        agreement.parse_agreement(data, name=name, beside=beside(near))
    elif kind == "mission":
        load(path)
    elif kind == "scenario":
        parse_scenario(data, name=name, beside=beside(near, near.parent, near.parent.parent))
    elif kind == "mapping":
        observe.parse_mapping(data, name=name)
    else:
        parse_manifest(data, name=name)


def schema(kind: str) -> dict[str, object]:
    """Return the JSON Schema of a kind of document."""
    models: dict[str, type[BaseModel]] = {
        "agreement": agreement.AgreementDocument,
        "mission": Mission,
        "scenario": ScenarioDocument,
        "mapping": observe.Mapping,
        "manifest": Manifest,
    }
    if kind not in models:
        raise UsageError(f"no kind of document: {kind!r}", to_do=f"take one of {sorted(models)}")
    return models[kind].model_json_schema()


def manifests() -> dict[str, Manifest]:
    """Return the manifest of every source that can be read."""
    return {name: observe.source(name).manifest for name in observe.names()}


def manifest(name: str) -> Manifest:
    """Return the manifest of a source. Raises MissingError that lists what there is."""
    return observe.source(name).manifest
