"""`fuse explain`: what place, time, act and source of each member contributed to an incident."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from trucewatch import fuse as fusing
from trucewatch.cli.output import result
from trucewatch.store import read_table
from trucewatch.words import plain

TERMS = ("place", "time", "act", "source", "company", "total")


def explain(
    incident: str,
    *,
    observations: Path,
    fused: Path,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Tell for each member of an incident what its place, time, act and source contributed.

    The numbers are natural logarithms of odds and add up to the log odds of one event against each observation alone: +3 is
    twenty to one for, −3 against. The most precise member comes first; of each later one place and time say how well it fits those
    before it, against what lies there and then anyway. An echo, a row that tells again what another told, contributes nothing.

    Parameters
    ----------
    incident
        The incident_id.
    observations
        The Parquet file of observations that was fused.
    fused
        The folder that `fuse` wrote: `members` and `source_model` are read from it.
    json_
        Print one JSON object instead of lines.
    """
    rows, members = read_table(observations, "observations"), read_table(fused / "members.parquet", "members")
    model = read_table(fused / "source_model.parquet", "source_model")
    table = fusing.explain(rows, model, members, incident)
    if json_:
        result({"incident": incident, "members": table.to_dicts(), "log_odds": table["total"].sum()}, as_json=True)
        return
    width = max(table["observation_id"].str.len_chars().max(), len("observation")) + 2  # type: ignore[operator,type-var]
    print(f"{'observation':<{width}}{'source':<14}{'act':<18}" + "".join(f"{name:>9}" for name in TERMS))
    for row in table.iter_rows(named=True):
        numbers = "     echo" if row["echo"] else "".join(f"{row[name]:>+9.2f}" for name in TERMS)
        print(plain(f"{row['observation_id']:<{width}}{row['source_id']:<14}{row['act']:<18}") + numbers)
    print(f"{'all':<{width + 32}}" + "".join(f"{table[name].sum():>+9.2f}" for name in TERMS))
