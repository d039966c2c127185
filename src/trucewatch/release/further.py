"""What leaves besides incidents: duties, remarks, the side of the line, what changed. Each only as far as its rows may be shown.

The rule, in plain sentences.
1. A duty leaves if every observation that speaks for or against it may: open to the audience, of a source whose licence lets
   results out, older than the delay, and no sighting of weapons or positions. The ids of its observations stay inside.
2. A remark leaves if its signature holds and its author named this audience or a wider one: nobody else decides on their words.
3. A side, a change, a word of people and a reply leave with their incident, or not at all. What was withdrawn stays inside: no
   row decides on it any more.
"""

from datetime import datetime
from typing import Final

import polars as pl

from trucewatch.manifest import Manifest
from trucewatch.release.policy import AUDIENCES, SENSITIVE_ACTS

_IDS: Final = ("evidence", "counter_evidence")


def open_duties(
    duties: pl.DataFrame,
    evidence: pl.DataFrame,
    *,
    audience: str,
    newest: datetime,
    manifests: dict[str, Manifest],
) -> pl.DataFrame:
    """Return the duties whose observations may all be shown; `newest`: none that may end later leaves. An unknown id is closed."""
    of_source = {name: manifest.audience for name, manifest in manifests.items()}
    shut = [name for name, manifest in manifests.items() if manifest.licence.republish == "none"]
    own = pl.col("audience").fill_null(
        pl.col("source_id").replace_strict(of_source, default="internal", return_dtype=pl.String)
    )
    certain_by = pl.col("end_utc") + pl.duration(
        microseconds=(3e6 * pl.col("time_error_s")).clip(0, 1e17).cast(pl.Int64)
    )
    may = evidence.filter(
        _reaches(own, audience)
        & ~pl.col("source_id").is_in(shut)
        & (certain_by <= newest)
        & ~pl.col("act").is_in(SENSITIVE_ACTS)
        & ~(pl.col("aspect").eq_missing("outgoing") | (pl.col("act") == "muzzle_flash"))
    )["observation_id"]
    known = pl.lit(may.implode(), dtype=pl.List(pl.String))
    closed = [pl.col(ids).list.set_difference(known).list.len() > 0 for ids in _IDS]
    return duties.filter(~pl.any_horizontal(closed).fill_null(value=True))


def open_remarks(remarks: pl.DataFrame, *, audience: str) -> pl.DataFrame:
    """Return the remarks that `audience` may read; without an audience named, a remark is internal."""
    return remarks.filter(pl.col("signature_holds") & _reaches(pl.col("audience"), audience))


def _reaches(named: pl.Expr, audience: str) -> pl.Expr:
    """Return whether an audience that is named is `audience` or a wider one; what names none is internal."""
    rank = {name: n for n, name in enumerate(AUDIENCES)}
    return named.replace_strict(rank, default=0, return_dtype=pl.Int64) >= rank[audience]


def with_their_incident(frame: pl.DataFrame, incidents: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose incident leaves; an instant of it is told to the hour, of verdicts only the word in force."""
    left = frame.join(incidents, on="incident_id", how="semi")
    if "start_utc" in left.columns:
        left = left.with_columns(pl.col("start_utc").dt.truncate("1h"))
    if "verdict_id" in left.columns:
        left = left.filter(pl.col("status") == "in_force")
    return left.filter(pl.col("change") != "withdrawn") if "change" in left.columns else left


def open_corrections(corrections: pl.DataFrame, *, audience: str) -> pl.DataFrame:
    """Return the corrections that `audience` may read; without an audience named, one is internal."""
    return corrections.filter(_reaches(pl.col("audience"), audience))
