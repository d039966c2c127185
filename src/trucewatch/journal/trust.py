"""Whom a verification believes: the log's key and the witnesses, as the mission document names them.

The rules:

- The log's origin is the name of its key, and tells the key: `<mission_id>/<16 hex of the key's id>`.
- A witness is a key of its own, neither the log's nor a person's of the journal, under one name only: a cosignature does not
  tell the name (C2SP tlog-cosignature).
- Each witness is a guarantor of the agreement or is not, as the mission says. At least one is none: those who guarantee a text
  could agree among themselves on what its log should have said.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from pydantic import Field, field_validator, model_validator

from trucewatch.documents import Strict
from trucewatch.errors import JournalError, UsageError
from trucewatch.journal.checkpoint import Checkpoint, cosigned_at
from trucewatch.journal.entry import origin_of
from trucewatch.journal.note import COSIGNATURE, ED25519, VerifierKey, parse_vkey


@dataclass(frozen=True)
class Witness:
    """A witness: its `key`, its `name` as people know it, and whether it is a guarantor of the agreement."""

    key: VerifierKey
    name: str
    is_guarantor: bool


@dataclass(frozen=True)
class Trust:
    """The `log` and its `witnesses`. Raises UsageError where the keys cannot be those of a log and of its witnesses."""

    log: VerifierKey
    witnesses: tuple[Witness, ...] = ()

    def __post_init__(self) -> None:
        mission_id = self.log.name.rpartition("/")[0]
        if self.log.kind != ED25519 or self.log.name != origin_of(mission_id, self.log.public_key):
            raise UsageError(
                "not the key of a journal: its name does not tell it",
                where=str(self.log),
                to_do="give the vkey of the log as `trucewatch journal vkey` prints it",
            )
        keys = [self.log.public_key, *(witness.key.public_key for witness in self.witnesses)]
        if len(set(keys)) < len(keys) or any(witness.key.kind != COSIGNATURE for witness in self.witnesses):
            to_do = "give each witness a key of its own, of kind 4"
            raise UsageError("the keys of log and witnesses are not apart", where=self.log.name, to_do=to_do)

    @property
    def origin(self) -> str:
        """The origin of the log."""
        return self.log.name


@dataclass(frozen=True)
class Seen:
    """A witness saw a checkpoint: when it first cosigned it."""

    witness: Witness
    at_utc: dt.datetime


def witnessed(checkpoint: Checkpoint, trust: Trust, *, where: str = "a checkpoint") -> tuple[Seen, ...]:
    """Return who of the trusted witnesses cosigned a checkpoint. Raises JournalError when a cosignature does not hold."""
    found = ((witness, cosigned_at(checkpoint, witness.key, where=where)) for witness in trust.witnesses)
    return tuple(Seen(witness, times[0]) for witness, times in found if times)


class WitnessSettings(Strict):
    """One witness of the journal."""

    vkey: str = Field(description="the witness' verifier key, as `trucewatch journal vkey --witness` prints it")
    name: str = Field(min_length=1, description="who it is")
    url: str | None = Field(
        default=None, description="where it answers over HTTP (C2SP tlog-witness), such as `https://witness.example`"
    )
    guarantor: bool = Field(description="whether it guarantees the agreement; must be said of each")

    @field_validator("vkey")
    @classmethod
    def _is_a_witness(cls, vkey: str) -> str:
        return _of_kind(vkey, COSIGNATURE, "not the key of a witness: its kind is not 4")


class JournalSettings(Strict):
    """The journal of the mission: its key, who witnesses it, what a receipt promises."""

    log: str | None = Field(
        default=None, description="the verifier key of the log; `trucewatch journal vkey` prints it"
    )
    witnesses: tuple[WitnessSettings, ...] = Field(
        default=(), description="who cosigns; at least one of them is no guarantor"
    )
    promise_hours: int = Field(
        default=24, ge=1, le=168, description="what is handed in is in the journal within these hours, says its receipt"
    )

    @field_validator("log")
    @classmethod
    def _is_a_log(cls, vkey: str | None) -> str | None:
        return vkey if vkey is None else _of_kind(vkey, ED25519, "not the key of a log: its kind is not 1")

    @model_validator(mode="after")
    def _are_apart(self) -> Self:
        keys = [parse_vkey(witness.vkey).public_key for witness in self.witnesses]
        keys += [parse_vkey(self.log).public_key] if self.log else []
        if len(set(keys)) < len(keys):
            raise ValueError("log and witnesses have each a key of its own, under one name")
        if len({witness.name for witness in self.witnesses}) < len(self.witnesses):
            raise ValueError("two witnesses have one name")
        if self.witnesses and all(witness.guarantor for witness in self.witnesses):
            raise ValueError("at least one witness must be no guarantor")
        return self

    def trust(self) -> Trust:
        """Return whom a verification believes. Raises UsageError where the document does not name the log's key."""
        if self.log is None:
            to_do = 'add log = "…" to the section [journal]'
            raise UsageError("the mission names no key of its log", where="[journal]", to_do=to_do)
        told = (Witness(parse_vkey(each.vkey), each.name, each.guarantor) for each in self.witnesses)
        return Trust(parse_vkey(self.log), tuple(told))


def _of_kind(vkey: str, kind: int, otherwise: str) -> str:
    try:
        found = parse_vkey(vkey)
    except JournalError as error:
        raise ValueError(error.problems[0].what) from error
    if found.kind != kind:
        raise ValueError(otherwise)
    return vkey
