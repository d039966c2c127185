"""The kinds of clause that ceasefire texts hold: 64, by number, and what judges each.

A clause names its kinds in `clause_kinds`. Judged by `incidents`: an incident is contrary to it or not; `duty`: evidence by a
deadline; `power`: a recorded act; `dates`: it moves when other clauses hold; `exception`: claimed by a recorded statement,
decided by a body; `people`: kept with its text, its bearer and its deadline, and no machine judges it.
Source: clauses of agreements from 1974 to 2026, read one by one; the names are ours.
"""

from dataclasses import dataclass
from typing import Final, Literal

JudgedBy = Literal["incidents", "duty", "power", "dates", "exception", "people"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of clause: its number, its name, and what judges it; several where a clause of it has several sides."""

    number: int
    name: str
    judged_by: tuple[JudgedBy, ...]


KINDS: Final = (
    Kind(1, "entry into force at an instant in a named time zone", ("dates",)),
    Kind(2, "time of notice before the start, without military advantage", ("people",)),
    Kind(3, "duration, expiry, extension by consent", ("dates", "power")),
    Kind(4, "release, a right that a party may exercise when the other does not keep it", ("power",)),
    Kind(5, "entry into force upon a condition", ("power",)),
    Kind(6, "a start or terms that the parties read differently", ("dates", "incidents")),
    Kind(7, "on land, at sea, in the air", ("incidents",)),
    Kind(8, "standstill of positions as of a date", ("incidents",)),
    Kind(9, "no use of any weapon", ("incidents",)),
    Kind(10, "no fire, sniper fire included", ("incidents",)),
    Kind(11, "no offensive, reconnaissance or sabotage action, with what counts as offensive", ("incidents",)),
    Kind(12, "no flights, uncrewed ones included, those of the monitors excepted", ("incidents", "power")),
    Kind(13, "withdrawal of weapons behind lines, by class", ("incidents", "duty")),
    Kind(14, "another reference line for each party", ("incidents", "duty")),
    Kind(15, "distance by the greatest range of a system", ("people",)),
    Kind(16, "withdrawal of light calibres in ordered stages, region by region", ("incidents", "duty")),
    Kind(17, "begin by a day, complete by a day", ("duty",)),
    Kind(18, "declaring inventory, routes and destination", ("duty",)),
    Kind(19, "designated storage sites and their inspection", ("duty",)),
    Kind(20, "no heavy weapons in or around settlements and civilian objects", ("incidents",)),
    Kind(21, "no mines in a zone; clearing, marking, maps", ("incidents", "duty")),
    Kind(22, "withdrawal of foreign forces and mercenaries", ("people",)),
    Kind(23, "small areas of disengagement, empty of persons and hardware", ("incidents", "power")),
    Kind(24, "local ceasefire for repairs: a place, a time, a purpose", ("incidents", "power")),
    Kind(25, "return fire, under conditions", ("exception",)),
    Kind(26, "reservation of self-defence", ("exception",)),
    Kind(27, "disciplinary measures and their notification", ("people",)),
    Kind(28, "co-ordination or a hotline before escalation", ("duty",)),
    Kind(29, "no orders to the contrary, secret ones included", ("people",)),
    Kind(30, "making the text known to troops and public", ("people",)),
    Kind(31, "a list of protected objects", ("incidents",)),
    Kind(32, "area of separation between two lines", ("incidents", "power")),
    Kind(33, "zone of limited forces with numbers", ("incidents", "duty")),
    Kind(34, "inspections at a regular interval", ("duty",)),
    Kind(35, "zones vacated in phases, days after entry into force", ("duty",)),
    Kind(36, "safety zones on the ground and in the air, entry by permission", ("incidents", "power")),
    Kind(37, "an area for authorised forces only; control of arms imports", ("people",)),
    Kind(38, "sites dismantled, arms confiscated", ("people",)),
    Kind(39, "withdrawal in step with a deployment that replaces it", ("duty",)),
    Kind(40, "the parties report to a mechanism", ("duty",)),
    Kind(41, "the monitors move freely and have access", ("incidents",)),
    Kind(42, "other acts: against civilians, recruitment of children, hostile propaganda, aid blocked", ("incidents",)),
    Kind(43, "assembly sites and a calendar of days", ("people",)),
    Kind(44, "an actor kept out of places", ("people",)),
    Kind(45, "arms handed over, with a chain of custody", ("people",)),
    Kind(46, "release of prisoners and detainees", ("duty",)),
    Kind(47, "humanitarian access, services restored, hospitals vacated", ("incidents", "duty")),
    Kind(48, "who sits in the monitoring body", ("people",)),
    Kind(49, "which means the monitors may use", ("people",)),
    Kind(50, "the monitors deployed by a deadline", ("duty",)),
    Kind(51, "regular reports to a principal", ("duty",)),
    Kind(52, "redeployment in phases", ("duty",)),
    Kind(53, "a ceiling of forces", ("people",)),
    Kind(54, "what triggers a guarantee, and what voids it", ("people",)),
    Kind(55, "a ladder of responses with clocks", ("people",)),
    Kind(56, "a truce at sea: safe navigation, no military use of merchant ships", ("people",)),
    Kind(57, "a marked line, and who may be on which side", ("people",)),
    Kind(58, "answering for others, no support to them", ("incidents",)),
    Kind(59, "how sure one must be to attribute an act", ("people",)),
    Kind(60, "reporting one's own failures", ("people",)),
    Kind(61, "digital acts: shutdown, jamming, disinformation, attacks on networks", ("people",)),
    Kind(62, "no rearming, reinforcement or movement", ("people",)),
    Kind(63, "equal pull-back that makes a demilitarised zone", ("people",)),
    Kind(64, "buffer zone with monitors", ("people",)),
)
"""Every kind of clause, by number."""
