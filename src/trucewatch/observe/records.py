"""Where the records of a CSV lie: one pass over the bytes, so that a bad record never spoils the good ones.

The rule (RFC 4180). Records end with LF or CRLF outside quotes; fields are set apart by one separator; a field that holds a
separator, a line end or a quote stands in quotes, and a quote in it is doubled. What breaks the rule is flagged and cut
out, and only clean records are parsed:
- a NUL byte, a record of over 1 MiB, a quote where none may stand, a number of fields other than the header's;
- a quote that is never closed spoils its own line only: the scan goes on behind the next line end. A quote that may not
  stand where it does, on a later line, is taken to belong to another record: the first one was never closed.
"""

from typing import Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

MAX_RECORD_BYTES: Final = 1 << 20
NUL: Final = 1
TOO_LONG: Final = 2
STRAY_QUOTE: Final = 4
OPEN_QUOTE: Final = 8
NOT_ASCII: Final = 16  # no fault: such records are decoded to see whether they are what they should be
NOT_UTF8: Final = 32  # found by whoever decodes

_LF, _CR, _QUOTE = 10, 13, 34


class Records(NamedTuple):
    """One entry a record: byte offsets [start, end) without the line end, line number from 1, fields, flags."""

    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]
    fields: npt.NDArray[np.int64]
    flags: npt.NDArray[np.int64]


def scan(data: bytes, separator: str = ",") -> Records:
    """Return the records of `data`; blank lines are no records.

    >>> scan(b'a,b\\n1,"x\\ny"\\n3\\n').fields.tolist()
    [2, 2, 1]
    """
    raw = np.frombuffer(data, dtype=np.uint8)
    found = np.empty((5, int(np.count_nonzero(raw == _LF)) + 1), dtype=np.int64)
    count = _scan(raw, ord(separator), found)
    return Records(*found[:, :count])


@numba.njit(cache=True)
def _scan(raw: npt.NDArray[np.uint8], separator: int, found: npt.NDArray[np.int64]) -> int:  # noqa: PLR0912, PLR0915
    """Fill `found` with (start, end, line, fields, flags) and return the number of records."""
    size, count, line, at = len(raw), 0, 1, 0
    while at < size:
        start, first_line, fields, flags = at, line, 1, 0
        quoted, field_start, resume, resume_line = False, True, -1, 0
        end = size
        while at < size:
            c = raw[at]
            if c == _LF:
                line += 1
                if quoted:
                    if resume < 0:
                        resume, resume_line = at, line
                    if at - start > MAX_RECORD_BYTES:
                        break
                else:
                    end = at
                    at += 1
                    break
            elif c == _QUOTE:
                if quoted:
                    if at + 1 < size and raw[at + 1] == _QUOTE:
                        at += 1
                    else:
                        quoted = False
                        after = raw[at + 1] if at + 1 < size else _LF
                        if after not in (separator, _LF, _CR):
                            if resume >= 0:  # it opens a field of another record
                                quoted = True
                                break
                            flags |= STRAY_QUOTE
                elif field_start:
                    quoted = True
                elif resume >= 0:
                    quoted = True
                    break
                else:
                    flags |= STRAY_QUOTE
                field_start = False
            elif c == separator and not quoted:
                fields += 1
                field_start = True
            else:
                if c == 0:
                    flags |= NUL
                elif c >= 0x80:
                    flags |= NOT_ASCII
                field_start = False
            at += 1
        if quoted:
            flags |= OPEN_QUOTE
            if resume >= 0:
                end, at, line = resume, resume + 1, resume_line
        if end > start and raw[end - 1] == _CR:
            end -= 1
        if end - start > MAX_RECORD_BYTES:
            flags |= TOO_LONG
        if end > start:
            found[0, count], found[1, count], found[2, count] = start, end, first_line
            found[3, count], found[4, count] = fields, flags
            count += 1
    return count
