"""`duties`: one row is what one bearer owed under one clause by one deadline, and what was seen of it."""

import dataframely as dy
import polars as pl

from trucewatch.tables import columns as c

STATUSES = ("not_due", "met", "partly_met", "not_met", "not_verified")
DUE = ("begin", "complete", "periodic", "standing")


class Duties(dy.Schema):
    """A clause, its bearer and a deadline. Absence of evidence is `not_verified`, never `met` or `not_met`."""

    clause_id = dy.String(primary_key=True, description="the clause of the agreement")
    reading = dy.String(primary_key=True, description="'text', or the party whose reading it is")
    bearer = dy.String(primary_key=True, min_length=1, description="the party or body that owes it")
    stage = dy.String(primary_key=True, description="the stage of a duty in stages; '' when it has none")
    due = c.code("what falls due then", DUE, primary_key=True)
    deadline_utc = c.instant("when it falls due", primary_key=True)
    from_utc = c.instant("evidence counts from then on")
    status = c.code("what was seen of it", STATUSES)
    required = c.number("so many are asked for; null when no number is named", nullable=True)
    shown = c.number("so many were shown, at least; null when nothing was shown", nullable=True)
    evidence = dy.List(dy.String(), description="observations that speak for it")
    counter_evidence = dy.List(dy.String(), description="observations that speak against it")
    reasons = dy.List(dy.String(), description="codes of the reasons, the weightiest first")

    @dy.rule()
    def a_met_duty_has_evidence(cls) -> pl.Expr:  # noqa: D102, N805
        return (pl.col("status") != "met") | (pl.col("evidence").list.len() > 0)

    @dy.rule()
    def an_unmet_duty_has_counter_evidence(cls) -> pl.Expr:  # noqa: D102, N805
        return (pl.col("status") != "not_met") | (pl.col("counter_evidence").list.len() > 0)
