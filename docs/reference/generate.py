"""Write the reference from the code: `python docs/reference/generate.py`. A test compares what is on disk with it."""

import dataclasses
import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic_core import PydanticUndefined

from trucewatch import agreement, observe, tables
from trucewatch.cli.main import COMMANDS, app
from trucewatch.documents import Strict
from trucewatch.manifest import Manifest
from trucewatch.mission.document import Mission
from trucewatch.mission.documents import manifests
from trucewatch.simulate import ScenarioDocument
from trucewatch.store import beside
from trucewatch.words import LANGUAGES, NAMES, OWN_NAMES, Words

HERE = Path(__file__).parent
READERS = HERE.parents[1] / "src/trucewatch/observe/readers"
HEAD = "Written by `python docs/reference/generate.py` from the code; a test holds it. Do not edit.\n\n"


def commands() -> str:
    """Return the page of commands."""
    parts = ["# Commands\n\n", HEAD, f"{app.help} {app.help_epilogue}\n"]
    for name, (path, summary) in COMMANDS.items():
        module, function = path.split(":")
        called = getattr(importlib.import_module(module), function)
        described = inspect.cleandoc(called.__doc__).partition("Parameters\n----------\n")[0]
        parts.append(
            f"\n## trucewatch {name}\n\n{summary}\n\n{described.strip()}\n\n| parameter | meaning |\n|---|---|\n"
        )
        for parameter, told, default in parameters(called):
            usual = "" if default in (inspect.Parameter.empty, None) else f" Default: `{default}`."
            parts.append(f"| `{parameter.rstrip('_')}` | {told}{usual} |\n")
    return "".join(parts)


def parameters(called: Callable[..., object]) -> Iterator[tuple[str, str, object]]:
    """Yield name, meaning and default of each parameter, those of a group of parameters one by one."""
    signature = inspect.signature(called, eval_str=True).parameters
    lines = inspect.cleandoc(called.__doc__ or "").partition("Parameters\n----------\n")[2].splitlines()
    told: dict[str, list[str]] = {}
    for line in lines:
        if line and not line.startswith(" "):
            told[line] = []
        elif line:
            told[next(reversed(told))].append(line.strip())
    for name, parameter in signature.items():
        if dataclasses.is_dataclass(parameter.annotation):
            for kind in reversed(parameter.annotation.__mro__[:-1]):
                yield from (each for each in parameters(kind) if each[0] in vars(kind).get("__annotations__", {}))
        elif name in told:
            yield name, " ".join(told[name]), parameter.default


def table_columns() -> str:
    """Return the page of tables."""
    parts = [
        "# Tables\n\n",
        HEAD,
        "Times are UTC; the unit of a number is in its name. Empty: whether a value may be absent.\n",
    ]
    for name, schema in tables.TABLES.items():
        parts.append(
            f"\n## {name}\n\n{inspect.cleandoc(schema.__doc__ or '')}\n\n| column | type | empty | meaning |\n|---|---|---|---|\n"
        )
        for column, kind in schema.columns().items():
            parts.append(
                f"| `{column}` | {kind.dtype} | {'yes' if kind.nullable else 'no'} | {kind.description or ''} |\n"
            )
    return "".join(parts)


def sources() -> str:
    """Return the page of sources."""
    parts = ["# Sources\n\n", HEAD, "How to add one: [add a source](../how-to/add-a-source.md).\n"]
    for name, manifest in manifests().items():
        if not (READERS / name).is_dir():  # a package outside has its own pages
            continue
        described = inspect.cleandoc(importlib.import_module(f"trucewatch.observe.readers.{name}.read").__doc__ or "")
        parts.append(f"\n## {name}\n\n{manifest.title}. {manifest.publisher}.\n\n{described}\n\n")
        parts.append(f"- files: {', '.join(manifest.formats)}; a delivery is {manifest.delivery}\n")
        parts.append(f"- licence: {manifest.licence.name}; rows may be republished: {manifest.licence.republish}\n")
        parts.append(f"- usual error: {manifest.accuracy.position_error_m:g} m, {manifest.accuracy.time_error_s:g} s\n")
        parts.append(f"- sees: {', '.join(manifest.sees.acts)}. {manifest.sees.note}\n")
        if offer := manifest.fetch:
            key = f"; a key of yours in `{offer.key_env}`, to be had at {offer.key_from}" if offer.key_env else ""
            parts.append(f"- live: `trucewatch fetch {name}` asks {', '.join(offer.hosts)}{key}\n")
    return "".join(parts)


def settings() -> str:
    """Return the page of the keys of every document."""
    parts = [
        "# Settings\n\n",
        HEAD,
        "Every key of every document. `trucewatch schema KIND` prints the same as JSON Schema.\n",
    ]
    kinds: dict[str, type[Strict]] = {
        "mission": Mission, "agreement": agreement.AgreementDocument, "manifest": Manifest, "mapping": observe.Mapping,
        "scenario": ScenarioDocument,
    }  # fmt: skip
    for kind, model in kinds.items():
        seen: list[type[Strict]] = []
        _models(model, seen)
        parts.append(f"\n## {kind}\n")
        for part in seen:
            parts.append(
                f"\n### {kind}: {part.__name__}\n\n{inspect.cleandoc(part.__doc__ or '')}\n\n| key | default | meaning |\n|---|---|---|\n"
            )
            for key, field in part.model_fields.items():
                default = (
                    "required"
                    if field.default is PydanticUndefined and not field.default_factory
                    else f"`{field.default!r}`"
                )
                parts.append(f"| `{field.alias or key}` | {default} | {field.description or ''} |\n".replace("|'", "'"))
    return "".join(parts)


def clause_kinds() -> str:
    """Return the page of the kinds of clauses, each with the agreements that have one."""
    examples: dict[int, list[str]] = {}
    for document in sorted(HERE.parents[1].glob("agreements/*/agreement.toml")):
        parsed = agreement.parse_agreement(
            document.read_bytes(), name=document.parent.name, beside=beside(document.parent)
        )
        for number in sorted({number for clause in parsed.document.clauses for number in clause.clause_kinds}):
            examples.setdefault(number, []).append(document.parent.name)
    parts = [
        "# Kinds of clauses\n\n",
        HEAD,
        "What ceasefire texts hold, by number (`clause_kinds` of a clause), and what judges it. Incidents: an incident is contrary",
        " to it or not. Duty: evidence by a deadline. Power: a recorded act. Dates: it says when other clauses hold. Exception:",
        " claimed by a recorded statement, decided by a body. People: kept with its text, bearer and deadline; no machine judges it.",
        " An example may leave to people what its own text does not make clear enough.\n\n",
        "| number | kind | judged by | examples in `agreements/` |\n|---|---|---|---|\n",
    ]
    for kind in agreement.KINDS:
        told = ", ".join(f"`{name}`" for name in examples.get(kind.number, ()))
        parts.append(f"| {kind.number} | {kind.name} | {', '.join(kind.judged_by)} | {told} |\n")
    return "".join(parts)


def _models(model: type[Strict], seen: list[type[Strict]]) -> None:
    """Add a model and the models in its fields to `seen`, each once."""
    if model in seen:
        return
    seen.append(model)
    for field in model.model_fields.values():
        for inner in _inside(field.annotation):
            _models(inner, seen)


def _inside(annotation: object) -> list[type[Strict]]:
    """Return the models that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _inside(part)]


def names() -> str:
    """Return the page of the names of codes in every language."""
    parts = [
        "# Names of codes\n\n",
        HEAD,
        "Tables hold codes; the report says these names. How to change one: [translate](../how-to/translate.md).\n",
    ]
    said = [Words(language) for language in LANGUAGES]
    for kind, codes in NAMES.items():
        head = " | ".join(OWN_NAMES[language] for language in LANGUAGES)
        parts.append(f"\n## {kind}\n\n| code | {head} |\n|---|{'---|' * len(said)}\n")
        parts += [f"| `{code}` | {' | '.join(words.name(kind, code) for words in said)} |\n" for code in codes]
    return "".join(parts)


PAGES = {
    "clause-kinds.md": clause_kinds,
    "commands.md": commands,
    "tables.md": table_columns,
    "sources.md": sources,
    "settings.md": settings,
    "words.md": names,
}

if __name__ == "__main__":
    for page, made in PAGES.items():
        (HERE / page).write_text(made(), encoding="utf-8")
