"""The list of acts is a forest."""

import pytest

from trucewatch import acts


def test_codes_are_unique_and_parents_exist():
    assert len(set(acts.ACT_CODES)) == len(acts.ACT_CODES)
    for code in acts.ACT_CODES:
        assert acts.ancestors(code)[0] == code


def test_an_alert_is_context_and_is_never_fused():
    assert "alert" in acts.ACT_CODES
    assert "alert" not in acts.FUSED_CODES


def test_kinds_and_ancestors_say_the_same():
    for code in acts.ACT_CODES:
        for kind in acts.ACT_CODES:
            assert acts.is_kind_of(code, kind) == (code in acts.kinds_of(kind))


def test_an_unknown_act_is_an_error():
    with pytest.raises(KeyError):
        acts.ancestors("dragon")
