"""Counting rules: what a count counts. Counts under different rules cannot be compared.

The rule of the OSCE Special Monitoring Mission to Ukraine: every single explosion, projectile in flight, muzzle flash,
illumination flare, burst and shot is one. From 27 July 2020 to 17 January 2021 it so counted 2,660 explosions, 911
projectiles, 90 muzzle flashes, 54 illumination flares and 2,579 bursts and shots: 6,294.
"""

from dataclasses import dataclass
from typing import Final

from trucewatch.acts import FUSED_CODES, kinds_of


@dataclass(frozen=True, slots=True)
class CountingRule:
    """What one count counts: the acts, and whether single detonations or shots count, or rows."""

    code: str
    acts: tuple[str, ...]
    each_single: bool


_SMM: Final = ("explosion", "projectile", "muzzle_flash", "illumination_flare", "burst", "shot")
COUNTING_RULES: Final = (
    CountingRule("osce_smm", tuple(code for act in _SMM for code in kinds_of(act)), each_single=True),
    CountingRule("observations", FUSED_CODES, each_single=False),
)


def counting_rule(code: str) -> CountingRule:
    """Return the rule `code`. Raises KeyError when there is none.

    >>> "shelling" in counting_rule("osce_smm").acts, "fire" in counting_rule("osce_smm").acts
    (True, False)
    """
    return {rule.code: rule for rule in COUNTING_RULES}[code]
