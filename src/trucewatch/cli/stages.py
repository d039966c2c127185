"""Each stage alone on files: `observe`, `judge`."""

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import polars as pl
from cyclopts import Parameter

from trucewatch import judge as judging
from trucewatch import tables, when
from trucewatch.agreement import parse_agreement
from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import Clock, result
from trucewatch.errors import UsageError
from trucewatch.observe import Delivery, current, source, take_in
from trucewatch.store import beside, read_bytes, read_table, write_tables
from trucewatch.words import plain


def observe(
    *files: Path,
    source_name: Annotated[str, Parameter(name="--source")],
    out: Out,
    time_zone: str = "Europe/Kyiv",
    option: Annotated[dict[str, str] | None, Parameter(name="--option")] = None,
    json_: Json = False,
) -> None:
    """Take in original files of one source, in the order given, and write `observations`.

    Rows that break a rule are written beside it as `<name>.set_aside.parquet`, never dropped; warnings, claims and statements,
    which are no observations, as `<name>.alerts.parquet` and so on.

    Parameters
    ----------
    files
        Original files.
    source_name
        Name of the source; `trucewatch sources` lists them.
    out
        The Parquet file of observations to write.
    time_zone
        The local clock of the source, an IANA name.
    option
        What the reader is told, as `--option.NAME VALUE`; a file named is looked for beside the first file.
    json_
        Print one JSON object instead of lines.
    """
    if not files:
        raise UsageError("no file to take in", to_do="name one or more files")
    clock = Clock()
    found = source(source_name)
    given = found.given(
        when.zone(time_zone), options=option or {}, beside=beside(files[0].resolve().parent, Path.cwd())
    )
    now = dt.datetime.now(dt.UTC)
    taken = []
    with clock.stage("observe", sum(path.stat().st_size for path in files if path.exists()), "bytes") as advance:
        for path in files:
            delivery = Delivery(path.name, read_bytes(path), now, given.manifest.source_id)
            taken.append(take_in(delivery, found.read, given))
            advance(len(delivery.data))
    standing = {
        table: current(
            [each.observations if table == "observations" else each.context[table] for each in taken],
            snapshot=given.manifest.delivery == "snapshot",
            withdrawn=[each.withdrawn for each in taken],
            table=table,
        )
        for table in tables.IDS
    }
    aside = pl.concat([one.set_aside for one in taken])
    context = {table: rows for table, rows in standing.items() if table != "observations" and rows.height}
    beside_it = {f"{out.stem}.{table}": rows for table, rows in {"set_aside": aside, **context}.items()}
    write_tables(out.parent, {out.stem: standing["observations"], **beside_it})
    clock.tell()
    account = pl.concat([one.delivery for one in taken])
    counted = {
        name: int(account[name].sum()) for name in ("rows_in", "set_aside", "repeated", "superseded", "withdrawn")
    }
    rules = dict(aside.group_by("rule").len().sort("rule").iter_rows())
    told = {"observations": standing["observations"].height, **{table: rows.height for table, rows in context.items()}}
    result({**told, **counted, "rules": rules, "file": str(out)}, as_json=json_)


def judge(
    incidents: Path,
    *,
    agreement: Path,
    out: Out,
    supposed_start: dt.datetime | None = None,
    supposed_end: dt.datetime | None = None,
    json_: Json = False,
) -> None:
    """Set incidents against an agreement: writes `findings` and `tallies`.

    Parameters
    ----------
    incidents
        A Parquet file of incidents, as `fuse` writes it.
    agreement
        The agreement document.
    out
        The folder to write to.
    supposed_start
        For a text that never entered into force: from when its terms are applied, in the agreement's local time.
    supposed_end
        And until when.
    json_
        Print one JSON object instead of lines.
    """
    clock = Clock()
    text = parse_agreement(read_bytes(agreement), name=str(agreement), beside=beside(agreement.resolve().parent))
    if (supposed_start is None) != (supposed_end is None):
        raise UsageError("--supposed-start and --supposed-end belong together", to_do="give both or none")
    supposed = None
    if supposed_start and supposed_end:
        first, last = (when.to_utc(local, text.zone_info).start_utc for local in (supposed_start, supposed_end))
        supposed = when.Span(first, last)
    rows = read_table(incidents, "incidents")
    with clock.stage("judge"):
        judged = judging.judge(rows, text, supposed=supposed)
    write_tables(out, {"findings": judged.findings, "tallies": judged.tallies})
    clock.tell()
    if text.in_force("text") is None:
        print(plain(f"{text.title}: never in force; nothing is contrary to it"), file=sys.stderr)
    by_word = judged.tallies.group_by("conformity").agg(pl.col("incidents").sum()).sort("conformity")
    result({**dict(by_word.iter_rows()), "folder": str(out)}, as_json=json_)
