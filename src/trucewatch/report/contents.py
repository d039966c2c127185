"""What a report says, in order: its head and its sections as blocks. A new section is named here, and nowhere else."""

from trucewatch.release import Released
from trucewatch.report.account import method, sources
from trucewatch.report.apart import exercises, seen_apart
from trucewatch.report.blocks import Report, Stamp
from trucewatch.report.changed import corrections
from trucewatch.report.counts import Day
from trucewatch.report.decided import corrected, decided, relaxed, replied
from trucewatch.report.facts import ReportFacts
from trucewatch.report.harm import harm
from trucewatch.report.incident import local
from trucewatch.report.judged import findings, not_judged, perhaps
from trucewatch.report.monitors import access, against_monitors
from trucewatch.report.owed import duties, windows
from trucewatch.report.remarks import remarks
from trucewatch.report.summary import summary
from trucewatch.report.tallied import raw_tallies
from trucewatch.report.where import where
from trucewatch.words import Words


def contents(released: Released, facts: ReportFacts, day: Day, words: Words) -> Report:
    """Return the report in the language of `words`. Sections without a block are left out."""
    sections = (
        corrected(released, facts, words),
        summary(released, facts, day, words),
        corrections(released, facts, words),
        harm(day, facts, words),
        against_monitors(day, facts, words),
        where(day, facts, words),
        findings(released, day, facts, words),
        decided(released, day, facts, words),
        replied(released, day, facts, words),
        perhaps(day, facts, words),
        not_judged(released, facts, words),
        duties(released, facts, words),
        access(released, day, facts, words),
        windows(released, facts, words),
        exercises(day, facts, words),
        seen_apart(day, words),
        raw_tallies(released, facts, words),
        sources(released, facts, words),
        remarks(released, facts, words),
        method(released, facts, words),
    )
    stamps = _stamps(released, facts, words)
    start, end = (words.moment(local(t, facts)) for t in (facts.period.start_utc, facts.period.end_utc))
    return Report(
        language=words.language,
        title=_title(facts, words),
        mission_title=words.foreign(facts.mission_title),
        period=words.say(
            "From {start} to {end} ({zone})", start=start, end=end, zone=facts.time_zone.key.replace("_", " ")
        ),
        made=words.say(
            "{title}: {standing} ({basis}). As of {made} UTC.",
            title=facts.agreement.title,
            standing=words.name("standing", facts.agreement.standing),
            basis=words.name("basis", facts.agreement.document.standing_basis),
            made=words.moment(released.made_utc),
        )
        + " "
        + _issued(released, facts, words),
        stamps=stamps,
        banner=_banner(facts, words),
        running=" · ".join(stamp.text for stamp in stamps) + f" · {facts.mission_title}",
        sections=tuple(section for section in sections if section.blocks),
        foot=words.say(
            "Made by {versions} for {audience}.",
            versions=", ".join(f"{name} {version}" for name, version in facts.versions.items()),
            audience=words.name("audience", released.audience),
        ),
        skip=words.say("Skip to the summary"),
        page_of=words.say("Page {page} of {pages}", page="{page}", pages="{pages}"),
        elsewhere=words.say("In other languages"),
    )


def _title(facts: ReportFacts, words: Words) -> str:
    """Return the number and the day; of a report over several days, the first and the last of both."""
    first, *rest = (words.day(day) for day in facts.days)
    number = words.number(facts.number)
    if not rest:
        return words.say("Daily report {number}, {day}", number=number, day=first)
    numbers = (words.number(facts.number - len(rest)), number)
    return words.say(
        "Daily report {first} to {last}, from {start} to {end}",
        first=numbers[0],
        last=numbers[1],
        start=first,
        end=rest[-1],
    )


def _issued(released: Released, facts: ReportFacts, words: Words) -> str:
    """Return the cut-off, and who released it."""
    cut_off = words.say("Cut-off {time} each day.", time=facts.cut_off.strftime("%H:%M"))
    cut_off = f"{cut_off} {told}" if (told := relaxed(facts, words)) else cut_off
    if released.is_draft:
        return f"{cut_off} " + words.say("Released by nobody.")
    return f"{cut_off} " + (
        words.say("Released by {name}.", name=facts.released_by)
        if facts.released_by
        else words.say("No release is recorded.")
    )


def _stamps(released: Released, facts: ReportFacts, words: Words) -> tuple[Stamp, ...]:
    """Return for whom it is, whether it is a proof that nobody has released yet, and whether it is a back-test."""
    if released.is_draft:
        stamp = Stamp(words.say("Internal draft – not released"), "draft")
    else:
        stamp = Stamp(words.say("For {audience}", audience=words.name("audience", released.audience)), "out")
    stamps = [stamp]
    if not (released.is_draft or facts.released_by):
        stamps.insert(0, Stamp(words.say("Proof – not released"), "draft"))
    if facts.supposed:
        stamps.append(Stamp(words.say("Back-test – never in force"), "test"))
    return tuple(stamps)


def _banner(facts: ReportFacts, words: Words) -> str:
    """Return what a back-test says of itself."""
    if not facts.supposed:
        return ""
    banner = words.say(
        "Back-test. “{title}” was never in force. Its terms are set here against a time for which they were not agreed: "
        "findings say what would be contrary to them, had they held. Nothing here says that anybody broke an obligation.",
        title=facts.agreement.title,
    )
    start, end = (words.day(local(t, facts)) for t in (facts.supposed.start_utc, facts.supposed.end_utc))
    return banner + " " + words.say("They are applied from {start} to {end}.", start=start, end=end)
