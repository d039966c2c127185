"""The page: the report’s blocks as one HTML file without script. Sentences are made by `Words`, never in the template."""

from functools import cache
from importlib import resources
from typing import Final

import jinja2
from markupsafe import Markup

from trucewatch.report.blocks import Report
from trucewatch.words import Foreign, plain

TEMPLATES: Final = resources.files("trucewatch.report").joinpath("templates")


def page(report: Report) -> bytes:
    """Return `index.html` of at most 60 kB gzipped."""
    style = Markup(TEMPLATES.joinpath("style.css").read_text(encoding="utf-8"))
    return _template().render(style=style, report=report).encode("utf-8")


@cache
def _template() -> jinja2.Template:
    """Return the template, compiled once for all languages."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.finalize = _harmless
    return environment.from_string(TEMPLATES.joinpath("report.html.j2").read_text(encoding="utf-8"))


def _harmless(value: object) -> object:
    """Return a text made plain; one of another language with the name of it. What is markup already stays."""
    if isinstance(value, Foreign):
        return Markup('<span lang="{}">{}</span>').format(value.language, plain(value))
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
