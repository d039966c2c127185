"""What the body of each kind of entry holds: the keys, which of them must be there, and the type of each.

The rule: a body has the keys of its kind and no other, so that nothing hides in it; a `delivery`, a `release`, a `pledge` and a
`remark` may have further ones, which other rooms read. Times are written as `at_utc` of an entry is.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Final

from trucewatch.journal import Json
from trucewatch.release import AUDIENCES
from trucewatch.verify.people import DECISIONS, ROLES

LONGEST: Final = 20_000  # letters of a text
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def told_time(text: str) -> dt.datetime:
    """Return the instant that a body tells. Raises ValueError for another spelling.

    >>> told_time("2026-11-24T06:00:00.000000Z").hour
    6
    """
    if not _TIME.fullmatch(text):
        raise ValueError(f"not a time such as 2026-11-24T06:00:00.000000Z: {text[:40]!r}")
    return dt.datetime.fromisoformat(text)


def time_told(at_utc: dt.datetime) -> str:
    """Return an instant as bodies tell it."""
    return at_utc.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _text(value: Json) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


def _name(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 300 and value.isprintable() and not value.isspace()


def _names(value: Json) -> bool:
    return isinstance(value, list) and all(map(_name, value)) and len(set(map(str, value))) == len(value)


def _one_of(*codes: str) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and value in codes


def _hex(digits: int) -> Callable[[Json], bool]:
    wanted = re.compile(rf"[0-9a-f]{{{digits}}}", re.ASCII)
    return lambda value: isinstance(value, str) and wanted.fullmatch(value) is not None


def _state(value: Json) -> bool:
    return isinstance(value, str) and re.fullmatch(r"([A-Z]{3})?", value, re.ASCII) is not None


def _states(value: Json) -> bool:
    return isinstance(value, list) and all(_state(each) and each for each in value)


def _roles(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and _names(value) and all(role in ROLES for role in value)


def _time(value: Json) -> bool:
    try:
        told_time(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def _or(check: Callable[[Json], bool], *others: Json) -> Callable[[Json], bool]:
    return lambda value: any(value is other or value == other for other in others) or check(value)


def _map(value: Json) -> bool:
    return isinstance(value, dict)


def _whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


ID: Final = _hex(64)
KEY: Final = _hex(32)
Shape = Mapping[str, Callable[[Json], bool]]
SHAPES: Final[Mapping[str, tuple[Shape, Shape, bool]]] = {  # must be there, may be there, others may too
    "delivery": (
        {"delivery_id": _name, "source_id": _name, "sha256": ID, "bytes": _whole, "received_utc": _time}, {}, True
    ),
    "decision": (
        {"subject": _or(_name, ""), "decision": _one_of(*DECISIONS), "observations": _names, "reason": _text, "rests_on": _names},
        {"changes": _map, "clauses": _names, "replaces": ID, "overrules": _names}, False,
    ),
    "approval": ({"of": ID, "decision": _one_of("approved", "refused"), "reason": _text}, {}, False),
    "claim": ({"task": _name, "until_utc": _time}, {}, False),
    "notice": (
        {"findings": _names, "parties": _names, "hours": _whole, "text": _text, "reason": _text}, {"replaces": ID}, False
    ),
    "reply": ({"finding": _name, "party": _name, "text": _text}, {"notice": ID}, False),
    "correction": (
        {"of": _name, "what": _text, "reason": _text}, {"replaces": ID, "rests_on": _names, "audience": _one_of(*AUDIENCES)},
        False
    ),
    "redaction": ({"subject": _name, "reason": _text}, {"replaces": ID}, False),
    "release": (
        {"audience": _one_of(*AUDIENCES), "day": _name,
         "tables": _map, "report": _map}, {"replaces": ID, "reason": _text}, True,
    ),
    "remark": ({}, {}, True),
    "pledge": ({}, {}, True),
    "rules": (
        {"rulebook": _whole, "settings": _map, "sha256": ID, "parties": _names, "clauses": _names,
         "reason": _text}, {}, False
    ),
    "key_added": (
        {"public_key": ID, "name": _name, "roles": _roles, "state": _state, "from_utc": _time,
         "until_utc": _or(_time, None), "conflicts": _names}, {"nationalities": _states}, False,
    ),
    "key_revoked": ({"key": KEY, "from_utc": _time, "reason": _text}, {}, False),
    "identity": ({"subject": ID, "sha256": ID}, {}, False),
    "access": ({"subject": ID, "reason": _text}, {}, False),
    "bundle": ({"sha256": ID, "entries": _whole, "taken": _whole, "refused": _map}, {}, False),
}  # fmt: skip


def problem_of(kind: str, body: Mapping[str, Json]) -> str:
    """Return what is wrong with the body of an entry; "" for nothing."""
    if kind not in SHAPES:
        return f"no rule knows entries of the kind {kind!r}"
    must, may, others = SHAPES[kind]
    if absent := sorted(set(must) - set(body)):
        return f"keys are absent: {', '.join(absent)}"
    known = {**must, **may}
    if not others and (surplus := sorted(set(body) - set(known))):
        return f"no such keys: {', '.join(surplus)[:200]}"
    return next((f"not what {key} holds" for key, check in known.items() if key in body and not check(body[key])), "")
