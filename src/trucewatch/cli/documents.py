"""`check`, `schema`, `sources`: what a person needs to write documents."""

import json
import sys
from pathlib import Path
from typing import Literal

from trucewatch.errors import UsageError
from trucewatch.mission import documents
from trucewatch.words import plain

Kind = Literal["agreement", "mission", "scenario", "manifest", "mapping"]


def check(*files: Path, json_: bool = False) -> int:
    """Check documents and tell every error at once: file, line or key, what is wrong and what to do.

    The kind of a document is told from its keys. Exit code 0 when all are right, 3 when one is not.

    Parameters
    ----------
    files
        Agreements, missions, scenarios, manifests or mappings, as TOML.
    json_
        Print one JSON object instead of lines.
    """
    if not files:
        raise UsageError("no document to check", to_do="name one or more files")
    checked = {str(path): documents.check(path) for path in files}
    problems = [problem for _, found in checked.values() for problem in found]
    if json_:
        lines = [{"where": p.where, "what": p.what, "to_do": p.to_do} for p in problems]
        print(json.dumps({"files": len(files), "problems": lines}, ensure_ascii=False))
        return 3 if problems else 0
    for name, (kind, found) in checked.items():
        if not found:
            print(plain(f"{name}: a good {kind}"))
    for problem in problems:
        print(plain(str(problem)), file=sys.stderr)
    return 3 if problems else 0


def schema(kind: Kind) -> None:
    """Print the JSON Schema of a kind of document.

    Parameters
    ----------
    kind
        The kind of document.
    """
    print(json.dumps(documents.schema(kind), ensure_ascii=False, indent=1))


def sources(*, json_: bool = False) -> None:
    """List the sources that can be read: name, title, publisher, licence.

    Parameters
    ----------
    json_
        Print one JSON object instead of lines.
    """
    listed = {
        name: {"title": m.title, "publisher": m.publisher, "licence": m.licence.name, "republish": m.licence.republish}
        for name, m in documents.manifests().items()
    }
    if json_:
        print(json.dumps(listed, ensure_ascii=False))
        return
    width = max(map(len, listed))
    for name, facts in listed.items():
        print(plain(f"{name:<{width}}  {' · '.join(facts.values())}"))  # names as they are typed
