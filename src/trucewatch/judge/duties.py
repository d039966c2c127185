"""Duties: what somebody owed by a deadline, judged without any incident.

The rule, in plain sentences. For each clause with a duty, each bearer and each deadline:
1. Evidence is observations: steps that the duty names (a site inspected, a list handed over) by the bearer, in the zone,
   before the deadline. A row that names no party counts where the clause binds one bearer only; a row with another party's
   name never does.
2. Acts that the duty names speak against it, and so does a step with a count of 0, which says that it was not done: in the zone
   and in the time that is looked at, for a duty to be complete from its deadline on, for one that stands or returns within its
   period. Not done before the deadline is not yet done. Within a period the last word counts.
3. A position counts as inside a zone from the clause's evidence threshold on; likewise a time.
4. Evidence for it and none against: `met`; where a number is owed and fewer are shown, or where a step shows only a part,
   `partly_met`. Both: `partly_met`. Only
   against: `not_met`. Neither: `not_verified`, for absence of evidence shows nothing.
5. Before the deadline it is `not_due`, unless it is already met.
6. What was shown late leaves the deadline as it was judged, with the reason `shown_late`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.acts import is_kind_of
from trucewatch.agreement import Agreement, Clause, DutyOf, StageOf
from trucewatch.judge.chance import in_area, in_spans
from trucewatch.judge.clause import Flags, weapon_fits
from trucewatch.when import Span

MOST_PERIODS: Final = 1000
DUTY_REASONS: Final = (
    "fewer_than_owed", "a_part_only", "more_than_allowed", "acts_against_it", "said_not_done", "shown_late", "no_evidence",
)  # fmt: skip
"""Every reason code that a duty can carry, in the order in which they are listed."""


@dataclass(frozen=True)
class _Owed:
    """One deadline: what falls due, from when evidence counts, when acts speak against it, and how many are owed."""

    due: str
    deadline_utc: dt.datetime
    from_utc: dt.datetime
    watched: Span
    at_least: int | None
    stage: StageOf | None = None


def duty_acts(agreement: Agreement) -> tuple[str, ...]:
    """Return every act that is evidence for or against a duty of the text, sorted."""
    owed = [clause.duty for clause in agreement.document.clauses if clause.duty]
    return tuple(sorted({act for duty in owed for act in (*duty.shown_by, *duty.against)}))


def duties(
    observations: pl.DataFrame,
    agreement: Agreement,
    *,
    as_of: dt.datetime,
    period: Span,
    statements: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return table `duties` as it stands at the instant `as_of` (UTC).

    `observations`: table of that name, all since entry into force. `period`: in which standing duties are looked at.
    `statements`: table of that name, with the acts recorded under the text's powers (an extension moves deadlines).
    Nothing is owed under a text that was never in force.
    """
    seen = tables.conform(observations, "observations").sort("start_utc", "observation_id")
    said = tables.empty("statements") if statements is None else tables.conform(statements, "statements")
    agreement = agreement.with_acts(said)
    rows = [
        _judged(seen, agreement, clause, reading, bearer, owed, as_of)
        for reading in agreement.reading_ids
        for clause in agreement.clauses_under(reading)
        if clause.duty
        for bearer in clause.bearers or agreement.party_ids
        for owed in _deadlines(agreement, clause, clause.duty, reading, as_of, period)
    ]
    frame = pl.DataFrame(rows, schema=tables.dtypes("duties"))
    return tables.conform(frame.sort("clause_id", "reading", "bearer", "deadline_utc", "stage", "due"), "duties")


def _deadlines(
    agreement: Agreement, clause: Clause, duty: DutyOf, reading: str, as_of: dt.datetime, period: Span
) -> Iterator[_Owed]:
    """Yield the deadlines of a duty, the earliest first."""
    force = agreement.in_force(reading)
    if force is None:
        return
    start, end = force.start_utc, force.end_utc
    if clause.start_by_day is not None:
        begin = agreement.days_after(start, clause.start_by_day, reading)
        yield _Owed("begin", begin, start, Span(begin, begin), 1)
    complete = agreement.local_instant(duty.by) if duty.by else agreement.complete_by(clause, start, reading)
    if duty.stages:
        for stage in duty.stages:
            by = agreement.days_after(start, stage.by_day, reading)
            yield _Owed("complete", by, start, Span(by, max(by, end)), stage.at_least, stage)
    elif complete is not None:
        yield _Owed("complete", complete, min(start, complete), Span(complete, max(complete, end)), duty.at_least)
    elif duty.every_days is not None:
        step = dt.timedelta(days=duty.every_days)
        turns = min(int((min(as_of, end) - start) / step) + 1, MOST_PERIODS) if as_of > start else 1
        edges = [agreement.days_after(start, n * duty.every_days, reading) for n in range(turns + 1)]
        for first, last in list(pairwise(edges))[-MOST_PERIODS:]:
            if last <= end:
                yield _Owed("periodic", last, first, Span(first, last), duty.at_least)
    elif clause.start_by_day is None and period.end_utc > start and period.start_utc < end:
        first, last = max(period.start_utc, start), min(period.end_utc, end)
        yield _Owed("standing", last, first, Span(first, last), duty.at_least)


def _judged(
    seen: pl.DataFrame,
    agreement: Agreement,
    clause: Clause,
    reading: str,
    bearer: str,
    owed: _Owed,
    as_of: dt.datetime,
) -> dict[str, object]:
    """Return one row of table `duties`."""
    duty = clause.duty
    assert duty is not None
    clause = _of_stage(clause, owed.stage)
    mine = seen.filter(_of_bearer(bearer, alone=len(clause.bearers or agreement.party_ids) == 1))
    steps = _inside(mine.filter(pl.col("act").is_in(list(duty.shown_by))), agreement, clause, reading)
    in_time = _likely(steps, Span(owed.from_utc, owed.deadline_utc), clause)
    late = steps.filter(~pl.Series(in_time) & (pl.col("start_utc") >= owed.deadline_utc) & _says_done(duty))
    done = steps.filter(pl.Series(in_time) & _says_done(duty))
    acts = [act for act in mine["act"].unique() if any(is_kind_of(act, kind) for kind in duty.against)]
    against = _inside(mine.filter(pl.col("act").is_in(acts)), agreement, clause, reading)
    watched = Span(owed.watched.start_utc, max(owed.watched.start_utc, min(owed.watched.end_utc, as_of)))
    against = against.filter(pl.Series(_likely(against, watched, clause)))
    undone = steps.filter(~_says_done(duty) & pl.Series(_likely(steps, watched, clause)))
    if duty.at_most is None and done.height:  # of "not done" and, later, "done" the last word counts
        undone = undone.filter(pl.col("start_utc") > done["start_utc"].max())
    counter = pl.concat([undone, against]).sort("start_utc", "observation_id")
    shown = int(done["count_low"].fill_null(1).sum()) if done.height else None
    enough = duty.shows == "all" and (owed.at_least is None or (shown or 0) >= owed.at_least)
    status = _status(done.height > 0, counter.height > 0, enough)
    holds = {
        "fewer_than_owed": owed.at_least is not None and shown is not None and shown < owed.at_least,
        "a_part_only": duty.shows == "part" and done.height > 0,
        "more_than_allowed": duty.at_most is not None and undone.height > 0,
        "acts_against_it": against.height > 0,
        "said_not_done": duty.at_most is None and undone.height > 0,
        "shown_late": late.height > 0 and status != "met",
        "no_evidence": status == "not_verified",
    }
    if status != "met" and as_of < owed.deadline_utc:
        status = "not_due"
    return {
        "clause_id": clause.clause_id, "reading": reading, "bearer": bearer,
        "stage": owed.stage.stage if owed.stage else "", "due": owed.due,
        "deadline_utc": owed.deadline_utc, "from_utc": owed.from_utc, "status": status,
        "required": owed.at_least, "shown": shown,
        "evidence": done["observation_id"].to_list(),
        "counter_evidence": counter["observation_id"].to_list(),
        "reasons": [code for code in DUTY_REASONS if holds[code]],
    }  # fmt: skip


def _status(done: bool, against: bool, enough: bool) -> str:
    """Return what the evidence makes of a duty, its deadline apart."""
    if not done:
        return "not_met" if against else "not_verified"
    return "met" if enough and not against else "partly_met"


def _says_done(duty: DutyOf) -> pl.Expr:
    """Say whether a step says that it was done; where no more than a number is allowed, whether no more was found."""
    if duty.at_most is not None:
        return pl.col("count_low").fill_null(0) <= duty.at_most
    return pl.col("count_high").fill_null(1) > 0


def _of_stage(clause: Clause, stage: StageOf | None) -> Clause:
    """Return the clause with the zone and weapons of a stage."""
    if stage is None:
        return clause
    return clause.model_copy(update={"zone": stage.zone or clause.zone, "weapons": stage.weapons or clause.weapons})


def _of_bearer(bearer: str, *, alone: bool) -> pl.Expr:
    """Say whether a row is of the bearer: it names that party, or nobody where the clause binds one bearer only."""
    named = pl.col("reported_party") == bearer
    return named.fill_null(value=alone)


def _inside(rows: pl.DataFrame, agreement: Agreement, clause: Clause, reading: str) -> pl.DataFrame:
    """Return the rows in the clause's zone and of its weapons, from its evidence threshold on."""
    if rows.is_empty():
        return rows
    fits = weapon_fits(rows["weapon"], clause.weapons, agreement) >= min(clause.evidence_threshold, 0.5)
    if clause.zone:
        fits &= in_area(rows, agreement.zone_geometry(clause.zone, reading)) >= clause.evidence_threshold
    return rows.filter(pl.Series(fits))


def _likely(rows: pl.DataFrame, span: Span, clause: Clause) -> Flags:
    """Return where a row's time lies in `span`, from the clause's evidence threshold on."""
    if rows.is_empty():
        return np.zeros(0, dtype=bool)
    return np.asarray(in_spans(rows, [span]) >= clause.evidence_threshold)
