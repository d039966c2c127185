"""What a cell of a sheet holds, as text: numbers, dates and times, as fine as the sheet shows them.

A number that is none, and a date beyond the calendar, stay the text that stands there.
Source: ECMA-376 part 1, sections 18.8.30 (number formats) and 18.17.4 (dates).
"""

import datetime as dt
import math
import re
from typing import Final

BUILT_IN: Final = {
    14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss",
    22: "m/d/yy h:mm", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0",
}  # fmt: skip
"""Codes of dates and times by number, which no workbook writes out."""
SINCE_1900: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001  (a sheet knows no time zone)
SINCE_1904: Final = dt.datetime(1904, 1, 1)  # noqa: DTZ001

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_NOT_SHOWN: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)


def of_time(code: str) -> str:
    """Return what a number format shows of a date or time; "" when it shows none.

    >>> of_time('[$-409]d. mmmm "day"'), of_time("0.00E+00")
    ('d. mmmm ', '')
    """
    shown = _NOT_SHOWN.sub("", code[:255].partition(";")[0]).lower()
    return shown if re.search("[dmyhs]", shown) else ""


def number_text(value: str, shown_as: str = "", epoch: dt.datetime = SINCE_1900) -> str:
    """Return a number as text, as a date or time where it is shown as one.

    >>> number_text("20.0"), number_text("46090.8180555556", "d.m.yyyy h:mm"), number_text("1_0")
    ('20', '2026-03-09 19:38', '1_0')
    """
    if not _NUMBER.fullmatch(value) or not math.isfinite(number := float(value)):
        return value
    if shown_as:
        return _moment(number, shown_as, epoch) or value
    if value.lstrip("+-").isdigit():
        return str(int(value))
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _moment(number: float, shown_as: str, epoch: dt.datetime) -> str:
    """Return days since `epoch` as a date, a time of day or a duration; "" beyond the calendar."""
    try:
        if "[" in shown_as:
            return str(dt.timedelta(days=round(number * 86_400) / 86_400))
        day, share = divmod(number, 1)
        of_day = dt.timedelta(milliseconds=round(share * 86_400_000))
        if 0 <= number < 1 and not of_day.days:
            return (SINCE_1900 + of_day).time().isoformat()
        lotus = 0 < number < 60 and epoch == SINCE_1900  # which counts a 29 February 1900
        return _shown(epoch + dt.timedelta(days=day + lotus) + of_day, shown_as)
    except OverflowError:
        return ""


def iso_text(value: str, shown_as: str) -> str:
    """Return a date that a cell writes out, as fine as it is shown; what is none stays as it is."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return value
    return value if len(value) <= 10 or moment.tzinfo else _shown(moment, shown_as)


def _shown(moment: dt.datetime, shown_as: str) -> str:
    """Return a moment as text, as fine as it is shown."""
    seconds = moment.second or moment.microsecond or "s" in shown_as
    day = not seconds and not moment.hour and not moment.minute and "h" not in shown_as
    return moment.date().isoformat() if day else moment.isoformat(" ", "auto" if seconds else "minutes")
