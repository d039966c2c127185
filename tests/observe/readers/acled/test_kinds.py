"""Every sub-event type of the codebook has its answer."""

from trucewatch.acts import FUSED_CODES
from trucewatch.observe.readers.acled.kinds import ACT_OF

CODEBOOK = {
    "Battles": 3, "Explosions/Remote violence": 6, "Violence against civilians": 3, "Protests": 3, "Riots": 2,
    "Strategic developments": 8,
}  # fmt: skip


def test_the_table_is_complete():
    """25 sub-event types, one of them in two spellings."""
    assert {
        kind: len({sub.replace("protestors", "protesters") for sub in subs}) for kind, subs in ACT_OF.items()
    } == CODEBOOK
    assert sum(CODEBOOK.values()) == 25


def test_every_act_is_one_that_can_be_fused():
    assert {act for subs in ACT_OF.values() for act in subs.values()} - {""} <= set(FUSED_CODES)


def test_two_kinds_in_one_are_known_as_what_both_are():
    strikes = ACT_OF["Explosions/Remote violence"]
    assert strikes["Air/drone strike"] == strikes["Shelling/artillery/missile attack"] == "explosion"
