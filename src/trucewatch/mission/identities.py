"""Who a witness is, kept apart from what the witness said.

The rules:

- Who a person is (name, number, address) is a subject of its own: sealed under a key of that subject alone, entered as an
  `identity` that tells its commitment and nothing else. In place of it stands a pseudonym, `witness-` and the first 16 digits
  of the commitment, in the file of statements and so in every table.
- The same identity sealed again has the same pseudonym, until it was redacted: afterwards nobody can tell that it is the same.
- Who may read it is a role, and reading it is an entry: `access`, with a reason, which stands in the journal before it is shown.
- To redact the subject is to destroy its key. What the witness said stays.
"""

import csv
import io
from collections.abc import Sequence
from typing import Final

from trucewatch.errors import ActRefused, DeliveryError, UsageError
from trucewatch.journal import canonical
from trucewatch.mission.acts import Desk

PSEUDONYM: Final = "witness-"
DIGITS: Final = 16
SHORTEST: Final = 4
"""Letters from which on a part of an identity is looked for in the other columns."""


def pseudonym(subject: str) -> str:
    """Return by what a witness goes.

    >>> pseudonym("5f2c0f1d7a3b9e48" * 4)
    'witness-5f2c0f1d7a3b9e48'
    """
    return PSEUDONYM + subject[:DIGITS]


def seal(desk: Desk, identity: bytes) -> str:
    """Seal an identity under a key of its own, enter that it was, and return its pseudonym; the same twice is one.

    Raises ActRefused for who may not; then nothing of it can be read.
    """
    if not identity.strip():
        raise UsageError("nobody is named", where="an identity", to_do="give who the witness is")
    locker = desk.opened.store.locker
    for known in desk.opened.record.standing.state.identities:
        if locker.has_key(known) and locker.is_of(known, identity):
            return pseudonym(known)
    subject = locker.new_subject(identity)
    sha256 = locker.keep(identity, subject=subject)
    try:
        desk.hand_in("identity", {"subject": subject, "sha256": sha256})
    except ActRefused:
        locker.redact(subject)
        raise
    return pseudonym(subject)


def show(desk: Desk, witness: str, reason: str) -> bytes:
    """Return who a witness is, after the access was entered. Raises ActRefused, Redacted, MissingError without the key."""
    subject = subject_named(desk, witness)
    identity = desk.opened.store.locker.get(desk.opened.record.standing.state.identities[subject], subject=subject)
    desk.hand_in("access", {"subject": subject, "reason": reason})
    return identity


def subject_named(desk: Desk, witness: str) -> str:
    """Return the subject of a pseudonym. Raises UsageError for one that no identity has."""
    found = [each for each in desk.opened.record.standing.state.identities if pseudonym(each) == witness]
    if len(found) != 1:
        raise UsageError(
            "no witness of that pseudonym", where=witness, to_do="give it as `trucewatch identity seal` did"
        )
    return found[0]


def split(desk: Desk, data: bytes, columns: Sequence[str], *, name: str, into: str) -> tuple[bytes, int]:
    """Return a CSV with a pseudonym in column `into` in place of `columns`, which say who each row is from; and how many persons.

    Nothing is sealed where a part of an identity stands in another column of its row too. Raises DeliveryError, with its line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeliveryError(f"not UTF-8 at byte {error.start}", where=name, to_do="save it as UTF-8") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="")
    header = list(reader.fieldnames or ())
    if absent := [each for each in columns if each not in header] or ([into] if into in header else []):
        raise DeliveryError(f"its columns are {header}", where=f"{name}: {absent[0]}", to_do="name those that say who")
    others = [each for each in header if each not in columns]
    rows = []
    for row in reader:
        line = reader.line_num
        if None in row.values() or "" in row:
            raise DeliveryError("a row of another width", where=f"{name}, line {line}", to_do="correct the file")
        told = {each: row[each].strip() for each in columns if row[each].strip()}
        for part in (part for part in told.values() if len(part) >= SHORTEST):
            if said := next((each for each in others if part.casefold() in row[each].casefold()), None):
                to_do = "take it out there: the statement would name the witness"
                raise DeliveryError("the identity stands here too", where=f"{name}, line {line}: {said}", to_do=to_do)
        rows.append((told, [row[each] for each in others]))
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([*others, into])
    names = {}
    for told, kept in rows:
        identity = canonical(dict(told))
        if told and identity not in names:
            names[identity] = seal(desk, identity)
        writer.writerow([*kept, names.get(identity, "")])
    return written.getvalue().encode(), len(names)
