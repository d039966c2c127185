"""Incidents against clauses.

The rule, in plain sentences. An incident is set against every clause that a machine can judge, under every reading.
1. Where the text was not in force at that time, the finding is `not_in_force`; where that cannot be told,
   `undetermined`.
2. Where the chance that the act, the place or the time is the clause's is below `scope_probability`, it is
   `outside_scope`: counted, not stored.
3. contrary_probability = P(real) · P(act) · P(zone) · P(span). From the clause's evidence threshold on, the incident is
   assessed as `contrary` to a clause that prohibits (or obliges to absence), `compatible` with a clause that permits.
   A class of object or weapon, or a domain, that nobody told is never enough by itself.
4. Everything between is `undetermined`, with the reasons that kept it from being told. A fire seen from space may have
   other causes, so it is never told.
5. Under a text that never entered into force nothing is `contrary`; in a back-test the word is `would_be_contrary`.
6. The actor is `unknown`. What a source says of the actor is its basis, not a fact. So a clause that binds only some of
   the parties cannot be told from what an unknown actor did, unless the place of a presence tells whose it is.
7. What was authorised under the text is `compatible`. After one party was released, and not all, nothing can be told.
8. Nobody has claimed an exception until a claim is recorded.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.agreement import Agreement, Clause
from trucewatch.errors import UsageError
from trucewatch.judge.clause import chances_of
from trucewatch.judge.exceptions import exceptions
from trucewatch.judge.reasons import UNTOLD, reasons
from trucewatch.judge.settings import JudgeSettings
from trucewatch.when import Span


@dataclass(frozen=True)
class Judged:
    """The tables `findings` and `tallies`."""

    findings: pl.DataFrame
    tallies: pl.DataFrame


def judge(
    incidents: pl.DataFrame,
    agreement: Agreement,
    *,
    settings: JudgeSettings | None = None,
    supposed: Span | None = None,
    statements: pl.DataFrame | None = None,
) -> Judged:
    """Set every incident against every clause under every reading.

    `incidents`: table of that name. `statements`: table of that name, with the acts recorded under the text's powers and the
    exceptions claimed. `supposed`: for a back-test of a text that never entered into force, the span in
    which its terms are applied. Raises UsageError when it is given for a text that was in force.
    """
    settings = settings or JudgeSettings()
    incidents = tables.conform(incidents, "incidents")
    said = tables.empty("statements") if statements is None else tables.conform(statements, "statements")
    agreement = agreement.with_acts(said)
    if supposed and any(agreement.in_force(reading) for reading in agreement.reading_ids):
        raise UsageError(
            "a back-test needs a text that never entered into force",
            where=agreement.agreement_id,
            to_do="leave the supposed span out",
        )
    stored, counted = [tables.empty("findings")], [tables.empty("tallies")]
    for reading, clause in _machine_judged(agreement):
        found = _judge_clause(incidents, agreement, clause, reading, settings, supposed)
        found = found.with_columns(pl.Series("exception", exceptions(incidents, agreement, clause, said).tolist()))
        counted.append(
            found.group_by("clause_id", "reading", "conformity").agg(pl.len().cast(pl.Int64).alias("incidents"))
        )
        stored.append(found.filter(pl.col("conformity") != "outside_scope"))
    return Judged(
        tables.conform(pl.concat(stored).sort("clause_id", "reading", "incident_id"), "findings"),
        tables.conform(pl.concat(counted).sort("clause_id", "reading", "conformity"), "tallies"),
    )


def _machine_judged(agreement: Agreement) -> Iterator[tuple[str, Clause]]:
    """Yield reading and clause for every clause that incidents can be set against."""
    for reading in agreement.reading_ids:
        for clause in agreement.clauses_under(reading):
            if clause.machine_judged and clause.acts and clause.kind in ("prohibit", "oblige", "permit"):
                yield reading, clause


def _judge_clause(
    incidents: pl.DataFrame,
    agreement: Agreement,
    clause: Clause,
    reading: str,
    settings: JudgeSettings,
    supposed: Span | None,
) -> pl.DataFrame:
    """Return the findings of one clause under one reading, outside-scope ones included."""
    force = agreement.in_force(reading)
    chances = chances_of(incidents, agreement, clause, reading, supposed)
    contrary = np.clip(incidents["real_probability"].to_numpy() * chances.contrary, 0.0, 1.0)
    told = contrary >= clause.evidence_threshold
    enough = told & ~(chances.untold & (clause.evidence_threshold >= UNTOLD))
    back_test = force is None and supposed is not None
    word = "compatible" if clause.kind == "permit" else "would_be_contrary" if back_test else "contrary"
    assessed = enough & chances.bearer_told & (chances.freed < UNTOLD)
    conformity = np.where(assessed, word, "undetermined").astype(object)
    conformity[chances.authorised >= UNTOLD] = "compatible"
    conformity[chances.possible < settings.scope_probability] = "outside_scope"
    if not back_test:
        reachable = chances.act + chances.act_open >= settings.scope_probability
        before = chances.force < settings.scope_probability
        conformity[reachable & before] = "not_in_force"
    # a fire may burn for other reasons and an unspecific act may be another: no number can be given
    cannot_say = (chances.act_open > chances.act) & (conformity == "undetermined")
    sure = np.where(chances.authorised >= UNTOLD, chances.authorised, contrary)
    probability = np.select(
        [np.isin(conformity, (word, "compatible")), conformity == "not_in_force"], [sure, 1 - chances.force]
    )
    untold = conformity == "undetermined"
    party = incidents["reported_party"]
    return pl.DataFrame(
        {
            "incident_id": incidents["incident_id"],
            "clause_id": pl.repeat(clause.clause_id, incidents.height, dtype=pl.String, eager=True),
            "reading": pl.repeat(reading, incidents.height, dtype=pl.String, eager=True),
            "conformity": conformity.astype(str).tolist(),
            "probability": pl.Series(probability).set(pl.Series(untold), None),
            "contrary_probability": pl.Series(contrary).set(pl.Series(cannot_say), None),
            "actor": pl.repeat("unknown", incidents.height, dtype=pl.String, eager=True),
            "actor_probability": np.ones(incidents.height),
            "actor_basis": party.is_null().replace_strict({True: "none", False: "reported"}, return_dtype=pl.String),
            "exception": pl.repeat("none_claimed", incidents.height, dtype=pl.String, eager=True),
            "reasons": reasons(incidents, clause, chances, conformity.astype(str), told, force),
        },
        schema=tables.dtypes("findings"),
    )
