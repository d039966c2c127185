"""A counting rule counts what it says, and nothing twice."""

import pytest

from trucewatch.acts import FUSED_CODES, STEP_CODES
from trucewatch.counting import COUNTING_RULES, counting_rule


def test_the_rule_of_the_osce_mission():
    acts = counting_rule("osce_smm").acts
    assert {"explosion", "shelling", "projectile", "muzzle_flash", "illumination_flare", "burst", "shot"} <= set(acts)
    assert not {"fire", "heavy_weapon", "uav_flight", "controlled_detonation", "live_fire_exercise"} & set(acts)


@pytest.mark.parametrize("rule", COUNTING_RULES, ids=lambda rule: rule.code)
def test_no_act_is_counted_twice_and_no_step_at_all(rule):
    assert len(set(rule.acts)) == len(rule.acts)
    assert set(rule.acts) <= set(FUSED_CODES)
    assert not set(rule.acts) & set(STEP_CODES)


def test_codes_are_unique_and_an_unknown_one_is_none():
    assert len({rule.code for rule in COUNTING_RULES}) == len(COUNTING_RULES)
    with pytest.raises(KeyError):
        counting_rule("breaches")
