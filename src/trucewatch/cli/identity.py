"""`identity`: who a witness is, kept apart from what the witness said."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from trucewatch.cli.desk import OwnSeat, desk
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import result
from trucewatch.errors import UsageError
from trucewatch.mission import identities
from trucewatch.store import read_bytes, write_bytes


def seal(identity: Path, *, seat: OwnSeat, json_: Json = False) -> None:
    """Seal who a witness is under a key of its own, and print the pseudonym to write in what the witness said.

    The same bytes again give the same pseudonym. Delete the file afterwards: trucewatch does not.

    Parameters
    ----------
    identity
        A file that says who the witness is; it is kept as it is.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        result({"witness": identities.seal(at, read_bytes(identity))}, as_json=json_)


def split(
    file: Path,
    *,
    column: Annotated[tuple[str, ...], Parameter(negative="")],
    into: str = "witness",
    out: Out,
    seat: OwnSeat,
    json_: Json = False,
) -> None:
    """Take the columns that say who a person is out of a table of reports, seal them, and write the table with pseudonyms.

    For the reports of observers, the calls of a hotline, interviews: what is written goes into the data folder, the file with the
    names never does. It is refused where a name stands in another column too.

    Parameters
    ----------
    file
        A CSV in UTF-8 with a row for each report.
    column
        A column that says who it is from; again for each further one. Rows alike in all of them are of one witness.
    into
        The column of the pseudonym in what is written.
    out
        The file to write, in the data folder.
    json_
        Print one JSON object instead of lines.
    """
    if out.resolve() == file.resolve():
        raise UsageError("the file with the names itself", where=str(out), to_do="name another file")
    with desk(seat) as at:
        data, persons = identities.split(at, read_bytes(file), column, name=str(file), into=into)
    write_bytes(out, data)
    result({"file": str(out), "witnesses": persons}, as_json=json_)


def show(witness: str, *, reason: str, out: Out, seat: OwnSeat, json_: Json = False) -> None:
    """Write who a witness is into a file. The safeguard alone may, and that it was read is entered in the journal first.

    Parameters
    ----------
    witness
        The pseudonym.
    reason
        Why, in at least ten characters, without a name: it stands in the journal.
    out
        The file to write, readable by its owner only.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        identity = identities.show(at, witness, reason)
    write_bytes(out, identity, mode=0o600)
    result({"file": str(out), "witness": witness}, as_json=json_)
