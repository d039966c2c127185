"""What was owed: duties due in the period or overdue, and what was recorded under the powers of the text."""

from datetime import timedelta
from typing import Any, Final

import polars as pl

from trucewatch import tables
from trucewatch.release import Released
from trucewatch.report.blocks import Block, Cell, Paragraph, Section, Table, columns, row
from trucewatch.report.facts import ReportFacts
from trucewatch.report.incident import clause_title, local
from trucewatch.report.whose import name_of, reader
from trucewatch.words import Words

SOON_DAYS: Final = 7
MOST: Final = 40
OPEN: Final = ("not_met", "partly_met", "not_verified")
KEYS: Final = ("clause_id", "stage", "due", "deadline_utc")


def duties(released: Released, facts: ReportFacts, words: Words) -> Section:
    """Return the duties due in the period, overdue, or due within a week; what comes to the same shares a row."""
    title = words.say("Duties due or overdue")
    found = due_or_overdue(released.tables.get("duties", tables.empty("duties")), facts)
    if found.is_empty():
        return Section("duties", title, ())
    readings = len(facts.agreement.reading_ids)
    seen = ("status", "required", "shown", "reasons")
    rows_seen = [name for name in ("evidence", "counter_evidence") if name in found.columns]  # their ids stay inside
    per_bearer = found.group_by("bearer", *KEYS, *seen, *rows_seen, maintain_order=True).agg(pl.col("reading"))
    together = per_bearer.group_by(*KEYS, *seen, *rows_seen, "reading", maintain_order=True).agg(pl.col("bearer"))
    rows = tuple(_duty(each, readings, facts, words) for each in together.head(MOST).iter_rows(named=True))
    caption = words.say(
        "Duties that fell due in this period, that are overdue, or that fall due within a week. Each reading is judged by the "
        "same rule."
    )
    if together.height > MOST:
        caption = f"{caption} " + words.say("The first {n} are listed.", n=words.number(MOST))
    table = Table(
        caption,
        (
            *columns(
                words.say("Clause"), words.say("Who owes it"), words.say("Deadline (local)"), words.say("Reading")
            ),
            *columns(words.say("What was seen"), words.say("Shown of required"), numbers=1),
        ),
        rows,
    )
    note = words.say("Where nothing was seen, a duty is not verified. It is then neither met nor not met.")
    return Section("duties", title, (Paragraph(note, note=True), table))


def due_or_overdue(duties: pl.DataFrame, facts: ReportFacts) -> pl.DataFrame:
    """Return the duties of table `duties` that a reader must know of: overdue first, then by deadline.

    A duty whose deadline passed is overdue while it is not met; one that was met before the period is history.
    """
    start, end = facts.period.start_utc, facts.period.end_utc
    past = pl.col("deadline_utc") < start
    mine = (~past & (pl.col("deadline_utc") <= end + timedelta(days=SOON_DAYS))) | (past & pl.col("status").is_in(OPEN))
    order = pl.col("deadline_utc") > end
    return duties.filter(mine).sort(order, "deadline_utc", "clause_id", "bearer", "stage", "due", "reading")


def _duty(duty: dict[str, Any], readings: int, facts: ReportFacts, words: Words) -> tuple[Cell, ...]:
    """Return the row of one duty."""
    clauses = {clause.clause_id: clause for clause in facts.agreement.document.clauses}
    clause = clauses.get(duty["clause_id"])
    which = clause_title(clause, words) if clause else duty["clause_id"]
    overdue = words.say("overdue") if duty["deadline_utc"] < facts.period.start_utc else ""
    read_by = (
        words.say("every reading")
        if len(duty["reading"]) == readings > 1
        else ", ".join(reader(facts.agreement, each, words) for each in duty["reading"])
    )
    parts = [words.name("reason", code) for code in duty["reasons"]]
    parts += [
        words.say("{what}: {n}", what=what, n=words.number(len(duty[column] or ())))
        for what, column in (
            (words.say("speaks for it"), "evidence"),
            (words.say("speaks against it"), "counter_evidence"),
        )
        if duty.get(column)
    ]
    shown = "–" if duty["shown"] is None else words.number(duty["shown"])
    asked = "–" if duty["required"] is None else words.number(duty["required"])
    return row(
        Cell(which, below=duty["stage"].replace("_", " ")),
        "; ".join(name_of(facts.agreement, each, words) for each in duty["bearer"]),
        Cell(words.moment(local(duty["deadline_utc"], facts)), below=words.name("due", duty["due"]), warning=overdue),
        read_by,
        Cell(words.name("status", duty["status"]), strong=True, below=", ".join(parts)),
        "–" if (shown, asked) == ("–", "–") else f"{shown} / {asked}",
    )


def windows(released: Released, facts: ReportFacts, words: Words) -> Section:
    """Return local windows, such as a silence for repairs, what was repaired, and other acts recorded under the text."""
    title = words.say("Local windows, repairs and recorded acts")
    powers = released.tables.get("powers", tables.empty("powers"))
    period = facts.period
    open_end = pl.col("until_utc").fill_null(period.end_utc) >= period.start_utc
    said_now = pl.col("said_utc").is_between(period.start_utc, period.end_utc, closed="left")
    touches = (pl.col("from_utc") < period.end_utc + timedelta(days=1)) & open_end
    found = powers.filter(said_now | touches).sort("from_utc", "statement_id")
    blocks: list[Block] = []
    if found.height:
        statements = released.tables.get("statements", tables.empty("statements"))
        said = {each["statement_id"]: each for each in statements.iter_rows(named=True)}
        blocks.append(
            Table(
                words.say("Acts recorded under a power of the text that hold in this period, or were made in it."),
                columns(
                    words.say("From (local)"), words.say("Until (local)"), words.say("By"), words.say("What it does"),
                    words.say("Place and purpose"), words.say("Effect"),
                ),
                tuple(
                    _window(each, said.get(each["statement_id"], {}), facts, words)
                    for each in found.head(MOST).iter_rows(named=True)
                ),
            )
        )  # fmt: skip
    if repaired := _repaired(released, facts, words):
        blocks.append(repaired)
    return Section("windows", title, tuple(blocks))


def _window(act: dict[str, Any], said: dict[str, Any], facts: ReportFacts, words: Words) -> tuple[Cell, ...]:
    """Return the row of one recorded act, with what its statement says of place and purpose."""
    until = words.moment(local(act["until_utc"], facts)) if act["until_utc"] else words.say("no end named")
    where = said.get("place") or (words.say("everywhere") if act["radius_m"] is None else "–")
    return row(
        words.moment(local(act["from_utc"], facts)),
        until,
        name_of(facts.agreement, act["by"], words) if act["by"] else "–",
        words.name("does", act["does"]),
        Cell(words.foreign(where) if said.get("place") else where, below=words.foreign(said.get("purpose") or "")),
        Cell(words.name("effect", act["effect"]), strong=act["effect"] == "in_effect"),
    )


def _repaired(released: Released, facts: ReportFacts, words: Words) -> Table | None:
    """Return what was seen restored or cleared in the period, or None."""
    evidence = released.tables.get("evidence", tables.empty("evidence"))
    seen = evidence.filter(
        pl.col("act").is_in(["services_restored", "mines_cleared"])
        & pl.col("start_utc").is_between(facts.period.start_utc, facts.period.end_utc, closed="left")
    ).sort("start_utc", "observation_id")
    if seen.is_empty():
        return None
    return Table(
        words.say("Repairs and clearance seen in this period."),
        columns(words.say("When (local)"), words.say("What"), words.say("In the source’s words"), words.say("Sources")),
        tuple(
            row(
                words.moment(local(each["start_utc"], facts)),
                words.name("act", each["act"]),
                words.foreign(each["text"] or "–"),
                facts.source_title(each["source_id"], words),
            )
            for each in seen.head(MOST).iter_rows(named=True)
        ),
    )
