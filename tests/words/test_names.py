"""Every code has a name."""

import pytest

from trucewatch import acts
from trucewatch.agreement import Standing
from trucewatch.counting import COUNTING_RULES
from trucewatch.judge import DUTY_REASONS, REASONS
from trucewatch.release import AUDIENCES, WITHHELD
from trucewatch.tables.changes import CHANGES
from trucewatch.tables.columns import SENSES
from trucewatch.tables.duties import DUE, STATUSES
from trucewatch.tables.judged import CONFORMITIES, EXCEPTIONS
from trucewatch.tables.powers import EFFECTS
from trucewatch.tables.reported import DOES
from trucewatch.words import NAMES, Words

CODES = {
    "act": acts.ACT_CODES,
    "aspect": acts.ASPECT_CODES,
    "conformity": CONFORMITIES,
    "reason": (
        *REASONS,
        *DUTY_REASONS,
        "recorded_act",
        "judged_by_people",
        "exception_is_claimed",
        "duty_without_act",
        "no_source_sees_it",
    ),
    "status": STATUSES,
    "due": DUE,
    "does": DOES,
    "effect": EFFECTS,
    "change": CHANGES,
    "counting_rule": tuple(rule.code for rule in COUNTING_RULES),
    "standing": tuple(Standing),
    "exception": EXCEPTIONS,
    "audience": AUDIENCES,
    "sense": SENSES,
    "withheld": WITHHELD,
}


@pytest.mark.parametrize("kind", CODES)
def test_every_code_has_a_name_and_every_name_a_code(kind):
    assert set(NAMES[kind]) == set(CODES[kind])


def test_no_name_accuses():
    for names in NAMES.values():
        for name in names.values():
            assert "violat" not in name.lower()
            assert "breach" not in name.lower()


def test_probabilities_are_never_certain():
    assert Words().probability(1.0) == "over 99%"
    assert Words().probability(0.0) == "under 1%"
    assert Words().probability(0.5) == "50%"
