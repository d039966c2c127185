"""The monitors' own words, read one by one: places, sectors, numbers, descriptions, parts of the day.

Each function takes one text and returns what it says, or None where it says nothing that can be read. They are called
once for each different text, not for each row.
"""

import re
from typing import Final, NamedTuple

from trucewatch.errors import UsageError
from trucewatch.place import WIND_HALF_WIDTH_DEG, wind_azimuth_deg

FARTHEST_M: Final = 1e6  # no observer tells of more
HEARING_M: Final = 15_000.0  # where no distance is told, nothing farther than this was heard
_DASH: Final = r"\s*[-–—]\s*"
_LENGTH: Final = re.compile(
    rf"^(c\.|about)?\s*(\d+(?:\.\d+)?)(?:{_DASH}(\d+(?:\.\d+)?))?\s*(k?m)\b", re.IGNORECASE | re.ASCII
)
_UNKNOWN: Final = re.compile(r"^(?:at )?an? (?:undetermined|unknown) distance", re.IGNORECASE)
_OFF: Final = re.compile(r"^(?:c\.|about)?\s*(\d+(?:\.\d+)?)\s*(k?m)\s+([NSEW]{1,3})\s+of\s+(.+)$", re.ASCII)
_NUMBER: Final = re.compile(
    rf"^(about|c\.|at least|more than|up to)?\s*(\d{{1,6}})(?:{_DASH}(\d{{1,6}}))?$", re.IGNORECASE | re.ASCII
)
NOT_KNOWN: Final = ("n/k", "n/a", "-", "–", "unknown", "")


class Sector(NamedTuple):
    """An annular sector: metres from the observer, azimuth in degrees (None for all round), half its opening."""

    near_m: float
    far_m: float
    azimuth_deg: float | None
    half_width_deg: float


def sector(text: str) -> Sector | None:
    """Read "2-4km ESE and SE", "c.500m N", "3km", "at an undetermined distance NE".

    A single distance is good to half its last unit (3 km: 2.5 to 3.5), one with "about" to a fifth of it.

    >>> sector("2–4km ESE and SE")
    Sector(near_m=2000.0, far_m=4000.0, azimuth_deg=123.75, half_width_deg=22.5)
    """
    found = _LENGTH.match(text)
    if found:
        near, far = _length(found)
        rest = text[found.end() :]
    elif unknown := _UNKNOWN.match(text):
        near, far, rest = 0.0, HEARING_M, text[unknown.end() :]
    else:
        near, far, rest = 0.0, HEARING_M, text
        if not rest.strip():
            return None
    opening = _opening(rest)
    if opening is None or not near < far < FARTHEST_M:
        return None
    return Sector(near, far, *opening)


def _length(found: re.Match[str]) -> tuple[float, float]:
    """Return the nearest and the farthest metres that a distance says."""
    unit = 1000.0 if found[4].lower() == "km" else 1.0
    first = float(found[2]) * unit
    if found[3]:
        return first, float(found[3]) * unit
    last_digit = unit / 10 ** len(found[2].partition(".")[2])
    slack = max(first / 5 if found[1] else 0.0, last_digit / 2 if unit > 1 else first / 10)
    return max(first - slack, 0.0), first + slack


def _opening(text: str) -> tuple[float | None, float] | None:
    """Return azimuth and half the opening of the smallest sector that holds all the winds named; all round for none."""
    winds = [word for word in re.split(r"\s*(?:,|\band\b|/|\bto\b)\s*|\s+", text.strip()) if word]
    if not winds:
        return None, 180.0
    try:
        azimuths = sorted({wind_azimuth_deg(wind) for wind in winds})
    except UsageError:
        return None
    gaps = [(b - a) % 360 or 360.0 for a, b in zip(azimuths, azimuths[1:] + azimuths[:1], strict=True)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    first = azimuths[(widest + 1) % len(azimuths)]
    spread = 360.0 - gaps[widest]
    return (first + spread / 2) % 360, min(spread / 2 + WIND_HALF_WIDTH_DEG, 180.0)


def off_place(text: str) -> tuple[float, float, str] | None:
    """Read "c.500m N of Somewhere" as (metres, azimuth_deg, "Somewhere").

    >>> off_place("c.500m N of Oak Ridge")
    (500.0, 0.0, 'Oak Ridge')
    """
    found = _OFF.match(text.strip())
    if not found:
        return None
    try:
        azimuth = wind_azimuth_deg(found[3])
    except UsageError:
        return None
    return float(found[1]) * (1000.0 if found[2] == "km" else 1.0), azimuth, found[4].strip()


def number(text: str) -> tuple[int | None, int | None] | None:
    """Read "12", "about 20", "at least 5", "10-15", "N/K" as (low, high); an open end is None.

    "About" is a quarter either way, at least one: monitors round to fives and tens.

    >>> number("about 20"), number("at least 5"), number("N/K")
    ((15, 25), (5, None), (None, None))
    """
    if text.strip().lower() in NOT_KNOWN:
        return None, None
    found = _NUMBER.match(text.strip())
    if not found:
        return None
    low = int(found[2])
    if found[3]:
        return (low, int(found[3])) if low <= int(found[3]) else None
    slack = max(1, round(low / 4))
    about: tuple[int | None, int | None] = (max(low - slack, 0), low + slack)
    said = {"about": about, "c.": about, "at least": (low, None), "more than": (low + 1, None), "up to": (0, low)}
    return said.get((found[1] or "").lower(), (low, low))


_ACTS: Final = (  # the first word that stands in a description tells the act
    (r"controlled|demining|ordnance disposal", "controlled_detonation"),
    (r"muzzle flash", "muzzle_flash"),
    (r"illumination flare|\bflare", "illumination_flare"),
    (r"projectile|tracer", "projectile"),
    (r"explosion|detonation", "explosion"),
    (r"shelling", "shelling"),
    (r"burst", "burst"),
    (r"\bshots?\b", "shot"),
    (r"\buav\b|uncrewed|drone", "uav_flight"),
    (r"heavy weapon|howitzer|\bmlrs\b|\btank", "heavy_weapon"),
    (r"denial|denied", "denial_of_access"),
    (r"military presence|position|trench|armoured", "military_presence"),
)
_ASPECTS: Final = (
    (r"outgoing", "outgoing"),
    (r"impact|incoming", "impact"),
    (r"airburst|air-burst", "airburst"),
    (r"undetermined", "undetermined"),
)
_INDIRECT: Final = re.compile(
    r"artillery|mortar|howitzer|mlrs|bm-?21|2s1\b|2s3\b|2s19|d-30|grad|uragan|smerch|\btank", re.IGNORECASE
)


def description(text: str, weapon: str) -> tuple[str, str | None] | None:
    """Read what was seen or heard as (act, aspect): an explosion of an artillery weapon is shelling.

    >>> description("outgoing explosion", "N/K"), description("explosion", "mortar 82mm")
    (('explosion', 'outgoing'), ('shelling', None))
    """
    lower = text.lower()
    act = next((act for pattern, act in _ACTS if re.search(pattern, lower)), None)
    if act is None:
        return None
    aspect = next((aspect for pattern, aspect in _ASPECTS if re.search(pattern, lower)), None)
    if act == "explosion" and _INDIRECT.search(f"{weapon} {text}"):
        act = "shelling"
    return act, aspect


PARTS_OF_DAY: Final = {  # local hours from, to
    "night": (0, 6), "early morning": (4, 8), "morning": (6, 12), "noon": (11, 14), "afternoon": (12, 18),
    "evening": (18, 24), "day": (6, 18), "throughout the day": (0, 24), "n/k": (0, 24),
}  # fmt: skip
_CLOCK: Final = re.compile(
    rf"^([0-2][0-9]):([0-5][0-9])(?::00)?(?:{_DASH}([0-2][0-9]):([0-5][0-9])(?::00)?)?$", re.ASCII
)


def clock(text: str) -> tuple[int, int, bool] | None:
    """Read "10:15", "10:15-10:50" or "evening" as minutes of the day from and to, and whether a clock was read.

    An instant lasts its minute.

    >>> clock("10:15"), clock("23:50–00:20"), clock("Evening")
    ((615, 616, True), (1430, 1460, True), (1080, 1440, False))
    """
    lower = text.strip().lower()
    if lower in PARTS_OF_DAY:
        first, last = PARTS_OF_DAY[lower]
        return first * 60, last * 60, False
    found = _CLOCK.match(lower)
    if not found or int(found[1]) > 23 or int(found[3] or 0) > 23:
        return None
    start = int(found[1]) * 60 + int(found[2])
    if not found[3]:
        return start, start + 1, True
    end = int(found[3]) * 60 + int(found[4])
    return start, end + (1440 if end < start else 0) + (1 if end == start else 0), True
