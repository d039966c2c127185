"""Exceptions: self-defence, return fire. They are claimed, never found; only the body that the clause names decides.

The rule, in plain sentences. A statement that claims an exception names the clause that reserves it, a span, perhaps a
place. A finding against a clause with that exception is `claimed` where the incident lies in both, more likely than not. It
is `accepted` or `rejected` only by a statement of the body that decides, about that claim; the last word of it counts.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.agreement import Agreement, Clause, Exercise
from trucewatch.judge.clause import in_windows

DECIDES: Final = {"accept_exception": "accepted", "reject_exception": "rejected"}
RANK: Final = ("none_claimed", "rejected", "claimed", "accepted")
"""Where claims overlap, the last of these counts."""


def exceptions(
    incidents: pl.DataFrame, agreement: Agreement, clause: Clause, statements: pl.DataFrame
) -> npt.NDArray[np.str_]:
    """Return for each incident the code of table `findings`, column `exception`: shape (incidents,)."""
    rank = np.zeros(incidents.height, dtype=np.int64)
    reserved = {c.clause_id: c for c in agreement.document.clauses if c.clause_id in clause.exceptions}
    claims = statements.filter((pl.col("does") == "claim_exception") & pl.col("clause_id").is_in(list(reserved)))
    for claim in claims.iter_rows(named=True):
        decided_by = reserved[claim["clause_id"]].decided_by or clause.decided_by
        word = _decided(statements, claim["native_id"], claim["source_id"], decided_by)
        circle = (claim["lon_deg"], claim["lat_deg"], claim["radius_m"]) if claim["radius_m"] is not None else None
        window = Exercise(
            claim["statement_id"], claim["clause_id"], "claim_exception", claim["speaks_for"], claim["said_utc"],
            claim["from_utc"] or claim["said_utc"], claim["until_utc"] or claim["said_utc"], circle, "in_effect",
        )  # fmt: skip
        if window.from_utc < (window.until_utc or window.from_utc):
            inside = in_windows(incidents, [window]) >= 0.5
            rank = np.where(inside, np.maximum(rank, RANK.index(word)), rank)
    return np.array(RANK)[rank]


def _decided(statements: pl.DataFrame, native_id: str | None, source_id: str, body: str) -> str:
    """Return what the body that decides last said about a claim; "claimed" where it said nothing."""
    said = statements.filter(
        pl.col("does").is_in(list(DECIDES))
        & (pl.col("about") == native_id)
        & (pl.col("source_id") == source_id)
        & (pl.col("speaks_for") == body)
    ).sort("said_utc", "statement_id")
    return DECIDES[said["does"][-1]] if said.height else "claimed"
