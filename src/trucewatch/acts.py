"""What can happen: the one list of acts, with parents, and the aspects of an act.

A child is a kind of its parent: shelling is an explosion, so a clause about explosions covers shelling, and an observer
who only heard an explosion may have heard shelling. An alert is a warning (context) and is never fused. A step is something
that a text asks for and that somebody saw done, or saw not done (a count of 0): evidence for a duty, never fused or judged
as an incident.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Aspect(StrEnum):
    """Which end of an act was observed."""

    OUTGOING = "outgoing"
    IMPACT = "impact"
    AIRBURST = "airburst"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Act:
    """A kind of thing that happens; `parent` is "" for a root.

    `domain` is where it is done, "" where it may be done in several. `context` marks warnings, `step` evidence for duties.
    """

    code: str
    parent: str = ""
    domain: Literal["land", "sea", "air", ""] = ""
    context: bool = False
    step: bool = False


ACTS: tuple[Act, ...] = (
    # use of weapons
    Act("weapon_use"),
    Act("explosion", "weapon_use"),
    Act("shelling", "explosion", "land"),
    Act("drone_strike", "explosion", "air"),
    Act("missile_strike", "explosion"),
    Act("air_strike", "explosion", "air"),
    Act("mine_explosion", "explosion", "land"),
    Act("small_arms_fire", "weapon_use", "land"),
    Act("burst", "small_arms_fire", "land"),
    Act("shot", "small_arms_fire", "land"),
    Act("projectile", "weapon_use"),
    Act("muzzle_flash", "weapon_use", "land"),
    Act("illumination_flare", "weapon_use"),
    Act("armed_clash", "weapon_use", "land"),
    Act("violence_against_civilians", "weapon_use"),
    Act("naval_attack", "weapon_use", "sea"),
    # seen from space; weapons may have caused it
    Act("fire"),
    # operations on the ground
    Act("offensive_action", domain="land"),
    Act("assault", "offensive_action", "land"),
    Act("reconnaissance_raid", "offensive_action", "land"),
    Act("sabotage", "offensive_action", "land"),
    Act("advance_of_positions", "offensive_action", "land"),
    # presence and movement
    Act("heavy_weapon", domain="land"),
    Act("military_presence"),
    Act("flight", domain="air"),
    Act("uav_flight", "flight", "air"),
    Act("aircraft_flight", "flight", "air"),
    Act("mine_presence", domain="land"),
    Act("mine_laying", "mine_presence", "land"),
    # the monitors' own work
    Act("access_restriction"),
    Act("denial_of_access", "access_restriction"),
    Act("delay_of_access", "access_restriction"),
    Act("conditional_access", "access_restriction"),
    Act("mined_access", "access_restriction"),
    Act("jamming"),
    Act("threat_to_monitors"),
    # explosions that are nobody's attack
    Act("controlled_detonation", domain="land"),
    Act("live_fire_exercise"),
    # warnings
    Act("alert", context=True),
    # what a text asks for, seen done
    Act("withdrawal", step=True),
    Act("site_inspection", step=True),
    Act("inventory_declared", step=True),
    Act("notification_given", step=True),
    Act("coordination_answered", step=True),
    Act("list_handed_over", step=True),
    Act("detainees_released", step=True),
    Act("access_granted", step=True),
    Act("services_restored", step=True),
    Act("mines_cleared", step=True),
    Act("monitors_deployed", step=True),
    Act("report_submitted", step=True),
)

ACT_CODES: tuple[str, ...] = tuple(act.code for act in ACTS)
OBSERVED_CODES: tuple[str, ...] = tuple(act.code for act in ACTS if not act.context)
FUSED_CODES: tuple[str, ...] = tuple(act.code for act in ACTS if not act.context and not act.step)
STEP_CODES: tuple[str, ...] = tuple(act.code for act in ACTS if act.step)
ASPECT_CODES: tuple[str, ...] = tuple(aspect.value for aspect in Aspect)
DOMAINS: dict[str, str] = {act.code: act.domain for act in ACTS}
_PARENT = {act.code: act.parent for act in ACTS}


def ancestors(code: str) -> tuple[str, ...]:
    """Return `code` and what it is a kind of, nearest first. Raises KeyError for an unknown act.

    >>> ancestors("shelling")
    ('shelling', 'explosion', 'weapon_use')
    """
    chain = [code]
    while _PARENT[chain[-1]]:
        chain.append(_PARENT[chain[-1]])
    return tuple(chain)


def is_kind_of(code: str, kind: str) -> bool:
    """Say whether act `code` is `kind` or one of its kinds.

    >>> is_kind_of("shelling", "explosion"), is_kind_of("explosion", "shelling")
    (True, False)
    """
    return kind in ancestors(code)


def kinds_of(kind: str) -> tuple[str, ...]:
    """Return `kind` and every act that is a kind of it, in the order of the list.

    >>> kinds_of("small_arms_fire")
    ('small_arms_fire', 'burst', 'shot')
    """
    return tuple(code for code in ACT_CODES if kind in ancestors(code))
