"""What to ask for: an area and a span of days, cut into requests as the manifest says. No network here."""

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from trucewatch.errors import UsageError
from trucewatch.manifest import Fetch
from trucewatch.manifest.fetch import AREA, DAYS, names

MAX_REQUESTS: Final = 1000
Area = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""


@dataclass(frozen=True)
class Request:
    """One file to bring: its name, and its address, in which `{key}` still stands for the key."""

    name: str
    address: str


def parse_area(text: str) -> Area:
    """Return the area of "W,S,E,N" in degrees. Raises UsageError for what is none.

    >>> parse_area("22,44,40.3,52.5")
    (22.0, 44.0, 40.3, 52.5)
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        to_do = "write --area=WEST,SOUTH,EAST,NORTH in degrees"
        raise UsageError("an area is four numbers", where=f"--area {text}", to_do=to_do) from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        to_do = "west before east, south before north; cut an area that crosses 180° in two"
        raise UsageError("no such area", where=f"--area {text}", to_do=to_do)
    return west, south, east, north


def plan(
    offer: Fetch,
    *,
    area: Area | None,
    first: dt.date | None,
    last: dt.date | None,
    options: Mapping[str, str],
) -> list[Request]:
    """Return the requests for `area` and the days `first` to `last`, both included.

    `options` take one value of `[fetch.values]` in place of those of the manifest. Raises UsageError for a call that lacks
    what the address needs.
    """
    wanted = names(offer.address) | names(offer.name)
    told: dict[str, str] = {}
    if wanted & {*AREA, "area"}:
        if area is None:
            raise UsageError("this source is asked for by area", to_do="say --area=WEST,SOUTH,EAST,NORTH")
        degrees = [f"{part:.6f}".rstrip("0").rstrip(".") for part in area]
        told |= dict(zip(AREA, degrees, strict=True)) | {"area": "_".join(degrees)}
    spans = _spans(offer, wanted, first, last)
    chosen = _chosen(offer, options)
    if len(spans) * len(chosen) > MAX_REQUESTS:
        what = f"that makes {len(spans) * len(chosen):,} requests; {MAX_REQUESTS:,} are the most"
        raise UsageError(what, to_do="ask for fewer days at a time")
    return [_request(offer, told | span | values) for values in chosen for span in spans]


def _spans(offer: Fetch, wanted: set[str], first: dt.date | None, last: dt.date | None) -> list[dict[str, str]]:
    """Return what stands for days and years in each request."""
    if not wanted & {*DAYS, "year"}:
        return [{}]
    if first is None or last is None:
        raise UsageError("this source is asked for by days", to_do="say --from YYYY-MM-DD --to YYYY-MM-DD")
    if last < first:
        raise UsageError("the last day comes before the first", where=f"--from {first} --to {last}", to_do="swap them")
    if offer.cut == "years":
        return [{"year": str(year)} for year in range(first.year, last.year + 1)]
    length = offer.days_per_request or (last - first).days + 1
    starts = range(0, (last - first).days + 1, length)
    spans = [(day := first + dt.timedelta(days=n), min(day + dt.timedelta(days=length - 1), last)) for n in starts]
    return [
        {"from": a.isoformat(), "to": b.isoformat(), "days": str((b - a).days + 1), "year": str(a.year)}
        for a, b in spans
    ]


def _chosen(offer: Fetch, options: Mapping[str, str]) -> Sequence[dict[str, str]]:
    """Return every combination of the values that are asked for."""
    if unknown := sorted(set(options) - set(offer.values)):
        to_do = f"this source knows {sorted(offer.values)}"
        raise UsageError(f"no such option: {unknown}", where="--option", to_do=to_do)
    for name, value in options.items():
        if not value or not all(c.isascii() and (c.isalnum() or c in "._-") for c in value) or value.startswith("."):
            raise UsageError(
                "letters, digits, '.', '_' and '-' only", where=f"--option.{name} {value}", to_do="correct it"
            )
    asked = {name: (options[name],) if name in options else values for name, values in offer.values.items()}
    return [dict(zip(asked, one, strict=True)) for one in itertools.product(*asked.values())]


def _request(offer: Fetch, told: dict[str, str]) -> Request:
    """Return one request; the key is filled in later, and only for the wire."""
    quoted = {name: quote(value, safe="-._~") for name, value in told.items()}
    return Request(offer.name.format(**told), offer.address.format(**quoted, key="{key}"))
