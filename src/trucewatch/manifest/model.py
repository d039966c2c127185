"""The model of a source manifest."""

from typing import Annotated, Literal

from pydantic import Field

from trucewatch.acts import ACT_CODES
from trucewatch.documents import Strict, parse_toml
from trucewatch.errors import DocumentError, Problem
from trucewatch.manifest.fetch import Fetch

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Licence(Strict):
    """Under what terms the source is published; `republish` says what may leave the mission to the public.

    `rows`: the rows themselves; `derived`: only incidents and counts made from them; `none`: only counts over several
    incidents, nothing that stands for one row.
    """

    name: str
    attribution: str
    republish: Literal["rows", "derived", "none"]
    url: str = ""


class Accuracy(Strict):
    """One-sigma errors that hold where a row states none of its own; metres and seconds."""

    position_error_m: float = Field(gt=0)
    time_error_s: float = Field(ge=0)


class Sees(Strict):
    """What the source can see: acts, whose acts, and which side of the line ("both", or the sides named)."""

    acts: tuple[str, ...]
    parties: Literal["all"] | tuple[str, ...] = "all"
    sides: Literal["both"] | tuple[str, ...] = "both"
    note: str = ""


class Manifest(Strict):
    """A source: who publishes it, what its rows are worth, what it can see."""

    source_id: Code
    title: str
    publisher: str
    formats: tuple[Literal["csv", "xlsx", "zip"], ...]
    delivery: Literal["snapshot", "increment"]
    licence: Licence
    accuracy: Accuracy
    repeats_events: bool = False
    copies: tuple[Code, ...] = ()
    sees: Sees
    expected_rows_a_day: tuple[float, float] | None = None
    audience: Literal["internal", "coalition", "parties", "humanitarian", "public"] = "internal"
    personal: bool = Field(
        default=False,
        description="its files tell of persons: each is sealed under a key of its own, and can be redacted",
    )
    fetch: Fetch | None = Field(default=None, description="where the publisher offers its data live")


def parse_manifest(data: bytes, *, name: str) -> Manifest:
    """Parse the bytes of a `source.toml`; `name` is the name of the file. Raises DocumentError with every problem."""
    manifest = parse_toml(data, Manifest, name=name)
    unknown = [act for act in manifest.sees.acts if act not in ACT_CODES]
    if unknown:
        raise DocumentError(
            tuple(
                Problem(f"{name}: sees.acts", f"no such act: {act!r}", "take one of the list of acts")
                for act in unknown
            )
        )
    return manifest
