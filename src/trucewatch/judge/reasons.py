"""Why a finding is as it is: codes, what speaks for it first, then every doubt."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.agreement import Clause
from trucewatch.place import Floats
from trucewatch.when import Span

REASONS: Final = (
    "never_in_force",
    "before_entry_into_force",
    "after_expiry",
    "text_suspended",
    "authorised",
    "act_of_clause",
    "act_unspecific",
    "act_may_have_other_cause",
    "everywhere",
    "inside_zone",
    "edge_of_zone",
    "inside_span",
    "edge_of_span",
    "object_unknown",
    "weapon_unknown",
    "domain_unknown",
    "bearer_not_told",
    "a_party_is_released",
    "may_be_clutter",
    "one_source_only",
    "below_threshold",
)
"""Every reason code that a finding can carry, in the order in which they are listed."""

SURE: Final = 0.95  # a chance from here on is not named as a doubt
UNTOLD: Final = 0.5  # the chance of a class that nobody told


@dataclass(frozen=True)
class Chances:
    """Chances of one clause under one reading: one number an incident, each of shape (incidents,).

    `force`: in the text's span in force; `span`: in the clause's span; `zone`: in its zone; `act`: among its acts;
    `act_open`: of acts that may be its acts and may not; `object`, `weapon`: 1 where it is of a class that the clause names
    (or the clause names none), 0 where of another, .5 where its class is not told; `domain` likewise; `authorised`: in a
    window that was authorised; `freed`: after a bearer was released. `bearer_told`: whether an unknown actor can be its bearer.
    """

    force: Floats
    span: Floats
    zone: Floats
    act: Floats
    act_open: Floats
    object: Floats
    weapon: Floats
    domain: Floats
    authorised: Floats
    freed: Floats
    bearer_told: bool

    @property
    def contrary(self) -> Floats:
        """The chance that an event is what the clause speaks of, and was not authorised."""
        of_clause = self.act * self.zone * self.span * self.object * self.weapon * self.domain
        return of_clause * (1 - self.authorised)

    @property
    def untold(self) -> npt.NDArray[np.bool_]:
        """Where a class of object or weapon, or a domain, that the clause asks for was not told."""
        return np.asarray(np.isin(np.column_stack([self.object, self.weapon, self.domain]), UNTOLD).any(axis=1))

    @property
    def possible(self) -> Floats:
        """The most that the chance could be, could the open be told."""
        told = [self.act + self.act_open, self.zone, self.span, self.object, self.weapon, self.domain]
        return np.asarray(np.minimum.reduce(told))


def reasons(
    incidents: pl.DataFrame,
    clause: Clause,
    chances: Chances,
    conformity: npt.NDArray[np.str_],
    told: npt.NDArray[np.bool_],
    force: Span | None,
) -> pl.Series:
    """Return the reason codes of each finding: a series of lists, as long as `incidents`.

    `told`: where the chance reaches the clause's evidence threshold.
    """
    outside = conformity == "not_in_force"
    judged = ~outside
    late = (incidents["end_utc"] >= force.end_utc).to_numpy() if force else np.zeros(incidents.height, dtype=bool)
    early = (incidents["start_utc"] < force.start_utc).to_numpy() if force else ~late
    fire = (incidents["act"] == "fire").to_numpy() & (chances.act_open > 0)
    unspecific = chances.act_open > chances.act
    holds = {
        "never_in_force": outside & (force is None),
        "before_entry_into_force": outside & (force is not None) & ~late & early,
        "after_expiry": outside & (force is not None) & late,
        "text_suspended": outside & (force is not None) & ~late & ~early,
        "authorised": conformity == "compatible" if clause.unless else outside & False,
        "act_of_clause": judged & ~unspecific & (chances.act > 0),
        "act_unspecific": judged & unspecific & ~fire,
        "act_may_have_other_cause": judged & fire,
        "everywhere": judged & (clause.zone is None),
        "inside_zone": judged & (clause.zone is not None) & (chances.zone >= SURE),
        "edge_of_zone": judged & (clause.zone is not None) & (chances.zone < SURE),
        "inside_span": judged & (chances.span >= SURE),
        "edge_of_span": judged & (chances.span < SURE),
        "object_unknown": judged & (chances.object == UNTOLD),
        "weapon_unknown": judged & (chances.weapon == UNTOLD),
        "domain_unknown": judged & (chances.domain == UNTOLD),
        "bearer_not_told": judged & (not chances.bearer_told),
        "a_party_is_released": judged & (chances.freed >= UNTOLD),
        "may_be_clutter": judged & (incidents["real_probability"].to_numpy() < SURE),
        "one_source_only": judged & (incidents["independent_sources"] == 1).to_numpy(),
        "below_threshold": (conformity == "undetermined") & ~told,
    }
    bits = np.zeros(incidents.height, dtype=np.int64)
    for place, code in enumerate(REASONS):
        bits |= holds[code].astype(np.int64) << place
    kinds, of = np.unique(bits, return_inverse=True)  # few among many incidents: each list is made once
    lists = [[code for place, code in enumerate(REASONS) if kind >> place & 1] for kind in kinds.tolist()]
    return pl.Series("reasons", lists, dtype=pl.List(pl.String)).gather(of)
