"""What waits for a person, what matters most first.

The rule, in plain sentences.
1. A task is an incident without a decision in force, a pair of observations that fusion is unsure of, an act that waits for its
   second person, or an incident or pair on which decisions in force contradict each other.
2. `near`: of an incident, how near the chance that it is contrary lies to the threshold of evidence of its clause, the nearest of
   all clauses of the text: 1 on it, 0 where half a unit away. Of a pair, likewise from even odds.
3. `harm`: log(1 + n) / log(31), at most 1, of the most civilians that a source tells of; violence against civilians is at least .5.
4. `clock`: 6 / (6 + hours left) of the first clock that runs: the hours in which parties may reply, or the deadline of a duty that
   rests on the incident's observations. 1 where it has run out within the last two days; 0 where none runs.
5. `priority` is their sum; one more where another person waits (an approval, a contradiction). Ties go by the task's name.
6. A task is claimed by one person at a time, until the claim ends; claimed tasks stay in the queue.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from trucewatch import tables
from trucewatch.acts import kinds_of
from trucewatch.verify.decided import due_utc
from trucewatch.verify.people import OF_TWO, PAIRS
from trucewatch.verify.standing import Standing
from trucewatch.verify.state import State

MOST_PAIRS: Final = 500
UNSURE: Final = (0.2, 0.8)
_HOURS: Final = 6.0


def queue(
    frames: Mapping[str, pl.DataFrame], standing: Standing, *, thresholds: Mapping[str, float], now: datetime
) -> pl.DataFrame:
    """Return table `queue` as of `now`, what matters most first.

    `frames`: incidents, members, pairs, findings, duties as a run made them. `thresholds`: of each clause, the chance from which
    its evidence suffices.
    """
    state = standing.state
    scored = _scored(frames, state, thresholds, now)
    rows = [*_incidents(scored, state), *_pairs(frames, scored, state), *_acts(scored, state)]
    for row in rows:
        row["priority"] = row["near"] + row["harm"] + row["clock"] + (row["kind"] in ("approval", "contradiction"))
        claim = state.claims.get(row["task"])
        is_held = claim is not None and claim.until_utc > now
        row["claimed_by"] = state.people[claim.by].name if claim and is_held else None
        row["claimed_until_utc"] = claim.until_utc if claim and is_held else None
    frame = pl.DataFrame(rows, schema=tables.dtypes("queue"))
    return tables.conform(frame.sort(["priority", "task"], descending=[True, False]), "queue")


def _scored(
    frames: Mapping[str, pl.DataFrame], state: State, thresholds: Mapping[str, float], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return near, harm, clock, due_utc and observations of every incident."""
    members = frames["members"]
    near: dict[str, float] = {}
    text = frames["findings"].filter((pl.col("reading") == "text") & pl.col("contrary_probability").is_not_null())
    for name, clause, chance in text.select("incident_id", "clause_id", "contrary_probability").iter_rows():
        near[name] = max(near.get(name, 0.0), _nearness(chance, thresholds.get(clause, 0.5)))
    dues = _dues(frames, state, members)
    of = {str(name): ids for name, ids in members.group_by("incident_id").agg("observation_id").iter_rows()}
    grave = kinds_of("violence_against_civilians")
    harmed = frames["incidents"].select(
        "incident_id",
        ((1 + pl.max_horizontal("civilians_low", "civilians_high").fill_null(0)).log() / pl.lit(31.0).log())
        .clip(0.5 * pl.col("act").is_in(grave).cast(pl.Float64), 1.0),
    )  # fmt: skip
    return {
        name: {
            "near": near.get(name, 0.0), "harm": harm, "due_utc": _first(dues.get(name, ()), now),
            "clock": _urgency(_first(dues.get(name, ()), now), now), "observations": sorted(of.get(name, ())),
        }
        for name, harm in harmed.iter_rows()
    }  # fmt: skip


def _nearness(chance: float, threshold: float) -> float:
    return max(0.0, 1 - abs(chance - threshold) / 0.5)


def _dues(frames: Mapping[str, pl.DataFrame], state: State, members: pl.DataFrame) -> dict[str, list[datetime]]:
    """Return the clocks of each incident: until when parties may reply, and deadlines of duties that rest on it."""
    found: dict[str, list[datetime]] = {}
    for act in state.acts.values():
        if act.act == "notice" and act.is_in_force:
            for finding in act.names["findings"]:
                found.setdefault(finding.partition("|")[0], []).append(due_utc(act))
    holder = dict(members.select("observation_id", "incident_id").iter_rows())
    owed = frames["duties"].filter(pl.col("deadline_utc").is_not_null())
    for deadline, *named in owed.select("deadline_utc", "evidence", "counter_evidence").iter_rows():
        for name in {holder[each] for ids in named for each in ids or () if each in holder}:
            found.setdefault(name, []).append(deadline)
    return found


def _first(dues: Any, now: datetime) -> datetime | None:
    return min((due for due in dues if due > now - timedelta(days=2)), default=None)


def _urgency(due: datetime | None, now: datetime) -> float:
    return 0.0 if due is None else _HOURS / (_HOURS + max((due - now).total_seconds() / 3600, 0.0))


def _incidents(scored: Mapping[str, dict[str, Any]], state: State) -> list[dict[str, Any]]:
    """Return the incidents on which nothing is in force, or what contradicts itself."""
    settled: dict[str, set[str]] = {}
    for subject in state.heads:
        for name in state.heads[subject]:
            act = state.acts[name]
            if act.act not in PAIRS:
                for each in act.names["observations"]:
                    settled.setdefault(each, set()).add(f"{act.act}|{act.names.get('changes')}")
    rows = []
    for name, of in scored.items():
        said = set().union(*(settled.get(each, set()) for each in of["observations"]))
        if len(said) != 1:
            kind = "contradiction" if said else "incident"
            rows.append({"task": f"incident:{name}", "kind": kind, "subject": name} | of)
    return rows


def _pairs(
    frames: Mapping[str, pl.DataFrame], scored: Mapping[str, dict[str, Any]], state: State
) -> list[dict[str, Any]]:
    """Return the pairs that fusion is least sure of and nobody decided on, and those on which people contradict each other."""
    holder = dict(frames["members"].select("observation_id", "incident_id").iter_rows())
    none = {"near": 0.0, "harm": 0.0, "clock": 0.0, "due_utc": None}
    rows = []
    unsure = frames["pairs"].filter(pl.col("probability").is_between(*UNSURE))
    least = unsure.sort((pl.col("probability") - 0.5).abs(), "observation_a", "observation_b").head(MOST_PAIRS)
    for a, b, chance in least.select("observation_a", "observation_b", "probability").iter_rows():
        if not state.heads.get(f"pair:{a}|{b}"):
            of = max(
                (scored.get(holder.get(name, ""), none) for name in (a, b)), key=lambda of: of["harm"] + of["clock"]
            )
            rows.append({"task": f"pair:{a}|{b}", "kind": "pair", "subject": holder.get(a, "")} | of)
            rows[-1] |= {"observations": [a, b], "near": _nearness(chance, 0.5)}
    for subject in state.heads:
        heads = [state.acts[name] for name in state.heads[subject]]
        if subject.startswith("pair:") and len({act.act for act in heads}) > 1:
            seen = sorted(heads[0].names["observations"])
            of = scored.get(holder.get(seen[0], ""), none) | {"observations": seen}
            rows.append({"task": subject, "kind": "contradiction", "subject": holder.get(seen[0], "")} | of)
    return rows


def _acts(scored: Mapping[str, dict[str, Any]], state: State) -> list[dict[str, Any]]:
    """Return the acts that wait for their second person."""
    rows = []
    for act in state.acts.values():
        if act.status == "waiting" and act.act in OF_TWO:
            none = {"near": 0.0, "harm": 0.0, "clock": 0.0, "due_utc": None}
            of = scored.get(act.names.get("subject", ""), none)
            seen = [str(each) for each in act.names.get("observations", ())]
            name = act.entry.entry_id
            rows.append({"task": f"act:{name}", "kind": "approval", "subject": name} | of | {"observations": seen})
    return rows
