"""`release`: nothing leaves without two people. Propose a report's release; once it is approved, write it."""

import datetime as dt
from typing import Literal

from trucewatch.cli.desk import OwnSeat, Seat, desk, tell
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import result
from trucewatch.mission import releasing


def propose(
    *,
    day: dt.date,
    audience: Literal["coalition", "parties", "humanitarian", "public"],
    replaces: str | None = None,
    seat: OwnSeat,
    json_: Json = False,
) -> None:
    """Propose to release the report on a day for an audience, as `trucewatch run --audience` made it.

    The entry holds the hashes of every table, document and file. Another releaser approves it: `trucewatch approve`.

    Parameters
    ----------
    day
        The mission day of the report, YYYY-MM-DD.
    audience
        Who will see it.
    replaces
        The entry of your own that this edits, as after another run.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        tell(at, releasing.propose(at, day, audience, replaces=replaces), as_json=json_)


def publish(
    entry: str,
    *,
    out: Out,
    seat: Seat,
    json_: Json = False,
) -> None:
    """Write a report whose release is in force: the bytes that were approved, and the names of those who released it.

    Parameters
    ----------
    entry
        The entry of the release, or the first digits of its id.
    out
        The folder to write to.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        page = releasing.publish_release(at, entry, out)
    result({"report": str(page)}, as_json=json_)
