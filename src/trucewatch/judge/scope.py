"""Who judges a clause here: the machine, people, or nobody for want of a source that could see it."""

from collections.abc import Iterable

import polars as pl

from trucewatch import tables
from trucewatch.acts import is_kind_of
from trucewatch.agreement import Agreement, Clause
from trucewatch.judge.chance import may_be
from trucewatch.manifest import Manifest


def scope(agreement: Agreement, manifests: Iterable[Manifest]) -> pl.DataFrame:
    """Return table `scope` for every clause under every reading, given the sources of the mission.

    Absence of a source is no sign that a clause is kept: such a clause is judged by nobody, and the report says so.
    """
    seen = {act for manifest in manifests for act in manifest.sees.acts}
    rows = [
        (clause.clause_id, reading, *_judged_by(clause, seen))
        for reading in agreement.reading_ids
        for clause in agreement.clauses_under(reading)
    ]
    return tables.conform(pl.DataFrame(rows, schema=tables.dtypes("scope"), orient="row"), "scope")


def _judged_by(clause: Clause, seen: set[str]) -> tuple[str, str | None]:
    """Return who judges `clause`, and why not the machine."""
    if clause.power is not None:
        return "people", "recorded_act"
    if not clause.machine_judged or clause.kind == "power":
        return "people", "judged_by_people"
    if clause.kind == "except":
        return "people", "exception_is_claimed"
    acts = (*clause.acts, *(clause.duty.shown_by if clause.duty else ()), *(clause.duty.against if clause.duty else ()))
    if not acts:
        return "people", "duty_without_act"
    if not any(may_be(act, acts) or any(is_kind_of(act, kind) for kind in acts) for act in seen):
        return "nobody", "no_source_sees_it"
    return "machine", None
