"""There are 64 kinds of clause; a document names no other."""

import pytest

from trucewatch.agreement import KINDS
from trucewatch.errors import DocumentError


def test_the_kinds_are_numbered_through_and_each_has_a_name_and_a_judge():
    assert [kind.number for kind in KINDS] == list(range(1, 65))
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(kind.name and kind.judged_by for kind in KINDS)
    assert all(kind.judged_by == ("people",) for kind in KINDS if "people" in kind.judged_by), "a machine, or people"


@pytest.mark.parametrize(("numbers", "refused"), [("[1, 64]", []), ("[0]", [0]), ("[9, 65, -3]", [-3, 65])])
def test_a_number_that_is_no_kind_is_refused_where_it_stands(small, numbers, refused):
    replaced = {'clause_id = "withdrawal"': f'clause_id = "withdrawal"\nclause_kinds = {numbers}'}
    if not refused:
        assert small(replaced).document.clauses[1].clause_kinds == (1, 64)
        return
    with pytest.raises(DocumentError) as caught:
        small(replaced)
    told = [(p.where, p.what, p.to_do) for p in caught.value.problems]
    assert [what for _, what, _ in told] == [f"clauses.withdrawal: no such kind of clause: {n}" for n in refused]
    assert all(where == "small.toml:83" for where, _, _ in told)
    assert all(to_do == "take numbers from 1 to 64, see the reference" for _, _, to_do in told)
