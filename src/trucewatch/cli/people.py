"""`key`: who may do what. Make a key, add a person, revoke a key, enter the mission's rules, list people."""

import datetime as dt
import json
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cyclopts import Parameter

from trucewatch.cli.desk import Seat, StationSeat, desk, tell
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import result
from trucewatch.errors import UsageError
from trucewatch.journal import Json as Told
from trucewatch.journal import key_id
from trucewatch.mission.acts import told
from trucewatch.store import write_bytes
from trucewatch.words import plain

Several = Annotated[tuple[str, ...], Parameter(negative="")]


def new(*, out: Out, json_: Json = False) -> None:
    """Make a key of your own: a private key that nobody else gets, and the public key that a keeper adds.

    Parameters
    ----------
    out
        The PEM file to write, readable by its owner only; it must not be there yet.
    json_
        Print one JSON object instead of lines.
    """
    if out.exists():
        raise UsageError("there is a file already", where=str(out), to_do="name another: a key is not written over")
    key = Ed25519PrivateKey.generate()
    write_bytes(out, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
    public = key.public_key().public_bytes_raw()
    result({"file": str(out), "public_key": public.hex(), "key": key_id(public)}, as_json=json_)


def add(
    public_key: str,
    *,
    name: str,
    role: Several,
    state: str = "",
    nationality: Several = (),
    conflict: Several = (),
    from_: Annotated[dt.datetime | None, Parameter(name="--from")] = None,
    until: dt.datetime | None = None,
    seat: StationSeat,
    json_: Json = False,
) -> None:
    """Add a person: a public key with a name, roles and a state. Once two could, a second person of another state approves it.

    Parameters
    ----------
    public_key
        The person's public key, 64 hex digits, as `trucewatch key new` prints it.
    name
        The person's name; two keys of one name are one person.
    role
        observer, analyst, verifier, releaser, liaison, safeguard, auditor, witness or keeper; several with several `--role`.
    state
        The state that sent the person, three letters (ISO 3166).
    nationality
        Further nationalities, three letters each.
    conflict
        A party or body by which the person is employed, as the agreement names it.
    from_
        From when the key is valid, UTC; from now when absent.
    until
        Until when the key is valid, UTC; without end when absent.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        body: dict[str, Told] = {
            "public_key": public_key.strip().lower(), "name": name, "roles": [*role], "state": state,
            "from_utc": told(_utc(from_) or at.now), "until_utc": told(end) if (end := _utc(until)) else None,
            "conflicts": [*conflict],
        }  # fmt: skip
        if nationality:
            body["nationalities"] = [*nationality]
        tell(at, at.hand_in("key_added", body), as_json=json_)


def revoke(
    key_id_: Annotated[str, Parameter(name="KEY")],
    *,
    reason: str,
    seat: StationSeat,
    json_: Json = False,
) -> None:
    """Revoke a key: it signs nothing more. What it signed before stands.

    Parameters
    ----------
    key_id_
        The id of the key, 32 hex digits; `trucewatch key list` shows it.
    reason
        Why, in at least ten characters.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        body: dict[str, Told] = {"key": key_id_, "from_utc": told(at.now), "reason": reason}
        tell(at, at.hand_in("key_revoked", body), as_json=json_)


def rules(
    *,
    reason: str,
    seat: StationSeat,
    json_: Json = False,
) -> None:
    """Enter the section [verify] of the mission document into the journal: only then is it in force.

    Parameters
    ----------
    reason
        Why, in at least ten characters.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        tell(at, at.set_rules(reason), as_json=json_)


def people(*, seat: Seat, json_: Json = False) -> None:
    """List the people of the mission: name, roles, state, key, span.

    Parameters
    ----------
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        state = at.opened.record.standing.state
    listed = [
        {
            "name": person.name, "roles": list(person.roles), "state": person.state, "key": person.key,
            "from_utc": told(person.from_utc), "until_utc": told(person.until_utc) if person.until_utc else None,
            "conflicts": list(person.conflicts), "revoked": bool(person.revoked),
        }
        for person in sorted(state.people.values(), key=lambda person: (person.who, person.key))
    ]  # fmt: skip
    if json_:
        print(json.dumps({"people": listed, "relaxed": list(state.rules.relaxed), "founding": state.is_founding}))
        return
    for each in listed:
        roles = ", ".join(map(str, each["roles"])) if isinstance(each["roles"], list) else ""
        ended = " · revoked" if each["revoked"] else ""
        print(plain(f"{each['key']}  {each['name']} · {roles} · {each['state'] or '–'}{ended}"))


def _utc(at: dt.datetime | None) -> dt.datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=dt.UTC)
