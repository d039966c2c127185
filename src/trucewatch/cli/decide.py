"""What people say: `decide`, `approve`, `notice`, `reply`, `correct`, `redact`, and the `queue` of what waits for them."""

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from trucewatch.cli.desk import OwnSeat, Seat, desk, tell
from trucewatch.cli.options import Json
from trucewatch.errors import UsageError
from trucewatch.journal import Json as Told
from trucewatch.mission.acts import CLAIM_MINUTES, told
from trucewatch.mission.identities import PSEUDONYM, subject_named
from trucewatch.store import read_bytes
from trucewatch.words import plain

Word = Literal["confirmed", "rejected", "corrected", "withdrawn", "unsure", "same", "different", "safety_warning"]


def decide(
    word: Word,
    *subject: str,
    reason: str,
    change: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    replaces: str | None = None,
    settle: bool = False,
    seat: OwnSeat,
    json_: Json = False,
) -> None:
    """Decide on an incident, or whether two observations are the same. It counts once another person approves it.

    A safety warning and `unsure` are one person's own. The entry names the deliveries and clauses that it rests on.

    Parameters
    ----------
    word
        confirmed, rejected, corrected, withdrawn, unsure or safety_warning of an incident; same or different of two observations.
    subject
        The incident, or two observations, as `trucewatch queue` names them.
    reason
        Why, in at least ten characters.
    change
        Of corrected, what is otherwise, as WHAT=VALUE, such as `deaths_low=2`; several with several `--change`.
    replaces
        The entry of your own that this edits; its approval is void, unless it was published.
    settle
        Overrule every decision in force on the same subject, as where they contradict each other.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        done = at.decide(word, subject, reason, changes=_changes(change), replaces=replaces, settle=settle)
        tell(at, done, as_json=json_)


def approve(
    entry: str,
    *,
    reason: str = "",
    refuse: bool = False,
    seat: OwnSeat,
    json_: Json = False,
) -> None:
    """Approve another person's act, or refuse it. The safeguard's refusal of a release is a veto; others are dissent.

    Parameters
    ----------
    entry
        The entry of the act, or the first digits of its id.
    reason
        Why; of a refusal in at least ten characters.
    refuse
        Refuse instead.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        tell(at, at.approve(entry, reason, refuse=refuse), as_json=json_)


def notice(
    *finding: str,
    hours: int,
    reason: str,
    text: str = "",
    seat: OwnSeat,
    json_: Json = False,
) -> None:
    """Propose to send preliminary findings to all parties at once, each with the same hours to reply.

    Parameters
    ----------
    finding
        The findings, each as INCIDENT|CLAUSE.
    hours
        How many hours each party has; no fewer than `reply_hours` of the mission.
    reason
        Why, in at least ten characters.
    text
        Words to the parties.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        body: dict[str, Told] = {
            "findings": [*finding], "parties": [*at.loaded.agreement.party_ids], "hours": hours, "text": text, "reason": reason,
        }  # fmt: skip
        tell(at, at.hand_in("notice", body), as_json=json_)


def reply(
    finding: str,
    *,
    party: str,
    text: Path,
    notice: str | None = None,
    seat: OwnSeat,
    json_: Json = False,
) -> None:
    """Enter a party's reply to a preliminary finding; it is printed beside the finding, in its own words.

    Parameters
    ----------
    finding
        The finding, as INCIDENT|CLAUSE.
    party
        The party, as the agreement names it.
    text
        The file with its words, UTF-8.
    notice
        The entry of the notice that it answers.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        body: dict[str, Told] = {"finding": finding, "party": party, "text": _words(text)}
        if notice:
            body["notice"] = at.find(notice)
        tell(at, at.hand_in("reply", body), as_json=json_)


def correct(
    of: str,
    *,
    what: str,
    reason: str,
    audience: Literal["internal", "coalition", "parties", "humanitarian", "public"] = "internal",
    replaces: str | None = None,
    seat: OwnSeat,
    json_: Json = False,
) -> None:
    """Propose a correction of what was published or entered; it leads the next report.

    Parameters
    ----------
    of
        An entry, or report:YYYY-MM-DD.
    what
        What is otherwise, as the report will say it.
    reason
        Why, in at least ten characters.
    audience
        The widest audience that reads it.
    replaces
        The entry of your own that this edits.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        named = of if of.startswith("report:") else at.find(of)
        body: dict[str, Told] = {"of": named, "what": what, "reason": reason, "audience": audience}
        if replaces:
            body["replaces"] = at.find(replaces)
        tell(at, at.hand_in("correction", body), as_json=json_)


def redact(
    subject: str,
    *,
    reason: str,
    seat: OwnSeat,
    json_: Json = False,
) -> None:
    """Propose to destroy the key of a subject, so that nobody can read what belongs to it. Approved, it is done at once.

    Parameters
    ----------
    subject
        The subject's commitment, 64 hex digits, or the pseudonym of a witness.
    reason
        Why, in at least ten characters, without a name.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        named = subject_named(at, subject) if subject.startswith(PSEUDONYM) else subject
        tell(at, at.hand_in("redaction", {"subject": named, "reason": reason}), as_json=json_)


def queue(
    *,
    most: Annotated[int, Parameter(name="--most")] = 20,
    seat: Seat,
    json_: Json = False,
) -> None:
    """List what waits for a person, what matters most first: near the threshold, harm to civilians, a clock about to run out.

    Parameters
    ----------
    most
        How many to list.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        waiting = at.queue()
    rows = waiting.head(most).to_dicts()
    if json_:
        print(json.dumps({"waiting": waiting.height, "queue": rows}, default=str))
        return
    for each in rows:
        marks = f"near {each['near']:.2f} · harm {each['harm']:.2f} · clock {each['clock']:.2f}"
        held = f" · {each['claimed_by']} until {told(each['claimed_until_utc'])}" if each["claimed_by"] else ""
        print(plain(f"{each['priority']:.2f}  {each['kind']:<13}  {each['task']}  ({marks}){held}"))
    print(f"{waiting.height:,} waiting")


def claim(
    task: str,
    *,
    minutes: int = CLAIM_MINUTES,
    release: Annotated[bool, Parameter(negative="")] = False,
    seat: OwnSeat,
    json_: Json = False,
) -> None:
    """Claim a task of the queue, so that nobody else works on it meanwhile; or give it back.

    Parameters
    ----------
    task
        The task, as `trucewatch queue` lists it.
    minutes
        How long, no longer than `claim_minutes` of the mission.
    release
        Give it back.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        tell(at, at.claim(task, 0 if release else minutes), as_json=json_)


def _changes(told: tuple[str, ...]) -> dict[str, str]:
    if wrong := [each for each in told if "=" not in each.strip("=")]:
        raise UsageError("not what is otherwise", where=wrong[0], to_do="write WHAT=VALUE, such as deaths_low=2")
    return dict(each.split("=", 1) for each in told)


def _words(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8", where=str(path), to_do="save the text as UTF-8") from error
