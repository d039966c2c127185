"""The page: every section as plain values for the template. Sentences are made by `Words`, never in the template."""

from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from trucewatch.release import Released
from trucewatch.report.account import method, sources
from trucewatch.report.counts import Day
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import local
from trucewatch.report.judged import findings, limits
from trucewatch.report.summary import summary
from trucewatch.report.where import where
from trucewatch.words import Words, plain


def page(released: Released, facts: ReportFacts, day: Day, words: Words) -> bytes:
    """Return `index.html` of at most 60 kB gzipped."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.finalize = lambda value: (
        plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
    )
    source = resources.files("trucewatch.report").joinpath("templates")
    template = environment.from_string(source.joinpath("report.html.j2").read_text(encoding="utf-8"))
    style = Markup(source.joinpath("style.css").read_text(encoding="utf-8"))
    values = {
        **_head(released, facts, words),
        **where(day, facts, words),
        **findings(released, day, facts, words),
        **limits(released, facts, day, words),
        **sources(released, facts, words),
        **method(released, facts, words),
        "summary": summary(released, facts, day, words),
    }
    return template.render(style=style, t=words.say, lang=words.language, **values).encode("utf-8")


def _head(released: Released, facts: ReportFacts, words: Words) -> dict[str, Any]:
    """Return title, period, stamps and banner."""
    stamps = [(words.say("Internal draft – not released"), "draft")] if released.is_draft else [
        (words.say("For {audience}", audience=words.name("audience", released.audience)), "out")
    ]  # fmt: skip
    banner = ""
    if facts.supposed:
        stamps.append((words.say("Back-test – never in force"), "test"))
        banner = words.say(
            "Back-test. “{title}” was never in force. Its terms are set here against a time for which they were not agreed: "
            "findings say what would be contrary to them, had they held. Nothing here says that anybody broke an obligation.",
            title=facts.agreement.title,
        )
        start, end = (words.day(local(t, facts)) for t in (facts.supposed.start_utc, facts.supposed.end_utc))
        banner += " " + words.say("They are applied from {start} to {end}.", start=start, end=end)
    start, end = (words.moment(local(t, facts)) for t in (facts.period.start_utc, facts.period.end_utc))
    return {
        "title": words.say("Daily report {number}, {day}", number=words.number(facts.number), day=words.day(facts.day)),
        "mission_title": facts.mission_title,
        "period": words.say(
            "From {start} to {end} ({zone})", start=start, end=end, zone=facts.time_zone.key.replace("_", " ")
        ),
        "made": words.say(
            "{title}: {standing} ({basis}). As of {made} UTC.",
            title=facts.agreement.title,
            standing=words.name("standing", facts.agreement.standing),
            basis=words.name("basis", facts.agreement.document.standing_basis),
            made=words.moment(released.made_utc),
        ),
        "stamps": stamps,
        "banner": banner,
        "running": " · ".join(text for text, _ in stamps) + f" · {facts.mission_title}",
        "notes": list(facts.notes),
    }
