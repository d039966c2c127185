"""The mapping document of the source `table`: which column of a file is what, and the manifest of the source it is from."""

import re
from typing import Annotated, Final, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from trucewatch.acts import OBSERVED_CODES
from trucewatch.documents import Strict, parse_toml
from trucewatch.manifest import Manifest

Column = Annotated[str, Field(min_length=1)]
RESERVED: Final = ("line", "start_", "end_", "act_")
"""Names that the reader gives columns of its own."""


class Columns(Strict):
    """The file's column for each thing; what is absent is not told by the file."""

    native_id: Column
    start: Column = Field(description="instant, or day, by `formats`")
    end: Column | None = None
    longitude: Column
    latitude: Column
    error_major: Column | None = Field(default=None, description="one-sigma semi-major axis, in `error_unit_m`")
    error_minor: Column | None = Field(default=None, description="as error_major when absent")
    error_azimuth_deg: Column | None = None
    time_error_s: Column | None = None
    act: Column | None = Field(default=None, description="a word of [acts]; absent: `act` of the mapping")
    count_low: Column | None = None
    count_high: Column | None = None
    deaths_low: Column | None = None
    deaths_high: Column | None = None
    weapon: Column | None = None
    object: Column | None = None
    reported_party: Column | None = None
    text: Column | None = None

    @model_validator(mode="after")
    def _errors_belong(self) -> Self:
        if self.error_minor and not self.error_major:
            raise ValueError("error_minor needs error_major")
        return self


class Mapping(Strict):
    """How to read the files of one source that has no reader of its own."""

    manifest: Manifest
    columns: Columns
    ignored: tuple[str, ...] = Field(default=(), description="columns that are known and not used")
    formats: tuple[str, ...] = Field(
        default=("%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"),
        min_length=1,
        description="strftime formats of start and end, tried in turn; one that ends in Z is UTC, one with %z names its offset, "
        "others are local",
    )
    separator: str = Field(default=",", pattern=r"^[,;:|/~^\t ]$", description="a comma, a semicolon, a tab …")
    decimal_comma: bool = False
    error_unit_m: float = Field(default=1.0, gt=0, description="metres in one unit of the error columns")
    act: str | None = None
    acts: dict[str, str] = Field(default={}, description="the file's words for acts, whatever the case")
    sense: Literal["heard", "saw", "recorded", "detected", "reported"] = "reported"
    sheet: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.columns.act is None) == (self.act is None):
            raise ValueError("either columns.act with [acts], or act for all rows")
        wrong = sorted(
            {act for act in (*self.acts.values(), self.act) if act is not None and act not in OBSERVED_CODES}
        )
        if wrong:
            raise ValueError(f"no such acts: {wrong}")
        if taken := [name for name in self.used if name in RESERVED]:
            raise ValueError(f"these names of columns are reserved: {taken}; rename them in the file")
        for form in self.formats:
            _check_format(form)
        return self

    @property
    def used(self) -> tuple[str, ...]:
        """The columns of the file that are used."""
        return tuple(dict.fromkeys(value for value in self.columns.model_dump().values() if value is not None))


def _check_format(form: str) -> None:
    """Raise ValueError when a time read by this format would be finer than what it says, or of no known zone."""
    if not re.search(r"%[-_0]?[YyFD]", form) or not re.search(r"%[-_0]?[dejFD]", form):
        raise ValueError(f"a format without a year and a day: {form!r}")
    if "%Z" in form or "%s" in form:
        raise ValueError(f"a format tells the zone by %z or a final Z, and no epoch: {form!r}")
    try:
        pl.Series([""]).str.to_datetime(form, strict=False)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"no format of a time: {form!r}: {str(error).splitlines()[0]}") from error


def parse_mapping(data: bytes, *, name: str) -> Mapping:
    """Parse a mapping document. Raises DocumentError with every problem."""
    return parse_toml(data, Mapping, name=name)
