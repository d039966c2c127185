"""What can happen: the one list of acts, with parents, and the aspects of an act.

A child is a kind of its parent: shelling is an explosion, so a clause about explosions covers shelling, and an observer
who only heard an explosion may have heard shelling. An alert is a warning (context) and is never fused.
"""

from dataclasses import dataclass
from enum import StrEnum


class Aspect(StrEnum):
    """Which end of an act was observed."""

    OUTGOING = "outgoing"
    IMPACT = "impact"
    AIRBURST = "airburst"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Act:
    """A kind of thing that happens; `parent` is "" for a root, `context` marks what is never fused or judged."""

    code: str
    parent: str = ""
    context: bool = False


ACTS: tuple[Act, ...] = (
    # use of weapons
    Act("weapon_use"),
    Act("explosion", "weapon_use"),
    Act("shelling", "explosion"),
    Act("drone_strike", "explosion"),
    Act("missile_strike", "explosion"),
    Act("air_strike", "explosion"),
    Act("mine_explosion", "explosion"),
    Act("small_arms_fire", "weapon_use"),
    Act("burst", "small_arms_fire"),
    Act("shot", "small_arms_fire"),
    Act("projectile", "weapon_use"),
    Act("muzzle_flash", "weapon_use"),
    Act("illumination_flare", "weapon_use"),
    Act("armed_clash", "weapon_use"),
    Act("violence_against_civilians", "weapon_use"),
    # seen from space; weapons may have caused it
    Act("fire"),
    # presence and movement
    Act("heavy_weapon"),
    Act("military_presence"),
    Act("uav_flight"),
    # the monitors' own work
    Act("denial_of_access"),
    Act("jamming"),
    # explosions that are nobody's attack
    Act("controlled_detonation"),
    # warnings
    Act("alert", context=True),
)

ACT_CODES: tuple[str, ...] = tuple(act.code for act in ACTS)
FUSED_CODES: tuple[str, ...] = tuple(act.code for act in ACTS if not act.context)
ASPECT_CODES: tuple[str, ...] = tuple(aspect.value for aspect in Aspect)
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
