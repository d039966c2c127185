"""`journal timestamp`: the last checkpoint of a copy, stamped by a time-stamping authority."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from trucewatch import journal
from trucewatch.cli.journal import last_checkpoint, read_copy
from trucewatch.cli.options import Json
from trucewatch.cli.output import result
from trucewatch.errors import UsageError
from trucewatch.journal.copy import TIMESTAMPS, timestamp_name
from trucewatch.store import read_bytes, write_bytes


def timestamp(
    copy: Path,
    *,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    response: Path | None = None,
    roots: Path | None = None,
    json_: Json = False,
) -> None:
    """Write the request for a time-stamp (RFC 3161) of the last checkpoint of a copy, or check the response and keep it there.

    Ask an authority of your choice: `curl -H 'Content-Type: application/timestamp-query' --data-binary @q.tsq URL > r.tsr`.
    `trucewatch journal verify --roots` checks what was kept.

    Parameters
    ----------
    copy
        The folder of the copy.
    out
        The file to write the request to, such as `q.tsq`.
    response
        The authority's response, which is checked and written into the copy.
    roots
        Certificates (PEM) that the authority's must lead to, with `--response`.
    json_
        Print one JSON object instead of lines.
    """
    signed = last_checkpoint(read_copy(copy), copy)
    if out and not response and not roots:
        write_bytes(out, journal.timestamp_request(signed))
        result({"file": str(out), "checkpoint_over": signed.size}, as_json=json_)
    elif response and roots and not out:
        data = read_bytes(response)
        at_utc = journal.timestamped_at(data, signed, read_bytes(roots), where=str(response))
        write_bytes(copy / TIMESTAMPS / timestamp_name(signed.size), data)
        result({"stamped": at_utc.isoformat(), "checkpoint_over": signed.size}, as_json=json_)
    else:
        raise UsageError("a request or a response?", where=str(copy), to_do="give --out, or --response with --roots")
