"""Damage to documents: to their bytes, to their lines and values as TOML, to their positions as GeoJSON."""

import json
import random
import re
from collections.abc import Iterator

from fuzzing import csv_damage

VALUES = (
    "nan", "inf", "-inf", "-0.0", "0", "1", "-1", "1e308", "1e-308", "9223372036854775807", "1" * 400, "0x7fffffff", "true",
    '""', '" "', '"x"', '"\\u0000"', '"\\u001b[2J"', '"\\u202e"', '"../../etc/passwd"', '"/dev/zero"', '"é\\n"', "'''a\nb'''",
    "[]", "[[]]", "{}", "[{}]", '[""]', "[1, \"a\"]", "{ a = 1 }", "1979-05-27", "1979-05-27T00:00:00", "0001-01-01T00:00:00",
    "9999-12-31T23:59:59", "2025-03-30T03:30:00", "2025-10-26T03:30:00", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+23:59",
    "07:32:00", "24:00:00", "36525", "36526", "0.00001", '"text"', '"UTC"', '"Europe/Kyiv"', '"Factory"', '"../UTC"', '"all"',
)  # fmt: skip
"""What stands in the place of a value of a TOML document: of another type, at an edge, or of a bad hand."""

NUMBERS = (
    0, -0.0, 180, -180, 180.0000001, 179.9999999, -179.9999999, 90, -90, 90.1, 1e308, -1e308, 5e-324, 10**308,
    True, None, "1", [], {}, float("nan"), float("inf"),
)  # fmt: skip
"""What stands in the place of a number of a position."""


def of_document(dice: random.Random, data: bytes, others: tuple[bytes, ...]) -> bytes:
    """Return a damaged TOML document; `others` are whole ones whose parts may come in."""
    if dice.random() < 0.15:
        return csv_damage.of_bytes(dice, data)
    text = data.decode()
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        text = dice.choice((_value, _value, _value, _swapped, _block, _line, _key))(dice, text, others)
    return text.encode("utf-8", "replace")


def _entries(text: str) -> list[re.Match[str]]:
    """Return the key and value of every line that has both."""
    return list(re.finditer(r"^([\w.]+)( = )(.+)$", text, re.MULTILINE))


def _value(dice: random.Random, text: str, others: tuple[bytes, ...]) -> str:
    """Put another value in the place of one."""
    if not (found := _entries(text)):
        return text
    entry = dice.choice(found)
    new = dice.choice(VALUES) if dice.random() < 0.7 else _spoilt(dice, entry[3])
    return text[: entry.start(3)] + new + text[entry.end(3) :]


def _spoilt(dice: random.Random, value: str) -> str:
    """Return a value with its number moved, a word of a list lost, or one of its characters another."""
    if number := re.search(r"-?\d+(\.\d+)?", value):
        moved = dice.choice(("0", "-1", "99999", "1e9", number[0] * 3, f"-{number[0]}", f"{number[0]}.5"))
        return value[: number.start()] + moved + value[number.end() :]
    at = dice.randrange(len(value) + 1)
    return value[:at] + dice.choice(("", "_", "é", '"', "x", " ", ",", "]")) + value[at + 1 :]


def _swapped(dice: random.Random, text: str, others: tuple[bytes, ...]) -> str:
    """Let a value stand in the place of another value, of this document or of another."""
    mine, theirs = _entries(text), _entries(dice.choice((text, dice.choice(others).decode())))
    if not mine or not theirs:
        return text
    entry, other = dice.choice(mine), dice.choice(theirs)
    return text[: entry.start(3)] + other[3] + text[entry.end(3) :]


def _block(dice: random.Random, text: str, others: tuple[bytes, ...]) -> str:
    """Lose a table, let it stand twice or elsewhere, or bring in one of another document."""
    parts = re.split(r"\n(?=\[)", text)
    at, to = dice.randrange(len(parts)), dice.randrange(len(parts))
    kind = dice.randrange(4)
    if kind == 0:
        del parts[at]
    elif kind == 1:
        parts.insert(to, parts[at])
    elif kind == 2:
        parts.insert(to, parts.pop(at))
    else:
        parts.insert(to, dice.choice(re.split(r"\n(?=\[)", dice.choice(others).decode())))
    return "\n".join(parts)


def _line(dice: random.Random, text: str, others: tuple[bytes, ...]) -> str:
    """Lose a line, let it stand twice, or put it elsewhere."""
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    line = lines.pop(at)
    for _ in range(dice.randrange(3)):
        lines.insert(dice.randrange(len(lines) + 1), line)
    return "\n".join(lines)


def _key(dice: random.Random, text: str, others: tuple[bytes, ...]) -> str:
    """Misspell a key, or give it the name of another."""
    if not (found := _entries(text)):
        return text
    entry, other = dice.choice(found), dice.choice(found)
    new = dice.choice((other[1], entry[1] + "_", f'"{entry[1]} "', '""', f"{entry[1]}.{other[1]}"))
    return text[: entry.start(1)] + new + text[entry.end(1) :]


def of_geojson(dice: random.Random, data: bytes) -> bytes:
    """Return a damaged GeoJSON file: its bytes, or one to eight of its positions, rings, types and properties."""
    if dice.random() < 0.2:
        return csv_damage.of_bytes(dice, data)
    raw = json.loads(data)
    for _ in range(dice.choice((1, 1, 2, 8))):
        holder, key = dice.choice(list(_places(raw)))
        holder[key] = _other(dice, holder[key])
    return json.dumps(raw, ensure_ascii=dice.random() < 0.5).encode("utf-8", "replace")


def _places(raw: object) -> Iterator[tuple[dict | list, str | int]]:
    """Yield every place of a JSON document at which a value stands: what holds it, and the key or number there."""
    if isinstance(raw, dict | list):
        for key, value in list(raw.items()) if isinstance(raw, dict) else list(enumerate(raw)):
            yield raw, key
            yield from _places(value)


def _other(dice: random.Random, value: object) -> object:
    """Return what a bad hand would put in the place of a value."""
    if isinstance(value, list) and value and dice.random() < 0.7:
        kind = dice.randrange(5)
        at = dice.randrange(len(value))
        return [value[:at], value[::-1], value + value[:at], [value], value[at:] + value[:at]][kind]
    if isinstance(value, int | float) and dice.random() < 0.6:
        return value * dice.choice((-1, 1.0001, 0.5, 2)) + dice.choice((0, 1e-9, 0.1, 90, 360))
    if isinstance(value, str) and dice.random() < 0.5:
        return dice.choice(
            (
                "Polygon",
                "MultiPolygon",
                "LineString",
                "GeometryCollection",
                "Point",
                "Feature",
                value[:-1],
                value + "\u0000\n\x1b[2J",
            )
        )
    return dice.choice(NUMBERS)
