"""Incidents of a sensitive kind leave in groups: at least k that nobody can tell apart, and never one by one.

The rule, in plain sentences.
1. Sensitive are the kinds of `SENSITIVE_KINDS` and those that a mission adds: where one incident leads to the people in it.
2. A class is a masked place, a sensitive kind and a span of `sensitive_days`, counted from one fixed Monday. In a class, incidents
   differ in nothing but their id: the place is the masked one, the time the whole span, the kind the sensitive one, no numbers of
   people or shots, no findings; every other value is that of the group (the least, the greatest, the mean, or all). This is
   k-anonymity (Sweeney 2002, definition 3, with every column a quasi-identifier).
3. A class leaves only with at least k incidents. What is fewer is withheld, and joins those that come later.
4. What was published stays as it was, row by row, whatever is learned later of one incident of it. Later ones of a class that was
   published leave only when they are at least k themselves, as a group of their own.
5. What was published and may no longer leave (it turned out to be an origin of fire, or of a sensitive kind) stays as it was, too:
   that a row vanished would tell what it is. Corrections are told in words, by people.
6. What counts rows that stayed inside (deliveries, what was withheld) is told in steps of k, downwards.

Why a second release cannot be subtracted from the first. Let R1, R2, … be releases to one audience, each made with the one before.
By 4 and 5, R1 is contained in R2 on every class, and by 3 and 4 the rest of R2 on a class is a union of groups of at least k. Every
value of a row, and its row in `places` and `sides`, depends on its own group alone and is never computed again. So for i < j,
Rj − Ri is on every class empty or a union of whole groups, and what follows from it is what follows from groups of at least k: no
difference, and no sum of differences, isolates fewer (the attack by differences: Denning, Denning and Schwartz 1979; by releases
one after the other: Byun, Sohn, Bertino and Li 2006; Xiao and Tao 2007, whose m-invariance asks likewise that rows keep their
group). It holds while the masking is the same: `masking` is its hash, and a release with another one is refused.

What it does not do: hide that something happened at least k times; hide one from who knows of the k − 1 others; or protect what
another audience passes on.

Sweeney, "k-anonymity: a model for protecting privacy", Int. J. Uncertainty, Fuzziness and Knowledge-Based Systems 10(5), 2002.
Denning, Denning and Schwartz, "The tracker: a threat to statistical database security", ACM TODS 4(1), 1979.
Byun, Sohn, Bertino and Li, "Secure anonymization for incremental datasets", Secure Data Management, LNCS 4165, 2006.
Xiao and Tao, "m-invariance: towards privacy preserving re-publication of dynamic datasets", SIGMOD 2007.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.acts import ACT_CODES, ancestors
from trucewatch.release.policy import OUTSIDE, SENSITIVE_KINDS
from trucewatch.release.settings import ReleaseSettings

GROUPED: Final = ("humanitarian", "public")
_FIRST_MONDAY: Final = datetime(1900, 1, 1, tzinfo=UTC)
_CLASS: Final = ("lon_deg", "lat_deg", "act", "start_utc")
_NOT_TOLD: Final = (
    "aspect", "count_low", "count_high", "deaths_low", "deaths_high", "injured_low", "injured_high", "civilians_low",
    "civilians_high",
)  # fmt: skip
_LEAST: Final = ("act_probability", "real_probability", "observations", "independent_sources")
_GREATEST: Final = ("error_major_m", "error_minor_m", "time_error_s")
_PER_INCIDENT: Final = ("findings", "places", "sides")


@dataclass(frozen=True)
class Grouped:
    """What leaves: `incidents`, the rows of `beside` with them, `plain` (those told as they now are), and how many were too few."""

    incidents: pl.DataFrame
    beside: dict[str, pl.DataFrame]
    plain: pl.DataFrame
    too_few: int


def kind_of(settings: ReleaseSettings) -> dict[str, str]:
    """Return the sensitive kind of every act that has one: of several, the widest."""
    kinds = {*SENSITIVE_KINDS, *settings.further_sensitive_acts}
    found = {act: [kind for kind in ancestors(act) if kind in kinds] for act in ACT_CODES}
    return {act: named[-1] for act, named in found.items() if named}


def masking(settings: ReleaseSettings, settlements: pl.DataFrame | None) -> str:
    """Return the hash of what decides how a point is masked and which class it is in."""
    told = settings.model_dump(mode="json", exclude={"public_delay_hours", "agreed_delay_hours"})
    points = [] if settlements is None else sorted(settlements.select("name", "lon_deg", "lat_deg").iter_rows())
    return hashlib.sha256(json.dumps([told, points], sort_keys=True).encode()).hexdigest()


def grouped(
    masked: pl.DataFrame,
    all_ids: pl.Series,
    frames: Mapping[str, pl.DataFrame],
    published: Mapping[str, pl.DataFrame],
    settings: ReleaseSettings,
) -> Grouped:
    """Return the incidents that leave, and the rows of `findings`, `places` and `sides` with them.

    `masked`: incidents that may leave, at settlement level. `all_ids`: the ids of all that there are, inside. `published`: the
    tables of the last release to this audience.
    """
    kinds = kind_of(settings)
    was = published.get("incidents", masked.clear()).select(OUTSIDE["incidents"])
    sensitive = masked.filter(pl.col("act").is_in(list(kinds)))
    stays = _stays(was, masked, sensitive, all_ids, kinds)
    fresh = sensitive.join(was, on="incident_id", how="anti")
    groups = _as_groups(fresh, kinds, settings)
    enough = groups.filter(pl.len().over(_CLASS) >= settings.k)
    plain = masked.join(sensitive, on="incident_id", how="anti").join(stays, on="incident_id", how="anti")
    alike = _alike(enough)
    incidents = pl.concat(
        [plain.select(was.columns), pl.concat([stays, alike.select(was.columns)]).sort("incident_id")]
    )
    beside = {
        name: pl.concat(
            [
                frames[name].join(plain, on="incident_id", how="semi").select(OUTSIDE[name]),
                _old(published, name, stays),
                *([] if name == "findings" else [_meant(frames[name], enough).select(OUTSIDE[name])]),
            ]
        )
        for name in _PER_INCIDENT
        if name in frames
    }
    return Grouped(incidents, beside, plain, groups.height - enough.height)


def _stays(
    was: pl.DataFrame, masked: pl.DataFrame, sensitive: pl.DataFrame, all_ids: pl.Series, kinds: Mapping[str, str]
) -> pl.DataFrame:
    """Return the published rows that stay as they were: sensitive then or now, or there still and not to leave any more."""
    then, now = pl.col("act").is_in(list(kinds)), pl.col("incident_id").is_in(sensitive["incident_id"].implode())
    there = pl.col("incident_id").is_in(all_ids.implode())
    may = pl.col("incident_id").is_in(masked["incident_id"].implode())
    return was.filter(then | now | (there & ~may))


def _as_groups(fresh: pl.DataFrame, kinds: Mapping[str, str], settings: ReleaseSettings) -> pl.DataFrame:
    """Return incidents with the kind and the span of their class in place of their own."""
    span = settings.sensitive_days * 86_400_000_000
    number = (pl.col("start_utc") - _FIRST_MONDAY).dt.total_microseconds() // span
    start = pl.lit(_FIRST_MONDAY).dt.cast_time_unit("us") + pl.duration(microseconds=number * span)
    return fresh.with_columns(
        pl.col("act").replace_strict(kinds, return_dtype=pl.String) if fresh.height else pl.col("act"),
        start.cast(fresh.schema["start_utc"]).alias("start_utc"),
    ).with_columns((pl.col("start_utc") + pl.duration(microseconds=span)).alias("end_utc"))


def _alike(groups: pl.DataFrame) -> pl.DataFrame:
    """Return incidents that nothing but their id tells from the others of their group."""
    lists = [
        pl.col(name).list.explode().drop_nulls().unique().sort().implode().over(_CLASS).alias(name)
        for name in ("source_ids", "senses")
    ]
    if groups.is_empty():
        return groups
    return groups.with_columns(
        *(pl.lit(None, dtype=groups.schema[name]).alias(name) for name in _NOT_TOLD),
        *(pl.col(name).min().over(_CLASS) for name in _LEAST),
        *(pl.col(name).max().over(_CLASS) for name in _GREATEST),
        *lists,
    )


def _old(published: Mapping[str, pl.DataFrame], name: str, stays: pl.DataFrame) -> pl.DataFrame:
    """Return the published rows of a table beside the incidents that stay as they were."""
    told = published.get(name, tables.empty(name).select(OUTSIDE[name]))
    return told.join(stays, on="incident_id", how="semi").select(OUTSIDE[name])


def _meant(told: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return a table of chances in which each incident has the mean of its group."""
    (where,) = (name for name in told.columns if name not in ("incident_id", "probability"))
    own = groups.select("incident_id", *_CLASS, pl.len().over(_CLASS).alias("size"))
    of_group = (
        told.join(own, on="incident_id", how="inner")
        .group_by(*_CLASS, where, maintain_order=True)
        .agg((pl.col("probability").sum() / pl.col("size").first()).clip(0, 1))
    )
    rows = own.join(of_group, on=list(_CLASS), how="inner").sort("incident_id", where)
    return rows.select(told.columns)
