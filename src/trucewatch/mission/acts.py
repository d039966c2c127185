"""What a person does, as an entry: the body is made from what the last report knew, signed with the person's key, and handed in.

Every function goes through the record, and so through the rules. What comes into force is carried out at once: a redaction destroys
the key of its subject. Whoever was interrupted between the two does it again with the next act.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch import verify
from trucewatch.errors import MissingError, UsageError
from trucewatch.journal import Entry, Json, key_id, sign_entry
from trucewatch.mission.document import Mission
from trucewatch.mission.generation import generation_of
from trucewatch.mission.load import Loaded
from trucewatch.mission.record import MissionRecord
from trucewatch.mission.redact import redact
from trucewatch.verify import Merged, bundle_of, merge, parse_bundle
from trucewatch.verify.people import PAIRS

SHORTEST: Final = 8
"""Digits of an entry's id that may stand for all of it."""
CLAIM_MINUTES: Final = 15
KNOWN: Final = ("incidents", "members", "observations", "pairs", "findings", "duties", "sides", "places")


@dataclass(frozen=True)
class Desk:
    """An open record, the mission document, and the key of whoever sits here (None for who only reads).

    `load` loads what lies beside the document, for acts that need it.
    """

    opened: MissionRecord
    mission: Mission
    load: Callable[[], Loaded]
    key: Ed25519PrivateKey | None
    now: dt.datetime

    @cached_property
    def loaded(self) -> Loaded:
        """The mission with all that its document names."""
        return self.load()

    @cached_property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The tables of the last internal report. Raises MissingError when there is none."""
        store = self.opened.store
        reports = generation_of(store, store.index.generation()).reports
        days = sorted(place for place in reports if place.endswith("/internal"))
        if not days:
            to_do = "make one: trucewatch run MISSION --data DATA --out OUT --store STORE"
            raise MissingError("no report was made on this store", where=str(store.folder), to_do=to_do)
        names = dict(store.objects.get_manifest(reports[days[-1]])["tables"])
        return {name: store.objects.get(names[name]) for name in KNOWN}

    @property
    def me(self) -> str:
        """The id of the key."""
        return key_id(self._key.public_key().public_bytes_raw())

    @property
    def _key(self) -> Ed25519PrivateKey:
        if self.key is None:
            raise UsageError("whose word is it?", where="--key", to_do="give the PEM file of your key")
        return self.key

    def hand_in(self, kind: str, body: dict[str, Json]) -> Entry:
        """Sign an entry and write it. Raises ActRefused where it breaks a rule."""
        entry = sign_entry(kind, self.now, body, self._key, origin=self.opened.origin)
        self.opened.record.append([entry])
        self.carry_out()
        return entry

    def carry_out(self) -> list[str]:
        """Redact all subjects whose redaction is in force; return those that were readable until now."""
        locker = self.opened.store.locker
        acts = self.opened.record.standing.state.acts.values()
        subjects = {str(act.names["subject"]) for act in acts if act.act == "redaction" and act.is_in_force}
        fresh = [subject for subject in sorted(subjects) if not locker.is_redacted(subject)]
        for subject in fresh:
            redact(self.opened.store, self.loaded, subject)
        return fresh

    def find(self, begins: str) -> str:
        """Return the id of the entry that begins so. Raises UsageError where none or several do."""
        entries = self.opened.record.standing.state.entries
        if begins in entries:
            return begins
        found = [name for name in entries if name.startswith(begins)] if len(begins) >= SHORTEST else []
        if len(found) != 1:
            what = "no entry of the journal begins so" if not found else f"{len(found)} entries begin so"
            raise UsageError(
                what, where=begins, to_do=f"give at least {SHORTEST} digits; `trucewatch queue` shows them"
            )
        return found[0]

    def decide(
        self,
        word: str,
        subjects: Sequence[str],
        reason: str,
        *,
        changes: Mapping[str, str] | None = None,
        replaces: str | None = None,
        settle: bool = False,
    ) -> Entry:
        """Decide on an incident, or on a pair of observations, as the last report has them; `changes`: what is otherwise."""
        pair = word in PAIRS
        if len(subjects) != (2 if pair else 1):
            to_do = "two observations" if pair else "one incident"
            raise UsageError(f"{word} is about {to_do}", where=" ".join(subjects), to_do=f"name {to_do}")
        seen = sorted(subjects) if pair else self._members(subjects[0])
        body: dict[str, Json] = {
            "subject": "" if pair else subjects[0], "decision": word, "observations": [*seen], "reason": reason,
            "rests_on": [*self._brought(seen)], "clauses": [*self._clauses(seen)],
        }  # fmt: skip
        if changes:
            body["changes"] = dict(changes)
        if replaces:
            body["replaces"] = self.find(replaces)
        if settle:
            subject = "pair:" + "|".join(seen) if pair else f"incident:{subjects[0]}"
            body["overrules"] = list(self.opened.record.standing.state.heads.get(subject) or ())
        return self.hand_in("decision", body)

    def _members(self, incident_id: str) -> list[str]:
        seen = self.frames["members"].filter(pl.col("incident_id") == incident_id)["observation_id"].sort().to_list()
        if not seen:
            raise UsageError("the last report has no such incident", where=incident_id, to_do="see `trucewatch queue`")
        return seen

    def _brought(self, seen: Iterable[str]) -> list[str]:
        rows = self.frames["observations"].filter(pl.col("observation_id").is_in(list(seen)))
        return rows["delivery_id"].drop_nulls().unique().sort().to_list()

    def _clauses(self, seen: Iterable[str]) -> list[str]:
        mine = self.frames["members"].filter(pl.col("observation_id").is_in(list(seen)))
        told = self.frames["findings"].join(mine, on="incident_id", how="semi")
        return told["clause_id"].unique().sort().to_list()

    def approve(self, of: str, reason: str, *, refuse: bool = False) -> Entry:
        """Have a word on another person's act."""
        word = "refused" if refuse else "approved"
        return self.hand_in("approval", {"of": self.find(of), "decision": word, "reason": reason})

    def claim(self, task: str, minutes: int = CLAIM_MINUTES) -> Entry:
        """Work on a task of the queue for a while; 0 minutes give it back."""
        if minutes and task not in set(self.queue()["task"]):
            raise UsageError("no such task waits", where=task, to_do="name one as `trucewatch queue` lists it")
        until = self.now + dt.timedelta(minutes=minutes)
        return self.hand_in("claim", {"task": task, "until_utc": told(until)})

    def queue(self) -> pl.DataFrame:
        """Return what waits for people, what matters most first."""
        thresholds = {clause.clause_id: clause.evidence_threshold for clause in self.loaded.agreement.document.clauses}
        return verify.queue(self.frames, self.opened.record.standing, thresholds=thresholds, now=self.now)

    def set_rules(self, reason: str) -> Entry:
        """Enter the section [verify] of the mission document."""
        document = self.loaded.agreement.document
        body = verify.rules_body(
            self.loaded.mission.verify,
            parties=self.loaded.agreement.party_ids,
            clauses=[clause.clause_id for clause in document.clauses],
            reason=reason,
        )
        return self.hand_in("rules", body)

    def export(self, since: int, *, mine: bool) -> bytes:
        """Return a bundle of the entries from position `since` on, or of those signed with this key."""
        entries = self.opened.record.entries(since)
        return bundle_of([entry for entry in entries if not mine or entry.author == self.me], self.opened.origin)

    def take_in(self, data: bytes, *, name: str) -> Merged:
        """Merge a bundle: all that the rules admit in one transaction, then an entry that says what became of it."""
        entries = parse_bundle(data, self.opened.origin, name=name)
        merged = merge(self.opened.record.standing, entries, now=self.now)
        refused: dict[str, Json] = {entry.entry_id: error.rule for entry, error in merged.refused}
        body: dict[str, Json] = {
            "sha256": hashlib.sha256(data).hexdigest(), "entries": len(entries), "taken": len(merged.taken), "refused": refused,
        }  # fmt: skip
        note = sign_entry("bundle", self.now, body, self._key, origin=self.opened.origin)
        self.opened.store.locker.keep(data)
        self.opened.record.append([*merged.taken, note])
        self.carry_out()
        return merged


def told(at_utc: dt.datetime) -> str:
    """Return an instant as bodies of entries tell it."""
    return at_utc.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
