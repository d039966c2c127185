"""`remark`: an officer's words on a report, signed with the officer's own key."""

import datetime as dt
from pathlib import Path

from trucewatch import mission as missions
from trucewatch import report
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import result
from trucewatch.errors import UsageError
from trucewatch.mission.record import private_key
from trucewatch.store import read_bytes, write_bytes


def remark(
    text: Path,
    *,
    mission: Path,
    day: dt.date,
    author: str,
    key: Path,
    out: Out,
    language: str = "en",
    audience: str = "internal",
    json_: Json = False,
) -> None:
    """Sign a remark on the report of a day; `trucewatch run --remarks` shows it in the report.

    Parameters
    ----------
    text
        The file with the words, UTF-8.
    mission
        The mission document.
    day
        The mission day of the report, YYYY-MM-DD.
    author
        The author's name, as the report will show it.
    key
        The author's Ed25519 private key, a PEM file without password: `openssl genpkey -algorithm ed25519`.
    out
        The file to write.
    language
        The language of the words: en, uk, ru or fr.
    audience
        The widest audience that may read them: internal, coalition, parties, humanitarian, public.
    json_
        Print one JSON object instead of lines.
    """
    mission_id = missions.load(mission).mission.mission_id
    try:
        words = read_bytes(text).decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8", where=str(text), to_do="save the text as UTF-8") from error
    said = {
        "at_utc": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "audience": audience, "author": author,
        "day": day.isoformat(), "language": language, "mission_id": mission_id, "text": words,
    }  # fmt: skip
    data = report.sign_remark(said, private_key(key))
    signed = report.parse_remark(data, name=str(text), mission_id=mission_id).row(0, named=True)
    write_bytes(out, data)
    result({"file": str(out), "key": signed["key_id"], "day": day.isoformat(), "audience": audience}, as_json=json_)
