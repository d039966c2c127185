"""The mission's rules in force, as an entry of kind `rules` sets them: past acts are judged by the rules of their time."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError

from trucewatch.journal import Json, canonical
from trucewatch.verify.settings import VerifySettings

RULEBOOK: Final = 1
"""The version of the rules in `trucewatch.verify.admit`; a journal says by which it was kept."""


@dataclass(frozen=True)
class Rules:
    """The rules in force: settings, parties (concerned by everything), clauses, and the entry that set them ("" for none)."""

    settings: VerifySettings = field(default_factory=VerifySettings)
    parties: frozenset[str] = frozenset()
    clauses: frozenset[str] = frozenset()
    entry_id: str = ""

    def concerned(self, clauses: Iterable[str] | None) -> tuple[frozenset[str], frozenset[str]]:
        """Return names and states of whoever is concerned by acts on `clauses`; None, or none named, for all."""
        asked = frozenset(clauses or ()) or None
        touched = [
            each
            for each in self.settings.concerned
            if each.clauses is None or asked is None or asked & frozenset(each.clauses)
        ]
        names = self.parties | {each.name for each in touched}
        return names, frozenset(state for each in touched for state in each.states)

    @property
    def relaxed(self) -> tuple[str, ...]:
        """What is relaxed, as codes: the acts that one person does alone, and the names of the settings that are on."""
        told = self.settings
        on = ("same_state_allowed", "concerned_allowed", "own_delivery_allowed")
        return (*sorted(told.alone), *(name for name in on if getattr(told, name)))


def rules_body(
    settings: VerifySettings, *, parties: Iterable[str], clauses: Iterable[str], reason: str
) -> dict[str, Json]:
    """Return the body of the entry that sets these rules, for an agreement of these parties and clauses."""
    told: dict[str, Json] = json.loads(settings.model_dump_json())
    hashed = hashlib.sha256(canonical(told)).hexdigest()
    return {
        "rulebook": RULEBOOK, "settings": told, "sha256": hashed, "parties": [*sorted(set(parties))],
        "clauses": [*sorted(set(clauses))], "reason": reason,
    }  # fmt: skip


def rules_of(body: Mapping[str, Json], entry_id: str) -> Rules:
    """Return the rules that the body of an entry sets. Raises ValueError where it says none that this version knows."""
    told, parties, clauses = body["settings"], body["parties"], body["clauses"]
    if body["rulebook"] != RULEBOOK:
        raise ValueError(f"rulebook {body['rulebook']!r}, and this version knows {RULEBOOK}")
    if hashlib.sha256(canonical(told)).hexdigest() != body["sha256"]:
        raise ValueError("sha256 is not that of the settings")
    try:
        settings = VerifySettings.model_validate_json(canonical(told))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"settings: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    assert isinstance(parties, list)
    assert isinstance(clauses, list)
    return Rules(settings, frozenset(map(str, parties)), frozenset(map(str, clauses)), entry_id)
