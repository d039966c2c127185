"""Powers of a text: what takes effect by a recorded act, and what does not.

The rule, in plain sentences.
1. Nothing happens by itself. A power is exercised by a statement that names the clause, by a party or body that the clause
   entitles. Whether its trigger is fulfilled is for people to say; the act is recorded either way.
2. It holds from when it says, but never before it was said.
3. Where the text asks for everybody's consent, all must have recorded the same act with the same end; it holds from the last.
4. It is made while the text is in force. An extension names its end; none goes beyond the clause's limit.
5. Extend moves the end of the text, or the deadlines of the clauses it is of. Suspend takes a time out, until its end or until
   it is resumed. Release frees the one who exercises it, and nobody else. Verify starts the clauses that wait for it.
   Authorise makes a window in time, perhaps with a place.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl
import shapely

from trucewatch import tables
from trucewatch.agreement import zones
from trucewatch.agreement.model import Clause
from trucewatch.when import Span

WORDS: Final = ("extend", "suspend", "resume", "release", "verify", "authorise")
OPEN_END: Final = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Exercise:
    """One act under a power, in effect or not."""

    statement_id: str
    clause_id: str
    does: str
    by: str | None
    said_utc: dt.datetime
    from_utc: dt.datetime
    until_utc: dt.datetime | None
    circle: tuple[float, float, float] | None
    effect: str

    @property
    def span(self) -> Span:
        """From when until when it holds."""
        return Span(self.from_utc, self.until_utc or OPEN_END)

    @property
    def area(self) -> shapely.Geometry | None:
        """Its place, degrees, longitude first; None for everywhere."""
        if self.circle is None:
            return None
        lon, lat, radius_m = self.circle
        return zones.within(shapely.Point(lon, lat), radius_m / 1000)


def exercised(
    statements: pl.DataFrame, clauses: Sequence[Clause], parties: Sequence[str], text: Span | None
) -> tuple[Exercise, ...]:
    """Return every act that `statements` (table of that name) record under the powers of `clauses`, in order of time.

    `text`: the span in which the text was in force under any reading, before anything was exercised; None where it never was.
    """
    powers = {clause.clause_id: clause for clause in clauses if clause.power}
    found: list[Exercise] = []
    end = text.end_utc if text else None
    rows = statements.filter(pl.col("does").is_in(list(WORDS))).sort("said_utc", "statement_id")
    for row in rows.iter_rows(named=True):
        tried = _tried(row, powers.get(row["clause_id"]), parties, text, end)
        found.append(tried)
        if tried.effect == "awaits_consent":
            found = _with_consent(found, powers[tried.clause_id], parties)
        last = found[-1]
        if last.effect == "in_effect" and last.does == "extend" and not _of(powers[last.clause_id]):
            end = max(end, last.until_utc) if end and last.until_utc else end
    return tuple(_resumed(found))


def _tried(
    row: Mapping[str, Any],
    clause: Clause | None,
    parties: Sequence[str],
    text: Span | None,
    end: dt.datetime | None,
) -> Exercise:
    """Return what one statement tries, with the effect that it has by itself."""
    circle = (row["lon_deg"], row["lat_deg"], row["radius_m"]) if row["radius_m"] is not None else None
    tried = Exercise(
        row["statement_id"], row["clause_id"], row["does"], row["speaks_for"], row["said_utc"],
        max(row["from_utc"] or row["said_utc"], row["said_utc"]), row["until_utc"], circle, "in_effect",
    )  # fmt: skip
    return replace(tried, effect=_effect(tried, clause, parties, text, end))


def _effect(
    tried: Exercise, clause: Clause | None, parties: Sequence[str], text: Span | None, end: dt.datetime | None
) -> str:
    """Return whether an act takes effect by itself, or why not."""
    power = clause.power if clause else None
    if power is None or (power.does != tried.does and (power.does, tried.does) != ("suspend", "resume")):
        return "no_such_power"
    if tried.by not in (power.by or parties):
        return "not_entitled"
    if text is None or end is None or not text.start_utc <= tried.said_utc < end:
        return "text_not_in_force"
    if tried.does == "extend" and tried.until_utc is None:
        return "without_end"
    begins = end if tried.does == "extend" and not power.of else tried.from_utc
    longest = dt.timedelta(days=power.at_most_days) if power.at_most_days is not None else OPEN_END - begins
    if tried.until_utc and tried.until_utc - begins > longest:
        return "beyond_limit"
    return "awaits_consent" if power.consent == "all" else "in_effect"


def _with_consent(found: list[Exercise], clause: Clause, parties: Sequence[str]) -> list[Exercise]:
    """Let the last act, and those that it completes, take effect when everybody has recorded the same."""
    last = found[-1]
    same = [
        each
        for each in found
        if (each.clause_id, each.does, each.until_utc) == (last.clause_id, last.does, last.until_utc)
        and each.effect in ("awaits_consent", "in_effect")
    ]
    needed = set((clause.power.by if clause.power else ()) or parties)
    if not needed <= {each.by for each in same}:
        return found
    begin = max(each.from_utc for each in same)
    return [replace(each, effect="in_effect", from_utc=begin) if each in same else each for each in found]


def _resumed(found: Sequence[Exercise]) -> Iterator[Exercise]:
    """Yield all acts; a suspension that was resumed ends then."""
    for each in found:
        if each.does != "suspend" or each.effect != "in_effect":
            yield each
            continue
        ends = [
            other.from_utc
            for other in found
            if (other.does, other.clause_id, other.effect) == ("resume", each.clause_id, "in_effect")
            and each.from_utc < other.from_utc < (each.until_utc or OPEN_END)
        ]
        yield replace(each, until_utc=min(ends)) if ends else each


def _of(clause: Clause) -> tuple[str, ...]:
    """Return the clauses that a power touches; nothing for the whole text."""
    return clause.power.of if clause.power else ()


def table_of(exercises: Sequence[Exercise]) -> pl.DataFrame:
    """Return table `powers`."""
    rows = [
        {
            "statement_id": each.statement_id, "clause_id": each.clause_id, "does": each.does, "by": each.by,
            "said_utc": each.said_utc, "from_utc": each.from_utc, "until_utc": each.until_utc, "effect": each.effect,
            **dict(zip(("lon_deg", "lat_deg", "radius_m"), each.circle or (None, None, None), strict=True)),
        }
        for each in exercises
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=tables.dtypes("powers"))
    return tables.conform(frame.sort("said_utc", "statement_id"), "powers")


def without(spans: Sequence[Span], gaps: Sequence[Span]) -> tuple[Span, ...]:
    """Return what is left of `spans` outside `gaps`.

    >>> day = lambda n: dt.datetime(2024, 1, n, tzinfo=dt.UTC)
    >>> [s.end_utc.day for s in without([Span(day(1), day(9))], [Span(day(3), day(5))])]
    [3, 9]
    """
    left = list(spans)
    for gap in gaps:
        parts = [(each.start_utc, min(each.end_utc, gap.start_utc)) for each in left]
        parts += [(max(each.start_utc, gap.end_utc), each.end_utc) for each in left]
        left = [Span(start, end) for start, end in parts if start < end]
    return tuple(sorted(left, key=lambda span: span.start_utc))


def within(spans: Sequence[Span], windows: Sequence[Span]) -> tuple[Span, ...]:
    """Return what of `spans` lies in any of `windows`, as spans that do not overlap."""
    cut = [
        (max(each.start_utc, window.start_utc), min(each.end_utc, window.end_utc))
        for each in spans
        for window in windows
    ]
    merged: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in sorted(pair for pair in cut if pair[0] < pair[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(Span(start, end) for start, end in merged)
