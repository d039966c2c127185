"""The files of a new source: a reader that reads its own sample, to be changed line by line into that of a real one."""

import keyword
import re
from importlib import resources
from string import Template
from typing import Final

from trucewatch.errors import UsageError
from trucewatch.observe.sources import names

READER: Final = ("__init__.py", "source.toml", "read.py")
_TEMPLATES: Final = "trucewatch.observe"


def scaffold(name: str, *, outside: bool) -> dict[str, bytes]:
    """Return the files of source `name` by path: below the project's own tree, or below a folder of a package of its own.

    Raises UsageError for a name that can be none of a source, or is one already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or keyword.iskeyword(name) or name == "all":
        to_do = "take small letters, digits and '_', beginning with a letter"
        raise UsageError("this can be no name of a source", where=repr(name), to_do=to_do)
    if name in names():
        raise UsageError("there is a source of that name", where=name, to_do="take another name")
    package = f"trucewatch_{name}" if outside else f"src/trucewatch/observe/readers/{name}"
    sample = package if outside else f"tests/observe/readers/{name}"
    tests = "tests" if outside else f"tests/observe/readers/{name}"
    places = {f"{package}/{file}": file for file in READER}
    places |= {f"{sample}/sample.toml": "sample.toml", f"{tests}/test_read.py": "test_read.py"}
    if outside:
        places["pyproject.toml"] = "pyproject.toml"
    title = name.replace("_", " ").capitalize()
    words = {"name": name, "title": title, "dashed": name.replace("_", "-")}
    return {path: _filled(template, words) for path, template in places.items()}


def _filled(template: str, words: dict[str, str]) -> bytes:
    """Return a template with its names filled in."""
    text = resources.files(_TEMPLATES).joinpath("templates", f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(words).encode()
