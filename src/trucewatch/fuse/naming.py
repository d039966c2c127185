"""Names that last: an incident keeps its id when observations come to it or leave it; what merged or split is told.

Ids that were told before and incidents of now are matched one to one, those that share most observations first; ties go to the
least observation. An id that found no incident is an alias of the one with most of its observations (merged); where observations of
an id went to further incidents, each of them is told as a part of it (split).
"""

from collections.abc import Collection

import polars as pl

from trucewatch import tables
from trucewatch.fuse.incidents import incident_id


def renamed(incidents: pl.DataFrame, members: pl.DataFrame, before: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return tables `incidents` and `members` with ids that last; `before` are `members` as told last."""
    names = names_of(members, before)
    named = (each.join(names, on="incident_id", maintain_order="left") for each in (incidents, members))
    lasting = [each.with_columns(incident_id="name").drop("name") for each in named]
    return lasting[0], lasting[1]


def names_of(members: pl.DataFrame, before: pl.DataFrame, taken: Collection[str] = ()) -> pl.DataFrame:
    """Return (incident_id, name) of all incidents in `members`; `before` are `members` as told last, `taken` ids of others.

    >>> rows = {"observation_id": ["a", "b"], "incident_id": ["x", "x"]}
    >>> names_of(pl.DataFrame(rows), pl.DataFrame(rows | {"incident_id": ["old", "older"]})).rows()
    [('x', 'old')]
    """
    takes = _matched(_shared(members, before))
    names = members.select("incident_id").unique().join(takes, on="incident_id", how="left").sort("incident_id")
    fresh = names.filter(pl.col("name").is_null()).select("incident_id", name="incident_id")
    others = pl.concat([before["incident_id"], pl.Series(sorted(taken), dtype=pl.String)]).alias("name").to_frame()
    twice = fresh.join(others, on="name", how="semi")["incident_id"]  # once that of another
    again = pl.DataFrame(
        {"incident_id": twice, "other": [incident_id(f"again\n{one}") for one in twice]},
        schema_overrides={"other": pl.String},
    )
    return names.join(again, on="incident_id", how="left").select(
        "incident_id", pl.coalesce("name", "other", "incident_id").alias("name")
    )


def aliases_of(members: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return table `aliases`: what became of the ids in `before` that did not simply last; `members` have their names.

    >>> rows = {"observation_id": ["a", "b"], "incident_id": ["x", "x"]}
    >>> aliases_of(pl.DataFrame(rows), pl.DataFrame(rows | {"incident_id": ["x", "older"]})).rows()
    [('older', 'x', 'merged')]
    """
    told = _shared(members, before).filter(pl.col("old") != pl.col("incident_id"))
    named = members.select(old="incident_id")
    lasting, merged = (told.join(named, on="old", how=how, maintain_order="left") for how in ("semi", "anti"))
    first = merged.unique("old", keep="first", maintain_order=True)
    parts = pl.concat([lasting, merged.join(first, on=["old", "incident_id"], how="anti")])
    lines = [
        frame.select(incident_id="old", became="incident_id", how=pl.lit(how))
        for frame, how in ((first, "merged"), (parts, "split"))
    ]
    return tables.conform(pl.concat(lines).sort("incident_id", "became"), "aliases")


def _shared(members: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs (incident_id, old) that share observations, those that share most first."""
    both = members.join(before.rename({"incident_id": "old"}), on="observation_id").group_by("incident_id", "old")
    shared = both.agg(pl.len(), pl.col("observation_id").min().alias("least"))
    return shared.sort("len", "least", "incident_id", "old", descending=[True, False, False, False])


def _matched(shared: pl.DataFrame) -> pl.DataFrame:
    """Return (incident_id, name), each once, of pairs in the order in which they are matched."""
    simple = pl.col("incident_id").is_unique() & pl.col("old").is_unique()
    found = shared.filter(simple).select("incident_id", name="old")
    taken, lines = set[tuple[str, str]](), []
    for incident, old in shared.filter(~simple).select("incident_id", "old").iter_rows():
        if ("now", incident) not in taken and ("old", old) not in taken:
            taken |= {("now", incident), ("old", old)}
            lines.append((incident, old))
    return pl.concat([found, pl.DataFrame(lines, schema=found.schema, orient="row")])
