"""`bundle`: decisions made off line, on a stick."""

from pathlib import Path

from trucewatch.cli.desk import OwnSeat, StationSeat, desk
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import result
from trucewatch.store import read_bytes, write_bytes


def export(
    *,
    out: Out,
    since: int = 0,
    mine: bool = False,
    seat: StationSeat,
    json_: Json = False,
) -> None:
    """Write entries of this record into a bundle, to be merged elsewhere.

    Parameters
    ----------
    out
        The file to write.
    since
        The position from which on entries are written.
    mine
        Only those signed with this key.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        data = at.export(since, mine=mine)
    write_bytes(out, data)
    result({"file": str(out), "entries": data.count(b"\n") - 1}, as_json=json_)


def import_(
    bundle: Path,
    *,
    seat: OwnSeat,
    json_: Json = False,
) -> int:
    """Merge a bundle into the record: every entry goes through the rules, and none is lost without a word.

    Exit code 11 when some were refused; each is named with the rule it breaks, and the bundle itself is kept in the locker.

    Parameters
    ----------
    bundle
        The bundle.
    json_
        Print one JSON object instead of lines.
    """
    with desk(seat) as at:
        merged = at.take_in(read_bytes(bundle), name=str(bundle))
    told = {
        "taken": len(merged.taken), "known": len(merged.known), "refused": len(merged.refused),
        **{entry.entry_id: str(error) for entry, error in merged.refused},
    }  # fmt: skip
    result(told, as_json=json_)
    return 11 if merged.refused else 0
