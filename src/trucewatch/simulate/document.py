"""The scenario document: how a world is made, and how each source sees it."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from trucewatch.acts import FUSED_CODES
from trucewatch.documents import Strict

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Acts = dict[Code, NotNegative]


class LineOf(Strict):
    """The line along which things happen: a LineString of the GeoJSON `file`, walked from its first point.

    `sides` names the party that holds the ground to the left of the walk, then the one to the right.
    """

    file: str
    line_id: str
    sides: tuple[str, str]


class Turn(Strict):
    """From this local time on the rates are `factor` times the ordinary; between two turns they change linearly."""

    at: dt.datetime
    factor: NotNegative


class HotSpot(Strict):
    """A stretch that has `share` of all that happens, about `at_km` along the line, one sigma `width_km`."""

    at_km: NotNegative
    width_km: Positive
    share: Share


class Follow(Strict):
    """`share` of the events follow another of their act: about `distance_km` away, about `delay_h` later."""

    share: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    distance_km: Positive = 3.0
    delay_h: Positive = 2.0


class Rhythm(Strict):
    """When and where along the line: weights by local hour and by weekday (Monday first), turns, hot spots."""

    hours: Annotated[tuple[NotNegative, ...], Field(min_length=24, max_length=24)] = (1.0,) * 24
    weekdays: Annotated[tuple[NotNegative, ...], Field(min_length=7, max_length=7)] = (1.0,) * 7
    course: tuple[Turn, ...] = ()
    hot_spots: tuple[HotSpot, ...] = ()
    follow: Follow = Follow()

    @model_validator(mode="after")
    def _ordered(self) -> "Rhythm":
        if any(a.at > b.at for a, b in zip(self.course, self.course[1:], strict=False)):
            raise ValueError("the turns of `course` must stand in order of time")
        if sum(spot.share for spot in self.hot_spots) > 1:
            raise ValueError("the shares of `hot_spots` add up to more than 1")
        if not sum(self.hours) or not sum(self.weekdays):
            raise ValueError("not all weights of `hours` or `weekdays` may be 0")
        return self


class ActRate(Strict):
    """How often an act happens, how near to the line, and what it is made of.

    Either `spread_km` (one sigma across the line, both sides) or `between_km` (uniform, from so far to so far on either
    side). `steady`: the course does not change its rate. `party_shares`: who does it; by default each party equally.
    """

    act: Code
    per_day: NotNegative
    spread_km: Positive | None = None
    between_km: tuple[NotNegative, Positive] | None = None
    steady: bool = False
    count_mean: Annotated[float, Field(ge=1)] = 1.0
    weapons: dict[str, NotNegative] = Field(default_factory=dict)
    deaths_mean: NotNegative = 0.0
    party_shares: dict[str, NotNegative] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> "ActRate":
        if self.act not in FUSED_CODES:
            raise ValueError(f"no such act: {self.act!r}; take one of the list of acts")
        if (self.spread_km is None) == (self.between_km is None):
            raise ValueError("give either `spread_km` or `between_km`")
        if self.between_km and self.between_km[0] >= self.between_km[1]:
            raise ValueError("`between_km` must go from the nearer to the farther")
        return self


class Outage(Strict):
    """The source reports nothing in this span of local time."""

    start: dt.datetime
    end: dt.datetime

    @model_validator(mode="after")
    def _ordered(self) -> "Outage":
        if self.end <= self.start:
            raise ValueError("the outage ends before it starts")
        return self


class Posts(Strict):
    """Where observers or sensors stand: every so many km of the line, alternately on either side, `back_km` from it.

    What lies farther away is seen less: the probability falls as a Gaussian of one sigma `reach_km`.
    """

    every_km: Positive
    back_km: NotNegative
    reach_km: Positive


class Copy(Strict):
    """This source repeats `share` of what another reported, about `delay_h` later, as its own."""

    source_id: Code
    share: Share
    delay_h: Positive = 6.0


class Watcher(Strict):
    """What all kinds of source have: what they see, with which errors, and what they report besides."""

    source_id: Code
    detects: Acts
    confusion: dict[Code, Acts] = Field(default_factory=dict)
    position_error_m: Positive
    time_error_s: NotNegative
    clutter_per_day: NotNegative = 0.0
    clutter_acts: Acts = Field(default_factory=dict)
    clutter_spread_km: Positive = 30.0
    repeats: Share = 0.0
    duplicates: Share = 0.0
    copies: tuple[Copy, ...] = ()
    outages: tuple[Outage, ...] = ()
    bad_rows: Annotated[int, Field(ge=0)] = 0
    files: Literal["day", "all"] = "day"
    posts: Posts | None = None

    @model_validator(mode="after")
    def _known(self) -> "Watcher":
        named = [*self.detects, *self.clutter_acts, *self.confusion, *(a for c in self.confusion.values() for a in c)]
        if unknown := sorted({act for act in named if act not in FUSED_CODES}):
            raise ValueError(f"no such act: {', '.join(map(repr, unknown))}; take one of the list of acts")
        if any(p > 1 for p in self.detects.values()) or any(sum(c.values()) > 1 for c in self.confusion.values()):
            raise ValueError("a probability is above 1")
        if self.clutter_per_day and not sum(self.clutter_acts.values()):
            raise ValueError("clutter needs `clutter_acts`")
        return self


class Patrols(Watcher):
    """Observers on the ground; written as the `patrol` table: post, range and bearings, heard or seen, local time."""

    kind: Literal["patrol"]
    posts: Posts
    part_of_day: Share = 0.1


class Firms(Watcher):
    """VIIRS active fires; written as a FIRMS archive download.

    A fire burns `burns_h` hours on average and is seen at an overpass under clear sky; `cloud` is the mean share of
    cloud, drawn for each day; `furnaces` burn always.
    """

    kind: Literal["firms"]
    overpass_solar_h: tuple[float, ...] = (1.5, 13.5)
    burns_h: Positive = 8.0
    cloud: Share = 0.4
    furnaces: Annotated[int, Field(ge=0)] = 0


class Acoustic(Watcher):
    """A network of microphones along the line; written as its own CSV log with a mapping document for `table`."""

    kind: Literal["acoustic"]
    posts: Posts


class EventDatabase(Watcher):
    """A database of events made from news; days and named places, its own CSV with a mapping document for `table`."""

    kind: Literal["event_database"]


Source = Annotated[Patrols | Firms | Acoustic | EventDatabase, Field(discriminator="kind")]


class MissionOf(Strict):
    """What the mission document of the world says, and which files stand beside it (copied as they are)."""

    mission_id: str
    title: str
    note: str = ""
    agreement: str
    regions: str
    basemap: str
    settlements: str
    beside: tuple[str, ...] = ()
    first_report_day: dt.date
    cut_off: dt.time = dt.time(19, 30)


class ScenarioDocument(Strict):
    """A world: its days, line, rhythm, acts, sources and mission."""

    scenario_id: str
    title: str
    seed: Annotated[int, Field(ge=0)]
    start: dt.date
    days: Annotated[int, Field(ge=1, le=3660)]
    time_zone: str
    line: LineOf
    mission: MissionOf
    rhythm: Rhythm = Rhythm()
    acts: Annotated[tuple[ActRate, ...], Field(min_length=1)]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
