"""What people decided, as tables: for fusion to obey, and for the report to set beside the machine's result.

The rule, in plain sentences.
1. `decisions` holds what is in force of "same" and "different": the heads of each pair. Two that say otherwise are both there, and
   fusion obeys neither.
2. A verdict belongs to the incident that now holds its observations, whatever it was called when it was made. Held by none or by
   several, it belongs to none and is shown all the same.
3. A verdict counts only where it names every delivery that its observations came by: otherwise somebody could decide on a delivery
   of their own by not naming it. One that does not is shown as waiting.
4. Words that were refused, overruled or edited stay in the table, with every dissent and its reason.
5. A party that was asked and has not replied has a row without a text: silence is told, and is no admission.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from trucewatch import tables
from trucewatch.verify.people import PAIRS
from trucewatch.verify.standing import Standing
from trucewatch.verify.state import Act, State

_PER_FINDING: Final = "|"


def decisions(standing: Standing) -> pl.DataFrame:
    """Return table `decisions`: people's words in force on pairs of observations."""
    state = standing.state
    acts = (state.acts[name] for subject in state.heads for name in state.heads[subject])
    rows = [(*sorted(map(str, act.names["observations"])), act.act) for act in acts if act.act in PAIRS]
    frame = pl.DataFrame(sorted(set(rows)), schema=tables.dtypes("decisions"), orient="row")
    return tables.conform(frame, "decisions")


def verdicts(standing: Standing, members: pl.DataFrame, observations: pl.DataFrame) -> pl.DataFrame:
    """Return table `verdicts`, of `members` (whose observations are whose incident) and `observations` (by which delivery)."""
    state = standing.state
    holder = dict(members.select("observation_id", "incident_id").iter_rows())
    brought = dict(observations.select("observation_id", "delivery_id").iter_rows())
    acts = [act for act in state.acts.values() if act.entry.kind == "decision" and act.act not in PAIRS]
    rows = [_verdict(state, act, holder, brought) for act in sorted(acts, key=lambda act: act.position)]
    return _table("verdicts", rows)


def _verdict(state: State, act: Act, holder: Mapping[str, str], brought: Mapping[str, str | None]) -> dict[str, Any]:
    body = act.names
    held = {holder[name] for name in body["observations"] if name in holder}
    by = {brought[name] for name in body["observations"] if brought.get(name)}
    whole = by <= set(body["rests_on"])
    status = act.status
    if status == "in_force" and not whole:
        status = "waiting"
    elif status == "in_force" and len({_said(state.acts[name]) for name in state.heads.get(act.subject) or ()}) > 1:
        status = "contradicted"
    agreed = [word for word in act.words if word.decision == "approved"]
    people = [state.people[key] for key in (act.entry.author, *(word.by for word in agreed))]
    return {
        "verdict_id": act.entry.entry_id, "incident_id": held.pop() if len(held) == 1 else None, "subject": body["subject"],
        "decision": act.act, "status": status, "at_utc": act.entry.at_utc, "in_force_utc": in_force_utc(act),
        "proposed_by": people[0].name, "approved_by": [person.name for person in people[1:]],
        "states": [person.state for person in people], "reason": body["reason"],
        "changes": [f"{key}={value}" for key, value in sorted(body.get("changes", {}).items())],
        "dissent": [f"{state.people[word.by].name}: {word.reason}" for word in act.words if word.decision == "refused"],
        "alone": act.alone, "rests_on_all": whole,
    }  # fmt: skip


def _said(act: Act) -> str:
    return f"{act.act}|{act.names.get('changes')}"


def in_force_utc(act: Act) -> datetime | None:
    """Return when the signature came with which an act came into force; None while it has not."""
    if act.in_force_at is None:
        return None
    return next((word.at_utc for word in act.words if word.position == act.in_force_at), act.entry.at_utc)


def corrections(standing: Standing) -> pl.DataFrame:
    """Return table `corrections`: those in force, in the order in which they came into force."""
    state = standing.state
    acts = [act for act in state.acts.values() if act.act == "correction" and act.is_in_force]
    rows = [
        {
            "correction_id": act.entry.entry_id, "of": act.names["of"], "what": act.names["what"],
            "reason": act.names["reason"], "in_force_utc": in_force_utc(act),
            "proposed_by": state.people[act.entry.author].name,
            "approved_by": [state.people[word.by].name for word in act.words if word.decision == "approved"],
            "audience": act.names.get("audience"),
        }
        for act in sorted(acts, key=lambda act: act.in_force_at or 0)
    ]  # fmt: skip
    return _table("corrections", rows)


def replies(standing: Standing) -> pl.DataFrame:
    """Return table `replies`: every reply, and for each party that was asked and has not replied a row without a text."""
    state = standing.state
    notices = {act.entry.entry_id: act for act in state.acts.values() if act.act == "notice" and act.is_in_force}
    rows, replied = [], set()
    for entry in sorted(state.replies.values(), key=lambda entry: state.entries[entry.entry_id]):
        body: dict[str, Any] = dict(entry.body)
        notice = notices.get(body.get("notice", ""))
        replied.add((body.get("notice", ""), body["finding"], body["party"]))
        row = _asked(notice, body["finding"], body["party"]) | {"reply_id": entry.entry_id, "text": body["text"]}
        late = notice is not None and entry.at_utc > due_utc(notice)
        rows.append(row | {"at_utc": entry.at_utc, "is_late": late})
    for name, notice in notices.items():
        for finding in notice.names["findings"]:
            for party in sorted(notice.names["parties"]):
                if (name, finding, party) not in replied:
                    nobody = {"reply_id": f"{name}|{finding}|{party}", "text": "", "at_utc": None, "is_late": False}
                    rows.append(_asked(notice, finding, party) | nobody)
    return _table("replies", sorted(rows, key=lambda row: (row["finding"], row["party"], row["reply_id"])))


def due_utc(notice: Act) -> datetime:
    """Return until when the parties may reply to a notice in force."""
    sent = in_force_utc(notice)
    assert sent is not None
    return sent + timedelta(hours=notice.names["hours"])


def _asked(notice: Act | None, finding: str, party: str) -> dict[str, Any]:
    incident_id, _, clause_id = finding.partition(_PER_FINDING)
    return {
        "notice_id": notice.entry.entry_id if notice else None, "finding": finding, "incident_id": incident_id,
        "clause_id": clause_id or None, "party": party, "sent_utc": in_force_utc(notice) if notice else None,
        "hours": notice.names["hours"] if notice else None,
    }  # fmt: skip


def _table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return tables.conform(pl.DataFrame(rows, schema=tables.dtypes(name)), name)
