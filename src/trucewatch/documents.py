"""How every document is parsed: TOML bytes to a frozen model, every problem at once, with its line."""

import json
import re
import tomllib
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from trucewatch.errors import DocumentError, Problem

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A frozen part of a document; unknown keys and numbers that are none are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


MAX_BYTES: Final = 1 << 20
MAX_LINE_BYTES: Final = 8_000
MAX_KEY_PARTS: Final = 30
_LONG_KEY: Final = re.compile(rb"(?<![\w\"'-])(?:[\w\"'-]+[ \t]*\.[ \t]*){%d}" % MAX_KEY_PARTS)
_TO_DO = {
    "extra_forbidden": "remove it, or correct its spelling",
    "missing": "add it",
}


def parse_toml(data: bytes, model: type[Model], *, name: str) -> Model:
    """Parse `data` as TOML into `model`. Raises DocumentError with every problem: file, line, key, what, what to do."""
    return validate(load_toml(data, name=name), model, name=name, text=data.decode("utf-8"))


def load_toml(data: bytes, *, name: str) -> dict[str, object]:
    """Return the raw keys of a TOML document. Raises DocumentError with the line where it is not TOML or not UTF-8."""
    _refuse_bombs(data, name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DocumentError((Problem(f"{name}:{line}", "not UTF-8", "save the file as UTF-8"),)) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        at = f"{name}:{where.group(1)}" if where else name
        raise DocumentError((Problem(at, f"not TOML: {error}", "correct the syntax"),)) from error
    except (RecursionError, ValueError) as error:  # nested too deep, a number of thousands of digits
        what = "not TOML that can be read: nested too deep, or a number too long"
        raise DocumentError((Problem(name, what, "simplify it"),)) from error


def _refuse_bombs(data: bytes, name: str) -> None:
    """Raise DocumentError for what nobody writes by hand, and what would take minutes to read: the parser is quadratic in these."""
    if len(data) > MAX_BYTES:
        raise DocumentError((Problem(name, f"larger than {MAX_BYTES >> 20} MiB", "keep to what people write"),))
    for number, line in enumerate(data.split(b"\n"), start=1):
        if len(line) > MAX_LINE_BYTES:
            what = f"a line of {len(line):,} bytes, more than {MAX_LINE_BYTES:,}"
            raise DocumentError((Problem(f"{name}:{number}", what, "a long text goes between three quotes"),))
        if line.count(b".") > MAX_KEY_PARTS and _LONG_KEY.search(line):
            what = f"a key of more than {MAX_KEY_PARTS} parts"
            raise DocumentError((Problem(f"{name}:{number}", what, "write tables instead"),))


def validate(raw: dict[str, object], model: type[Model], *, name: str, text: str) -> Model:
    """Check the raw keys of a document against `model`; `text` is searched for the line of each problem."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        told = error.errors(include_url=False)
        inside = {item["loc"][:depth] for item in told for depth in range(1, len(item["loc"]))}
        problems = tuple(
            Problem(
                f"{name}{_line_of(text, item['loc'])}: {_path(item['loc'])}",
                item["msg"],
                _TO_DO.get(item["type"], "correct the value"),
            )
            for item in told
            if item["type"] != "too_short" or item["loc"] not in inside  # its items are there, but wrong
        )
        raise DocumentError(problems) from error


def _path(loc: tuple[int | str, ...]) -> str:
    """Write the place of a problem as a key path."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in loc)
    return path.lstrip(".") or "document"


def _key(part: str) -> str:
    """Write a key as TOML has it: quoted where it is not bare, so that a message stays on one line."""
    return part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else json.dumps(part)


def _line_of(text: str, loc: tuple[int | str, ...]) -> str:
    """Find the line on which the key of a problem stands, as ":n"; "" when it cannot be told.

    Follows the table headers of the path in order, then the last key below them.
    """
    lines = text.split("\n")
    at, index, header = 0, 0, ""
    for depth, part in enumerate(loc):
        if isinstance(part, int):
            index = part
            pattern = re.compile(r"^\s*\[\[\s*" + re.escape(header) + r"\s*\]\]")
            found = [n for n, line in enumerate(lines) if n >= at and pattern.match(line)]
            at = found[index] if index < len(found) else at
            continue
        header = f"{header}.{part}" if header else part
        table = re.compile(r"^\s*\[\s*" + re.escape(header) + r"\s*\]")
        key = re.compile(r"^\s*(?:" + re.escape(part) + r"|\"" + re.escape(part) + r"\")\s*(?:=|\.)")
        for n in range(at, len(lines)):
            if table.match(lines[n]) or (key.match(lines[n]) and (depth == len(loc) - 1 or "." not in header)):
                at = n
                break
    return f":{at + 1}" if lines else ""


def line_of(text: str, word: str) -> str:
    """Find the first line of `text` on which `word` stands in quotes or as a key, as ":n"; "" when there is none."""
    quoted = re.escape(word)
    found = re.search(rf"[\"']{quoted}[\"']|^[^\S\n]*{quoted}[^\S\n]*=", text, re.MULTILINE)
    return f":{text.count(chr(10), 0, found.start()) + 1}" if found else ""
