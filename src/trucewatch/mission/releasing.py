"""A release by people: proposed with the hashes of all that it rests on, approved by another, and only then written.

What was approved is what is written: the report is rendered again from the record that the release names, its bytes are compared
with those that were approved, and only the names of those who released it are added.
"""

import dataclasses
import datetime as dt
import hashlib
from pathlib import Path

from trucewatch.errors import MissingError, ReleaseRefused
from trucewatch.journal import Entry, Json
from trucewatch.mission.acts import Desk
from trucewatch.mission.generation import generation_of, publish
from trucewatch.mission.people import published
from trucewatch.mission.replay import documents_of
from trucewatch.mission.standing import Standing
from trucewatch.mission.telling import Telling, keep, tell, with_report, write_report
from trucewatch.release import masking


def propose(desk: Desk, day: dt.date, audience: str, *, replaces: str | None = None) -> Entry:
    """Propose to release the last report on a day for an audience. Raises MissingError when none was made."""
    store = desk.opened.store
    generation = store.index.generation()
    place = f"{day.isoformat()}/{audience}"
    reports = generation_of(store, generation).reports
    if place not in reports:
        to_do = f"make it: trucewatch run … --day {day.isoformat()} --audience {audience}, and look at it"
        raise MissingError("no report was made", where=place, to_do=to_do)
    record = store.objects.get_manifest(reports[place])
    standing = desk.opened.record.standing
    if record["told"]["published"] != published(standing, desk.loaded, audience):
        to_do = "run again with this audience, so that it is made with what was released since"
        raise ReleaseRefused("another release came between", where=place, to_do=to_do)
    tree = desk.opened.record.tree()
    body: dict[str, Json] = {
        "audience": audience, "day": day.isoformat(), "tables": dict(record["tables"]), "documents": record["documents"],
        "report": record["files"], "record": reports[place], "generation": generation, "released": record["released"],
        "masking": masking(desk.loaded.mission.release, desk.loaded.settlements),
        "checkpoint": {"size": len(tree), "root": tree.root().hex()},
    }  # fmt: skip
    if replaces:
        body["replaces"] = desk.find(replaces)
    return desk.hand_in("release", body)


def publish_release(desk: Desk, release: str, out: Path) -> Path:
    """Write a released report below `out` and return its page. Raises ReleaseRefused when it is not in force, or is otherwise."""
    state = desk.opened.record.standing.state
    name = desk.find(release)
    act = state.acts.get(name)
    if act is None or act.act != "release":
        raise ReleaseRefused("no release", where=release, to_do="see `trucewatch queue`")
    if not act.is_in_force:
        to_do = "a second person approves it: trucewatch approve" if act.status == "waiting" else "propose a new one"
        raise ReleaseRefused(f"the release is not in force: {act.status}", where=release, to_do=to_do)
    store, body = desk.opened.store, act.names
    record = store.objects.get_manifest(body["record"])
    loaded, telling = documents_of(store, record), Telling.of_record(record["told"])
    frames = {table: store.objects.get(of) for table, of in dict(record["tables"]).items()}
    _, approved = tell(loaded, frames, telling, store.objects)
    differ = sorted(
        file for file, data in approved.items() if body["report"].get(file) != hashlib.sha256(data).hexdigest()
    )
    if differ or set(approved) != set(body["report"]):
        to_do = f"use the versions of then: {dict(telling.versions)}"
        raise ReleaseRefused(f"not the bytes that were approved: {differ[:3]}", where=release, to_do=to_do)
    agreed = [word.by for word in act.words if word.decision == "approved"]
    names = ", ".join(state.people[key].name for key in (act.entry.author, *agreed))
    signed = dataclasses.replace(telling, released_by=names)
    made = tell(loaded, frames, signed, store.objects)
    standing = Standing.of_manifest(store.objects.get_manifest(record["standing"]))
    kept = keep(
        store, loaded, standing, dict(record["tables"]), signed, made, {of: record[of] for of in ("remarks", "fused")}
    )
    publish(store, lambda old: with_report(old, signed, kept))
    return write_report(out, *made)
