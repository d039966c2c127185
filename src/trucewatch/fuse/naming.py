"""Names that last: an incident keeps its id when observations come to it or leave it; what merged or split is told.

Ids that were told before and incidents of now are matched one to one, those that share most observations first; ties go to the
least observation. An id that found no incident is an alias of the one with most of its observations (merged); where observations of
an id went to further incidents, each of them is told as a part of it (split).
"""

import polars as pl

from trucewatch import tables
from trucewatch.fuse.incidents import incident_id


def renamed(members: pl.DataFrame, before: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (incident_id, name) of all incidents in `members`, and table `aliases`; `before` are `members` as told last.

    >>> rows = {"observation_id": ["a", "b"], "incident_id": ["x", "x"]}
    >>> renamed(pl.DataFrame(rows), pl.DataFrame(rows | {"incident_id": ["old", "older"]}))[0].rows()
    [('x', 'old')]
    """
    both = members.join(before.rename({"incident_id": "old"}), on="observation_id").group_by("incident_id", "old")
    shared = both.agg(pl.len(), pl.col("observation_id").min().alias("least")).sort(
        "len", "least", descending=[True, False]
    )
    takes = _matched(shared)
    names = members.select("incident_id").unique().join(takes, on="incident_id", how="left").sort("incident_id")
    fresh = names.filter(pl.col("name").is_null()).select("incident_id", name="incident_id")
    taken = fresh.join(takes, on="name", how="semi")[
        "incident_id"
    ]  # it once was the id of what is another incident now
    again = pl.DataFrame(
        {"incident_id": taken, "other": [incident_id(f"again\n{one}") for one in taken]},
        schema_overrides={"other": pl.String},
    )
    names = names.join(again, on="incident_id", how="left").select(
        "incident_id", pl.coalesce("name", "other", "incident_id").alias("name")
    )
    told = shared.join(names, on="incident_id").filter(pl.col("old") != pl.col("name"))
    lasting = told.join(takes.select(old="name"), on="old", how="semi")
    merged = told.join(takes.select(old="name"), on="old", how="anti")
    first = merged.unique("old", keep="first", maintain_order=True)
    parts = pl.concat([lasting, merged.join(first, on=["old", "incident_id"], how="anti")])
    lines = [
        frame.select("old", "name", pl.lit(how).alias("how")) for frame, how in ((first, "merged"), (parts, "split"))
    ]
    aliases = pl.concat(lines).rename({"old": "incident_id", "name": "became"}).sort("incident_id", "became")
    return names, tables.conform(aliases, "aliases")


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
