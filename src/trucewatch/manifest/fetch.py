"""Where a publisher offers its data live, and how to ask for it: section [fetch] of a source manifest.

The address is a template. What stands in braces is filled in:
`{west}`, `{south}`, `{east}`, `{north}` (degrees), `{from}`, `{to}` (days, YYYY-MM-DD, both included), `{days}` (how many),
`{year}`, `{key}` (the user's own), and the names in `[fetch.values]`. The name of the file may hold all of these but the key, and
`{area}`, the four degrees in one word.
"""

import re
from string import Formatter
from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from trucewatch.documents import Strict

AREA: Final = ("west", "south", "east", "north")
DAYS: Final = ("from", "to", "days")
LOOPBACK: Final = ("127.0.0.1", "localhost")
_FILLED_IN: Final = {*AREA, *DAYS, "year", "key"}
_VALUE: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"

Host = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Value = Annotated[str, Field(pattern=_VALUE, max_length=60)]


class Pages(Strict):
    """How an answer in JSON comes in pages: the keys of one page, and the parameter of the address that names it."""

    rows: str = Field(description="key of the list of rows")
    next: str = Field(description="key of the address of the next page, null on the last")
    parameter: str = Field(description="parameter of the address that names the page")
    total: str = Field(description="key of the number of rows in all pages; the same on each")


class Fetch(Strict):
    """Where a publisher offers its data live. Only the hosts named here are ever asked, also after a redirect."""

    hosts: tuple[Host, ...] = Field(min_length=1, description="the only hosts that may be asked")
    address: str = Field(description="template of the address")
    name: str = Field(description="template of the name of the file, as the mission's patterns find it")
    body: Literal["csv", "zip", "json"] = Field(
        default="csv",
        description="what comes: a CSV, a zip of one CSV, or pages of JSON, which become a CSV of the same keys",
    )
    columns: tuple[str, ...] = Field(
        min_length=1, description="columns that the CSV must have: an error page told as a success has none of them"
    )
    cut: Literal["whole", "days", "years"] = Field(default="whole", description="how a span is cut into requests")
    days_per_request: int | None = Field(default=None, ge=1, description="with cut = days: at most so many")
    pages: Pages | None = Field(default=None, description="with body = json")
    values: dict[str, tuple[Value, ...]] = Field(
        default={}, description="other names in braces and what they stand for; each is asked for"
    )
    key_env: str | None = Field(default=None, description="environment variable that holds the user's key")
    key_header: str | None = Field(default=None, description="header that carries the key, where the address does not")
    key_from: str = Field(default="", description="where one asks for a key")
    seconds_between_requests: float = Field(default=1.0, ge=0, description="never asked more often")
    max_bytes: int = Field(default=256 << 20, ge=1, description="a longer body, packed or not, is refused")

    @field_validator("address", "name")
    @classmethod
    def _is_a_template(cls, text: str) -> str:
        names(text)
        return text

    @model_validator(mode="after")
    def _whole(self) -> Self:
        self._check_names()
        at = re.match(r"(https?)://([a-z0-9.-]+)(:[0-9]+)?/", self.address)
        if at is None or (at[1] == "http" and at[2] not in LOOPBACK):
            raise ValueError(f"the address must begin with https:// and a host, not {self.address[:40]!r}")
        if at[2] not in self.hosts:
            raise ValueError(f"the host of the address, {at[2]}, is not one of hosts: {list(self.hosts)}")
        if (self.cut == "days") != (self.days_per_request is not None):
            raise ValueError("cut = days and days_per_request belong together")
        if (self.body == "json") != (self.pages is not None):
            raise ValueError("body = json and [fetch.pages] belong together")
        return self

    def _check_names(self) -> None:
        """Raise ValueError where a template names what nothing stands for, or the key is not where it belongs."""
        known = _FILLED_IN | set(self.values)
        in_address, in_name = names(self.address), names(self.name)
        if strange := sorted((in_address - known) | (in_name - known - {"area"}) | (in_name & {"key"})):
            raise ValueError(f"nothing stands for these names in braces: {strange}")
        if taken := sorted(set(self.values) & (_FILLED_IN | {"area"})):
            raise ValueError(f"these names have a meaning of their own: {taken}")
        if "/" in self.name or self.name.startswith(".") or not self.name.endswith(".csv"):
            raise ValueError("the name is that of one CSV file, without a folder")
        in_one = "key" in in_address
        if (self.key_env is not None) != (in_one or self.key_header is not None) or (in_one and self.key_header):
            raise ValueError("key_env says which key: it goes into {key} of the address, or into key_header")
        if vague := sorted((in_address & {*DAYS, "year", *self.values}) - in_name - self._alike()):
            raise ValueError(f"two requests would write one file: the name lacks {vague}")
        if in_address & set(AREA) and not in_name & {"area", *AREA}:
            raise ValueError("two areas would write one file: the name lacks {area}")

    def _alike(self) -> set[str]:
        """Return the names that follow from others in the name: days from the first and last, a year from a day."""
        in_name = names(self.name)
        return ({"days"} if {"from", "to"} <= in_name else set()) | ({"year"} if "from" in in_name else set())


def names(template: str) -> set[str]:
    """Return the names in braces of a template. Raises ValueError for anything but plain names.

    >>> sorted(names("https://a.b/{year}/{key}"))
    ['key', 'year']
    """
    found = set()
    for _, name, form, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not re.fullmatch(r"[a-z_]+", name) or form or conversion:
            raise ValueError(f"only plain names may stand in braces, not {{{name}}}")
        found.add(name)
    return found
