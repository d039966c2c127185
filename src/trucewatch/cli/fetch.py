"""`fetch`: live data from its publisher, as the files that the readers read."""

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from trucewatch import fetch as fetching
from trucewatch.cli.options import Json
from trucewatch.cli.output import Clock, result
from trucewatch.errors import UsageError
from trucewatch.mission import documents
from trucewatch.words import plain


def fetch(
    source: str,
    *,
    area: str | None = None,
    from_: Annotated[dt.date | None, Parameter(name="--from")] = None,
    to: dt.date | None = None,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    key_env: str | None = None,
    option: Annotated[dict[str, str] | None, Parameter(name="--option")] = None,
    json_: Json = False,
) -> None:
    """Bring live data of a source from its publisher, as files that its reader reads.

    Only the hosts that the source's manifest names are asked. What was brought and did not change is not brought again; what was
    cut off is taken up. `fetched.json` in the folder tells where each file came from.

    Parameters
    ----------
    source
        Name of a source whose manifest has a section [fetch].
    area
        West, south, east and north in degrees, as --area=22,44,40.3,52.5.
    from_
        The first day, YYYY-MM-DD.
    to
        The last day, which is brought too.
    out
        The folder to write to; `data/` and the name of the source when absent.
    key_env
        The environment variable that holds your key, where it is not the one of the manifest.
    option
        One value in place of those of the manifest, as `--option.NAME VALUE`.
    json_
        Print one JSON object instead of lines.
    """
    manifest = documents.manifest(source)
    offer = manifest.fetch
    if offer is None:
        live = [name for name, one in documents.manifests().items() if one.fetch]
        to_do = f"bring the files yourself; live data are known of {', '.join(live)}"
        raise UsageError("its publisher is not known to offer live data", where=source, to_do=to_do)
    place = fetching.parse_area(area) if area else None
    requests = fetching.plan(offer, area=place, first=from_, last=to, options=option or {})
    secret = fetching.secret_of(offer, os.environ, key_env=key_env)
    folder = out or Path("data") / source
    clock = Clock()
    with clock.stage("fetch", len(requests), "files") as advance:

        def done(one: fetching.Fetched) -> None:
            print(plain(f"{one.name}: {one.state}, {one.lines:,} lines, {one.bytes:,} bytes"), file=sys.stderr)
            advance(1)

        fetched = fetching.fetch(
            offer,
            requests,
            source_id=manifest.source_id,
            folder=folder,
            secret=secret,
            tell=lambda text: print(plain(text), file=sys.stderr),
            done=done,
        )
    clock.tell()
    result({**fetching.summary(fetched), "folder": str(folder)}, as_json=json_)
