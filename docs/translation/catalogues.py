"""Collect every sentence and name, and merge them into the catalogues: `python docs/translation/catalogues.py`.

What is collected: `words.say("…")`, `words.count("…", "…", n)`, `message("…")` and `plurals("…", "…")` in the source, `t("…")`
in its templates, and every name in `NAMES` with its kind as the context. A sentence said by another name, such as
`words.say(meaning[code])`, is found where `message` marks it. A test compares the catalogues with what is collected.
"""

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import jinja2
from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from trucewatch.words import LANGUAGES, NAMES
from trucewatch.words.catalogue import FORMS

SOURCE: Final = Path(__file__).resolve().parents[2] / "src/trucewatch"
CATALOGUES: Final = SOURCE / "words/catalogues"
TRANSLATED: Final = tuple(language for language in LANGUAGES if language != "en")
ONE_SENTENCE: Final = ("say", "message")
TWO: Final = ("count", "plurals")
SLAVIC: Final = (
    "n % 10 == 1 && n % 100 != 11 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : "
    "n % 10 == 0 || n % 10 >= 5 && n % 10 <= 9 || n % 100 >= 11 && n % 100 <= 14 ? 2 : 3"
)
PLURALS: Final = {"uk": SLAVIC, "ru": SLAVIC, "fr": "n == 0 || n == 1 ? 0 : n % 1000000 == 0 ? 1 : 2"}


class Found(NamedTuple):
    """A sentence, or a name with its kind as context, and the file that says it."""

    one: str
    many: str
    context: str
    file: str


class Unfindable(NamedTuple):
    """A call whose sentence does not stand in it."""

    file: str
    line: int


def collect() -> list[Found]:
    """Return every sentence and every name of the project."""
    found = [Found(name, "", kind, "words/names.py") for kind, names in NAMES.items() for name in names.values()]
    for path in sorted(SOURCE.rglob("*.py")):
        found += said_in(path.read_text(encoding="utf-8"), path.relative_to(SOURCE).as_posix())[0]
    for path in sorted(SOURCE.rglob("*.j2")):
        found += said_in_template(path.read_text(encoding="utf-8"), path.relative_to(SOURCE).as_posix())
    return found


def said_in(source: str, file: str) -> tuple[list[Found], list[Unfindable]]:
    """Return the sentences that a module says or marks, and its calls whose sentence stands elsewhere."""
    found: list[Found] = []
    elsewhere: list[Unfindable] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name, on = _called(node.func)
        if name in ONE_SENTENCE and node.args and (on in ("words", "self") or name == "message"):
            told = _sentences(node.args[0])
            found += [Found(sentence, "", "", file) for sentence in told]
            elsewhere += [] if told or _marked(node.args[0]) else [Unfindable(file, node.lineno)]
        elif name in TWO and len(node.args) >= 2 and (on in ("words", "self") or name == "plurals"):
            pair = [sentence for argument in node.args[:2] for sentence in _sentences(argument)]
            found += [Found(pair[0], pair[1], "", file)] if len(pair) == 2 else []
            elsewhere += [] if len(pair) == 2 else [Unfindable(file, node.lineno)]
        elif name in TWO and on == "words":
            elsewhere.append(Unfindable(file, node.lineno))
    return found, elsewhere


def _called(function: ast.expr) -> tuple[str, str]:
    """Return the name of what is called, and of what it is called on."""
    if isinstance(function, ast.Attribute):
        return function.attr, function.value.id if isinstance(function.value, ast.Name) else ""
    return (function.id, "") if isinstance(function, ast.Name) else ("", "")


def _sentences(argument: ast.expr) -> list[str]:
    """Return the sentence that an argument is, or both of `one if … else another`; none where it stands elsewhere."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return [argument.value]
    if isinstance(argument, ast.IfExp):
        both = [_sentences(argument.body), _sentences(argument.orelse)]
        return [sentence for part in both for sentence in part] if all(both) else []
    return []


def _marked(argument: ast.expr) -> bool:
    """Say whether an argument is a call of `message`, which is found by itself."""
    return isinstance(argument, ast.Call) and _called(argument.func)[0] == "message"


def said_in_template(source: str, file: str) -> Iterator[Found]:
    """Yield the sentences that a template says by `t("…")`."""
    for call in jinja2.Environment(autoescape=True).parse(source).find_all(jinja2.nodes.Call):
        if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "t":
            yield Found(call.args[0].as_const(), "", "", file)


def template() -> Catalog:
    """Return what is to be translated, as a catalogue without translations."""
    made = Catalog(charset="utf-8")
    for each in collect():
        made.add(
            (each.one, each.many) if each.many else each.one, context=each.context or None, locations=[(each.file, 0)]
        )
    return made


def merged(language: str, collected: Catalog) -> Catalog:
    """Return the catalogue of a language with what is new, empty, and without what nobody says any more."""
    kept = read(language)
    kept.update(collected, no_fuzzy_matching=True)
    return kept


def read(language: str) -> Catalog:
    """Return the catalogue of a language as it is on disk; an empty one where there is none."""
    path = CATALOGUES / f"{language}.po"
    return read_po(io.BytesIO(path.read_bytes() if path.exists() else head(language).encode()), locale=language)


def head(language: str = "") -> str:
    """Return the first entry of a file: its language, encoding and plural forms. No date: the same gives the same bytes."""
    lines = [
        "Project-Id-Version: trucewatch",
        f"Language: {language}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    if language:
        lines.append(f"Plural-Forms: nplurals={len(FORMS[language])}; plural=({PLURALS[language]});")
    return "\n".join(['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in lines), "", ""])


def written(catalogue: Catalog, language: str = "") -> bytes:
    """Return a catalogue as a file: sorted, with the files that say a sentence, without line numbers."""
    out = io.BytesIO()
    write_po(out, catalogue, width=110, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return head(language).encode() + out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """Return what has no translation yet, or not in every plural form."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and not all(message.string if isinstance(message.string, tuple) else (message.string,))
    ]


def main() -> None:
    """Write the template and merge it into every language; say what is left to translate."""
    collected = template()
    (CATALOGUES / "messages.pot").write_bytes(written(collected))
    for language in TRANSLATED:
        catalogue = merged(language, collected)
        (CATALOGUES / f"{language}.po").write_bytes(written(catalogue, language))
        left = untranslated(catalogue)
        print(f"{language}: {len(catalogue)} messages, {len(left)} to translate", *left, sep="\n  ")


if __name__ == "__main__":
    main()
