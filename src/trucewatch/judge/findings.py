"""Incidents against clauses.

The rule, in plain sentences. An incident is set against every clause that a machine can judge, under every reading.
1. Where the text was not in force at that time, the finding is `not_in_force`; where that cannot be told,
   `undetermined`.
2. Where the chance that the act, the place or the time is the clause's is below `scope_probability`, it is
   `outside_scope`: counted, not stored.
3. contrary_probability = P(real) · P(act) · P(zone) · P(span). From the clause's evidence threshold on, the incident is
   assessed as `contrary` to a clause that prohibits (or obliges to absence), `compatible` with a clause that permits.
4. Everything between is `undetermined`, with the reasons that kept it from being told. A fire seen from space may have
   other causes, so it is never told.
5. Under a text that never entered into force nothing is `contrary`; in a back-test the word is `would_be_contrary`.
6. The actor is `unknown`. What a source says of the actor is its basis, not a fact. Nobody has claimed an exception
   until a claim is recorded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch import tables
from trucewatch.agreement import Agreement, Clause
from trucewatch.errors import UsageError
from trucewatch.judge.chance import in_area, in_spans, of_acts
from trucewatch.judge.reasons import UNTOLD, Chances, reasons
from trucewatch.judge.settings import JudgeSettings
from trucewatch.place import Floats
from trucewatch.when import Span

Flags = npt.NDArray[np.bool_]


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
) -> Judged:
    """Set every incident against every clause under every reading.

    `incidents`: table of that name. `supposed`: for a back-test of a text that never entered into force, the span in
    which its terms are applied. Raises UsageError when it is given for a text that was in force.
    """
    settings = settings or JudgeSettings()
    incidents = tables.conform(incidents, "incidents")
    if supposed and any(agreement.in_force(reading) for reading in agreement.reading_ids):
        raise UsageError(
            "a back-test needs a text that never entered into force",
            where=agreement.agreement_id,
            to_do="leave the supposed span out",
        )
    stored, counted = [tables.empty("findings")], [tables.empty("tallies")]
    for reading, clause in _machine_judged(agreement):
        found = _judge_clause(incidents, agreement, clause, reading, settings, supposed)
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
    chances = _chances(incidents, agreement, clause, reading, supposed)
    real = incidents["real_probability"].to_numpy()
    contrary = np.clip(real * chances.act * chances.zone * chances.span * chances.object * chances.weapon, 0.0, 1.0)
    possible = np.minimum.reduce(
        [chances.act + chances.act_open, chances.zone, chances.span, chances.object, chances.weapon]
    )
    told = contrary >= clause.evidence_threshold
    back_test = force is None and supposed is not None
    word = "compatible" if clause.kind == "permit" else "would_be_contrary" if back_test else "contrary"
    conformity = np.where(told, word, "undetermined").astype(object)
    conformity[possible < settings.scope_probability] = "outside_scope"
    if not back_test:
        reachable = chances.act + chances.act_open >= settings.scope_probability
        before = chances.force < settings.scope_probability
        conformity[reachable & before] = "not_in_force"
    # a fire may burn for other reasons and an unspecific act may be another: no number can be given
    cannot_say = (chances.act_open > chances.act) & (conformity == "undetermined")
    probability = np.select([told & (conformity == word), conformity == "not_in_force"], [contrary, 1 - chances.force])
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
            "reasons": reasons(incidents, clause, chances, conformity, force),
        },
        schema=tables.dtypes("findings"),
    )


def _chances(
    incidents: pl.DataFrame, agreement: Agreement, clause: Clause, reading: str, supposed: Span | None
) -> Chances:
    """Return the chances of one clause under one reading."""
    force = agreement.in_force(reading)
    spans = _while_it_holds(agreement.clause_spans(clause, reading, supposed=supposed), force or supposed)
    everywhere = np.ones(incidents.height)
    act, act_open = of_acts(incidents, clause.acts)
    return Chances(
        force=in_spans(incidents, [force]) if force else everywhere * 0.0,
        span=in_spans(incidents, spans),
        zone=in_area(incidents, agreement.zone_geometry(clause.zone, reading)) if clause.zone else everywhere,
        act=act,
        act_open=act_open,
        object=_object_fits(incidents["object"], clause.objects),
        weapon=_weapon_fits(incidents["weapon"], clause, agreement),
    )


def _while_it_holds(spans: Iterable[Span], text: Span | None) -> list[Span]:
    """Return what of a clause's spans lies in the span of the text: dates of its own do not outlast it."""
    if text is None:
        return []
    cut = [(max(span.start_utc, text.start_utc), min(span.end_utc, text.end_utc)) for span in spans]
    return [Span(first, last) for first, last in cut if first < last]


def _object_fits(told: pl.Series, named: tuple[str, ...]) -> Floats:
    """Return 1 where the object is of a class that the clause names (or it names none), 0 where not, .5 where not told."""
    if not named:
        return np.ones(len(told))
    return told.is_in(list(named)).cast(pl.Float64).fill_null(UNTOLD).to_numpy()


def _weapon_fits(told: pl.Series, clause: Clause, agreement: Agreement) -> Floats:
    """Return 1 where the word names a weapon of the clause's classes, 0 where of another class, .5 where untold."""
    if not clause.weapons:
        return np.ones(len(told))
    known = {code: _any_word(told, each.words) for code, each in agreement.weapon_classes.items()}
    mine = np.logical_or.reduce([known[code] for code in clause.weapons])
    another = np.logical_or.reduce(list(known.values())) & ~mine
    return np.select([mine, another], [1.0, 0.0], UNTOLD)


def _any_word(told: pl.Series, words: tuple[str, ...]) -> Flags:
    """Return where a text holds one of `words`, whatever the case."""
    return told.str.to_lowercase().str.contains_any([word.lower() for word in words]).fill_null(value=False).to_numpy()
